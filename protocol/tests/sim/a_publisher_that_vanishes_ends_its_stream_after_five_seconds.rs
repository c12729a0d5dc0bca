use headwater_protocol::session::client::Event;
use headwater_protocol::session::registry::{GRACE, Output};
use headwater_protocol::{Millis, stream};

use crate::world::{Deed, Leg, Outage, PageId, Phase, World, ms, secs};

/// A publisher and two viewers, live for ten seconds.
fn live(seed: u64) -> (World, stream::Id, PageId, [PageId; 2]) {
    let mut world = World::new(seed);
    let show = crate::world::stream(1, "show");
    let publisher = world.publisher(1, "show");
    let viewers = [world.viewer(&show), world.viewer(&show)];
    world.act(publisher, Deed::Open);
    world.run(secs(1));
    for viewer in viewers {
        world.act(viewer, Deed::Open);
    }
    world.run(secs(9));
    for page in [publisher, viewers[0], viewers[1]] {
        assert_eq!(world.pages[page].phase(), Phase::Live);
    }
    (world, show, publisher, viewers)
}

/// What a viewer was told since it went live.
fn disturbances(world: &World, viewer: PageId) -> Vec<(Millis, Event)> {
    let events = &world.pages[viewer].events;
    let live = events
        .iter()
        .position(|(_, event)| matches!(event, Event::Live { .. }));
    events[live.expect("it was live") + 1..].to_vec()
}

#[test]
fn viewers_are_told_the_end_five_seconds_after_the_last_packet() {
    let (mut world, show, publisher, viewers) = live(1);
    let vanished = world.now;
    world.act(publisher, Deed::Crash);
    world.run(secs(20));
    assert_eq!(world.ends(), [vanished + GRACE]);
    assert!(!world.has(&show));
    for viewer in viewers {
        let first = &disturbances(&world, viewer)[0];
        assert_eq!(first.0, vanished + GRACE + world.weather.latency, "{first:?}");
        assert_eq!(world.pages[viewer].phase(), Phase::Waiting);
    }
    assert_eq!(world.sessions(), 0);
}

#[test]
fn five_seconds_count_from_the_last_packet_whenever_it_came() {
    // Whatever the phase against the server's rounds: the end is exact, not the next round after it.
    for shift in [0, 1, 137, 250, 499, 500, 501, 999] {
        let (mut world, _, publisher, _) = live(2);
        world.run(ms(shift));
        let vanished = world.now;
        world.act(publisher, Deed::Crash);
        world.run(secs(20));
        assert_eq!(world.ends(), [vanished + GRACE]);
    }
}

#[test]
fn a_publisher_that_is_back_within_them_keeps_its_viewers() {
    let (mut world, show, publisher, viewers) = live(3);
    world.act(publisher, Deed::Crash);
    world.run(ms(4800));
    world.act(publisher, Deed::Open);
    world.run(secs(20));
    assert_eq!(world.pages[publisher].phase(), Phase::Live);
    assert_eq!(world.ends(), []);
    assert_eq!(world.viewers(&show), 2);
    for viewer in viewers {
        assert_eq!(disturbances(&world, viewer), []);
    }
    assert_eq!(world.sessions(), 3);
}

#[test]
fn a_publisher_that_is_late_starts_a_new_stream_and_its_viewers_find_it() {
    let (mut world, show, publisher, viewers) = live(4);
    world.act(publisher, Deed::Crash);
    world.run(ms(5001));
    assert!(!world.has(&show));
    world.act(publisher, Deed::Open);
    world.run(secs(3));
    assert_eq!(world.ends().len(), 1);
    for viewer in viewers {
        assert_eq!(world.pages[viewer].phase(), Phase::Live);
    }
    assert_eq!(world.sessions(), 3);
}

#[test]
fn a_short_silence_disturbs_nobody() {
    let (mut world, show, publisher, viewers) = live(5);
    let session = world.pages[publisher].session().map(ToOwned::to_owned);
    world.act(publisher, Deed::Cut(Outage::Everything));
    world.run(ms(3200));
    assert_eq!(
        world.decisions.last().map(|(_, output)| output),
        Some(&Output::Waiting(show.clone()))
    );
    world.act(publisher, Deed::Mend);
    world.run(secs(20));
    assert!(matches!(world.decisions.last(), Some((_, Output::Live { stream, .. })) if *stream == show));
    assert_eq!(
        world.pages[publisher].session().map(ToOwned::to_owned),
        session,
        "it healed"
    );
    assert_eq!(world.ends(), []);
    for viewer in viewers {
        assert_eq!(disturbances(&world, viewer), []);
    }
}

#[test]
fn stopping_ends_it_at_once() {
    let (mut world, show, publisher, viewers) = live(6);
    let left = world.now;
    world.act(publisher, Deed::Stop);
    world.run(ms(100));
    assert_eq!(world.ends(), [left + world.weather.latency]);
    assert!(!world.has(&show));
    for viewer in viewers {
        assert_ne!(world.pages[viewer].phase(), Phase::Live);
    }
}

#[test]
fn a_reloaded_page_keeps_its_viewers() {
    let (mut world, _, publisher, viewers) = live(7);
    // The browser closes the connection in order, but nobody said that the broadcast is over.
    world.act(publisher, Deed::Quit);
    world.run(secs(3));
    world.act(publisher, Deed::Open);
    world.run(secs(20));
    assert_eq!(world.ends(), []);
    for viewer in viewers {
        assert_eq!(disturbances(&world, viewer), []);
    }
}

#[test]
fn without_its_delete_a_stop_is_as_good_as_vanishing() {
    let (mut world, _, publisher, _) = live(8);
    world.act(publisher, Deed::Doom(Leg::Delete));
    let left = world.now;
    world.act(publisher, Deed::Stop);
    world.run(secs(20));
    assert_eq!(world.ends(), [left + GRACE]);
    assert_eq!(world.sessions(), 0);
}
