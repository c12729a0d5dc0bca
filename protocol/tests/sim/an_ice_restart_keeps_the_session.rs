use headwater_protocol::session::client::Role;

use crate::world::{Deed, Leg, Outage, PageId, Phase, World, live, ms, secs};

const ROLES: [Role; 2] = [Role::Publish, Role::Watch];

fn lived(role: Role) -> (World, PageId) {
    let (world, publisher, viewer) = live(11);
    (world, if role == Role::Publish { publisher } else { viewer })
}

#[test]
fn the_platforms_word_of_a_new_network_is_taken_before_anything_is_missed() {
    for role in ROLES {
        let (mut world, page) = lived(role);
        let told = world.pages[page].events.len();
        world.act(page, Deed::Cut(Outage::Flow));
        world.run(ms(100));
        world.act(page, Deed::NetworkChanged);
        world.run(secs(10));
        assert_eq!(
            world.pages[page].events.len(),
            told,
            "{:?}",
            world.pages[page].told()
        );
        assert_eq!((world.sessions(), world.sessions_made), (2, 2));
        assert_eq!(world.pages[page].patches, 1);
    }
}

#[test]
fn a_new_network_of_which_nothing_was_said_is_found_before_the_browser_misses_the_old() {
    for role in ROLES {
        let (mut world, page) = lived(role);
        let told = world.pages[page].events.len();
        world.act(page, Deed::Cut(Outage::Flow));
        world.run(secs(10));
        assert_eq!(
            world.pages[page].events.len(),
            told,
            "{:?}",
            world.pages[page].told()
        );
        assert_eq!((world.sessions(), world.sessions_made), (2, 2));
        assert_eq!(world.ends(), [], "nobody was gone for five seconds");
    }
}

#[test]
fn a_precaution_that_the_server_refuses_costs_nothing() {
    for role in ROLES {
        let (mut world, page) = lived(role);
        world.restarts = false;
        let told = world.pages[page].events.len();
        for _ in 0..5 {
            world.act(page, Deed::NetworkChanged);
            world.run(secs(1));
        }
        assert_eq!(world.pages[page].events.len(), told);
        assert_eq!((world.sessions(), world.sessions_made), (2, 2));
    }
}

#[test]
fn a_server_that_refuses_has_a_new_session_within_the_grace() {
    for role in ROLES {
        let (mut world, page) = lived(role);
        world.restarts = false;
        world.act(page, Deed::Cut(Outage::Flow));
        world.run(secs(10));
        assert_eq!(world.pages[page].phase(), Phase::Live);
        assert_eq!((world.sessions(), world.sessions_made), (2, 3));
        assert_eq!(world.ends(), [], "nobody was gone for five seconds");
    }
}

#[test]
fn a_restart_whose_answer_is_lost_ends_in_a_new_session() {
    for role in ROLES {
        let (mut world, page) = lived(role);
        world.act(page, Deed::Cut(Outage::Flow));
        world.act(page, Deed::Doom(Leg::Answer));
        world.run(secs(10));
        assert_eq!(world.pages[page].phase(), Phase::Live);
        assert_eq!(world.pages[page].posts, 2);
    }
}

#[test]
fn a_restart_that_leads_nowhere_is_given_up_for_a_new_session() {
    for role in ROLES {
        let (mut world, page) = lived(role);
        // HTTP works, UDP does not; long after that a new session gets through.
        world.act(page, Deed::Cut(Outage::Media));
        world.run(secs(4));
        assert_eq!(world.pages[page].patches, 1);
        world.run(secs(3));
        assert_eq!(world.pages[page].posts, 2, "{role:?}");
        world.act(page, Deed::Mend);
        world.run(secs(20));
        assert_eq!(world.pages[page].phase(), Phase::Live);
        assert_eq!(world.sessions(), 2);
    }
}

#[test]
fn a_network_that_flaps_makes_no_storm() {
    for role in ROLES {
        let (mut world, page) = lived(role);
        for _ in 0..100 {
            world.act(page, Deed::NetworkChanged);
            world.run(ms(10));
        }
        world.run(secs(10));
        assert_eq!(world.pages[page].phase(), Phase::Live);
        // One at a time, each a round trip and a check.
        assert!(world.pages[page].patches <= 20, "{}", world.pages[page].patches);
        assert_eq!(world.sessions_made, 2);
    }
}
