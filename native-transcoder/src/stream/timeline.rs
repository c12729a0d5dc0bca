use std::time::Instant;

/// One media clock that goes on through publishers' reconnections.
///
/// Each session's RTP clock starts at random; its first packet is placed where wall time says that the stream is, and
/// later ones follow the publisher's own clock from there.
#[derive(Debug)]
pub(super) struct Timeline {
    epoch: Instant,
    video: Clock,
    audio: Clock,
}

#[derive(Debug)]
struct Clock {
    rate: u64,
    /// Added (wrapping) to this session's times.
    offset: Option<u64>,
    last: u64,
}

impl Timeline {
    pub(super) fn new(epoch: Instant) -> Self {
        let clock = |rate| Clock {
            rate,
            offset: None,
            last: 0,
        };
        Self {
            epoch,
            video: clock(90_000),
            audio: clock(48_000),
        }
    }

    /// Another publisher session follows: its clocks are placed anew.
    pub(super) fn restart(&mut self) {
        self.video.offset = None;
        self.audio.offset = None;
    }

    /// Pictures follow by another clock; sound goes on.
    pub(super) fn restart_video(&mut self) {
        self.video.offset = None;
    }

    /// A publisher's 90 kHz time on the stream's clock.
    pub(super) fn video(&mut self, time: u64, arrived: Instant) -> u64 {
        self.video.place(self.epoch, time, arrived)
    }

    /// A publisher's 48 kHz time on the stream's clock.
    pub(super) fn audio(&mut self, time: u64, arrived: Instant) -> u64 {
        self.audio.place(self.epoch, time, arrived)
    }

    /// The wall time of a moment on the video clock.
    pub(super) fn wallclock_video(&self, time: u64) -> Instant {
        self.video.wallclock(self.epoch, time)
    }

    /// The wall time of a moment on the audio clock.
    pub(super) fn wallclock_audio(&self, time: u64) -> Instant {
        self.audio.wallclock(self.epoch, time)
    }
}

impl Clock {
    fn place(&mut self, epoch: Instant, time: u64, arrived: Instant) -> u64 {
        let rate = self.rate;
        let offset = *self.offset.get_or_insert_with(|| {
            let elapsed = arrived.saturating_duration_since(epoch);
            let ticks = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX) / 1000 * rate / 1000;
            // Never before what viewers already have.
            ticks.max(self.last + 1).wrapping_sub(time)
        });
        let placed = time.wrapping_add(offset);
        self.last = self.last.max(placed);
        placed
    }

    fn wallclock(&self, epoch: Instant, time: u64) -> Instant {
        epoch + std::time::Duration::from_micros(time * 1000 / (self.rate / 1000))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_new_session_goes_on_where_the_stream_is() {
        let epoch = Instant::now();
        let mut timeline = Timeline::new(epoch);
        assert_eq!(timeline.video(5_000_000, epoch + Duration::from_secs(1)), 90_000);
        assert_eq!(timeline.video(5_003_000, epoch + Duration::from_secs(9)), 93_000);
        timeline.restart();
        assert_eq!(timeline.video(77, epoch + Duration::from_secs(2)), 180_000);
    }

    #[test]
    fn time_never_goes_back_for_viewers() {
        let epoch = Instant::now();
        let mut timeline = Timeline::new(epoch);
        timeline.video(0, epoch);
        assert_eq!(timeline.video(900_000, epoch), 900_001);
        timeline.restart();
        assert_eq!(timeline.video(0, epoch + Duration::from_secs(1)), 900_002);
    }

    #[test]
    fn wall_time_follows_the_media_clock() {
        let epoch = Instant::now();
        let timeline = Timeline::new(epoch);
        assert_eq!(timeline.wallclock_video(90_000), epoch + Duration::from_secs(1));
        assert_eq!(
            timeline.wallclock_audio(24_000),
            epoch + Duration::from_millis(500)
        );
    }
}
