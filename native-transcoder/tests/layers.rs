//! One connection that switches between renditions, and what it is told meanwhile.

mod node;
mod studio;

use std::time::Duration;

use headwater_test_client::frame::Frame;
use headwater_test_client::whep::Viewer;
use headwater_test_client::{Codec, vision};
use node::{Node, studio};
use reqwest::{Method, StatusCode};
use serde_json::Value;
use studio::{during, film, pictures, publisher, viewer_decoding};
use tokio::time::timeout;

const EVENTS: &str = "urn:ietf:params:whep:ext:core:server-sent-events";

/// Frames until the first of `width` pixels across, and as many after it.
async fn until_width(viewer: &Viewer, width: u16, more: usize) -> Vec<Frame> {
    let mut frames = Vec::new();
    loop {
        let frame = pictures(viewer, 1).await.remove(0);
        let there = frame.keyframe && width_of(&frame) == Some(width);
        frames.push(frame);
        if there {
            frames.extend(pictures(viewer, more).await);
            return frames;
        }
        assert!(frames.len() < 200, "{width} never came");
    }
}

/// Whether time rises from frame to frame. How far is the machine's business: an overloaded transcoder is behind the
/// source, and a viewer that switches to it waits.
fn rises(frames: &[Frame]) -> bool {
    let later = |pair: &[Frame]| (1..1 << 31).contains(&pair[1].rtp_time.wrapping_sub(pair[0].rtp_time));
    frames.windows(2).all(later)
}

/// The width of an H.264 keyframe, as its decoder says.
fn width_of(frame: &Frame) -> Option<u16> {
    let seen = vision::decode([&frame.data[..]]).ok()?;
    u16::try_from(seen.width).ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_viewer_switches_and_every_frame_is_a_later_picture() {
    let node = Node::start().await;
    let film = film(Codec::H264);
    let publisher = publisher(&node, Codec::H264).await;
    let seen = during(&film, &publisher, async {
        let viewer = viewer_decoding(&node, "", &[Codec::H264]).await;
        let mut seen = pictures(&viewer, 20).await;
        assert_eq!(
            width_of(&seen[0]),
            Some(1280),
            "the source, until something is selected"
        );
        // Rungs exist once the transcoder has seen the source.
        for (rid, width) in [("240p", 426), ("480p", 854), ("source", 1280), ("360p", 640)] {
            viewer.session.select(rid).await.expect("it can be selected");
            seen.extend(until_width(&viewer, width, 15).await);
        }
        seen
    })
    .await;

    assert!(seen.iter().all(|frame| frame.contiguous));
    assert!(rises(&seen));
    let decoded = vision::decode(seen.iter().map(|frame| &frame.data[..])).expect("it decodes");
    assert_eq!(decoded.luma.len(), seen.len());
    node.orchestrator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_switch_may_change_the_codec() {
    let node = Node::start().await;
    let film = film(Codec::Vp8);
    let publisher = publisher(&node, Codec::Vp8).await;
    during(&film, &publisher, async {
        let viewer = viewer_decoding(&node, "", &[Codec::H264, Codec::Vp8]).await;
        let video = |codec| headwater_test_client::frame::Kind::Video(codec);
        assert_eq!(pictures(&viewer, 10).await[9].kind, video(Codec::Vp8));
        viewer.session.select("240p").await.expect("it can be selected");
        let mut seen = Vec::new();
        while seen
            .last()
            .is_none_or(|frame: &Frame| frame.kind == video(Codec::Vp8))
        {
            seen.extend(pictures(&viewer, 1).await);
            assert!(seen.len() < 200, "it never switches");
        }
        assert!(seen[seen.len() - 1].keyframe);
        assert!(rises(&seen));
    })
    .await;
    node.orchestrator.stop().await;
}

/// An event stream, read event by event.
struct Events {
    response: reqwest::Response,
    text: String,
}

impl Events {
    async fn open(node: &Node, viewer: &Viewer, names: &str) -> (Self, String) {
        let url = viewer.session.extension(EVENTS).expect("events are advertised");
        let made = node
            .request(
                Method::POST,
                url.path(),
                &[("content-type", "application/json")],
                names.to_owned(),
            )
            .await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
        let path = made.header("location").to_owned();
        let response = reqwest::get(node.url(&path)).await.expect("it answers");
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let text = String::new();
        (Self { response, text }, path)
    }

    /// The next event's name and data; `None` at the end.
    async fn next(&mut self) -> Option<(String, Value)> {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let field = |name: &str| {
                    event
                        .lines()
                        .find_map(|line| line.strip_prefix(name))
                        .map(str::trim)
                };
                let found = field("event:").zip(field("data:"));
                let found =
                    found.map(|(name, data)| (name.to_owned(), serde_json::from_str(data).expect("JSON")));
                self.text = rest.to_owned();
                match found {
                    Some(found) => return Some(found),
                    None => continue,
                }
            }
            let chunk = timeout(Duration::from_secs(20), self.response.chunk())
                .await
                .expect("something comes");
            self.text += std::str::from_utf8(&chunk.ok()??).expect("text");
        }
    }

    async fn until(&mut self, wanted: &str) -> Value {
        loop {
            let (name, data) = self.next().await.expect("the stream goes on");
            if name == wanted {
                return data;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_viewer_is_told_what_it_may_select_and_who_else_watches() {
    let node = Node::start().await;
    let film = film(Codec::H264);
    let publisher = publisher(&node, Codec::H264).await;
    during(&film, &publisher, async {
        let first = viewer_decoding(&node, "", &[Codec::H264]).await;
        drop(viewer_decoding(&node, "/240p", &[Codec::H264]).await);
        pictures(&first, 30).await;
        let (mut events, path) =
            Events::open(&node, &first, r#"["layers","viewercount","active","unheard-of"]"#).await;
        assert_eq!(events.next().await.expect("an event").0, "active");
        let layers = events.until("layers").await;
        let rids: Vec<_> = layers["0"]
            .as_array()
            .expect("the video's section")
            .iter()
            .map(|layer| layer["rid"].as_str().unwrap_or_default())
            .collect();
        assert_eq!(rids, ["source", "480p", "360p", "240p"]);
        assert_eq!(events.until("viewercount").await["viewercount"], 2);
        drop(viewer_decoding(&node, "/240p", &[Codec::H264]).await);
        assert_eq!(events.until("viewercount").await["viewercount"], 3);

        let unknown = first
            .session
            .select("8k")
            .await
            .expect_err("there is no such layer");
        assert_eq!(unknown.status(), Some(StatusCode::NOT_FOUND));
        assert_eq!(
            node.request(Method::DELETE, &path, &[], "").await.status,
            StatusCode::OK
        );
        assert_eq!(events.next().await, None, "the stream has ended");
        assert_eq!(
            node.request(Method::GET, &path, &[], "").await.code(),
            "unknown_session"
        );
    })
    .await;
    node.orchestrator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn event_streams_end_with_their_session_and_a_single_rendition_has_no_layers() {
    let node = Node::start().await;
    let film = film(Codec::H264);
    let publisher = publisher(&node, Codec::H264).await;
    during(&film, &publisher, async {
        let viewer = viewer_decoding(&node, "/480p", &[Codec::H264]).await;
        assert!(
            viewer
                .session
                .extension("urn:ietf:params:whep:ext:core:layer")
                .is_none()
        );
        let (mut events, _) = Events::open(&node, &viewer, r#"["viewercount"]"#).await;
        viewer.close().await.expect("it ends");
        while events.next().await.is_some() {}
        let nonesuch = format!("/whep/{}/480p", studio()) + "/events";
        assert_eq!(
            node.request(Method::POST, &nonesuch, &[], "").await.code(),
            "not_found"
        );
    })
    .await;
    node.orchestrator.stop().await;
}
