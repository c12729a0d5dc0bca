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
            Output::CreateOffer(_) => client.handle_input(now, Input::Offer("v=0".into())),
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
            Output::RestartIce(_) => client.handle_input(now, Input::PeerFailed(String::new())),
            Output::Patch { .. } => client.handle_input(now, Input::NoResponse),
            Output::ApplyAnswer(_) | Output::Trickle { .. } | Output::Delete(_) | Output::ClosePeer => {}
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

#[test]
fn a_counter_offer_that_is_not_taken_is_declined() {
    let mut client = started(Role::Watch);
    client.handle_input(Millis(0), Input::Offer("v=0".into()));
    let countered = Response {
        status: 406,
        location: Some("/session/1".into()),
        body: "v=0\r\n".into(),
        ..Response::default()
    };
    client.handle_input(Millis(0), Input::Response(countered));
    let mut said = std::iter::from_fn(|| match client.poll_output() {
        Output::Wait(_) => None,
        output => Some(output),
    });
    assert!(said.any(|output| output == Output::Delete("/session/1".into())));
    assert_eq!(
        said.last(),
        Some(Output::Event(Event::Failed(Code::NoCommonCodec, String::new())))
    );
}
