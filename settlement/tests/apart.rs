//! A node and its redeemer as two processes, which share nothing but the store.

mod world;

use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use alloy_primitives::U256;
use headwater_settlement::redeemer;
use headwater_settlement::store::State;
use world::{FACE, World, hasty};

/// How the other process knows that it is one: the store, the chain's node and the Controller.
const ORDERS: &str = "HEADWATER_TEST_REDEEMER";

/// Nothing here takes this long; a test that waits for what never comes fails instead of hanging.
const PATIENCE: Duration = Duration::from_secs(180);

/// Ends with its owner, by a signal that leaves it no time.
struct Other(Child);

impl Drop for Other {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Becomes the other process, if it is meant to be one.
#[test]
fn the_other_process() {
    let Ok(orders) = std::env::var(ORDERS) else { return };
    let [url, controller, store] = *orders.splitn(3, ' ').collect::<Vec<_>>() else {
        panic!("{orders}")
    };
    let config = redeemer::Config {
        chain: world::config(&[url], controller.parse().expect("an address")),
        store: store.into(),
        key: world::hot(),
        policy: hasty(),
        poll: Duration::from_millis(20),
    };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    match runtime.block_on(redeemer::run(config)) {
        Ok(never) => match never {},
        Err(error) => panic!("{error}"),
    }
}

fn other(world: &World) -> Other {
    let orders = format!(
        "{} {} {}",
        world.network.chain.url(),
        world.network.controller,
        world.file("store").display()
    );
    let child = Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "the_other_process", "--nocapture"])
        .env(ORDERS, orders)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("a process");
    Other(child)
}

/// Blocks come until so many are redeemed.
fn redeemed(world: &World, other: &mut Other, count: usize) {
    let since = Instant::now();
    while world.count(State::Redeemed) < count {
        if other.0.try_wait().expect("a state").is_some() {
            let mut said = String::new();
            let errors = other.0.stderr.as_mut().expect("a pipe");
            errors.read_to_string(&mut said).expect("text");
            panic!("the redeemer ended: {said}");
        }
        assert!(
            since.elapsed() < PATIENCE,
            "{} redeemed",
            world.count(State::Redeemed)
        );
        world.mine();
        // The other process has a clock of its own.
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn what_one_process_wins_another_redeems_while_the_first_goes_on() {
    let world = World::new();
    let mut redeemer = other(&world);
    world.win_many(3);
    redeemed(&world, &mut redeemer, 3);
    // It is killed and replaced, and the node never stops writing.
    drop(redeemer);
    world.win_many(2);
    let mut redeemer = other(&world);
    world.win_many(2);
    redeemed(&world, &mut redeemer, 7);
    assert_eq!(world.earned(), FACE * U256::from(7));
    assert_eq!(world.booked(), world.earned());
    assert_eq!(world.store.totals().expect("sums").redeemed.count, 7);
}
