//! Clients whose network lets no UDP through.

mod node;
mod studio;

use std::time::Duration;

use headwater_test_client::film::{Config as FilmConfig, Film};
use headwater_test_client::whep::Viewer;
use headwater_test_client::whip::Publisher;
use headwater_test_client::{Codec, Error, Transport};
use native_transcoder::orchestrator::Config;
use native_transcoder::webrtc::Tcp;
use node::{KEY, Node, offer, studio, token};
use studio::{during, pictures, viewer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Longer than anything here takes on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(30);

async fn publisher(node: &Node) -> Result<Publisher, Error> {
    let mine = token(KEY, &studio(), None, None);
    let endpoint = node.url(&format!("/whip/{}", studio()));
    Publisher::connect_by(Transport::Tcp, &endpoint, Some(&mine), Codec::H264).await
}

#[tokio::test(flavor = "multi_thread")]
async fn film_goes_in_and_out_by_tcp_beside_udp() {
    let node = Node::start().await;
    let film = Film::load(FilmConfig::default()).unwrap();
    let publisher = publisher(&node).await.expect("a publisher by TCP");
    during(&film, &publisher, async {
        let udp = viewer(&node, "source").await;
        pictures(&udp, 25).await;
        let endpoint = node.url(&format!("/whep/{}/source", studio()));
        let tcp = Viewer::connect_by(Transport::Tcp, &endpoint, None)
            .await
            .expect("a viewer by TCP");
        let seen = pictures(&tcp, 100).await;
        // The client drops what comes in the same breath as the end of its handshake, so its first keyframe may be a later
        // one; from there on nothing is missing.
        let whole: Vec<_> = seen.iter().skip_while(|frame| !frame.keyframe).collect();
        assert!(whole.len() > 50, "{} frames from a keyframe on", whole.len());
        let gaps = whole.iter().skip(1).filter(|frame| !frame.contiguous).count();
        assert_eq!(
            gaps,
            0,
            "TCP loses nothing: {:?}",
            whole.iter().map(|frame| frame.contiguous).collect::<Vec<_>>()
        );
        pictures(&udp, 25).await;
    })
    .await;
    node.orchestrator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_tcp_port_such_a_client_does_not_get_in() {
    let node = Node::start_with(Config {
        tcp: Tcp::Off,
        ..Config::default()
    })
    .await;
    let refused = publisher(&node).await;
    assert!(matches!(refused, Err(Error::Unreachable(_))), "{refused:?}");
    node.orchestrator.stop().await;
}

#[tokio::test]
async fn a_connection_whose_first_frame_is_nobodys_check_is_closed() {
    let node = Node::start().await;
    let mine = token(KEY, &studio(), None, None);
    let made = node
        .offer(&format!("/whip/{}", studio()), Some(&mine), offer("sendonly"))
        .await;
    let port = made
        .body
        .lines()
        .find(|line| line.starts_with("a=candidate:") && line.contains(" tcp "))
        .and_then(|line| line.split(' ').nth(5)?.parse::<u16>().ok())
        .expect("answers name a TCP candidate");
    let stranger = [
        0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    ];
    for opening in [
        &b"GET / HTTP/1.1\r\n\r\n"[..],
        &[0, 2, 22, 254],
        &[&[0, 20][..], &stranger].concat(),
    ] {
        let mut connection = TcpStream::connect(("127.0.0.1", port)).await.expect("it listens");
        connection.write_all(opening).await.expect("it is open");
        let mut answer = Vec::new();
        let ended = timeout(PATIENCE, connection.read_to_end(&mut answer)).await;
        assert!(ended.is_ok(), "{opening:?} is still connected");
    }
    node.orchestrator.stop().await;
}
