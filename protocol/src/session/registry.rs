//! Who publishes and who watches, on the server.
//!
//! [`Registry`] decides; the shell makes and closes connections. A stream goes
//!
//! ```text
//!            publish          publisher silent
//!  (nothing) ───────▶ live ─────────────────────▶ waiting
//!                    ▲ │ ▲ heard, or publish        │ │ GRACE since it was last heard
//!                    │ │ └──────────────────────────┘ ▼
//!            publish │ └─ left (DELETE) ───────────────▶ ended
//!                    └─────────────────────────────────┘
//! ```
//!
//! Viewers stay through a replacement and through the wait; when the stream ends they are closed with a reason.

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::key::Address;
use crate::token::{Publish, WatchHash};
use crate::{Code, Millis, stream};

/// How long viewers wait for a publisher that vanished: longer than a phone's hand-over between networks, shorter than
/// a viewer's patience with a frozen picture.
pub const GRACE: Duration = Duration::from_secs(5);

/// A session's number, unique for the life of the process. Not its URL, which is unguessable and the shell's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId(pub u64);

/// How much a node takes on.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Streams at once. Each costs a worker process and, at three rungs, most of a core.
    pub streams: usize,
    /// Viewers over all streams. Each costs about 0.1 % of a core per rendition at 240p.
    pub viewers: usize,
}

impl Default for Limits {
    /// 64 streams and 4,096 viewers: beyond what one machine transcodes, so it is CPU that limits first.
    fn default() -> Self {
        Self {
            streams: 64,
            viewers: 4096,
        }
    }
}

/// What the shell must do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// The stream is live: take this session's media, in place of a predecessor's if there was one.
    Live {
        /// The stream.
        stream: stream::Id,
        /// Its publisher now.
        publisher: SessionId,
    },
    /// The publisher fell silent; keep everybody for [`GRACE`].
    Waiting(stream::Id),
    /// The stream is over: free what belongs to it.
    Ended(stream::Id),
    /// Close this session, telling it why.
    Close(SessionId, Code),
    /// Nothing more; call [`Registry::handle_timeout`] at this time, which [`Registry::poll_timeout`] also tells.
    Wait(Option<Millis>),
}

#[derive(Debug)]
struct Stream {
    /// Who signed the token of the current publisher.
    signer: Address,
    publisher: Option<SessionId>,
    /// The publisher whose connection is gone, as long as nobody has taken its place.
    lost: Option<SessionId>,
    watch: Option<WatchHash>,
    viewers: BTreeSet<SessionId>,
    /// When it ends, if the publisher does not return.
    ends: Option<Millis>,
}

/// The machine.
#[derive(Debug, Default)]
pub struct Registry {
    limits: Limits,
    streams: BTreeMap<stream::Id, Stream>,
    /// Which stream a session belongs to.
    sessions: BTreeMap<SessionId, stream::Id>,
    outputs: VecDeque<Output>,
}

impl Registry {
    /// An empty registry.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            ..Self::default()
        }
    }

    /// Whether `signer` may publish `claims.stream` now. Changes nothing: the answer stands until the next input.
    ///
    /// # Errors
    /// [`PublishError`].
    pub fn may_publish(&self, signer: Address, claims: &Publish) -> Result<(), PublishError> {
        match self.streams.get(&claims.stream) {
            Some(stream) if stream.signer != signer => Err(PublishError::NameTaken),
            _ if claims.stream.address != signer => Err(PublishError::NotOwner),
            None if self.streams.len() >= self.limits.streams => Err(PublishError::Busy(self.limits.streams)),
            _ => Ok(()),
        }
    }

    /// Makes `session` the publisher, closing the one before.
    ///
    /// # Errors
    /// As [`Self::may_publish`]; then nothing changes.
    pub fn publish(
        &mut self,
        session: SessionId,
        signer: Address,
        claims: &Publish,
    ) -> Result<(), PublishError> {
        self.may_publish(signer, claims)?;
        let stream = self
            .streams
            .entry(claims.stream.clone())
            .or_insert_with(|| Stream {
                signer,
                publisher: None,
                lost: None,
                watch: claims.watch,
                viewers: BTreeSet::new(),
                ends: None,
            });
        if let Some(old) = stream.publisher.replace(session) {
            self.sessions.remove(&old);
            self.outputs.push_back(Output::Close(old, Code::Replaced));
        }
        stream.watch = claims.watch;
        stream.ends = None;
        stream.lost = None;
        self.sessions.insert(session, claims.stream.clone());
        self.outputs.push_back(Output::Live {
            stream: claims.stream.clone(),
            publisher: session,
        });
        Ok(())
    }

    /// Whether a viewer with this watch token may watch now.
    ///
    /// # Errors
    /// [`WatchError`].
    pub fn may_watch(&self, id: &stream::Id, token: Option<&str>) -> Result<(), WatchError> {
        let stream = self.streams.get(id).ok_or(WatchError::NotLive)?;
        if let Some(hash) = stream.watch
            && !token.is_some_and(|token| hash.admits(token))
        {
            return Err(WatchError::Unauthorized);
        }
        let viewers: usize = self.streams.values().map(|s| s.viewers.len()).sum();
        if viewers >= self.limits.viewers {
            return Err(WatchError::Busy(self.limits.viewers));
        }
        Ok(())
    }

    /// Adds `session` to the viewers.
    ///
    /// # Errors
    /// As [`Self::may_watch`]; then nothing changes.
    pub fn watch(
        &mut self,
        session: SessionId,
        id: &stream::Id,
        token: Option<&str>,
    ) -> Result<(), WatchError> {
        self.may_watch(id, token)?;
        let stream = self.streams.get_mut(id).ok_or(WatchError::NotLive)?;
        stream.viewers.insert(session);
        self.sessions.insert(session, id.clone());
        Ok(())
    }

    /// A session was ended in order: DELETE, or by the shell itself. A publisher's departure ends its stream at once, also
    /// when its connection was [`lost`](Self::lost) before: pages close theirs while the DELETE is on its way.
    pub fn left(&mut self, session: SessionId) {
        let publishes = match self.forget(session) {
            Some((id, publishes)) => publishes.then_some(id),
            None => {
                let lost = self
                    .streams
                    .iter()
                    .find(|(_, stream)| stream.lost == Some(session));
                lost.map(|(id, _)| id.clone())
            }
        };
        if let Some(id) = publishes {
            self.end(&id, Code::StreamEnded);
        }
    }

    /// A publisher has not been heard since `since`. It may speak up again, or be replaced, within [`GRACE`] of that.
    pub fn silent(&mut self, since: Millis, session: SessionId) {
        let Some((id, stream)) = self.published_by(session) else {
            return;
        };
        if stream.ends.is_none() {
            stream.ends = Some(since + GRACE);
            self.outputs.push_back(Output::Waiting(id));
        }
    }

    /// A publisher that was [`silent`](Self::silent) is heard again.
    pub fn heard(&mut self, session: SessionId) {
        let Some((id, stream)) = self.published_by(session) else {
            return;
        };
        if stream.ends.take().is_some() {
            self.outputs.push_back(Output::Live {
                stream: id,
                publisher: session,
            });
        }
    }

    /// A session's connection is gone without a DELETE: failed, or closed by the page, which is also how a page begins to
    /// reconnect. It was last heard at `since`. A publisher's stream waits for a new session of the same key, as after
    /// [`silent`](Self::silent).
    pub fn lost(&mut self, since: Millis, session: SessionId) {
        let Some((id, publishes)) = self.forget(session) else {
            return;
        };
        if publishes && let Some(stream) = self.streams.get_mut(&id) {
            stream.publisher = None;
            stream.lost = Some(session);
            if stream.ends.is_none() {
                stream.ends = Some(since + GRACE);
                self.outputs.push_back(Output::Waiting(id));
            }
        }
    }

    /// Ends the streams whose publishers did not return.
    pub fn handle_timeout(&mut self, now: Millis) {
        let over: Vec<_> = self
            .streams
            .iter()
            .filter(|(_, stream)| stream.ends.is_some_and(|ends| now >= ends))
            .map(|(id, _)| id.clone())
            .collect();
        for id in over {
            self.end(&id, Code::StreamEnded);
        }
    }

    /// The next thing to do; [`Output::Wait`] when there is nothing more.
    #[must_use]
    pub fn poll_output(&mut self) -> Output {
        self.outputs
            .pop_front()
            .unwrap_or_else(|| Output::Wait(self.poll_timeout()))
    }

    /// When [`Self::handle_timeout`] is due. Changes with every input.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Millis> {
        self.streams.values().filter_map(|stream| stream.ends).min()
    }

    /// The stream that a session belongs to.
    #[must_use]
    pub fn stream_of(&self, session: SessionId) -> Option<&stream::Id> {
        self.sessions.get(&session)
    }

    /// Whether the stream has a publisher or waits for one to return.
    #[must_use]
    pub fn is_live(&self, id: &stream::Id) -> bool {
        self.streams.contains_key(id)
    }

    /// How many viewers a stream has.
    #[must_use]
    pub fn viewers(&self, id: &stream::Id) -> usize {
        self.streams.get(id).map_or(0, |stream| stream.viewers.len())
    }

    /// How many sessions there are.
    #[must_use]
    pub fn sessions(&self) -> usize {
        self.sessions.len()
    }

    fn published_by(&mut self, session: SessionId) -> Option<(stream::Id, &mut Stream)> {
        let id = self.sessions.get(&session)?;
        let stream = self.streams.get_mut(id)?;
        (stream.publisher == Some(session)).then_some((id.clone(), stream))
    }

    /// Removes a session; its stream, and whether it was the publisher.
    fn forget(&mut self, session: SessionId) -> Option<(stream::Id, bool)> {
        let id = self.sessions.remove(&session)?;
        let stream = self.streams.get_mut(&id)?;
        stream.viewers.remove(&session);
        Some((id, stream.publisher == Some(session)))
    }

    fn end(&mut self, id: &stream::Id, code: Code) {
        let Some(stream) = self.streams.remove(id) else {
            return;
        };
        for session in stream.viewers.into_iter().chain(stream.publisher) {
            // The publisher that left in order is forgotten already and needs no closing.
            if self.sessions.remove(&session).is_some() {
                self.outputs.push_back(Output::Close(session, code));
            }
        }
        self.outputs.push_back(Output::Ended(id.clone()));
    }
}

/// Why a publisher is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PublishError {
    /// The stream is live under another key.
    #[error("this stream is live under another key; choose another name or end the other broadcast first")]
    NameTaken,
    /// The token's signer does not own the stream's address.
    #[error("the token's signer does not own this stream's address; publish under your own")]
    NotOwner,
    /// The node has no room.
    #[error("this node carries {0} streams already; try later or elsewhere")]
    Busy(usize),
}

/// Why a viewer is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WatchError {
    /// Nobody publishes it.
    #[error("nobody is publishing this stream now; ask again in a moment")]
    NotLive,
    /// It takes a token.
    #[error("this stream takes the watch token that its publisher gave out")]
    Unauthorized,
    /// The node has no room.
    #[error("this node serves {0} viewers already; try later or elsewhere")]
    Busy(usize),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::SessionKey;

    fn published(registry: &mut Registry, session: SessionId) -> stream::Id {
        let key = SessionKey::from_bytes(&[7; 32]).unwrap();
        let stream = stream::Id::new(key.address(), "studio".parse().unwrap());
        let claims = Publish {
            stream: stream.clone(),
            ladder: None,
            not_before: 0,
            expiry: 0,
            watch: None,
        };
        registry.publish(session, key.address(), &claims).unwrap();
        stream
    }

    #[test]
    fn a_delete_that_comes_after_its_connections_end_still_ends_the_stream() {
        let mut registry = Registry::default();
        let stream = published(&mut registry, SessionId(1));
        registry.lost(Millis(0), SessionId(1));
        assert!(registry.is_live(&stream));
        registry.left(SessionId(1));
        assert!(!registry.is_live(&stream));
    }

    #[test]
    fn a_delete_of_a_session_that_was_taken_over_ends_nothing() {
        let mut registry = Registry::default();
        let stream = published(&mut registry, SessionId(1));
        registry.lost(Millis(0), SessionId(1));
        published(&mut registry, SessionId(2));
        registry.left(SessionId(1));
        assert!(registry.is_live(&stream));
    }
}
