//! Which rungs a source has grown into.
//!
//! Browsers begin small and grow with their estimate of the network, simulcast begins with the small layer, windows are
//! dragged larger. Rungs follow upwards only: one that runs has viewers, and keeps its size whatever the source does.

use headwater_protocol::ladder::{Ladder, MAX_RUNGS, Rung, Size};

/// How long the source must be large enough for a rung, in 90 kHz ticks of media time: two seconds. What is started stays
/// for the session, so a size that only passes must not start anything.
const STAYS: u64 = 2 * 90_000;

/// Watches the size of the source.
#[derive(Debug)]
pub(super) struct Growth {
    ladder: Ladder,
    source: Size,
    /// What the source is large enough for and what is not there yet, and since when.
    waiting: Vec<(Rung, u64)>,
}

impl Growth {
    pub(super) fn new(ladder: Ladder) -> Self {
        Self {
            ladder,
            source: Size::new(0, 0),
            waiting: Vec::new(),
        }
    }

    /// The rungs to start at the picture of size `source` at media time `time`, largest first, given those that are `there`.
    pub(super) fn at(&mut self, time: u64, source: Size, there: &[Rung]) -> Vec<Rung> {
        if source != self.source {
            self.source = source;
            self.fit(time, there);
        }
        let due = |(_, since): &mut (Rung, u64)| {
            // A time before is another timeline's, which begins anew.
            *since = time.min(*since);
            time - *since >= STAYS
        };
        let grown = self.waiting.extract_if(.., due).map(|(rung, _)| rung);
        grown.take(MAX_RUNGS.saturating_sub(there.len())).collect()
    }

    fn fit(&mut self, time: u64, there: &[Rung]) {
        let mut fitting = self.ladder.fit(self.source);
        fitting.retain(|rung| there.iter().all(|running| running.name != rung.name));
        let before = std::mem::take(&mut self.waiting);
        let since = |rung: &Rung| before.iter().find(|(waiting, _)| waiting.name == rung.name);
        self.waiting = fitting
            .into_iter()
            .map(|rung| {
                let since = since(&rung).map_or(time, |(_, since)| *since);
                (rung, since)
            })
            .collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUARTER: Size = Size::new(320, 180);
    const HALF: Size = Size::new(640, 360);
    const FULL: Size = Size::new(1280, 720);

    /// Pictures at 25 a second for as many `seconds` at each size; what starts, and at which second.
    fn started(sizes: &[(u64, Size)]) -> Vec<(u64, Vec<String>)> {
        let mut growth = Growth::new(Ladder::standard());
        let mut there = Ladder::standard().fit(sizes[0].1);
        let (mut time, mut started) = (0, Vec::new());
        for &(seconds, size) in sizes {
            for _ in 0..seconds * 25 {
                let more = growth.at(time, size, &there);
                if !more.is_empty() {
                    let names = more.iter().map(|rung| format!("{} {}", rung.name, rung.size));
                    started.push((time / 90_000, names.collect()));
                }
                there.extend(more);
                time += 3600;
            }
        }
        started
    }

    #[test]
    fn a_source_that_grows_and_stays_gets_what_it_is_large_enough_for() {
        let all = ["480p 854x480", "360p 640x360", "240p 426x240"].map(String::from);
        assert_eq!(started(&[(3, QUARTER), (5, FULL)]), [(5, all.to_vec())]);
    }

    #[test]
    fn each_rung_counts_its_own_time_while_the_source_goes_on_growing() {
        let expected = [
            (3, vec!["360p 640x360".to_owned(), "240p 426x240".to_owned()]),
            (4, vec!["480p 854x480".to_owned()]),
        ];
        assert_eq!(started(&[(1, QUARTER), (1, HALF), (5, FULL)]), expected);
    }

    #[test]
    fn a_size_that_only_passes_starts_nothing() {
        let flapping: Vec<_> = [(1, FULL), (1, QUARTER)].repeat(10);
        let sizes: Vec<_> = std::iter::once((1, QUARTER)).chain(flapping).collect();
        assert_eq!(started(&sizes), []);
    }

    #[test]
    fn a_source_that_shrinks_and_comes_back_starts_nothing_twice() {
        assert_eq!(started(&[(1, FULL), (5, QUARTER), (5, FULL)]), []);
    }

    #[test]
    fn a_new_rung_has_the_shape_that_the_source_has_then() {
        let upright = started(&[(1, Size::new(320, 180)), (3, Size::new(720, 1280))]);
        assert_eq!(upright[0].1[0], "480p 480x854");
    }

    #[test]
    fn a_timeline_that_starts_again_counts_anew() {
        let mut growth = Growth::new(Ladder::standard());
        assert_eq!(growth.at(900_000_000, FULL, &[]), []);
        assert_eq!(growth.at(0, FULL, &[]), []);
        assert_eq!(growth.at(STAYS - 1, FULL, &[]), []);
        assert_eq!(growth.at(STAYS, FULL, &[]).len(), 3);
    }
}
