//! Mending a connection that stands: an ICE restart on it, and a new session where that does not help in time.

use super::{Client, Event, Input, Output, Response, State, Transport, fragment};
use crate::{Code, Millis};

/// A restart that is under way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Healing {
    pub(super) step: Step,
    /// When it has taken too long.
    pub(super) deadline: Millis,
    pub(super) concern: Concern,
}

/// Why a connection is mended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Concern {
    /// It may be about to break; for all that is known, it works.
    Precaution,
    /// Nothing comes any more. The application need not know if that passes.
    Quiet,
    /// The browser says that it broke, and the application was told.
    Interrupted,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The peer connection makes new credentials.
    Describing,
    /// The server is asked for its own.
    Asking,
    /// ICE tries the paths between the two.
    Checking,
}

impl Client {
    /// Looks for a path that works.
    pub(super) fn heal(&mut self, now: Millis, concern: Concern) {
        let restarts = self.session.is_some();
        if !restarts && concern == Concern::Precaution {
            return;
        }
        if concern == Concern::Interrupted {
            self.tell_interrupted(now);
        } else if concern == Concern::Quiet {
            self.hopeful = now;
        }
        self.state = State::Healing(Healing {
            // Without a session's URL there is nobody to ask: it may still heal by itself.
            step: if restarts {
                Step::Describing
            } else {
                Step::Checking
            },
            deadline: now + self.config.heal,
            concern,
        });
        if restarts {
            self.restart_ice();
        }
    }

    /// Gathers anew, with what help there is.
    pub(super) fn restart_ice(&mut self) {
        self.outputs
            .push_back(Output::RestartIce(self.ice_servers.clone()));
    }

    pub(super) fn healing(&mut self, now: Millis, healing: Healing, input: Input) {
        match (healing.step, input) {
            (Step::Describing, Input::Offer(sdp)) => self.ask(now, healing, &sdp),
            (Step::Describing | Step::Checking, Input::PeerFailed(_)) => self.succeed(now, healing),
            (Step::Asking, Input::Response(response)) => self.asked(now, healing, &response),
            // The network may be on its way up; a new session is tried until it is there.
            (Step::Asking, Input::NoResponse) if healing.concern != Concern::Precaution => {
                self.retry(now, Code::ConnectionLost, None);
            }
            (Step::Asking, Input::NoResponse) => self.state = State::Live,
            (_, Input::NetworkChanged) if healing.step == Step::Checking => {
                // What was being tried belongs to the network before.
                self.step(healing, Step::Describing, now + self.config.heal);
                self.restart_ice();
            }
            (_, Input::Heard) if healing.concern == Concern::Quiet => self.better(healing),
            (_, Input::Transport(transport)) => self.moved(now, healing, transport),
            (_, Input::Timeout) if now >= healing.deadline => self.late(now, healing),
            _ => {}
        }
    }

    fn ask(&mut self, now: Millis, healing: Healing, offer: &str) {
        match (fragment::of(offer), &self.session) {
            (Some(fragment), Some(session)) => {
                self.trickle.begin(offer);
                let session = session.clone();
                self.step(healing, Step::Asking, healing.deadline);
                self.outputs.push_back(Output::Patch { session, fragment });
            }
            _ => self.refused(now, healing),
        }
    }

    fn asked(&mut self, now: Millis, healing: Healing, response: &Response) {
        let answer = match response.status {
            200 => fragment::apply(&self.answer, &response.body),
            _ => None,
        };
        match (answer, response.status) {
            (Some(answer), _) => {
                self.answer.clone_from(&answer);
                self.restarted(now, response);
                self.step(healing, Step::Checking, healing.deadline.max(now));
                self.outputs.push_back(Output::ApplyAnswer(answer));
            }
            // The session is gone: a new one, whatever the connection looks like.
            (None, 404 | 410) => self.succeed(now, healing),
            (None, 429 | 500..=599) if healing.concern != Concern::Precaution => {
                self.retry(now, Code::ConnectionLost, response.retry_after);
            }
            (None, _) => self.refused(now, healing),
        }
    }

    /// The server has the restart's credentials.
    pub(super) fn restarted(&mut self, now: Millis, response: &Response) {
        let lite = fragment::is_lite(&self.answer) || fragment::is_lite(&response.body);
        self.trickle.open(now, lite, response.etag.clone());
    }

    /// This server does not restart ICE.
    fn refused(&mut self, now: Millis, healing: Healing) {
        if healing.concern == Concern::Precaution {
            self.state = State::Live;
        } else {
            self.succeed(now, healing);
        }
    }

    /// A new session takes this one's place.
    fn succeed(&mut self, now: Millis, healing: Healing) {
        if healing.concern != Concern::Interrupted {
            self.tell_interrupted(now);
        }
        self.offer();
    }

    fn moved(&mut self, now: Millis, healing: Healing, transport: Transport) {
        match transport {
            Transport::Connected => {
                if healing.concern == Concern::Interrupted {
                    self.live(now, true);
                }
                self.better(healing);
            }
            Transport::Disconnected | Transport::Failed if healing.concern != Concern::Interrupted => {
                self.tell_interrupted(now);
                self.state = State::Healing(Healing {
                    concern: Concern::Interrupted,
                    deadline: now + self.config.heal,
                    ..healing
                });
            }
            Transport::Failed if healing.step == Step::Checking => {
                self.retry(now, Code::ConnectionLost, None);
            }
            Transport::Closed => {
                if healing.concern == Concern::Precaution {
                    self.hopeful = now;
                }
                self.retry(now, Code::ConnectionLost, None);
            }
            Transport::Disconnected | Transport::Failed => {}
        }
    }

    /// Media flows. A restart that was begun is completed all the same, or the two ends would disagree from then on.
    fn better(&mut self, healing: Healing) {
        self.state = match healing.step {
            Step::Checking => State::Live,
            _ => State::Healing(Healing {
                concern: Concern::Precaution,
                ..healing
            }),
        };
    }

    fn late(&mut self, now: Millis, healing: Healing) {
        if healing.concern != Concern::Precaution {
            self.succeed(now, healing);
        } else if healing.step == Step::Checking {
            // Nobody complains: the old path holds, or the new one was so quick that nothing was seen of it.
            self.state = State::Live;
        } else {
            self.step(healing, healing.step, now + self.config.heal);
        }
    }

    fn step(&mut self, healing: Healing, step: Step, deadline: Millis) {
        self.state = State::Healing(Healing {
            step,
            deadline,
            ..healing
        });
    }

    fn tell_interrupted(&mut self, now: Millis) {
        self.hopeful = now;
        self.outputs.push_back(Output::Event(Event::Retrying {
            code: Code::ConnectionLost,
            after: self.config.heal,
            attempt: 1,
        }));
    }
}
