//! Sources that begin small: who waits for what, and what is told when it comes.

use super::*;

const SMALL: Size = Size::new(320, 240);

/// What the transcoder says of a film that began at a third of its size: new rungs stand behind.
fn grown() -> Vec<FixedRung> {
    let mut rungs = Ladder::standard().fit(SMALL);
    let more = Ladder::standard().fit(FILM);
    rungs.extend(more.into_iter().filter(|rung| rung.name != "240p"));
    rungs
}

/// A stream that has begun at that size, at which one rung fits.
fn small(now: Instant) -> Live {
    let mut live = live(now);
    live.video(VideoCodec::H264, frame(0, true), true, now);
    live.rungs_fixed(now, SMALL, Ladder::standard().fit(SMALL));
    live
}

fn closed(effects: &[Effect]) -> bool {
    effects.iter().any(|effect| matches!(effect, Effect::Close(..)))
}

#[test]
fn who_comes_for_a_rung_that_the_source_may_still_grow_into_is_asked_to_wait() {
    let now = Instant::now();
    let mut live = small(now);
    let ask = |live: &mut Live, name| answered(live, &named(name), H264);
    assert_eq!(ask(&mut live, "480p"), Err(Unavailable::NotYet));
    assert_eq!(
        ask(&mut live, "1080p"),
        Err(Unavailable::Unknown),
        "the ladder has none"
    );
    assert_eq!(ask(&mut live, "240p"), Ok(H264.to_vec()));
    live.rungs_fixed(now, FILM, grown());
    assert_eq!(ask(&mut live, "480p"), Ok(H264.to_vec()));
}

#[test]
fn a_source_that_stays_small_sends_those_away_who_wait_for_more() {
    let now = Instant::now();
    let mut live = live(now);
    live.add_viewer(now, VIEWER, named("480p"), H264.to_vec());
    let effects = live.rungs_fixed(now, SMALL, Ladder::standard().fit(SMALL));
    assert!(!closed(&effects), "{effects:?}");
    assert!(!closed(&live.tick(now + Duration::from_secs(14))));
    let effects = live.tick(now + Duration::from_secs(15));
    assert!(matches!(&effects[0], Effect::Close(gone, Code::UnknownRendition) if *gone == [VIEWER]));
    assert_eq!(
        answered(&mut live, &named("480p"), H264),
        Err(Unavailable::Unknown)
    );
}

#[test]
fn a_viewer_that_waited_begins_with_the_new_rungs_first_keyframe() {
    let now = Instant::now();
    let mut live = live(now);
    live.add_viewer(now, VIEWER, named("480p"), H264.to_vec());
    live.viewer_connected(now, VIEWER);
    live.rungs_fixed(now, SMALL, Ladder::standard().fit(SMALL));
    live.rungs_fixed(now, FILM, grown());
    // Place 1, behind the rung that ran.
    let effects = live.rung_frame(1, VideoCodec::H264, frame(9000, true));
    assert_eq!(sent(&effects), [(9000, vec![VIEWER])]);
}

#[test]
fn viewers_of_a_rung_that_ran_notice_nothing() {
    let now = Instant::now();
    let mut live = small(now);
    live.add_viewer(now, VIEWER, named("240p"), H264.to_vec());
    live.viewer_connected(now, VIEWER);
    live.rung_frame(0, VideoCodec::H264, frame(0, true));
    let effects = live.rungs_fixed(now, FILM, grown());
    assert!(!closed(&effects));
    let effects = live.rung_frame(0, VideoCodec::H264, frame(3000, false));
    assert_eq!(sent(&effects), [(3000, vec![VIEWER])]);
}

#[test]
fn publisher_and_viewers_are_told_largest_first() {
    let now = Instant::now();
    let mut profiles = Ladder::standard().profiles().to_vec();
    profiles.reverse();
    let mut live = live_with(now, Ladder::new(profiles).unwrap());
    live.video(VideoCodec::H264, frame(0, true), true, now);
    live.rungs_fixed(now, SMALL, Ladder::standard().fit(SMALL));
    live.add_viewer(now, VIEWER, layers(), H264.to_vec());
    let effects = live.rungs_fixed(now, FILM, grown());
    let announced = |effect: &Effect| matches!(effect, Effect::Announce(Topic::Layers));
    assert!(effects.iter().any(announced));
    let Some(Effect::Control(Message::Offer { renditions, .. })) = effects.last() else {
        panic!("{effects:?}")
    };
    let offered: Vec<_> = renditions
        .iter()
        .map(|r| format!("{} {}", r.name, r.size))
        .collect();
    assert_eq!(
        offered,
        ["source 1280x720", "480p 854x480", "360p 640x360", "240p 320x240"]
    );
    let data = live.data(Topic::Layers, VIEWER, 0);
    let told: Vec<_> = data["0"]
        .as_array()
        .unwrap()
        .iter()
        .map(|layer| layer["rid"].as_str().unwrap())
        .collect();
    assert_eq!(told, ["source", "480p", "360p", "240p"]);
    let bounded = Selection {
        max_height: Some(400),
        ..Selection::default()
    };
    let largest = live.selected(&bounded, H264);
    assert_eq!(
        largest,
        Ok(Key::Rung(1, VideoCodec::H264)),
        "whatever the broadcaster's order"
    );
}

#[test]
fn a_viewer_that_leaves_the_choice_to_the_node_gets_the_largest_rung_as_it_comes() {
    let now = Instant::now();
    let mut live = live(now);
    live.video(VideoCodec::Vp8, frame(0, true), true, now);
    live.rungs_fixed(now, SMALL, Ladder::standard().fit(SMALL));
    live.add_viewer(now, VIEWER, layers(), H264.to_vec());
    live.viewer_connected(now, VIEWER);
    live.rung_frame(0, VideoCodec::H264, frame(0, true));
    live.rungs_fixed(now, FILM, grown());
    let old = live.rung_frame(0, VideoCodec::H264, frame(3000, false));
    assert_eq!(
        sent(&old).len(),
        1,
        "the old one flows until the new one's keyframe"
    );
    let new = live.rung_frame(1, VideoCodec::H264, frame(6000, true));
    assert_eq!(sent(&new), [(6000, vec![VIEWER])]);
}

#[test]
fn another_codec_keeps_the_rungs() {
    let now = Instant::now();
    let mut live = small(now);
    live.rungs_fixed(now, FILM, grown());
    let effects = live.video(VideoCodec::Vp8, frame(3000, true), true, now);
    let kept = |effect: &Effect| matches!(effect, Effect::StartTranscoder { rungs, .. } if *rungs == grown());
    assert!(effects.iter().any(kept), "{effects:?}");
}
