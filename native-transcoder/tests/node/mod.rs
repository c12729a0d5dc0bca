//! A real orchestrator on free loopback ports, and what tests ask it.
#![allow(dead_code, reason = "each test file uses its part")]

use std::time::{SystemTime, UNIX_EPOCH};

use headwater_protocol::key::SessionKey;
use headwater_protocol::ladder::Ladder;
use headwater_protocol::signed::Signed;
use headwater_protocol::stream;
use headwater_protocol::token::{Publish, WatchHash};
use native_transcoder::orchestrator::{Config, Orchestrator};
use native_transcoder::transcoder::Program;
use reqwest::{Method, StatusCode};
use serde_json::Value;

/// The key that most tests publish with.
pub(crate) const KEY: u8 = 7;

pub(crate) struct Node {
    pub(crate) orchestrator: Orchestrator,
    http: reqwest::Client,
}

/// An HTTP answer, read to its end.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: String,
}

impl Node {
    pub(crate) async fn start() -> Self {
        Self::start_with(Config::default()).await
    }

    pub(crate) async fn start_with(config: Config) -> Self {
        let config = Config {
            program: Some(Program::new(env!("CARGO_BIN_EXE_headwater"))),
            ..config
        };
        let orchestrator = Orchestrator::start(config)
            .await
            .expect("loopback has free ports");
        Self {
            orchestrator,
            http: reqwest::Client::new(),
        }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.orchestrator.url())
    }

    pub(crate) async fn request(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<reqwest::Body>,
    ) -> Answer {
        let mut request = self.http.request(method, self.url(path)).body(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.send().await.expect("the node answers");
        let (status, headers) = (response.status(), response.headers().clone());
        Answer {
            status,
            headers,
            body: response.text().await.expect("a body"),
        }
    }

    /// POSTs an offer to a path with a bearer token.
    pub(crate) async fn offer(
        &self,
        path: &str,
        token: Option<&str>,
        sdp: impl Into<reqwest::Body>,
    ) -> Answer {
        let authorization = token.map(|token| format!("Bearer {token}"));
        let mut headers = vec![("content-type", "application/sdp")];
        headers.extend(authorization.as_deref().map(|value| ("authorization", value)));
        self.request(Method::POST, path, &headers, sdp).await
    }

    pub(crate) async fn sessions(&self) -> u64 {
        let status = self.request(Method::GET, "/status", &[], "").await;
        let status: Value = serde_json::from_str(&status.body).expect("status is JSON");
        status["sessions"].as_u64().expect("a number")
    }
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// The code of a problem document; panics if this is none.
    pub(crate) fn code(&self) -> String {
        assert_eq!(
            self.header("content-type"),
            "application/problem+json",
            "{}: {}",
            self.status,
            self.body
        );
        let problem: Value = serde_json::from_str(&self.body).expect("problem documents are JSON");
        assert_eq!(problem["status"], self.status.as_u16());
        assert!(
            problem["detail"].as_str().is_some_and(|detail| detail.len() > 10),
            "{problem}"
        );
        problem["code"].as_str().expect("a code").to_owned()
    }
}

pub(crate) fn key(seed: u8) -> SessionKey {
    SessionKey::from_bytes(&[seed; 32]).expect("a valid key")
}

/// `studio` of [`KEY`]'s address.
pub(crate) fn studio() -> stream::Id {
    stream::Id::new(key(KEY).address(), "studio".parse().expect("a name"))
}

/// A token for `stream`, signed with the key of `seed`.
pub(crate) fn token(seed: u8, stream: &stream::Id, ladder: Option<Ladder>, watch: Option<&str>) -> String {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("after 1970")
        .as_millis();
    let now = u64::try_from(now).expect("before the year 500 million");
    let claims = Publish {
        stream: stream.clone(),
        ladder,
        not_before: now,
        expiry: now + 3_600_000,
        watch: watch.map(WatchHash::of),
    };
    Signed::new(&key(seed), claims).text().to_owned()
}

/// An offer as a browser would make it, for one video and one audio track.
pub(crate) fn offer(direction: &str) -> String {
    let section = |mid: u8, kind: &str, pt: u8, codec: &str| {
        format!(
            "m={kind} 9 UDP/TLS/RTP/SAVPF {pt}\r\nc=IN IP4 0.0.0.0\r\na=ice-ufrag:abcd\r\n\
             a=ice-pwd:aaaabbbbccccddddeeeeffff\r\na=ice-options:trickle\r\n\
             a=fingerprint:sha-256 {fingerprint}\r\na=setup:actpass\r\na=mid:{mid}\r\na={direction}\r\n\
             a=extmap:5 http://www.webrtc.org/experiments/rtp-hdrext/playout-delay\r\n\
             a=rtcp-mux\r\na=rtpmap:{pt} {codec}\r\n",
            fingerprint = ["AB"; 32].join(":"),
        )
    };
    format!(
        "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1\r\n{}\
         a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f\r\n{}",
        section(0, "video", 102, "H264/90000"),
        section(1, "audio", 111, "opus/48000/2"),
    )
}
