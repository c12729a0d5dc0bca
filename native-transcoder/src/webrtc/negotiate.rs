//! From an offer to a connection that waits for its peer: builds the `Rtc`, and the answer for HTTP to return.

use std::time::Instant;

use str0m::change::{SdpAnswer, SdpOffer, SdpPendingOffer};
use str0m::format::{Codec, FormatParams};
use str0m::media::{Direction, Frequency, MediaKind, Mid};
use str0m::rtp::{Extension, ExtensionMap};
use str0m::{IceCreds, Rtc, RtcConfig, RtcError};

use super::identity::Identity;
use super::offer::{self, Endpoint, Refused, Video};
use super::reach::{Ice, Reach};
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
    reach: Reach,
    decoders: Vec<VideoCodec>,
    /// Without one, each connection has its own.
    identity: Option<Identity>,
}

/// A connection before its first packet.
pub(super) struct Negotiated {
    pub(super) rtc: Box<Rtc>,
    pub(super) answer: String,
    /// What was agreed on for pictures.
    pub(super) video: Option<Video>,
    /// The tracks of an offer of ours; those of a peer's offer str0m reports.
    pub(super) tracks: Vec<(MediaKind, Mid)>,
    /// The username fragment by which its first STUN request finds it.
    pub(super) ufrag: String,
}

/// An offer of our own, on its way to a viewer and back.
pub(super) struct Countered {
    rtc: Box<Rtc>,
    pending: SdpPendingOffer,
    tracks: Vec<(MediaKind, Mid)>,
    pub(super) offer: String,
    ufrag: String,
}

impl Negotiator {
    /// A negotiator whose answers name the addresses of `reach` and take pictures in `decoders`.
    #[must_use]
    pub fn new(reach: Reach, decoders: Vec<VideoCodec>) -> Self {
        Self {
            reach,
            decoders,
            identity: None,
        }
    }

    /// The same, whose connections all show this certificate.
    #[must_use]
    pub fn known_by(self, identity: Identity) -> Self {
        Self {
            identity: Some(identity),
            ..self
        }
    }

    /// Answers a publisher's offer.
    pub(super) fn publisher(&self, sdp: &str) -> Result<Negotiated, Refused> {
        offer::check(sdp, Endpoint::Whip)?;
        offer::check_codecs(sdp, &self.decoders)?;
        let config = with_codecs(self.config(), &in_order_of(sdp, &self.decoders));
        let mut negotiated = self.accept(config, sdp)?;
        negotiated.answer = with_start_bitrate(&negotiated.answer);
        Ok(negotiated)
    }

    /// Answers a viewer's offer with `codecs` for its pictures, in the viewer's own order.
    pub(super) fn viewer(&self, sdp: &str, codecs: &[VideoCodec]) -> Result<Negotiated, Refused> {
        offer::check(sdp, Endpoint::Whep)?;
        offer::check_codecs(sdp, codecs)?;
        let negotiated = self.accept(with_codecs(self.config(), &in_order_of(sdp, codecs)), sdp)?;
        match &negotiated.video {
            // A profile or a packetization that the check above does not know of.
            Some(video) if video.codecs.is_empty() => Err(Refused::no_video(codecs)),
            _ => Ok(negotiated),
        }
    }

    /// An offer of our own for a viewer whose offer cannot be met (WHEP's counter-offer).
    pub(super) fn counter(&self, codecs: &[VideoCodec]) -> Option<Countered> {
        let config = with_codecs(self.config(), codecs);
        let ufrag = local_ufrag(&config);
        let mut rtc = self.build(config);
        let mut change = rtc.sdp_api();
        let tracks = [MediaKind::Video, MediaKind::Audio].map(|kind| {
            (
                kind,
                change.add_media(kind, Direction::SendOnly, None, None, None),
            )
        });
        let (offer, pending) = change.apply()?;
        Some(Countered {
            rtc: Box::new(rtc),
            pending,
            tracks: tracks.to_vec(),
            offer: offer.to_sdp_string(),
            ufrag,
        })
    }

    /// Answers an offer of our own once, because a process's first answer takes ten times as long as the next.
    pub(crate) fn warm_up(&self) {
        if let Some(offer) = self.offer_of_a_camera() {
            // Only the work matters here, not what comes of it.
            drop(self.publisher(&offer));
        }
    }

    /// As a publisher of ours would make it. Two ends that only answer ICE's checks would refuse each other.
    fn offer_of_a_camera(&self) -> Option<String> {
        let config = self.config().set_ice_lite(false).enable_h264(true);
        let mut offerer = config.build(Instant::now());
        let mut change = offerer.sdp_api();
        change.add_media(MediaKind::Video, Direction::SendOnly, None, None, None);
        Some(change.apply()?.0.to_sdp_string())
    }

    fn config(&self) -> RtcConfig {
        let mut extensions = ExtensionMap::empty();
        // Without video-orientation, so that senders turn the picture itself and rungs never need to.
        extensions.set(1, Extension::AudioLevel);
        extensions.set(2, Extension::AbsoluteSendTime);
        extensions.set(3, Extension::TransportSequenceNumber);
        extensions.set(4, Extension::RtpMid);
        extensions.set(PLAYOUT_DELAY_ID, Extension::PlayoutDelay);
        extensions.set(6, Extension::RtpStreamId);
        extensions.set(7, Extension::RepairedRtpStreamId);
        let config = match &self.identity {
            Some(identity) => RtcConfig::new().set_dtls_cert(identity.certificate()),
            None => RtcConfig::new(),
        };
        config
            .set_ice_lite(self.reach.is_lite())
            .clear_codecs()
            .enable_opus(true, false)
            .set_extension_map(extensions)
            .set_send_buffer_video(RESEND_PACKETS)
            .set_local_ice_credentials(credentials())
    }

    fn accept(&self, config: RtcConfig, sdp: &str) -> Result<Negotiated, Refused> {
        let ufrag = local_ufrag(&config);
        let parsed = SdpOffer::from_sdp_string(sdp).map_err(|e| Refused::Malformed(e.to_string()))?;
        let mut rtc = self.build(config);
        let answer = rtc
            .sdp_api()
            .accept_offer(parsed)
            .map_err(|e| Refused::Malformed(e.to_string()))?
            .to_sdp_string();
        Ok(Negotiated {
            rtc: Box::new(rtc),
            video: offer::video(&answer),
            tracks: Vec::new(),
            answer,
            ufrag,
        })
    }

    fn build(&self, config: RtcConfig) -> Rtc {
        let mut rtc = config.build(Instant::now());
        for candidate in self.reach.candidates() {
            rtc.add_local_candidate(candidate);
        }
        rtc
    }
}

impl Countered {
    /// Names the ICE session, for `ETag`.
    pub(super) fn etag(&self) -> String {
        format!("\"{}\"", self.ufrag)
    }

    /// Takes the viewer's answer to our offer.
    pub(super) fn accept(self, sdp: &str) -> Result<Negotiated, Refused> {
        offer::check(sdp, Endpoint::Whep)?;
        let Self {
            mut rtc,
            pending,
            tracks,
            ufrag,
            ..
        } = self;
        let malformed = |e: RtcError| Refused::Malformed(e.to_string());
        let answer = SdpAnswer::from_sdp_string(sdp).map_err(|e| Refused::Malformed(e.to_string()))?;
        rtc.sdp_api().accept_answer(pending, answer).map_err(malformed)?;
        Ok(Negotiated {
            rtc,
            video: offer::video(sdp),
            tracks,
            answer: String::new(),
            ufrag,
        })
    }
}

fn local_ufrag(config: &RtcConfig) -> String {
    let credentials = config.local_ice_credentials().as_ref();
    credentials.map_or_else(String::new, |creds| creds.ufrag.clone())
}

/// Those of `codecs` that an offer names, in its order: str0m answers in the order in which they are enabled.
fn in_order_of(offer: &str, codecs: &[VideoCodec]) -> Vec<VideoCodec> {
    let offered = offer::video(offer).map_or_else(Vec::new, |video| video.codecs);
    offered
        .into_iter()
        .filter(|codec| codecs.contains(codec))
        .collect()
}

/// Enables `codecs`, each in the profile that is decoded and encoded here.
fn with_codecs(config: RtcConfig, codecs: &[VideoCodec]) -> RtcConfig {
    codecs.iter().fold(config, |mut config, codec| match codec {
        VideoCodec::H264 => config.enable_h264(true),
        VideoCodec::Vp8 => config.enable_vp8(true),
        VideoCodec::Vp9 => {
            // By default str0m takes profile 2 (10 bits) as well.
            let format = FormatParams {
                profile_id: Some(0),
                ..FormatParams::default()
            };
            config.codec_config().add_config(
                98.into(),
                Some(99.into()),
                Codec::Vp9,
                Frequency::NINETY_KHZ,
                None,
                format,
            );
            config
        }
        VideoCodec::Av1 => config.enable_av1(true),
        VideoCodec::Hevc => config.enable_h265(true),
    })
}

/// Credentials of the node's own for one ICE session: unguessable, and apart from every other connection's on the port.
pub(super) fn credentials() -> IceCreds {
    IceCreds {
        ufrag: secret::hex::<6>(),
        pass: secret::hex::<16>(),
    }
}

/// The answer that `sdp` would get at `endpoint`, from a node at an address for documentation. No session is made.
///
/// # Errors
/// [`Refused`].
pub fn rehearse(sdp: &str, endpoint: Endpoint) -> Result<String, Refused> {
    let nowhere = Reach::new(([192, 0, 2, 1], 9).into(), None, Ice::Lite);
    let every = vec![
        VideoCodec::H264,
        VideoCodec::Vp8,
        VideoCodec::Vp9,
        VideoCodec::Av1,
    ];
    let negotiator = Negotiator::new(nowhere, every.clone());
    let negotiated = match endpoint {
        Endpoint::Whip => negotiator.publisher(sdp)?,
        Endpoint::Whep => negotiator.viewer(sdp, &every)?,
    };
    Ok(negotiated.answer)
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
            && let Some((pt, encoding)) = line
                .strip_prefix("a=rtpmap:")
                .and_then(|rest| rest.split_once(' '))
            && !encoding.starts_with("rtx/")
            && !formatted.contains(&pt)
        {
            text.push_str(&format!("a=fmtp:{pt} {parameter}\r\n"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use str0m::media::{Simulcast, SimulcastLayer};

    use super::super::reach::Ice;
    use super::*;

    const ANSWER: &str = "v=0\r\nm=audio 9 X 111\r\na=rtpmap:111 opus/48000/2\r\na=fmtp:111 minptime=10\r\n\
        m=video 9 X 96 97 98 99 45\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1\r\n\
        a=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\na=rtpmap:98 VP8/90000\r\n\
        a=rtpmap:99 rtx/90000\r\na=rtpmap:45 AV1/90000\r\n";

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
        assert!(answer.contains("a=rtpmap:45 AV1/90000\r\na=fmtp:45 x-google-start-bitrate=2500\r\n"));
        assert!(answer.contains("a=fmtp:97 apt=96\r\n") && !answer.contains("a=fmtp:99"));
        assert!(answer.contains("a=fmtp:111 minptime=10\r\n"));
    }

    fn negotiator() -> Negotiator {
        let reach = Reach::new("127.0.0.1:9".parse().unwrap(), None, Ice::Lite);
        Negotiator::new(reach, VideoCodec::ALL.to_vec())
    }

    #[test]
    fn every_answer_shows_the_nodes_certificate() {
        let identity = Identity::fresh().unwrap();
        let known = negotiator().known_by(identity.clone());
        let certificate = identity.fingerprint().into();
        let answer = |negotiator: &Negotiator| {
            let offer = negotiator.offer_of_a_camera().unwrap();
            negotiator.publisher(&offer).unwrap().answer
        };
        for _ in 0..2 {
            assert!(headwater_protocol::offer::is_bound(&answer(&known), &certificate));
        }
        assert!(!headwater_protocol::offer::is_bound(
            &answer(&negotiator()),
            &certificate
        ));
    }

    #[test]
    fn an_offer_of_ours_takes_its_answer_and_nothing_else() {
        let codecs = [VideoCodec::Vp9, VideoCodec::Vp8];
        let offered = || negotiator().counter(&codecs).unwrap();
        let answer = |offer: &str| {
            let mut viewer = with_codecs(RtcConfig::new().clear_codecs(), &[VideoCodec::Vp8])
                .enable_opus(true, false)
                .build(Instant::now());
            let offer = SdpOffer::from_sdp_string(offer).unwrap();
            viewer.sdp_api().accept_offer(offer).unwrap().to_sdp_string()
        };
        let countered = offered();
        let text = answer(&countered.offer);
        let negotiated = countered.accept(&text).unwrap();
        assert_eq!(negotiated.video.unwrap().codecs, [VideoCodec::Vp8]);
        assert_eq!(negotiated.tracks.len(), 2);
        assert!(offered().accept("hello").is_err());
        let sending = text.replace("a=recvonly", "a=sendonly");
        assert!(matches!(offered().accept(&sending), Err(Refused::Direction(_))));
    }

    #[test]
    fn a_viewers_answer_holds_what_was_agreed_on_in_its_own_order() {
        let mut viewer = with_codecs(
            RtcConfig::new().clear_codecs(),
            &[VideoCodec::Av1, VideoCodec::H264, VideoCodec::Vp8],
        )
        .build(Instant::now());
        let mut change = viewer.sdp_api();
        change.add_media(MediaKind::Video, Direction::RecvOnly, None, None, None);
        let (offer, _) = change.apply().unwrap();
        let agreed = [VideoCodec::Vp8, VideoCodec::Av1];
        let negotiated = negotiator().viewer(&offer.to_sdp_string(), &agreed).unwrap();
        assert_eq!(
            negotiated.video.unwrap().codecs,
            [VideoCodec::Av1, VideoCodec::Vp8]
        );
        let none = negotiator().viewer(&offer.to_sdp_string(), &[VideoCodec::Hevc]);
        assert!(matches!(none, Err(Refused::NoCommonCodec { .. })));
    }

    #[test]
    fn every_layer_of_a_simulcast_is_accepted() {
        let mut camera = RtcConfig::new()
            .clear_codecs()
            .enable_vp8(true)
            .set_extension(10, Extension::RtpStreamId)
            .set_extension(11, Extension::RepairedRtpStreamId)
            .build(Instant::now());
        let mut change = camera.sdp_api();
        let layers = ["q", "h", "f"].map(SimulcastLayer::new).to_vec();
        let simulcast = Simulcast {
            send: layers,
            recv: Vec::new(),
        };
        change.add_media(MediaKind::Video, Direction::SendOnly, None, None, Some(simulcast));
        let (offer, _) = change.apply().unwrap();
        let answer = negotiator().publisher(&offer.to_sdp_string()).unwrap().answer;
        assert!(answer.contains("a=simulcast:recv q;h;f"), "{answer}");
    }
}
