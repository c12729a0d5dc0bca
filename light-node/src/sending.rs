//! How video is sent: at most how many bits, and what gives way first when CPU or uplink fall short.
//!
//! The browser's congestion control follows the uplink between nothing and the most; where it starts, the server's answer
//! says (`x-google-start-bitrate`).

use headwater_protocol::ladder::Size;
use js_sys::Array;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::{MediaStreamTrack, RtcRtpSender};

use crate::error::Failure;
use crate::{js, peer};

/// What the page asked for; the rest follows from the track.
#[derive(Debug)]
pub(crate) struct Manner {
    /// In bit/s.
    max_bitrate: Option<u32>,
    /// RTCDegradationPreference.
    degradation: Option<String>,
}

impl Manner {
    pub(crate) fn read(options: &JsValue) -> Result<Self, Failure> {
        Ok(Self {
            max_bitrate: js::whole(options, "maxBitrate")?,
            degradation: js::text(options, "degradation")?,
        })
    }

    /// `sendEncodings` for `video`.
    pub(crate) fn encodings(&self, video: &MediaStreamTrack) -> Array {
        Array::of1(&js::record(&[("maxBitrate", &self.bitrate(video).into())]))
    }

    /// Has `sender` send `video` so. What a browser does not know it leaves out.
    pub(crate) fn apply(&self, sender: &RtcRtpSender, video: &MediaStreamTrack) {
        let Ok(parameters) = js::call(sender, "getParameters", &[]) else {
            return;
        };
        let hint = js::get(video, "contentHint").as_string().unwrap_or_default();
        let preference = self.degradation.as_deref().unwrap_or_else(|| yields(&hint));
        js::set(&parameters, "degradationPreference", &preference.into());
        if let Some(encodings) = js::get(&parameters, "encodings").dyn_ref::<Array>() {
            js::set(&encodings.get(0), "maxBitrate", &self.bitrate(video).into());
        }
        if let Ok(promise) = js::call(sender, "setParameters", &[&parameters]) {
            spawn_local(async move {
                // Refused only by a connection that was closed meanwhile.
                let _ = peer::wait(promise).await;
            });
        }
    }

    fn bitrate(&self, video: &MediaStreamTrack) -> u32 {
        self.max_bitrate.unwrap_or_else(|| bitrate_for(size_of(video)))
    }
}

/// What gives way for a track with this `contentHint`: people have to move, text has to stay sharp.
fn yields(hint: &str) -> &'static str {
    match hint {
        "detail" | "text" => "maintain-resolution",
        _ => "maintain-framerate",
    }
}

/// The size of what a track delivers, where the browser knows it yet.
fn size_of(video: &MediaStreamTrack) -> Size {
    let settings = video.get_settings();
    let side = |side: Option<i32>| side.and_then(|side| u32::try_from(side).ok()).unwrap_or_default();
    Size::new(side(settings.get_width()), side(settings.get_height()))
}

/// What 1280×720 takes to look clean at 30 frames a second from a real-time encoder, in bit/s.
const BITRATE_720P: u64 = 2_500_000;

/// The bitrate for a source of this size, by its pixels: enough for a thumbnail at least, at most what a good home uplink
/// carries.
fn bitrate_for(size: Size) -> u32 {
    let pixels = u64::from(size.width) * u64::from(size.height);
    let pixels = if pixels == 0 { 1280 * 720 } else { pixels };
    let bitrate = (BITRATE_720P * pixels / (1280 * 720)).clamp(300_000, 10_000_000);
    u32::try_from(bitrate).expect("clamped to ten million")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bitrate_follows_the_pixels_within_reason() {
        assert_eq!(bitrate_for(Size::new(1280, 720)), 2_500_000);
        assert_eq!(bitrate_for(Size::new(720, 1280)), 2_500_000);
        assert_eq!(bitrate_for(Size::new(1920, 1080)), 5_625_000);
        assert_eq!(bitrate_for(Size::new(160, 90)), 300_000);
        assert_eq!(bitrate_for(Size::new(7680, 4320)), 10_000_000);
        assert_eq!(bitrate_for(Size::new(0, 0)), 2_500_000);
    }

    #[test]
    fn screens_stay_sharp_and_people_keep_moving() {
        assert_eq!(yields("detail"), "maintain-resolution");
        assert_eq!(yields("text"), "maintain-resolution");
        for hint in ["", "motion"] {
            assert_eq!(yields(hint), "maintain-framerate");
        }
    }
}
