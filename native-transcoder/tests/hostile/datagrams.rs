//! Datagrams from nobody, and from others than they say.

use std::net::SocketAddr;
use std::time::Duration;

use headwater_test_client::Codec;
use tokio::net::UdpSocket;
use tokio::time::sleep;

use crate::scene::Scene;

/// Datagrams of a flood.
const FLOOD: u32 = 20_000;

/// Sent without a break; then others get a turn, for this machine must carry the stream too.
const VOLLEY: u32 = 50;

/// A STUN binding request (RFC 8489) for `username`, with an integrity that nobody with its password made.
fn stun(username: &str, number: u32) -> Vec<u8> {
    let mut attributes = Vec::new();
    if !username.is_empty() {
        attributes.extend([0, 6]);
        attributes.extend(u16::try_from(username.len()).expect("short").to_be_bytes());
        attributes.extend(username.as_bytes());
        attributes.resize(attributes.len().next_multiple_of(4), 0);
        attributes.extend([0, 8, 0, 20]);
        attributes.extend([7; 20]);
    }
    let mut message = vec![0, 1];
    message.extend(u16::try_from(attributes.len()).expect("short").to_be_bytes());
    message.extend([0x21, 0x12, 0xa4, 0x42]);
    message.extend([0; 8]);
    message.extend(number.to_be_bytes());
    message.extend(attributes);
    message
}

/// The start of a DTLS handshake: a record's header, then what might be a ClientHello.
fn client_hello(number: u32) -> Vec<u8> {
    let mut record = vec![22, 0xfe, 0xfd, 0, 0, 0, 0];
    record.extend(number.to_be_bytes());
    record.extend([0, 100, 1, 0, 0, 88, 0, 0, 0, 0, 0, 0, 0, 88, 0xfe, 0xfd]);
    record.resize(13 + 100, 3);
    record
}

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

/// The username fragment that an answer gives.
fn ufrag(answer: &str) -> String {
    let line = answer.lines().find_map(|line| line.strip_prefix("a=ice-ufrag:"));
    line.expect("an answer has one").trim().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_stun_requests_from_strangers() {
    let mut scene = Scene::start().await;
    let udp = scene.target().udp;
    let ((), seen) = scene
        .during(async move {
            let named = flood("127.0.0.4", udp, |n| stun(&format!("nobody{n}:me"), n));
            let plain = flood("127.0.0.5", udp, |n| stun("", n));
            tokio::join!(named, plain);
        })
        .await;
    assert!(seen.is_fine(), "{seen:?}");
    scene.memory_returns().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_for_anothers_connection_without_its_password() {
    let mut scene = Scene::start().await;
    let (udp, victim) = (scene.target().udp, ufrag(&scene.publisher.answer));
    let ((), seen) = scene
        .during(async move {
            flood("127.0.0.4", udp, |n| stun(&format!("{victim}:me"), n)).await;
            // Had one of them bound this address, its datagrams would now be the publisher's.
            flood("127.0.0.4", udp, client_hello).await;
        })
        .await;
    assert!(seen.is_fine(), "{seen:?}");
    scene.memory_returns().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn client_hellos_from_another_address_while_a_connection_is_made() {
    let mut scene = Scene::start().await;
    let target = scene.target();
    let ((), seen) = scene
        .during(async move {
            let racing = tokio::spawn(flood("127.0.0.4", target.udp, client_hello));
            for seed in 70..73 {
                let made = target.attacker(seed, Codec::H264).await;
                made.close().await.expect("it is made, and ends in order");
            }
            racing.await.expect("the flood ends");
        })
        .await;
    assert!(seen.is_fine(), "{seen:?}");
    scene.memory_returns().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn datagrams_that_are_nothing() {
    let mut scene = Scene::start().await;
    let udp = scene.target().udp;
    let ((), seen) = scene
        .during(flood("127.0.0.4", udp, |n| {
            let first = n.to_be_bytes()[3];
            let mut datagram = vec![first; (n % 1500) as usize];
            datagram.extend(n.to_be_bytes());
            datagram
        }))
        .await;
    assert!(seen.is_fine(), "{seen:?}");
    scene.memory_returns().await;
}
