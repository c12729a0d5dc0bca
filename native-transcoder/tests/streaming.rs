//! Film through the whole node, sent and received by another WebRTC stack.

mod node;
mod studio;

use std::time::Duration;

use headwater_protocol::control::Message;
use headwater_protocol::manifest::Manifest;
use headwater_protocol::signed::Signed;
use headwater_test_client::film::{Config, Film, Player};
use headwater_test_client::frame::{Frame, Kind};
use headwater_test_client::vision;
use headwater_test_client::whep::Viewer;
use headwater_test_client::whip::Publisher;
use headwater_test_client::{Codec, State};
use node::{KEY, Node, key, studio};
use reqwest::Method;
use studio::{LIMIT, during, pictures, play_during, publisher, viewer};
use tokio::time::timeout;

#[tokio::test(flavor = "multi_thread")]
async fn the_source_and_its_sound_pass_through_unchanged() {
    let node = Node::start().await;
    let film = Film::load(Config::default()).unwrap();
    let publisher = publisher(&node, Codec::H264).await;
    let (video, sound) = during(&film, &publisher, async {
        let viewer = viewer(&node, "source").await;
        let (mut video, mut sound) = (Vec::new(), Vec::new());
        while video.len() < 50 || sound.len() < 50 {
            let frame = viewer.next().await.expect("the stream goes on");
            match frame.kind {
                Kind::Video(_) => video.push(frame),
                Kind::Audio => sound.push(frame),
            }
        }
        (video, sound)
    })
    .await;

    assert!(video[0].keyframe, "a viewer begins with a keyframe");
    let sent: Vec<_> = film.units.iter().map(|unit| nal_units(&unit.data)).collect();
    for frame in &video {
        assert!(frame.contiguous);
        assert!(
            sent.contains(&nal_units(&frame.data)),
            "a picture that was never sent"
        );
        assert_eq!(frame.playout_delay, Some((Duration::ZERO, Duration::ZERO)));
    }
    for frame in &sound {
        assert!(film.opus.contains(&frame.data), "sound that was never sent");
    }
    node.orchestrator.stop().await;
}

/// NAL units but access unit delimiters, which packetisers leave out.
fn nal_units(unit: &[u8]) -> Vec<Vec<u8>> {
    let mut units: Vec<Vec<u8>> = vec![Vec::new()];
    let mut zeros = 0;
    for byte in unit {
        match byte {
            1 if zeros >= 2 => {
                let current = units.last_mut().expect("never empty");
                current.truncate(current.len() - zeros);
                units.push(Vec::new());
                zeros = 0;
                continue;
            }
            0 => zeros += 1,
            _ => zeros = 0,
        }
        units.last_mut().expect("never empty").push(*byte);
    }
    units.retain(|unit| unit.first().is_some_and(|first| first & 0x1f != 9));
    units
}

#[tokio::test(flavor = "multi_thread")]
async fn the_film_is_still_the_film_at_480p() {
    let node = Node::start().await;
    let film = Film::load(Config {
        kbps: 4000,
        ..Config::default()
    })
    .unwrap();
    let publisher = publisher(&node, Codec::H264).await;
    let mut player = Player::new(&film).silent();
    let seen = play_during(&mut player, &publisher, async {
        let viewer = viewer(&node, "480p").await;
        pictures(&viewer, 130).await
    })
    .await;

    let times: Vec<u32> = seen.iter().map(|frame| frame.rtp_time).collect();
    let offset = player.log.offset(&times).expect("rungs keep the source's times");
    let got = vision::decode(seen.iter().map(|frame| &frame.data[..])).unwrap();
    assert_eq!((got.width, got.height, got.luma.len()), (854, 480, seen.len()));
    let film = vision::scaled(&headwater_film::source(), 854, 480).unwrap();
    let ssim: Vec<f64> = seen
        .iter()
        .zip(&got.luma)
        .map(|(frame, picture)| {
            let shown = player
                .log
                .picture(frame.rtp_time.wrapping_sub(offset))
                .expect("a picture that was sent");
            vision::ssim(picture, &film.luma[shown], 854, 480)
        })
        .collect();
    let mean = ssim.iter().sum::<f64>() / ssim.len() as f64;
    let seconds = f64::from(times[times.len() - 1].wrapping_sub(times[0])) / 90_000.0;
    let kbps = seen.iter().map(|frame| frame.data.len()).sum::<usize>() as f64 * 8.0 / 1000.0 / seconds;
    println!(
        "mean luma SSIM {mean:.4} over {} frames at {kbps:.0} kbit/s",
        ssim.len()
    );
    assert!(
        mean >= 0.90,
        "mean luma SSIM {mean:.4} over {} frames",
        ssim.len()
    );
    assert!(kbps >= 600.0, "{kbps:.0} kbit/s");
    // The negative control: against the wrong pictures it must fail.
    let wrong = vision::ssim(&got.luma[0], &film.luma[(130 + 60) % 132], 854, 480);
    assert!(wrong < 0.90, "other pictures of the film compare as {wrong:.4}");
    node.orchestrator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rungs_share_their_idrs() {
    let node = Node::start().await;
    let film = Film::load(Config::default()).unwrap();
    let publisher = publisher(&node, Codec::H264).await;
    let (large, small) = during(&film, &publisher, async {
        let (large, small) = (viewer(&node, "480p").await, viewer(&node, "240p").await);
        tokio::join!(pictures(&large, 120), pictures(&small, 120))
    })
    .await;
    let grid = |frames: &[Frame]| -> Vec<u32> {
        // The joins of both viewers asked for keyframes of their own; the grid goes on whatever they ask.
        let mut seconds: Vec<u32> = Vec::new();
        for pair in frames.windows(2) {
            if pair[0].rtp_time / 90_000 != pair[1].rtp_time / 90_000 {
                assert!(pair[1].keyframe, "the first frame of a second is an IDR");
                seconds.push(pair[1].rtp_time);
            }
        }
        seconds
    };
    let (large, small) = (grid(&large), grid(&small));
    let shared = large.iter().filter(|time| small.contains(time)).count();
    assert!(shared >= 3, "{large:?} and {small:?}");
    node.orchestrator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn vp8_is_passed_through_and_transcoded() {
    let node = Node::start().await;
    let film = Film::load(Config {
        codec: Codec::Vp8,
        ..Config::default()
    })
    .unwrap();
    let publisher = publisher(&node, Codec::Vp8).await;
    let (source, rung) = during(&film, &publisher, async {
        let (source, rung) = (viewer(&node, "source").await, viewer(&node, "360p").await);
        tokio::join!(pictures(&source, 30), pictures(&rung, 30))
    })
    .await;
    assert!(source.iter().all(|frame| frame.kind == Kind::Video(Codec::Vp8)));
    assert!(rung.iter().all(|frame| frame.kind == Kind::Video(Codec::H264)));
    let pictures = vision::decode(rung.iter().map(|frame| &frame.data[..])).unwrap();
    assert_eq!((pictures.width, pictures.height), (640, 360));
    node.orchestrator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_publisher_is_offered_its_renditions_and_its_manifest_is_served() {
    let node = Node::start().await;
    let film = Film::load(Config::default()).unwrap();
    let publisher = publisher(&node, Codec::H264).await;
    let offer = during(&film, &publisher, publisher.next_control())
        .await
        .expect("an offer");
    let Ok(Some(Message::Offer {
        orchestrator,
        renditions,
    })) = Message::decode(offer.as_bytes())
    else {
        panic!("not an offer: {offer}")
    };
    let names: Vec<_> = renditions
        .iter()
        .map(|r| format!("{} {}", r.name, r.size))
        .collect();
    assert_eq!(
        names,
        ["source 1280x720", "480p 854x480", "360p 640x360", "240p 426x240"]
    );
    assert_eq!(orchestrator, node.orchestrator.url());

    let manifest = Manifest {
        sequence: 1,
        stream: studio(),
        orchestrator,
        epoch: 0,
        renditions,
        not_before: 0,
        expiry: u64::MAX,
    };
    let signed = Signed::new(&key(KEY), manifest).text().to_owned();
    let message = Message::Manifest {
        signed: signed.clone(),
    };
    publisher.send_control(&message.encode()).await.unwrap();
    // A message that is none is answered, and by then the one before has been taken.
    publisher.send_control("nonsense").await.unwrap();
    let answer = publisher.next_control().await.expect("an answer");
    assert!(answer.contains("bad_control"), "{answer}");
    let served = node
        .request(Method::GET, &format!("/manifest/{}", studio()), &[], "")
        .await;
    assert_eq!(served.body, serde_json::json!({ "signed": signed }).to_string());
    node.orchestrator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_publisher_whose_clock_jumps_is_watched_on() {
    let node = Node::start().await;
    let film = Film::load(Config::default()).unwrap();
    let publisher = publisher(&node, Codec::H264).await;
    let mut player = Player::new(&film);
    let (source, rung) = play_during(&mut player, &publisher, async {
        let (source, rung) = (viewer(&node, "source").await, viewer(&node, "240p").await);
        tokio::join!(pictures(&source, 10), pictures(&rung, 10));
        (source, rung)
    })
    .await;
    // Back as a file that begins again, before the beginning, and far ahead.
    for seconds in [-1, -100, 40_000] {
        player.set_clocks(seconds);
        let seen = play_during(&mut player, &publisher, async {
            let (source, rung) = tokio::join!(pictures(&source, 50), pictures(&rung, 50));
            [source, rung]
        })
        .await;
        for frames in seen {
            let steps = frames
                .windows(2)
                .map(|pair| pair[1].rtp_time.wrapping_sub(pair[0].rtp_time));
            let steps: Vec<u32> = steps.collect();
            // Pictures that a busy machine drops leave gaps; what stands still, or goes back, is not shown.
            let shown = steps.iter().filter(|step| (900..90_000).contains(*step)).count();
            assert!(shown + 2 >= steps.len(), "{seconds}: {steps:?}");
        }
    }
    node.orchestrator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn viewers_see_the_end_when_the_publisher_ends() {
    let node = Node::start().await;
    let film = Film::load(Config::default()).unwrap();
    let publisher = publisher(&node, Codec::H264).await;
    let viewer = during(&film, &publisher, async {
        let viewer = viewer(&node, "240p").await;
        pictures(&viewer, 5).await;
        viewer
    })
    .await;
    publisher.close().await.unwrap();
    let state = timeout(LIMIT, viewer.ended()).await.expect("the end");
    assert_eq!(state, State::Closed, "closed in order, not lost");
    assert_eq!(node.sessions().await, 0);
    node.orchestrator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delete_that_comes_after_its_connections_end_still_ends_the_stream() {
    let node = Node::start().await;
    let film = Film::load(Config::default()).unwrap();
    let publisher = publisher(&node, Codec::H264).await;
    during(&film, &publisher, async {
        pictures(&viewer(&node, "source").await, 5).await
    })
    .await;
    let session = publisher.session.location.clone();
    publisher.hang_up().await.unwrap();
    while node.sessions().await > 1 {
        tokio::task::yield_now().await;
    }
    let path = session.to_string().replace(node.orchestrator.url(), "");
    assert_eq!(node.request(Method::DELETE, &path, &[], "").await.status, 200);
    let early = node
        .offer(&format!("/whep/{}/240p", studio()), None, node::offer("recvonly"))
        .await;
    assert_eq!(early.code(), "not_live");
    node.orchestrator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn viewers_see_the_end_when_the_publisher_vanishes() {
    let node = Node::start().await;
    let film = Film::load(Config::default()).unwrap();
    let publisher = publisher(&node, Codec::H264).await;
    let viewer = during(&film, &publisher, async {
        let viewer = viewer(&node, "240p").await;
        pictures(&viewer, 5).await;
        viewer
    })
    .await;
    publisher.vanish().await.unwrap();
    assert_eq!(
        timeout(LIMIT, viewer.ended()).await.expect("the end"),
        State::Closed
    );
    assert_eq!(node.sessions().await, 0);
    node.orchestrator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn viewers_stay_when_the_same_key_publishes_again() {
    let node = Node::start().await;
    let film = Film::load(Config::default()).unwrap();
    let first = publisher(&node, Codec::H264).await;
    let viewer = during(&film, &first, async {
        let viewer = viewer(&node, "240p").await;
        pictures(&viewer, 5).await;
        viewer
    })
    .await;
    let second = publisher(&node, Codec::H264).await;
    timeout(LIMIT, first.ended())
        .await
        .expect("the first session is closed");
    let before = frames_until_keyframe(&film, &second, &viewer).await;
    assert!(
        before
            .windows(2)
            .all(|pair| pair[1].wrapping_sub(pair[0]) < 1 << 31),
        "time goes on: {before:?}"
    );
    assert_eq!(node.sessions().await, 2);
    node.orchestrator.stop().await;
}

/// RTP times up to the first keyframe after some frames of a new publisher.
async fn frames_until_keyframe(film: &Film, publisher: &Publisher, viewer: &Viewer) -> Vec<u32> {
    during(film, publisher, async {
        let mut times = Vec::new();
        loop {
            let frame = viewer.next().await.expect("the viewer stays");
            if matches!(frame.kind, Kind::Video(_)) {
                times.push(frame.rtp_time);
                if frame.keyframe && times.len() > 20 {
                    return times;
                }
            }
        }
    })
    .await
}
