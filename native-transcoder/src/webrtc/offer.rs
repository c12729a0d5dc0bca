//! Looks at an SDP offer before anything is built for it.
//!
//! WHIP and WHEP refuse an offer whole rather than by single m-lines, so this reads the few lines that decide.

use crate::media::Kind;

/// The most bytes of SDP that are read: Chromium's largest offer with every codec is under 16 KiB.
pub const MAX_BYTES: usize = 64 * 1024;

/// One audio, one video, one application section; a few more may stand rejected (port 0) after a renegotiation.
const MAX_SECTIONS: usize = 8;

/// Which endpoint the offer was sent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// WHIP: the client sends.
    Whip,
    /// WHEP: the client receives.
    Whep,
}

/// Checks that `sdp` is an offer that `endpoint` can answer.
///
/// # Errors
/// [`Refused`].
pub fn check(sdp: &str, endpoint: Endpoint) -> Result<(), Refused> {
    if sdp.len() > MAX_BYTES {
        return Err(Refused::TooLarge(sdp.len()));
    }
    if !sdp.starts_with("v=0") {
        return Err(Refused::Malformed("it does not start with v=0".to_owned()));
    }
    let sections = sections(sdp);
    if sections.len() > MAX_SECTIONS {
        return Err(Refused::Sections(sections.len()));
    }
    for kind in [Kind::Video, Kind::Audio] {
        let name = kind.as_str();
        let count = sections
            .iter()
            .filter(|section| section.kind == name && !section.rejected)
            .count();
        if count > 1 {
            return Err(Refused::Tracks { kind: name, count });
        }
    }
    let mut media = sections
        .iter()
        .filter(|s| matches!(s.kind, "audio" | "video") && !s.rejected)
        .peekable();
    if media.peek().is_none() {
        return Err(Refused::NoMedia);
    }
    for section in media {
        let fits = match endpoint {
            Endpoint::Whip => matches!(section.direction, "sendonly" | "sendrecv"),
            Endpoint::Whep => matches!(section.direction, "recvonly" | "sendrecv"),
        };
        if !fits {
            return Err(Refused::Direction(section.direction.to_owned()));
        }
    }
    Ok(())
}

/// Checks that `sdp` names Opus for sound and one of `video` for pictures, as far as it has either.
///
/// # Errors
/// [`Refused::NoCommonCodec`].
pub fn check_codecs(sdp: &str, video: &[&str], wanted: &'static str) -> Result<(), Refused> {
    let has = |kind: Kind| {
        sections(sdp)
            .iter()
            .any(|s| s.kind == kind.as_str() && !s.rejected)
    };
    if has(Kind::Video) && !video.iter().any(|codec| offers_codec(sdp, codec)) {
        return Err(Refused::NoCommonCodec {
            kind: "video",
            wanted,
        });
    }
    if has(Kind::Audio) && !offers_codec(sdp, "opus") {
        return Err(Refused::NoCommonCodec {
            kind: "audio",
            wanted: "Opus",
        });
    }
    Ok(())
}

/// Whether the offer names this codec, as rtpmap spells it.
fn offers_codec(sdp: &str, rtpmap: &str) -> bool {
    sdp.lines()
        .filter_map(|line| line.strip_prefix("a=rtpmap:")?.split_once(' '))
        .any(|(_, encoding)| {
            encoding
                .split('/')
                .next()
                .is_some_and(|name| name.eq_ignore_ascii_case(rtpmap))
        })
}

struct Section<'a> {
    kind: &'a str,
    rejected: bool,
    direction: &'a str,
}

fn sections(sdp: &str) -> Vec<Section<'_>> {
    let mut sections: Vec<Section<'_>> = Vec::new();
    // RFC 8866: without a direction, of the session or the section, it is sendrecv.
    let mut session_direction = "sendrecv";
    for line in sdp.lines() {
        if let Some(media) = line.strip_prefix("m=") {
            let mut words = media.split(' ');
            let kind = words.next().unwrap_or_default();
            let rejected = words.next() == Some("0") && !sdp.contains("a=bundle-only");
            sections.push(Section {
                kind,
                rejected,
                direction: session_direction,
            });
        } else if let Some(direction @ ("sendonly" | "recvonly" | "sendrecv" | "inactive")) =
            line.strip_prefix("a=")
        {
            match sections.last_mut() {
                Some(section) => section.direction = direction,
                None => session_direction = direction,
            }
        }
    }
    sections
}

/// Why an offer is refused before it is negotiated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// Longer than [`MAX_BYTES`].
    #[error("{0} bytes of SDP; send at most {MAX_BYTES}")]
    TooLarge(usize),
    /// Not SDP.
    #[error("not an SDP offer: {0}")]
    Malformed(String),
    /// More m-lines than any honest client sends.
    #[error("{0} media sections; send one audio, one video and one application section")]
    Sections(usize),
    /// More than one track of a kind.
    #[error("{count} {kind} sections; WHIP and WHEP carry at most one")]
    Tracks {
        /// audio or video
        kind: &'static str,
        /// How many.
        count: usize,
    },
    /// No audio and no video.
    #[error("no audio and no video section; offer at least one")]
    NoMedia,
    /// The wrong direction.
    #[error("a section is {0}; WHIP takes sendonly, WHEP recvonly")]
    Direction(String),
    /// Nothing for both sides.
    #[error("the offer has no codec for {kind} that can be used here; offer {wanted}")]
    NoCommonCodec {
        /// audio or video
        kind: &'static str,
        /// What would do.
        wanted: &'static str,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sdp(sections: &[(&str, &str)]) -> String {
        let mut text = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n".to_owned();
        for (kind, direction) in sections {
            text += &format!("m={kind} 9 UDP/TLS/RTP/SAVPF 96\r\na={direction}\r\na=rtpmap:96 VP8/90000\r\n");
        }
        text
    }

    #[test]
    fn each_endpoint_takes_its_own_direction() {
        let sending = sdp(&[("audio", "sendonly"), ("video", "sendonly")]);
        let receiving = sdp(&[("audio", "recvonly"), ("video", "recvonly")]);
        assert_eq!(check(&sending, Endpoint::Whip), Ok(()));
        assert_eq!(check(&receiving, Endpoint::Whep), Ok(()));
        assert_eq!(
            check(&receiving, Endpoint::Whip),
            Err(Refused::Direction("recvonly".into()))
        );
        assert_eq!(
            check(&sending, Endpoint::Whep),
            Err(Refused::Direction("sendonly".into()))
        );
    }

    #[test]
    fn a_section_without_direction_takes_the_sessions() {
        let text = "v=0\r\na=recvonly\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\n";
        assert_eq!(
            check(text, Endpoint::Whip),
            Err(Refused::Direction("recvonly".into()))
        );
        assert_eq!(
            check("v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\n", Endpoint::Whip),
            Ok(())
        );
    }

    #[test]
    fn one_track_of_a_kind_and_at_least_one() {
        let two = sdp(&[("video", "sendonly"), ("video", "sendonly")]);
        assert_eq!(
            check(&two, Endpoint::Whip),
            Err(Refused::Tracks {
                kind: "video",
                count: 2
            })
        );
        assert_eq!(
            check(&sdp(&[("application", "sendonly")]), Endpoint::Whip),
            Err(Refused::NoMedia)
        );
        assert_eq!(
            check(&sdp(&[("video", "sendonly"); 9]), Endpoint::Whip),
            Err(Refused::Sections(9))
        );
    }

    #[test]
    fn what_is_no_sdp_is_refused_before_it_is_parsed() {
        assert!(matches!(check("", Endpoint::Whip), Err(Refused::Malformed(_))));
        assert!(matches!(
            check(&"x".repeat(MAX_BYTES + 1), Endpoint::Whip),
            Err(Refused::TooLarge(_))
        ));
    }

    #[test]
    fn each_kind_that_is_offered_needs_a_codec_of_ours() {
        let text = sdp(&[("video", "recvonly")]);
        assert_eq!(check_codecs(&text, &["vp8"], "VP8"), Ok(()));
        let none = Refused::NoCommonCodec {
            kind: "video",
            wanted: "H.264",
        };
        assert_eq!(check_codecs(&text, &["H264"], "H.264"), Err(none));
        let silent = sdp(&[("audio", "sendonly")]);
        let none = Refused::NoCommonCodec {
            kind: "audio",
            wanted: "Opus",
        };
        assert_eq!(check_codecs(&silent, &["VP8"], "VP8"), Err(none));
    }
}
