//! One outgoing track: frames into RTP payloads, payloads into packets.

use crate::codec::{self, Codec};
use crate::frame::starts_decoding;
use crate::peer::{Error, Peer};
use bytes::{Bytes, BytesMut};
use rtc::media_stream::MediaStreamTrack;
use rtc::rtp::codec::av1::Av1Payloader;
use rtc::rtp::codec::h264::H264Payloader;
use rtc::rtp::codec::vp8::Vp8Payloader;
use rtc::rtp::codec::vp9::Vp9Payloader;
use rtc::rtp::packetizer::Payloader;
use rtc::rtp::{Header, Packet};
use rtc::rtp_transceiver::rtp_sender::{
    RTCRtpCodec, RTCRtpCodingParameters, RTCRtpEncodingParameters, RtpCodecKind,
};
use rtc::rtp_transceiver::{RTCRtpTransceiverDirection, RTCRtpTransceiverInit};
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use webrtc::media_stream::track_local::TrackLocal;
use webrtc::media_stream::track_local::static_rtp::TrackLocalStaticRTP;

/// Payload bytes of an RTP packet; browsers stay below 1,200 as well.
const PAYLOAD: usize = 1160;

/// One outgoing track.
pub(super) struct Sender {
    track: Arc<TrackLocalStaticRTP>,
    payloader: Option<Box<dyn Payloader + Send>>,
    header: Header,
}

impl Sender {
    pub(super) async fn video(peer: &Peer, codec: Codec) -> Result<Self, Error> {
        let (capability, payload_type) = (codec.capability(), codec.payload_type());
        let payloader = Some(payloader(codec));
        Self::add(peer, RtpCodecKind::Video, capability, payload_type, payloader).await
    }

    pub(super) async fn opus(peer: &Peer) -> Result<Self, Error> {
        Self::add(peer, RtpCodecKind::Audio, codec::opus(), codec::OPUS, None).await
    }

    async fn add(
        peer: &Peer,
        kind: RtpCodecKind,
        codec: RTCRtpCodec,
        payload_type: u8,
        payloader: Option<Box<dyn Payloader + Send>>,
    ) -> Result<Self, Error> {
        // The standard library's keys are random; an SSRC needs no better (RFC 3550 §8.1).
        let ssrc = RandomState::new().hash_one(payload_type) as u32;
        let coding = RTCRtpEncodingParameters {
            rtp_coding_parameters: RTCRtpCodingParameters {
                ssrc: Some(ssrc),
                ..Default::default()
            },
            codec,
            ..Default::default()
        };
        let stream = "film".to_owned();
        let media = MediaStreamTrack::new(
            stream.clone(),
            kind.to_string(),
            kind.to_string(),
            kind,
            vec![coding],
        );
        let track = Arc::new(TrackLocalStaticRTP::new(media));
        let init = RTCRtpTransceiverInit {
            direction: RTCRtpTransceiverDirection::Sendonly,
            streams: vec![stream],
            send_encodings: vec![],
        };
        let local = Arc::clone(&track) as Arc<dyn TrackLocal>;
        peer.connection()
            .add_transceiver_from_track(local, Some(init))
            .await?;
        let header = Header {
            version: 2,
            payload_type,
            ssrc,
            ..Header::default()
        };
        Ok(Self {
            track,
            payloader,
            header,
        })
    }

    /// Sends a frame, in as many packets as it takes, after `change` has been at their payloads.
    pub(super) async fn send(
        &mut self,
        frame: Bytes,
        rtp_time: u32,
        mut change: impl FnMut(Bytes) -> Bytes,
    ) -> Result<(), Error> {
        let payloads = match &mut self.payloader {
            Some(payloader) => payloader.payload(PAYLOAD, &frame)?,
            None => vec![frame],
        };
        let last = payloads.len().saturating_sub(1);
        for (n, payload) in payloads.into_iter().enumerate() {
            let marker = n == last && self.payloader.is_some();
            self.write(change(payload), rtp_time, marker).await?;
        }
        Ok(())
    }

    /// Sends one packet.
    pub(super) async fn write(&mut self, payload: Bytes, rtp_time: u32, marker: bool) -> Result<(), Error> {
        self.header.timestamp = rtp_time;
        self.header.marker = marker;
        let header = self.header.clone();
        self.header.sequence_number = self.header.sequence_number.wrapping_add(1);
        Ok(self.track.write_rtp(Packet { header, payload }).await?)
    }
}

impl std::fmt::Debug for Sender {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sender")
            .field("next", &self.header)
            .finish_non_exhaustive()
    }
}

/// What cuts frames of this codec into payloads.
fn payloader(codec: Codec) -> Box<dyn Payloader + Send> {
    match codec {
        Codec::H264 => Box::new(H264Payloader::default()),
        Codec::Vp8 => Box::new(vp8_payloader()),
        Codec::Vp9 => Box::new(Vp9::default()),
        Codec::Av1 => Box::new(Av1Payloader::default()),
    }
}

fn vp8_payloader() -> Vp8Payloader {
    let mut payloader = Vp8Payloader::default();
    payloader.enable_picture_id = true; // as browsers do
    payloader
}

/// VP9 as browsers send it: the library's own descriptors call every frame a keyframe.
#[derive(Debug, Default, Clone)]
struct Vp9(Vp9Payloader);

impl Payloader for Vp9 {
    fn payload(&mut self, mtu: usize, frame: &Bytes) -> rtc::shared::error::Result<Vec<Bytes>> {
        const FLEXIBLE: u8 = 0x10;
        const PREDICTED: u8 = 0x40;
        let predicted = if starts_decoding(Codec::Vp9, frame) {
            0
        } else {
            PREDICTED
        };
        let mut payloads = self.0.payload(mtu, frame)?;
        for payload in &mut payloads {
            let mut bytes = BytesMut::from(&payload[..]);
            bytes[0] = bytes[0] & !FLEXIBLE | predicted;
            *payload = bytes.freeze();
        }
        Ok(payloads)
    }

    fn clone_to(&self) -> Box<dyn Payloader> {
        Box::new(self.clone())
    }
}
