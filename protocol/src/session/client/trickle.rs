//! Telling a server where this end is reached, as far as it cares: one that makes checks itself opens its own NAT so.
//!
//! An offer goes out before candidates are gathered, and an ICE-lite server answers to wherever checks come from. Others
//! are sent what was found, a few at a time, once they have answered.

use core::fmt::Write as _;
use core::time::Duration;

use super::{Client, Output, State, fragment};
use crate::Millis;

/// How long candidates are collected: a browser finds those of its own addresses within this.
const COLLECT: Duration = Duration::from_millis(50);

/// The most that are sent of one offer: more than a host with many networks has, and half of what the server takes of a
/// session.
const MOST: usize = 32;

/// The candidates of the current offer.
#[derive(Debug, Default)]
pub(super) struct Trickle {
    /// What says whose they are; empty before there is an offer.
    head: String,
    ufrag: String,
    found: Vec<String>,
    /// How many of those were sent.
    sent: usize,
    /// Whether the server has answered this offer, and makes checks.
    open: bool,
    /// The server's name for this ICE session.
    etag: Option<String>,
    pub(super) due: Option<Millis>,
}

impl Trickle {
    /// Another offer: what was found before is of no more use.
    pub(super) fn begin(&mut self, offer: &str) {
        *self = Self {
            head: fragment::of(offer).unwrap_or_default(),
            ufrag: fragment::ufrag(offer).unwrap_or_default().to_owned(),
            ..Self::default()
        };
    }

    /// The server answered.
    pub(super) fn open(&mut self, now: Millis, lite: bool, etag: Option<String>) {
        self.open = !lite && !self.head.is_empty();
        self.etag = etag;
        self.plan(now);
    }

    pub(super) fn add(&mut self, now: Millis, ufrag: &str, candidate: String) {
        if ufrag == self.ufrag && self.found.len() < MOST && !candidate.contains(['\r', '\n']) {
            self.found.push(candidate);
            self.plan(now);
        }
    }

    fn plan(&mut self, now: Millis) {
        if self.open && self.sent < self.found.len() {
            self.due.get_or_insert(now + COLLECT);
        }
    }

    /// What is to be sent now.
    fn take(&mut self, now: Millis) -> Option<String> {
        self.due.take_if(|due| now >= *due)?;
        let mut text = self.head.clone();
        for candidate in &self.found[self.sent..] {
            let _ = write!(text, "a={candidate}\r\n");
        }
        self.sent = self.found.len();
        Some(text)
    }
}

impl Client {
    /// Sends what was found and not sent yet, when it is time.
    pub(super) fn trickle(&mut self, now: Millis) {
        let answered = matches!(self.state, State::Connecting(_) | State::Live | State::Healing(_));
        let Some(session) = self.session.as_ref().filter(|_| answered) else {
            self.trickle.due = None;
            return;
        };
        if let Some(fragment) = self.trickle.take(now) {
            self.outputs.push_back(Output::Trickle {
                session: session.clone(),
                etag: self.trickle.etag.clone(),
                fragment,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::client::{Config, Input, Response, Role, Transport};

    const OFFER: &str = "m=audio 9 RTP 0\r\na=mid:0\r\na=ice-ufrag:ours\r\na=ice-pwd:ourpassword\r\n";
    const AGAIN: &str = "m=audio 9 RTP 0\r\na=mid:0\r\na=ice-ufrag:next\r\na=ice-pwd:nextpassword\r\n";
    const ANSWER: &str = "v=0\r\na=ice-ufrag:old\r\na=ice-pwd:oldpassword\r\n";
    const LITE: &str = "v=0\r\na=ice-lite\r\na=ice-ufrag:old\r\na=ice-pwd:oldpassword\r\n";
    const RESTARTED: &str = "a=ice-ufrag:new\r\na=ice-pwd:newpassword\r\n";

    fn found(ufrag: &str, candidate: &str) -> Input {
        Input::Candidate {
            ufrag: ufrag.into(),
            candidate: candidate.into(),
        }
    }

    fn response(status: u16, body: &str, etag: &str) -> Input {
        Input::Response(Response {
            status,
            location: Some("/session/1".into()),
            etag: Some(etag.into()),
            body: body.into(),
            ..Response::default()
        })
    }

    /// What was trickled, as its tag and its candidates.
    fn told(client: &mut Client, now: u64, input: Input) -> Vec<(String, Vec<String>)> {
        client.handle_input(Millis(now), input);
        let outputs = std::iter::from_fn(|| match client.poll_output() {
            Output::Wait(_) => None,
            output => Some(output),
        });
        outputs
            .filter_map(|output| match output {
                Output::Trickle {
                    session,
                    etag,
                    fragment,
                } => {
                    assert_eq!(session, "/session/1");
                    assert!(fragment.contains("a=mid:0"), "{fragment}");
                    let lines = fragment
                        .lines()
                        .filter_map(|line| line.strip_prefix("a=candidate:"));
                    Some((etag.unwrap_or_default(), lines.map(ToOwned::to_owned).collect()))
                }
                _ => None,
            })
            .collect()
    }

    fn answered(answer: &str) -> Client {
        let mut client = Client::new(Config::new(Role::Watch, 1));
        told(&mut client, 0, Input::Start);
        told(&mut client, 0, Input::Offer(OFFER.into()));
        assert_eq!(told(&mut client, 1, found("ours", "candidate:1")), []);
        assert_eq!(told(&mut client, 2, response(201, answer, "one")), []);
        client
    }

    fn sent(etag: &str, candidates: &[&str]) -> Vec<(String, Vec<String>)> {
        vec![(
            etag.into(),
            candidates.iter().map(|&text| text.to_owned()).collect(),
        )]
    }

    #[test]
    fn a_server_that_makes_checks_is_told_what_was_found_a_few_at_a_time() {
        let mut client = answered(ANSWER);
        assert_eq!(told(&mut client, 20, found("ours", "candidate:2")), []);
        assert_eq!(client.poll_output(), Output::Wait(Some(Millis(52))));
        assert_eq!(told(&mut client, 52, Input::Timeout), sent("one", &["1", "2"]));
        assert_eq!(told(&mut client, 60, found("ours", "candidate:3")), []);
        assert_eq!(told(&mut client, 110, Input::Timeout), sent("one", &["3"]));
        assert_eq!(told(&mut client, 500, Input::Timeout), []);
    }

    #[test]
    fn a_lite_server_is_told_nothing() {
        let mut client = answered(LITE);
        assert_eq!(told(&mut client, 500, found("ours", "candidate:2")), []);
        assert_eq!(told(&mut client, 600, Input::Timeout), []);
    }

    #[test]
    fn candidates_of_a_restart_wait_for_its_answer_and_those_of_before_are_dropped() {
        let mut client = answered(ANSWER);
        told(&mut client, 52, Input::Timeout);
        told(&mut client, 100, Input::Transport(Transport::Connected));
        told(&mut client, 200, Input::NetworkChanged);
        told(&mut client, 210, Input::Offer(AGAIN.into()));
        told(&mut client, 220, found("ours", "candidate:9"));
        told(&mut client, 230, found("next", "candidate:5"));
        assert_eq!(told(&mut client, 300, Input::Timeout), []);
        told(&mut client, 310, response(200, RESTARTED, "two"));
        assert_eq!(told(&mut client, 360, Input::Timeout), sent("two", &["5"]));
    }

    #[test]
    fn a_host_with_endless_addresses_names_some() {
        let mut client = answered(ANSWER);
        for number in 0..100 {
            told(&mut client, 10, found("ours", &format!("candidate:{number}")));
        }
        assert_eq!(told(&mut client, 60, Input::Timeout)[0].1.len(), MOST);
        told(&mut client, 70, found("ours", "candidate:7"));
        assert_eq!(told(&mut client, 200, Input::Timeout), []);
    }

    #[test]
    fn nothing_is_told_after_the_end() {
        let mut client = answered(ANSWER);
        assert_eq!(told(&mut client, 20, Input::Stop), []);
        assert_eq!(told(&mut client, 60, Input::Timeout), []);
        assert_eq!(client.poll_output(), Output::Wait(None));
    }
}
