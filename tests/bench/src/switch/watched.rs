//! What a viewer saw: which layer came when, what stood still, what does not decode.

use std::time::{Duration, Instant};

use anyhow::Result;
use headwater_test_client::frame::{Frame, Kind};
use headwater_test_client::vision;

/// Three pictures at 30 a second: more than that without a new one is seen to stand still.
const STANDSTILL: Duration = Duration::from_millis(100);

/// A layer was selected, and this came from there until the next was.
#[derive(Debug)]
pub(super) struct Stretch {
    pub(super) asked: Instant,
    /// Of the selected layer, in pixels.
    pub(super) width: usize,
    pub(super) frames: Vec<Frame>,
}

/// What became of a selection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Switched {
    /// Milliseconds to the last packet of the layer's first picture; `None` if none came.
    pub(super) came: Option<f64>,
    /// The longest time without a new picture, by the clock of arrival or of the pictures, in milliseconds.
    pub(super) gap: f64,
    /// Pictures that do not decode, or build on one that is missing.
    pub(super) broken: usize,
}

impl Switched {
    pub(super) fn frozen(&self) -> bool {
        self.gap > STANDSTILL.as_secs_f64() * 1000.0
    }
}

/// Judges all stretches but the first, which nothing was selected for.
pub(super) fn judge(stretches: &[Stretch]) -> Result<Vec<Switched>> {
    let pictures: Vec<(usize, &Frame)> = stretches
        .iter()
        .enumerate()
        .flat_map(|(n, stretch)| stretch.frames.iter().map(move |frame| (n, frame)))
        .filter(|(_, frame)| matches!(frame.kind, Kind::Video(_)))
        .collect();
    let mut switched: Vec<Switched> = stretches
        .iter()
        .map(|_| Switched {
            came: None,
            gap: 0.0,
            broken: 0,
        })
        .collect();
    for pair in pictures.windows(2) {
        let (n, earlier, later) = (pair[1].0, pair[0].1, pair[1].1);
        let arrival = later
            .last_packet_at
            .saturating_duration_since(earlier.last_packet_at);
        let shown = f64::from(later.rtp_time.wrapping_sub(earlier.rtp_time)) / 90.0;
        switched[n].gap = switched[n].gap.max(arrival.as_secs_f64() * 1000.0).max(shown);
    }
    // Decoding can start at each keyframe, and must get through to the next.
    for run in pictures.chunk_by(|_, (_, next)| !next.keyframe) {
        let (n, first) = run[0];
        let decoded = vision::decode(run.iter().map(|(_, frame)| &frame.data[..]));
        let whole = run.iter().filter(|(_, frame)| frame.contiguous).count();
        match decoded {
            Ok(decoded) => {
                switched[n].broken += run.len() - whole.min(decoded.luma.len());
                let stretch = &stretches[n];
                if decoded.width == stretch.width && switched[n].came.is_none() {
                    let came = first.last_packet_at.saturating_duration_since(stretch.asked);
                    switched[n].came = Some(came.as_secs_f64() * 1000.0);
                }
            }
            Err(vision::Error::Decode(_) | vision::Error::Malformed) => switched[n].broken += run.len(),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(switched.split_off(1.min(switched.len())))
}

#[cfg(test)]
mod tests {
    use headwater_test_client::Codec;

    use super::*;

    const PICTURE: Duration = Duration::from_millis(33);

    /// Ten pictures of one layer, then ten of another that was selected with the last of these, changed somehow.
    fn seen(change: impl Fn(&mut Vec<Frame>)) -> Switched {
        let begun = Instant::now();
        let (wide, upright) = (headwater_film::h264(), headwater_film::upright());
        let (wide, upright) = (wide.expect("the film"), upright.expect("the film"));
        let units = wide[..10].iter().chain(&upright[..10]);
        let mut frames: Vec<Frame> = (0u32..)
            .zip(units)
            .map(|(n, unit)| Frame {
                kind: Kind::Video(Codec::H264),
                rtp_time: n * 2970,
                keyframe: n % 10 == 0,
                contiguous: true,
                data: unit.data.to_vec().into(),
                packets: 1,
                first_packet_at: begun + PICTURE * n,
                last_packet_at: begun + PICTURE * n,
                playout_delay: None,
            })
            .collect();
        let mut after = frames.split_off(10);
        change(&mut after);
        let stretches = [
            Stretch {
                asked: begun,
                width: 1280,
                frames,
            },
            Stretch {
                asked: begun + PICTURE * 9,
                width: 360,
                frames: after,
            },
        ];
        judge(&stretches).expect("ffmpeg decodes")[0]
    }

    #[test]
    fn a_switch_in_order_takes_a_picture_and_breaks_nothing() {
        let seen = seen(|_| {});
        assert_eq!(seen.came.map(f64::round), Some(33.0));
        assert!(!seen.frozen() && seen.broken == 0, "{seen:?}");
    }

    #[test]
    fn what_a_viewer_misses_is_noticed() {
        assert!(seen(|frames| drop(frames.remove(4))).broken > 0);
        assert!(seen(|frames| frames[4].contiguous = false).broken > 0);
        let late = seen(|frames| {
            frames[3..]
                .iter_mut()
                .for_each(|frame| frame.last_packet_at += PICTURE * 3)
        });
        assert!(late.frozen(), "{late:?}");
        assert_eq!(seen(Vec::clear).came, None);
    }
}
