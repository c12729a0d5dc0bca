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
    /// How long without media before it gives up; counted from the start or from the last moment of being live.
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
    /// Defaults for `role`: give up after 60 s, connect within 10 s, heal within 2 s. A viewer waits for a stream that
    /// is not live without giving up.
    #[must_use]
    pub fn new(role: Role, seed: u64) -> Self {
        Self {
            role,
            give_up: Duration::from_secs(60),
            connect: Duration::from_secs(10),
            heal: Duration::from_secs(2),
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
    /// The session to DELETE.
    session: Option<String>,
    was_live: bool,
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

    /// The URL of the session, once the server has made one.
    #[must_use]
    pub fn session(&self) -> Option<&str> {
        self.session.as_deref()
    }

    fn offer(&mut self) {
        self.delete();
        self.state = State::Offering;
        self.outputs.push_back(Output::Event(Event::Connecting));
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
                refusal(status, &response.body),
                detail(&response.body),
            )),
        }
    }

    fn transport(&mut self, now: Millis, transport: Transport) {
        match (&self.state, transport) {
            (State::Connecting { .. } | State::Healing { .. }, Transport::Connected) => {
                let healed = matches!(self.state, State::Healing { .. });
                self.state = State::Live;
                self.hopeful = now;
                self.backoff.reset();
                self.outputs.push_back(Output::Event(Event::Live {
                    resumed: self.was_live || healed,
                }));
                self.was_live = true;
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
        if now.since(self.hopeful) >= self.config.give_up {
            self.over(Event::Failed(code, String::new()));
            return;
        }
        let asked = after_s.map_or(Duration::ZERO, |s| Duration::from_secs(u64::from(s.clamp(1, 60))));
        let after = asked.max(self.backoff.next());
        let attempt = self.backoff.attempts();
        self.wait(now + after, Event::Retrying { code, after, attempt });
    }

    fn wait(&mut self, until: Millis, event: Event) {
        self.delete();
        self.state = State::Waiting { until };
        self.outputs.push_back(Output::ClosePeer);
        self.outputs.push_back(Output::Event(event));
    }

    fn over(&mut self, event: Event) {
        self.delete();
        self.state = State::Over;
        self.outputs.push_back(Output::ClosePeer);
        self.outputs.push_back(Output::Event(event));
    }

    fn delete(&mut self) {
        if let Some(session) = self.session.take() {
            self.outputs.push_back(Output::Delete(session));
        }
    }
}

/// The code in a problem document, or what its status usually means.
fn refusal(status: u16, body: &str) -> Code {
    #[derive(serde::Deserialize)]
    struct Problem {
        code: Code,
    }
    serde_json::from_str::<Problem>(body).map_or(
        match status {
            401 | 403 => Code::Unauthorized,
            404 => Code::NotFound,
            409 => Code::NameTaken,
            _ => Code::UnacceptableOffer,
        },
        |problem| problem.code,
    )
}

/// The detail of a problem document; foreign servers' bodies are cut to what a person would read.
fn detail(body: &str) -> String {
    #[derive(serde::Deserialize)]
    struct Problem {
        detail: String,
    }
    serde_json::from_str::<Problem>(body)
        .map_or_else(|_| body.chars().take(200).collect(), |problem| problem.detail)
}
