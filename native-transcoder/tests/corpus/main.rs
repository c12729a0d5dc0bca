//! The fuzz targets for a few seconds, in every test run: their seeds, and mutations that come out the same each time.
//!
//! `cargo xtask fuzz` searches further, with coverage. What it finds belongs into `fuzz/corpus`, and so into this.

mod targets;

use std::path::PathBuf;

use native_transcoder::webrtc::offer::Endpoint;

/// Mutations of each seed. All targets together stay within a few seconds.
const MUTATIONS: usize = 200;

/// A cheap generator with a fixed start.
struct Luck(u64);

impl Luck {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % bound.max(1)
    }

    /// Another version of `seed`, with a piece of `other` now and then.
    fn mutate(&mut self, seed: &[u8], other: &[u8]) -> Vec<u8> {
        let mut bytes = seed.to_vec();
        for _ in 0..=self.below(4) {
            let at = self.below(bytes.len());
            let end = (at + self.below(40)).min(bytes.len());
            match self.below(6) {
                0 if !bytes.is_empty() => bytes[at] ^= 1 << self.below(8),
                1 if !bytes.is_empty() => bytes[at] = [0, 0xff, 0x80, b'9', b'\n', b'-'][self.below(6)],
                2 => drop(bytes.drain(at..end)),
                3 => {
                    let piece = bytes[at..end].to_vec();
                    bytes.splice(at..at, piece);
                }
                4 => {
                    let from = self.below(other.len());
                    let piece = &other[from..(from + self.below(60)).min(other.len())];
                    bytes.splice(at..at, piece.iter().copied());
                }
                _ => bytes.truncate(at),
            }
        }
        bytes
    }
}

fn seeds(target: &str) -> Vec<Vec<u8>> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../fuzz/corpus")
        .join(target);
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder)
        .expect("each target has seeds")
        .map(|entry| entry.expect("it can be listed").path())
        .collect();
    files.sort();
    files
        .into_iter()
        .map(|file| std::fs::read(file).expect("it can be read"))
        .collect()
}

fn survive(target: &str, run: fn(&[u8])) {
    let seeds = seeds(target);
    assert!(!seeds.is_empty());
    let mut luck = Luck(0x5eed);
    for seed in &seeds {
        run(seed);
        for _ in 0..MUTATIONS {
            let other = &seeds[luck.below(seeds.len())];
            run(&luck.mutate(seed, other));
        }
    }
}

#[test]
fn no_offer_panics() {
    survive("sdp", targets::sdp);
}

#[test]
fn no_fragment_panics() {
    survive("fragment", targets::fragment);
}

#[test]
fn no_control_message_panics() {
    survive("control", targets::control);
}

#[test]
fn no_token_panics() {
    survive("token", targets::token);
}

#[test]
fn no_message_between_node_and_worker_panics() {
    survive("wire", targets::wire);
}

#[test]
fn no_unit_panics() {
    survive("header", targets::header);
}

/// The negative control: a target that does panic is noticed.
#[test]
#[should_panic(expected = "a rare byte")]
fn a_panic_is_noticed() {
    survive("control", |data| assert!(!data.contains(&0x80), "a rare byte"));
}

/// Seeds must reach what they are for.
#[test]
fn seeds_are_understood() {
    let text = |seed: &Vec<u8>| String::from_utf8(seed.clone()).expect("text");
    for endpoint in [Endpoint::Whip, Endpoint::Whep] {
        let answered = |seed: &Vec<u8>| native_transcoder::webrtc::rehearse(&text(seed), endpoint).is_ok();
        assert!(seeds("sdp").iter().any(answered), "{endpoint:?}");
    }
    let fragments = seeds("fragment");
    assert!(
        fragments
            .iter()
            .all(|seed| native_transcoder::http::sdpfrag::parse(&text(seed)).is_some())
    );
    let control = seeds("control");
    assert!(
        control
            .iter()
            .all(|seed| headwater_protocol::control::Message::decode(seed).is_ok())
    );
}
