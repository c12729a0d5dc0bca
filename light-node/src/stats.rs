//! From the browser's reports (W3C webrtc-stats) to the few numbers that people look at.

use serde::{Deserialize, Serialize};

/// What is read of a report, whatever its type; browsers leave out what they do not know.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Report {
    id: String,
    r#type: String,
    kind: Option<String>,
    timestamp: f64,
    codec_id: Option<String>,
    mime_type: Option<String>,
    bytes_sent: f64,
    bytes_received: f64,
    frames_sent: f64,
    frames_decoded: f64,
    frames_dropped: f64,
    frame_width: f64,
    frame_height: f64,
    freeze_count: f64,
    packets_lost: f64,
    jitter_buffer_delay: f64,
    jitter_buffer_emitted_count: f64,
    audio_level: Option<f64>,
    encoder_implementation: Option<String>,
    quality_limitation_reason: Option<String>,
    nominated: bool,
    current_round_trip_time: Option<f64>,
}

/// `PublisherStats` in the package's `types.ts`.
#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Sent {
    bitrate: f64,
    fps: f64,
    width: f64,
    height: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    rtt: Option<f64>,
    packets_lost: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    encoder: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    codec: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    quality_limitation_reason: Option<String>,
    audio_bitrate: f64,
}

/// `ViewerStats` in the package's `types.ts`.
#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Received {
    bitrate: f64,
    fps: f64,
    width: f64,
    height: f64,
    frames_decoded: f64,
    frames_dropped: f64,
    freeze_count: f64,
    packets_lost: f64,
    jitter_buffer_ms: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    rtt: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    codec: Option<String>,
    audio_bitrate: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    audio_level: Option<f64>,
}

/// How many video frames were decoded.
pub(crate) fn frames_decoded(reports: &[Report]) -> f64 {
    find(reports, "inbound-rtp", "video").frames_decoded
}

/// Turns counters into rates: what has changed since the reports before.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    video: Report,
    audio: Report,
}

impl Meter {
    pub(crate) fn sent(&mut self, reports: &[Report]) -> Sent {
        let video = find(reports, "outbound-rtp", "video");
        let audio = find(reports, "outbound-rtp", "audio");
        let remote = find(reports, "remote-inbound-rtp", "video");
        let rate = Rate::between(&self.video, &video);
        let audio_rate = Rate::between(&self.audio, &audio);
        let stats = Sent {
            bitrate: rate.of(|r| r.bytes_sent * 8.0),
            fps: rate.of(|r| r.frames_sent),
            width: video.frame_width,
            height: video.frame_height,
            rtt: rtt(reports),
            packets_lost: remote.packets_lost,
            encoder: video.encoder_implementation.clone(),
            codec: codec(reports, &video),
            quality_limitation_reason: video.quality_limitation_reason.clone(),
            audio_bitrate: audio_rate.of(|r| r.bytes_sent * 8.0),
        };
        (self.video, self.audio) = (video, audio);
        stats
    }

    pub(crate) fn received(&mut self, reports: &[Report]) -> Received {
        let video = find(reports, "inbound-rtp", "video");
        let audio = find(reports, "inbound-rtp", "audio");
        let rate = Rate::between(&self.video, &video);
        let audio_rate = Rate::between(&self.audio, &audio);
        let emitted = video.jitter_buffer_emitted_count - self.video.jitter_buffer_emitted_count;
        let waited = video.jitter_buffer_delay - self.video.jitter_buffer_delay;
        let stats = Received {
            bitrate: rate.of(|r| r.bytes_received * 8.0),
            fps: rate.of(|r| r.frames_decoded),
            width: video.frame_width,
            height: video.frame_height,
            frames_decoded: video.frames_decoded,
            frames_dropped: video.frames_dropped,
            freeze_count: video.freeze_count,
            packets_lost: video.packets_lost,
            jitter_buffer_ms: if emitted > 0.0 {
                waited / emitted * 1000.0
            } else {
                0.0
            },
            rtt: rtt(reports),
            codec: codec(reports, &video),
            audio_bitrate: audio_rate.of(|r| r.bytes_received * 8.0),
            audio_level: audio.audio_level,
        };
        (self.video, self.audio) = (video, audio);
        stats
    }
}

struct Rate<'a> {
    before: &'a Report,
    after: &'a Report,
    seconds: f64,
}

impl<'a> Rate<'a> {
    fn between(before: &'a Report, after: &'a Report) -> Self {
        // The first reports come about a second after the connection.
        let seconds = if before.timestamp > 0.0 {
            (after.timestamp - before.timestamp) / 1000.0
        } else {
            1.0
        };
        Self {
            before,
            after,
            seconds,
        }
    }

    /// A counter's growth a second; 0 where the browser reports again without having looked, or began anew.
    fn of(&self, counter: impl Fn(&Report) -> f64) -> f64 {
        let grown = counter(self.after) - counter(self.before);
        if self.seconds > 0.0 {
            (grown / self.seconds).max(0.0)
        } else {
            0.0
        }
    }
}

fn find(reports: &[Report], kind: &str, media: &str) -> Report {
    reports
        .iter()
        .find(|report| report.r#type == kind && report.kind.as_deref() == Some(media))
        .cloned()
        .unwrap_or_default()
}

fn codec(reports: &[Report], of: &Report) -> Option<String> {
    let id = of.codec_id.as_deref()?;
    reports
        .iter()
        .find(|report| report.id == id)
        .and_then(|report| report.mime_type.clone())
}

/// In milliseconds, over the candidate pair in use.
fn rtt(reports: &[Report]) -> Option<f64> {
    reports
        .iter()
        .filter(|report| report.r#type == "candidate-pair" && report.nominated)
        .find_map(|report| report.current_round_trip_time)
        .map(|seconds| seconds * 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reports(json: serde_json::Value) -> Vec<Report> {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn rates_are_what_has_changed_since_before() {
        let at = |timestamp: f64, bytes: u32, frames: u32| {
            reports(serde_json::json!([
                {"id": "V", "type": "outbound-rtp", "kind": "video", "timestamp": timestamp, "bytesSent": bytes,
                 "framesSent": frames, "frameWidth": 1280, "frameHeight": 720, "codecId": "C"},
                {"id": "A", "type": "outbound-rtp", "kind": "audio", "timestamp": timestamp, "bytesSent": bytes / 10},
                {"id": "C", "type": "codec", "mimeType": "video/H264"},
                {"id": "P", "type": "candidate-pair", "nominated": true, "currentRoundTripTime": 0.012},
                {"id": "Q", "type": "candidate-pair", "nominated": false, "currentRoundTripTime": 9},
                {"id": "R", "type": "remote-inbound-rtp", "kind": "video", "packetsLost": 3},
            ]))
        };
        let mut meter = Meter::default();
        meter.sent(&at(1000.0, 100_000, 10));
        let sent = meter.sent(&at(3000.0, 600_000, 70));
        assert_eq!(
            (sent.bitrate, sent.fps, sent.audio_bitrate),
            (2_000_000.0, 30.0, 200_000.0)
        );
        assert_eq!((sent.width, sent.height, sent.packets_lost), (1280.0, 720.0, 3.0));
        assert_eq!(
            (sent.rtt, sent.codec.as_deref()),
            (Some(12.0), Some("video/H264"))
        );
    }

    #[test]
    fn a_report_that_stands_still_is_no_infinity() {
        let same = reports(serde_json::json!([
            {"type": "inbound-rtp", "kind": "video", "timestamp": 5.0, "bytesReceived": 10, "framesDecoded": 1}
        ]));
        let mut meter = Meter::default();
        meter.received(&same);
        let received = meter.received(&same);
        assert_eq!(
            (received.bitrate, received.fps, received.jitter_buffer_ms),
            (0.0, 0.0, 0.0)
        );
    }

    #[test]
    fn nothing_received_is_zeros() {
        let received = Meter::default().received(&[]);
        assert_eq!((received.frames_decoded, received.rtt), (0.0, None));
    }
}
