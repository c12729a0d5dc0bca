//! Publishers that begin small, as browsers do, and viewers of what is made once they have grown.

mod node;
mod studio;

use headwater_protocol::control::Message;
use headwater_test_client::film::{Config, Film, Player};
use headwater_test_client::frame::Frame;
use headwater_test_client::whep::Viewer;
use headwater_test_client::whip::Publisher;
use headwater_test_client::{Codec, vision};
use node::{KEY, Node, token};
use studio::{pictures, play_during, viewer};

/// The film at a quarter of its size, and all of it.
fn films() -> [Film; 2] {
    [180, 720].map(|lines| {
        Film::load(Config {
            lines,
            ..Config::default()
        })
        .expect("ffmpeg encodes the film")
    })
}

/// A publisher whose ladder has a rung for the small film, and two that it is too small for.
async fn publisher(node: &Node) -> Publisher {
    let presets = ["P144p25fps16x9", "P240p25fps16x9", "P480p25fps16x9"];
    let profiles = presets.map(|preset| preset.parse().expect("a preset")).to_vec();
    let ladder = headwater_protocol::ladder::Ladder::new(profiles).expect("three names");
    let token = token(KEY, &node::studio(), Some(ladder), None);
    let endpoint = node.url(&format!("/whip/{}", node::studio()));
    Publisher::connect(&endpoint, Some(&token), Codec::H264)
        .await
        .expect("a publisher")
}

/// What the publisher is offered next, as `name size`.
async fn offered(publisher: &Publisher) -> Vec<String> {
    let text = publisher.next_control().await.expect("an offer");
    let Ok(Some(Message::Offer { renditions, .. })) = Message::decode(text.as_bytes()) else {
        panic!("not an offer: {text}")
    };
    renditions
        .iter()
        .map(|r| format!("{} {}", r.name, r.size))
        .collect()
}

fn sizes(frames: &[Frame]) -> (usize, usize) {
    let seen = vision::decode(frames.iter().map(|frame| &frame.data[..])).expect("it decodes");
    assert_eq!(seen.luma.len(), frames.len());
    (seen.width, seen.height)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_publisher_that_grows_is_offered_more_and_who_waited_for_it_sees_it() {
    let node = Node::start().await;
    let [small, large] = films();
    let publisher = publisher(&node).await;
    let mut player = Player::new(&small);
    let (offer, mut steady) = play_during(&mut player, &publisher, async {
        let offer = offered(&publisher).await;
        let viewer = viewer(&node, "144p").await;
        let seen = pictures(&viewer, 25).await;
        (offer, (viewer, seen))
    })
    .await;
    assert_eq!(offer, ["source 320x180", "144p 256x144"]);

    player.switch(&large);
    let (offer, seen) = play_during(&mut player, &publisher, async {
        // Who asks for what is not there yet is told to ask again.
        let waited: Viewer = viewer(&node, "480p").await;
        let seen = pictures(&waited, 50).await;
        steady.1.extend(pictures(&steady.0, 100).await);
        (offered(&publisher).await, seen)
    })
    .await;
    let expected = ["source 1280x720", "480p 854x480", "240p 426x240", "144p 256x144"];
    assert_eq!(offer, expected);
    assert_eq!(sizes(&seen), (854, 480));

    // Who watched before was sent every picture, in one size.
    assert_eq!(sizes(&steady.1), (256, 144));
    assert!(steady.1.iter().all(|frame| frame.contiguous));
    let ticks: Vec<u32> = steady
        .1
        .windows(2)
        .map(|pair| pair[1].rtp_time.wrapping_sub(pair[0].rtp_time))
        .collect();
    // A picture may be dropped on a busy machine; the session never pauses.
    assert!(ticks.iter().all(|ticks| *ticks < 90_000), "{ticks:?}");
    node.orchestrator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_publisher_that_shrinks_again_keeps_its_rungs() {
    let node = Node::start().await;
    let [small, large] = films();
    let publisher = publisher(&node).await;
    let mut player = Player::new(&large);
    let viewer = play_during(&mut player, &publisher, async {
        let viewer = viewer(&node, "480p").await;
        assert_eq!(sizes(&pictures(&viewer, 20).await), (854, 480));
        viewer
    })
    .await;
    player.switch(&small);
    let seen = play_during(&mut player, &publisher, pictures(&viewer, 100)).await;
    let from = seen.iter().position(|frame| frame.keyframe).expect("a keyframe");
    assert_eq!(sizes(&seen[from..]), (854, 480));
    node.orchestrator.stop().await;
}
