//! Data channels by the hundred, and messages without end.

use std::time::Duration;

use headwater_test_client::Codec;
use tokio::time::timeout;

use crate::scene::Scene;

#[tokio::test(flavor = "multi_thread")]
async fn many_channels_and_huge_messages() {
    Scene::withstands(|target| async move {
        let attacker = target.attacker(80, Codec::H264).await;
        let flood = async {
            let huge = "x".repeat(60_000);
            attacker.send_control("nonsense").await?;
            for n in 0..500 {
                attacker.open_channel(&format!("channel {n}")).await?;
                if n % 5 == 0 {
                    attacker.send_control(&huge).await?;
                }
            }
            Ok::<_, headwater_test_client::Error>(())
        };
        // The node may end a connection like this one, or stop reading it.
        let _ = timeout(Duration::from_secs(10), flood).await;
        let _ = attacker.close().await;
    })
    .await;
}
