use headwater_protocol::Code;
use headwater_protocol::session::client::Event;

use crate::world::{Deed, Page, PageId, Phase, World, secs, stream, token};

/// A publisher that is live, its viewer, and a thief with another key.
fn theft(seed: u64) -> (World, PageId, PageId, PageId) {
    let mut world = World::new(seed);
    let show = stream(1, "show");
    let owner = world.publisher(1, "show");
    let viewer = world.viewer(&show);
    let thief = world.add(Page::publisher(show.clone(), token(2, &show)));
    world.act(owner, Deed::Open);
    world.run(secs(1));
    world.act(viewer, Deed::Open);
    world.run(secs(1));
    (world, owner, viewer, thief)
}

fn refused(code: Code) -> Phase {
    Phase::Over(Event::Failed(code, code.remedy().to_owned()))
}

#[test]
fn a_live_name_is_taken_and_its_owner_notices_nothing() {
    let (mut world, owner, viewer, thief) = theft(1);
    let before = [owner, viewer].map(|page| world.pages[page].events.len());
    world.act(thief, Deed::Open);
    world.run(secs(60));
    assert_eq!(world.pages[thief].phase(), refused(Code::NameTaken));
    assert_eq!(world.pages[thief].posts, 1, "a refusal is not asked for twice");
    assert_eq!([owner, viewer].map(|page| world.pages[page].events.len()), before);
    assert_eq!(world.sessions(), 2);
}

#[test]
fn the_name_stays_taken_while_its_owner_is_missed() {
    let (mut world, owner, viewer, thief) = theft(2);
    world.act(owner, Deed::Crash);
    world.run(secs(4));
    world.act(thief, Deed::Open);
    world.run(secs(0) + world.weather.latency * 3);
    assert_eq!(world.pages[thief].phase(), refused(Code::NameTaken));
    assert_eq!(world.pages[viewer].phase(), Phase::Live);
}

#[test]
fn a_name_that_is_free_again_is_still_its_addresss_own() {
    let (mut world, owner, _, thief) = theft(3);
    world.act(owner, Deed::Stop);
    world.run(secs(1));
    world.act(thief, Deed::Open);
    world.run(secs(1));
    assert_eq!(world.pages[thief].phase(), refused(Code::Unauthorized));
    assert_eq!(world.sessions(), 0);
}

#[test]
fn the_same_name_under_another_address_is_another_stream() {
    let (mut world, owner, viewer, _) = theft(4);
    let namesake = world.publisher(2, "show");
    world.act(namesake, Deed::Open);
    world.run(secs(5));
    for page in [owner, viewer, namesake] {
        assert_eq!(world.pages[page].phase(), Phase::Live);
    }
    assert_eq!(world.viewers(&stream(1, "show")), 1);
    assert_eq!(world.viewers(&stream(2, "show")), 0);
}
