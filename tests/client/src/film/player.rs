//! Plays the film to a server in real time, as a camera would.

use super::log::{Log, wobble};
use super::{Film, Frames, OPUS_SAMPLES};
use crate::whip::Publisher;
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// A film being played.
#[derive(Debug)]
pub struct Player<'a> {
    film: &'a Film,
    frames: Frames<'a>,
    sound: bool,
    rtp_base: u32,
    /// Seconds by which both clocks were set.
    set: i32,
    pictures: u32,
    packets: u32,
    /// What was sent.
    pub log: Log,
    /// Keyframe requests that were answered by jumping to the next keyframe.
    pub keyframe_requests: u64,
}

impl<'a> Player<'a> {
    /// Starts at the first picture, with sound.
    pub fn new(film: &'a Film) -> Self {
        Self {
            film,
            frames: film.frames(),
            sound: true,
            rtp_base: 0,
            set: 0,
            pictures: 0,
            packets: 0,
            log: Log::default(),
            keyframe_requests: 0,
        }
    }

    /// Pictures only.
    pub fn silent(mut self) -> Self {
        self.sound = false;
        self
    }

    /// RTP time of the first picture, for instance one that wraps soon.
    pub fn starting_at(mut self, rtp_base: u32) -> Self {
        self.rtp_base = rtp_base;
        self
    }

    /// Goes on with the pictures of another encoding of the film, from its beginning: same rate, another size.
    pub fn switch(&mut self, film: &'a Film) {
        self.film = film;
        self.frames = film.frames();
    }

    /// Sets the RTP clocks of pictures and sound by so many seconds, as a file that begins again does.
    pub fn set_clocks(&mut self, seconds: i32) {
        self.set += seconds;
    }

    /// Plays for this long, on from where the last call ended: the time between the calls was a pause. What is late
    /// is sent at once, never left out.
    pub async fn play(&mut self, publisher: &Publisher, length: Duration) -> Result<(), crate::Error> {
        let now = Instant::now();
        let started = now - self.picture_time().min(self.sound_time());
        let end = now + length;
        loop {
            let sound_first = self.sound_time() < self.picture_time();
            let due = started
                + if sound_first {
                    self.sound_time()
                } else {
                    self.picture_time()
                };
            if due >= end {
                return Ok(());
            }
            sleep_until(due).await;
            if sound_first {
                self.send_sound(publisher).await?;
            } else {
                self.send_picture(publisher).await?;
            }
        }
    }

    /// When the next picture is due, from the start of the film.
    fn picture_time(&self) -> Duration {
        Duration::from_secs(1) * self.pictures / self.film.config.fps
    }

    /// When the next packet of sound is due.
    fn sound_time(&self) -> Duration {
        if self.sound {
            Duration::from_millis(20) * self.packets
        } else {
            Duration::MAX
        }
    }

    async fn send_picture(&mut self, publisher: &Publisher) -> Result<(), crate::Error> {
        while publisher.try_keyframe_request().is_some() {
            self.keyframe_requests += 1;
            self.frames.skip_to_keyframe();
        }
        let Some(unit) = self.frames.next() else {
            return Ok(());
        };
        let ticks = u64::from(self.pictures) * 90_000 / u64::from(self.film.config.fps);
        let rtp_time = self.rtp_base.wrapping_add(ticks as u32 + wobble(self.pictures));
        let rtp_time = rtp_time.wrapping_add_signed(self.set.wrapping_mul(90_000));
        self.log.push(rtp_time, unit.index);
        self.pictures += 1;
        publisher.send_video(unit.data, rtp_time).await
    }

    async fn send_sound(&mut self, publisher: &Publisher) -> Result<(), crate::Error> {
        let opus = &self.film.opus;
        let packet = opus[self.packets as usize % opus.len()].clone();
        let rtp_time = self.packets.wrapping_mul(OPUS_SAMPLES);
        let rtp_time = rtp_time.wrapping_add_signed(self.set.wrapping_mul(48_000));
        self.packets += 1;
        publisher.send_audio(packet, rtp_time).await
    }
}
