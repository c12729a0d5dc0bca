use std::collections::BTreeSet;
use std::time::Duration;

use headwater_protocol::session::client::{
    Client, Config, Event, IceServer, Input, Output, Response, Role, Transport,
};
use headwater_protocol::{Code, Millis};
use proptest::prelude::*;

/// An input without the session URL that a 201 carries: each gets its own.
fn input() -> impl Strategy<Value = Input> {
    let transport = prop_oneof![
        Just(Transport::Connected),
        Just(Transport::Disconnected),
        Just(Transport::Failed),
        Just(Transport::Closed),
    ];
    let status =
        prop_oneof![4 => Just(201u16), 2 => Just(409), 1 => Just(503), 1 => Just(401), 2 => any::<u16>()];
    let body = prop_oneof![
        Just(String::new()),
        Just(r#"{"code":"name_taken","detail":"taken"}"#.to_owned()),
        Just(r#"{"code":7}"#.to_owned()),
        Just("a=ice-ufrag:v\na=ice-pwd:q".to_owned()),
        "\\PC{0,300}",
    ];
    let response = (status, proptest::option::of(any::<u32>()), body, 0..3usize).prop_map(
        |(status, retry_after, body, relays)| {
            let relay = IceServer {
                url: "turn:relay.example".to_owned(),
                username: String::new(),
                credential: String::new(),
            };
            Input::Response(Response {
                status,
                location: None,
                retry_after,
                etag: None,
                body,
                ice_servers: vec![relay; relays],
            })
        },
    );
    prop_oneof![
        2 => Just(Input::Start),
        8 => Just(Input::Offer("a=ice-ufrag:u\na=ice-pwd:p".to_owned())),
        1 => Just(Input::PeerFailed("no".to_owned())),
        4 => Just(Input::Candidate { ufrag: "u".to_owned(), candidate: "candidate:1".to_owned() }),
        8 => response,
        4 => Just(Input::NoResponse),
        8 => transport.prop_map(Input::Transport),
        4 => Just(Input::NetworkChanged),
        4 => Just(Input::Quiet),
        2 => Just(Input::Heard),
        1 => Just(Input::EndedBy(Code::Replaced)),
        1 => Just(Input::Stop),
        8 => Just(Input::Timeout),
    ]
}

fn script() -> impl Strategy<Value = Vec<(u64, Input)>> {
    // Mostly a machine's pace, sometimes a laptop that slept.
    let pause = prop_oneof![8 => 0..3_000u64, 2 => 0..100_000u64, 1 => any::<u64>()];
    proptest::collection::vec((pause, input()), 0..200)
}

fn is_end(output: &Output) -> bool {
    matches!(output, Output::Event(Event::Ended(_) | Event::Failed(..)))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Echoes of attempts long given up, answers nobody asked for, a shell that loses count: whatever comes, the
    /// machine does not panic, says little for each input, and nothing after the end.
    #[test]
    fn stale_inputs_neither_panic_nor_speak_after_the_end(publish in any::<bool>(), seed in any::<u64>(), script in script()) {
        let role = if publish { Role::Publish } else { Role::Watch };
        let mut client = Client::new(Config::new(role, seed));
        let mut now = Millis(0);
        let mut over = false;
        for (pause, input) in script {
            now = now + Duration::from_millis(pause);
            client.handle_input(now, input);
            let mut said = 0;
            loop {
                let output = client.poll_output();
                if let Output::Wait(until) = output {
                    prop_assert!(!over || until.is_none(), "it waits for something after the end");
                    break;
                }
                prop_assert!(!over, "{output:?} after the end");
                over = is_end(&output);
                said += 1;
                // Three for waking from a sleep, and three for an end.
                prop_assert!(said <= 6, "{output:?} is too much for one input");
            }
        }
    }

    /// Each session that the machine took is deleted when it is given up, and at most once; a publisher's may instead
    /// be replaced by its next.
    #[test]
    fn no_session_is_forgotten_and_none_deleted_twice(publish in any::<bool>(), seed in any::<u64>(), script in script()) {
        let role = if publish { Role::Publish } else { Role::Watch };
        let mut client = Client::new(Config::new(role, seed));
        let (mut now, mut made) = (Millis(0), 0);
        let mut held = BTreeSet::new();
        for (pause, mut input) in script.into_iter().chain([(0, Input::Stop)]) {
            now = now + Duration::from_millis(pause);
            let before = client.session().map(ToOwned::to_owned);
            if let Input::Response(Response { location, status: 200..=299, .. }) = &mut input {
                made += 1;
                *location = Some(format!("/session/{made}"));
            }
            client.handle_input(now, input);
            if let Some(session) = client.session().filter(|session| Some(*session) != before.as_deref()) {
                if publish {
                    // The same key's next session replaced it.
                    held.clear();
                }
                held.insert(session.to_owned());
            }
            loop {
                match client.poll_output() {
                    Output::Delete(session) => prop_assert!(held.remove(&session), "{session} is not its to delete"),
                    Output::Wait(_) => break,
                    _ => {}
                }
            }
            prop_assert!(held.len() <= 1, "{held:?}");
        }
        prop_assert!(held.is_empty(), "{held:?} stays behind");
    }
}
