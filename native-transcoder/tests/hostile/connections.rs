//! Sessions that are asked for and never made.

use std::time::Duration;

use crate::http::ATTACKER;
use crate::node::{offer, studio};
use crate::scene::Scene;

/// Requests, and how many at once.
const SESSIONS: usize = 10_000;
const AT_ONCE: usize = 20;

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_half_open_sessions() {
    let answered = Scene::withstands(|target| async move {
        let endpoint = format!("{}/whep/{}/240p", target.url, studio());
        let http = reqwest::Client::builder()
            .local_address(Some(ATTACKER.parse().expect("an address")))
            .timeout(Duration::from_secs(30))
            .build()
            .expect("a client");
        let asking = (0..AT_ONCE).map(|_| {
            let (http, endpoint) = (http.clone(), endpoint.clone());
            tokio::spawn(async move {
                let (mut taken, mut refused) = (0, 0);
                for _ in 0..SESSIONS / AT_ONCE {
                    let request = http.post(&endpoint).header("content-type", "application/sdp");
                    match request
                        .body(offer("recvonly"))
                        .send()
                        .await
                        .map(|answer| answer.status().as_u16())
                    {
                        Ok(201) => taken += 1,
                        Ok(429 | 503) | Err(_) => refused += 1,
                        Ok(status) => panic!("answered {status}"),
                    }
                }
                (taken, refused)
            })
        });
        let mut sum = (0, 0);
        for asked in asking.collect::<Vec<_>>() {
            let (taken, refused) = asked.await.expect("it asks to its end");
            sum = (sum.0 + taken, sum.1 + refused);
        }
        sum
    })
    .await;
    println!("{} sessions were given, {} refused", answered.0, answered.1);
    assert!(answered.1 > 0, "there is a limit");
}
