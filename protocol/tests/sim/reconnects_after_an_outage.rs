use std::time::Duration;

use headwater_protocol::session::client::{Event, Role};
use headwater_protocol::{Code, Millis};

use crate::world::{Deed, Leg, Outage, PageId, Phase, World, live, ms, secs};

/// How long after `since` a page was live again.
fn back_after(world: &World, page: PageId, since: Millis) -> Option<Duration> {
    let resumed = |event: &Event| *event == Event::Live { resumed: true };
    let back = world.pages[page]
        .events
        .iter()
        .find(|(at, event)| *at >= since && resumed(event));
    back.map(|(at, _)| at.since(since))
}

#[test]
fn a_short_outage_heals_without_a_new_session_or_a_word() {
    for role in [Role::Publish, Role::Watch] {
        let (mut world, publisher, viewer) = live(1);
        let page = if role == Role::Publish { publisher } else { viewer };
        let told = world.pages[page].events.len();
        world.act(page, Deed::Cut(Outage::Everything));
        // Noticed, and the request for another path lost, before it is over.
        world.run(secs(4));
        assert_eq!(world.pages[page].patches, 1);
        world.act(page, Deed::Mend);
        world.run(secs(10));
        assert_eq!(
            world.pages[page].events.len(),
            told,
            "{:?}",
            world.pages[page].told()
        );
        assert_eq!((world.sessions(), world.sessions_made), (2, 2));
    }
}

#[test]
fn a_longer_one_takes_a_new_session_of_which_there_is_then_one() {
    for (role, outage) in [Role::Publish, Role::Watch]
        .into_iter()
        .flat_map(|role| [Outage::Media, Outage::Everything].map(|outage| (role, outage)))
    {
        let (mut world, publisher, viewer) = live(2);
        let page = if role == Role::Publish { publisher } else { viewer };
        world.act(page, Deed::Cut(outage));
        world.run(secs(30));
        assert_ne!(world.pages[page].phase(), Phase::Live);
        let mended = world.now;
        world.act(page, Deed::Mend);
        world.run(secs(30));
        let back = back_after(&world, page, mended).expect("it comes back");
        // A request that was swallowed is given up after 10 s, and the longest wait is 8 s.
        assert!(back < secs(19), "{role:?} {outage:?}: {back:?}");
        assert_eq!(world.pages[publisher].phase(), Phase::Live);
        assert_eq!(world.pages[viewer].phase(), Phase::Live);
        assert_eq!(world.sessions(), 2);
    }
}

#[test]
fn a_publisher_whose_path_dies_but_whose_network_works_keeps_its_viewers() {
    // With a server that restarts ICE the session goes on; with another, a new one takes its place as unseen.
    for restarts in [true, false] {
        let (mut world, publisher, viewer) = live(3);
        world.restarts = restarts;
        let before = world.pages[viewer].events.len();
        world.act(publisher, Deed::Cut(Outage::Flow));
        world.run(secs(30));
        assert_eq!(world.pages[publisher].phase(), Phase::Live);
        assert_eq!(world.ends(), [], "coming back is no leaving");
        assert_eq!(
            world.pages[viewer].events.len(),
            before,
            "{:?}",
            world.pages[viewer].events
        );
        assert_eq!(world.sessions(), 2);
        assert_eq!(world.sessions_made, if restarts { 2 } else { 3 });
    }
}

#[test]
fn a_publisher_that_hurries_back_over_a_mended_network_keeps_its_viewers() {
    let (mut world, publisher, viewer) = live(7);
    world.restarts = false;
    let before = world.pages[viewer].events.len();
    world.act(publisher, Deed::Cut(Outage::Media));
    // The old path mends while the server refuses to restart it, so that the old connection's goodbye arrives, ahead of
    // the new session's POST.
    world.run(ms(3_530));
    world.act(publisher, Deed::Mend);
    world.run(secs(30));
    assert_eq!(world.pages[publisher].phase(), Phase::Live);
    assert_eq!(world.sessions_made, 3);
    assert_eq!(world.ends(), [], "coming back is no leaving");
    assert_eq!(
        world.pages[viewer].events.len(),
        before,
        "{:?}",
        world.pages[viewer].events
    );
}

#[test]
fn a_restarted_server_has_everybody_back() {
    for pause in [ms(100), secs(3), secs(20)] {
        let (mut world, publisher, viewer) = live(5);
        world.restart_server(Duration::ZERO, pause);
        world.run(pause + secs(30));
        assert_eq!(world.pages[publisher].phase(), Phase::Live, "after {pause:?}");
        assert_eq!(world.pages[viewer].phase(), Phase::Live, "after {pause:?}");
        assert_eq!(world.sessions(), 2);
    }
}

#[test]
fn a_close_without_a_word_is_answered_with_a_new_session() {
    let (mut world, publisher, viewer) = live(6);
    world.act(publisher, Deed::Doom(Leg::Delete));
    world.act(viewer, Deed::Cut(Outage::Media));
    // The viewer is given up by the server while it hears nothing; nobody can tell it.
    world.run(secs(12));
    assert_ne!(world.pages[viewer].phase(), Phase::Live);
    world.act(viewer, Deed::Mend);
    world.run(secs(20));
    assert_eq!(world.pages[viewer].phase(), Phase::Live);
    let lost = world.pages[viewer].told().into_iter().any(|event| {
        matches!(
            event,
            Event::Retrying {
                code: Code::ConnectionLost,
                ..
            }
        )
    });
    assert!(lost);
    assert_eq!(world.sessions(), 2);
}
