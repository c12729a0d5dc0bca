//! Simulcast: a publisher that sends the same picture in several sizes at once.
//!
//! All are accepted, because SDP does not say which is the largest, and one is taken: the one with the highest bitrate
//! among those that flow. Which it is changes when the publisher's uplink no longer carries it.

use std::time::{Duration, Instant};

/// Bitrates are compared over this long: a keyframe weighs less in it than the layers differ.
const WINDOW: Duration = Duration::from_secs(1);

/// A layer that sends nothing for this long is off: ten pictures of a slow camera.
const SILENCE: Duration = Duration::from_millis(700);

/// Between two requests for the keyframe to switch with: request to keyframe takes 50 to 100 ms on loopback.
const ASK_EVERY: Duration = Duration::from_millis(250);

/// Layers that are told apart: what browsers send at most.
const LAYERS: usize = 3;

/// Chooses among a publisher's layers, each named by its rid.
#[derive(Debug)]
pub(super) struct Simulcast<R> {
    layers: Vec<Layer<R>>,
    /// The layer whose pictures are taken.
    taken: Option<R>,
    /// The layer that takes its place with its next keyframe.
    wanted: Option<R>,
    compared: Option<Instant>,
    asked: Option<Instant>,
}

#[derive(Debug)]
struct Layer<R> {
    rid: R,
    bytes: usize,
    heard: Instant,
}

/// What to do with a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It goes on.
    Take,
    /// It goes on, and is the first of another layer: another clock, other references.
    Switch,
    /// It is of another layer.
    Drop,
    /// It is of the layer that is to be switched to, which needs a keyframe for that.
    Ask,
}

impl<R> Default for Simulcast<R> {
    fn default() -> Self {
        Self {
            layers: Vec::new(),
            taken: None,
            wanted: None,
            compared: None,
            asked: None,
        }
    }
}

impl<R: Copy + PartialEq> Simulcast<R> {
    /// The layer whose pictures are taken; none before the first.
    pub(super) fn taken(&self) -> Option<R> {
        self.taken
    }

    /// A picture of `bytes` bytes of layer `rid` is here.
    pub(super) fn picture(&mut self, rid: R, bytes: usize, keyframe: bool, now: Instant) -> Verdict {
        if let Some(layer) = self.layers.iter_mut().find(|layer| layer.rid == rid) {
            layer.bytes += bytes;
            layer.heard = now;
        } else if self.layers.len() < LAYERS {
            let heard = now;
            self.layers.push(Layer { rid, bytes, heard });
        } else {
            return Verdict::Drop;
        }
        let since = *self.compared.get_or_insert(now);
        if now.saturating_duration_since(since) >= WINDOW {
            self.compare(now);
        }
        if self.taken == Some(rid) {
            return Verdict::Take;
        }
        let first = self.taken.is_none();
        if !first && self.wanted != Some(rid) {
            return Verdict::Drop;
        }
        if !keyframe {
            let rested = self
                .asked
                .is_none_or(|at| now.saturating_duration_since(at) >= ASK_EVERY);
            if rested {
                self.asked = Some(now);
            }
            return if rested { Verdict::Ask } else { Verdict::Drop };
        }
        self.taken = Some(rid);
        self.wanted = None;
        if first { Verdict::Take } else { Verdict::Switch }
    }

    fn compare(&mut self, now: Instant) {
        self.compared = Some(now);
        let flowing = |layer: &&Layer<R>| now.saturating_duration_since(layer.heard) < SILENCE;
        let best = self.layers.iter().filter(flowing).max_by_key(|layer| layer.bytes);
        self.wanted = best.map(|layer| layer.rid).filter(|rid| self.taken != Some(*rid));
        for layer in &mut self.layers {
            layer.bytes = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three layers at 25 pictures a second; what becomes of each, by layer.
    struct Camera {
        start: Instant,
        pictures: u32,
        simulcast: Simulcast<char>,
        asked: Vec<char>,
    }

    impl Camera {
        fn new() -> Self {
            Self {
                start: Instant::now(),
                pictures: 0,
                simulcast: Simulcast::default(),
                asked: Vec::new(),
            }
        }

        fn film(&mut self, seconds: u32, layers: &[(char, usize)]) -> Vec<(char, Verdict)> {
            let mut went_on = Vec::new();
            for _ in 0..seconds * 25 {
                let now = self.start + Duration::from_millis(40) * self.pictures;
                for (rid, bytes) in layers {
                    let keyframe = self.pictures == 0 || self.asked.contains(rid);
                    self.asked.retain(|asked| asked != rid || !keyframe);
                    let verdict = self.simulcast.picture(*rid, *bytes, keyframe, now);
                    match verdict {
                        Verdict::Take | Verdict::Switch => went_on.push((*rid, verdict)),
                        Verdict::Ask => self.asked.push(*rid),
                        Verdict::Drop => {}
                    }
                }
                self.pictures += 1;
            }
            went_on
        }
    }

    #[test]
    fn the_largest_layer_is_taken_after_a_second_whatever_the_order() {
        let mut camera = Camera::new();
        let went_on = camera.film(3, &[('q', 500), ('h', 2000), ('f', 8000)]);
        assert_eq!(
            went_on[0],
            ('q', Verdict::Take),
            "the first, until bitrates are known"
        );
        assert_eq!(went_on.last(), Some(&('f', Verdict::Take)));
        let switches = went_on.iter().filter(|(_, v)| *v == Verdict::Switch).count();
        assert_eq!(switches, 1);
        assert_eq!(camera.simulcast.taken(), Some('f'));
    }

    #[test]
    fn a_layer_that_falls_silent_gives_way_to_the_next_and_comes_back() {
        let mut camera = Camera::new();
        camera.film(3, &[('q', 500), ('f', 8000)]);
        camera.film(3, &[('q', 500)]);
        assert_eq!(camera.simulcast.taken(), Some('q'));
        camera.film(3, &[('q', 500), ('f', 8000)]);
        assert_eq!(camera.simulcast.taken(), Some('f'));
    }

    #[test]
    fn more_layers_than_browsers_send_are_left_out() {
        let mut camera = Camera::new();
        camera.film(3, &[('a', 1), ('b', 2), ('c', 3), ('d', 9000)]);
        assert_eq!(camera.simulcast.taken(), Some('c'));
    }
}
