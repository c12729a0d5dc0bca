//! `application/trickle-ice-sdpfrag` (RFC 8840), as far as a server needs it.

use crate::webrtc::Patch;

/// Reads a fragment; `None` if it has neither candidates nor credentials nor an end mark.
#[must_use]
pub fn parse(text: &str) -> Option<Patch> {
    let mut patch = Patch::default();
    let mut any = false;
    for line in text.lines().map(str::trim) {
        if let Some(candidate) = line.strip_prefix("a=candidate:") {
            patch.candidates.push(format!("candidate:{candidate}"));
            any = true;
        } else if let Some(ufrag) = line.strip_prefix("a=ice-ufrag:") {
            patch.ufrag = Some(ufrag.to_owned());
            any = true;
        } else if let Some(pwd) = line.strip_prefix("a=ice-pwd:") {
            patch.pwd = Some(pwd.to_owned());
        } else if line == "a=end-of-candidates" {
            any = true;
        }
    }
    any.then_some(patch)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn candidates_and_credentials_are_read() {
        let patch = parse(
            "a=ice-ufrag:EsAw\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\nm=audio 9 RTP/AVP 0\r\na=mid:0\r\n\
             a=candidate:1387637174 1 udp 2122260223 192.0.2.1 61764 typ host\r\na=end-of-candidates\r\n",
        )
        .unwrap();
        assert_eq!(patch.ufrag.as_deref(), Some("EsAw"));
        assert_eq!(patch.pwd.as_deref(), Some("P2uYro0UCOQ4zxjKXaWCBui1"));
        assert_eq!(
            patch.candidates,
            ["candidate:1387637174 1 udp 2122260223 192.0.2.1 61764 typ host"]
        );
    }

    #[test]
    fn a_text_that_says_nothing_is_no_fragment() {
        assert!(parse("").is_none());
        assert!(parse("hello").is_none());
    }
}
