//! The simulated world: its clock, what is on its agenda, and how to take part.
//!
//! | file | what |
//! |---|---|
//! | [`page`] | a `Client` and the browser around it, as the light node's driver has them |
//! | [`connection`] | media between the two: ICE and DTLS as either end sees them |
//! | [`server`] | a `Registry` and the connections around it, as the orchestrator's shard has them |
//! | [`http`] | what the server answers to requests |
//! | [`network`] | delay, loss, outages |

mod agenda;
mod connection;
mod deed;
mod http;
mod network;
mod page;
mod server;
mod token;
mod trace;

use std::time::Duration;

use headwater_protocol::session::client::{Input, Response};
use headwater_protocol::session::registry::{Limits, Output, SessionId};
use headwater_protocol::{Millis, stream};

pub(crate) use deed::Deed;
pub(crate) use network::{Leg, Outage, Weather};
pub(crate) use page::{Page, Phase};
pub(crate) use token::{token, token_with};

/// A page's place in [`World::pages`].
pub(crate) type PageId = usize;

/// Happenings in one millisecond: a few for each of thousands of pages. More is a machine that asks to be woken for what
/// it does not do.
const MOMENT: u32 = 100_000;

/// Whom [`trace::Trace`] calls the server.
const SERVER: u64 = u64::MAX;

pub(crate) struct World {
    pub(crate) now: Millis,
    pub(crate) weather: Weather,
    pub(crate) pages: Vec<Page>,
    pub(crate) limits: Limits,
    /// What the registry decided, over all restarts.
    pub(crate) decisions: Vec<(Millis, Output)>,
    /// Sessions made so far, over all restarts.
    pub(crate) sessions_made: u64,
    /// `None` while it is down.
    server: Option<server::Server>,
    agenda: agenda::Agenda<Happening>,
    dice: fastrand::Rng,
    trace: trace::Trace,
    requests: u64,
    /// Whether the server restarts ICE, as RFC 9725 leaves it free to.
    pub(crate) restarts: bool,
}

/// What can happen.
#[derive(Debug)]
enum Happening {
    Deed(PageId, Deed),
    ServerGoes,
    ServerComes,
    /// Something in the page is done, for the attempt it belongs to.
    Page(PageId, u32, Input),
    /// The page's timer, unless set anew since.
    Timer(PageId, u64),
    /// A POST or a PATCH arrives.
    Request(Sender, Request),
    /// Its answer arrives; `None` is a refused connection.
    Answer(Sender, Option<Response>),
    /// The page's patience with it ends.
    Abort(Sender),
    /// A DELETE arrives.
    Delete(String),
    /// ICE and DTLS would be done by now.
    Handshake(PageId, u32),
    /// ICE would have found a path with its new credentials by now.
    Recheck(PageId, u32),
    /// The page looks whether it still hears the server.
    PageListens(PageId, u32),
    /// The server looks whether it still hears a session.
    ServerListens(SessionId),
    /// A page's DTLS close arrives.
    Goodbye(SessionId),
    /// The server's loop comes round.
    Wake(u64),
}

/// A request that wants an answer.
#[derive(Clone, Debug)]
enum Request {
    Post,
    /// An ICE restart of this session.
    Patch(String),
}

/// Whose request it is, and which.
#[derive(Clone, Copy, Debug)]
struct Sender {
    page: PageId,
    attempt: u32,
    number: u64,
}

impl World {
    /// A calm network, a server and no pages yet.
    pub(crate) fn new(seed: u64) -> Self {
        Self::with_limits(seed, Limits::default())
    }

    pub(crate) fn with_limits(seed: u64, limits: Limits) -> Self {
        Self {
            now: Millis(0),
            weather: Weather::CALM,
            pages: Vec::new(),
            limits,
            decisions: Vec::new(),
            sessions_made: 0,
            server: Some(server::Server::new(limits)),
            agenda: agenda::Agenda::new(),
            dice: fastrand::Rng::with_seed(seed),
            trace: trace::Trace::default(),
            requests: 0,
            restarts: true,
        }
    }

    /// A page that will publish `name` as the owner of key number `owner`.
    pub(crate) fn publisher(&mut self, owner: u8, name: &str) -> PageId {
        let id = stream(owner, name);
        let token = token(owner, &id);
        self.add(Page::publisher(id, token))
    }

    /// A page that will watch.
    pub(crate) fn viewer(&mut self, id: &stream::Id) -> PageId {
        self.add(Page::viewer(id.clone(), None))
    }

    pub(crate) fn add(&mut self, page: Page) -> PageId {
        self.pages.push(page);
        self.pages.len() - 1
    }

    /// Lets `length` pass.
    pub(crate) fn run(&mut self, length: Duration) {
        let end = self.now + length;
        let mut in_this_moment = 0;
        while let Some((at, what)) = self.agenda.next(end) {
            in_this_moment = if at == self.now { in_this_moment + 1 } else { 0 };
            assert!(in_this_moment < MOMENT, "time stands still at {at:?}: {what:?}");
            self.now = at;
            self.happen(what);
        }
        self.now = end;
    }

    /// A number that two runs share only if everything went the same way in both.
    pub(crate) fn fingerprint(&self) -> (u64, u64) {
        (self.trace.notes(), self.trace.hash())
    }

    fn after(&mut self, delay: Duration, what: Happening) {
        self.agenda.plan(self.now + delay, what);
    }

    fn happen(&mut self, what: Happening) {
        match what {
            Happening::Deed(page, deed) => self.act(page, deed),
            Happening::ServerGoes => self.server_goes(),
            Happening::ServerComes => self.server_comes(),
            Happening::Page(page, attempt, input) => self.input_of(page, attempt, input),
            Happening::Timer(page, set) => self.timer(page, set),
            Happening::Request(from, request) => self.request_arrives(from, request),
            Happening::Answer(from, response) => self.answer(from, response),
            Happening::Abort(from) => self.abort(from),
            Happening::Delete(url) => self.delete_arrives(&url),
            Happening::Handshake(page, attempt) => self.handshake(page, attempt),
            Happening::Recheck(page, attempt) => self.recheck(page, attempt),
            Happening::PageListens(page, attempt) => self.page_listens(page, attempt),
            Happening::ServerListens(session) => self.server_listens(session),
            Happening::Goodbye(session) => self.session_closed(session),
            Happening::Wake(set) => self.server_wakes(set),
        }
    }
}

/// The stream `name` of key number `owner`.
pub(crate) fn stream(owner: u8, name: &str) -> stream::Id {
    stream::Id::new(
        token::key(owner).address(),
        name.parse().expect("tests use plain names"),
    )
}

/// A publisher and a viewer, live for five seconds.
pub(crate) fn live(seed: u64) -> (World, PageId, PageId) {
    let mut world = World::new(seed);
    let (publisher, viewer) = (world.publisher(1, "show"), world.viewer(&stream(1, "show")));
    world.act(publisher, Deed::Open);
    world.run(secs(1));
    world.act(viewer, Deed::Open);
    world.run(secs(4));
    assert_eq!(
        [publisher, viewer].map(|page| world.pages[page].phase()),
        [Phase::Live, Phase::Live]
    );
    (world, publisher, viewer)
}

/// So many seconds.
pub(crate) const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// So many milliseconds.
pub(crate) const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}
