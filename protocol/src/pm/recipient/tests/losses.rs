//! What a payer that does not keep its word costs: the work of the grace, and not a wei more.

use proptest::prelude::*;

use super::*;

/// How often work is counted here.
const STEP: Duration = Duration::from_millis(100);

/// What so much time of work costs.
fn cost(time: Duration) -> U256 {
    U256::from(RATE * millis(time) / 1000 * PRICE)
}

fn grace() -> U256 {
    cost(config().grace)
}

fn tickets(count: u64) -> U256 {
    U256::from(count * TICKET)
}

/// A stream for so long, which is worked on while its gate is open; what the work cost. `each` is asked before each step.
fn run(world: &mut World, time: Duration, mut each: impl FnMut(&mut World, Duration)) -> U256 {
    let mut done = Duration::ZERO;
    let mut at = Duration::ZERO;
    while at < time {
        each(world, at);
        if world.open == Some(true) {
            world.work(STEP);
            done += STEP;
        }
        world.wait(STEP);
        at += STEP;
    }
    cost(done)
}

fn debt(world: &World) -> U256 {
    match world.balance() {
        Balance::Debt(wei) => wei,
        Balance::Credit(_) => U256::ZERO,
    }
}

/// Pays with the next nonce of the newest parameters.
struct Payer {
    key: SessionKey,
    used: BTreeMap<B256, u32>,
}

impl Payer {
    fn new(key: SessionKey) -> Self {
        let used = BTreeMap::new();
        Self { key, used }
    }

    fn pay(&mut self, world: &mut World, count: u32) {
        let params = world.params();
        let used = self.used.entry(params.recipient_rand_hash).or_default();
        let nonces = *used + 1..=*used + count;
        *used += count;
        world.send(Payment::sign(params, nonces, &self.key, &venue()));
    }
}

/// What TicketBroker has of a sender, for one recipient.
#[derive(Clone, Debug)]
struct Broker {
    deposit: U256,
    allotment: U256,
    redeemed: usize,
    paid: U256,
}

impl Broker {
    /// A sender that has emptied its deposit by a ticket to itself.
    fn drained(allotment: U256) -> Self {
        Self {
            deposit: U256::ZERO,
            allotment,
            redeemed: 0,
            paid: U256::ZERO,
        }
    }

    /// Redeems what has won since, in that order: each brings its face value or nothing.
    fn redeem(&mut self, winners: &[Winner]) {
        for winner in &winners[self.redeemed..] {
            let face_value = winner.ticket.faceValue;
            let of_deposit = face_value.min(self.deposit);
            if face_value - of_deposit <= self.allotment {
                self.deposit -= of_deposit;
                self.allotment -= face_value - of_deposit;
                self.paid += face_value;
            }
        }
        self.redeemed = winners.len();
    }

    fn says(&self) -> Input {
        let funds = Funds {
            allotment: self.allotment,
            ..FUNDS
        };
        Input::Funds(key().address(), funds)
    }
}

#[test]
fn a_payer_that_stops_costs_the_work_of_the_grace() {
    let mut world = World::new(config());
    world.pay(world.params(), [1]);
    let worked = run(&mut world, 60 * SECOND, |_, _| {});
    assert_eq!(world.open, Some(false));
    assert_eq!(debt(&world), grace());
    assert_eq!(worked, tickets(1) + grace());
}

#[test]
fn a_payer_that_is_always_late_costs_it_once() {
    let mut world = World::new(config());
    let mut payer = Payer::new(key());
    payer.pay(&mut world, 1);
    let mut late = 0;
    let worked = run(&mut world, 400 * SECOND, |world, at| {
        assert!(world.open == Some(true) || at > 300 * SECOND, "{at:?}");
        // The last moment before the gate is shut.
        if at < 300 * SECOND && debt(world) > grace() - cost(2 * STEP) {
            payer.pay(world, 2);
            late += 2;
        }
    });
    assert!(late > 100, "{late}");
    assert_eq!((world.open, debt(&world)), (Some(false), grace()));
    assert_eq!(worked, tickets(1 + late) + grace());
}

#[test]
fn a_payer_that_pays_half_gets_half_and_the_grace_once() {
    let mut world = World::new(config());
    let mut payer = Payer::new(key());
    let (mut paid, mut shut) = (0, 0);
    let worked = run(&mut world, 400 * SECOND, |world, at| {
        assert!(debt(world) <= grace(), "{at:?}");
        shut += u32::from(world.open == Some(false));
        if at.as_millis() % 4000 == 0 {
            payer.pay(world, 1);
            paid += 1;
        }
    });
    assert_eq!(world.recipient.tally().accepted, paid);
    assert!(shut > 1000, "work stops, and goes on when it is paid for: {shut}");
    assert!(worked <= tickets(paid) + grace());
}

#[test]
fn a_deposit_that_a_self_ticket_empties_costs_no_more() {
    // While nothing is redeemed, and while all is, so that only the reserve can pay, and the chain is slow to say so.
    for redeems in [false, true] {
        let mut world = World::new(always_winning());
        let mut payer = Payer::new(key());
        let mut broker = Broker::drained(tickets(10));
        world.input(broker.says());
        let worked = run(&mut world, 200 * SECOND, |world, at| {
            if at.as_millis() % 2000 == 0 {
                payer.pay(world, 1);
            }
            if redeems && at.as_millis() % 10_000 == 0 {
                broker.redeem(&world.winners());
                world.input(Input::Outstanding(BTreeMap::new()));
            }
            if at.as_millis() % 10_000 == 8_000 {
                world.input(broker.says());
            }
        });
        broker.redeem(&world.winners());
        assert_eq!(broker.paid, tickets(10), "redeems: {redeems}");
        assert_eq!(world.recipient.tally().accepted, 10, "redeems: {redeems}");
        assert!(world.codes().contains(&Code::ReserveTooSmall));
        assert_eq!(world.open, Some(false));
        assert!(worked <= broker.paid + grace(), "redeems: {redeems}");
    }
}

#[test]
fn a_signer_that_is_revoked_costs_no_more() {
    const VOID: u64 = 9;
    let mut world = World::new(always_winning());
    let mut payer = Payer::new(stranger());
    let says = |void_from_round| Input::Signer {
        sender: key().address(),
        signer: stranger().address(),
        leave: Some(Signer {
            valid_until_round: 100,
            void_from_round,
        }),
    };
    world.input(says(None));
    let worked = run(&mut world, 300 * SECOND, |world, at| {
        match at.as_millis() {
            // Revoked at 20 s, which the chain is asked about in its time.
            32_000 => world.input(says(Some(VOID))),
            60_000 => world.input(Input::Rounds(rounds(8))),
            120_000 => world.input(Input::Rounds(rounds(VOID))),
            _ => {}
        }
        if at.as_millis() % 2000 == 0 {
            payer.pay(world, 1);
        }
    });
    let winners = world.winners();
    let good = winners
        .iter()
        .filter(|w| w.ticket.creationRound < U256::from(VOID));
    let brings: U256 = good.map(|winner| winner.ticket.faceValue).sum();
    assert!(world.recipient.tally().accepted >= 60 && world.codes().contains(&Code::SignerRevoked));
    assert_eq!(world.open, Some(false));
    assert!(worked <= brings + grace(), "{worked} {brings}");
}

#[test]
fn a_sender_that_unlocks_costs_no_more() {
    /// 7 and the unlock period of 2.
    const WITHDRAWS: u64 = 9;
    let mut world = World::new(always_winning());
    let mut payer = Payer::new(key());
    let mut won_in = Vec::new();
    let mut round = 7;
    let worked = run(&mut world, 300 * SECOND, |world, at| {
        match at.as_millis() {
            32_000 => {
                let funds = Funds {
                    withdraw_round: Some(WITHDRAWS),
                    ..FUNDS
                };
                world.input(Input::Funds(key().address(), funds));
            }
            time @ (60_000 | 120_000) => {
                round = 7 + time as u64 / 60_000;
                world.input(Input::Rounds(rounds(round)));
            }
            _ => {}
        }
        if at.as_millis() % 2000 == 0 {
            payer.pay(world, 1);
            won_in.resize(world.recipient.tally().accepted as usize, round);
        }
    });
    // A round is left in which each is redeemed.
    assert_eq!(won_in, vec![7; 30]);
    assert!(world.codes().contains(&Code::SenderUnlocking));
    assert_eq!(world.open, Some(false));
    assert_eq!(
        world.winners().len(),
        60,
        "those of the round before are tried as well"
    );
    assert!(worked <= tickets(30) + grace());
}

#[derive(Clone, Debug)]
enum Act {
    Pay(u32),
    Work(u64),
    /// The redeemer has redeemed all that has won.
    Redeem,
    /// The chain says what is left.
    Hear,
    /// The payer empties its deposit.
    Drain,
    /// It leaves, and comes back.
    Leave,
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        4 => (1..9u32).prop_map(Act::Pay),
        1 => (9..65u32).prop_map(Act::Pay),
        8 => (1..60u64).prop_map(Act::Work),
        2 => Just(Act::Redeem),
        1 => Just(Act::Hear),
        1 => Just(Act::Drain),
        1 => Just(Act::Leave),
    ];
    prop::collection::vec(act, 1..60)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// In whatever order things happen: what the winners bring, whoever redeems them, is what the work cost, but for the
    /// grace.
    #[test]
    fn whatever_a_payer_does_costs_no_more_than_the_grace(deposit in 0..8u64, allotment in 2..20u64, acts in acts()) {
        let mut world = World::new(always_winning());
        let mut payer = Payer::new(key());
        let mut broker = Broker { deposit: tickets(deposit), ..Broker::drained(tickets(allotment)) };
        world.input(broker.says());
        let mut worked = U256::ZERO;
        for act in acts {
            match act {
                Act::Pay(count) => payer.pay(&mut world, count),
                Act::Work(steps) => worked += run(&mut world, STEP * steps as u32, |_, _| {}),
                Act::Redeem => {
                    broker.redeem(&world.winners());
                    world.input(Input::Outstanding(BTreeMap::new()));
                }
                Act::Hear => world.input(broker.says()),
                Act::Drain => broker.deposit = U256::ZERO,
                Act::Leave => {
                    world.input(Input::Close(SESSION));
                    world.open = None;
                    world.open();
                    // What is known of a sender goes with its last session, and is asked for.
                    world.input(broker.says());
                }
            }
            prop_assert!(debt(&world) <= grace());
        }
        broker.redeem(&world.winners());
        prop_assert!(worked <= broker.paid + grace() + cost(STEP), "{worked} {broker:?}");
    }
}
