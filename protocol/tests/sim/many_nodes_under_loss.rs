use headwater_protocol::session::client::Role;
use headwater_protocol::session::registry::Limits;

use crate::world::{Deed, Outage, PageId, Phase, Weather, World, ms, secs, stream};

const PUBLISHERS: usize = 200;
const VIEWERS: usize = 2000;

/// What a minute of bad luck left behind.
struct Aftermath {
    world: World,
    publishers: Vec<PageId>,
    viewers: Vec<PageId>,
}

/// A minute in which 5 % of everything is lost, networks go and come, machines crash, users reload and leave, and the
/// server restarts once; then two quiet ones.
fn a_bad_minute(seed: u64) -> Aftermath {
    let mut world = World::with_limits(
        seed,
        Limits {
            streams: 256,
            viewers: 4096,
        },
    );
    world.weather = Weather {
        latency: ms(20),
        jitter: ms(60),
        loss: 0.05,
    };
    let names: Vec<_> = (0..PUBLISHERS).map(|n| format!("show-{n}")).collect();
    // Twenty owners with ten streams each.
    let owner = |n: usize| u8::try_from(1 + n % 20).expect("twenty fit");
    let publishers: Vec<_> = (0..PUBLISHERS)
        .map(|n| world.publisher(owner(n), &names[n]))
        .collect();
    let streams: Vec<_> = (0..PUBLISHERS).map(|n| stream(owner(n), &names[n])).collect();
    let viewers: Vec<_> = (0..VIEWERS)
        .map(|n| world.viewer(&streams[n % PUBLISHERS]))
        .collect();

    let mut fate = fastrand::Rng::with_seed(seed ^ 0xfa7e);
    for page in publishers.iter().chain(&viewers) {
        world.plan(ms(fate.u64(0..10_000)), *page, Deed::Open);
        for _ in 0..fate.u32(0..3) {
            let begins = fate.u64(5_000..55_000);
            let lasts = fate.u64(50..=(60_000 - begins).min(15_000));
            let outage = [Outage::Media, Outage::Flow, Outage::Everything][fate.usize(0..3)];
            world.plan(ms(begins), *page, Deed::Cut(outage));
            world.plan(ms(begins + lasts), *page, Deed::Mend);
            if fate.bool() {
                world.plan(ms(begins + lasts), *page, Deed::NetworkChanged);
            }
        }
        let moment = ms(fate.u64(10_000..60_000));
        match fate.u32(0..20) {
            0 => world.plan(moment, *page, Deed::Stop),
            1 => world.plan(moment, *page, Deed::Quit),
            2 => world.plan(moment, *page, Deed::Crash),
            3 | 4 => world.plan(moment, *page, Deed::Open),
            _ => {}
        }
    }
    world.restart_server(secs(30), secs(2));
    world.run(secs(60));

    world.weather.loss = 0.0;
    for page in 0..world.pages.len() {
        world.act(page, Deed::Mend);
        // Their users press the button again, once.
        if matches!(
            world.pages[page].phase(),
            Phase::Over(headwater_protocol::session::client::Event::Failed(..))
        ) {
            world.plan(secs(30), page, Deed::Open);
        }
    }
    world.run(secs(120));
    Aftermath {
        world,
        publishers,
        viewers,
    }
}

#[test]
fn everything_settles_after_a_minute_of_bad_luck() {
    let Aftermath {
        world,
        publishers,
        viewers,
    } = a_bad_minute(20_261_120);
    let live = |page: &&PageId| world.pages[**page].phase() == Phase::Live;
    for page in publishers.iter().chain(&viewers) {
        let page = &world.pages[*page];
        let expected = match page.phase() {
            // Its user, or its fate, wanted it so.
            phase @ (Phase::Gone | Phase::Over(_)) => phase,
            _ if page.role == Role::Publish || world.has(&page.stream) => Phase::Live,
            // It asks every second.
            phase @ Phase::Connecting => phase,
            _ => Phase::Waiting,
        };
        assert_eq!(
            page.phase(),
            expected,
            "{:?} {}: {:?}",
            page.role,
            page.stream,
            page.told()
        );
    }
    let on_air = publishers.iter().filter(live).count();
    let watching = viewers.iter().filter(live).count();
    assert_eq!(
        world.sessions(),
        on_air + watching,
        "what is alive has a session, and nothing else has"
    );
    // Bad luck, not the end of the world.
    assert!(on_air > PUBLISHERS * 3 / 4, "{on_air} publishers");
    assert!(watching > VIEWERS * 2 / 3, "{watching} viewers");
    assert!(world.sessions_made > 4_000, "{} sessions", world.sessions_made);
}

#[test]
fn one_seed_always_goes_the_same_way() {
    let fingerprint = |seed| a_bad_minute(seed).world.fingerprint();
    assert_eq!(fingerprint(7), fingerprint(7));
    assert_ne!(fingerprint(7), fingerprint(8));
}
