//! What is done with bytes from strangers, one function per way in. None may panic, whatever the bytes.
#![allow(dead_code, reason = "each fuzz target uses one")]

use std::time::Instant;

use headwater_protocol::control::Message as Control;
use headwater_protocol::key::SessionKey;
use headwater_protocol::token::Publish;
use headwater_protocol::{Millis, stream};
use native_transcoder::http::sdpfrag;
use native_transcoder::intake::Intake;
use native_transcoder::media::VideoCodec;
use native_transcoder::transcoder::wire::{self, HEAD, Head, Message, ToParent, ToWorker};
use native_transcoder::webrtc;

/// The body of a POST to WHIP or WHEP.
pub(crate) fn sdp(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    for endpoint in [webrtc::offer::Endpoint::Whip, webrtc::offer::Endpoint::Whep] {
        let _ = webrtc::rehearse(text, endpoint);
    }
}

/// The body of a PATCH.
pub(crate) fn fragment(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let _ = sdpfrag::parse(text);
}

/// A message on the control channel.
pub(crate) fn control(data: &[u8]) {
    if let Ok(Some(message)) = Control::decode(data) {
        let again = Control::decode(message.encode().as_bytes());
        assert_eq!(again, Ok(Some(message)), "what is understood can be said again");
    }
}

/// A bearer token.
pub(crate) fn token(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let key = SessionKey::from_bytes(&[7; 32]).expect("a valid key");
    let stream = stream::Id::new(key.address(), "studio".parse().expect("a name"));
    let _ = Publish::verify(text, &stream, Millis(1_800_000_000_000));
}

/// What a node and its worker say to each other; the first byte says who speaks.
pub(crate) fn wire(data: &[u8]) {
    match data.split_first() {
        Some((0, rest)) => conversation::<ToWorker>(rest),
        Some((_, rest)) => conversation::<ToParent>(rest),
        None => {}
    }
}

fn conversation<M: Message + PartialEq + std::fmt::Debug>(mut rest: &[u8]) {
    while let Some((head, after)) = rest.split_first_chunk::<HEAD>() {
        let Ok(head) = Head::parse::<M>(*head) else { return };
        assert!(head.fields <= wire::MAX_FIELDS && head.payload <= wire::MAX_PAYLOAD);
        let Some((fields, after)) = after.split_at_checked(head.fields) else {
            return;
        };
        let Ok(message) = M::parse(head.kind, fields) else {
            return;
        };
        let mut written = Vec::new();
        wire::write(&message, head.payload, &mut written).expect("what was read can be written");
        assert_eq!(M::parse(head.kind, &written[HEAD..]), Ok(message));
        let Some((_, after)) = after.split_at_checked(head.payload) else {
            return;
        };
        rest = after;
    }
}

/// A unit of video; the first byte says in which codec.
pub(crate) fn header(data: &[u8]) {
    let Some((codec, unit)) = data.split_first() else {
        return;
    };
    let codec = match codec % 4 {
        0 => VideoCodec::H264,
        1 => VideoCodec::Vp8,
        2 => VideoCodec::Vp9,
        _ => VideoCodec::Av1,
    };
    let _ = Intake::default().video(Instant::now(), codec, unit);
}
