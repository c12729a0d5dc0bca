//! From the browser's reports (W3C webrtc-stats) to the few numbers that people look at.

use serde::Serialize;
use wasm_bindgen::JsValue;

use crate::js;

/// What is read of a report, whatever its type; browsers leave out what they do not know.
#[derive(Clone, Debug, Default)]
pub(crate) struct Report {
    id: String,
    kind: Kind,
    timestamp: f64,
    codec_id: Option<String>,
    mime_type: Option<String>,
    bytes: f64,
    frames: f64,
    frames_dropped: f64,
    width: f64,
    height: f64,
    freeze_count: f64,
    packets_lost: f64,
    jitter_buffer_delay: f64,
    jitter_buffer_emitted: f64,
    audio_level: Option<f64>,
    encoder: Option<String>,
    limitation: Option<String>,
    rtt: Option<f64>,
    uplink: Option<f64>,
    /// Of a candidate pair, used or not: what came over it, in bytes and in answers to checks.
    arrived: f64,
}

/// What a report is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Kind {
    Outbound(Media),
    Inbound(Media),
    RemoteInbound(Media),
    /// The candidate pair in use.
    Pair,
    #[default]
    Other,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Media {
    Audio,
    Video,
}

impl Report {
    /// Reads one of `getStats()`'s values.
    pub(crate) fn read(report: &JsValue) -> Self {
        let text = |name| js::get(report, name).as_string();
        let number = |name| js::get(report, name).as_f64();
        let media = match text("kind").as_deref() {
            Some("audio") => Media::Audio,
            _ => Media::Video,
        };
        let class = text("type");
        let pair = class.as_deref() == Some("candidate-pair");
        let kind = match class.as_deref() {
            Some("outbound-rtp") => Kind::Outbound(media),
            Some("inbound-rtp") => Kind::Inbound(media),
            Some("remote-inbound-rtp") => Kind::RemoteInbound(media),
            Some("candidate-pair") if js::get(report, "nominated").is_truthy() => Kind::Pair,
            _ => Kind::Other,
        };
        // Either end's counter: a report has one of the two.
        let either = |sent, received| number(sent).or_else(|| number(received)).unwrap_or_default();
        Self {
            id: text("id").unwrap_or_default(),
            kind,
            timestamp: number("timestamp").unwrap_or_default(),
            codec_id: text("codecId"),
            mime_type: text("mimeType"),
            bytes: either("bytesSent", "bytesReceived"),
            frames: either("framesSent", "framesDecoded"),
            frames_dropped: number("framesDropped").unwrap_or_default(),
            width: number("frameWidth").unwrap_or_default(),
            height: number("frameHeight").unwrap_or_default(),
            freeze_count: number("freezeCount").unwrap_or_default(),
            packets_lost: number("packetsLost").unwrap_or_default(),
            jitter_buffer_delay: number("jitterBufferDelay").unwrap_or_default(),
            jitter_buffer_emitted: number("jitterBufferEmittedCount").unwrap_or_default(),
            audio_level: number("audioLevel"),
            encoder: text("encoderImplementation"),
            limitation: text("qualityLimitationReason"),
            // The pair's own, or what RTCP says where a browser measures none.
            rtt: number("currentRoundTripTime").or_else(|| number("roundTripTime")),
            uplink: number("availableOutgoingBitrate"),
            arrived: if pair {
                number("bytesReceived").unwrap_or_default() + number("responsesReceived").unwrap_or_default()
            } else {
                0.0
            },
        }
    }
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
    /// What the browser thinks the uplink carries, in bit/s.
    #[serde(skip_serializing_if = "Option::is_none")]
    uplink: Option<f64>,
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
    find(reports, Kind::Inbound(Media::Video)).frames
}

/// What has come from the other end, over whichever path.
pub(crate) fn arrived(reports: &[Report]) -> f64 {
    reports.iter().map(|report| report.arrived).sum()
}

/// Turns counters into rates: what has changed since the reports before.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    video: Report,
    audio: Report,
}

impl Meter {
    pub(crate) fn sent(&mut self, reports: &[Report]) -> Sent {
        let video = find(reports, Kind::Outbound(Media::Video));
        let audio = find(reports, Kind::Outbound(Media::Audio));
        let remote = find(reports, Kind::RemoteInbound(Media::Video));
        let rate = Rate::between(&self.video, &video);
        let audio_rate = Rate::between(&self.audio, &audio);
        let stats = Sent {
            bitrate: rate.of(|r| r.bytes * 8.0),
            fps: rate.of(|r| r.frames),
            width: video.width,
            height: video.height,
            rtt: rtt(reports).or_else(|| remote.rtt.map(|s| s * 1000.0)),
            uplink: find(reports, Kind::Pair).uplink,
            packets_lost: remote.packets_lost,
            encoder: video.encoder.clone(),
            codec: codec(reports, &video),
            quality_limitation_reason: video.limitation.clone(),
            audio_bitrate: audio_rate.of(|r| r.bytes * 8.0),
        };
        (self.video, self.audio) = (video, audio);
        stats
    }

    pub(crate) fn received(&mut self, reports: &[Report]) -> Received {
        let video = find(reports, Kind::Inbound(Media::Video));
        let audio = find(reports, Kind::Inbound(Media::Audio));
        let rate = Rate::between(&self.video, &video);
        let audio_rate = Rate::between(&self.audio, &audio);
        let emitted = video.jitter_buffer_emitted - self.video.jitter_buffer_emitted;
        let waited = video.jitter_buffer_delay - self.video.jitter_buffer_delay;
        let stats = Received {
            bitrate: rate.of(|r| r.bytes * 8.0),
            fps: rate.of(|r| r.frames),
            width: video.width,
            height: video.height,
            frames_decoded: video.frames,
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
            audio_bitrate: audio_rate.of(|r| r.bytes * 8.0),
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

fn find(reports: &[Report], kind: Kind) -> Report {
    reports
        .iter()
        .find(|report| report.kind == kind)
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
        .filter(|report| report.kind == Kind::Pair)
        .find_map(|report| report.rtt)
        .map(|seconds| seconds * 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(kind: Kind) -> Report {
        Report {
            kind,
            ..Report::default()
        }
    }

    #[test]
    fn rates_are_what_has_changed_since_before() {
        let at = |timestamp: f64, bytes: f64, frames: f64| {
            [
                Report {
                    timestamp,
                    bytes,
                    frames,
                    width: 1280.0,
                    height: 720.0,
                    codec_id: Some("C".into()),
                    ..report(Kind::Outbound(Media::Video))
                },
                Report {
                    timestamp,
                    bytes: bytes / 10.0,
                    ..report(Kind::Outbound(Media::Audio))
                },
                Report {
                    id: "C".into(),
                    mime_type: Some("video/H264".into()),
                    ..report(Kind::Other)
                },
                Report {
                    rtt: Some(9.0),
                    ..report(Kind::Other)
                },
                Report {
                    rtt: Some(0.012),
                    ..report(Kind::Pair)
                },
                Report {
                    packets_lost: 3.0,
                    ..report(Kind::RemoteInbound(Media::Video))
                },
            ]
        };
        let mut meter = Meter::default();
        meter.sent(&at(1000.0, 100_000.0, 10.0));
        let sent = meter.sent(&at(3000.0, 600_000.0, 70.0));
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
        let same = [Report {
            timestamp: 5.0,
            bytes: 10.0,
            frames: 1.0,
            ..report(Kind::Inbound(Media::Video))
        }];
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
