use headwater_protocol::ladder::{Ladder, Profile, Rung, Size};
use proptest::prelude::*;

use super::*;

fn name() -> impl Strategy<Value = String> {
    "[a-z0-9_-]{1,32}".prop_filter("reserved", |name| name != "source")
}

fn rung() -> impl Strategy<Value = Rung> {
    (
        name(),
        1u32..=2048,
        1u32..=2048,
        50_000u32..=50_000_000,
        1u32..=120,
    )
        .prop_map(|(name, width, height, bitrate, fps)| Rung {
            name,
            size: Size::new(width * 2, height * 2),
            bitrate,
            fps,
        })
}

fn rungs() -> impl Strategy<Value = Vec<Rung>> {
    prop::collection::vec(rung(), 0..=8)
}

fn ladder() -> impl Strategy<Value = Ladder> {
    rungs().prop_map(|rungs| {
        let named = |(i, r): (usize, Rung)| {
            let name = format!("{i}{}", &r.name[..r.name.len().min(31)]);
            Profile::new(&name, r.size, r.bitrate, r.fps).unwrap()
        };
        Ladder::new(rungs.into_iter().enumerate().map(named).collect()).unwrap()
    })
}

fn codec() -> impl Strategy<Value = Codec> {
    prop::sample::select(&Codec::ALL)
}

fn encoders() -> impl Strategy<Value = Encoders> {
    prop::collection::vec((codec(), "[ -~]{0,40}"), 0..=5)
}

fn to_worker() -> impl Strategy<Value = ToWorker> {
    let flow = prop_oneof![Just(Flow::Live), Just(Flow::Lossless)];
    let preset = prop_oneof![
        Just(Preset::Ultrafast),
        Just(Preset::Superfast),
        Just(Preset::Veryfast)
    ];
    prop_oneof![
        (
            (codec(), flow, preset),
            (encoders(), "[ -~]{0,40}"),
            (ladder(), rungs())
        )
            .prop_map(
                |((codec, flow, preset), (encoders, device), (ladder, rungs))| Configure {
                    codec,
                    flow,
                    preset,
                    encoders,
                    device,
                    ladder,
                    rungs
                }
            )
            .prop_map(ToWorker::Configure),
        (0..=MAX_TIME, any::<bool>(), any::<bool>()).prop_map(|(time, keyframe, contiguous)| {
            ToWorker::Video {
                time,
                keyframe,
                contiguous,
            }
        }),
        (0..=MAX_TIME).prop_map(|time| ToWorker::Audio { time }),
        any::<u64>().prop_map(|bits| ToWorker::Keyframe {
            of: Encodings::from_bits(bits)
        }),
        (any::<u8>(), codec(), any::<bool>()).prop_map(|(rung, codec, on)| ToWorker::Encode {
            rung,
            codec,
            on
        }),
    ]
}

fn to_parent() -> impl Strategy<Value = ToParent> {
    let encoded = (rung(), "[ -~]{0,40}").prop_map(|(rung, encoder)| Encoded { rung, encoder });
    let rung_stats = any::<(u64, u64, u64)>().prop_map(|(encoded, dropped, encode_us)| RungStats {
        encoded,
        dropped,
        encode_us,
    });
    prop_oneof![
        ("\\PC{0,80}", "\\PC{0,80}").prop_map(|(encoder, sandbox)| ToParent::Ready { encoder, sandbox }),
        (any::<(u32, u32)>(), prop::collection::vec(encoded, 0..=8)).prop_map(|((w, h), rungs)| {
            ToParent::Ladder {
                source: Size::new(w, h),
                rungs,
            }
        }),
        (any::<u8>(), codec(), 0..=MAX_TIME, any::<bool>()).prop_map(|(rung, codec, time, keyframe)| {
            ToParent::Frame {
                rung,
                codec,
                time,
                keyframe,
            }
        }),
        (
            prop::collection::vec(codec(), 0..=5),
            encoders(),
            prop::collection::vec("[ -~]{0,40}", 0..=16)
        )
            .prop_map(|(decoders, encoders, devices)| {
                ToParent::Capabilities(Capabilities {
                    decoders,
                    encoders,
                    devices,
                })
            }),
        (any::<u8>(), codec(), "\\PC{0,80}").prop_map(|(rung, codec, message)| ToParent::Refused {
            rung,
            codec,
            message
        }),
        "\\PC{0,80}".prop_map(|message| ToParent::Notice { message }),
        Just(ToParent::NeedKeyframe),
        (
            any::<(u64, u64, u64, u64)>(),
            prop::collection::vec(rung_stats, 0..=8)
        )
            .prop_map(|((decoded, dropped, audio, decode_us), rungs)| {
                ToParent::Stats(Stats {
                    decoded,
                    dropped,
                    audio,
                    decode_us,
                    rungs,
                })
            }),
        "\\PC{0,80}".prop_map(|message| ToParent::Failed { message }),
    ]
}

/// Writes, and reads as a peer does: a head, then exactly the bytes it announces.
fn travel<M: Message>(message: &M, payload: usize) -> M {
    let mut bytes = Vec::new();
    write(message, payload, &mut bytes).unwrap();
    let head = Head::parse::<M>(*bytes.first_chunk().unwrap()).unwrap();
    assert_eq!((head.fields, head.payload), (bytes.len() - HEAD, payload));
    M::parse(head.kind, &bytes[HEAD..]).unwrap()
}

/// Whatever a peer sends, no reader panics or is led to allocate beyond the limits.
fn survive<M: Message>(head: [u8; HEAD], fields: &[u8]) {
    if let Ok(head) = Head::parse::<M>(head) {
        assert!(head.fields <= MAX_FIELDS && head.payload <= MAX_PAYLOAD);
        assert!(M::carries_payload(head.kind) == Some(true) || head.payload == 0);
    }
    for kind in 0..=255 {
        let _ = M::parse(kind, fields);
    }
}

proptest! {
    #[test]
    fn what_a_node_sends_arrives(message in to_worker()) {
        let payload = if ToWorker::carries_payload(message.kind()).unwrap() { 4711 } else { 0 };
        prop_assert_eq!(travel(&message, payload), message);
    }

    #[test]
    fn what_a_worker_sends_arrives(message in to_parent()) {
        let payload = if ToParent::carries_payload(message.kind()).unwrap() { MAX_PAYLOAD } else { 0 };
        prop_assert_eq!(travel(&message, payload), message);
    }

    #[test]
    fn noise_is_refused_without_harm(head in any::<[u8; HEAD]>(), fields in prop::collection::vec(any::<u8>(), 0..300)) {
        survive::<ToWorker>(head, &fields);
        survive::<ToParent>(head, &fields);
    }

    #[test]
    fn a_flipped_bit_is_survived(message in to_parent(), at in any::<prop::sample::Index>(), bit in 0u8..8) {
        let mut fields = Vec::new();
        message.write(&mut fields);
        if !fields.is_empty() {
            let at = at.index(fields.len());
            fields[at] ^= 1 << bit;
        }
        survive::<ToParent>([message.kind(), 0, 0, 0, 0, 0, 0, 0], &fields);
    }

    #[test]
    fn a_message_cut_short_is_refused(message in to_worker(), at in any::<prop::sample::Index>()) {
        let mut fields = Vec::new();
        message.write(&mut fields);
        let cut = &fields[..at.index(fields.len())];
        prop_assert!(ToWorker::parse(message.kind(), cut).is_err());
    }
}

#[test]
fn lengths_beyond_the_limits_are_refused_on_both_sides() {
    let video = ToWorker::Video {
        time: 0,
        keyframe: true,
        contiguous: true,
    };
    let mut out = vec![7];
    let long = Malformed::Long {
        fields: 10,
        payload: MAX_PAYLOAD + 1,
    };
    assert_eq!(write(&video, MAX_PAYLOAD + 1, &mut out), Err(long));
    assert_eq!(out, [7]);
    let head = |kind, fields: u16, payload: u32| {
        let (f, p) = (fields.to_be_bytes(), payload.to_be_bytes());
        Head::parse::<ToWorker>([kind, 0, f[0], f[1], p[0], p[1], p[2], p[3]])
    };
    assert!(head(2, 10, 1 << 22).is_ok());
    assert_eq!(
        head(2, 10, u32::MAX),
        Err(Malformed::Long {
            fields: 10,
            payload: u32::MAX as usize
        })
    );
    assert_eq!(
        head(2, 5000, 0),
        Err(Malformed::Long {
            fields: 5000,
            payload: 0
        })
    );
    assert_eq!(
        head(4, 1, 1),
        Err(Malformed::Long {
            fields: 1,
            payload: 1
        })
    );
    assert_eq!(head(67, 0, 0), Err(Malformed::Kind(67)));
}

#[test]
fn another_version_is_named() {
    assert_eq!(
        ToWorker::parse(1, &[0, 9, 0, 0, 0, 0, 0]),
        Err(Malformed::Version(9))
    );
    assert_eq!(ToParent::parse(65, &[1, 0, 0, 0]), Err(Malformed::Version(256)));
}

#[test]
fn a_long_failure_is_cut_at_a_character() {
    let ToParent::Failed { message } = travel(
        &ToParent::Failed {
            message: "ü".repeat(5000),
        },
        0,
    ) else {
        panic!("another message arrived")
    };
    assert_eq!(message, "ü".repeat(512));
}
