//! From an offer to a connection that waits for its peer: builds the `Rtc`, and the answer for HTTP to return.

use std::net::SocketAddr;
use std::time::Instant;

use str0m::change::SdpOffer;
use str0m::rtp::{Extension, ExtensionMap};
use str0m::{Candidate, IceCreds, Rtc, RtcConfig};

use super::offer::{self, Endpoint, Refused};
use crate::media::VideoCodec;
use crate::secret;

/// Packets kept for retransmission. A late viewer may NACK a whole keyframe and the second after it: 2,000 packets at
/// 16 Mbit/s, rounded up.
const RESEND_PACKETS: usize = 3000;

/// What Chromium's encoder starts from, in kbit/s, instead of the 300 of its estimator: with 2,500 the first frame is
/// 720p; by default full resolution takes more than ten seconds.
const START_KBITS: u32 = 2500;

/// Where playout-delay stands in our extension map; one id out of the 14 of the one-byte form.
const PLAYOUT_DELAY_ID: u8 = 5;

/// Makes connections. Independent of the running ones, so that negotiating never delays media.
#[derive(Clone, Debug)]
pub struct Negotiator {
    advertised: SocketAddr,
}

/// A connection before its first packet.
pub(super) struct Negotiated {
    pub(super) rtc: Box<Rtc>,
    pub(super) answer: String,
    /// The username fragment by which its first STUN request finds it.
    pub(super) ufrag: String,
    pub(super) remote_ufrag: Option<String>,
}

impl Negotiator {
    /// A negotiator whose answers name `advertised` as the one candidate.
    #[must_use]
    pub fn new(advertised: SocketAddr) -> Self {
        Self { advertised }
    }

    /// Answers a publisher's offer.
    pub(super) fn publisher(&self, sdp: &str) -> Result<Negotiated, Refused> {
        offer::check(sdp, Endpoint::Whip)?;
        offer::check_codecs(sdp, &["H264", "VP8"], "H.264 or VP8")?;
        let config = self.config().enable_h264(true).enable_vp8(true);
        let mut negotiated = self.accept(config, sdp)?;
        negotiated.answer = with_start_bitrate(&negotiated.answer);
        Ok(negotiated)
    }

    /// Answers a viewer's offer for a rendition in `codec`.
    pub(super) fn viewer(&self, sdp: &str, codec: VideoCodec) -> Result<Negotiated, Refused> {
        offer::check(sdp, Endpoint::Whep)?;
        offer::check_codecs(sdp, &[codec.rtpmap()], codec.rtpmap())?;
        let config = match codec {
            VideoCodec::H264 => self.config().enable_h264(true),
            VideoCodec::Vp8 => self.config().enable_vp8(true),
            VideoCodec::Vp9 => self.config().enable_vp9(true),
            VideoCodec::Av1 => self.config().enable_av1(true),
            VideoCodec::Hevc => self.config().enable_h265(true),
        };
        self.accept(config, sdp)
    }

    /// Answers an offer of our own once, because a process's first answer takes ten times as long as the next.
    pub(crate) fn warm_up(&self) {
        let mut offerer = self.config().enable_h264(true).build(Instant::now());
        let mut change = offerer.sdp_api();
        let video = str0m::media::MediaKind::Video;
        change.add_media(video, str0m::media::Direction::SendOnly, None, None, None);
        if let Some((offer, _)) = change.apply() {
            // Only the work matters here, not what comes of it.
            drop(self.publisher(&offer.to_sdp_string()));
        }
    }

    fn config(&self) -> RtcConfig {
        let mut extensions = ExtensionMap::empty();
        // Without video-orientation, so that senders turn the picture itself and rungs never need to.
        extensions.set(1, Extension::AudioLevel);
        extensions.set(2, Extension::AbsoluteSendTime);
        extensions.set(3, Extension::TransportSequenceNumber);
        extensions.set(4, Extension::RtpMid);
        extensions.set(PLAYOUT_DELAY_ID, Extension::PlayoutDelay);
        RtcConfig::new()
            .set_ice_lite(true)
            .clear_codecs()
            .enable_opus(true, false)
            .set_extension_map(extensions)
            .set_send_buffer_video(RESEND_PACKETS)
            .set_local_ice_credentials(IceCreds {
                ufrag: secret::hex::<6>(),
                pass: secret::hex::<16>(),
            })
    }

    fn accept(&self, config: RtcConfig, sdp: &str) -> Result<Negotiated, Refused> {
        let ufrag = config
            .local_ice_credentials()
            .as_ref()
            .map(|creds| creds.ufrag.clone())
            .unwrap_or_default();
        let parsed = SdpOffer::from_sdp_string(sdp).map_err(|e| Refused::Malformed(e.to_string()))?;
        let mut rtc = config.build(Instant::now());
        let candidate =
            Candidate::host(self.advertised, "udp").map_err(|e| Refused::Malformed(e.to_string()))?;
        rtc.add_local_candidate(candidate);
        let answer = rtc
            .sdp_api()
            .accept_offer(parsed)
            .map_err(|e| Refused::Malformed(e.to_string()))?
            .to_sdp_string();
        let remote_ufrag = sdp
            .lines()
            .find_map(|line| line.strip_prefix("a=ice-ufrag:"))
            .map(|ufrag| ufrag.trim().to_owned());
        Ok(Negotiated {
            rtc: Box::new(rtc),
            answer,
            ufrag,
            remote_ufrag,
        })
    }
}

/// Adds the start bitrate to every video format of an answer, making a format line where a codec has none.
fn with_start_bitrate(answer: &str) -> String {
    let parameter = format!("x-google-start-bitrate={START_KBITS}");
    let mut text = String::with_capacity(answer.len() + 256);
    let mut in_video = false;
    let mut formatted: Vec<&str> = Vec::new();
    if let Some(video) = answer.split("m=video").nth(1) {
        let section = video.split("\nm=").next().unwrap_or_default();
        formatted = section
            .lines()
            .filter_map(|l| l.strip_prefix("a=fmtp:")?.split(' ').next())
            .collect();
    }
    for line in answer.lines() {
        if let Some(media) = line.strip_prefix("m=") {
            in_video = media.starts_with("video");
        }
        text.push_str(line);
        if in_video && line.starts_with("a=fmtp:") && !line.contains("apt=") {
            text.push(';');
            text.push_str(&parameter);
        }
        text.push_str("\r\n");
        if in_video
            && let Some((pt, "VP8/90000")) = line
                .strip_prefix("a=rtpmap:")
                .and_then(|rest| rest.split_once(' '))
            && !formatted.contains(&pt)
        {
            text.push_str(&format!("a=fmtp:{pt} {parameter}\r\n"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &str = "v=0\r\nm=audio 9 X 111\r\na=rtpmap:111 opus/48000/2\r\na=fmtp:111 minptime=10\r\n\
        m=video 9 X 96 97 98\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1\r\n\
        a=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\na=rtpmap:98 VP8/90000\r\n";

    #[test]
    fn every_video_format_gets_the_start_bitrate_and_nothing_else_does() {
        let answer = with_start_bitrate(ANSWER);
        assert!(
            answer.contains("a=fmtp:96 packetization-mode=1;x-google-start-bitrate=2500\r\n"),
            "{answer}"
        );
        assert!(
            answer.contains("a=rtpmap:98 VP8/90000\r\na=fmtp:98 x-google-start-bitrate=2500\r\n"),
            "{answer}"
        );
        assert!(answer.contains("a=fmtp:97 apt=96\r\n"));
        assert!(answer.contains("a=fmtp:111 minptime=10\r\n"));
    }
}
