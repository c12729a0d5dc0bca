//! What was sent when, told apart by RTP time alone, even after a server moved it to a clock of its own.

use std::collections::{HashSet, VecDeque};

/// Frames remembered: four minutes at 30 fps.
const REMEMBERED: usize = 8192;

/// RTP times and pictures of the frames sent, oldest first.
#[derive(Debug, Clone, Default)]
pub struct Log {
    frames: VecDeque<(u32, usize)>,
}

impl Log {
    pub(super) fn push(&mut self, rtp_time: u32, picture: usize) {
        if self.frames.len() == REMEMBERED {
            self.frames.pop_front();
        }
        self.frames.push_back((rtp_time, picture));
    }

    /// RTP time and picture of every frame remembered.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (u32, usize)> {
        self.frames.iter().copied()
    }

    /// Which picture of the film was sent with this RTP time.
    pub fn picture(&self, rtp_time: u32) -> Option<usize> {
        self.frames
            .iter()
            .rev()
            .find(|(sent, _)| *sent == rtp_time)
            .map(|(_, picture)| *picture)
    }

    /// What a server adds to every RTP time, from the times received. `None` if nothing fits, or more than one sum
    /// does: a handful of frames is enough, because no two stretches wobble alike.
    pub fn offset(&self, received: &[u32]) -> Option<u32> {
        let sent: HashSet<u32> = self.frames.iter().map(|(rtp_time, _)| *rtp_time).collect();
        let first = *received.first()?;
        let fits = |offset: &u32| {
            received
                .iter()
                .all(|time| sent.contains(&time.wrapping_sub(*offset)))
        };
        let mut offsets = sent.iter().map(|time| first.wrapping_sub(*time)).filter(fits);
        let offset = offsets.next()?;
        offsets.next().is_none().then_some(offset)
    }
}

/// Ticks by which a picture is later than its frame rate says, below a millisecond, as a camera's are.
pub(super) fn wobble(picture: u32) -> u32 {
    // SplitMix64's last steps: every bit depends on every other.
    let mut hash = u64::from(picture)
        .wrapping_add(1)
        .wrapping_mul(0x9e37_79b9_7f4a_7c15);
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (hash >> 58) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minute() -> (Log, Vec<u32>) {
        let mut log = Log::default();
        for n in 0..1800 {
            log.push((n * 3000 + wobble(n)).wrapping_sub(90_000), n as usize % 132);
        }
        let times = log.iter().map(|(time, _)| time).collect();
        (log, times)
    }

    #[test]
    fn a_servers_clock_is_found_from_a_few_frames_with_holes_between_them() {
        let (log, times) = minute();
        let received: Vec<u32> = times[700..730]
            .iter()
            .step_by(3)
            .map(|time| time.wrapping_add(123_456))
            .collect();
        assert_eq!(log.offset(&received), Some(123_456));
        assert_eq!(log.picture(received[1].wrapping_sub(123_456)), Some(703 % 132));
    }

    #[test]
    fn what_was_never_sent_and_what_is_ambiguous_have_no_offset() {
        let (log, times) = minute();
        assert_eq!(log.offset(&[]), None);
        assert_eq!(log.offset(&times[3..4]), None);
        let strange: Vec<u32> = (0..20).map(|n| n * 3000).collect();
        assert_eq!(log.offset(&strange), None);
    }
}
