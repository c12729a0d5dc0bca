//! A broadcaster's or viewer's end of a session: WHIP (RFC 9725) and WHEP, with reconnection.
//!
//! The shell owns the peer connection, the HTTP client and the clock; [`Client`] tells it what to do with them:
//!
//! ```text
//!          Start                     201                    Connected
//!  Idle ─────────▶ Offering ─▶ Posting ─▶ Connecting ─────────────────▶ Live
//!                     ▲           │ 409/5xx/no answer    failed/lost    │
//!                     └─ Waiting ◀┴──────────────────────────────────────┘
//!                                 └─ other 4xx ─▶ Over       Stop, Ended ─▶ Over
//! ```

use core::time::Duration;
use std::collections::VecDeque;

use super::backoff::Backoff;
use super::refusal;
use crate::{Code, Millis};

/// Which end of a stream this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// WHIP.
    Publish,
    /// WHEP.
    Watch,
}

/// What a client needs to know.
#[derive(Clone, Debug)]
pub struct Config {
    /// Which end it is.
    pub role: Role,
    /// How long to try at first, before any sign that this can work: a person is looking at a spinner, and a wrong
    /// address stays wrong.
    pub start: Duration,
    /// How long without media before it gives up, once it was live or was told that the stream is merely early; counted
    /// from the last such moment.
    pub give_up: Duration,
    /// How long ICE and DTLS may take. A connection that works is up in one or two hundred milliseconds plus round
    /// trips; one that a firewall drops never comes.
    pub connect: Duration,
    /// How long an interrupted connection may try to heal by itself before a new session is made.
    pub heal: Duration,
    /// Entropy for spreading retries.
    pub seed: u64,
}

impl Config {
    /// Defaults for `role`: give up after 10 s at first and 60 s later, connect within 10 s, heal within 1 s (publisher)
    /// or 2 s (viewer). A viewer waits for a stream that is not live without giving up.
    #[must_use]
    pub fn new(role: Role, seed: u64) -> Self {
        Self {
            role,
            start: Duration::from_secs(10),
            give_up: Duration::from_secs(60),
            connect: Duration::from_secs(10),
            heal: match role {
                // With the 2.5 s in which a browser notices, this leaves a publisher time to be back within the grace.
                Role::Publish => Duration::from_secs(1),
                Role::Watch => Duration::from_secs(2),
            },
            seed,
        }
    }
}

/// How the peer connection is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// Media can flow.
    Connected,
    /// Interrupted; it may heal by itself.
    Disconnected,
    /// It will not heal.
    Failed,
    /// The other end closed it in order.
    Closed,
}

/// An HTTP answer, as far as it matters here.
#[derive(Clone, Debug, Default)]
pub struct Response {
    /// Status code.
    pub status: u16,
    /// `Location`, resolved against the request's URL.
    pub location: Option<String>,
    /// `Retry-After` in seconds.
    pub retry_after: Option<u32>,
    /// The answer SDP, or a problem document.
    pub body: String,
}

/// What happens to a client.
#[derive(Clone, Debug)]
pub enum Input {
    /// Begin.
    Start,
    /// The offer that [`Output::CreateOffer`] asked for.
    Offer(String),
    /// The peer connection could not make an offer, or did not take the answer.
    PeerFailed(String),
    /// The answer to [`Output::Post`].
    Response(Response),
    /// [`Output::Post`] got no answer.
    NoResponse,
    /// The peer connection's state changed.
    Transport(Transport),
    /// The platform says that the network changed or came back: try now instead of waiting.
    NetworkChanged,
    /// The server said why it ends this session (on `control`).
    EndedBy(Code),
    /// The user wants out.
    Stop,
    /// The time that [`Output::Wait`] named has come.
    Timeout,
}

/// What a client wants done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Close any peer connection, make a new one and hand in its offer.
    CreateOffer,
    /// POST this offer to the endpoint.
    Post(String),
    /// Set this answer on the peer connection.
    ApplyAnswer(String),
    /// DELETE this session; nobody waits for the answer.
    Delete(String),
    /// Close the peer connection.
    ClosePeer,
    /// Tell the application.
    Event(Event),
    /// Nothing more now; come back with [`Input::Timeout`] at this time, or only with other inputs.
    Wait(Option<Millis>),
}

/// What an application learns.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// An offer is on its way.
    Connecting,
    /// Media flows. `resumed` when it did before.
    Live {
        /// Whether this is a reconnection.
        resumed: bool,
    },
    /// The stream has not begun, or is between two publishers: the viewer asks again by itself.
    Waiting,
    /// Interrupted; trying again after this wait.
    Retrying {
        /// What went wrong.
        code: Code,
        /// Until the next try.
        after: Duration,
        /// Tries so far, from 1.
        attempt: u32,
    },
    /// Over, in order.
    Ended(Code),
    /// Over, with an error and the other end's words about it.
    Failed(Code, String),
}

#[derive(Debug)]
enum State {
    Idle,
    Offering,
    Posting,
    Connecting { deadline: Millis },
    Live,
    Healing { deadline: Millis },
    Waiting { until: Millis },
    Over,
}

/// The machine. See the module's picture.
#[derive(Debug)]
pub struct Client {
    config: Config,
    state: State,
    outputs: VecDeque<Output>,
    backoff: Backoff,
    /// The session to DELETE at the end.
    session: Option<String>,
    was_live: bool,
    /// Whether the last thing the application heard is that the stream is not live.
    waiting: bool,
    /// Whether it was ever live, or told that the stream is merely early.
    proven: bool,
    /// When it started, or was last live or known to be merely early.
    hopeful: Millis,
}

impl Client {
    /// A client that does nothing until [`Input::Start`].
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self {
            backoff: Backoff::new(config.seed),
            config,
            state: State::Idle,
            outputs: VecDeque::new(),
            session: None,
            was_live: false,
            waiting: false,
            proven: false,
            hopeful: Millis(0),
        }
    }

    /// Takes what happened. Drain [`Self::poll_output`] afterwards. Inputs that do not fit the state are stale echoes
    /// of something already given up, and are ignored.
    pub fn handle_input(&mut self, now: Millis, input: Input) {
        match (input, &self.state) {
            (_, State::Over) => {}
            (Input::Stop, _) => self.over(Event::Ended(Code::Closed)),
            (Input::EndedBy(code), _) => self.over(Event::Ended(code)),
            (Input::Start, State::Idle) => {
                self.hopeful = now;
                self.offer();
            }
            (Input::Offer(sdp), State::Offering) => {
                self.state = State::Posting;
                self.outputs.push_back(Output::Post(sdp));
            }
            (Input::PeerFailed(why), State::Offering | State::Connecting { .. }) => {
                self.over(Event::Failed(Code::UnsupportedBrowser, why));
            }
            (Input::Response(response), State::Posting) => self.answered(now, response),
            (Input::NoResponse, State::Posting) => self.retry(now, Code::ServerUnreachable, None),
            (Input::Transport(transport), _) => self.transport(now, transport),
            (Input::NetworkChanged, State::Waiting { .. } | State::Healing { .. }) => self.offer(),
            (Input::Timeout, _) => self.timeout(now),
            _ => {}
        }
    }

    /// The next thing to do; [`Output::Wait`] when there is nothing more.
    #[must_use]
    pub fn poll_output(&mut self) -> Output {
        self.outputs.pop_front().unwrap_or(Output::Wait(match self.state {
            State::Connecting { deadline } | State::Healing { deadline } => Some(deadline),
            State::Waiting { until } => Some(until),
            State::Idle | State::Offering | State::Posting | State::Live | State::Over => None,
        }))
    }

    /// The URL of the session, once the server has made one; a publisher's stays until its successor has one.
    #[must_use]
    pub fn session(&self) -> Option<&str> {
        self.session.as_deref()
    }

    fn offer(&mut self) {
        self.abandon();
        self.state = State::Offering;
        // A viewer that waits for a stream asks every second; its application hears of the waiting once.
        if !self.waiting {
            self.outputs.push_back(Output::Event(Event::Connecting));
        }
        self.outputs.push_back(Output::CreateOffer);
    }

    fn answered(&mut self, now: Millis, response: Response) {
        match response.status {
            200..=299 => {
                self.session = response.location;
                self.state = State::Connecting {
                    deadline: now + self.config.connect,
                };
                self.outputs.push_back(Output::ApplyAnswer(response.body));
            }
            409 if self.config.role == Role::Watch => {
                // Not an error: the stream is not live yet, or its publisher is reconnecting.
                self.hopeful = now;
                self.proven = true;
                let wait = Duration::from_secs(u64::from(response.retry_after.unwrap_or(1).clamp(1, 60)));
                self.wait(now + wait, Event::Waiting);
            }
            429 | 500..=599 => {
                let code = if matches!(response.status, 429 | 503) {
                    Code::Busy
                } else {
                    Code::ServerUnreachable
                };
                self.retry(now, code, response.retry_after);
            }
            status => self.over(Event::Failed(
                refusal::code(status, &response.body),
                refusal::detail(&response.body),
            )),
        }
    }

    fn transport(&mut self, now: Millis, transport: Transport) {
        match (&self.state, transport) {
            (State::Connecting { .. } | State::Healing { .. }, Transport::Connected) => {
                let healed = matches!(self.state, State::Healing { .. });
                self.state = State::Live;
                self.waiting = false;
                self.hopeful = now;
                self.backoff.reset();
                self.outputs.push_back(Output::Event(Event::Live {
                    resumed: self.was_live || healed,
                }));
                self.was_live = true;
                self.proven = true;
            }
            (State::Live, Transport::Disconnected) => {
                self.hopeful = now;
                self.state = State::Healing {
                    deadline: now + self.config.heal,
                };
                self.outputs.push_back(Output::Event(Event::Retrying {
                    code: Code::ConnectionLost,
                    after: self.config.heal,
                    attempt: 1,
                }));
            }
            (State::Live, Transport::Failed | Transport::Closed) => {
                self.hopeful = now;
                self.retry(now, Code::ConnectionLost, None);
            }
            (State::Healing { .. }, Transport::Failed | Transport::Closed) => {
                self.retry(now, Code::ConnectionLost, None);
            }
            (State::Connecting { .. }, Transport::Failed | Transport::Closed) => {
                self.retry(now, Code::WebrtcBlocked, None);
            }
            _ => {}
        }
    }

    fn timeout(&mut self, now: Millis) {
        match self.state {
            State::Connecting { deadline } if now >= deadline => self.retry(now, Code::WebrtcBlocked, None),
            State::Healing { deadline } if now >= deadline => self.offer(),
            State::Waiting { until } if now >= until => self.offer(),
            _ => {}
        }
    }

    fn retry(&mut self, now: Millis, code: Code, after_s: Option<u32>) {
        let patience = if self.proven {
            self.config.give_up
        } else {
            self.config.start
        };
        if now.since(self.hopeful) >= patience {
            self.over(Event::Failed(code, String::new()));
            return;
        }
        let asked = after_s.map_or(Duration::ZERO, |s| Duration::from_secs(u64::from(s.clamp(1, 60))));
        let after = asked.max(self.backoff.next());
        let attempt = self.backoff.attempts();
        self.wait(now + after, Event::Retrying { code, after, attempt });
    }

    fn wait(&mut self, until: Millis, event: Event) {
        self.abandon();
        self.state = State::Waiting { until };
        self.outputs.push_back(Output::ClosePeer);
        let waiting = event == Event::Waiting;
        if !(waiting && self.waiting) {
            self.outputs.push_back(Output::Event(event));
        }
        self.waiting = waiting;
    }

    fn over(&mut self, event: Event) {
        self.delete();
        self.state = State::Over;
        self.outputs.push_back(Output::ClosePeer);
        self.outputs.push_back(Output::Event(event));
    }

    /// Leaves a session that is to have a successor. A publisher's is replaced by it, and viewers notice nothing; a
    /// DELETE before would end the stream for them.
    fn abandon(&mut self) {
        if self.config.role == Role::Watch {
            self.delete();
        }
    }

    fn delete(&mut self) {
        if let Some(session) = self.session.take() {
            self.outputs.push_back(Output::Delete(session));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn started(role: Role) -> Client {
        let mut client = Client::new(Config::new(role, 1));
        client.handle_input(Millis(0), Input::Start);
        client
    }

    /// Offers until it gives up or `until` passes, each offer meeting `response` (none: no answer); the last event.
    fn persist(client: &mut Client, response: Option<u16>, until: Millis) -> (Millis, Event) {
        let mut now = Millis(0);
        let mut last = Event::Waiting;
        loop {
            match client.poll_output() {
                Output::CreateOffer => client.handle_input(now, Input::Offer("v=0".into())),
                Output::Post(_) => client.handle_input(
                    now,
                    response.map_or(Input::NoResponse, |status| {
                        Input::Response(Response {
                            status,
                            ..Response::default()
                        })
                    }),
                ),
                Output::Event(event) => last = event,
                Output::Wait(Some(at)) if at <= until => {
                    now = at;
                    client.handle_input(now, Input::Timeout);
                }
                Output::Wait(_) => return (now, last),
                Output::ApplyAnswer(_) | Output::Delete(_) | Output::ClosePeer => {}
            }
        }
    }

    #[test]
    fn a_server_that_never_answers_is_given_up_soon() {
        let (when, last) = persist(&mut started(Role::Publish), None, Millis(120_000));
        assert_eq!(last, Event::Failed(Code::ServerUnreachable, String::new()));
        assert!((Millis(10_000)..Millis(20_000)).contains(&when), "{when:?}");
    }

    #[test]
    fn a_firewall_is_named_after_one_try() {
        let (when, last) = persist(&mut started(Role::Watch), Some(201), Millis(120_000));
        assert_eq!(last, Event::Failed(Code::WebrtcBlocked, String::new()));
        assert_eq!(when, Millis(10_000));
    }

    #[test]
    fn a_viewer_waits_for_the_show_as_long_as_it_takes() {
        let (when, last) = persist(&mut started(Role::Watch), Some(409), Millis(3_600_000));
        assert_eq!(last, Event::Waiting);
        assert!(when > Millis(3_590_000), "{when:?}");
    }

    #[test]
    fn a_session_that_was_live_is_fought_for_longer() {
        let mut client = started(Role::Publish);
        client.handle_input(Millis(0), Input::Offer("v=0".into()));
        client.handle_input(
            Millis(0),
            Input::Response(Response {
                status: 201,
                ..Response::default()
            }),
        );
        client.handle_input(Millis(100), Input::Transport(Transport::Connected));
        client.handle_input(Millis(100), Input::Transport(Transport::Failed));
        let (when, last) = persist(&mut client, None, Millis(120_000));
        assert_eq!(last, Event::Failed(Code::ServerUnreachable, String::new()));
        assert!((Millis(60_000)..Millis(80_000)).contains(&when), "{when:?}");
    }
}
