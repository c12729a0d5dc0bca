//! What this client offers: codecs, their payload types and the feedback that goes with them.

use rtc::peer_connection::configuration::media_engine::{
    MIME_TYPE_AV1, MIME_TYPE_H264, MIME_TYPE_OPUS, MIME_TYPE_RTX, MIME_TYPE_VP8, MIME_TYPE_VP9,
};
use rtc::rtp_transceiver::rtp_sender::{RTCPFeedback, RTCRtpCodec, RTCRtpCodecParameters, RtpCodecKind};
use webrtc::peer_connection::MediaEngine;

/// A video codec that Headwater's servers take in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Codec {
    /// H.264 constrained baseline, packetization mode 1 (RFC 6184).
    H264,
    /// VP8 (RFC 7741).
    Vp8,
    /// VP9, profile 0 (RFC 9628).
    Vp9,
    /// AV1, main profile (AV1's own RTP specification).
    Av1,
}

/// Payload type of Opus in every offer of this client.
pub const OPUS: u8 = 111;

impl Codec {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::H264, Self::Vp8, Self::Vp9, Self::Av1];

    /// The payload type that every offer of this client gives the codec.
    pub const fn payload_type(self) -> u8 {
        match self {
            Self::H264 => 102,
            Self::Vp8 => 96,
            Self::Vp9 => 98,
            Self::Av1 => 45,
        }
    }

    /// The codec behind a payload type of this client's offers.
    pub const fn of(payload_type: u8) -> Option<Self> {
        match payload_type {
            102 => Some(Self::H264),
            96 => Some(Self::Vp8),
            98 => Some(Self::Vp9),
            45 => Some(Self::Av1),
            _ => None,
        }
    }

    pub(crate) fn capability(self) -> RTCRtpCodec {
        let (mime_type, fmtp) = match self {
            Self::H264 => (
                MIME_TYPE_H264,
                "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f",
            ),
            Self::Vp8 => (MIME_TYPE_VP8, ""),
            Self::Vp9 => (MIME_TYPE_VP9, "profile-id=0"),
            Self::Av1 => (MIME_TYPE_AV1, "level-idx=5;profile=0;tier=0"),
        };
        let feedback = [("nack", ""), ("nack", "pli"), ("ccm", "fir")];
        RTCRtpCodec {
            mime_type: mime_type.to_owned(),
            clock_rate: 90_000,
            channels: 0,
            sdp_fmtp_line: fmtp.to_owned(),
            rtcp_feedback: feedback
                .map(|(typ, parameter)| RTCPFeedback {
                    typ: typ.to_owned(),
                    parameter: parameter.to_owned(),
                })
                .to_vec(),
        }
    }
}

pub(crate) fn opus() -> RTCRtpCodec {
    RTCRtpCodec {
        mime_type: MIME_TYPE_OPUS.to_owned(),
        clock_rate: 48_000,
        channels: 2,
        sdp_fmtp_line: "minptime=10;useinbandfec=1".to_owned(),
        rtcp_feedback: vec![],
    }
}

/// An engine that offers `video`, each with its retransmissions (RFC 4588), and Opus.
pub(crate) fn engine(video: &[Codec]) -> Result<MediaEngine, webrtc::error::Error> {
    let mut engine = MediaEngine::default();
    for codec in video {
        let payload_type = codec.payload_type();
        let rtp_codec = codec.capability();
        engine.register_codec(
            RTCRtpCodecParameters {
                rtp_codec,
                payload_type,
            },
            RtpCodecKind::Video,
        )?;
        let rtx = RTCRtpCodec {
            mime_type: MIME_TYPE_RTX.to_owned(),
            clock_rate: 90_000,
            channels: 0,
            sdp_fmtp_line: format!("apt={payload_type}"),
            rtcp_feedback: vec![],
        };
        let rtx = RTCRtpCodecParameters {
            rtp_codec: rtx,
            payload_type: payload_type + 1,
        };
        engine.register_codec(rtx, RtpCodecKind::Video)?;
    }
    engine.register_codec(
        RTCRtpCodecParameters {
            rtp_codec: opus(),
            payload_type: OPUS,
        },
        RtpCodecKind::Audio,
    )?;
    Ok(engine)
}
