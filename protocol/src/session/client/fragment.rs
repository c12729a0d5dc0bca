//! SDP fragments of ICE restarts: `application/trickle-ice-sdpfrag` (RFC 8840), as RFC 9725, section 4.3.3, has them.

use core::fmt::Write as _;

const UFRAG: &str = "a=ice-ufrag:";
const PASSWORD: &str = "a=ice-pwd:";
const CANDIDATE: &str = "a=candidate:";
const MID: &str = "a=mid:";

/// What a restart sends: the credentials of `offer`'s first section, which under BUNDLE are everybody's. `None` for
/// text without credentials.
pub(super) fn of(offer: &str) -> Option<String> {
    let (ufrag, password) = (value(offer, UFRAG)?, value(offer, PASSWORD)?);
    let mut text = String::new();
    for prefix in ["a=group:BUNDLE", "m=", MID] {
        if let Some(rest) = value(offer, prefix) {
            let _ = write!(text, "{prefix}{rest}\r\n");
        }
    }
    let _ = write!(text, "{UFRAG}{ufrag}\r\n{PASSWORD}{password}\r\n");
    Some(text)
}

/// `answer` with the credentials and candidates of the server's `fragment`. Where that names no candidate, those of
/// before stand. `None` for a fragment without credentials.
pub(super) fn apply(answer: &str, fragment: &str) -> Option<String> {
    let (ufrag, password) = (value(fragment, UFRAG)?, value(fragment, PASSWORD)?);
    let candidates: Vec<&str> = lines(fragment).filter(|l| l.starts_with(CANDIDATE)).collect();
    let mut text = String::with_capacity(answer.len() + fragment.len());
    let mut first = true;
    for line in lines(answer) {
        if line.starts_with(UFRAG) {
            let _ = write!(text, "{UFRAG}{ufrag}\r\n");
        } else if line.starts_with(PASSWORD) {
            let _ = write!(text, "{PASSWORD}{password}\r\n");
        } else if candidates.is_empty() || !line.starts_with(CANDIDATE) {
            let _ = write!(text, "{line}\r\n");
        }
        // The first section's are the bundle's.
        if line.starts_with(MID) && core::mem::take(&mut first) {
            for candidate in &candidates {
                let _ = write!(text, "{candidate}\r\n");
            }
        }
    }
    Some(text)
}

/// The username fragment of a description.
pub(super) fn ufrag(sdp: &str) -> Option<&str> {
    value(sdp, UFRAG)
}

/// Whether a server's description says that it makes no checks.
pub(super) fn is_lite(sdp: &str) -> bool {
    lines(sdp).any(|line| line == "a=ice-lite")
}

/// What follows `prefix` where a line first begins with it.
fn value<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    lines(text).find_map(|line| line.strip_prefix(prefix))
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim_end)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SDP: &str = "v=0\r\na=group:BUNDLE 0 1\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:0\r\na=ice-ufrag:old0\r\n\
        a=ice-pwd:oldoldoldoldoldoldold0\r\na=candidate:1 1 udp 1 192.0.2.1 1 typ host\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n\
        a=mid:1\r\na=ice-ufrag:old0\r\na=ice-pwd:oldoldoldoldoldoldold0\r\n";

    #[test]
    fn a_restart_sends_the_bundles_credentials() {
        assert_eq!(
            of(SDP).unwrap(),
            "a=group:BUNDLE 0 1\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:0\r\na=ice-ufrag:old0\r\n\
             a=ice-pwd:oldoldoldoldoldoldold0\r\n"
        );
        assert_eq!(of("v=0\r\n"), None);
    }

    #[test]
    fn the_answer_takes_the_servers_new_credentials_and_candidates() {
        let fragment = "a=ice-ufrag:new1\r\na=ice-pwd:newnewnewnewnewnewnew1\r\na=candidate:2 1 udp 1 192.0.2.2 2 typ host\r\n";
        let after = apply(SDP, fragment).unwrap();
        assert!(!after.contains("old0") && !after.contains("192.0.2.1"), "{after}");
        assert_eq!(after.matches("a=ice-ufrag:new1\r\n").count(), 2);
        assert_eq!(after.matches("192.0.2.2").count(), 1);
        let video = after.split("m=audio").next().unwrap();
        assert!(video.contains("192.0.2.2"), "{after}");
    }

    #[test]
    fn without_candidates_the_old_ones_stand() {
        let after = apply(SDP, "a=ice-ufrag:n\na=ice-pwd:p\n").unwrap();
        assert!(
            after.contains("a=candidate:1 1 udp 1 192.0.2.1 1 typ host\r\n"),
            "{after}"
        );
    }

    #[test]
    fn a_fragment_without_credentials_changes_nothing() {
        assert_eq!(apply(SDP, "a=end-of-candidates\r\n"), None);
        assert_eq!(apply(SDP, ""), None);
    }
}
