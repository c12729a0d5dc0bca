//! What RFC 9725 and WHEP ask of resources, sentence by sentence.

mod node;

use node::{Answer, KEY, Node, offer, studio, token};
use reqwest::Method;

const SDPFRAG: &str = "application/trickle-ice-sdpfrag";

async fn patch(node: &Node, session: &str, headers: &[(&str, &str)], fragment: &str) -> Answer {
    let mut headers = headers.to_vec();
    headers.push(("content-type", SDPFRAG));
    node.request(Method::PATCH, session, &headers, fragment.to_owned())
        .await
}

async fn publish(node: &Node) -> Answer {
    let mine = token(KEY, &studio(), None, None);
    let answer = node
        .offer(&format!("/whip/{}", studio()), Some(&mine), offer("sendonly"))
        .await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    answer
}

#[tokio::test]
async fn a_session_is_made_and_ended_as_rfc_9725_wants() {
    let node = Node::start().await;
    let made = publish(&node).await;
    assert_eq!(made.header("content-type"), "application/sdp");
    assert_eq!(made.header("accept-patch"), SDPFRAG);
    assert!(made.header("etag").starts_with('"'));
    assert!(
        made.body.contains("a=recvonly") && made.body.contains("x-google-start-bitrate"),
        "{}",
        made.body
    );
    assert_eq!(node.sessions().await, 1);

    let session = made.header("location");
    assert_eq!(node.request(Method::GET, session, &[], "").await.status, 204);
    assert_eq!(node.request(Method::DELETE, session, &[], "").await.status, 200);
    assert_eq!(node.sessions().await, 0);
    let again = node.request(Method::DELETE, session, &[], "").await;
    assert_eq!(
        (again.status.as_u16(), again.code().as_str()),
        (404, "unknown_session")
    );
    node.orchestrator.stop().await;
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

#[tokio::test]
async fn new_credentials_restart_ice_and_get_the_nodes_own() {
    let node = Node::start().await;
    let made = publish(&node).await;
    let session = made.header("location");
    let fresh = "a=ice-ufrag:efgh\r\na=ice-pwd:0123456789012345678901\r\n";
    let half = "a=ice-ufrag:efgh\r\n";
    let short = "a=ice-ufrag:efgh\r\na=ice-pwd:short\r\n";
    for (condition, fragment, status) in [
        (None, fresh, 428),
        (Some("\"other\""), fresh, 412),
        (Some("*"), half, 400),
        (Some("*"), short, 400),
    ] {
        let headers: Vec<_> = condition.map(|tag| ("if-match", tag)).into_iter().collect();
        let refused = patch(&node, session, &headers, fragment).await;
        assert_eq!(
            (refused.status.as_u16(), refused.code().as_str()),
            (status, "bad_request"),
            "{fragment}"
        );
    }

    let restarted = patch(&node, session, &[("if-match", "*")], fresh).await;
    assert_eq!(restarted.status, 200, "{}", restarted.body);
    assert_eq!(restarted.header("content-type"), SDPFRAG);
    let line = |text: &str, name: &str| {
        text.lines()
            .find(|line| line.starts_with(name))
            .expect("the line is there")
            .to_owned()
    };
    for name in ["a=ice-ufrag:", "a=ice-pwd:"] {
        assert_ne!(line(&restarted.body, name), line(&made.body, name));
    }
    assert!(
        restarted.body.contains("m=video") && restarted.body.contains("a=mid:0"),
        "{}",
        restarted.body
    );
    assert_eq!(
        line(&restarted.body, "a=candidate:").split(" ufrag").next(),
        line(&made.body, "a=candidate:").split(" ufrag").next()
    );
    assert!(restarted.header("etag").starts_with('"'));
    assert_ne!(restarted.header("etag"), made.header("etag"));

    let again = patch(&node, session, &[("if-match", "*")], fresh).await;
    assert_eq!(
        (again.status, &again.body),
        (restarted.status, &restarted.body),
        "a lost answer can be had again"
    );
    let former = patch(&node, session, &[("if-match", made.header("etag"))], fresh).await;
    assert_eq!(former.status, 412, "the first tag is over");
    let next = "a=ice-ufrag:ijkl\r\na=ice-pwd:0123456789012345678901\r\n";
    let tagged = patch(&node, session, &[("if-match", restarted.header("etag"))], next).await;
    assert_eq!(tagged.status, 200, "{}", tagged.body);
    assert_eq!(node.sessions().await, 1);
    node.orchestrator.stop().await;
}

#[tokio::test]
async fn pages_of_any_origin_may_use_the_node() {
    let node = Node::start().await;
    let preflight = [
        ("origin", "https://page.example"),
        ("access-control-request-method", "PATCH"),
    ];
    let allowed = node.request(Method::OPTIONS, "/session/x", &preflight, "").await;
    assert_eq!(allowed.status, 204);
    assert_eq!(allowed.header("access-control-allow-origin"), "*");
    assert!(allowed.header("access-control-allow-methods").contains("PATCH"));
    assert!(
        allowed
            .header("access-control-allow-headers")
            .contains("If-Match")
    );
    let whip = format!("/whip/{}", studio());
    let refused = node.offer(&whip, None, offer("sendonly")).await;
    assert!(
        refused
            .header("access-control-expose-headers")
            .contains("Location")
    );
    assert_eq!(
        node.request(Method::OPTIONS, &whip, &[], "")
            .await
            .header("accept-post"),
        "application/sdp"
    );
    assert_eq!(
        node.request(Method::HEAD, &format!("/whep/{}/source", studio()), &[], "")
            .await
            .status,
        200
    );
    node.orchestrator.stop().await;
}
