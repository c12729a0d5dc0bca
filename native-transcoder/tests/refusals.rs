//! What the node refuses, with which status and code, and that nothing stays behind.

mod node;

use headwater_protocol::ladder::Ladder;
use node::{Answer, KEY, Node, offer, studio, token};
use reqwest::Method;

const SDPFRAG: &str = "application/trickle-ice-sdpfrag";

fn whip() -> String {
    format!("/whip/{}", studio())
}

fn whep(rendition: &str) -> String {
    format!("/whep/{}/{rendition}", studio())
}

fn mine() -> String {
    token(KEY, &studio(), None, None)
}

async fn publish(node: &Node) -> Answer {
    let answer = node.offer(&whip(), Some(&mine()), offer("sendonly")).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    answer
}

async fn patch(node: &Node, session: &str, headers: &[(&str, &str)], fragment: &str) -> Answer {
    let mut headers = headers.to_vec();
    headers.push(("content-type", SDPFRAG));
    node.request(Method::PATCH, session, &headers, fragment.to_owned())
        .await
}

#[tokio::test]
async fn bad_offers_get_the_right_status_and_leave_no_session() {
    let node = Node::start().await;
    let mine = mine();
    let two_videos = offer("sendonly").replace("m=audio", "m=video");
    let no_codec = offer("sendonly").replace("H264", "H263").replace("opus", "speex");
    let cases: [(&str, String, u16, &str); 6] = [
        ("empty", String::new(), 400, "malformed_sdp"),
        (
            "no fingerprint",
            offer("sendonly").replace("a=fingerprint", "a=x"),
            400,
            "malformed_sdp",
        ),
        ("too large", "v=0\r\n".repeat(20_000), 413, "too_large"),
        ("recvonly", offer("recvonly"), 422, "unacceptable_offer"),
        ("two videos", two_videos, 422, "unacceptable_offer"),
        ("no codec of ours", no_codec, 422, "no_common_codec"),
    ];
    for (what, sdp, status, code) in cases {
        let answer = node.offer(&whip(), Some(&mine), sdp).await;
        assert_eq!(
            (answer.status.as_u16(), answer.code().as_str()),
            (status, code),
            "{what}: {}",
            answer.body
        );
    }
    let headers = [("content-type", "text/plain"), ("authorization", "Bearer x")];
    let answer = node
        .request(Method::POST, &whip(), &headers, offer("sendonly"))
        .await;
    assert_eq!(
        (answer.status.as_u16(), answer.code().as_str()),
        (415, "unsupported_media_type")
    );
    let binary = node.offer(&whip(), Some(&mine), vec![0xff; 100]).await;
    assert_eq!(
        (binary.status.as_u16(), binary.code().as_str()),
        (400, "bad_request")
    );
    assert_eq!(node.sessions().await, 0);
    node.orchestrator.stop().await;
}

#[tokio::test]
async fn only_a_token_for_the_stream_admits_a_publisher() {
    let node = Node::start().await;
    let elsewhere = format!("{}x", studio()).parse().unwrap();
    let cases = [
        ("none", None, 401),
        ("garbage", Some("garbage".to_owned()), 401),
        (
            "for another stream",
            Some(token(KEY, &elsewhere, None, None)),
            403,
        ),
        ("of a stranger", Some(token(KEY + 1, &studio(), None, None)), 403),
    ];
    for (what, token, status) in cases {
        let answer = node.offer(&whip(), token.as_deref(), offer("sendonly")).await;
        assert_eq!(
            (answer.status.as_u16(), answer.code().as_str()),
            (status, "unauthorized"),
            "{what}"
        );
        assert_eq!(
            answer.header("www-authenticate") == "Bearer",
            status == 401,
            "{what}"
        );
    }
    assert_eq!(node.sessions().await, 0);
    node.orchestrator.stop().await;
}

#[tokio::test]
async fn the_same_key_replaces_its_session_and_another_is_told_that_the_name_is_taken() {
    let node = Node::start().await;
    let first = publish(&node).await;
    let stranger = node
        .offer(
            &whip(),
            Some(&token(KEY + 1, &studio(), None, None)),
            offer("sendonly"),
        )
        .await;
    assert_eq!(
        (stranger.status.as_u16(), stranger.code().as_str()),
        (409, "name_taken")
    );
    let second = publish(&node).await;
    assert_eq!(node.sessions().await, 1);
    let gone = node
        .request(Method::DELETE, first.header("location"), &[], "")
        .await;
    assert_eq!(gone.code(), "unknown_session");
    assert_eq!(
        node.request(Method::DELETE, second.header("location"), &[], "")
            .await
            .status,
        200
    );
    node.orchestrator.stop().await;
}

#[tokio::test]
async fn viewers_are_told_to_wait_or_that_there_is_no_such_rendition() {
    let node = Node::start().await;
    let early = node.offer(&whep("source"), None, offer("recvonly")).await;
    assert_eq!(
        (
            early.status.as_u16(),
            early.code().as_str(),
            early.header("retry-after")
        ),
        (409, "not_live", "1")
    );

    publish(&node).await;
    let no_frame_yet = node.offer(&whep("source"), None, offer("recvonly")).await;
    assert_eq!(
        (no_frame_yet.status.as_u16(), no_frame_yet.code().as_str()),
        (409, "not_live")
    );
    let unknown = node.offer(&whep("999p"), None, offer("recvonly")).await;
    assert_eq!(
        (unknown.status.as_u16(), unknown.code().as_str()),
        (404, "unknown_rendition")
    );
    let sending = node.offer(&whep("480p"), None, offer("sendonly")).await;
    let theora = offer("recvonly").replace("H264", "THEORA");
    let theora = node.offer(&whep("480p"), None, theora).await;
    for countered in [sending, theora] {
        assert_eq!(countered.status, 406, "{}", countered.body);
        assert_eq!(countered.header("content-type"), "application/sdp");
        assert!(
            countered.body.contains("a=sendonly") && countered.body.contains("H264/90000"),
            "{}",
            countered.body
        );
        assert!(countered.header("location").contains("/session/"));
    }
    assert_eq!(node.sessions().await, 1);

    let watching = node.offer(&whep("480p"), None, offer("recvonly")).await;
    assert_eq!(watching.status, 201, "{}", watching.body);
    assert!(
        watching.body.contains("a=sendonly") && watching.body.contains("playout-delay"),
        "{}",
        watching.body
    );
    node.orchestrator.stop().await;
}

#[tokio::test]
async fn a_watch_token_keeps_others_out() {
    let node = Node::start().await;
    let token = token(KEY, &studio(), Some(Ladder::standard()), Some("sesame"));
    assert_eq!(
        node.offer(&whip(), Some(&token), offer("sendonly")).await.status,
        201
    );
    for wrong in [None, Some("barley")] {
        let answer = node.offer(&whep("480p"), wrong, offer("recvonly")).await;
        assert_eq!(
            (answer.status.as_u16(), answer.code().as_str()),
            (401, "unauthorized")
        );
    }
    assert_eq!(
        node.offer(&whep("480p"), Some("sesame"), offer("recvonly"))
            .await
            .status,
        201
    );
    let in_url = format!("{}?token=sesame", whep("240p"));
    assert_eq!(node.offer(&in_url, None, offer("recvonly")).await.status, 201);
    node.orchestrator.stop().await;
}

#[tokio::test]
async fn trickled_candidates_are_taken_up_to_what_a_host_can_have() {
    let node = Node::start().await;
    let made = publish(&node).await;
    let session = made.header("location");
    let candidate = |n: u32| {
        format!(
            "a=candidate:{n} 1 udp 2122260223 192.0.2.1 {} typ host\r\n",
            10_000 + n
        )
    };
    let ufrag = "a=ice-ufrag:abcd\r\n";

    let one = patch(
        &node,
        session,
        &[("if-match", made.header("etag"))],
        &format!("{ufrag}{}", candidate(1)),
    )
    .await;
    assert_eq!(one.status, 204, "{}", one.body);
    assert_eq!(one.header("etag"), "", "candidates make no new ICE session");
    let tag = [("if-match", made.header("etag"))];
    let mdns = "a=candidate:1 1 udp 2122260223 3f2c.local 50000 typ host\r\n";
    assert_eq!(
        patch(&node, session, &tag, mdns).await.status,
        204,
        "what cannot be resolved is skipped"
    );
    let stale = patch(&node, session, &[("if-match", "\"other\"")], &candidate(2)).await;
    assert_eq!(
        (stale.status.as_u16(), stale.code().as_str()),
        (412, "bad_request")
    );
    let anyone = patch(&node, session, &[], &candidate(2)).await;
    assert_eq!(
        (anyone.status.as_u16(), anyone.code().as_str()),
        (428, "bad_request")
    );
    assert_eq!(patch(&node, session, &[], "hello").await.code(), "bad_request");
    let sdp = node
        .request(Method::PATCH, session, &[("content-type", "application/sdp")], "")
        .await;
    assert_eq!(
        (sdp.status.as_u16(), sdp.code().as_str()),
        (415, "unsupported_media_type")
    );
    assert_eq!(
        patch(&node, "/session/nonesuch", &[], &candidate(1)).await.code(),
        "unknown_session"
    );
    assert_eq!(node.sessions().await, 1);

    let hundred: String = (0..100).map(candidate).collect();
    let flood = patch(&node, session, &tag, &hundred).await;
    assert_eq!(
        (flood.status.as_u16(), flood.code().as_str()),
        (422, "too_many_candidates")
    );
    assert_eq!(node.sessions().await, 0);
    node.orchestrator.stop().await;
}

#[tokio::test]
async fn what_is_not_there_says_so() {
    let node = Node::start().await;
    assert_eq!(
        node.request(Method::GET, "/nowhere", &[], "").await.code(),
        "not_found"
    );
    let put = node.request(Method::PUT, &whip(), &[], "").await;
    assert_eq!(
        (put.status.as_u16(), put.code().as_str()),
        (405, "method_not_allowed")
    );
    let name = node
        .offer("/whip/0x12/studio", Some("x"), offer("sendonly"))
        .await;
    assert_eq!((name.status.as_u16(), name.code().as_str()), (404, "not_found"));
    let manifest = node
        .request(Method::GET, &format!("/manifest/{}", studio()), &[], "")
        .await;
    assert_eq!(
        (manifest.status.as_u16(), manifest.code().as_str()),
        (409, "not_live")
    );
    node.orchestrator.stop().await;
}
