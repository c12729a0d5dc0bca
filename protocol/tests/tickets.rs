//! Exact bytes of tickets and approvals, in a file that TypeScript and Solidity read too: `tests/fixtures/tickets.json`.
//!
//! `HEADWATER_WRITE_FIXTURES=1 cargo test -p headwater-protocol --test tickets` writes it anew.

use std::path::Path;

use alloy_primitives::{B256, U256, hex};
use alloy_sol_types::SolStruct;
use headwater_protocol::chain::ticket::{SignerApproval, domain, sign};
use headwater_protocol::chain::ticket_broker::ITicketBroker::Ticket as OnChain;
use headwater_protocol::key::{Address, SessionKey, Signature};
use headwater_protocol::pm::odds::MAX_FACE_VALUE;
use headwater_protocol::pm::secret::Venue;
use headwater_protocol::pm::{Params, Payment, Price, Secret, price};
use serde_json::{Value, json};

const VENUE: Venue = Venue {
    chain_id: 31_337,
    broker: Address([0x99; 20]),
};

#[test]
fn tickets_and_approvals_are_the_bytes_that_others_read_too() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/tickets.json");
    let made = all();
    if std::env::var_os("HEADWATER_WRITE_FIXTURES").is_some() {
        std::fs::write(&path, format!("{made:#}\n")).unwrap();
    }
    let kept: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(
        made, kept,
        "what is signed has changed: every wallet and contract would have to"
    );
}

fn all() -> Value {
    let recipient = Recipient {
        key: [6; 32],
        instance: [3; 16],
    };
    let domain = domain(VENUE.chain_id, VENUE.broker.into());
    json!({
        "domain": {
            "name": domain.name, "version": domain.version, "chainId": VENUE.chain_id, "verifyingContract": VENUE.broker,
        },
        "domainSeparator": domain.separator(),
        "secret": { "key": hex::encode_prefixed(recipient.key), "instance": hex::encode_prefixed(recipient.instance) },
        "tickets": [
            // Nothing about it is large, and it hardly ever wins.
            recipient.ticket(&least(), 1, 1),
            // Every field has bytes of its own; one in four wins.
            recipient.ticket(&ordinary(), 1, 7),
            recipient.ticket(&ordinary(), 2, 7),
            recipient.ticket(&ordinary(), 3, 7),
            recipient.ticket(&ordinary(), 4, 8),
            // Nothing can be larger, and it always wins.
            recipient.ticket(&greatest(), u32::MAX, 254),
        ],
        "approvals": [
            approval(7, 0x51, U256::ZERO, 1000, false, U256::ZERO),
            approval(7, 0x52, U256::from(1_500_000_000_000_000_000u64), 1234, false, U256::from(1)),
            approval(8, 0x53, U256::from(u128::MAX), u32::MAX.into(), true, U256::MAX),
        ],
    })
}

/// Who is paid, by its two secrets.
struct Recipient {
    key: [u8; 32],
    instance: [u8; 16],
}

impl Recipient {
    /// A ticket from the parameters to the draw.
    fn ticket(&self, params: &Params, nonce: u32, key: u8) -> Value {
        let secret = Secret::new(self.key, self.instance);
        let params = Params {
            sender: key_of(key).address(),
            ..params.clone()
        }
        .sealed(&secret, &VENUE);
        let payment = Payment::sign(params.clone(), [nonce], &key_of(key), &VENUE);
        let inspected = payment
            .inspect(params.recipient, &secret, &VENUE, Signature::recover)
            .unwrap();
        let (ticket, seen) = (params.ticket(nonce), inspected.tickets[0]);
        assert_eq!(seen.signer, Some(params.sender));
        let mut value = json!({
            "params": params,
            "recipientRand": inspected.recipient_rand,
            "recipientRandHash": params.recipient_rand_hash,
            "recipient": ticket.recipient,
            "sender": ticket.sender,
            "faceValue": ticket.faceValue,
            "winProb": ticket.winProb,
            "senderNonce": ticket.senderNonce,
            "creationRound": ticket.creationRound,
            "creationRoundBlockHash": ticket.creationRoundBlockHash,
            "auxData": OnChain::from(&ticket).auxData,
            "structHash": ticket.eip712_hash_struct(),
        });
        let (high, low) = halves(&inspected.odds.expected_value().to_be_bytes());
        let more = json!({
            "key": hex::encode_prefixed([key; 32]),
            "hash": seen.hash,
            "signature": hex::encode_prefixed(payment.tickets[0].signature.0),
            "wins": seen.wins,
            // Wei, and parts of 2^256 of one.
            "expectedValue": { "wei": high, "parts": low },
        });
        value
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        value
    }
}

fn halves(number: &[u8; 64]) -> (U256, U256) {
    (
        U256::from_be_slice(&number[..32]),
        U256::from_be_slice(&number[32..]),
    )
}

fn approval(
    key: u8,
    signer: u8,
    max_deposit_spend: U256,
    valid_until_round: u64,
    any_recipient: bool,
    nonce: U256,
) -> Value {
    let words = SignerApproval {
        sender: key_of(key).address().into(),
        signer: Address([signer; 20]).into(),
        maxDepositSpend: max_deposit_spend,
        validUntilRound: U256::from(valid_until_round),
        anyRecipient: any_recipient,
        nonce,
    };
    let domain = domain(VENUE.chain_id, VENUE.broker.into());
    json!({
        "sender": words.sender,
        "signer": words.signer,
        "maxDepositSpend": words.maxDepositSpend,
        "validUntilRound": words.validUntilRound,
        "anyRecipient": words.anyRecipient,
        "nonce": words.nonce,
        "structHash": words.eip712_hash_struct(),
        "key": hex::encode_prefixed([key; 32]),
        "hash": words.eip712_signing_hash(&domain),
        "signature": hex::encode_prefixed(sign(&key_of(key), &words, &domain).0),
    })
}

fn key_of(byte: u8) -> SessionKey {
    SessionKey::from_bytes(&[byte; 32]).unwrap()
}

fn ordinary() -> Params {
    Params {
        recipient: Address([0x11; 20]),
        sender: Address([0; 20]),
        face_value: U256::from(1_234_567_890_123_456_789u64),
        win_prob: U256::from(1) << 254,
        price: Price::new(1200, 7).unwrap(),
        creation_round: 4321,
        creation_round_hash: B256::repeat_byte(0x22),
        expires: 1_700_000_000_123,
        seed: B256::repeat_byte(0x33),
        recipient_rand_hash: B256::ZERO,
    }
}

fn least() -> Params {
    Params {
        face_value: U256::from(1),
        win_prob: U256::from(1),
        price: Price::new(0, 1).unwrap(),
        creation_round: 0,
        creation_round_hash: B256::with_last_byte(1),
        expires: 0,
        seed: B256::ZERO,
        ..ordinary()
    }
}

fn greatest() -> Params {
    Params {
        recipient: Address([0xff; 20]),
        face_value: MAX_FACE_VALUE,
        win_prob: U256::MAX,
        price: Price::new(price::MAX, price::MAX).unwrap(),
        // What a reader of JSON may keep in a floating-point number.
        creation_round: (1 << 53) - 1,
        creation_round_hash: B256::repeat_byte(0xff),
        expires: (1 << 53) - 1,
        seed: B256::repeat_byte(0xff),
        ..ordinary()
    }
}
