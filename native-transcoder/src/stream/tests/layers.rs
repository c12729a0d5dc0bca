//! Viewers that switch from layer to layer, and what they are told.

use serde_json::json;

use super::*;

const STEP: u64 = 3000;

/// A stream with a viewer of its source that has seen the picture at time 0.
fn watched(now: Instant) -> Live {
    let mut live = transcoded(now);
    live.add_viewer(now, VIEWER, layers(), H264.to_vec());
    live.viewer_connected(now, VIEWER);
    source(&mut live, now, STEP, true);
    live
}

fn select(live: &mut Live, now: Instant, rid: &str) -> Vec<Effect> {
    let selection = Selection {
        rid: Some(rid.into()),
        ..Selection::default()
    };
    live.select(now, VIEWER, selection).unwrap()
}

fn rung(live: &mut Live, rung: usize, time: u64, keyframe: bool) -> Vec<u64> {
    let effects = live.rung_frame(rung, VideoCodec::H264, frame(time, keyframe));
    sent(&effects).into_iter().map(|(time, _)| time).collect()
}

/// The first picture was put at tick 1, and the publisher's clock began at 0.
fn source(live: &mut Live, now: Instant, time: u64, keyframe: bool) -> Vec<u64> {
    let effects = live.video(VideoCodec::H264, frame(time - 1, keyframe), true, now);
    sent(&effects).into_iter().map(|(time, _)| time).collect()
}

#[test]
fn a_switch_asks_for_a_keyframe_at_once_and_the_old_layer_flows_until_it_is_here() {
    let now = Instant::now();
    let mut live = watched(now);
    let effects = select(&mut live, now, "360p");
    assert!(
        matches!(
            effects[..],
            [Effect::RungKeyframe {
                rung: 1,
                codec: VideoCodec::H264
            }]
        ),
        "{effects:?}"
    );
    assert_eq!(source(&mut live, now, 2 * STEP, false), [2 * STEP]);
    assert_eq!(rung(&mut live, 1, STEP, false), [0_u64; 0]);
    assert_eq!(
        rung(&mut live, 1, 2 * STEP, true),
        [2 * STEP + 1],
        "the picture is shown already, so this one a tick later"
    );
    assert_eq!(source(&mut live, now, 3 * STEP, false), [0_u64; 0]);
    assert_eq!(rung(&mut live, 1, 3 * STEP, false), [3 * STEP]);
}

#[test]
fn times_only_rise_however_a_viewer_switches() {
    let now = Instant::now();
    let mut live = watched(now);
    let mut times = Vec::new();
    for picture in 2..200_u64 {
        if picture.is_multiple_of(7) {
            let layer = ["360p", SOURCE, "480p", "240p"][(picture / 7 % 4) as usize];
            select(&mut live, now, layer);
        }
        times.extend(source(&mut live, now, picture * STEP, picture.is_multiple_of(3)));
        // Rungs come a picture or two late.
        for index in 0..3 {
            let late = picture - 1 - (index as u64 % 2);
            times.extend(rung(
                &mut live,
                index,
                late * STEP,
                late.is_multiple_of(2 + index as u64),
            ));
        }
    }
    assert!(times.len() > 150, "{}", times.len());
    assert!(times.windows(2).all(|pair| pair[0] < pair[1]), "{times:?}");
}

#[test]
fn a_change_of_mind_before_the_keyframe_leaves_the_viewer_where_it_is() {
    let now = Instant::now();
    let mut live = watched(now);
    select(&mut live, now, "360p");
    select(&mut live, now, SOURCE);
    assert_eq!(rung(&mut live, 1, 2 * STEP, true), [0_u64; 0]);
    assert_eq!(source(&mut live, now, 2 * STEP, false), [2 * STEP]);
}

#[test]
fn a_switch_to_the_source_asks_its_publisher_until_the_keyframe_comes() {
    let now = Instant::now();
    let mut live = watched(now);
    select(&mut live, now, "480p");
    rung(&mut live, 0, 2 * STEP, true);
    let later = now + Duration::from_secs(1);
    assert_eq!(asked(&select(&mut live, later, SOURCE)), 1);
    let lost = later + KEYFRAME_INTERVAL;
    let effects = live.video(VideoCodec::H264, frame(3 * STEP, false), true, lost);
    assert_eq!(asked(&effects), 1, "the first request may be lost");
}

#[test]
fn a_single_rendition_does_not_switch() {
    let now = Instant::now();
    let mut live = transcoded(now);
    live.add_viewer(now, VIEWER, named("480p"), H264.to_vec());
    let refused = live.select(now, VIEWER, Selection::default());
    assert!(matches!(refused, Err(SelectRefused::NoSession)));
}

#[test]
fn an_unknown_layer_is_refused_and_changes_nothing() {
    let now = Instant::now();
    let mut live = watched(now);
    let selection = Selection {
        rid: Some("8k".into()),
        ..Selection::default()
    };
    let refused = live.select(now, VIEWER, selection);
    assert!(matches!(refused, Err(SelectRefused::Layer(Unavailable::Unknown))));
    assert_eq!(source(&mut live, now, 2 * STEP, false), [2 * STEP]);
}

#[test]
fn bounds_select_the_largest_layer_within_them_and_nothing_returns_to_the_nodes_choice() {
    let now = Instant::now();
    let mut live = watched(now);
    let bounds = |max_height| Selection {
        max_height,
        ..Selection::default()
    };
    live.select(now, VIEWER, bounds(Some(400))).unwrap();
    assert_eq!(rung(&mut live, 0, 2 * STEP, true), [0_u64; 0]);
    assert_eq!(rung(&mut live, 1, 2 * STEP, true), [2 * STEP]);
    live.select(now, VIEWER, bounds(None)).unwrap();
    assert_eq!(source(&mut live, now, 3 * STEP, true), [3 * STEP]);
    assert!(matches!(
        live.select(now, VIEWER, bounds(Some(10))),
        Err(SelectRefused::Layer(Unavailable::TooSmall))
    ));
}

#[test]
fn a_selection_reads_as_the_drafts_spell_it() {
    let read = |text| serde_json::from_str::<Selection>(text).unwrap();
    let hd = Some("hd".to_owned());
    assert_eq!(read(r#"{"mediaId":"0","rid":"hd"}"#).rid, hd);
    assert_eq!(read(r#"{"mediaId":"1","encodingId":"hd"}"#).rid, hd);
    assert_eq!(read(r#"{"maxWidth":640}"#).max_width, Some(640));
    assert_eq!(read("{}"), Selection::default());
}

#[test]
fn a_failed_transcoder_puts_viewers_that_switch_back_on_the_source() {
    let now = Instant::now();
    let mut live = watched(now);
    select(&mut live, now, "360p");
    rung(&mut live, 1, 2 * STEP, true);
    let effects = live.transcoder_failed(now, "gone".into());
    assert!(
        !effects.iter().any(|effect| matches!(effect, Effect::Close(..))),
        "{effects:?}"
    );
    assert_eq!(source(&mut live, now, 3 * STEP, true), [3 * STEP]);
}

#[test]
fn a_viewer_is_told_the_layers_that_it_decodes() {
    let now = Instant::now();
    let mut live = transcoded(now);
    live.add_viewer(now, VIEWER, layers(), vec![VideoCodec::Vp8]);
    let data = live.data(Topic::Layers, VIEWER, 1);
    let names: Vec<_> = data["1"]
        .as_array()
        .unwrap()
        .iter()
        .map(|layer| &layer["rid"])
        .collect();
    assert_eq!(
        names,
        [&json!("480p"), &json!("360p"), &json!("240p")],
        "not the source: {data}"
    );
    let first = &data["1"][0];
    assert_eq!((&first["width"], &first["height"]), (&json!(854), &json!(480)));
    assert!(first["bitrate"].as_u64() > Some(0), "0 would mean that it is off");
}

#[test]
fn a_crowd_is_counted_once_a_second() {
    let start = Instant::now();
    let mut live = live(start);
    let counted = |live: &mut Live, ms| {
        let effects = live.tick(start + Duration::from_millis(ms));
        effects
            .iter()
            .any(|effect| matches!(effect, Effect::Announce(Topic::ViewerCount)))
    };
    live.add_viewer(start, VIEWER, layers(), H264.to_vec());
    assert!(!counted(&mut live, 500));
    assert!(counted(&mut live, 1000));
    live.remove_viewer(VIEWER);
    assert!(!counted(&mut live, 1500));
    assert!(counted(&mut live, 2000));
    assert!(!counted(&mut live, 9000), "nothing changed");
    assert_eq!(
        live.data(Topic::ViewerCount, VIEWER, 0),
        json!({ "viewercount": 0 })
    );
}

#[test]
fn viewers_hear_when_the_publisher_goes_and_comes_once_each() {
    let mut live = live(Instant::now());
    assert!(live.set_active(true).is_none());
    assert!(matches!(
        live.set_active(false),
        Some(Effect::Announce(Topic::Inactive))
    ));
    assert!(live.set_active(false).is_none());
    assert!(matches!(
        live.set_active(true),
        Some(Effect::Announce(Topic::Active))
    ));
}

#[test]
fn a_simulcasting_publisher_that_switches_encoders_goes_on_where_the_stream_is() {
    let now = Instant::now();
    let mut live = watched(now);
    live.source_switched();
    let effects = live.video(
        VideoCodec::H264,
        frame(999_000_000, true),
        true,
        now + Duration::from_secs(1),
    );
    assert_eq!(sent(&effects), [(90_000, vec![VIEWER])]);
}
