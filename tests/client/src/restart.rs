//! ICE restart without renegotiation (RFC 9725 §4.3.3): only credentials and candidates change hands.

/// What of an offer goes into the PATCH (RFC 8840 §4.4).
pub(crate) fn fragment(offer: &str) -> String {
    let mut seen = Vec::new();
    for line in offer.lines().map(str::trim_end).filter(|line| {
        ["a=ice-ufrag:", "a=ice-pwd:", "a=candidate:"]
            .iter()
            .any(|name| line.starts_with(name))
    }) {
        // Every section of a bundle repeats them.
        if !seen.contains(&line) {
            seen.push(line);
        }
    }
    seen.iter().map(|line| format!("{line}\r\n")).collect()
}

/// The first answer with the credentials and candidates of the server's fragment in place of its own.
pub(crate) fn answer(first: &str, fragment: &str) -> String {
    let value = |name: &str| {
        fragment
            .lines()
            .find(|line| line.starts_with(name))
            .unwrap_or_default()
            .trim_end()
    };
    first
        .lines()
        .map(str::trim_end)
        .map(|line| match line {
            _ if line.starts_with("a=ice-ufrag:") => value("a=ice-ufrag:"),
            _ if line.starts_with("a=ice-pwd:") => value("a=ice-pwd:"),
            _ => line,
        })
        .map(|line| format!("{line}\r\n"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SDP: &str = "v=0\r\nm=audio 9 X 0\r\na=ice-ufrag:one\r\na=ice-pwd:first\r\n\
        a=candidate:1 1 udp 5 127.0.0.1 4000 typ host\r\nm=video 9 X 0\r\na=ice-ufrag:one\r\na=ice-pwd:first\r\n";

    #[test]
    fn a_fragment_holds_each_credential_and_candidate_once() {
        assert_eq!(
            fragment(SDP),
            "a=ice-ufrag:one\r\na=ice-pwd:first\r\na=candidate:1 1 udp 5 127.0.0.1 4000 typ host\r\n"
        );
    }

    #[test]
    fn an_answer_takes_the_new_credentials_in_every_section() {
        let answer = answer(SDP, "a=ice-ufrag:two\r\na=ice-pwd:second\r\n");
        assert_eq!(
            answer.matches("a=ice-ufrag:two\r\na=ice-pwd:second\r\n").count(),
            2
        );
        assert!(!answer.contains("one"));
    }
}
