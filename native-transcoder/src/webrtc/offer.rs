//! Looks at an SDP offer before anything is built for it.
//!
//! WHIP and WHEP refuse an offer whole rather than by single m-lines, so this reads the few lines that decide.

use crate::media::{Kind, VideoCodec};

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

/// The video section of an offer or an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Video {
    /// Its place among the sections, from 0.
    pub section: usize,
    /// The codecs that it names and that this node knows, the most wanted first.
    pub codecs: Vec<VideoCodec>,
}

/// The video section; none if `sdp` has none that is wanted.
#[must_use]
pub fn video(sdp: &str) -> Option<Video> {
    let (section, video) = sections(sdp)
        .into_iter()
        .enumerate()
        .find(|(_, section)| section.kind == Kind::Video.as_str() && !section.rejected)?;
    let mut codecs = Vec::new();
    for format in &video.formats {
        let value = |attribute: &str| {
            let mut values = video.lines.iter().filter_map(|line| line.strip_prefix(attribute));
            values.find_map(|value| value.split_once(' ').filter(|(pt, _)| pt == format))
        };
        let encoding = value("a=rtpmap:").and_then(|(_, encoding)| encoding.split('/').next());
        let parameters = value("a=fmtp:").map_or("", |(_, parameters)| parameters);
        let Some(codec) = encoding.and_then(VideoCodec::from_rtpmap) else {
            continue;
        };
        if is_usable(codec, parameters) && !codecs.contains(&codec) {
            codecs.push(codec);
        }
    }
    Some(Video { section, codecs })
}

/// Whether these format parameters name the profile that is decoded and encoded here: 8 bits, 4:2:0.
fn is_usable(codec: VideoCodec, parameters: &str) -> bool {
    let value = |name: &str| {
        let mut pairs = parameters
            .split(';')
            .filter_map(|pair| pair.trim().split_once('='));
        pairs
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim())
    };
    let is = |name: &str, wanted: &str| value(name).is_none_or(|value| value == wanted);
    match codec {
        VideoCodec::Vp9 | VideoCodec::Hevc => {
            is("profile-id", if codec == VideoCodec::Vp9 { "0" } else { "1" })
        }
        VideoCodec::Av1 => is("profile", "0"),
        _ => true,
    }
}

/// Whether `sdp` wants sound, and if so whether it names Opus.
///
/// # Errors
/// [`Refused::NoCommonCodec`].
pub fn check_audio(sdp: &str) -> Result<(), Refused> {
    let wants = sections(sdp)
        .into_iter()
        .find(|section| section.kind == Kind::Audio.as_str() && !section.rejected);
    let named = |section: &Section<'_>| {
        let mut maps = section
            .lines
            .iter()
            .filter_map(|line| line.strip_prefix("a=rtpmap:")?.split_once(' '));
        maps.any(|(_, encoding)| encoding.to_ascii_lowercase().starts_with("opus/"))
    };
    if wants.is_none_or(|section| named(&section)) {
        return Ok(());
    }
    Err(Refused::NoCommonCodec {
        kind: "audio",
        wanted: "Opus".to_owned(),
    })
}

/// Checks that `sdp` names Opus for sound and one of `codecs` for pictures, as far as it has either.
///
/// # Errors
/// [`Refused::NoCommonCodec`].
pub fn check_codecs(sdp: &str, codecs: &[VideoCodec]) -> Result<(), Refused> {
    if let Some(video) = video(sdp)
        && !video.codecs.iter().any(|codec| codecs.contains(codec))
    {
        return Err(Refused::no_video(codecs));
    }
    check_audio(sdp)
}

struct Section<'a> {
    kind: &'a str,
    rejected: bool,
    direction: &'a str,
    /// Payload types, the most wanted first.
    formats: Vec<&'a str>,
    lines: Vec<&'a str>,
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
                formats: words.skip(1).collect(),
                lines: Vec::new(),
            });
            continue;
        }
        if let Some(section) = sections.last_mut() {
            section.lines.push(line);
        }
        if let Some(direction @ ("sendonly" | "recvonly" | "sendrecv" | "inactive")) = line.strip_prefix("a=")
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
    #[error("not an SDP offer: {}", plain(.0))]
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
        wanted: String,
    },
}

impl Refused {
    pub(super) fn no_video(wanted: &[VideoCodec]) -> Self {
        let names: Vec<_> = wanted.iter().map(|codec| codec.rtpmap()).collect();
        Self::NoCommonCodec {
            kind: "video",
            wanted: names.join(" or "),
        }
    }
}

/// A parser's words on one line, without the memory address at which it stopped, and not longer than they help.
fn plain(message: &str) -> String {
    const LONGEST: usize = 200;
    let lines = message.lines().filter(|line| !line.contains("PointerOffset"));
    lines
        .collect::<Vec<_>>()
        .join("; ")
        .chars()
        .take(LONGEST)
        .collect()
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
    fn what_a_parser_says_gives_no_address_away() {
        let error = str0m_says("v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\n");
        assert!(error.contains("0x"), "{error}");
        let refused = Refused::Malformed(error).to_string();
        assert_eq!(
            refused,
            "not an SDP offer: Unexpected `m`; Expected `o`; sdp line"
        );
        assert!(Refused::Malformed("x".repeat(MAX_BYTES)).to_string().len() < 300);
    }

    fn str0m_says(sdp: &str) -> String {
        str0m::change::SdpOffer::from_sdp_string(sdp)
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn each_kind_that_is_offered_needs_a_codec_of_ours() {
        let text = sdp(&[("video", "recvonly")]);
        assert_eq!(check_codecs(&text, &[VideoCodec::Vp8]), Ok(()));
        let none = Refused::no_video(&[VideoCodec::H264]);
        assert_eq!(check_codecs(&text, &[VideoCodec::H264]), Err(none));
        let silent = sdp(&[("audio", "sendonly")]);
        assert!(matches!(
            check_codecs(&silent, &[VideoCodec::Vp8]),
            Err(Refused::NoCommonCodec { kind: "audio", .. })
        ));
    }

    #[test]
    fn codecs_are_read_in_the_clients_order_and_in_the_profiles_that_are_had() {
        let text = "v=0\r\nm=audio 9 X 111\r\na=rtpmap:111 opus/48000/2\r\nm=video 9 X 100 98 45 97 96 102 103\r\n\
            a=rtpmap:96 VP8/90000\r\na=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\na=rtpmap:98 VP9/90000\r\n\
            a=fmtp:98 profile-id=0\r\na=rtpmap:100 VP9/90000\r\na=fmtp:100 profile-id=2\r\n\
            a=rtpmap:45 av1/90000\r\na=fmtp:45 level-idx=5;profile=1;tier=0\r\na=rtpmap:102 H264/90000\r\n\
            a=rtpmap:103 H265/90000\r\na=fmtp:103 level-id=180;profile-id=1\r\n";
        let video = video(text).unwrap();
        assert_eq!(video.section, 1);
        assert_eq!(
            video.codecs,
            [
                VideoCodec::Vp9,
                VideoCodec::Vp8,
                VideoCodec::H264,
                VideoCodec::Hevc
            ]
        );
        let only_ten_bits = "v=0\r\nm=video 9 X 100\r\na=rtpmap:100 VP9/90000\r\na=fmtp:100 profile-id=2\r\n";
        assert_eq!(super::video(only_ten_bits).unwrap().codecs, []);
        assert_eq!(super::video("v=0\r\nm=audio 9 X 0\r\n"), None);
    }
}
