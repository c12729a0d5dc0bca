use std::time::Duration;

use headwater_protocol::session::client::{Event, Role};

use crate::world::{Deed, PageId, Phase, World, live, ms, secs, stream};

const NIGHT: Duration = Duration::from_secs(8 * 3600);

/// How long after `page` woke it was live, and what it was told since.
fn slept(role: Role, length: Duration) -> (World, PageId, Duration, Vec<Event>) {
    let (mut world, publisher, viewer) = live(12);
    let page = if role == Role::Publish { publisher } else { viewer };
    let told = world.pages[page].events.len();
    world.act(page, Deed::Sleep(length));
    world.run(length);
    let woke = world.now;
    world.run(secs(30));
    assert_eq!(
        world.pages[page].phase(),
        Phase::Live,
        "{:?}",
        world.pages[page].told()
    );
    let since = world.pages[page].events[told..].to_vec();
    let back = since
        .iter()
        .rev()
        .find(|(_, event)| matches!(event, Event::Live { .. }));
    let took = back.map_or(Duration::ZERO, |(at, _)| at.since(woke));
    (
        world,
        page,
        took,
        since.into_iter().map(|(_, event)| event).collect(),
    )
}

#[test]
fn after_a_night_a_new_session_is_there_at_once() {
    for role in [Role::Publish, Role::Watch] {
        let (world, page, took, _) = slept(role, NIGHT);
        // A request that finds the session gone, another one, ICE and DTLS.
        assert!(took < ms(500), "{role:?}: {took:?}");
        assert_eq!(world.pages[page].posts, 2);
        assert_eq!(world.sessions(), 2, "{role:?}");
    }
}

#[test]
fn a_viewer_of_a_sleeping_publisher_has_it_back() {
    let (mut world, publisher, viewer) = live(13);
    world.act(publisher, Deed::Sleep(secs(60)));
    world.run(secs(59));
    assert_eq!(world.pages[viewer].phase(), Phase::Waiting);
    world.run(secs(5));
    assert_eq!(world.pages[publisher].phase(), Phase::Live);
    assert_eq!(world.pages[viewer].phase(), Phase::Live);
}

#[test]
fn a_sleep_does_not_count_against_patience() {
    // Asleep while it retries: longer than any patience, yet it goes on trying.
    let (mut world, publisher, _) = live(14);
    // The server is back a little after it.
    world.restart_server(Duration::ZERO, NIGHT + secs(20));
    world.run(secs(5));
    assert_eq!(world.pages[publisher].phase(), Phase::Retrying);
    world.act(publisher, Deed::Sleep(NIGHT));
    world.run(NIGHT + secs(35));
    assert_eq!(
        world.pages[publisher].phase(),
        Phase::Live,
        "{:?}",
        world.pages[publisher].told()
    );
}

#[test]
fn a_viewer_that_waited_for_a_show_in_its_sleep_waits_on() {
    let mut world = World::new(15);
    let viewer = world.viewer(&stream(1, "show"));
    world.act(viewer, Deed::Open);
    world.run(secs(3));
    assert_eq!(world.pages[viewer].phase(), Phase::Waiting);
    world.act(viewer, Deed::Sleep(NIGHT));
    world.run(NIGHT + secs(3));
    assert_eq!(world.pages[viewer].phase(), Phase::Waiting);
    assert_eq!(
        world.pages[viewer].told(),
        [&Event::Connecting, &Event::Waiting],
        "it says so once"
    );
}

#[test]
fn a_doze_that_the_session_survives_keeps_it() {
    for role in [Role::Publish, Role::Watch] {
        // Shorter than the server's patience, and than what counts as sleep.
        let (world, page, _, told) = slept(role, secs(4));
        assert_eq!(world.pages[page].posts, 1, "{told:?}");
    }
}
