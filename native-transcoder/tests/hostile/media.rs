//! Publishers and viewers who are admitted and then misbehave.

use std::time::Duration;

use bytes::Bytes;
use headwater_test_client::Codec;
use headwater_test_client::film::{Config, Film, OPUS_SAMPLES};
use headwater_test_client::whep::Viewer;
use headwater_test_client::whip::Publisher;
use tokio::time::{interval, sleep, timeout};

use crate::node::studio;
use crate::scene::{Scene, film};

/// Of the streams of attackers.
const SEED: u8 = 66;

/// Ticks of the RTP clock between pictures.
const PICTURE: u32 = 3000;

/// A cheap generator: attacks need no better, and come out the same each time.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    fn below(&mut self, bound: usize) -> usize {
        self.next() as usize % bound.max(1)
    }

    fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| self.next() as u8).collect()
    }

    /// What comes before some byte.
    fn cut(&mut self, unit: &[u8]) -> Vec<u8> {
        unit[..self.below(unit.len())].to_vec()
    }

    /// A few bits of it turned over.
    fn flip(&mut self, unit: &[u8]) -> Vec<u8> {
        let mut unit = unit.to_vec();
        for _ in 0..3 {
            let at = self.below(unit.len());
            unit[at] ^= 1 << self.below(8);
        }
        unit
    }
}

/// Waits for a control message of this code.
async fn told(publisher: &Publisher, code: &str) {
    let heard = timeout(Duration::from_secs(20), async {
        while let Some(message) = publisher.next_control().await {
            if message.contains(code) {
                return true;
            }
        }
        false
    });
    assert!(
        heard.await.expect("an answer in time"),
        "the connection ended without {code}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_and_truncated_payloads_of_every_codec() {
    Scene::withstands(|target| async move {
        for (seed, codec) in (SEED..).zip(Codec::ALL) {
            let film = Film::load(Config {
                codec,
                ..Config::default()
            })
            .expect("a film");
            let attacker = target.attacker(seed, codec).await;
            let mut noise = Noise(u64::from(seed));
            for (n, unit) in (0u32..).zip(film.frames().take(100)) {
                let time = n * PICTURE;
                let sent = match n % 5 {
                    // A whole unit now and then, so that there is a decoder to be harmed.
                    0 => attacker.send_video(unit.data, time).await,
                    1 => {
                        attacker
                            .send_damaged(unit.data, time, |payload| noise.cut(payload))
                            .await
                    }
                    2 => {
                        attacker
                            .send_damaged(unit.data, time, |payload| noise.flip(payload))
                            .await
                    }
                    // RTP payloads that no packetiser makes.
                    _ => {
                        for _ in 0..10 {
                            let length = noise.below(1200);
                            let last = noise.next().is_multiple_of(2);
                            let payload = noise.bytes(length);
                            attacker.send_payload(payload, time, last).await.expect("sent");
                        }
                        Ok(())
                    }
                };
                sent.expect("sent");
                sleep(Duration::from_millis(10)).await;
            }
            attacker.close().await.expect("the session is still there");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_and_truncated_sound() {
    Scene::withstands(|target| async move {
        let attacker = target.attacker(SEED, Codec::H264).await;
        let mut noise = Noise(u64::from(SEED));
        for (n, packet) in (0u32..).zip(film().opus.iter().cycle().take(500)) {
            let packet = match n % 4 {
                0 => packet.to_vec(),
                1 => noise.cut(packet),
                2 => noise.flip(packet),
                _ => {
                    let length = noise.below(1200);
                    noise.bytes(length)
                }
            };
            attacker.send_audio(packet, n * OPUS_SAMPLES).await.expect("sent");
            sleep(Duration::from_millis(5)).await;
        }
        attacker.close().await.expect("the session is still there");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_unit_that_never_ends() {
    Scene::withstands(|target| async move {
        let attacker = target.attacker(SEED, Codec::H264).await;
        // The middle of a fragment (RFC 6184 §5.8), over and over, all of one picture.
        let mut fragment = vec![0x7c, 0x05];
        fragment.resize(1100, 0xaa);
        let fragment = Bytes::from(fragment);
        for _ in 0..300 {
            for _ in 0..20 {
                attacker
                    .send_payload(fragment.clone(), 9, false)
                    .await
                    .expect("sent");
            }
            sleep(Duration::from_millis(5)).await;
        }
        attacker.close().await.expect("the session is still there");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn resolution_bombs() {
    Scene::withstands(|target| async move {
        // 16,383 × 16,383 pixels in a keyframe's header, then nothing much.
        let vp8 = target.attacker(SEED, Codec::Vp8).await;
        let mut bomb = vec![0x10, 0x02, 0, 0x9d, 1, 0x2a, 0xff, 0x3f, 0xff, 0x3f];
        bomb.resize(600, 0);
        // 65,536 × 65,536 as baseline's parameter sets spell it, then an IDR slice.
        let h264 = target.attacker(SEED + 1, Codec::H264).await;
        let (sequence, picture) = (
            [0, 0, 0, 1, 0x67, 66, 0xc0, 51],
            [0, 0, 0, 1, 0x68, 0xce, 0x3c, 0x80],
        );
        // Exp-Golomb: id 0, frame number 0, count type 2, 1 reference, no gaps, then 4,095 twice.
        let sides = [0xda, 0, 4, 0, 0, 3, 2, 0, 0x19];
        let slice = [0, 0, 0, 1, 0x65, 0x88, 0x84, 0, 0x10];
        let huge: Vec<u8> = [&sequence[..], &sides, &picture, &slice].concat();
        for n in 0..100 {
            vp8.send_video(bomb.clone(), n * PICTURE).await.expect("sent");
            h264.send_video(huge.clone(), n * PICTURE).await.expect("sent");
            sleep(Duration::from_millis(20)).await;
        }
        told(&vp8, "source_refused").await;
        told(&h264, "source_refused").await;
        vp8.close().await.expect("the session is still there");
        h264.close().await.expect("the session is still there");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn parameter_sets_that_change_with_every_picture() {
    Scene::withstands(|target| async move {
        let attacker = target.attacker(SEED, Codec::H264).await;
        let keyframe = film().units[0].data.to_vec();
        let sequence = keyframe
            .windows(4)
            .position(|code| code == [0, 0, 1, 0x67])
            .expect("one");
        for n in 0..150u32 {
            let mut unit = keyframe.clone();
            // Its level: another number each time, which a decoder starts over for.
            unit[sequence + 6] = 30 + (n % 12) as u8;
            attacker.send_video(unit, n * PICTURE).await.expect("sent");
            sleep(Duration::from_millis(20)).await;
        }
        told(&attacker, "source_refused").await;
        attacker.close().await.expect("the session is still there");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn more_pictures_than_any_camera_makes() {
    Scene::withstands(|target| async move {
        let attacker = target.attacker(SEED, Codec::H264).await;
        let mut ticks = interval(Duration::from_millis(10));
        for (n, unit) in (0u32..).zip(film().frames().take(2000)) {
            if n % 10 == 0 {
                ticks.tick().await;
            }
            attacker
                .send_video(unit.data.slice(..unit.data.len().min(800)), n * 90)
                .await
                .expect("sent");
        }
        told(&attacker, "source_refused").await;
        attacker.close().await.expect("the session is still there");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_keyframe_requests() {
    let keyframes = Scene::withstands(|target| async move {
        let endpoint = format!("{}/whep/{}/240p", target.url, studio());
        let attacker = Viewer::connect(&endpoint, None).await.expect("a viewer");
        attacker.next().await.expect("a picture");
        let mut keyframes = 0;
        let mut ticks = interval(Duration::from_millis(10));
        for _ in 0..300 {
            ticks.tick().await;
            for _ in 0..10 {
                attacker.request_keyframe().await.expect("asked");
            }
            while let Ok(Some(frame)) = timeout(Duration::ZERO, attacker.next()).await {
                keyframes += usize::from(frame.keyframe);
            }
        }
        attacker.close().await.expect("the session is still there");
        keyframes
    })
    .await;
    // Three seconds at one in 300 ms, and the grid's; the clock is a loaded machine's.
    assert!(keyframes <= 40, "3,000 requests made {keyframes} keyframes");
}
