//! Every codec in, and for every viewer one that it decodes.

mod node;
mod studio;

use headwater_test_client::Codec;
use headwater_test_client::frame::{Frame, Kind};
use headwater_test_client::vision;
use node::{Node, studio};
use studio::{during, film, pictures, publisher, viewer_decoding};

/// What Firefox without its plug-in decodes.
const WITHOUT_H264: &[Codec] = &[Codec::Vp8, Codec::Vp9, Codec::Av1];

/// Plays a film in `codec` and watches its source and a rung.
async fn published(codec: Codec) {
    let node = Node::start().await;
    let film = film(codec);
    let publisher = publisher(&node, codec).await;
    let (source, rung) = during(&film, &publisher, async {
        let source = viewer_decoding(&node, "/source", &Codec::ALL).await;
        let rung = viewer_decoding(&node, "/240p", &[Codec::H264]).await;
        tokio::join!(pictures(&source, 60), pictures(&rung, 60))
    })
    .await;
    decodes(codec, &source, 1280);
    decodes(Codec::H264, &rung, 426);
    node.orchestrator.stop().await;
}

/// Every frame is a picture of the width that the first one says.
fn decodes(codec: Codec, frames: &[Frame], width: usize) {
    assert!(frames[0].keyframe, "a viewer begins with a keyframe");
    assert!(
        frames
            .iter()
            .all(|frame| frame.contiguous && frame.kind == Kind::Video(codec))
    );
    let seen = vision::decode_frames(codec, frames.iter().map(|frame| &frame.data[..])).expect("it decodes");
    assert_eq!((seen.width, seen.luma.len()), (width, frames.len()));
}

#[tokio::test(flavor = "multi_thread")]
async fn vp9_passes_through_and_is_transcoded() {
    published(Codec::Vp9).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn av1_passes_through_and_is_transcoded() {
    published(Codec::Av1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_source_is_offered_anew_to_a_viewer_that_does_not_decode_it() {
    let node = Node::start().await;
    let film = film(Codec::Vp9);
    let publisher = publisher(&node, Codec::Vp9).await;
    during(&film, &publisher, async {
        drop(viewer_decoding(&node, "/source", &Codec::ALL).await);
        let path = format!("/whep/{}/source", studio());
        let countered = node.offer(&path, None, node::offer("recvonly")).await;
        assert_eq!(
            (countered.status.as_u16(), countered.header("content-type")),
            (406, "application/sdp")
        );
        assert!(
            countered.body.contains("VP9/90000") && !countered.body.contains("H264"),
            "{}",
            countered.body
        );
    })
    .await;
    node.orchestrator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_viewer_without_h264_gets_rungs_in_what_it_decodes() {
    let node = Node::start().await;
    let film = film(Codec::H264);
    let publisher = publisher(&node, Codec::H264).await;
    let (plain, other) = during(&film, &publisher, async {
        let plain = viewer_decoding(&node, "/240p", &[Codec::H264]).await;
        let other = viewer_decoding(&node, "", WITHOUT_H264).await;
        tokio::join!(pictures(&plain, 60), pictures(&other, 60))
    })
    .await;
    decodes(Codec::H264, &plain, 426);
    decodes(Codec::Vp8, &other, 854);
    node.orchestrator.stop().await;
}
