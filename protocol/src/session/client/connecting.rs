//! Getting a connection up: directly, and where that does not come about soon, by the TURN servers that the answer named.
//!
//! The servers come with the answer (RFC 9725, section 4.6), when candidates have long been gathered. An ICE restart
//! gathers again.

use super::healing::{Concern, Healing, Step};
use super::{Client, Input, Output, Response, State, Transport, fragment};
use crate::{Code, Millis};

/// A connection on its way up.
#[derive(Clone, Copy, Debug)]
pub(super) struct Connecting {
    /// When it has taken too long.
    deadline: Millis,
    way: Way,
}

#[derive(Clone, Copy, Debug)]
enum Way {
    /// By what both ends have of their own; a relay is looked for from then on.
    Direct { until: Millis },
    /// A restart is under way, to take a relay.
    Relayed(Step),
    /// There is no other.
    Only,
}

impl Connecting {
    /// When something is to be done, if nothing happens.
    pub(super) fn due(&self) -> Millis {
        match self.way {
            Way::Direct { until } => until.min(self.deadline),
            Way::Relayed(_) | Way::Only => self.deadline,
        }
    }
}

impl Client {
    /// Takes the answer to an offer.
    pub(super) fn connect(&mut self, now: Millis, response: Response) {
        self.session = response.location;
        self.answer.clone_from(&response.body);
        let lite = fragment::is_lite(&response.body);
        self.trickle.open(now, lite, response.etag);
        let has_more = self.session.is_some() && !response.ice_servers.is_empty();
        self.ice_servers = response.ice_servers;
        let way = match has_more {
            // A server that makes checks itself is behind a NAT: it is rarely reached without their help.
            true => Way::Direct {
                until: if lite { now + self.config.direct } else { now },
            },
            false => Way::Only,
        };
        self.state = State::Connecting(Connecting {
            deadline: now + self.config.connect,
            way,
        });
        self.outputs.push_back(Output::ApplyAnswer(response.body));
    }

    pub(super) fn connecting(&mut self, now: Millis, connecting: Connecting, input: Input) {
        match (connecting.way, input) {
            (_, Input::Transport(Transport::Connected)) => self.connected(now, connecting),
            (_, Input::Timeout) if now >= connecting.deadline => self.retry(now, Code::WebrtcBlocked, None),
            (Way::Direct { until }, Input::Timeout) if now >= until => self.relay(connecting),
            // Candidates of another kind may do better.
            (Way::Direct { .. }, Input::Transport(Transport::Failed)) => self.relay(connecting),
            // As it may say before it has tried them.
            (Way::Relayed(Step::Describing | Step::Asking), Input::Transport(Transport::Failed)) => {}
            (_, Input::Transport(Transport::Failed | Transport::Closed)) => {
                self.retry(now, Code::WebrtcBlocked, None);
            }
            (Way::Relayed(Step::Describing), Input::Offer(sdp)) => self.ask_for_relay(connecting, &sdp),
            (Way::Relayed(Step::Asking), Input::Response(response)) => {
                self.relay_answered(now, connecting, &response)
            }
            // What was tried before is still being tried.
            (Way::Relayed(Step::Asking), Input::NoResponse) => self.way(connecting, Way::Only),
            (_, Input::PeerFailed(why)) => self.unsupported(why),
            _ => {}
        }
    }

    /// Looks for a path over a relay, beside what is being tried.
    fn relay(&mut self, connecting: Connecting) {
        self.relayed = true;
        self.way(connecting, Way::Relayed(Step::Describing));
        self.restart_ice();
    }

    fn ask_for_relay(&mut self, connecting: Connecting, offer: &str) {
        match (fragment::of(offer), self.session.clone()) {
            (Some(fragment), Some(session)) => {
                self.trickle.begin(offer);
                self.way(connecting, Way::Relayed(Step::Asking));
                self.outputs.push_back(Output::Patch { session, fragment });
            }
            _ => self.way(connecting, Way::Only),
        }
    }

    fn relay_answered(&mut self, now: Millis, connecting: Connecting, response: &Response) {
        let answer = match response.status {
            200 => fragment::apply(&self.answer, &response.body),
            _ => None,
        };
        match answer {
            Some(answer) => {
                self.answer.clone_from(&answer);
                self.restarted(now, response);
                self.way(connecting, Way::Relayed(Step::Checking));
                self.outputs.push_back(Output::ApplyAnswer(answer));
            }
            None => self.way(connecting, Way::Only),
        }
    }

    fn connected(&mut self, now: Millis, connecting: Connecting) {
        self.live(now, self.was_live);
        self.was_live = true;
        self.proven = true;
        // A restart that was begun is completed, or the two ends would disagree from then on.
        if let Way::Relayed(step @ (Step::Describing | Step::Asking)) = connecting.way {
            self.state = State::Healing(Healing {
                step,
                deadline: now + self.config.heal,
                concern: Concern::Precaution,
            });
        }
    }

    fn way(&mut self, connecting: Connecting, way: Way) {
        self.state = State::Connecting(Connecting { way, ..connecting });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::client::{Config, Event, IceServer, Role};

    const CREDENTIALS: &str = "a=ice-ufrag:ours\r\na=ice-pwd:ourpassword\r\n";
    const ANSWER: &str = "v=0\r\na=ice-lite\r\na=ice-ufrag:old\r\na=ice-pwd:oldpassword\r\n";
    const RESTARTED: &str = "a=ice-ufrag:new\r\na=ice-pwd:newpassword\r\n";

    fn relay() -> IceServer {
        IceServer {
            url: "turn:relay.example".into(),
            username: "u".into(),
            credential: "c".into(),
        }
    }

    fn response(status: u16, body: &str, ice_servers: Vec<IceServer>) -> Input {
        Input::Response(Response {
            status,
            location: Some("/session/1".into()),
            body: body.into(),
            ice_servers,
            ..Response::default()
        })
    }

    fn told(client: &mut Client, now: u64, input: Input) -> Vec<Output> {
        client.handle_input(Millis(now), input);
        std::iter::from_fn(|| match client.poll_output() {
            Output::Wait(_) => None,
            output => Some(output),
        })
        .collect()
    }

    /// A viewer whose answer came at 0.
    fn answered(ice_servers: Vec<IceServer>) -> Client {
        let mut client = Client::new(Config::new(Role::Watch, 1));
        told(&mut client, 0, Input::Start);
        told(&mut client, 0, Input::Offer(CREDENTIALS.into()));
        let applied = told(&mut client, 0, response(201, ANSWER, ice_servers));
        assert_eq!(applied, [Output::ApplyAnswer(ANSWER.into())]);
        client
    }

    /// The same, whose restart is at the server.
    fn asking() -> Client {
        let mut client = answered(vec![relay()]);
        told(&mut client, 1_000, Input::Timeout);
        let asked = told(&mut client, 1_010, Input::Offer(CREDENTIALS.into()));
        assert!(
            matches!(&asked[..], [Output::Patch { session, fragment }]
                if session == "/session/1" && fragment.contains("a=ice-ufrag:ours")),
            "{asked:?}"
        );
        client
    }

    const CONNECTED: Input = Input::Transport(Transport::Connected);
    const FAILED: Input = Input::Transport(Transport::Failed);

    #[test]
    fn who_connects_directly_asks_no_relay_for_anything() {
        let mut client = answered(vec![relay()]);
        assert_eq!(client.poll_output(), Output::Wait(Some(Millis(1_000))));
        assert_eq!(told(&mut client, 999, Input::Timeout), []);
        let live = [Output::Event(Event::Live { resumed: false })];
        assert_eq!(told(&mut client, 999, CONNECTED), live);
        assert_eq!(told(&mut client, 1_000, Input::Timeout), []);
    }

    #[test]
    fn who_is_not_connected_after_a_second_looks_for_a_relay() {
        let mut client = answered(vec![relay()]);
        let restarts = [Output::RestartIce(vec![relay()])];
        assert_eq!(told(&mut client, 1_000, Input::Timeout), restarts);
        let mut client = asking();
        let applied = told(&mut client, 1_020, response(200, RESTARTED, Vec::new()));
        assert!(
            matches!(&applied[..], [Output::ApplyAnswer(sdp)] if sdp.contains("a=ice-ufrag:new")),
            "{applied:?}"
        );
        let live = [Output::Event(Event::Live { resumed: false })];
        assert_eq!(told(&mut client, 1_200, CONNECTED), live);
    }

    #[test]
    fn a_server_behind_a_nat_takes_their_help_at_once() {
        let mut client = Client::new(Config::new(Role::Watch, 1));
        told(&mut client, 0, Input::Start);
        told(&mut client, 0, Input::Offer(CREDENTIALS.into()));
        told(&mut client, 0, response(201, RESTARTED, vec![relay()]));
        assert_eq!(client.poll_output(), Output::Wait(Some(Millis(0))));
        let restarts = [Output::RestartIce(vec![relay()])];
        assert_eq!(told(&mut client, 0, Input::Timeout), restarts);
    }

    #[test]
    fn a_browser_that_says_failed_looks_for_a_relay_at_once() {
        let mut client = answered(vec![relay()]);
        let restarts = [Output::RestartIce(vec![relay()])];
        assert_eq!(told(&mut client, 50, FAILED), restarts);
        assert_eq!(told(&mut client, 60, FAILED), [], "it says so of what was before");
    }

    #[test]
    fn without_servers_there_is_nothing_to_look_for() {
        let mut client = answered(Vec::new());
        for now in (1_000..10_000).step_by(1_000) {
            assert_eq!(told(&mut client, now, Input::Timeout), []);
        }
    }

    #[test]
    fn a_direct_path_that_comes_up_late_completes_the_restart_that_was_begun() {
        let mut client = asking();
        let live = [Output::Event(Event::Live { resumed: false })];
        assert_eq!(told(&mut client, 1_015, CONNECTED), live);
        let applied = told(&mut client, 1_020, response(200, RESTARTED, Vec::new()));
        assert!(matches!(&applied[..], [Output::ApplyAnswer(_)]), "{applied:?}");
        assert_eq!(told(&mut client, 1_030, CONNECTED), []);
    }

    #[test]
    fn a_server_that_does_not_restart_leaves_what_was_tried_before() {
        for refusal in [response(422, "", Vec::new()), Input::NoResponse] {
            let mut client = asking();
            assert_eq!(told(&mut client, 1_020, refusal), []);
            let live = [Output::Event(Event::Live { resumed: false })];
            assert_eq!(told(&mut client, 1_300, CONNECTED), live);
        }
    }

    #[test]
    fn a_relay_that_does_not_help_is_a_firewall_all_the_same() {
        let mut client = asking();
        told(&mut client, 1_020, response(200, RESTARTED, Vec::new()));
        told(&mut client, 6_000, Input::Timeout);
        let over = told(&mut client, 10_000, Input::Timeout);
        let blocked = Event::Failed(Code::WebrtcBlocked, String::new());
        assert_eq!(over.last(), Some(&Output::Event(blocked)));
        assert!(over.contains(&Output::Delete("/session/1".into())), "{over:?}");
    }

    #[test]
    fn who_needed_a_relay_has_it_from_the_start_next_time() {
        let mut client = asking();
        told(&mut client, 1_020, response(200, RESTARTED, Vec::new()));
        told(&mut client, 1_200, CONNECTED);
        told(&mut client, 5_000, FAILED);
        let Output::Wait(Some(again)) = client.poll_output() else {
            panic!("it does not try again")
        };
        let offered = told(&mut client, again.0, Input::Timeout);
        assert_eq!(offered.last(), Some(&Output::CreateOffer(vec![relay()])));
    }

    #[test]
    fn a_network_that_changes_may_take_a_relay() {
        let mut client = answered(vec![relay()]);
        told(&mut client, 100, CONNECTED);
        let restarts = [Output::RestartIce(vec![relay()])];
        assert_eq!(told(&mut client, 5_000, Input::NetworkChanged), restarts);
    }

    #[test]
    fn the_secrets_of_servers_are_not_printed() {
        let printed = format!("{:?}", relay());
        assert!(
            printed.contains("turn:relay.example") && !printed.contains("\"c\""),
            "{printed}"
        );
    }
}
