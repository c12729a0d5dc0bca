use std::time::Duration;

use headwater_protocol::Code;
use headwater_protocol::session::client::Event;
use headwater_protocol::session::registry::Limits;

use crate::world::{Deed, Outage, Page, PageId, Phase, World, secs, stream, token_with};

/// The code with which a page failed, and how long after `opened`.
fn failure(world: &World, page: PageId) -> Option<(Code, Duration)> {
    let (first, last) = (
        world.pages[page].events.first()?,
        world.pages[page].events.last()?,
    );
    match &last.1 {
        Event::Failed(code, _) => Some((*code, last.0.since(first.0))),
        _ => None,
    }
}

/// A publisher and a viewer of another's stream, which is live.
fn both(world: &mut World) -> [PageId; 2] {
    let other = world.publisher(9, "other");
    world.act(other, Deed::Open);
    world.run(secs(1));
    [world.publisher(1, "show"), world.viewer(&stream(9, "other"))]
}

#[test]
fn a_server_that_is_not_there_is_named_within_seconds() {
    let mut world = World::new(1);
    let pages = both(&mut world);
    world.stop_server();
    for page in pages {
        world.act(page, Deed::Open);
        world.run(secs(60));
        let (code, after) = failure(&world, page).expect("it gives up");
        assert_eq!(code, Code::ServerUnreachable);
        assert!((secs(10)..secs(20)).contains(&after), "{after:?}");
        assert!(
            world.pages[page].posts > 3,
            "tried {} times",
            world.pages[page].posts
        );
    }
}

#[test]
fn a_firewall_is_told_from_a_missing_server() {
    let mut world = World::new(2);
    for page in both(&mut world) {
        world.act(page, Deed::Cut(Outage::Media));
        world.act(page, Deed::Open);
        world.run(secs(60));
        let (code, after) = failure(&world, page).expect("it gives up");
        assert_eq!(code, Code::WebrtcBlocked);
        assert!((secs(10)..secs(20)).contains(&after), "{after:?}");
    }
    assert_eq!(world.sessions(), 1, "what came to nothing is deleted");
}

#[test]
fn what_was_live_is_fought_for_a_minute() {
    let mut world = World::new(3);
    let pages = both(&mut world);
    for page in pages {
        world.act(page, Deed::Open);
    }
    world.run(secs(5));
    let gone = world.now;
    world.stop_server();
    world.run(secs(58));
    for page in pages {
        assert!(
            !matches!(world.pages[page].phase(), Phase::Over(_)),
            "{:?}",
            world.pages[page].told()
        );
    }
    world.run(secs(30));
    for page in pages {
        let (at, event) = world.pages[page].events.last().expect("it was live");
        assert!(
            matches!(event, Event::Failed(Code::ServerUnreachable, _)),
            "{event:?}"
        );
        assert!(
            (secs(60)..secs(80)).contains(&at.since(gone)),
            "{:?}",
            at.since(gone)
        );
    }
}

#[test]
fn a_refusal_is_final_and_names_its_remedy() {
    let mut world = World::new(4);
    let show = stream(1, "show");
    world.run(secs(600));
    let other = world.publisher(9, "other");
    world.act(other, Deed::Open);
    world.run(secs(1));
    let mut unknown = Page::viewer(stream(9, "other"), None);
    unknown.rendition = "4320p";
    for (page, code) in [
        (
            Page::publisher(show.clone(), "garbage".to_owned()),
            Code::Unauthorized,
        ),
        (
            Page::publisher(show.clone(), token_with(1, &show, 0..1000, None)),
            Code::Unauthorized,
        ),
        (
            Page::publisher(
                show.clone(),
                token_with(1, &stream(1, "other"), 0..86_400_000, None),
            ),
            Code::Unauthorized,
        ),
        (unknown, Code::UnknownRendition),
    ] {
        let page = world.add(page);
        world.act(page, Deed::Open);
        world.run(secs(60));
        let failed = Event::Failed(code, code.remedy().to_owned());
        assert_eq!(world.pages[page].phase(), Phase::Over(failed));
        assert_eq!(world.pages[page].posts, 1);
    }
    assert_eq!(world.sessions(), 1);
}

#[test]
fn a_full_server_is_asked_again_when_it_said_so() {
    let mut world = World::with_limits(
        5,
        Limits {
            streams: 1,
            viewers: 1,
        },
    );
    let [publisher, viewer] = both(&mut world);
    let first = world.viewer(&stream(9, "other"));
    world.act(first, Deed::Open);
    world.run(secs(1));
    for page in [publisher, viewer] {
        world.act(page, Deed::Open);
    }
    world.run(secs(5));
    for page in [publisher, viewer] {
        let told = world.pages[page].told();
        assert!(
            matches!(told.last(), Some(Event::Retrying { code: Code::Busy, after, .. }) if *after == secs(10)),
            "{told:?}"
        );
    }
    // There is room before they ask again.
    world.act(first, Deed::Stop);
    world.run(secs(10));
    assert_eq!(world.pages[viewer].phase(), Phase::Live);
    assert_eq!(failure(&world, publisher).map(|(code, _)| code), Some(Code::Busy));
    assert_eq!(world.sessions(), 2);
}
