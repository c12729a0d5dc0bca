//! Event streams: who is told what happens to a stream while it watches.

use std::collections::HashMap;

use headwater_protocol::session::registry::SessionId;
use headwater_protocol::stream;
use tokio::sync::mpsc;

use super::Shard;
use crate::secret;
use crate::stream::Topic;
use crate::webrtc::watching::{Event, SubscribeRefused};

/// Event streams of a session: a page's, and the one that it has not closed yet.
const PER_SESSION: usize = 2;

/// Event streams of a node. Each holds a TCP connection; a quarter of the viewers that a node takes.
const STREAMS: usize = 1024;

/// Events that wait for a slow reader. More are a reader that is gone: it reconnects and is told what is so then.
const WAITING: usize = 16;

/// The viewers, and the event streams that they have made.
#[derive(Debug, Default)]
pub(super) struct Listeners {
    by_session: HashMap<SessionId, Listener>,
    streams: usize,
}

#[derive(Debug)]
struct Listener {
    /// Where video stands in its SDP.
    section: usize,
    streams: Vec<EventStream>,
}

#[derive(Debug)]
struct EventStream {
    id: String,
    topics: Vec<Topic>,
    reader: Option<mpsc::Sender<Event>>,
}

impl Listeners {
    /// Notes a viewer, whose video is section `section` of its SDP.
    pub(super) fn admit(&mut self, session: SessionId, section: usize) {
        let streams = Vec::new();
        self.by_session.insert(session, Listener { section, streams });
    }

    /// Ends all event streams of a session.
    pub(super) fn forget(&mut self, session: SessionId) {
        if let Some(listener) = self.by_session.remove(&session) {
            self.streams -= listener.streams.len();
        }
    }

    pub(super) fn knows(&self, session: SessionId) -> bool {
        self.by_session.contains_key(&session)
    }

    /// Makes an event stream; its name.
    pub(super) fn subscribe(
        &mut self,
        session: SessionId,
        topics: Vec<Topic>,
    ) -> Result<String, SubscribeRefused> {
        let listener = self
            .by_session
            .get_mut(&session)
            .ok_or(SubscribeRefused::NoSession)?;
        if listener.streams.len() >= PER_SESSION {
            return Err(SubscribeRefused::TooMany);
        }
        if self.streams >= STREAMS {
            return Err(SubscribeRefused::Busy);
        }
        self.streams += 1;
        let id = secret::hex::<8>();
        listener.streams.push(EventStream {
            id: id.clone(),
            topics,
            reader: None,
        });
        Ok(id)
    }

    pub(super) fn unsubscribe(&mut self, session: SessionId, id: &str) -> bool {
        let Some(listener) = self.by_session.get_mut(&session) else {
            return false;
        };
        let before = listener.streams.len();
        listener.streams.retain(|stream| stream.id != id);
        let gone = before - listener.streams.len();
        self.streams -= gone;
        gone > 0
    }

    /// Gives an event stream a new reader, in place of the one it had, and what that one is told first.
    fn read(
        &mut self,
        session: SessionId,
        id: &str,
        first: impl Fn(Topic, usize) -> String,
        state: &[Topic],
    ) -> Option<mpsc::Receiver<Event>> {
        let listener = self.by_session.get_mut(&session)?;
        let section = listener.section;
        let stream = listener.streams.iter_mut().find(|stream| stream.id == id)?;
        let (sender, receiver) = mpsc::channel(WAITING);
        for topic in state
            .iter()
            .copied()
            .filter(|topic| stream.topics.contains(topic))
        {
            let data = first(topic, section);
            // There is room: the channel is new.
            let _ = sender.try_send(Event { topic, data });
        }
        stream.reader = Some(sender);
        Some(receiver)
    }

    fn tell(&mut self, session: SessionId, topic: Topic, data: impl Fn(usize) -> String) {
        let Some(listener) = self.by_session.get_mut(&session) else {
            return;
        };
        let section = listener.section;
        for stream in listener
            .streams
            .iter_mut()
            .filter(|stream| stream.topics.contains(&topic))
        {
            let Some(reader) = &stream.reader else {
                continue;
            };
            let data = data(section);
            if reader.try_send(Event { topic, data }).is_err() {
                stream.reader = None;
            }
        }
    }
}

impl Shard {
    pub(super) fn listen_to(&mut self, secret: &str, id: &str) -> Option<mpsc::Receiver<Event>> {
        let session = self.watching(secret)?;
        let live = &self.streams.get(self.registry.stream_of(session)?)?.live;
        let first = |topic, section| live.data(topic, session, section).to_string();
        self.listeners.read(session, id, first, &live.state())
    }

    /// Tells the viewers of a stream who subscribed to `topic`.
    pub(super) fn announce(&mut self, id: &stream::Id, topic: Topic) {
        if let Some(on_air) = self.streams.get(id) {
            let live = &on_air.live;
            for session in live.sessions() {
                self.listeners.tell(session, topic, |section| {
                    live.data(topic, session, section).to_string()
                });
            }
        }
    }

    /// Tells a viewer that its session ends and a new one is worth asking for.
    pub(super) fn send_back(&mut self, session: SessionId) {
        self.listeners
            .tell(session, Topic::Reconnect, |_| "{}".to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VIEWER: SessionId = SessionId(1);

    fn listening(topics: &[Topic]) -> (Listeners, String) {
        let mut listeners = Listeners::default();
        listeners.admit(VIEWER, 0);
        let id = listeners.subscribe(VIEWER, topics.to_vec()).unwrap();
        (listeners, id)
    }

    fn read(listeners: &mut Listeners, id: &str) -> mpsc::Receiver<Event> {
        listeners
            .read(
                VIEWER,
                id,
                |_, _| "{}".to_owned(),
                &[Topic::Active, Topic::Layers],
            )
            .unwrap()
    }

    fn topics(events: &mut mpsc::Receiver<Event>) -> Vec<Topic> {
        std::iter::from_fn(|| events.try_recv().ok())
            .map(|event| event.topic)
            .collect()
    }

    #[test]
    fn a_reader_is_told_what_is_so_and_then_what_it_asked_for() {
        let (mut listeners, id) = listening(&[Topic::Active, Topic::ViewerCount]);
        let mut events = read(&mut listeners, &id);
        listeners.tell(VIEWER, Topic::ViewerCount, |_| "{}".to_owned());
        listeners.tell(VIEWER, Topic::Layers, |_| "{}".to_owned());
        assert_eq!(topics(&mut events), [Topic::Active, Topic::ViewerCount]);
    }

    #[test]
    fn a_reader_that_does_not_read_is_let_go_and_may_come_back() {
        let (mut listeners, id) = listening(&[Topic::ViewerCount]);
        let mut slow = read(&mut listeners, &id);
        for _ in 0..100 {
            listeners.tell(VIEWER, Topic::ViewerCount, |_| "{}".to_owned());
        }
        assert_eq!(topics(&mut slow).len(), WAITING);
        assert!(slow.try_recv() == Err(mpsc::error::TryRecvError::Disconnected));
        read(&mut listeners, &id);
    }

    #[test]
    fn event_streams_are_bounded_for_a_session_and_for_the_node() {
        let (mut listeners, id) = listening(&[]);
        listeners.subscribe(VIEWER, vec![]).unwrap();
        assert_eq!(
            listeners.subscribe(VIEWER, vec![]),
            Err(SubscribeRefused::TooMany)
        );
        assert!(listeners.unsubscribe(VIEWER, &id));
        assert!(!listeners.unsubscribe(VIEWER, &id), "it is gone");
        for n in 0..STREAMS as u64 {
            listeners.admit(SessionId(10 + n), 0);
        }
        let made = (0..STREAMS as u64)
            .filter(|n| listeners.subscribe(SessionId(10 + n), vec![]).is_ok())
            .count();
        assert_eq!(made, STREAMS - 1);
        listeners.forget(VIEWER);
        assert!(
            listeners
                .subscribe(SessionId(10 + STREAMS as u64 - 1), vec![])
                .is_ok()
        );
        assert_eq!(
            listeners.subscribe(VIEWER, vec![]),
            Err(SubscribeRefused::NoSession)
        );
    }
}
