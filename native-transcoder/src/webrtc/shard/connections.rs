//! Connections: made, driven, closed, forgotten.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use headwater_protocol::control::Message;
use headwater_protocol::session::registry::SessionId;
use str0m::RtcError;
use str0m::net::Protocol;
use tracing::warn;

use super::Shard;
use super::datagrams::send;
use crate::webrtc::Made;
use crate::webrtc::ice::Ice;
use crate::webrtc::peer::{Event, Peer};

impl Shard {
    pub(super) fn next_session(&mut self) -> SessionId {
        self.next_id += 1;
        SessionId(self.next_id)
    }

    pub(super) fn add_peer(&mut self, now: Instant, session: SessionId, made: Made) {
        let Made {
            secret,
            mut negotiated,
            description,
            permit,
        } = made;
        let local = negotiated.rtc.direct_api().local_ice_credentials();
        self.demux.add_ufrag(session, local.ufrag.clone());
        self.half_open.insert(session, permit);
        self.ice.insert(session, Ice::new(local, &description));
        self.secrets.insert(secret.clone(), session);
        self.secret_of.insert(session, secret);
        let peer = Peer::new(negotiated.rtc, now);
        self.wakes.insert((peer.wake(), session));
        self.peers.insert(session, peer);
        // A connection whose clock has not begun asks to be woken much later, and full ICE is the one that checks first.
        self.with_peer(now, session, |peer| peer.timeout(now));
        self.handle_events(now);
    }

    /// Mutates a peer, then drains it. A peer that fails, or panics, goes; the others stay.
    pub(super) fn with_peer(
        &mut self,
        now: Instant,
        session: SessionId,
        mutate: impl FnOnce(&mut Peer) -> Result<(), RtcError>,
    ) {
        let Some(peer) = self.peers.get_mut(&session) else {
            self.wakes.retain(|(_, other)| *other != session);
            return;
        };
        let before = peer.wake();
        let mut events = Vec::new();
        let (socket, tcp) = (&self.socket, &self.tcp);
        let result = catch_unwind(AssertUnwindSafe(|| {
            mutate(peer)?;
            // What is lost for want of room, NACK repairs.
            peer.drive(
                now,
                |protocol, destination, datagram| send(socket, tcp, protocol, destination, datagram),
                &mut events,
            )
        }));
        let after = peer.wake();
        if before != after {
            self.wakes.remove(&(before, session));
            self.wakes.insert((after, session));
        }
        if events.iter().any(|event| matches!(event, Event::Reachable)) {
            self.proven(session);
        }
        if events.iter().any(|event| matches!(event, Event::Connected)) {
            self.half_open.remove(&session);
        }
        self.events
            .extend(events.into_iter().map(|event| (session, event)));
        match result {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                warn!(session = session.0, %error, "a connection failed");
                self.events.push_back((session, Event::Closed));
            }
            Err(_) => {
                warn!(session = session.0, "a connection panicked and was dropped");
                self.events.push_back((session, Event::Closed));
            }
        }
    }

    pub(super) fn tell(&mut self, now: Instant, session: SessionId, message: &Message) {
        self.with_peer(now, session, |peer| {
            peer.send_control(message);
            Ok(())
        });
    }

    /// Closes a connection in order and forgets it.
    pub(super) fn hang_up(&mut self, now: Instant, session: SessionId) {
        self.with_peer(now, session, Peer::close);
        self.forget(session);
    }

    pub(super) fn leave(&mut self, session: SessionId) {
        if let Some(id) = self.registry.stream_of(session)
            && let Some(on_air) = self.streams.get_mut(id)
        {
            on_air.live.remove_viewer(session);
        }
        self.registry.left(session);
    }

    /// Removes a connection. Its URL stays: a page closes its connection while the DELETE is on its way.
    pub(super) fn disconnect(&mut self, session: SessionId) {
        if let Some(peer) = self.peers.remove(&session) {
            self.wakes.remove(&(peer.wake(), session));
        }
        for (protocol, address) in self.demux.remove(session) {
            if protocol == Protocol::Tcp {
                self.tcp.close(address);
            }
        }
        self.ice.remove(&session);
        self.half_open.remove(&session);
    }

    /// Removes all that is known of a session.
    pub(super) fn forget(&mut self, session: SessionId) {
        self.disconnect(session);
        self.listeners.forget(session);
        if let Some(secret) = self.secret_of.remove(&session) {
            self.secrets.remove(&secret);
        }
    }
}
