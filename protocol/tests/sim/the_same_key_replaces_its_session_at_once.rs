use headwater_protocol::Code;
use headwater_protocol::session::client::Event;
use headwater_protocol::session::registry::Output;

use crate::world::{Deed, Leg, Outage, PageId, Phase, World, ms, secs, stream};

/// Two tabs of one key, the first live with a viewer.
fn two_tabs(seed: u64) -> (World, [PageId; 2], PageId) {
    let mut world = World::new(seed);
    let viewer = world.viewer(&stream(1, "show"));
    let tabs = [world.publisher(1, "show"), world.publisher(1, "show")];
    world.act(tabs[0], Deed::Open);
    world.run(secs(1));
    world.act(viewer, Deed::Open);
    world.run(secs(4));
    (world, tabs, viewer)
}

#[test]
fn the_newer_session_takes_over_and_the_older_learns_why() {
    let (mut world, [old, new], viewer) = two_tabs(1);
    let before = world.pages[viewer].events.len();
    let opened = world.now;
    world.act(new, Deed::Open);
    world.run(secs(60));
    assert_eq!(world.pages[new].phase(), Phase::Live);
    assert_eq!(
        world.pages[old].phase(),
        Phase::Over(Event::Ended(Code::Replaced))
    );
    let (told, _) = world.pages[old].events.last().expect("it was told");
    assert!(
        told.since(opened) <= ms(100),
        "replaced after {:?}",
        told.since(opened)
    );
    assert_eq!(
        world.pages[viewer].events.len(),
        before,
        "its viewer is not disturbed"
    );
    assert_eq!(world.ends(), []);
    assert_eq!(world.sessions(), 2);
}

#[test]
fn a_lost_reason_does_not_make_two_tabs_fight_for_ever() {
    let (mut world, tabs, viewer) = two_tabs(2);
    // The older hears the close but not the reason: it comes back, and then it is the newer that is told.
    world.act(tabs[0], Deed::Doom(Leg::Notice));
    world.act(tabs[1], Deed::Open);
    world.run(secs(60));
    assert_eq!(world.pages[tabs[0]].phase(), Phase::Live);
    assert_eq!(
        world.pages[tabs[1]].phase(),
        Phase::Over(Event::Ended(Code::Replaced))
    );
    assert_eq!(world.pages[viewer].phase(), Phase::Live);
    assert_eq!(world.sessions(), 2);
}

#[test]
fn a_replaced_sessions_delete_does_not_touch_its_successor() {
    let (mut world, [old, new], _) = two_tabs(3);
    // The older is cut off, replaced meanwhile, and stopped when its network is back.
    world.act(old, Deed::Cut(Outage::Media));
    world.run(secs(1));
    world.act(new, Deed::Open);
    world.run(secs(1));
    world.act(old, Deed::Stop);
    world.run(secs(60));
    assert_eq!(world.pages[new].phase(), Phase::Live);
    assert_eq!(world.ends(), []);
    assert_eq!(world.sessions(), 2);
}

#[test]
fn a_publisher_in_its_grace_is_replaced_too() {
    let (mut world, [old, new], viewer) = two_tabs(4);
    let before = world.pages[viewer].events.len();
    world.act(old, Deed::Crash);
    world.run(secs(4));
    assert!(matches!(world.decisions.last(), Some((_, Output::Waiting(_)))));
    world.act(new, Deed::Open);
    world.run(secs(60));
    assert!(
        world
            .decisions
            .iter()
            .any(|(_, output)| matches!(output, Output::Close(_, Code::Replaced)))
    );
    assert_eq!(world.pages[viewer].events.len(), before);
    assert_eq!(world.sessions(), 2);
}
