//! Which video codecs an offer names, and in which order.

use js_sys::Array;
use wasm_bindgen::{JsCast, JsValue};

use crate::js;
use crate::peer::Direction;

/// The browser's codecs for this direction, best first; `None` where it does not tell, or has none of ours.
pub(crate) fn of(direction: Direction) -> Option<Array> {
    let class = match direction {
        Direction::SendOnly => "RTCRtpSender",
        Direction::RecvOnly => "RTCRtpReceiver",
    };
    let class = js::get(&js_sys::global(), class);
    let capabilities = js::call(&class, "getCapabilities", &[&"video".into()]).ok()?;
    let all: Array = js::get(&capabilities, "codecs").dyn_into().ok()?;
    let ranked: Vec<(u8, JsValue)> = all
        .iter()
        .filter_map(|codec| {
            let text = |name| js::get(&codec, name).as_string().unwrap_or_default();
            Some((rank(direction, &text("mimeType"), &text("sdpFmtpLine"))?, codec))
        })
        .collect();
    let sorted: Array = (0..=REPAIR)
        .flat_map(|rank| ranked.iter().filter(move |codec| codec.0 == rank))
        .map(|codec| &codec.1)
        .collect();
    ranked.iter().any(|codec| codec.0 < REPAIR).then_some(sorted)
}

/// What repairs a codec's losses: no use by itself.
const REPAIR: u8 = 6;

/// Where a codec stands in an offer; `None` for those that are not offered.
///
/// Constrained baseline first: hardware encodes it everywhere, and it decodes without reordering. Packetization-mode 0
/// would forbid fragmented access units. What is sent is H.264 or VP8, which browsers encode in real time on any
/// machine; what is received may be whatever somebody else sends.
fn rank(direction: Direction, mime: &str, fmtp: &str) -> Option<u8> {
    let fmtp = fmtp.to_ascii_lowercase();
    match (mime.to_ascii_lowercase().as_str(), direction) {
        ("video/h264", _) if !fmtp.contains("packetization-mode=1") => None,
        ("video/h264", _) if fmtp.contains("profile-level-id=42e0") => Some(0),
        ("video/h264", _) if fmtp.contains("profile-level-id=4200") => Some(1),
        ("video/h264", _) => Some(2),
        ("video/vp8", _) => Some(3),
        // The other profiles have more than eight bits, or more colour, and nobody sends them here.
        ("video/vp9", Direction::RecvOnly)
            if !fmtp.contains("profile-id=") || fmtp.contains("profile-id=0") =>
        {
            Some(4)
        }
        ("video/av1", Direction::RecvOnly) => Some(5),
        ("video/rtx", _) => Some(REPAIR),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn h264(profile: &str) -> String {
        format!("level-asymmetry-allowed=1;packetization-mode=1;profile-level-id={profile}")
    }

    #[test]
    fn constrained_baseline_comes_first_and_vp8_is_the_fallback() {
        for direction in [Direction::SendOnly, Direction::RecvOnly] {
            let order = [
                rank(direction, "video/H264", &h264("42e01f")),
                rank(direction, "video/H264", &h264("42001f")),
                rank(direction, "video/H264", &h264("640034")),
                rank(direction, "video/VP8", ""),
                rank(direction, "video/rtx", "apt=96"),
            ];
            assert!(
                order.is_sorted() && order.iter().all(Option::is_some),
                "{order:?}"
            );
        }
    }

    #[test]
    fn what_is_slow_to_encode_is_only_received() {
        for (mime, fmtp) in [
            ("video/AV1", ""),
            ("video/VP9", "profile-id=0"),
            ("video/VP9", ""),
        ] {
            assert_eq!(rank(Direction::SendOnly, mime, fmtp), None, "{mime}");
            assert!(rank(Direction::RecvOnly, mime, fmtp) > rank(Direction::RecvOnly, "video/VP8", ""));
        }
    }

    #[test]
    fn what_the_orchestrator_cannot_use_is_not_offered() {
        for (mime, fmtp) in [
            ("video/VP9", "profile-id=2"),
            ("video/H265", ""),
            ("video/H264", "packetization-mode=0;profile-level-id=42e01f"),
        ] {
            assert_eq!(rank(Direction::RecvOnly, mime, fmtp), None, "{mime}");
        }
    }
}
