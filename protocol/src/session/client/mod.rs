//! A broadcaster's or viewer's end of a session: WHIP (RFC 9725) and WHEP, with reconnection.
//!
//! The shell owns the peer connection, the HTTP client and the clock; [`Client`] tells it what to do with them:
//!
//! ```text
//!          Start                     201                    Connected
//!  Idle ─────────▶ Offering ─▶ Posting ─▶ Connecting ─────────────────▶ Live ◀─────────────┐
//!                     ▲  ▲        │ 409/5xx/no answer    failed/closed  │ │ interrupted,   │ Connected
//!                     │  │        ▼                                     │ ▼ new network,   │
//!                     │  └─ Waiting ◀───────────────────────────────────┘ Healing: ICE ────┘
//!                     │           └─ other 4xx ─▶ Over    Stop, Ended ─▶ Over     │ restart
//!                     └───────────────────────────────────────────────────────────┘ refused, or too slow
//! ```
//!
//! An interruption is met with an ICE restart (RFC 9725, section 4.3.3) first: it keeps the session, its keys and its
//! bandwidth estimate, and harms nothing where the old path comes back by itself. A connection that does not come about
//! is met with one, too, with the TURN servers that came with the answer.

mod config;
mod connecting;
mod exchange;
mod fragment;
mod healing;
#[cfg(test)]
mod tests;
mod trickle;

use core::time::Duration;
use std::collections::VecDeque;

pub use config::{Config, Role};
pub use exchange::{Event, IceServer, Input, Output, Response, Transport};

use connecting::Connecting;
use healing::{Concern, Healing};
use trickle::Trickle;

use super::backoff::Backoff;
use super::refusal;
use crate::{Code, Millis};

/// The machine wants to be called at least this often, so that it sees when it was not.
const PULSE: Duration = Duration::from_secs(5);

/// A call that comes so much later than the pulse means that the machine slept or the page was frozen: ten times what
/// browsers delay the timers of hidden pages.
const SLEPT: Duration = Duration::from_secs(10);

#[derive(Debug)]
enum State {
    Idle,
    Offering,
    Posting,
    Connecting(Connecting),
    Live,
    Healing(Healing),
    Waiting { until: Millis },
    Over,
}

/// The machine. See the module's picture.
///
/// Its clock has to go on while the computer sleeps: what lies between two calls is how it knows.
#[derive(Debug)]
pub struct Client {
    config: Config,
    state: State,
    outputs: VecDeque<Output>,
    backoff: Backoff,
    /// The session to PATCH, and to DELETE at the end.
    session: Option<String>,
    /// The answer that the peer connection has: an ICE restart changes a few of its lines.
    answer: String,
    /// What the server named for ICE last.
    ice_servers: Vec<IceServer>,
    /// Whether the last connection had to look for a relay.
    relayed: bool,
    trickle: Trickle,
    was_live: bool,
    /// Whether the last thing the application heard is that the stream is not live.
    waiting: bool,
    /// Whether it was ever live, or told that the stream is merely early.
    proven: bool,
    /// When it started, or was last live or known to be merely early.
    hopeful: Millis,
    /// When it was last called.
    called: Millis,
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
            answer: String::new(),
            ice_servers: Vec::new(),
            relayed: false,
            trickle: Trickle::default(),
            was_live: false,
            waiting: false,
            proven: false,
            hopeful: Millis(0),
            called: Millis(0),
        }
    }

    /// Takes what happened. Drain [`Self::poll_output`] afterwards. Inputs that do not fit the state are stale echoes
    /// of something already given up, and are ignored.
    pub fn handle_input(&mut self, now: Millis, input: Input) {
        if now.since(self.called) >= PULSE + SLEPT {
            self.woke(now);
        }
        self.called = now;
        match (input, &self.state) {
            (_, State::Over) => {}
            (Input::Stop, _) => self.over(Event::Ended(Code::Closed)),
            (Input::EndedBy(code), _) => self.over(Event::Ended(code)),
            (Input::Start, State::Idle) => {
                self.hopeful = now;
                self.offer();
            }
            (Input::Candidate { ufrag, candidate }, _) => self.trickle.add(now, &ufrag, candidate),
            (Input::Offer(sdp), State::Offering) => {
                self.trickle.begin(&sdp);
                self.state = State::Posting;
                self.outputs.push_back(Output::Post(sdp));
            }
            (Input::PeerFailed(why), State::Offering) => self.unsupported(why),
            (Input::Response(response), State::Posting) => self.answered(now, response),
            (Input::NoResponse, State::Posting) => self.retry(now, Code::ServerUnreachable, None),
            (Input::NetworkChanged, State::Waiting { .. }) => self.offer(),
            (Input::NetworkChanged, State::Live) => self.heal(now, Concern::Precaution),
            (Input::Quiet, State::Live) => self.heal(now, Concern::Quiet),
            (Input::Transport(transport), State::Live) => self.interrupted(now, transport),
            (Input::Timeout, State::Waiting { until }) if now >= *until => self.offer(),
            (input, State::Connecting(connecting)) => self.connecting(now, *connecting, input),
            (input, State::Healing(healing)) => self.healing(now, *healing, input),
            _ => {}
        }
        self.trickle(now);
    }

    /// The next thing to do; [`Output::Wait`] when there is nothing more.
    #[must_use]
    pub fn poll_output(&mut self) -> Output {
        self.outputs.pop_front().unwrap_or_else(|| {
            let mut pulse = self.called + PULSE;
            if let Some(due) = self.trickle.due {
                pulse = pulse.min(due);
            }
            Output::Wait(match &self.state {
                State::Connecting(connecting) => Some(pulse.min(connecting.due())),
                State::Healing(healing) => Some(pulse.min(healing.deadline)),
                State::Waiting { until } => Some(pulse.min(*until)),
                State::Offering | State::Posting | State::Live => Some(pulse),
                State::Idle | State::Over => None,
            })
        })
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
        // Where it took a relay once, the next connection has it from the start.
        let servers = match self.relayed {
            true => self.ice_servers.clone(),
            false => Vec::new(),
        };
        self.outputs.push_back(Output::CreateOffer(servers));
    }

    fn answered(&mut self, now: Millis, response: Response) {
        match response.status {
            200..=299 => self.connect(now, response),
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
            status => {
                // A counter-offer's, which waits for an answer.
                self.session = response.location.or_else(|| self.session.take());
                self.over(Event::Failed(
                    refusal::code(status, &response.body),
                    refusal::detail(&response.body),
                ));
            }
        }
    }

    fn live(&mut self, now: Millis, resumed: bool) {
        self.state = State::Live;
        self.waiting = false;
        self.hopeful = now;
        self.backoff.reset();
        self.outputs.push_back(Output::Event(Event::Live { resumed }));
    }

    fn interrupted(&mut self, now: Millis, transport: Transport) {
        match transport {
            Transport::Disconnected => self.heal(now, Concern::Interrupted),
            Transport::Failed | Transport::Closed => {
                self.hopeful = now;
                self.retry(now, Code::ConnectionLost, None);
            }
            Transport::Connected => {}
        }
    }

    /// The computer slept, or the page was frozen: nothing that was tried meanwhile counts against the connection, and
    /// what it looks like now is found out at once.
    fn woke(&mut self, now: Millis) {
        match self.state {
            State::Idle | State::Over => return,
            State::Live => self.heal(now, Concern::Precaution),
            State::Waiting { .. } => self.offer(),
            // What is under way ends soon: requests and connections of before the sleep are dead.
            State::Offering | State::Posting | State::Connecting(_) | State::Healing(_) => {}
        }
        self.hopeful = now;
        self.backoff.reset();
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

    fn unsupported(&mut self, why: String) {
        self.over(Event::Failed(Code::UnsupportedBrowser, why));
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
