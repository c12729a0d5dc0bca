//! A page: a `Client` and the browser that does what it says.
//!
//! As in the light node, whatever takes time comes back as a later input, marked with the attempt it belongs to, so
//! that what a given-up attempt still delivers is dropped, or, if it is a session on the server, deleted.

use std::time::Duration;

use headwater_protocol::session::client::{Client, Config, Event, Input, Output, Response, Role};
use headwater_protocol::{Millis, stream};

use super::connection::Peer;
use super::network::{Leg, Path};
use super::{Happening, PageId, Request, Sender, World};

/// How long a browser takes to write an offer.
const OFFER: Duration = Duration::from_millis(5);

/// The light node's patience with a request.
const HTTP: Duration = Duration::from_secs(10);

pub(crate) struct Page {
    pub(crate) role: Role,
    pub(crate) stream: stream::Id,
    pub(crate) rendition: &'static str,
    /// What it shows with its POST.
    pub(crate) token: Option<String>,
    /// What its user was told, since it was opened.
    pub(crate) events: Vec<(Millis, Event)>,
    /// POSTs it sent, over all reloads.
    pub(crate) posts: usize,
    /// PATCHes.
    pub(crate) patches: usize,
    pub(super) path: Path,
    pub(super) peer: Option<Peer>,
    /// Nothing before it is opened, nor after it vanished.
    client: Option<Client>,
    attempt: u32,
    timer: u64,
    /// The request whose answer it still takes.
    waits_for: Option<u64>,
    /// While its computer sleeps: until when.
    pub(super) asleep: Option<Millis>,
}

/// Where a page is, as its user sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Not opened, or vanished.
    Gone,
    Connecting,
    Live,
    Waiting,
    Retrying,
    /// Ended or failed.
    Over(Event),
}

impl Page {
    pub(crate) fn publisher(stream: stream::Id, token: String) -> Self {
        Self::new(Role::Publish, stream, Some(token))
    }

    pub(crate) fn viewer(stream: stream::Id, token: Option<&str>) -> Self {
        Self::new(Role::Watch, stream, token.map(ToOwned::to_owned))
    }

    fn new(role: Role, stream: stream::Id, token: Option<String>) -> Self {
        Self {
            role,
            stream,
            rendition: "source",
            token,
            events: Vec::new(),
            posts: 0,
            patches: 0,
            path: Path::clear(),
            peer: None,
            client: None,
            attempt: 0,
            timer: 0,
            waits_for: None,
            asleep: None,
        }
    }

    pub(crate) fn phase(&self) -> Phase {
        match self.events.last().map(|(_, event)| event) {
            _ if self.client.is_none() => Phase::Gone,
            None | Some(Event::Connecting) => Phase::Connecting,
            Some(Event::Live { .. }) => Phase::Live,
            Some(Event::Waiting) => Phase::Waiting,
            Some(Event::Retrying { .. }) => Phase::Retrying,
            Some(event) => Phase::Over(event.clone()),
        }
    }

    /// What its user was told, without the times.
    pub(crate) fn told(&self) -> Vec<&Event> {
        self.events.iter().map(|(_, event)| event).collect()
    }

    /// The URL of its session.
    pub(crate) fn session(&self) -> Option<&str> {
        self.client.as_ref()?.session()
    }

    pub(super) fn renew(&mut self, seed: u64) {
        self.client = Some(Client::new(Config::new(self.role, seed)));
        self.events.clear();
    }
}

impl World {
    pub(super) fn input_of(&mut self, id: PageId, attempt: u32, input: Input) {
        if self.pages[id].attempt == attempt {
            self.input(id, input);
        }
    }

    /// Hands `input` to the machine and does what it says.
    pub(super) fn input(&mut self, id: PageId, input: Input) {
        if let Some(wakes) = self.pages[id].asleep {
            // Whatever comes in the meantime is there when it wakes.
            let attempt = self.attempt(id);
            self.agenda.plan(wakes, Happening::Page(id, attempt, input));
            return;
        }
        let Some(client) = &mut self.pages[id].client else {
            return;
        };
        self.trace.note(self.now, id as u64, &input);
        client.handle_input(self.now, input);
        while let Some(client) = &mut self.pages[id].client {
            let output = client.poll_output();
            self.trace.note(self.now, id as u64, &output);
            if let Output::Wait(until) = output {
                self.pages[id].timer += 1;
                if let Some(until) = until {
                    let timer = Happening::Timer(id, self.pages[id].timer);
                    self.agenda.plan(until.max(self.now), timer);
                }
                return;
            }
            self.carry_out(id, output);
        }
    }

    fn carry_out(&mut self, id: PageId, output: Output) {
        let over = matches!(self.pages[id].phase(), Phase::Over(_));
        assert!(!over, "{output:?} comes after the end");
        match output {
            Output::CreateOffer(_) => {
                let attempt = self.close_peer(id);
                self.describe(id, attempt);
            }
            Output::RestartIce(_) => self.describe(id, self.attempt(id)),
            Output::Post(_) => {
                self.pages[id].posts += 1;
                self.request(id, Request::Post);
            }
            Output::Patch { session, fragment } => {
                assert!(fragment.contains("a=ice-ufrag:"), "{fragment}");
                self.pages[id].patches += 1;
                self.request(id, Request::Patch(session));
            }
            Output::ApplyAnswer(sdp) => self.connect(id, &sdp),
            Output::Trickle { .. } => {}
            Output::Delete(url) => self.delete(id, url),
            Output::ClosePeer => {
                self.close_peer(id);
            }
            Output::Event(event) => self.pages[id].events.push((self.now, event)),
            Output::Wait(_) => unreachable!("a wait ends the draining"),
        }
    }

    pub(super) fn timer(&mut self, id: PageId, set: u64) {
        if self.pages[id].timer == set {
            self.input(id, Input::Timeout);
        }
    }

    /// The peer connection writes an offer.
    fn describe(&mut self, id: PageId, attempt: u32) {
        let offer = "a=ice-ufrag:page\r\na=ice-pwd:secret\r\n".to_owned();
        self.after(OFFER, Happening::Page(id, attempt, Input::Offer(offer)));
    }

    fn request(&mut self, id: PageId, request: Request) {
        self.requests += 1;
        let number = self.requests;
        let page = &mut self.pages[id];
        // A restart may be given up for a new session, but there is one POST at a time.
        assert!(page.waits_for.is_none() || page.patches > 0, "one POST at a time");
        page.waits_for = Some(number);
        let attempt = page.attempt;
        let from = Sender {
            page: id,
            attempt,
            number,
        };
        if let Some(delay) = page.path.carry(Leg::Request, self.weather, &mut self.dice) {
            self.after(delay, Happening::Request(from, request));
        }
        self.after(HTTP, Happening::Abort(from));
    }

    pub(super) fn answer(&mut self, from: Sender, response: Option<Response>) {
        let page = &mut self.pages[from.page];
        if page.waits_for != Some(from.number) {
            // Aborted: a browser does not show what comes later.
            return;
        }
        page.waits_for = None;
        if page.attempt != from.attempt
            && let Some(url) = response.as_ref().and_then(|response| response.location.clone())
        {
            self.delete(from.page, url);
        }
        let input = response.map_or(Input::NoResponse, Input::Response);
        self.input_of(from.page, from.attempt, input);
    }

    pub(super) fn abort(&mut self, from: Sender) {
        if self.pages[from.page].waits_for == Some(from.number) {
            self.pages[from.page].waits_for = None;
            self.input_of(from.page, from.attempt, Input::NoResponse);
        }
    }

    fn delete(&mut self, id: PageId, url: String) {
        if let Some(delay) = self.pages[id]
            .path
            .carry(Leg::Delete, self.weather, &mut self.dice)
        {
            self.after(delay, Happening::Delete(url));
        }
    }

    /// Closes the peer connection, saying goodbye; what still comes from it is nobody's. The next attempt's number.
    pub(super) fn close_peer(&mut self, id: PageId) -> u32 {
        let page = &mut self.pages[id];
        page.attempt += 1;
        let attempt = page.attempt;
        if let Some(peer) = page.peer.take() {
            let goodbye = page.path.carry(Leg::Goodbye, self.weather, &mut self.dice);
            if let Some(delay) = goodbye.filter(|_| peer.connected() && !peer.severed) {
                self.after(delay, Happening::Goodbye(peer.session));
            }
            self.unheard(peer.session);
        }
        attempt
    }

    pub(super) fn attempt(&self, id: PageId) -> u32 {
        self.pages[id].attempt
    }

    /// The page is gone in mid-sentence.
    pub(super) fn vanish(&mut self, id: PageId) {
        let page = &mut self.pages[id];
        page.client = None;
        page.attempt += 1;
        page.timer += 1;
        page.waits_for = None;
        if let Some(peer) = page.peer.take() {
            self.unheard(peer.session);
        }
    }
}
