use headwater_protocol::Code;
use headwater_protocol::session::client::Event;

use crate::world::{Deed, Outage, Page, Phase, World, ms, secs, stream, token_with};

#[test]
fn viewers_who_come_early_are_told_to_wait_and_are_live_soon_after_the_publisher() {
    let mut world = World::new(1);
    let show = stream(1, "show");
    let viewers: Vec<_> = (0..3).map(|_| world.viewer(&show)).collect();
    for viewer in &viewers {
        world.act(*viewer, Deed::Open);
    }
    // Longer than any patience with what is broken: waiting is not an error.
    world.run(secs(180));
    for viewer in &viewers {
        assert_eq!(world.pages[*viewer].phase(), Phase::Waiting);
        let asked = world.pages[*viewer].posts;
        assert!((150..=180).contains(&asked), "asked {asked} times in 180 s");
    }
    assert_eq!(world.sessions(), 0);

    let publisher = world.publisher(1, "show");
    world.act(publisher, Deed::Open);
    world.run(secs(2));
    for viewer in &viewers {
        let told = world.pages[*viewer].told();
        assert_eq!(world.pages[*viewer].phase(), Phase::Live);
        assert!(
            told.iter()
                .all(|event| matches!(event, Event::Connecting | Event::Waiting | Event::Live { .. })),
            "{told:?}"
        );
    }
    assert_eq!(world.viewers(&show), 3);
    assert_eq!(world.sessions(), 4);
}

#[test]
fn viewers_wait_between_two_broadcasts_too() {
    let mut world = World::new(2);
    let show = stream(1, "show");
    let (publisher, viewer) = (world.publisher(1, "show"), world.viewer(&show));
    world.act(publisher, Deed::Open);
    world.run(secs(1));
    world.act(viewer, Deed::Open);
    world.run(secs(1));
    assert_eq!(world.pages[viewer].phase(), Phase::Live);

    world.act(publisher, Deed::Stop);
    world.run(secs(120));
    assert_eq!(world.pages[viewer].phase(), Phase::Waiting);
    assert_eq!(world.sessions(), 0);

    world.act(publisher, Deed::Open);
    world.run(secs(2));
    assert_eq!(world.pages[viewer].phase(), Phase::Live);
    assert_eq!(
        world.pages[viewer].told().last(),
        Some(&&Event::Live { resumed: true })
    );
}

#[test]
fn a_watch_token_is_asked_for_once_there_is_something_to_watch() {
    let mut world = World::new(3);
    let show = stream(1, "show");
    let publisher = world.add(Page::publisher(
        show.clone(),
        token_with(1, &show, 0..86_400_000, Some("sesame")),
    ));
    let guest = world.add(Page::viewer(show.clone(), Some("sesame")));
    let strangers = [None, Some("barley")].map(|token| world.add(Page::viewer(show.clone(), token)));
    for page in [guest, strangers[0], strangers[1]] {
        world.act(page, Deed::Open);
    }
    world.run(secs(5));
    world.act(publisher, Deed::Open);
    world.run(secs(2));
    assert_eq!(world.pages[guest].phase(), Phase::Live);
    for stranger in strangers {
        let remedy = Code::Unauthorized.remedy().to_owned();
        assert_eq!(
            world.pages[stranger].phase(),
            Phase::Over(Event::Failed(Code::Unauthorized, remedy))
        );
    }
}

#[test]
fn waiting_survives_a_short_outage_of_the_viewer() {
    let mut world = World::new(4);
    let viewer = world.viewer(&stream(1, "show"));
    world.act(viewer, Deed::Open);
    world.run(secs(30));
    world.act(viewer, Deed::Cut(Outage::Everything));
    world.run(secs(40));
    world.act(viewer, Deed::Mend);
    world.run(secs(20));
    assert_eq!(world.pages[viewer].phase(), Phase::Waiting);
    // The platform's word is taken instead of the rest of a wait.
    let publisher = world.publisher(1, "show");
    world.act(publisher, Deed::Open);
    world.run(ms(200));
    world.act(viewer, Deed::NetworkChanged);
    world.run(ms(300));
    assert_eq!(world.pages[viewer].phase(), Phase::Live);
}

#[test]
fn the_tenth_broadcast_is_joined_as_quickly_as_the_first() {
    let mut world = World::new(5);
    let (publisher, viewer) = (world.publisher(1, "show"), world.viewer(&stream(1, "show")));
    world.act(viewer, Deed::Open);
    for _ in 0..10 {
        world.act(publisher, Deed::Open);
        world.run(secs(3));
        assert_eq!(world.pages[viewer].phase(), Phase::Live);
        world.act(publisher, Deed::Stop);
        world.run(secs(3));
    }
    for event in world.pages[viewer].told() {
        if let Event::Retrying { after, attempt, .. } = event {
            assert!(
                (*after, *attempt) <= (ms(250), 1),
                "having been live, waits begin anew: {event:?}"
            );
        }
    }
}
