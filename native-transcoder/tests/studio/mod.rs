//! A film on air in `studio`, and viewers of it.
#![allow(dead_code, reason = "each test file uses its part")]

use std::time::Duration;

use headwater_test_client::Codec;
use headwater_test_client::film::{Config, Film, Player};
use headwater_test_client::frame::{Frame, Kind};
use headwater_test_client::whep::Viewer;
use headwater_test_client::whip::Publisher;
use tokio::time::timeout;

use crate::node::{KEY, Node, studio, token};

/// Longer than anything here takes on a loaded machine; a test that reaches it has failed.
pub(crate) const LIMIT: Duration = Duration::from_secs(60);

pub(crate) fn film(codec: Codec) -> Film {
    Film::load(Config {
        codec,
        ..Config::default()
    })
    .expect("ffmpeg encodes the film")
}

pub(crate) async fn publisher(node: &Node, codec: Codec) -> Publisher {
    let token = token(KEY, &studio(), None, None);
    Publisher::connect(&node.url(&format!("/whip/{}", studio())), Some(&token), codec)
        .await
        .expect("a publisher")
}

/// A viewer of one rendition, who decodes every codec.
pub(crate) async fn viewer(node: &Node, rendition: &str) -> Viewer {
    viewer_decoding(node, &format!("/{rendition}"), &Codec::ALL).await
}

/// A viewer of `/whep/…/studio` and what follows it, who decodes `codecs`; asks until it is there, as players do.
pub(crate) async fn viewer_decoding(node: &Node, path: &str, codecs: &[Codec]) -> Viewer {
    let endpoint = node.url(&format!("/whep/{}{path}", studio()));
    loop {
        match Viewer::decoding(codecs, &endpoint, None).await {
            Ok(viewer) => return viewer,
            Err(headwater_test_client::Error::Session(refused)) if refused.retry_after().is_some() => {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            Err(error) => panic!("no viewer of {endpoint}: {error}"),
        }
    }
}

/// Plays the film until `watching` is done.
pub(crate) async fn during<T>(film: &Film, publisher: &Publisher, watching: impl Future<Output = T>) -> T {
    let mut player = Player::new(film);
    play_during(&mut player, publisher, watching).await
}

/// The same with a player that a test has prepared.
pub(crate) async fn play_during<T>(
    player: &mut Player<'_>,
    publisher: &Publisher,
    watching: impl Future<Output = T>,
) -> T {
    tokio::select! {
        played = player.play(publisher, LIMIT) => panic!("the film ended first: {played:?}"),
        seen = watching => seen,
    }
}

/// The next pictures.
pub(crate) async fn pictures(viewer: &Viewer, count: usize) -> Vec<Frame> {
    let mut frames = Vec::new();
    while frames.len() < count {
        let frame = timeout(LIMIT, viewer.next()).await.expect("pictures come");
        let frame = frame.expect("the stream goes on");
        if matches!(frame.kind, Kind::Video(_)) {
            frames.push(frame);
        }
    }
    frames
}
