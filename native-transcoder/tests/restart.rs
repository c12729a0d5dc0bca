//! Connections that outlive a change of network.

mod network;
mod node;
mod studio;

use headwater_test_client::film::{Config as FilmConfig, Film};
use headwater_test_client::{Codec, State};
use native_transcoder::orchestrator::Config;
use network::{ENTRANCE, Network};
use node::Node;
use studio::{during, pictures, publisher, viewer};

#[tokio::test(flavor = "multi_thread")]
async fn media_goes_on_when_the_network_changes_under_publisher_and_viewer() {
    let node = Node::start_with(Config {
        advertise: Some(ENTRANCE.into()),
        ..Config::default()
    })
    .await;
    let network = Network::before(node.orchestrator.udp().port()).await;
    let film = Film::load(FilmConfig::default()).unwrap();
    let publisher = publisher(&node, Codec::H264).await;
    during(&film, &publisher, async {
        let viewer = viewer(&node, "source").await;
        pictures(&viewer, 25).await;

        // Without a change: the path stays, the credentials are others.
        publisher.restart_ice().await.expect("the publisher restarts");
        pictures(&viewer, 25).await;

        // Twice, for the first must leave nothing behind that stands in the second's way.
        for _ in 0..2 {
            network.switch();
            publisher.restart_ice().await.expect("the publisher moves");
            viewer.restart_ice().await.expect("the viewer moves");
            pictures(&viewer, 50).await;
        }
        assert_eq!(*viewer.state().borrow(), State::Connected);
        assert_eq!(node.sessions().await, 2, "the sessions are the same two");
    })
    .await;
    node.orchestrator.stop().await;
}
