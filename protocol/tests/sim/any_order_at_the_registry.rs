use std::collections::BTreeMap;
use std::time::Duration;

use headwater_protocol::key::Address;
use headwater_protocol::session::registry::{GRACE, Limits, Output, Registry, SessionId};
use headwater_protocol::token::{Publish, WatchHash};
use headwater_protocol::{Millis, stream};
use proptest::prelude::*;

/// What a shell may say; sessions are chosen among all that ever were, so most are stale.
#[derive(Clone, Debug)]
enum Say {
    Publish {
        signer: u8,
        owner: u8,
        name: bool,
        watch: bool,
    },
    Watch {
        owner: u8,
        name: bool,
        token: bool,
    },
    Left(usize),
    Lost(usize, u64),
    Silent(usize, u64),
    Heard(usize),
    Timeout,
}

fn say() -> impl Strategy<Value = Say> {
    let owner = || 1..4u8;
    prop_oneof![
        3 => (owner(), any::<bool>(), any::<bool>())
            .prop_map(|(owner, name, watch)| Say::Publish { signer: owner, owner, name, watch }),
        1 => (owner(), owner(), any::<bool>())
            .prop_map(|(signer, owner, name)| Say::Publish { signer, owner, name, watch: false }),
        6 => (owner(), any::<bool>(), any::<bool>()).prop_map(|(owner, name, token)| Say::Watch { owner, name, token }),
        2 => any::<usize>().prop_map(Say::Left),
        2 => (any::<usize>(), 0..9_000u64).prop_map(|(n, ago)| Say::Lost(n, ago)),
        3 => (any::<usize>(), 0..9_000u64).prop_map(|(n, ago)| Say::Silent(n, ago)),
        3 => any::<usize>().prop_map(Say::Heard),
        3 => Just(Say::Timeout),
    ]
}

/// The registry takes a signer's address as verified.
fn address(owner: u8) -> Address {
    Address([owner; 20])
}

fn id(owner: u8, name: bool) -> stream::Id {
    let name = if name { "one" } else { "two" };
    stream::Id::new(address(owner), name.parse().expect("both are plain names"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is said in whatever order: the registry counts the sessions that it admitted and that neither went nor
    /// were closed; it closes only those, each once; and a stream that ended leaves nobody.
    #[test]
    fn what_was_admitted_is_counted_until_it_goes_or_is_closed(
        script in proptest::collection::vec((0..3_000u64, say()), 0..150),
    ) {
        let mut registry = Registry::new(Limits { streams: 4, viewers: 12 });
        let mut alive: BTreeMap<SessionId, stream::Id> = BTreeMap::new();
        let (mut now, mut made) = (Millis(0), 0u64);
        for (pause, say) in script {
            now = now + Duration::from_millis(pause);
            let any = |n: usize| SessionId(n as u64 % (made + 2));
            let since = |ago: u64| now - Duration::from_millis(ago);
            match say {
                Say::Publish { signer, owner, name, watch } => {
                    let stream = id(owner, name);
                    let watch = watch.then(|| WatchHash::of("sesame"));
                    let claims = Publish { stream: stream.clone(), ladder: None, not_before: 0, expiry: 0, watch };
                    made += 1;
                    let may = registry.may_publish(address(signer), &claims);
                    let did = registry.publish(SessionId(made), address(signer), &claims);
                    prop_assert_eq!(may, did);
                    prop_assert!(did.is_err() || signer == owner);
                    if did.is_ok() {
                        alive.insert(SessionId(made), stream);
                    }
                }
                Say::Watch { owner, name, token } => {
                    let (stream, token) = (id(owner, name), token.then_some("sesame"));
                    made += 1;
                    let may = registry.may_watch(&stream, token);
                    let did = registry.watch(SessionId(made), &stream, token);
                    prop_assert_eq!(may, did);
                    if did.is_ok() {
                        alive.insert(SessionId(made), stream);
                    }
                }
                Say::Left(n) => {
                    alive.remove(&any(n));
                    registry.left(any(n));
                }
                Say::Lost(n, ago) => {
                    alive.remove(&any(n));
                    registry.lost(since(ago), any(n));
                }
                Say::Silent(n, ago) => registry.silent(since(ago), any(n)),
                Say::Heard(n) => registry.heard(any(n)),
                Say::Timeout => registry.handle_timeout(now),
            }
            loop {
                match registry.poll_output() {
                    Output::Close(session, _) => prop_assert!(alive.remove(&session).is_some(), "{session:?} was gone"),
                    Output::Ended(stream) => {
                        prop_assert!(!registry.is_live(&stream));
                        prop_assert!(alive.values().all(|other| *other != stream), "{stream} ended but has sessions");
                    }
                    Output::Live { stream, publisher } => prop_assert_eq!(registry.stream_of(publisher), Some(&stream)),
                    Output::Waiting(stream) => prop_assert!(registry.is_live(&stream)),
                    Output::Wait(due) => {
                        prop_assert_eq!(due, registry.poll_timeout());
                        break;
                    }
                }
            }
            prop_assert_eq!(registry.sessions(), alive.len());
            for (session, stream) in &alive {
                prop_assert_eq!(registry.stream_of(*session), Some(stream));
            }
        }
        // Five seconds after everybody was last heard, nothing is left.
        for session in alive.keys() {
            registry.lost(now, *session);
        }
        registry.handle_timeout(now + GRACE);
        while !matches!(registry.poll_output(), Output::Wait(_)) {}
        prop_assert_eq!(registry.poll_timeout(), None);
        prop_assert_eq!(registry.sessions(), 0);
    }
}

#[test]
fn a_return_stops_the_countdown_without_a_word_more() {
    let mut registry = Registry::new(Limits::default());
    let claims = Publish {
        stream: id(1, true),
        ladder: None,
        not_before: 0,
        expiry: 0,
        watch: None,
    };
    for (session, at) in [(SessionId(1), Millis(0)), (SessionId(2), Millis(4_000))] {
        assert_eq!(registry.publish(session, address(1), &claims), Ok(()));
        assert_eq!(registry.poll_timeout(), None);
        registry.lost(at, session);
        assert_eq!(registry.poll_timeout(), Some(at + GRACE));
    }
}
