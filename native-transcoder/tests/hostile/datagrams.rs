//! Datagrams from nobody, and from others than they say.

use std::net::SocketAddr;
use std::time::Duration;

use headwater_test_client::Codec;
use headwater_test_client::hostile::{client_hello, noise, stun};
use tokio::net::UdpSocket;
use tokio::time::sleep;

use crate::scene::Scene;

/// Datagrams of a flood.
const FLOOD: u32 = 10_000;

/// Sent without a break; then others get a turn, for this machine must carry the stream too.
const VOLLEY: u32 = 10;

/// Sends `FLOOD` datagrams from `source`, an address of the loopback network.
async fn flood(source: &str, to: SocketAddr, datagram: impl Fn(u32) -> Vec<u8>) {
    let socket = UdpSocket::bind((source, 0)).await.expect("loopback");
    for n in 0..FLOOD {
        // What does not fit the kernel's buffer was more than a flood.
        let _ = socket.try_send_to(&datagram(n), to);
        if n % VOLLEY == 0 {
            sleep(Duration::from_millis(2)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_stun_requests_from_strangers() {
    Scene::withstands(|target| async move {
        let named = flood("127.0.0.4", target.udp, |n| stun(&format!("nobody{n}:me"), n));
        let plain = flood("127.0.0.5", target.udp, |n| stun("", n));
        tokio::join!(named, plain);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_for_anothers_connection_without_its_password() {
    Scene::withstands(|target| async move {
        let victim = target.neighbour;
        flood("127.0.0.4", target.udp, |n| stun(&format!("{victim}:me"), n)).await;
        // Had one of them bound this address, its datagrams would now be the publisher's.
        flood("127.0.0.4", target.udp, client_hello).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn client_hellos_from_another_address_while_a_connection_is_made() {
    Scene::withstands(|target| async move {
        let racing = tokio::spawn(flood("127.0.0.4", target.udp, client_hello));
        for seed in 70..73 {
            let made = target.attacker(seed, Codec::H264).await;
            made.close().await.expect("it is made, and ends in order");
        }
        racing.await.expect("the flood ends");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn datagrams_that_are_nothing() {
    Scene::withstands(|target| flood("127.0.0.4", target.udp, noise)).await;
}
