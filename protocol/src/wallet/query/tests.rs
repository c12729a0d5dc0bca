//! Answers are read as the contracts write them.

use alloy_primitives::{Address, U256};
use alloy_sol_types::{SolCall, SolInterface, SolValue};
use serde_json::{Value, json};

use super::super::tests::network;
use super::*;
use crate::chain::bonding_manager::BondingManager::BondingManagerCalls;
use crate::chain::headwater_token::HeadwaterToken::HeadwaterTokenCalls;
use crate::chain::rounds_manager::RoundsManager::RoundsManagerCalls;
use crate::chain::service_registry::ServiceRegistry::ServiceRegistryCalls;
use crate::chain::ticket_broker::TicketBroker::TicketBrokerCalls;
use crate::chain::{BondingManager, ServiceRegistry, TicketBroker};

const ALICE: &str = "0xa11ce000000000000000000000000000000a11ce";

fn query(json: Value) -> Query {
    serde_json::from_value(json).unwrap()
}

/// A word each, beginning with `first`.
fn words(first: u64, count: u64) -> Vec<u8> {
    (first..first + count)
        .flat_map(|n| U256::from(n).abi_encode())
        .collect()
}

fn answer(query: &Query, answers: &[Vec<u8>]) -> Value {
    query.answer(&network(), answers).unwrap()
}

#[test]
fn a_sender_is_read() {
    let recipients = vec![Address::repeat_byte(1), Address::repeat_byte(2)];
    let sender = TicketBroker::getSenderInfoCall::abi_encode_returns(&TicketBroker::getSenderInfoReturn {
        _0: crate::chain::ticket_broker::ITicketBroker::Sender {
            deposit: U256::MAX,
            withdrawRound: U256::from(12),
        },
        _1: crate::chain::ticket_broker::ITicketBroker::ReserveInfo {
            fundsRemaining: U256::from(13),
            claimedInCurrentRound: U256::from(14),
        },
    });
    let named = TicketBroker::getReserveRecipientsCall::abi_encode_returns(&recipients);
    assert_eq!(
        answer(
            &query(json!({ "ask": "sender", "address": ALICE })),
            &[sender, true.abi_encode(), named]
        ),
        json!({ "deposit": U256::MAX.to_string(), "withdrawRound": "12", "reserve": "13", "reserveClaimed": "14",
            "unlocking": true, "reserveRecipients": recipients.iter().map(ToString::to_string).collect::<Vec<_>>() })
    );
}

#[test]
fn a_delegator_is_read() {
    let delegator =
        BondingManager::getDelegatorCall::abi_encode_returns(&BondingManager::getDelegatorReturn {
            bondedAmount: U256::from(1),
            fees: U256::from(2),
            delegateAddress: Address::repeat_byte(3),
            delegatedAmount: U256::from(4),
            startRound: U256::from(5),
            lastClaimRound: U256::from(6),
            nextUnbondingLockId: U256::from(7),
        });
    let answers = [
        delegator,
        words(1, 1),
        words(8, 1),
        words(9, 1),
        false.abi_encode(),
    ];
    assert_eq!(
        answer(&query(json!({ "ask": "delegator", "address": ALICE })), &answers),
        json!({ "bonded": "1", "fees": "2", "delegate": Address::repeat_byte(3).to_string(), "delegated": "4",
            "startRound": "5", "lastClaimRound": "6", "nextLock": "7", "status": "1", "pendingStake": "8",
            "pendingFees": "9", "registered": false })
    );
}

#[test]
fn an_orchestrator_is_read() {
    let rates = BondingManager::getTranscoderCall::abi_encode_returns(&BondingManager::getTranscoderReturn {
        lastRewardRound: U256::from(1),
        rewardCut: U256::from(2),
        feeShare: U256::from(3),
        lastActiveStakeUpdateRound: U256::from(4),
        activationRound: U256::from(5),
        deactivationRound: U256::MAX,
        activeCumulativeRewards: U256::from(7),
        cumulativeRewards: U256::from(8),
        cumulativeFees: U256::from(9),
        lastFeeRound: U256::from(10),
    });
    let uri = ServiceRegistry::getServiceURICall::abi_encode_returns(&"https://node.example".to_owned());
    let next = Address::repeat_byte(9);
    let answers = [rates, words(11, 1), true.abi_encode(), next.abi_encode(), uri];
    assert_eq!(
        answer(
            &query(json!({ "ask": "orchestrator", "address": ALICE })),
            &answers
        ),
        json!({ "address": ALICE.parse::<Address>().unwrap().to_string(), "lastRewardRound": "1", "rewardCut": "2",
            "feeShare": "3", "activationRound": "5", "deactivationRound": U256::MAX.to_string(), "stake": "11",
            "active": true, "next": next.to_string(), "uri": "https://node.example" })
    );
}

#[test]
fn a_signer_is_read() {
    let state = crate::chain::ticket_broker::ITicketBroker::SignerInfo {
        approved: true,
        depositLeft: U256::from(2),
        validUntilRound: U256::from(3),
        voidFromRound: U256::from(4),
        anyRecipient: false,
    };
    let state = TicketBroker::getSignerCall::abi_encode_returns(&state);
    assert_eq!(
        answer(
            &query(json!({ "ask": "signer", "address": ALICE, "signer": ALICE })),
            &[state]
        ),
        json!({ "approved": true, "depositLeft": "2", "validUntilRound": "3", "voidFromRound": "4",
            "anyRecipient": false })
    );
    let used = (true, Address::repeat_byte(5)).abi_encode();
    assert_eq!(
        answer(
            &query(json!({ "ask": "nonce", "address": ALICE, "nonce": "1" })),
            &[used]
        ),
        json!({ "used": true, "signer": Address::repeat_byte(5).to_string() })
    );
}

#[test]
fn only_open_locks_are_listed() {
    let query = query(json!({ "ask": "locks", "address": ALICE, "from": "5", "until": "8" }));
    let answers = [words(1, 2), [0; 64].to_vec(), words(3, 2)];
    assert_eq!(
        answer(&query, &answers),
        json!({ "locks": [{ "lock": "5", "amount": "1", "withdrawRound": "2" },
            { "lock": "7", "amount": "3", "withdrawRound": "4" }] })
    );
}

#[test]
fn every_query_asks_the_right_contract_and_has_an_answer() {
    let asks = [
        ("rounds", 9),
        ("pool", 5),
        ("sender", 3),
        ("signer", 1),
        ("nonce", 1),
        ("token", 2),
        ("delegator", 5),
        ("locks", 2),
        ("orchestrators", 1),
        ("orchestrator", 5),
    ];
    for (ask, count) in asks {
        let query = query(
            json!({ "ask": ask, "address": ALICE, "signer": ALICE, "nonce": "1", "from": 0, "until": 2 }),
        );
        let calls = query.calls(&network()).unwrap();
        assert_eq!(calls.len(), count, "{ask}");
        for call in &calls {
            let known = network()
                .contracts
                .values()
                .any(|&address| call.to == Some(Address::from(address)));
            assert!((known || ask == "orchestrators") && call.data.len() >= 4, "{ask}");
        }
        for call in &calls[..calls.len() * usize::from(ask != "orchestrators")] {
            let read = [
                BondingManagerCalls::abi_decode(&call.data).map(|call| call.abi_encode()),
                TicketBrokerCalls::abi_decode(&call.data).map(|call| call.abi_encode()),
                HeadwaterTokenCalls::abi_decode(&call.data).map(|call| call.abi_encode()),
                RoundsManagerCalls::abi_decode(&call.data).map(|call| call.abi_encode()),
                ServiceRegistryCalls::abi_decode(&call.data).map(|call| call.abi_encode()),
            ];
            assert!(
                read.iter().flatten().any(|again| *again == call.data),
                "{ask}: no contract reads {call:?}"
            );
        }
        // Zeros are an answer to everything, empty lists and texts included.
        let zeros = vec![vec![0; 320]; count];
        assert!(answer(&query, &zeros).is_object(), "{ask}");
        assert!(query.answer(&network(), &zeros[1..]).is_err(), "{ask}");
    }
    assert_eq!(
        query(json!({ "ask": "rounds" }))
            .answer(&network(), &vec![words(1, 1); 9])
            .unwrap()["round"],
        "1"
    );
}

#[test]
fn what_no_contract_answers_is_refused() {
    let orchestrator = query(json!({ "ask": "orchestrator", "address": ALICE }));
    let good = vec![vec![0; 320]; 5];
    let lie = |index: usize, with: Vec<u8>| {
        let mut answers = good.clone();
        answers[index] = with;
        orchestrator.answer(&network(), &answers)
    };
    assert!(
        lie(0, vec![]).is_err(),
        "nothing, as an address without a contract gives"
    );
    assert!(lie(0, vec![0; 6 * 32 - 1]).is_err(), "cut short");
    assert!(lie(2, words(2, 1)).is_err(), "neither yes nor no");
    assert!(lie(3, [0xff; 32].to_vec()).is_err(), "no address");
    for (start, length) in [
        (U256::MAX, U256::ZERO),
        (U256::from(32), U256::MAX),
        (U256::from(32), U256::from(33)),
    ] {
        let text = [start.abi_encode(), length.abi_encode(), vec![b'x'; 32]].concat();
        assert!(lie(4, text).is_err(), "{start} {length}");
    }
}

#[test]
fn queries_that_ask_for_too_much_or_nothing_are_refused() {
    let refused = |json: Value| serde_json::from_value::<Query>(json).unwrap_err().to_string();
    assert!(
        refused(json!({ "ask": "locks", "address": ALICE, "from": "0", "until": "65" })).contains("until")
    );
    assert!(
        refused(json!({ "ask": "locks", "address": ALICE, "from": "-1", "until": "5" })).contains("from")
    );
    assert!(refused(json!({ "ask": "sender" })).contains("address"));
    assert!(refused(json!({ "ask": "secrets", "address": ALICE })).contains("ask"));
}
