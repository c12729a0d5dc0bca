//! Each field of each message, left out or of another kind: nothing of the message is taken.

use alloy_primitives::U256;
use serde_json::{Value, json};

use super::*;
use crate::key::SessionKey;
use crate::ladder::Size;
use crate::pm::secret::Venue;
use crate::pm::{Price, Secret};

fn params() -> Params {
    let params = Params {
        recipient: Address([1; 20]),
        sender: Address([2; 20]),
        face_value: U256::from(3),
        win_prob: U256::MAX,
        price: Price::new(4, 5).unwrap(),
        creation_round: 6,
        creation_round_hash: B256::repeat_byte(7),
        expires: 8,
        seed: B256::repeat_byte(9),
        recipient_rand_hash: B256::ZERO,
    };
    params.sealed(&Secret::new([1; 32], [2; 16]), &venue())
}

fn venue() -> Venue {
    Venue {
        chain_id: 31_337,
        broker: Address([9; 20]),
    }
}

/// One of each type, with all that it can carry.
fn every() -> Vec<Message> {
    let key = SessionKey::from_bytes(&[7; 32]).unwrap();
    let all = vec![
        Message::Offer {
            orchestrator: "https://node.example".to_owned(),
            renditions: vec![Rendition {
                name: "480p".to_owned(),
                codecs: vec!["h264".to_owned()],
                size: Size::new(854, 480),
                bitrate: 1_600_000,
            }],
        },
        Message::Manifest {
            signed: "a.b".to_owned(),
        },
        Message::Ask {
            sender: Address([1; 20]),
            signer: Address([2; 20]),
        },
        Message::Params {
            params: Box::new(params()),
            good_for: 480_000,
        },
        Message::Payment {
            payment: Payment::sign(params(), 1..=2, &key, &venue()),
        },
        Message::Balance {
            recipient_rand_hash: Some(B256::repeat_byte(3)),
            accepted: vec![1],
            refused: vec![RefusedTicket {
                nonce: 2,
                code: Code::TicketSeen,
            }],
            wei: Balance::Debt(U256::from(7)),
        },
        Message::Receipt {
            signed: "a.b".to_owned(),
        },
        Message::Notice {
            code: Code::PaymentDue,
            message: "pay".to_owned(),
        },
        Message::Error {
            code: Code::PaymentOverdue,
            message: "pay".to_owned(),
        },
    ];
    // A new type does not compile before it is among these.
    for message in &all {
        match message {
            Message::Offer { .. }
            | Message::Manifest { .. }
            | Message::Ask { .. }
            | Message::Params { .. }
            | Message::Payment { .. }
            | Message::Balance { .. }
            | Message::Receipt { .. }
            | Message::Notice { .. }
            | Message::Error { .. } => {}
        }
    }
    all
}

/// The path of each value in `json` but for itself.
fn paths(json: &Value) -> Vec<String> {
    let below: Vec<(String, &Value)> = match json {
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), value)).collect(),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(i, value)| (i.to_string(), value))
            .collect(),
        _ => Vec::new(),
    };
    let each = |(name, value): (String, &Value)| {
        let deeper = paths(value);
        let all = std::iter::once(String::new()).chain(deeper);
        all.map(move |path| format!("/{name}{path}")).collect::<Vec<_>>()
    };
    below.into_iter().flat_map(each).collect()
}

fn decode(json: &Value) -> Result<Option<Message>, Unreadable> {
    Message::decode(json.to_string().as_bytes())
}

/// What a message can do without, and what is any text.
fn may(kind: &str, path: &str, to: Option<&Value>) -> bool {
    match (kind, path) {
        ("balance", "/recipientRandHash") => to.is_none_or(Value::is_null),
        ("balance", "/accepted" | "/refused") => to.is_none(),
        ("offer", "/orchestrator" | "/renditions/0/name" | "/renditions/0/codecs/0")
        | ("manifest" | "receipt", "/signed")
        | ("notice" | "error", "/message") => to.is_some_and(Value::is_string),
        _ => false,
    }
}

#[test]
fn a_message_with_any_field_missing_or_of_another_kind_is_not_taken() {
    let others = [
        json!(null),
        json!(-1),
        json!(1.5),
        json!(true),
        json!("\u{0}"),
        json!([[]]),
        json!({ "a": {} }),
    ];
    for message in every() {
        let good: Value = serde_json::from_str(&message.encode()).unwrap();
        assert_eq!(decode(&good), Ok(Some(message)));
        let kind = good["type"].as_str().unwrap();
        for path in paths(&good)
            .iter()
            .filter(|path| *path != "/v" && *path != "/type")
        {
            let (parent, name) = path.rsplit_once('/').unwrap();
            let mut without = good.clone();
            // An item that is left out of a list leaves a shorter list.
            if let Value::Object(fields) = without.pointer_mut(parent).unwrap() {
                fields.remove(name);
                let taken = decode(&without);
                assert_eq!(
                    taken.is_ok(),
                    may(kind, path, None),
                    "{kind} without {path}: {taken:?}"
                );
            }
            for other in &others {
                let mut with = good.clone();
                *with.pointer_mut(path).unwrap() = other.clone();
                let taken = decode(&with);
                assert_eq!(
                    taken.is_ok(),
                    may(kind, path, Some(other)),
                    "{kind} with {path} {other}: {taken:?}"
                );
            }
        }
        let mut version = good.clone();
        version["v"] = json!(2);
        assert_eq!(decode(&version), Err(Unreadable::Version));
        let mut unknown = good;
        unknown["type"] = json!("lottery");
        assert_eq!(decode(&unknown), Ok(None), "a newer peer's");
    }
}
