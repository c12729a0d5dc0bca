use headwater_protocol::Code;
use headwater_protocol::session::client::Event;
use headwater_protocol::session::registry::{GRACE, Output};

use crate::world::{Deed, Leg, Outage, Phase, World, ms, secs, stream};

#[test]
fn a_publishers_is_replaced_by_its_next_try() {
    let mut world = World::new(1);
    let publisher = world.publisher(1, "show");
    let viewer = world.viewer(&stream(1, "show"));
    world.act(publisher, Deed::Open);
    world.run(secs(1));
    world.act(viewer, Deed::Open);
    world.run(secs(1));
    // Its connection dies, and the answers to its restart and to its return are lost.
    world.act(publisher, Deed::Cut(Outage::Flow));
    world.act(publisher, Deed::Doom(Leg::Answer));
    world.act(publisher, Deed::Doom(Leg::Answer));
    world.run(secs(30));
    assert_eq!(world.pages[publisher].phase(), Phase::Live);
    assert_eq!(world.pages[viewer].phase(), Phase::Live);
    assert_eq!(
        world.sessions_made, 6,
        "two, a lost one and a viewer of it, its successor, and the viewer's next"
    );
    assert_eq!(world.sessions(), 2);
}

#[test]
fn a_publisher_that_gives_up_leaves_its_name_free() {
    let mut world = World::new(2);
    let show = stream(1, "show");
    let publisher = world.publisher(1, "show");
    world.act(publisher, Deed::Doom(Leg::Answer));
    world.act(publisher, Deed::Open);
    world.run(ms(100));
    let made = world.decisions[0].0;
    assert_eq!(world.sessions(), 1);
    world.run(secs(30));
    assert_eq!(
        world.ends(),
        [made + GRACE],
        "what never spoke is silent from its making"
    );
    assert!(!world.has(&show));
    assert_eq!(world.sessions(), 0);
}

#[test]
fn a_viewers_is_dropped_when_it_does_not_come_up() {
    let mut world = World::new(3);
    let publisher = world.publisher(1, "show");
    let viewer = world.viewer(&stream(1, "show"));
    world.act(viewer, Deed::Open);
    world.run(ms(100));
    world.act(publisher, Deed::Open);
    world.run(ms(800));
    assert_eq!(world.pages[viewer].phase(), Phase::Waiting);
    world.act(viewer, Deed::Doom(Leg::Answer));
    world.run(secs(15));
    // It asked again, and is live beside its own ghost, for as long as sessions may take to come up.
    assert_eq!(world.pages[viewer].phase(), Phase::Live);
    assert_eq!(world.sessions(), 3);
    world.run(secs(30));
    assert_eq!(world.pages[viewer].phase(), Phase::Live);
    assert_eq!(world.sessions(), 2);
}

#[test]
fn an_answer_that_comes_after_the_user_stopped_is_deleted() {
    for publishes in [true, false] {
        let mut world = World::new(4);
        let show = stream(1, "show");
        let other = world.publisher(1, "show");
        let page = if publishes {
            world.publisher(2, "own")
        } else {
            world.viewer(&show)
        };
        world.act(other, Deed::Open);
        world.run(secs(1));
        world.act(page, Deed::Open);
        // The POST is on its way, or its answer is.
        world.run(ms(30));
        world.act(page, Deed::Stop);
        assert_eq!(world.pages[page].phase(), Phase::Over(Event::Ended(Code::Closed)));
        world.run(ms(100));
        assert_eq!(world.sessions_made, 2);
        assert_eq!(world.sessions(), 1);
    }
}

#[test]
fn a_viewer_whose_goodbye_is_lost_is_missed_after_a_while() {
    let mut world = World::new(5);
    let publisher = world.publisher(1, "show");
    let viewer = world.viewer(&stream(1, "show"));
    world.act(publisher, Deed::Open);
    world.run(secs(1));
    world.act(viewer, Deed::Open);
    world.run(secs(1));
    world.act(viewer, Deed::Doom(Leg::Delete));
    world.act(viewer, Deed::Doom(Leg::Goodbye));
    world.act(viewer, Deed::Stop);
    world.run(secs(5));
    assert_eq!(world.sessions(), 2);
    world.run(secs(5));
    assert_eq!(world.sessions(), 1);
    assert!(
        !world
            .decisions
            .iter()
            .any(|(_, output)| matches!(output, Output::Ended(_)))
    );
}
