//! Each field of what is signed once and shown to others, changed by itself: refused, by a code that pages know.
//!
//! Documents are taken apart without `..`, so that one more field does not compile before it is changed here. What is told
//! on `control` besides is in `control/fields.rs`, tickets and their parameters in `pm/recipient/tests/fields.rs`, approvals
//! in `tests/chain/tests/wallet/approving.rs`.

use headwater_protocol::chain::words::B256;
use headwater_protocol::key::{Address, SessionKey};
use headwater_protocol::ladder::Ladder;
use headwater_protocol::offer::{self, Offer};
use headwater_protocol::pm::Price;
use headwater_protocol::session::registry::{Limits, PublishError, Registry, SessionId};
use headwater_protocol::signed::{Document, Signed, Unreadable};
use headwater_protocol::token::{self, Publish, WatchHash};
use headwater_protocol::{Millis, stream};
use serde_json::{Value, json};

const NOW: Millis = Millis(1_800_000_000_000);
const DAY: u64 = 86_400_000;

fn key() -> SessionKey {
    SessionKey::from_bytes(&[7; 32]).unwrap()
}

fn id(key: &SessionKey, name: &str) -> stream::Id {
    stream::Id::new(key.address(), name.parse().unwrap())
}

/// `changed`, with the signature of `good`.
fn forged<T: Document>(good: &Signed<T>, changed: T) -> String {
    let changed = Signed::new(&key(), changed);
    let json = changed.text().split_once('.').unwrap().0.to_owned();
    let signature = good.text().split_once('.').unwrap().1;
    assert_ne!(changed.text(), good.text(), "nothing was changed");
    format!("{json}.{signature}")
}

/// Every way in which one value of a JSON object is left out or of another kind.
fn mangled(document: &Value) -> impl Iterator<Item = (String, Value)> + '_ {
    let fields = document.as_object().unwrap();
    fields.keys().flat_map(move |name| {
        let mut without = document.clone();
        without.as_object_mut().unwrap().remove(name);
        let others = [
            json!(null),
            json!(-1),
            json!(true),
            json!("\u{0}"),
            json!([[]]),
            json!({ "a": {} }),
        ];
        let with = others.into_iter().map(move |other| {
            let mut with = document.clone();
            with[name] = other;
            with
        });
        [without]
            .into_iter()
            .chain(with)
            .map(|changed| (name.clone(), changed))
    })
}

/// The text form of any JSON, signed as a document of this kind by [`key`].
fn signed_json<T: Document>(json: &Value) -> String {
    #[derive(serde::Serialize)]
    #[serde(transparent)]
    struct Any<'a>(&'a Value);
    use base64ct::{Base64UrlUnpadded, Encoding};
    let json = serde_json::to_vec(&Any(json)).unwrap();
    let mut words = format!("\u{19}Headwater {}/1\n", T::KIND).into_bytes();
    words.extend_from_slice(&json);
    let signature = key().sign(&headwater_protocol::key::keccak256(&words));
    let [json, signature] = [&json[..], &signature.0].map(Base64UrlUnpadded::encode_string);
    format!("{json}.{signature}")
}

#[test]
fn every_field_of_a_publish_token_is_its_signers() {
    let good = Publish {
        stream: id(&key(), "studio"),
        ladder: Some(Ladder::standard()),
        not_before: NOW.0,
        expiry: NOW.0 + DAY,
        watch: Some(WatchHash::of("open sesame")),
    };
    let signed = Signed::new(&key(), good.clone());
    let Publish {
        stream,
        ladder,
        not_before,
        expiry,
        watch,
    } = good.clone();
    let mut registry = Registry::new(Limits::default());
    let admit = |registry: &mut Registry, text: &str, stream: &stream::Id| {
        let token = Publish::verify(text, stream, NOW).map_err(Some)?;
        let end = registry.publish(SessionId(1), token.signer(), token.document());
        end.map_err(|error| {
            assert_eq!(error, PublishError::NotOwner);
            None::<token::Refused>
        })
    };
    let other = id(&key(), "another");
    assert!(ladder.is_some() && watch.is_some());
    let changed = [
        Publish {
            stream: other.clone(),
            ..good.clone()
        },
        Publish {
            ladder: None,
            ..good.clone()
        },
        Publish {
            not_before: not_before - 1,
            ..good.clone()
        },
        Publish {
            expiry: expiry + DAY,
            ..good.clone()
        },
        Publish {
            watch: None,
            ..good.clone()
        },
    ];
    for changed in changed {
        let text = forged(&signed, changed.clone());
        // By itself it admits to nothing: whoever could have signed it owns no such stream.
        let end = admit(&mut registry, &text, &changed.stream);
        assert!(
            matches!(
                end,
                Err(None | Some(token::Refused::Unreadable(Unreadable::Signature)))
            ),
            "{changed:?}: {end:?}"
        );
    }
    // What its owner signs counts in its time, and for its stream.
    let resigned = [
        (
            Publish {
                stream: other.clone(),
                ..good.clone()
            },
            token::Refused::OtherStream(other),
        ),
        (
            Publish {
                not_before: NOW.0 + DAY,
                ..good.clone()
            },
            token::Refused::Early,
        ),
        (
            Publish {
                expiry: NOW.0 - DAY,
                ..good.clone()
            },
            token::Refused::Expired,
        ),
    ];
    for (changed, refused) in resigned {
        let text = Signed::new(&key(), changed).text().to_owned();
        assert_eq!(admit(&mut registry, &text, &stream), Err(Some(refused)));
    }
    let optional = ["ladder", "watch"];
    for (name, json) in mangled(&serde_json::to_value(&good).unwrap()) {
        let end = Publish::verify(&signed_json::<Publish>(&json), &stream, NOW);
        let absent = json.get(&name).is_none_or(Value::is_null);
        if absent && optional.contains(&&*name) {
            assert!(end.is_ok(), "{name}");
        } else {
            let unreadable = matches!(end, Err(token::Refused::Unreadable(Unreadable::Document(_))));
            assert!(unreadable, "{name}: {end:?}");
        }
    }
    assert_eq!(admit(&mut registry, signed.text(), &stream), Ok(()));
}

#[test]
fn every_field_of_an_offer_is_its_nodes() {
    let good = Offer {
        recipient: Address([1; 20]),
        chain_id: 31_337,
        controller: Address([2; 20]),
        broker: Address([3; 20]),
        price: Price::new(1200, 1).unwrap(),
        certificate: B256::repeat_byte(4),
        expiry: NOW.0,
    };
    // What the chain says where this orchestrator is, and by which key it speaks.
    let uri = format!("https://node.example/#{}", key().address());
    let signed = Signed::new(&key(), good.clone());
    let Offer {
        recipient,
        chain_id,
        controller,
        broker,
        price,
        certificate,
        expiry,
    } = good.clone();
    let other = Address([9; 20]);
    assert!(
        [recipient, controller, broker]
            .iter()
            .all(|address| *address != other)
    );
    let changed = [
        Offer {
            recipient: other,
            ..good.clone()
        },
        Offer {
            chain_id: chain_id + 1,
            ..good.clone()
        },
        Offer {
            controller: other,
            ..good.clone()
        },
        Offer {
            broker: other,
            ..good.clone()
        },
        Offer {
            price: Price::new(price.wei() - 1, price.pixels()).unwrap(),
            ..good.clone()
        },
        Offer {
            price: Price::new(price.wei(), price.pixels() + 1).unwrap(),
            ..good.clone()
        },
        Offer {
            certificate: !certificate,
            ..good.clone()
        },
        Offer {
            expiry: expiry + DAY,
            ..good.clone()
        },
    ];
    for changed in changed {
        match Offer::verify(&forged(&signed, changed.clone()), NOW) {
            Ok((_, node)) => assert!(!offer::names(&uri, node), "{changed:?}"),
            Err(refused) => assert_eq!(refused, offer::Refused::Unreadable(Unreadable::Signature)),
        }
    }
    for (name, json) in mangled(&serde_json::to_value(&good).unwrap()) {
        let end = Offer::verify(&signed_json::<Offer>(&json), NOW);
        let unreadable = matches!(end, Err(offer::Refused::Unreadable(Unreadable::Document(_))));
        assert!(unreadable, "{name}: {end:?}");
    }
    let old = Offer {
        expiry: NOW.0 - DAY,
        ..good.clone()
    };
    assert_eq!(
        Offer::verify(Signed::new(&key(), old).text(), NOW),
        Err(offer::Refused::Expired)
    );
    let (_, node) = Offer::verify(signed.text(), NOW).unwrap();
    assert!(offer::names(&uri, node));
}

#[test]
fn a_document_of_another_kind_is_nobodys() {
    let offer = Offer {
        recipient: Address([1; 20]),
        chain_id: 31_337,
        controller: Address([2; 20]),
        broker: Address([3; 20]),
        price: Price::new(1200, 1).unwrap(),
        certificate: B256::repeat_byte(4),
        expiry: NOW.0,
    };
    let json = serde_json::to_value(&offer).unwrap();
    // The same words, signed as a token's.
    let text = signed_json::<Publish>(&json);
    let signer = Offer::verify(&text, NOW).map(|(_, node)| node);
    assert_ne!(signer, Ok(key().address()));
    assert_eq!(
        Offer::verify(&signed_json::<Offer>(&json), NOW),
        Ok((offer, key().address()))
    );
}
