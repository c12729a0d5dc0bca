//! The server: a `Registry` and the connections that it rules, as the orchestrator's shard drives it.

use std::collections::BTreeMap;
use std::time::Duration;

use headwater_protocol::session::client::{Input, Role, Transport};
use headwater_protocol::session::registry::{Limits, Output, Registry, SessionId};
use headwater_protocol::{Code, Millis, stream};

use super::network::Leg;
use super::{Happening, PageId, SERVER, World};

/// A publisher that sends nothing for this long is noticed, as in the shard.
const SILENCE: Duration = Duration::from_secs(3);

/// The shard's loop comes round at least this often.
const ROUND: Duration = Duration::from_millis(500);

pub(crate) struct Server {
    pub(super) registry: Registry,
    pub(super) connections: BTreeMap<SessionId, Connection>,
    /// Each stream's publisher, which stays named while it is missed.
    pub(super) on_air: BTreeMap<stream::Id, SessionId>,
    wake: u64,
}

/// The server's end of a connection.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(super) page: PageId,
    pub(super) attempt: u32,
    pub(super) created: Millis,
    pub(super) connected: bool,
    /// Since when nothing arrives: from its making, until it is up.
    pub(super) unheard: Option<Millis>,
}

impl Server {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            registry: Registry::new(limits),
            connections: BTreeMap::new(),
            on_air: BTreeMap::new(),
            wake: 0,
        }
    }
}

impl World {
    /// A connection is gone: the page closed it, or it was not heard for too long.
    pub(super) fn session_closed(&mut self, session: SessionId) {
        let Some(server) = &mut self.server else { return };
        let Some(connection) = server.connections.remove(&session) else {
            return;
        };
        if server.on_air.values().any(|publisher| *publisher == session) {
            server
                .registry
                .lost(connection.unheard.unwrap_or(self.now), session);
        } else {
            server.registry.left(session);
        }
        self.path_changed(connection.page);
        self.settle();
    }

    pub(super) fn server_wakes(&mut self, set: u64) {
        if self.server.as_ref().is_some_and(|server| server.wake == set) {
            self.wake_server();
        }
    }

    /// Ends what is due, and notices who fell silent and who is heard again.
    pub(super) fn wake_server(&mut self) {
        let now = self.now;
        let Some(server) = &mut self.server else { return };
        server.registry.handle_timeout(now);
        for publisher in server.on_air.values() {
            let Some(connection) = server.connections.get(publisher) else {
                continue;
            };
            match connection.unheard {
                Some(since) if now.since(since) >= SILENCE => server.registry.silent(since, *publisher),
                _ => server.registry.heard(*publisher),
            }
        }
        self.settle();
    }

    /// Does what the registry decided, and sees that shell and registry agree.
    pub(super) fn settle(&mut self) {
        while let Some(server) = &mut self.server {
            let output = server.registry.poll_output();
            if let Output::Wait(due) = output {
                assert_eq!(
                    server.registry.sessions(),
                    server.connections.len(),
                    "a session leaks"
                );
                server.wake += 1;
                let wake = Happening::Wake(server.wake);
                let round = self.now + ROUND;
                self.agenda
                    .plan(due.map_or(round, |due| due.clamp(self.now, round)), wake);
                return;
            }
            self.trace.note(self.now, SERVER, &output);
            self.decisions.push((self.now, output.clone()));
            match output {
                Output::Live { stream, publisher } => {
                    assert_eq!(
                        server.on_air.get(&stream),
                        Some(&publisher),
                        "live with another publisher"
                    );
                }
                Output::Waiting(stream) => {
                    assert!(server.on_air.contains_key(&stream), "{stream} waits for nobody");
                }
                Output::Ended(stream) => {
                    assert!(server.on_air.remove(&stream).is_some(), "{stream} ends twice");
                }
                Output::Close(session, code) => {
                    let connection = server.connections.remove(&session);
                    let connection = connection.expect("only what is there can be closed");
                    self.say_goodbye(&connection, Some(code));
                }
                Output::Wait(_) => unreachable!("a wait ends the draining"),
            }
        }
    }

    /// Closes a connection in order; a publisher is told why on `control`.
    pub(super) fn say_goodbye(&mut self, connection: &Connection, why: Option<Code>) {
        let Connection {
            page: id,
            attempt,
            connected,
            ..
        } = *connection;
        if self.attempt(id) != attempt {
            return;
        }
        let page = &mut self.pages[id];
        if connected && page.peer.as_ref().is_some_and(|peer| !peer.severed) {
            let told = why.filter(|_| page.role == Role::Publish);
            let notice = page
                .path
                .carry(Leg::Notice, self.weather, &mut self.dice)
                .zip(told);
            let close = page.path.carry(Leg::Close, self.weather, &mut self.dice);
            if let Some((delay, code)) = notice {
                self.after(delay, Happening::Page(id, attempt, Input::EndedBy(code)));
            }
            if let Some(delay) = close {
                // The words come before the close, or not at all.
                let delay = notice.map_or(delay, |(notice, _)| delay.max(notice));
                self.after(
                    delay,
                    Happening::Page(id, attempt, Input::Transport(Transport::Closed)),
                );
            }
        }
        self.path_changed(id);
    }

    pub(super) fn server_goes(&mut self) {
        self.trace.note(self.now, SERVER, &"goes");
        self.server = None;
        for id in 0..self.pages.len() {
            self.path_changed(id);
        }
    }

    pub(super) fn server_comes(&mut self) {
        self.trace.note(self.now, SERVER, &"comes");
        self.server = Some(Server::new(self.limits));
        self.settle();
    }

    pub(super) fn connection(&mut self, session: SessionId) -> Option<&mut Connection> {
        self.server.as_mut()?.connections.get_mut(&session)
    }
}

impl World {
    /// How many sessions the registry holds.
    pub(crate) fn sessions(&self) -> usize {
        self.server
            .as_ref()
            .map_or(0, |server| server.registry.sessions())
    }

    /// Whether the server has the stream, live or missed for less than its grace.
    pub(crate) fn has(&self, stream: &stream::Id) -> bool {
        self.server
            .as_ref()
            .is_some_and(|server| server.registry.is_live(stream))
    }

    /// How many viewers the registry counts.
    pub(crate) fn viewers(&self, stream: &stream::Id) -> usize {
        self.server
            .as_ref()
            .map_or(0, |server| server.registry.viewers(stream))
    }

    /// When a stream was decided to be over.
    pub(crate) fn ends(&self) -> Vec<Millis> {
        let ended = self
            .decisions
            .iter()
            .filter(|(_, output)| matches!(output, Output::Ended(_)));
        ended.map(|(at, _)| *at).collect()
    }

    pub(super) fn server_knows(&self, session: SessionId) -> bool {
        self.server
            .as_ref()
            .is_some_and(|server| server.connections.contains_key(&session))
    }
}
