//! Which sessions the cashier knows of, and which it has yet to be told of.

use std::collections::BTreeMap;

use headwater_protocol::session::registry::SessionId;
use headwater_protocol::stream;
use headwater_settlement::cashier::{Counter, Event};

/// Sessions that pay. What finds the cashier's queue full is told with the next report.
#[derive(Debug, Default)]
pub(super) struct Tolled(BTreeMap<SessionId, Known>);

#[derive(Debug)]
struct Known {
    stream: stream::Id,
    /// Its pixels a second.
    rate: u64,
    /// Whether the cashier knows of it.
    told: bool,
}

impl Tolled {
    /// A session publishes; who published the stream before has left it.
    pub(super) fn begin(&mut self, counter: &Counter, session: SessionId, stream: &stream::Id, rate: u64) {
        self.close(counter, |_, known| known.stream != *stream);
        let known = Known {
            stream: stream.clone(),
            rate,
            told: false,
        };
        self.0.insert(session, known);
        self.open(counter);
    }

    /// Its work is so much from now on. Only what a ticket is worth follows from it, so that who knows of the session may miss it.
    pub(super) fn rate(&mut self, counter: &Counter, session: SessionId, rate: u64) {
        if let Some(known) = self.0.get_mut(&session) {
            known.rate = rate;
            if known.told {
                let _ = counter.report(Event::Rate(session, rate));
            }
        }
    }

    /// Whether the cashier knows of it: what it pays before that would be nobody's.
    pub(super) fn told(&self, session: SessionId) -> bool {
        self.0.get(&session).is_some_and(|known| known.told)
    }

    /// Tells of those that are not known yet, and that others do not stay.
    pub(super) fn tell(&mut self, counter: &Counter, stays: impl Fn(SessionId) -> bool) {
        self.close(counter, |session, _| stays(session));
        self.open(counter);
    }

    fn close(&mut self, counter: &Counter, stays: impl Fn(SessionId, &Known) -> bool) {
        self.0.retain(|session, known| {
            stays(*session, known) || (known.told && counter.report(Event::Closed(*session)).is_err())
        });
    }

    fn open(&mut self, counter: &Counter) {
        for (session, known) in self.0.iter_mut().filter(|(_, known)| !known.told) {
            let opened = Event::Opened(*session, known.stream.clone(), known.rate);
            known.told = counter.report(opened).is_ok();
        }
    }

    /// Tells that all have left, as soon as there is room.
    pub(super) async fn end(&mut self, counter: &Counter) {
        for (session, known) in std::mem::take(&mut self.0) {
            if known.told {
                let _ = counter.report_at_last(Event::Closed(session)).await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use headwater_protocol::key::Address;
    use tokio::sync::mpsc::Receiver;

    use super::*;

    const ONE: SessionId = SessionId(1);
    const TWO: SessionId = SessionId(2);

    fn stream(name: &str) -> stream::Id {
        stream::Id::new(Address([7; 20]), name.parse().unwrap())
    }

    fn live() -> stream::Id {
        stream("studio")
    }

    /// The next event, in short.
    fn next(events: &mut Receiver<Event>) -> Option<(char, SessionId, u64)> {
        Some(match events.try_recv().ok()? {
            Event::Opened(session, _, rate) => ('o', session, rate),
            Event::Rate(session, rate) => ('r', session, rate),
            Event::Closed(session) => ('c', session, 0),
            other => panic!("{other:?}"),
        })
    }

    #[test]
    fn a_session_that_found_the_queue_full_is_told_of_when_there_is_room() {
        let (counter, mut events) = Counter::channel(1);
        counter.report(Event::Rate(ONE, 0)).unwrap();
        let mut tolled = Tolled::default();
        tolled.begin(&counter, TWO, &live(), 10);
        assert!(!tolled.told(TWO));
        tolled.rate(&counter, TWO, 20);
        tolled.tell(&counter, |_| true);
        assert_eq!(next(&mut events), Some(('r', ONE, 0)));
        assert_eq!(next(&mut events), None);
        tolled.tell(&counter, |_| true);
        assert_eq!(
            next(&mut events),
            Some(('o', TWO, 20)),
            "at the rate that it has by then"
        );
        assert!(tolled.told(TWO));
        tolled.tell(&counter, |_| true);
        assert_eq!(next(&mut events), None, "once");
    }

    #[test]
    fn who_left_is_told_of_until_it_was_heard_and_who_was_never_told_of_is_not() {
        let (counter, mut events) = Counter::channel(1);
        let mut tolled = Tolled::default();
        tolled.begin(&counter, ONE, &live(), 10);
        // The queue is full: neither the end of the first nor the second is told.
        tolled.begin(&counter, TWO, &live(), 10);
        tolled.tell(&counter, |_| false);
        assert_eq!(next(&mut events), Some(('o', ONE, 10)));
        tolled.tell(&counter, |_| false);
        assert_eq!(next(&mut events), Some(('c', ONE, 0)));
        tolled.tell(&counter, |_| false);
        assert_eq!(next(&mut events), None);
    }

    #[tokio::test]
    async fn a_shard_that_stops_waits_for_room_to_say_who_left() {
        let (counter, mut events) = Counter::channel(2);
        let mut tolled = Tolled::default();
        tolled.begin(&counter, ONE, &live(), 10);
        tolled.begin(&counter, TWO, &stream("other"), 10);
        let mut heard = Vec::new();
        let hear = async {
            while let Some(event) = events.recv().await {
                heard.push(matches!(event, Event::Closed(_)));
            }
        };
        let end = async {
            tolled.end(&counter).await;
            drop(counter);
        };
        tokio::join!(end, hear);
        assert_eq!(heard, [false, false, true, true]);
    }
}
