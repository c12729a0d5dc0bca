//! What RFC 9725 and WHEP ask of resources, sentence by sentence.

mod node;

use node::{Answer, KEY, Node, offer, studio, token};
use reqwest::Method;

async fn publish(node: &Node) -> Answer {
    let mine = token(KEY, &studio(), None, None);
    let answer = node
        .offer(&format!("/whip/{}", studio()), Some(&mine), offer("sendonly"))
        .await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    answer
}

#[tokio::test]
async fn reading_an_endpoint_or_a_session_tells_nothing() {
    let node = Node::start().await;
    let session = publish(&node).await.header("location").to_owned();
    for path in [format!("/whip/{}", studio()), session] {
        for method in [Method::GET, Method::HEAD] {
            let answer = node.request(method, &path, &[], "").await;
            assert_eq!(
                (answer.status.as_u16(), answer.body.as_str()),
                (204, ""),
                "{path}"
            );
        }
    }
    let whep = format!("/whep/{}/source", studio());
    for method in [Method::GET, Method::HEAD] {
        let answer = node.request(method, &whep, &[], "").await;
        assert_eq!((answer.status.as_u16(), answer.body.as_str()), (200, ""));
        assert_eq!(answer.header("content-type"), "application/sdp");
    }
    node.orchestrator.stop().await;
}

#[tokio::test]
async fn a_method_that_a_resource_does_not_have_is_answered_with_those_that_it_has() {
    let node = Node::start().await;
    let session = publish(&node).await.header("location").to_owned();
    for (path, has) in [
        (format!("/whip/{}", studio()), "POST"),
        (format!("/whep/{}/source", studio()), "POST"),
        (session, "PATCH"),
        ("/status".to_owned(), "GET"),
    ] {
        let answer = node.request(Method::PUT, &path, &[], "").await;
        assert_eq!(
            (answer.status.as_u16(), answer.code().as_str()),
            (405, "method_not_allowed"),
            "{path}"
        );
        let allow = answer.header("allow");
        assert!(
            allow.split(',').any(|method| method.trim() == has),
            "{path}: {allow}"
        );
    }
    node.orchestrator.stop().await;
}

#[tokio::test]
async fn options_name_the_media_types_that_are_taken_and_mint_nothing() {
    let node = Node::start().await;
    let session = publish(&node).await.header("location").to_owned();
    for (path, header, value) in [
        (format!("/whip/{}", studio()), "accept-post", "application/sdp"),
        (
            format!("/whep/{}/source", studio()),
            "accept-post",
            "application/sdp",
        ),
        (session, "accept-patch", "application/trickle-ice-sdpfrag"),
    ] {
        let answer = node.request(Method::OPTIONS, &path, &[], "").await;
        assert_eq!(answer.status, 200, "{path}");
        assert!(
            answer.header(header).contains(value),
            "{path}: {}",
            answer.header(header)
        );
        assert_eq!(answer.header("link"), "", "{path}");
    }
    node.orchestrator.stop().await;
}

#[tokio::test]
async fn media_types_may_have_parameters_and_any_case() {
    let node = Node::start().await;
    let authorization = format!("Bearer {}", token(KEY, &studio(), None, None));
    for given in ["application/sdp; charset=utf-8", "Application/SDP"] {
        let headers = [("content-type", given), ("authorization", authorization.as_str())];
        let path = format!("/whip/{}", studio());
        let made = node
            .request(Method::POST, &path, &headers, offer("sendonly"))
            .await;
        assert_eq!(made.status, 201, "{given}: {}", made.body);
    }
    node.orchestrator.stop().await;
}

#[tokio::test]
async fn delete_needs_no_entity_tag_and_an_ended_session_is_nowhere() {
    let node = Node::start().await;
    let session = publish(&node).await.header("location").to_owned();
    let stale = [("if-match", "\"another\"")];
    let deleted = node.request(Method::DELETE, &session, &stale, "").await;
    assert_eq!(deleted.status, 200, "whatever tag it has");
    let fragment = "a=ice-ufrag:abcd\r\na=candidate:1 1 udp 1 192.0.2.1 9 typ host\r\n";
    let headers = [("content-type", "application/trickle-ice-sdpfrag")];
    let patched = node.request(Method::PATCH, &session, &headers, fragment).await;
    assert_eq!(
        (patched.status.as_u16(), patched.code().as_str()),
        (404, "unknown_session")
    );
    node.orchestrator.stop().await;
}

#[tokio::test]
async fn session_urls_are_random_and_entity_tags_strong() {
    let node = Node::start().await;
    let (one, two) = (publish(&node).await, publish(&node).await);
    assert_ne!(one.header("location"), two.header("location"));
    assert_ne!(one.header("etag"), two.header("etag"));
    for made in [one, two] {
        let secret = made.header("location").rsplit('/').next().unwrap_or_default();
        assert!(
            secret.len() >= 32 && secret.bytes().all(|b| b.is_ascii_hexdigit()),
            "{secret}"
        );
        let etag = made.header("etag");
        assert!(
            etag.starts_with('"') && etag.ends_with('"') && etag.len() > 4,
            "{etag}"
        );
    }
    node.orchestrator.stop().await;
}
