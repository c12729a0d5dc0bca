//! The UDP port as strangers find it.

mod node;

use std::time::Duration;

use node::{KEY, Node, offer, studio, token};
use tokio::net::UdpSocket;
use tokio::time::timeout;

/// Longer than an answer on loopback takes on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(10);

/// A binding request without credentials (RFC 8489 §6).
fn plain(id: u8) -> Vec<u8> {
    [vec![0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42], vec![id; 12]].concat()
}

/// A binding request with this username and no right integrity.
fn forged(username: &str) -> Vec<u8> {
    let mut attributes = vec![0, 6];
    attributes.extend(u16::try_from(username.len()).expect("short").to_be_bytes());
    attributes.extend(username.as_bytes());
    attributes.resize(attributes.len().next_multiple_of(4), 0);
    attributes.extend([0, 0x24, 0, 4, 1, 2, 3, 4]);
    attributes.extend([0, 8, 0, 20]);
    attributes.extend([0x55; 20]);
    let length = u16::try_from(attributes.len()).expect("short").to_be_bytes();
    [
        vec![0, 1, length[0], length[1], 0x21, 0x12, 0xa4, 0x42],
        vec![9; 12],
        attributes,
    ]
    .concat()
}

/// The beginning of a DTLS 1.2 ClientHello.
fn client_hello() -> Vec<u8> {
    let mut hello = vec![22, 254, 253, 0, 0, 0, 0, 0, 0, 0, 0, 0, 60, 1, 0, 0, 48];
    hello.extend([0; 56]);
    hello
}

async fn stranger(node: &Node) -> UdpSocket {
    let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a free port");
    socket.connect(node.orchestrator.udp()).await.expect("loopback");
    socket
}

async fn receive(socket: &UdpSocket) -> Vec<u8> {
    let mut buffer = [0; 2048];
    let length = timeout(PATIENCE, socket.recv(&mut buffer))
        .await
        .expect("an answer")
        .expect("loopback");
    buffer[..length].to_vec()
}

#[tokio::test]
async fn a_plain_binding_request_is_answered_with_the_senders_address() {
    let node = Node::start().await;
    let socket = stranger(&node).await;
    socket.send(&plain(7)).await.expect("loopback");
    let answer = receive(&socket).await;
    assert_eq!(answer.len(), 32);
    assert_eq!(answer[..2], [1, 1]);
    assert_eq!(answer[8..20], [7; 12]);
    let port = u16::from_be_bytes([answer[26] ^ 0x21, answer[27] ^ 0x12]);
    assert_eq!(port, socket.local_addr().expect("bound").port());
    node.orchestrator.stop().await;
}

#[tokio::test]
async fn a_flood_of_binding_requests_is_answered_a_few_hundred_times() {
    let node = Node::start().await;
    let socket = stranger(&node).await;
    let mut answers = 0;
    let mut buffer = [0; 2048];
    for _ in 0..10 {
        for _ in 0..200 {
            let _ = socket.send(&plain(1)).await;
        }
        // Counted in between, so that none is lost for want of room.
        while timeout(Duration::from_millis(20), socket.recv(&mut buffer))
            .await
            .is_ok()
        {
            answers += 1;
        }
    }
    // 200 at once, and 20 for each second that this takes.
    assert!((1..1000).contains(&answers), "{answers} of 2000");
    node.orchestrator.stop().await;
}

#[tokio::test]
async fn who_has_not_passed_a_check_gets_no_dtls_and_binds_no_address() {
    let node = Node::start().await;
    let mine = token(KEY, &studio(), None, None);
    let path = format!("/whip/{}", studio());
    let made = node.offer(&path, Some(&mine), offer("sendonly")).await;
    let ufrag = made
        .body
        .lines()
        .find_map(|line| line.strip_prefix("a=ice-ufrag:"))
        .expect("the answer has credentials");
    let socket = stranger(&node).await;
    // It knows the name, not the password: neither the check nor what follows it is answered.
    socket
        .send(&forged(&format!("{ufrag}:abcd")))
        .await
        .expect("loopback");
    socket.send(&client_hello()).await.expect("loopback");
    socket.send(&[0x80; 200]).await.expect("loopback");
    // The node takes datagrams in order: the first answer is to the last one.
    socket.send(&plain(3)).await.expect("loopback");
    assert_eq!(receive(&socket).await[8..20], [3; 12]);
    assert_eq!(node.sessions().await, 1);
    node.orchestrator.stop().await;
}
