//! In which codec a viewer gets a rendition, and what is encoded for that.

use super::*;
use VideoCodec::{Av1, H264, Hevc, Vp8, Vp9};

const FIREFOX: &[VideoCodec] = &[Vp8, Vp9, Av1];
const SECOND_VIEWER: SessionId = SessionId(3);

fn encodes(effects: &[Effect]) -> Vec<(usize, VideoCodec, bool)> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Encode { rung, codec, on } => Some((*rung, *codec, *on)),
            _ => None,
        })
        .collect()
}

fn codec_sent(effects: &[Effect]) -> Option<VideoCodec> {
    effects.iter().find_map(|effect| match effect {
        Effect::Video { codec, .. } => Some(*codec),
        _ => None,
    })
}

#[test]
fn h264_is_sent_to_whoever_decodes_it_whatever_the_offer_prefers() {
    let now = Instant::now();
    let mut live = transcoded(now);
    let (codecs, effects) = live.prepare(now, &named("480p"), &[Av1, Vp8, H264]).unwrap();
    assert_eq!(codecs, [H264]);
    assert_eq!(encodes(&effects), []);
}

#[test]
fn a_viewer_without_h264_starts_the_cheapest_encoding_that_it_decodes() {
    let now = Instant::now();
    let mut live = transcoded(now);
    let (codecs, effects) = live.prepare(now, &named("360p"), &[Av1, Vp9, Vp8]).unwrap();
    assert_eq!(codecs, [Vp8]);
    assert_eq!(encodes(&effects), [(1, Vp8, true)]);
    assert_eq!(
        encodes(&live.prepare(now, &named("360p"), &[Vp8]).unwrap().1),
        [],
        "it runs"
    );

    live.add_viewer(now, VIEWER, named("360p"), vec![Vp8]);
    live.viewer_connected(now, VIEWER);
    assert!(
        live.rung_frame(1, H264, frame(0, true)).is_empty(),
        "not what was negotiated"
    );
    let effects = live.rung_frame(1, Vp8, frame(0, true));
    assert_eq!(
        (codec_sent(&effects), sent(&effects)),
        (Some(Vp8), vec![(0, vec![VIEWER])])
    );
}

#[test]
fn what_runs_already_is_taken_before_anything_is_started() {
    let now = Instant::now();
    let mut live = transcoded(now);
    live.prepare(now, &named("480p"), &[Vp9]).unwrap();
    let (codecs, effects) = live.prepare(now, &named("480p"), &[Vp8, Vp9]).unwrap();
    assert_eq!((codecs, encodes(&effects)), (vec![Vp9], vec![]));
}

#[test]
fn an_encoding_stops_ten_seconds_after_its_last_viewer() {
    let start = Instant::now();
    let at = |seconds| start + Duration::from_secs(seconds);
    let mut live = transcoded(start);
    live.add_viewer(start, VIEWER, named("480p"), vec![Vp8]);
    assert_eq!(encodes(&live.tick(at(100))), []);
    live.remove_viewer(VIEWER);
    assert_eq!(encodes(&live.tick(at(101))), []);
    assert_eq!(encodes(&live.tick(at(110))), []);
    assert_eq!(encodes(&live.tick(at(111))), [(0, Vp8, false)]);
    assert_eq!(encodes(&live.tick(at(112))), []);
}

#[test]
fn a_viewer_that_comes_back_in_time_keeps_its_encoding() {
    let start = Instant::now();
    let at = |seconds| start + Duration::from_secs(seconds);
    let mut live = transcoded(start);
    live.prepare(start, &named("480p"), &[Vp8]).unwrap();
    live.tick(start);
    let effects = live.add_viewer(at(9), VIEWER, named("480p"), vec![Vp8]);
    assert_eq!(encodes(&effects), []);
    assert_eq!(encodes(&live.tick(at(60))), []);
}

#[test]
fn a_stream_has_so_many_encodings_and_no_more() {
    let now = Instant::now();
    let mut live = transcoded(now);
    for rung in ["480p", "360p", "240p"] {
        assert_eq!(answered(&mut live, &named(rung), FIREFOX), Ok(vec![Vp8]));
    }
    assert_eq!(
        answered(&mut live, &named("480p"), &[Av1]),
        Err(Unavailable::Busy)
    );
    assert_eq!(
        answered(&mut live, &named("480p"), &[Av1, Vp8]),
        Ok(vec![Vp8]),
        "this one runs"
    );
}

#[test]
fn a_viewer_is_told_what_it_would_have_to_decode() {
    let now = Instant::now();
    let mut live = transcoded(now);
    assert_eq!(
        answered(&mut live, &named(SOURCE), FIREFOX),
        Err(Unavailable::Codec(vec![H264]))
    );
    live.encoders = vec![Vp9];
    assert_eq!(
        answered(&mut live, &named("480p"), &[Av1, Hevc]),
        Err(Unavailable::Codec(vec![H264, Vp9]))
    );
}

#[test]
fn without_a_choice_a_viewer_gets_the_source_if_it_decodes_it_else_the_largest_rung() {
    let now = Instant::now();
    let mut live = transcoded(now);
    assert_eq!(encodes(&live.add_viewer(now, VIEWER, layers(), vec![H264])), []);
    assert_eq!(
        encodes(&live.add_viewer(now, SECOND_VIEWER, layers(), FIREFOX.to_vec())),
        [(0, Vp8, true)]
    );
    live.viewer_connected(now, VIEWER);
    live.viewer_connected(now, SECOND_VIEWER);
    assert_eq!(sent(&live.video(H264, frame(3000, true), true, now)).len(), 1);
    assert_eq!(
        sent(&live.rung_frame(0, Vp8, frame(3000, true))),
        [(3000, vec![SECOND_VIEWER])]
    );
}

#[test]
fn a_new_transcoder_is_told_what_is_watched() {
    let now = Instant::now();
    let mut live = transcoded(now);
    live.add_viewer(now, VIEWER, named("240p"), vec![Vp8]);
    live.video(Vp8, frame(9000, true), true, now);
    let effects = live.rungs_fixed(now, FILM, Ladder::standard().fit(FILM));
    assert_eq!(encodes(&effects), [(2, Vp8, true)]);
}

#[test]
fn a_rung_that_is_asked_for_before_there_are_rungs_is_encoded_once_there_are() {
    let now = Instant::now();
    let mut live = live(now);
    live.video(H264, frame(0, true), true, now);
    let (codecs, effects) = live.prepare(now, &named("480p"), FIREFOX).unwrap();
    assert_eq!((codecs, encodes(&effects)), (vec![Vp8], vec![]));
    let effects = live.rungs_fixed(now, FILM, Ladder::standard().fit(FILM));
    assert_eq!(encodes(&effects), [(0, Vp8, true)]);
}

#[test]
fn an_encoding_that_the_transcoder_refuses_sends_its_viewers_back_and_is_not_tried_again() {
    let now = Instant::now();
    let mut live = transcoded(now);
    live.add_viewer(now, VIEWER, named("480p"), vec![Vp8]);
    let effects = live.encoding_refused(now, 0, Vp8);
    assert!(matches!(&effects[0], Effect::Close(gone, Code::ConnectionLost) if *gone == [VIEWER]));
    assert_eq!(answered(&mut live, &named("480p"), FIREFOX), Ok(vec![Vp9]));
}

#[test]
fn a_publisher_that_changes_its_codec_sends_back_those_who_do_not_decode_the_new_one() {
    let now = Instant::now();
    let mut live = transcoded(now);
    live.add_viewer(now, VIEWER, named(SOURCE), vec![H264]);
    live.add_viewer(now, SECOND_VIEWER, layers(), vec![H264]);
    let effects = live.video(Vp8, frame(90_000, true), true, now);
    assert!(
        matches!(&effects[0], Effect::Close(gone, Code::ConnectionLost) if *gone == [VIEWER]),
        "one rendition or none: {effects:?}"
    );
    live.viewer_connected(now, SECOND_VIEWER);
    assert_eq!(
        sent(&live.rung_frame(0, H264, frame(90_000, true))),
        [(90_000, vec![SECOND_VIEWER])],
        "one that switches goes on with the largest rung"
    );
}

#[test]
fn a_viewer_that_decodes_both_codecs_of_a_publisher_stays() {
    let now = Instant::now();
    let mut live = transcoded(now);
    live.add_viewer(now, VIEWER, layers(), vec![H264, Vp8]);
    live.viewer_connected(now, VIEWER);
    let effects = live.video(Vp8, frame(90_000, true), true, now);
    assert!(
        !effects.iter().any(|effect| matches!(effect, Effect::Close(..))),
        "{effects:?}"
    );
    assert_eq!(codec_sent(&effects), Some(Vp8));
}
