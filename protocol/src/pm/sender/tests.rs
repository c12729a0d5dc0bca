use std::collections::BTreeSet;

use alloy_primitives::B256;
use proptest::prelude::*;

use super::*;
use crate::pm::{Odds, Secret};

const RECIPIENT: Address = Address([1; 20]);
const SECOND: Duration = Duration::from_secs(1);
/// What 480p, 360p and 240p have at 25 frames a second, about.
const RATE: u64 = 20_000_000;
const PRICE: u64 = 1_000;

fn key() -> SessionKey {
    SessionKey::from_bytes(&[7; 32]).unwrap()
}

fn venue() -> Venue {
    Venue {
        chain_id: 31_337,
        broker: Address([9; 20]),
    }
}

fn wei(wei: u64) -> U256 {
    U256::from(wei)
}

fn config() -> Config {
    Config {
        recipient: RECIPIENT,
        sender: key().address(),
        max_value: wei(100_000_000_000),
        max_ahead: wei(200_000_000_000),
        winners: 3,
        max_price: Price::new(2 * PRICE, 1).unwrap(),
        ahead: 4 * SECOND,
    }
}

const FUNDS: Funds = Funds {
    deposit: U256::from_limbs([10_000_000_000_000, 0, 0, 0]),
    reserve: U256::from_limbs([1, 0, 0, 0]),
    withdraw_round: None,
    round: 7,
};

/// One ticket is worth two seconds of work, and one in ten wins.
fn params(seed: u8) -> Params {
    let params = Params {
        recipient: RECIPIENT,
        sender: key().address(),
        face_value: wei(10 * 2 * RATE * PRICE),
        win_prob: U256::MAX / wei(10) + wei(1),
        price: Price::new(PRICE, 1).unwrap(),
        creation_round: 7,
        creation_round_hash: B256::repeat_byte(8),
        expires: 1_700_000_000_000,
        seed: B256::repeat_byte(seed),
        recipient_rand_hash: B256::ZERO,
    };
    params.sealed(&Secret::new([6; 32], [0; 16]), &venue())
}

fn given(params: Params) -> Input {
    Input::Params(Box::new(params), 60 * SECOND)
}

fn drain(sender: &mut Sender) -> Vec<Output> {
    std::iter::from_fn(|| match sender.poll_output() {
        Output::Wait(_) => None,
        output => Some(output),
    })
    .collect()
}

fn tickets(outputs: &[Output]) -> usize {
    let count = |output: &Output| match output {
        Output::Pay(payment) => payment.tickets.len(),
        _ => 0,
    };
    outputs.iter().map(count).sum()
}

/// Funded, with parameters, and about to want work.
fn ready(config: Config, params: Params, funds: Funds) -> Sender {
    let mut sender = Sender::new(config, key(), venue());
    sender.handle_input(Millis(0), Input::Funds(funds));
    sender.handle_input(Millis(0), given(params));
    assert_eq!(drain(&mut sender), []);
    sender
}

#[test]
fn pays_one_ticket_for_each_interval_and_stays_ahead() {
    let mut sender = ready(config(), params(1), FUNDS);
    sender.handle_input(Millis(0), Input::Rate(RATE));
    assert_eq!(tickets(&drain(&mut sender)), 2, "four seconds ahead");
    let mut sent = 0;
    for second in (2..=50).step_by(2) {
        let now = Millis(second * 1000);
        assert_eq!(sender.poll_output(), Output::Wait(Some(now)));
        sender.handle_input(now, Input::Work(2 * RATE));
        sent += tickets(&drain(&mut sender));
        assert!(matches!(sender.balance(), Balance::Credit(ahead) if ahead >= wei(4 * RATE * PRICE)));
    }
    assert_eq!(sent, 25);
}

#[test]
fn asks_for_parameters_and_again_if_none_come() {
    let mut sender = Sender::new(config(), key(), venue());
    sender.handle_input(Millis(0), Input::Funds(FUNDS));
    sender.handle_input(Millis(0), Input::Rate(RATE));
    assert_eq!(drain(&mut sender), [Output::Ask]);
    sender.handle_input(Millis(500), Input::Work(RATE / 2));
    assert_eq!(drain(&mut sender), []);
    sender.handle_timeout(Millis(2500));
    assert_eq!(drain(&mut sender), [Output::Ask]);
    sender.handle_input(Millis(2600), given(params(1)));
    assert!(tickets(&drain(&mut sender)) > 0);
}

#[test]
fn asks_for_others_before_these_expire_or_run_out_of_nonces() {
    let mut sender = ready(config(), params(1), FUNDS);
    sender.handle_input(Millis(55_000), Input::Rate(RATE));
    assert_eq!(drain(&mut sender), [Output::Ask]);

    // Each ticket is worth so little that four seconds take more than there are nonces.
    let mut small = params(1);
    small.face_value = wei(10 * RATE * PRICE / 1000);
    let mut sender = ready(config(), small, FUNDS);
    sender.handle_input(Millis(0), Input::Rate(RATE));
    let outputs = drain(&mut sender);
    assert_eq!(tickets(&outputs), MAX_NONCE as usize);
    assert_eq!(outputs.last(), Some(&Output::Ask));
}

#[test]
fn withholds_what_was_not_agreed_to_and_says_so_once() {
    let changed = |change: fn(&mut Params, &mut Funds, &mut Config)| {
        let (mut params, mut funds, mut config) = (params(1), FUNDS, config());
        change(&mut params, &mut funds, &mut config);
        let mut sender = ready(config, params, funds);
        sender.handle_input(Millis(0), Input::Rate(RATE));
        let outputs = drain(&mut sender);
        sender.handle_timeout(Millis(2000));
        assert_eq!(drain(&mut sender), [], "said once");
        match outputs[..] {
            [Output::Withhold(withheld)] => withheld,
            _ => panic!("{outputs:?}"),
        }
    };
    let face = 10 * 2 * RATE * PRICE;
    let foreign = |recipient, sender| Withheld::Foreign { recipient, sender };
    let (us, other) = (key().address(), Address([3; 20]));
    assert_eq!(
        changed(|p, _, _| p.recipient = Address([3; 20])),
        foreign(other, us)
    );
    assert_eq!(
        changed(|p, _, _| p.sender = Address([3; 20])),
        foreign(RECIPIENT, other)
    );
    let price = |n| Price::new(n, 1).unwrap();
    assert_eq!(
        changed(|p, _, _| p.price = Price::new(2001, 1).unwrap()),
        Withheld::Price {
            price: price(2001),
            limit: price(2000)
        }
    );
    assert_eq!(changed(|p, _, _| p.win_prob = U256::ZERO), Withheld::Worthless);
    assert_eq!(
        changed(|_, _, c| c.max_value = wei(39_999_999_999)),
        Withheld::Value {
            value: wei(40_000_000_001),
            limit: wei(39_999_999_999)
        }
    );
    assert_eq!(
        changed(|_, _, c| c.max_ahead = wei(80_000_000_000)),
        Withheld::Ahead {
            limit: wei(80_000_000_000)
        },
    );
    assert_eq!(
        changed(|_, f, _| f.deposit = U256::from(3 * 10 * 2 * RATE * PRICE - 1)),
        Withheld::Deposit {
            face_value: wei(face),
            winners: 3,
            deposit: wei(3 * face - 1)
        }
    );
    assert_eq!(changed(|_, f, _| f.reserve = U256::ZERO), Withheld::Reserve);
    assert_eq!(
        changed(|_, f, _| f.withdraw_round = Some(8)),
        Withheld::Unlocking {
            withdraw_round: 8,
            round: 7
        }
    );
}

#[test]
fn pays_again_when_the_reason_is_gone() {
    let mut sender = ready(
        config(),
        params(1),
        Funds {
            reserve: U256::ZERO,
            ..FUNDS
        },
    );
    sender.handle_input(Millis(0), Input::Rate(RATE));
    assert_eq!(drain(&mut sender), [Output::Withhold(Withheld::Reserve)]);
    sender.handle_input(Millis(100), Input::Funds(FUNDS));
    assert_eq!(tickets(&drain(&mut sender)), 2);
}

/// As when a recipient's disk fails that many payments wait for.
#[test]
fn a_refusal_counts_however_many_parameters_have_come_since() {
    let mut sender = ready(config(), params(1), FUNDS);
    sender.handle_input(Millis(0), Input::Rate(RATE));
    assert_eq!(tickets(&drain(&mut sender)), 2);
    for seed in 2..=60 {
        sender.handle_input(Millis(0), given(params(seed)));
        sender.handle_input(Millis(0), Input::Work(2 * RATE));
        assert_eq!(tickets(&drain(&mut sender)), 1);
    }
    let refused = Input::Answer {
        recipient_rand_hash: params(1).recipient_rand_hash,
        refused: 2,
    };
    sender.handle_input(Millis(0), refused);
    assert_eq!(tickets(&drain(&mut sender)), 2, "paid again");
}

#[test]
fn free_work_takes_no_tickets() {
    let mut free = params(1);
    free.price = Price::new(0, 1).unwrap();
    let mut sender = ready(config(), free, FUNDS);
    sender.handle_input(Millis(0), Input::Rate(RATE));
    sender.handle_input(Millis(2000), Input::Work(2 * RATE));
    assert_eq!(drain(&mut sender), []);
}

#[derive(Clone, Debug)]
enum Step {
    Params {
        seed: u8,
        face: u64,
        chance: u128,
        price: u64,
        good_for: u64,
    },
    Funds {
        deposit: u64,
        reserve: u64,
    },
    Rate(u64),
    Work(u64),
    Wait(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        (
            any::<u8>(),
            0..800_000_000_000u64,
            any::<u128>(),
            0..3000u64,
            0..90u64
        )
            .prop_map(|(seed, face, chance, price, good_for)| Step::Params {
                seed,
                face,
                chance,
                price,
                good_for
            }),
        (any::<u64>(), any::<u64>()).prop_map(|(deposit, reserve)| Step::Funds { deposit, reserve }),
        (0..4 * RATE).prop_map(Step::Rate),
        (0..2 * RATE).prop_map(Step::Work),
        (0..9000u64).prop_map(Step::Wait),
    ];
    prop::collection::vec(step, 0..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever an orchestrator asks for and the chain says.
    #[test]
    fn never_pays_further_ahead_than_agreed_nor_signs_a_nonce_twice(steps in steps()) {
        let mut sender = Sender::new(config(), key(), venue());
        let mut now = Millis(0);
        let mut used = BTreeSet::new();
        let mut expires = Millis(0);
        for step in steps {
            match step {
                Step::Params { seed, face, chance, price, good_for } => {
                    let mut params = params(seed);
                    params.face_value = wei(face);
                    params.win_prob = U256::from(chance) << 126;
                    params.price = Price::new(price, 1).unwrap();
                    // Each is given out once.
                    params.recipient_rand_hash = B256::from(U256::from(now.0) << 8 | U256::from(seed));
                    expires = now + Duration::from_secs(good_for);
                    used.clear();
                    sender.handle_input(now, Input::Params(Box::new(params), Duration::from_secs(good_for)));
                }
                Step::Funds { deposit, reserve } => {
                    let funds = Funds { deposit: wei(deposit), reserve: wei(reserve), ..FUNDS };
                    sender.handle_input(now, Input::Funds(funds));
                }
                Step::Rate(rate) => sender.handle_input(now, Input::Rate(rate)),
                Step::Work(pixels) => sender.handle_input(now, Input::Work(pixels)),
                Step::Wait(ms) => {
                    now = Millis(now.0 + ms);
                    sender.handle_timeout(now);
                }
            }
            for output in drain(&mut sender) {
                if let Output::Pay(payment) = output {
                    prop_assert!(now < expires, "used after they expired");
                    prop_assert!(payment.tickets.len() <= MAX_TICKETS);
                    let odds: Odds = payment.params.odds().unwrap();
                    prop_assert!(odds.expected_value() <= U512::from(config().max_value) << 256);
                    for ticket in &payment.tickets {
                        prop_assert!((1..=MAX_NONCE).contains(&ticket.nonce) && used.insert(ticket.nonce));
                    }
                    if let Balance::Credit(ahead) = sender.balance() {
                        prop_assert!(ahead <= config().max_ahead);
                    }
                }
            }
        }
    }
}
