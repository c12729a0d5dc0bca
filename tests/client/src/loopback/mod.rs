//! The client against a relay of its own making: whatever goes wrong here is the client's fault, not a server's.

mod relay;

use crate::film::{Config, Film, Player};
use crate::frame::Kind;
use crate::whep::Viewer;
use crate::whip::Publisher;
use crate::{Codec, Error, State};
use relay::Relay;
use std::time::Duration;

async fn through_a_relay(codec: Codec) {
    let film = Film::load(Config {
        codec,
        ..Config::default()
    })
    .expect("ffmpeg encodes the film");
    let relay = Relay::start(codec).await;
    let whip = format!("{}/whip/0x0/film", relay.url);
    let whep = format!("{}/whep/0x0/film/source", relay.url);
    let refused = Publisher::connect(&whip, None, codec)
        .await
        .expect_err("it wants a token");
    assert!(matches!(refused, Error::Session(error) if error.status().is_some_and(|status| status == 401)));
    let publisher = Publisher::connect(&whip, Some("secret"), codec)
        .await
        .expect("the publisher connects");
    let viewer = Viewer::connect(&whep, Some("secret"))
        .await
        .expect("the viewer connects");
    assert_eq!(publisher.session.etag.as_deref(), Some("\"1\""));
    publisher
        .session
        .trickle("a=end-of-candidates\r\n")
        .await
        .expect("the relay takes candidates");

    publisher.send_control("{}").await.expect("the channel opens");
    assert_eq!(publisher.next_control().await.as_deref(), Some("heard {}"));

    let mut player = Player::new(&film).starting_at(u32::MAX - 9_000);
    player
        .play(&publisher, Duration::from_millis(500))
        .await
        .expect("it plays");
    viewer.request_keyframe().await.expect("video has come");
    player
        .play(&publisher, Duration::from_millis(500))
        .await
        .expect("it plays on");
    assert_eq!(player.keyframe_requests, 1);

    let (mut pictures, mut sounds) = (0, 0);
    let sent = player.log.iter().len();
    while pictures < sent || sounds < 50 {
        let frame = viewer.next().await.expect("the stream goes on");
        assert!(frame.contiguous);
        match frame.kind {
            Kind::Audio => sounds += 1,
            Kind::Video(received) => {
                pictures += 1;
                let index = player.log.picture(frame.rtp_time).expect("it was sent");
                let unit = &film.units[index];
                assert_eq!((received, frame.keyframe), (codec, unit.keyframe));
                assert!(
                    same(codec, &frame.data, &unit.data),
                    "picture {index} changed on the way"
                );
                let sent_at = publisher.video_sent_at(frame.rtp_time).expect("it was sent");
                assert!(sent_at <= frame.last_packet_at);
            }
        }
    }
    viewer.session.delete().await.expect("the relay ends it");
    assert_eq!(viewer.ended().await, State::Closed);
    while let Some(frame) = viewer.next().await {
        assert_eq!(frame.kind, Kind::Audio, "all pictures were read");
    }
    publisher.close().await.expect("it says goodbye");
}

fn same(codec: Codec, received: &[u8], sent: &[u8]) -> bool {
    match codec {
        Codec::H264 => without_delimiter(received) == without_delimiter(sent),
        Codec::Vp8 | Codec::Vp9 => received == sent,
        // RTP senders leave temporal delimiters out: a header and a size of 0.
        Codec::Av1 => received == sent.strip_prefix(&[0x12, 0]).unwrap_or(sent),
    }
}

/// RTP senders leave access unit delimiters out, and start codes may change their length.
fn without_delimiter(unit: &[u8]) -> Vec<Vec<u8>> {
    let mut units: Vec<Vec<u8>> = vec![vec![]];
    for &byte in unit {
        let current = units.last_mut().expect("there is always one");
        current.push(byte);
        if current.ends_with(&[0, 0, 1]) {
            current.truncate(current.len() - 3);
            while current.last() == Some(&0) {
                current.pop();
            }
            units.push(vec![]);
        }
    }
    units.retain(|unit| unit.first().is_some_and(|head| head & 0x1f != 9));
    units
}

#[tokio::test]
async fn h264_opus_control_and_requests_pass_through_a_relay() {
    through_a_relay(Codec::H264).await;
}

#[tokio::test]
async fn vp8_passes_through_a_relay() {
    through_a_relay(Codec::Vp8).await;
}

#[tokio::test]
async fn vp9_passes_through_a_relay() {
    through_a_relay(Codec::Vp9).await;
}

#[tokio::test]
async fn av1_passes_through_a_relay() {
    through_a_relay(Codec::Av1).await;
}

#[tokio::test]
async fn a_publisher_that_vanishes_says_nothing() {
    let relay = Relay::start(Codec::H264).await;
    let url = format!("{}/whip/0x0/film", relay.url);
    let publisher = Publisher::connect(&url, Some("secret"), Codec::H264)
        .await
        .expect("it connects");
    publisher.tap().mute(true);
    publisher
        .session
        .delete()
        .await
        .expect("the relay closes its side");
    let heard = tokio::time::timeout(Duration::from_millis(300), publisher.ended()).await;
    assert!(heard.is_err(), "the goodbye must not come through");
    publisher.vanish().await.expect("it stops");
}
