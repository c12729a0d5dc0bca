//! What viewers ask for.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use headwater_protocol::session::registry::{SessionId, WatchError};
use tracing::debug;

use super::Shard;
use crate::media::VideoCodec;
use crate::stream::{SelectRefused, Selection, Wish};
use crate::webrtc::offer::Video;
use crate::webrtc::watching::{AnswerRefused, Offered, Request, SubscribeRefused, Viewer};
use crate::webrtc::{Made, WatchRefused};
use headwater_protocol::stream;

/// How long an offer of ours waits for its answer: WHEP's default.
const OFFER_FOR: Duration = Duration::from_secs(30);

/// Offers of ours that wait at once. Each holds a connection's state; viewers that need one are rare.
const OFFERS: usize = 64;

/// Offers of ours that wait for their answers.
#[derive(Default)]
pub(super) struct Offers {
    waiting: HashMap<String, (Instant, Box<Offered>)>,
}

impl Offers {
    fn add(&mut self, now: Instant, secret: String, offered: Box<Offered>) -> bool {
        self.expire(now);
        if self.waiting.len() >= OFFERS {
            return false;
        }
        self.waiting.insert(secret, (now + OFFER_FOR, offered));
        true
    }

    /// Takes an offer that still waits.
    pub(super) fn take(&mut self, now: Instant, secret: &str) -> Option<Box<Offered>> {
        self.expire(now);
        self.waiting.remove(secret).map(|(_, offered)| offered)
    }

    fn expire(&mut self, now: Instant) {
        self.waiting.retain(|_, (until, _)| *until > now);
    }
}

impl Shard {
    pub(super) fn viewer_request(&mut self, now: Instant, request: Request) {
        match request {
            Request::Prepare {
                stream,
                wish,
                decodes,
                token,
                reply,
            } => {
                let _ = reply.send(self.prepare(now, &stream, &wish, decodes, token.as_deref()));
            }
            Request::Watch { viewer, made, reply } => {
                let _ = reply.send(self.watch(now, viewer, made));
            }
            Request::Counter {
                secret,
                offered,
                reply,
            } => {
                let _ = reply.send(self.offers.add(now, secret, offered));
            }
            Request::TakeCounter { secret, reply } => {
                let known = self.secrets.contains_key(&secret);
                let refused = if known {
                    AnswerRefused::Answered
                } else {
                    AnswerRefused::Unknown
                };
                let _ = reply.send(self.offers.take(now, &secret).ok_or(refused));
            }
            Request::Select {
                secret,
                selection,
                reply,
            } => {
                let _ = reply.send(self.select(now, &secret, selection));
            }
            Request::Subscribe {
                secret,
                topics,
                reply,
            } => {
                let session = self.watching(&secret).ok_or(SubscribeRefused::NoSession);
                let _ = reply.send(session.and_then(|session| self.listeners.subscribe(session, topics)));
            }
            Request::Unsubscribe { secret, id, reply } => {
                let session = self.watching(&secret);
                let _ = reply.send(session.is_some_and(|session| self.listeners.unsubscribe(session, &id)));
            }
            Request::Listen { secret, id, reply } => {
                let _ = reply.send(self.listen_to(&secret, &id));
            }
        }
    }

    fn prepare(
        &mut self,
        now: Instant,
        stream: &stream::Id,
        wish: &Wish,
        decodes: Option<Vec<VideoCodec>>,
        token: Option<&str>,
    ) -> Result<Vec<VideoCodec>, WatchRefused> {
        self.registry.may_watch(stream, token)?;
        let on_air = self.streams.get_mut(stream).ok_or(WatchError::NotLive)?;
        let Some(decodes) = decodes else {
            on_air.live.prepare_sound(wish)?;
            return Ok(Vec::new());
        };
        let (codecs, effects) = on_air.live.prepare(now, wish, &decodes)?;
        self.carry_out(now, stream, effects);
        Ok(codecs)
    }

    fn watch(&mut self, now: Instant, viewer: Viewer, mut made: Made) -> Result<(), WatchRefused> {
        let Viewer { stream, wish, token } = viewer;
        let session = self.next_session();
        self.registry.watch(session, &stream, token.as_deref())?;
        let Some(on_air) = self.streams.get_mut(&stream) else {
            return Ok(());
        };
        debug!(%stream, ?wish, session = session.0, "watching");
        let video = made.negotiated.video.take();
        let tracks = std::mem::take(&mut made.negotiated.tracks);
        let (section, decodes) = video.map_or((0, Vec::new()), |Video { section, codecs }| (section, codecs));
        let effects = on_air.live.add_viewer(now, session, wish, decodes);
        self.listeners.admit(session, section);
        self.add_peer(now, session, made);
        self.with_peer(now, session, |peer| {
            for (kind, mid) in tracks {
                peer.add_track(kind, mid);
            }
            Ok(())
        });
        self.carry_out(now, &stream, effects);
        Ok(())
    }

    fn select(&mut self, now: Instant, secret: &str, selection: Selection) -> Result<(), SelectRefused> {
        let session = self.watching(secret).ok_or(SelectRefused::NoSession)?;
        let id = self.registry.stream_of(session).cloned();
        let id = id.ok_or(SelectRefused::NoSession)?;
        let on_air = self.streams.get_mut(&id).ok_or(SelectRefused::NoSession)?;
        let effects = on_air.live.select(now, session, selection)?;
        self.carry_out(now, &id, effects);
        Ok(())
    }

    /// The viewer behind a session's URL.
    pub(super) fn watching(&self, secret: &str) -> Option<SessionId> {
        let session = *self.secrets.get(secret)?;
        self.listeners.knows(session).then_some(session)
    }
}
