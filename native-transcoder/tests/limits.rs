//! What one source may cost a node, and that the others do not notice.

mod node;

use std::time::Duration;

use native_transcoder::limit::{Limits, Places, Rate};
use native_transcoder::orchestrator::Config;
use node::{Answer, KEY, Node, offer, studio, token};
use reqwest::Method;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Longer than anything here takes on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(30);

async fn limited(sources: Limits, behind_proxy: bool) -> Node {
    Node::start_with(Config {
        sources,
        behind_proxy,
        ..Config::default()
    })
    .await
}

async fn post(node: &Node, from: &str) -> Answer {
    let headers = [("content-type", "application/sdp"), ("x-forwarded-for", from)];
    let path = format!("/whip/{}", studio());
    node.request(Method::POST, &path, &headers, offer("sendonly"))
        .await
}

#[tokio::test]
async fn a_source_that_asks_too_often_is_told_when_to_come_back_and_others_are_served() {
    let requests = Rate::new(1, 3);
    let limits = Limits {
        requests,
        ..Limits::default()
    };
    let node = limited(limits, true).await;
    for _ in 0..3 {
        assert_eq!(post(&node, "192.0.2.1").await.status, 401);
    }
    let refused = post(&node, "192.0.2.1").await;
    assert_eq!(
        (refused.status.as_u16(), refused.code().as_str()),
        (429, "rate_limited")
    );
    assert_eq!(refused.header("retry-after"), "1");
    assert!(
        refused
            .header("access-control-expose-headers")
            .contains("Retry-After"),
        "pages may read it"
    );
    for method in [Method::PATCH, Method::DELETE] {
        let headers = [("x-forwarded-for", "192.0.2.1")];
        assert_eq!(node.request(method, "/session/x", &headers, "").await.status, 429);
    }
    assert_eq!(post(&node, "192.0.2.2").await.status, 401);
    let read = node
        .request(Method::GET, "/status", &[("x-forwarded-for", "192.0.2.1")], "")
        .await;
    assert_eq!(read.status, 200, "what changes nothing is not counted");
    node.orchestrator.stop().await;
}

#[tokio::test]
async fn without_a_proxy_nobody_gets_more_by_claiming_to_be_another() {
    let limits = Limits {
        requests: Rate::new(1, 3),
        ..Limits::default()
    };
    let node = limited(limits, false).await;
    for n in 0..3 {
        assert_eq!(post(&node, &format!("192.0.2.{n}")).await.status, 401);
    }
    assert_eq!(post(&node, "192.0.2.9").await.status, 429);
    node.orchestrator.stop().await;
}

#[tokio::test]
async fn sessions_that_never_connect_fill_their_own_sources_places_alone() {
    let limits = Limits {
        half_open: Places::new(2, 3),
        ..Limits::default()
    };
    let node = limited(limits, true).await;
    let mine = token(KEY, &studio(), None, None);
    let bearer = format!("Bearer {mine}");
    let publish = format!("/whip/{}", studio());
    let whep = format!("/whep/{}/480p", studio());
    let headers = |from| {
        [
            ("content-type", "application/sdp"),
            ("authorization", bearer.as_str()),
            ("x-forwarded-for", from),
        ]
    };
    let made = node
        .request(Method::POST, &publish, &headers("192.0.2.1"), offer("sendonly"))
        .await;
    assert_eq!(made.status, 201, "{}", made.body);
    let watch = async |from| {
        let headers = [("content-type", "application/sdp"), ("x-forwarded-for", from)];
        node.request(Method::POST, &whep, &headers, offer("recvonly"))
            .await
    };
    let second = watch("192.0.2.1").await;
    assert_eq!(second.status, 201, "{}", second.body);
    let third = watch("192.0.2.1").await;
    assert_eq!(
        (third.status.as_u16(), third.code().as_str()),
        (429, "rate_limited")
    );
    assert_eq!(watch("192.0.2.2").await.status, 201);
    let fourth = watch("192.0.2.3").await;
    assert_eq!((fourth.status.as_u16(), fourth.code().as_str()), (503, "busy"));
    assert_ne!(fourth.header("retry-after"), "");
    assert_eq!(node.sessions().await, 3);

    node.request(Method::DELETE, second.header("location"), &[], "")
        .await;
    assert_eq!(watch("192.0.2.1").await.status, 201, "a place is free again");
    node.orchestrator.stop().await;
}

#[tokio::test]
async fn slow_requests_are_cut_off_and_hold_no_more_than_their_sources_places() {
    let limits = Limits {
        connections: Places::new(4, 64),
        ..Limits::default()
    };
    let node = limited(limits, false).await;
    let address = node.orchestrator.http();
    let mut slow = Vec::new();
    for _ in 0..4 {
        let mut connection = TcpStream::connect(address).await.expect("a place");
        connection
            .write_all(b"POST /whip/x/y HTTP/1.1\r\nhost: x\r\nx-slow: ")
            .await
            .expect("it is open");
        slow.push(connection);
    }
    // Connected by the kernel, closed by the node: there is no place.
    let mut fifth = TcpStream::connect(address).await.expect("the kernel takes it");
    let mut byte = [0];
    let closed = timeout(PATIENCE, fifth.read(&mut byte))
        .await
        .expect("it is closed at once");
    assert!(matches!(closed, Ok(0) | Err(_)), "{closed:?}");
    // The heads never end, so that the node ends them.
    for mut connection in slow {
        let mut answer = Vec::new();
        let _ = timeout(PATIENCE, connection.read_to_end(&mut answer))
            .await
            .expect("the node cuts it off");
    }
    assert_eq!(node.sessions().await, 0, "and there is room again");
    node.orchestrator.stop().await;
}
