//! Attacks on a real node, with a well-behaved publisher and viewer beside them.
//!
//! Each test is one attack. It passes if the other stream's pictures keep arriving on time, the node refuses in its own
//! words, and its memory comes back to what it was. Attacks come from other loopback addresses than the stream, as they
//! would on the network.

mod channels;
mod connections;
mod datagrams;
mod http;
mod media;
#[path = "../node/mod.rs"]
mod node;
mod scene;

use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use scene::Scene;

/// The negative control: what disturbs the stream is seen.
#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_stands_still_is_noticed() {
    let mut scene = Scene::start().await;
    let pid = Pid::from_raw(scene.pid().try_into().unwrap());
    let ((), seen) = scene
        .during(async move {
            kill(pid, Signal::SIGSTOP).unwrap();
            tokio::time::sleep(Duration::from_secs(4)).await;
            kill(pid, Signal::SIGCONT).unwrap();
        })
        .await;
    assert!(!seen.is_fine(), "{seen:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_alone_is_on_time() {
    Scene::withstands(|_| async {}).await;
}
