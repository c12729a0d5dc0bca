//! Media between a page and the server: how connections come up, fall silent, and are missed by either end.

use std::time::Duration;

use headwater_protocol::Millis;
use headwater_protocol::session::client::{Input, Transport};
use headwater_protocol::session::registry::SessionId;

use super::{Happening, PageId, World};

/// Round trips until media flows: one of ICE, two of DTLS, as half trips.
const HANDSHAKE_LEGS: u32 = 6;

/// Until ICE has a path again: a round trip, as half trips. DTLS goes on as it was.
const RESTART_LEGS: u32 = 2;

/// ICE and DTLS repeat themselves about this often.
const REPEAT: Duration = Duration::from_millis(500);

/// The page's statistics show that nothing comes after this.
const QUIET: Duration = Duration::from_millis(3500);

/// A browser that hears nothing says `disconnected` after this: Chromium waits for five checks and five seconds.
const DISCONNECTED: Duration = Duration::from_millis(6500);

/// And `failed` after this.
const FAILED: Duration = Duration::from_secs(15);

/// The server's ICE gives a silent peer up after this, longer than a publisher's grace.
const GIVEN_UP: Duration = Duration::from_secs(8);

/// The shard's patience with a session that does not come up.
const ESTABLISH: Duration = Duration::from_secs(30);

/// The page's end of a connection.
#[derive(Debug)]
pub(crate) struct Peer {
    pub(super) session: SessionId,
    /// Its packets arrive no more, until ICE finds another path.
    pub(super) severed: bool,
    state: State,
    /// Since when the page hears nothing.
    deaf: Option<Millis>,
    /// Whether it has said so.
    quiet: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    New,
    Connected,
    Disconnected,
    Failed,
}

impl Peer {
    pub(super) fn connected(&self) -> bool {
        self.state != State::New
    }
}

impl World {
    /// The page takes the server's answer, which says whose it is: the first, or one with new credentials.
    pub(super) fn connect(&mut self, id: PageId, sdp: &str) {
        let session = sdp
            .strip_prefix("s=")
            .and_then(|sdp| sdp.lines().next()?.parse().ok());
        let session = SessionId(session.expect("the machine hands on the server's answer as it came"));
        if sdp.contains("a=ice-ufrag:new") {
            let attempt = self.attempt(id);
            self.after(
                self.weather.latency * RESTART_LEGS,
                Happening::Recheck(id, attempt),
            );
            return;
        }
        self.pages[id].peer = Some(Peer {
            session,
            severed: false,
            state: State::New,
            deaf: None,
            quiet: false,
        });
        let attempt = self.attempt(id);
        self.after(
            self.weather.latency * HANDSHAKE_LEGS,
            Happening::Handshake(id, attempt),
        );
    }

    pub(super) fn handshake(&mut self, id: PageId, attempt: u32) {
        let Some(peer) = self.peer_of(id, attempt) else {
            return;
        };
        let session = peer.session;
        if peer.severed || !self.pages[id].path.media || !self.server_knows(session) {
            self.after(REPEAT, Happening::Handshake(id, attempt));
            return;
        }
        if let Some(peer) = &mut self.pages[id].peer {
            peer.state = State::Connected;
        }
        self.session_connected(session);
        self.input(id, Input::Transport(Transport::Connected));
        self.path_changed(id);
    }

    /// ICE looks for a path with its new credentials, until it has one.
    pub(super) fn recheck(&mut self, id: PageId, attempt: u32) {
        let Some(peer) = self.peer_of(id, attempt) else {
            return;
        };
        if !self.pages[id].path.media || !self.server_knows(peer.session) {
            self.after(REPEAT, Happening::Recheck(id, attempt));
            return;
        }
        if let Some(peer) = &mut self.pages[id].peer {
            peer.severed = false;
        }
        self.path_changed(id);
    }

    /// Works out who still hears whom after the page's path, or the other end, changed.
    pub(super) fn path_changed(&mut self, id: PageId) {
        let attempt = self.attempt(id);
        let Some(peer) = &self.pages[id].peer else { return };
        let session = peer.session;
        let hears = self.pages[id].path.media && !peer.severed && self.server_knows(session);
        let now = self.now;
        let Some(peer) = self.pages[id].peer.as_mut().filter(|peer| peer.connected()) else {
            return;
        };
        if hears {
            peer.deaf = None;
            self.after(self.weather.latency, Happening::PageListens(id, attempt));
            self.heard(session);
        } else {
            if peer.deaf.is_none() {
                peer.deaf = Some(now);
                self.after(QUIET, Happening::PageListens(id, attempt));
                self.after(DISCONNECTED, Happening::PageListens(id, attempt));
                self.after(FAILED, Happening::PageListens(id, attempt));
            }
            self.unheard(session);
        }
    }

    pub(super) fn page_listens(&mut self, id: PageId, attempt: u32) {
        let now = self.now;
        if self.peer_of(id, attempt).is_none() || self.pages[id].asleep.is_some() {
            return;
        }
        let Some(peer) = &mut self.pages[id].peer else {
            return;
        };
        let deaf = peer.deaf.map(|since| now.since(since));
        let quiet = deaf.is_some_and(|deaf| deaf >= QUIET);
        if quiet != std::mem::replace(&mut peer.quiet, quiet) {
            self.input(id, if quiet { Input::Quiet } else { Input::Heard });
        }
        // It may have made a new connection of that.
        if self.peer_of(id, attempt).is_none() {
            return;
        }
        let Some(peer) = &mut self.pages[id].peer else {
            return;
        };
        let (state, transport) = match (peer.state, deaf) {
            (State::Connected, Some(deaf)) if deaf >= DISCONNECTED => {
                (State::Disconnected, Transport::Disconnected)
            }
            (State::Disconnected, Some(deaf)) if deaf >= FAILED => (State::Failed, Transport::Failed),
            (State::Disconnected | State::Failed, None) => (State::Connected, Transport::Connected),
            _ => return,
        };
        peer.state = state;
        self.input(id, Input::Transport(transport));
    }

    /// The page's computer wakes: its browser begins to miss what it missed only now.
    pub(super) fn wake_page(&mut self, id: PageId) {
        self.pages[id].asleep = None;
        if let Some(peer) = &mut self.pages[id].peer {
            (peer.deaf, peer.quiet) = (None, false);
        }
        let path = &mut self.pages[id].path;
        (path.media, path.http) = (true, true);
        self.path_changed(id);
    }

    /// The server hears a session no more from now on.
    pub(super) fn unheard(&mut self, session: SessionId) {
        let now = self.now;
        if let Some(connection) = self.connection(session)
            && connection.unheard.is_none()
        {
            connection.unheard = Some(now);
            self.after(GIVEN_UP, Happening::ServerListens(session));
        }
    }

    /// The server hears a session, perhaps again.
    fn heard(&mut self, session: SessionId) {
        if let Some(connection) = self.connection(session)
            && connection.unheard.take().is_some()
        {
            self.wake_server();
        }
    }

    fn session_connected(&mut self, session: SessionId) {
        if let Some(connection) = self.connection(session) {
            connection.connected = true;
            connection.unheard = None;
            self.wake_server();
        }
    }

    /// The server looks whether a session came up, and whether it is still heard.
    pub(super) fn server_listens(&mut self, session: SessionId) {
        let now = self.now;
        let Some(connection) = self.connection(session) else {
            return;
        };
        let gone = if connection.connected {
            connection
                .unheard
                .is_some_and(|since| now.since(since) >= GIVEN_UP)
        } else {
            now.since(connection.created) >= ESTABLISH
        };
        if gone {
            self.session_closed(session);
        }
    }

    /// When the server looks after a session that is not up.
    pub(super) fn expect_session(&mut self, session: SessionId) {
        self.after(ESTABLISH, Happening::ServerListens(session));
    }

    fn peer_of(&self, id: PageId, attempt: u32) -> Option<&Peer> {
        self.pages[id]
            .peer
            .as_ref()
            .filter(|_| self.attempt(id) == attempt)
    }
}
