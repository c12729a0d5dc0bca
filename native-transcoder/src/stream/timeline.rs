use std::time::{Duration, Instant};

/// How far a publisher's clock may step back before it counts as set back, in milliseconds: pictures that are decoded in
/// another order than they are shown in step back by less.
const BACK: u64 = 500;

/// How far it may step ahead of the wall clock before it counts as set forward, in milliseconds: packets that a network
/// held up bring less, since a publisher that is silent for longer is taken for lost.
const AHEAD: u64 = 5_000;

/// What comes at most this much later than its distance from the one before, in milliseconds, kept that distance when it was
/// sent: networks and encoders jitter by less, and devices that are changed take longer.
const JITTER: u64 = 100;

/// Sound and pictures whose clocks are set within this time, by amounts that differ by no more than [`BACK`], were set
/// together.
const TOGETHER: Duration = Duration::from_secs(1);

/// Ticks a second that both tracks' ticks are whole numbers of.
const FINE: u64 = 720_000;

/// One media clock that goes on through publishers' reconnections, and through jumps of their clocks.
///
/// Each session's RTP clock starts at random; its first packet is placed where wall time says that the stream is, and
/// later ones follow the publisher's own clock from there. Where that jumps (a film that begins again, a device that was
/// changed), the stream goes on by the wall clock, and sound and pictures stay as they were to each other.
#[derive(Debug)]
pub(super) struct Timeline {
    epoch: Instant,
    video: Clock,
    audio: Clock,
}

#[derive(Debug)]
struct Clock {
    rate: u64,
    newest: Option<Newest>,
    last: u64,
    jump: Option<Jump>,
}

/// The latest moment that a session has sent.
#[derive(Clone, Copy, Debug)]
struct Newest {
    /// By its own clock.
    theirs: u64,
    /// On the stream's.
    placed: u64,
    arrived: Instant,
    /// How long after the one before it was.
    step: u64,
}

/// A publisher's clock was set.
#[derive(Clone, Copy, Debug)]
struct Jump {
    /// What is added to its times since, in [`FINE`] ticks.
    added: i128,
    at: Instant,
}

impl Timeline {
    pub(super) fn new(epoch: Instant) -> Self {
        let clock = |rate| Clock {
            rate,
            newest: None,
            last: 0,
            jump: None,
        };
        Self {
            epoch,
            video: clock(90_000),
            audio: clock(48_000),
        }
    }

    /// Another publisher session follows: its clocks are placed anew.
    pub(super) fn restart(&mut self) {
        self.video.restart();
        self.audio.restart();
    }

    /// Pictures follow by another clock; sound goes on.
    pub(super) fn restart_video(&mut self) {
        self.video.restart();
    }

    /// A publisher's 90 kHz time on the stream's clock.
    pub(super) fn video(&mut self, time: u64, arrived: Instant) -> u64 {
        self.video.place(self.epoch, self.audio.jump, time, arrived)
    }

    /// A publisher's 48 kHz time on the stream's clock.
    pub(super) fn audio(&mut self, time: u64, arrived: Instant) -> u64 {
        self.audio.place(self.epoch, self.video.jump, time, arrived)
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
    fn restart(&mut self) {
        self.newest = None;
        self.jump = None;
    }

    fn place(&mut self, epoch: Instant, other: Option<Jump>, time: u64, arrived: Instant) -> u64 {
        let Some(newest) = self.newest else {
            let elapsed = self.ticks(arrived.saturating_duration_since(epoch));
            // Never before what viewers already have.
            let placed = elapsed.max(self.last + 1);
            return self.remember(time, placed, arrived, 0);
        };
        // Extended RTP times may begin so early that going back wraps.
        let step = i128::from(time.wrapping_sub(newest.theirs).cast_signed());
        let elapsed = self.ticks(arrived.saturating_duration_since(newest.arrived));
        let most = elapsed + AHEAD * self.rate / 1000;
        if step < -self.back() || step > i128::from(most) {
            let jitter = JITTER * self.rate / 1000;
            let on = if elapsed <= newest.step + jitter {
                newest.step
            } else {
                elapsed
            };
            let on = i128::from(on.max(1)) - step;
            let added = self.together(other, on, arrived);
            let placed = i128::from(newest.placed) + step + added;
            let placed = u64::try_from(placed).unwrap_or(0).max(self.last + 1);
            self.jump = Some(Jump {
                added: added * self.fine(),
                at: arrived,
            });
            return self.remember(time, placed, arrived, newest.step);
        }
        let placed = u64::try_from(i128::from(newest.placed) + step).unwrap_or(0);
        match u64::try_from(step) {
            Ok(step) => self.remember(time, placed, arrived, step),
            Err(_) => placed,
        }
    }

    /// What to add after a jump: what the other track added if that was the same jump, else `on`, by which this one goes on.
    fn together(&self, other: Option<Jump>, on: i128, arrived: Instant) -> i128 {
        let near = other.filter(|jump| arrived.saturating_duration_since(jump.at) <= TOGETHER);
        let theirs = near.map(|jump| jump.added / self.fine());
        theirs
            .filter(|theirs| (theirs - on).abs() <= self.back())
            .unwrap_or(on)
    }

    fn remember(&mut self, theirs: u64, placed: u64, arrived: Instant, step: u64) -> u64 {
        self.newest = Some(Newest {
            theirs,
            placed,
            arrived,
            step,
        });
        self.last = self.last.max(placed);
        placed
    }

    fn back(&self) -> i128 {
        i128::from(BACK * self.rate / 1000)
    }

    fn fine(&self) -> i128 {
        i128::from(FINE / self.rate)
    }

    fn ticks(&self, time: Duration) -> u64 {
        u64::try_from(time.as_micros()).unwrap_or(u64::MAX) / 1000 * self.rate / 1000
    }

    fn wallclock(&self, epoch: Instant, time: u64) -> Instant {
        epoch + Duration::from_micros(time * 1000 / (self.rate / 1000))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: u64 = 60;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    /// A second of pictures (25) and sound (50) from `second` of wall time on, by a publisher whose clocks stand at `own`
    /// seconds then; sound arrives `late` milliseconds after pictures. The placed times, in microseconds.
    fn second(timeline: &mut Timeline, at: Instant, own: i64, late: u64) -> (Vec<u64>, Vec<u64>) {
        let clock = |rate: i64| (own * rate).cast_unsigned();
        let video = |i: u64| timeline.video(clock(90_000).wrapping_add(i * 3600), at + ms(i * 40)) * 100 / 9;
        let video = (0..25).map(video).collect();
        let audio =
            |i: u64| timeline.audio(clock(48_000).wrapping_add(i * 960), at + ms(i * 20 + late)) * 125 / 6;
        (video, (0..50).map(audio).collect())
    }

    /// Plays seconds by these clocks one after the other; all times of both.
    fn played(own: &[i64]) -> (Vec<u64>, Vec<u64>) {
        let epoch = Instant::now();
        let mut timeline = Timeline::new(epoch);
        let (mut video, mut audio) = (Vec::new(), Vec::new());
        for (wall, own) in (0..).zip(own) {
            // Networks bring what is sent together at different times.
            let late = [0, 13, 7, 19, 3][wall as usize % 5];
            let placed = second(&mut timeline, epoch + ms(wall * 1000), *own, late);
            video.extend(placed.0);
            audio.extend(placed.1);
        }
        (video, audio)
    }

    fn rises_evenly(times: &[u64], step: u64) {
        let far = |pair: &&[u64]| pair[1] <= pair[0] || pair[1] - pair[0] > 2 * step;
        let wrong: Vec<_> = times.windows(2).filter(far).collect();
        assert!(wrong.is_empty(), "{wrong:?}");
    }

    #[test]
    fn a_film_that_begins_again_goes_on_and_its_sound_with_it() {
        let own: Vec<i64> = (0..MINUTE.cast_signed()).map(|second| 100 + second % 4).collect();
        let (video, audio) = played(&own);
        rises_evenly(&video, 40_000);
        rises_evenly(&audio, 20_000);
        let apart = |second: usize| video[second * 25].abs_diff(audio[second * 50]);
        let drift = (0..60)
            .map(|second| apart(second).abs_diff(apart(0)))
            .max()
            .unwrap();
        assert!(drift <= 25, "{drift} µs after a minute of loops");
    }

    #[test]
    fn a_film_that_has_its_beginning_ready_keeps_its_length_however_often_it_begins_again() {
        let epoch = Instant::now();
        let mut timeline = Timeline::new(epoch);
        let mut last = 0;
        for picture in 0..1500 {
            let early = if picture % 100 == 0 { 39 } else { picture % 7 };
            let at = epoch + ms(picture * 40 + 40 - early);
            last = timeline.video(picture % 100 * 3600, at);
        }
        let first = 90;
        assert_eq!(
            last,
            first + 1499 * 3600,
            "so that its sound, which goes on, stays with it"
        );
    }

    #[test]
    fn a_device_that_took_a_moment_to_change_leaves_a_gap_as_long() {
        let epoch = Instant::now();
        let mut timeline = Timeline::new(epoch);
        timeline.video(90_000, epoch);
        timeline.video(93_600, epoch + ms(40));
        assert_eq!(timeline.video(0, epoch + ms(1040)), 1 + 3600 + 90_000);
    }

    #[test]
    fn a_clock_that_is_set_far_forward_does_not_take_the_stream_along() {
        let (video, audio) = played(&[0, 1, 2, 1000, 1001, 9_000_000]);
        rises_evenly(&video, 40_000);
        rises_evenly(&audio, 20_000);
    }

    #[test]
    fn a_clock_that_is_set_back_before_its_beginning_is_no_time_far_away() {
        let (video, audio) = played(&[3, -5000, -4999, -6000]);
        rises_evenly(&video, 40_000);
        rises_evenly(&audio, 20_000);
    }

    #[test]
    fn pictures_that_are_not_decoded_in_the_order_they_are_shown_in_keep_their_times() {
        let epoch = Instant::now();
        let mut timeline = Timeline::new(epoch);
        let order = [0, 3, 1, 2, 6, 4, 5];
        let placed = order.map(|i| timeline.video(500 + i * 3600, epoch + ms(10 * i)));
        assert_eq!(placed, order.map(|i| 1 + i * 3600));
    }

    #[test]
    fn what_a_network_held_up_keeps_its_times() {
        let epoch = Instant::now();
        let mut timeline = Timeline::new(epoch);
        timeline.video(0, epoch);
        // Four seconds at once, and then nothing was lost.
        let burst: Vec<u64> = (1..100)
            .map(|i| timeline.video(i * 3600, epoch + ms(4000)))
            .collect();
        assert_eq!(burst, (1..100).map(|i| 1 + i * 3600).collect::<Vec<_>>());
    }

    #[test]
    fn a_publisher_that_paused_goes_on_where_its_clock_is() {
        let epoch = Instant::now();
        let mut timeline = Timeline::new(epoch);
        timeline.video(0, epoch);
        let later = timeline.video(90_000 * 40, epoch + ms(40_000));
        assert_eq!(later, 1 + 90_000 * 40);
    }

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
        assert_eq!(timeline.video(270_000, epoch), 270_001);
        timeline.restart();
        assert_eq!(timeline.video(0, epoch + Duration::from_secs(1)), 270_002);
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
