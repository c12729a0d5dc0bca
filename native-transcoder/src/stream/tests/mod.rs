mod codecs;
mod growth;
mod layers;

use headwater_protocol::key::SessionKey;
use headwater_protocol::ladder::SOURCE;

use super::manifest::BadManifest;
use super::*;

const PUBLISHER: SessionId = SessionId(1);
const VIEWER: SessionId = SessionId(2);
const FILM: Size = Size::new(1280, 720);

fn key() -> SessionKey {
    SessionKey::from_bytes(&[9; 32]).unwrap()
}

const H264: &[VideoCodec] = &[VideoCodec::H264];

/// A stream on a node that encodes everything.
fn live(now: Instant) -> Live {
    live_with(now, Ladder::standard())
}

fn live_with(now: Instant, ladder: Ladder) -> Live {
    let id = stream::Id::new(key().address(), "studio".parse().unwrap());
    let encoders = VideoCodec::ALL.to_vec();
    Live::new(id, PUBLISHER, ladder, encoders, "http://node".into(), now)
}

/// The same with the standard ladder's rungs on a film.
fn transcoded(now: Instant) -> Live {
    let mut live = live(now);
    live.video(VideoCodec::H264, frame(0, true), true, now);
    live.rungs_fixed(now, FILM, Ladder::standard().fit(FILM));
    live
}

fn named(rendition: &str) -> Wish {
    Wish::Rendition(rendition.into())
}

fn layers() -> Wish {
    Wish::Layers(Selection::default())
}

/// What a viewer would be sent, and the codecs that it is answered.
fn answered(live: &mut Live, wish: &Wish, decodes: &[VideoCodec]) -> Result<Vec<VideoCodec>, Unavailable> {
    live.prepare(Instant::now(), wish, decodes)
        .map(|(codecs, _)| codecs)
}

fn frame(time: u64, keyframe: bool) -> Frame {
    Frame {
        time,
        keyframe,
        data: [1].into(),
    }
}

fn sent(effects: &[Effect]) -> Vec<(u64, Vec<SessionId>)> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Video { to, frame, .. } => Some((frame.time, to.clone())),
            _ => None,
        })
        .collect()
}

fn asked(effects: &[Effect]) -> usize {
    effects
        .iter()
        .filter(|effect| matches!(effect, Effect::SourceKeyframe))
        .count()
}

#[test]
fn the_first_frame_starts_a_transcoder_for_its_codec() {
    let now = Instant::now();
    let mut live = live(now);
    assert_eq!(
        answered(&mut live, &named(SOURCE), H264),
        Err(Unavailable::NotYet)
    );
    let effects = live.video(VideoCodec::H264, frame(7, true), true, now);
    assert!(matches!(
        effects[0],
        Effect::StartTranscoder {
            codec: VideoCodec::H264,
            ..
        }
    ));
    assert!(matches!(effects[1], Effect::Transcode { .. }));
    assert_eq!(answered(&mut live, &named(SOURCE), H264), Ok(H264.to_vec()));
    let second = live.video(VideoCodec::H264, frame(3007, false), true, now);
    assert!(
        !second
            .iter()
            .any(|effect| matches!(effect, Effect::StartTranscoder { .. }))
    );
}

#[test]
fn source_viewers_never_get_a_frame_past_a_gap() {
    let now = Instant::now();
    let mut live = live(now);
    live.video(VideoCodec::H264, frame(0, true), true, now);
    live.add_viewer(now, VIEWER, named(SOURCE), H264.to_vec());
    live.viewer_connected(now, VIEWER);

    let gap = live.video(VideoCodec::H264, frame(6000, false), false, now);
    assert_eq!((sent(&gap), asked(&gap)), (vec![], 1));
    let after = live.video(VideoCodec::H264, frame(9000, false), true, now);
    assert_eq!(
        (sent(&after), asked(&after)),
        (vec![], 0),
        "requests are coalesced"
    );
    let healed = live.video(VideoCodec::H264, frame(12000, true), true, now);
    assert_eq!(sent(&healed).len(), 1);
}

#[test]
fn a_viewer_begins_with_the_frames_since_the_keyframe() {
    let now = Instant::now();
    let mut live = live(now);
    live.rungs_fixed(now, FILM, Ladder::standard().fit(FILM));
    live.add_viewer(now, VIEWER, named("360p"), H264.to_vec());
    assert!(live.rung_frame(1, VideoCodec::H264, frame(0, true)).is_empty());
    live.rung_frame(1, VideoCodec::H264, frame(3000, false));
    let effects = live.viewer_connected(now, VIEWER);
    assert_eq!(sent(&effects), [(0, vec![VIEWER]), (3000, vec![VIEWER])]);
}

#[test]
fn the_offer_lists_the_source_and_the_rungs() {
    let now = Instant::now();
    let mut live = live(now);
    live.video(VideoCodec::Vp8, frame(0, true), true, now);
    let effects = live.rungs_fixed(now, FILM, Ladder::standard().fit(FILM));
    let Some(Effect::Control(Message::Offer { renditions, .. })) = effects.last() else {
        panic!("{effects:?}")
    };
    let names: Vec<_> = renditions
        .iter()
        .map(|r| (r.name.as_str(), r.codecs.join(" ")))
        .collect();
    let every = "h264 vp8 vp9 av1 h265 opus".to_owned();
    assert_eq!(
        names,
        [
            ("source", "vp8 opus".to_owned()),
            ("480p", every.clone()),
            ("360p", every.clone()),
            ("240p", every)
        ]
    );
}

#[test]
fn a_failed_transcoder_leaves_the_source() {
    let now = Instant::now();
    let mut live = live(now);
    live.video(VideoCodec::H264, frame(0, true), true, now);
    live.rungs_fixed(now, FILM, Ladder::standard().fit(FILM));
    live.add_viewer(now, VIEWER, named("480p"), H264.to_vec());
    let effects = live.transcoder_failed(now, "gone".into());
    assert!(matches!(&effects[0], Effect::Close(gone, Code::TranscoderFailed) if *gone == [VIEWER]));
    assert_eq!(answered(&mut live, &named(SOURCE), H264), Ok(H264.to_vec()));
    let later = live.video(VideoCodec::H264, frame(3000, false), true, now);
    assert!(
        !later
            .iter()
            .any(|effect| matches!(effect, Effect::Transcode { .. }))
    );
}

#[test]
fn manifests_are_the_publishers_own_and_only_move_forward() {
    let mut live = live(Instant::now());
    let manifest = |sequence, name: &str, key: &SessionKey| {
        let document = Manifest {
            sequence,
            stream: stream::Id::new(key.address(), name.parse().unwrap()),
            orchestrator: "http://node".into(),
            epoch: 0,
            renditions: vec![],
            not_before: 0,
            expiry: u64::MAX,
        };
        Signed::new(key, document).text().to_owned()
    };
    let mine = key().address();
    assert_eq!(live.take_manifest(&manifest(2, "studio", &key()), mine), Ok(()));
    assert_eq!(
        live.take_manifest(&manifest(2, "studio", &key()), mine),
        Err(BadManifest::Stale(2))
    );
    assert_eq!(
        live.take_manifest(&manifest(3, "other", &key()), mine),
        Err(BadManifest::OtherStream)
    );
    let stranger = SessionKey::from_bytes(&[8; 32]).unwrap();
    assert_eq!(
        live.take_manifest(&manifest(3, "studio", &stranger), mine),
        Err(BadManifest::Signer)
    );
    assert!(matches!(
        live.take_manifest("x", mine),
        Err(BadManifest::Unreadable(_))
    ));
}
