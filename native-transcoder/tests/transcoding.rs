//! The film through a worker process: what comes out of a [`Transcoder`], and when.

mod harness;

use std::time::Duration;

use harness::{Harness, config, feeding, written};
use headwater_protocol::ladder::{Ladder, Size};
use native_transcoder::transcoder::{Codec, Config, Flow, Preset, Unit};

const SECOND: u64 = 90_000;

#[tokio::test]
async fn every_picture_of_the_film_comes_out_on_every_rung() {
    let mut harness = Harness::start(config(Flow::Lossless));
    let film = headwater_film::h264().unwrap();
    harness.feed_all(feeding(&film, 0)).await;
    let all = harness.finish().await;
    let sizes: Vec<String> = all.rungs.iter().map(|e| e.rung.size.to_string()).collect();
    assert_eq!(sizes, ["854x480", "640x360", "426x240"]);
    assert_eq!(all.source, Some(Size::new(1280, 720)));
    for rung in &all.frames {
        let times: Vec<u64> = rung.iter().map(|frame| frame.time).collect();
        assert_eq!(times, (0..132).map(|i| i * 3600).collect::<Vec<u64>>());
    }
    assert_eq!((all.stats.decoded, all.stats.dropped), (132, 0));
    assert!(
        all.stats
            .rungs
            .iter()
            .all(|rung| (rung.encoded, rung.dropped) == (132, 0) && rung.encode_us > 0)
    );
}

#[tokio::test]
async fn keyframes_stand_on_the_grid_of_full_seconds_on_all_rungs_alike() {
    let mut harness = Harness::start(config(Flow::Lossless));
    let film = headwater_film::h264().unwrap();
    harness.feed_all(feeding(&film, 7 * SECOND + 1234)).await;
    let all = harness.finish().await;
    // 25 pictures a second from 7.01 s on: the first, then the first at or after 8, 9, 10, 11 and 12 s.
    let expected: Vec<u64> = [0, 25, 50, 75, 100, 125]
        .iter()
        .map(|i| 7 * SECOND + 1234 + i * 3600)
        .collect();
    for rung in &all.frames {
        let keyframes: Vec<u64> = rung.iter().filter(|f| f.keyframe).map(|f| f.time).collect();
        assert_eq!(keyframes, expected);
        assert!(
            rung.iter()
                .filter(|f| f.keyframe)
                .all(|f| harness::starts_with_parameter_sets(&f.data))
        );
    }
}

#[tokio::test]
async fn at_600_kbit_s_the_480_line_rung_still_looks_like_the_film() {
    let profile = headwater_protocol::ladder::Profile::new("480p", Size::new(854, 480), 600_000, 25).unwrap();
    let ladder = Ladder::new(vec![profile]).unwrap();
    let mut harness = Harness::start(Config {
        ladder,
        preset: Preset::Veryfast,
        ..config(Flow::Lossless)
    });
    let film = headwater_film::h264().unwrap();
    harness.feed_all(feeding(&film, 0)).await;
    let all = harness.finish().await;
    let stream = written("ssim", &all.frames[0]);
    let ssim = headwater_film::ssim(&stream, 25, &headwater_film::source(), 854, 480).unwrap();
    let bytes: usize = all.frames[0].iter().map(|f| f.data.len()).sum();
    let kbits = bytes as f64 * 8.0 / 5.28 / 1000.0;
    let largest = all.frames[0].iter().map(|f| f.data.len()).max().unwrap();
    eprintln!("ssim {ssim:.4} at {kbits:.0} kbit/s, largest unit {largest} bytes");
    assert!(ssim >= 0.90, "ssim {ssim} at {kbits} kbit/s");
    assert!((500.0..650.0).contains(&kbits), "{kbits} kbit/s");
    // The buffer that rate control models holds three quarters of a second.
    assert!(largest * 8 <= 450_000, "a unit of {largest} bytes");
}

#[tokio::test]
async fn vp8_is_taken_too() {
    let mut harness = Harness::start(Config {
        codec: Codec::Vp8,
        ..config(Flow::Lossless)
    });
    let film = headwater_film::vp8().unwrap();
    harness.feed_all(feeding(&film, 0)).await;
    let all = harness.finish().await;
    assert_eq!(all.frames.iter().map(Vec::len).collect::<Vec<_>>(), [132; 3]);
}

#[tokio::test]
async fn nothing_is_decoded_past_a_gap() {
    let mut harness = Harness::start(Config {
        codec: Codec::Vp8,
        ..config(Flow::Lossless)
    });
    let film = headwater_film::vp8().unwrap();
    let mut units = feeding(&film, 0);
    units[30].contiguous = false;
    harness.feed_all(units).await;
    let all = harness.finish().await;
    let times: Vec<u64> = all.frames[0].iter().map(|f| f.time / 3600).collect();
    assert_eq!(times, (0..30).chain(50..132).collect::<Vec<u64>>());
    assert_eq!((all.stats.decoded, all.stats.dropped), (112, 20));
    assert!(all.need_keyframe >= 1);
}

#[tokio::test]
async fn a_damaged_unit_costs_what_depends_on_it_and_no_more() {
    let mut harness = Harness::start(Config {
        codec: Codec::Vp8,
        ..config(Flow::Lossless)
    });
    let film = headwater_film::vp8().unwrap();
    let mut units = feeding(&film, 0);
    units[30].data = [].into();
    harness.feed_all(units).await;
    let all = harness.finish().await;
    let times: Vec<u64> = all.frames[0].iter().map(|f| f.time / 3600).collect();
    assert_eq!(times, (0..30).chain(50..132).collect::<Vec<u64>>());
    assert!(all.need_keyframe >= 1 && all.replaced.is_empty());
}

#[tokio::test]
async fn rungs_keep_their_size_when_the_phone_is_turned() {
    let mut harness = Harness::start(config(Flow::Lossless));
    let film = headwater_film::h264().unwrap();
    let mut units = feeding(&film[..50], 0);
    units.extend(feeding(&headwater_film::upright().unwrap()[..50], 50 * 3600));
    harness.feed_all(units).await;
    let all = harness.finish().await;
    assert_eq!(all.frames.iter().map(Vec::len).collect::<Vec<_>>(), [100; 3]);
    for (rung, frames) in all.rungs.iter().zip(&all.frames) {
        let pictures = harness::decoded(&written("turned", frames));
        let size = (rung.rung.size.width as usize, rung.rung.size.height as usize);
        assert!(pictures.iter().all(|p| (p.width, p.height) == size));
        // 360×640 inside 16:9 leaves a third of the width on each side.
        let bar =
            |p: &harness::Luma| p.mean(0..p.width / 4) < 20.0 && p.mean(p.width * 3 / 4..p.width) < 20.0;
        assert!(!bar(&pictures[49]), "the film fills the rung before");
        assert!(bar(&pictures[99]), "bars stand beside it after");
        assert!(
            pictures[99].mean(size.0 * 2 / 5..size.0 * 3 / 5) > 30.0,
            "the film is between them"
        );
    }
}

/// Two seconds of the film at a quarter of its size, then all of it.
fn growing() -> Vec<Unit> {
    let mut units = feeding(&headwater_film::small().unwrap()[..50], 0);
    units.extend(feeding(&headwater_film::h264().unwrap(), 50 * 3600));
    units
}

#[tokio::test]
async fn a_source_that_grows_gets_the_rungs_that_it_was_too_small_for_and_the_others_go_on() {
    let presets = ["P144p25fps16x9", "P480p25fps16x9", "P240p25fps16x9"];
    let ladder = Ladder::new(presets.map(|preset| preset.parse().unwrap()).to_vec()).unwrap();
    let mut harness = Harness::start(Config {
        ladder,
        ..config(Flow::Lossless)
    });
    harness.feed_all(growing()).await;
    let all = harness.finish().await;
    assert_eq!(all.source, Some(Size::new(1280, 720)));
    let places: Vec<_> = all
        .rungs
        .iter()
        .map(|e| (e.rung.name.as_str(), e.rung.size.to_string()))
        .collect();
    // The one that ran keeps its place.
    let expected = [("144p", "256x144"), ("480p", "854x480"), ("240p", "426x240")];
    assert_eq!(places, expected.map(|(name, size)| (name, size.to_owned())));
    let indices = |frames: &[harness::Frame]| frames.iter().map(|f| f.time / 3600).collect::<Vec<_>>();
    assert_eq!(indices(&all.frames[0]), (0..182).collect::<Vec<_>>());
    for frames in &all.frames[1..] {
        // Two seconds after the source has grown: then the size is one that stays.
        assert_eq!(indices(frames), (100..182).collect::<Vec<_>>());
        assert!(frames[0].keyframe && harness::starts_with_parameter_sets(&frames[0].data));
    }
    for (rung, frames) in all.rungs.iter().zip(&all.frames) {
        let pictures = harness::decoded(&written(&format!("grown-{}", rung.rung.name), frames));
        assert_eq!(pictures.len(), frames.len());
        let size = (rung.rung.size.width as usize, rung.rung.size.height as usize);
        assert!(pictures.iter().all(|p| (p.width, p.height) == size));
        // The same picture on every rung: the frames of one size did not go to another's encoder.
        let last = &pictures[pictures.len() - 1];
        assert!(last.mean(0..last.width) > 30.0, "the film fills it");
    }
}

#[tokio::test]
async fn rungs_that_are_fixed_stay_what_they_are_and_the_others_come_behind_them() {
    let ladder = Ladder::standard();
    let rungs = ladder.fit(Size::new(720, 1280))[..1].to_vec();
    let mut harness = Harness::start(Config {
        ladder,
        rungs,
        ..config(Flow::Lossless)
    });
    harness
        .feed_all(feeding(&headwater_film::h264().unwrap(), 0))
        .await;
    let all = harness.finish().await;
    assert_eq!(all.ladders, 2, "what is there, and what came");
    let sizes: Vec<String> = all.rungs.iter().map(|e| e.rung.size.to_string()).collect();
    assert_eq!(sizes, ["480x854", "640x360", "426x240"]);
    assert_eq!(all.frames.iter().map(Vec::len).collect::<Vec<_>>(), [132, 82, 82]);
    // On the upright rung the film is a third as wide: a step down from there would be one up again.
    let sharp = |frames: &[harness::Frame]| {
        let pictures = harness::decoded(&written("behind", frames));
        pictures.iter().map(harness::Luma::detail).sum::<f64>() / pictures.len() as f64
    };
    let detail = sharp(&all.frames[1]);
    let mut direct = Harness::start(config(Flow::Lossless));
    direct
        .feed_all(feeding(&headwater_film::h264().unwrap(), 0))
        .await;
    let usual = sharp(&direct.finish().await.frames[1][50..]);
    assert!(detail > 0.95 * usual, "{detail:.2} of {usual:.2}");
}

#[tokio::test]
async fn colours_mean_on_every_rung_what_they_meant_in_the_source() {
    let mut harness = Harness::start(config(Flow::Lossless));
    let mut units = feeding(&headwater_film::coloured(true).unwrap(), 0);
    units.extend(feeding(&headwater_film::coloured(false).unwrap(), 90_000));
    harness.feed_all(units).await;
    let all = harness.finish().await;
    for frames in &all.frames {
        let (before, after): (Vec<_>, Vec<_>) = frames.iter().cloned().partition(|frame| frame.time < 90_000);
        assert_eq!(harness::colour(&written("full", &before)), "pc,bt709,bt709,bt709");
        assert!(after[0].keyframe);
        assert_eq!(
            harness::colour(&written("limited", &after)),
            "tv,bt709,bt709,bt709"
        );
    }
}

#[tokio::test]
async fn a_viewer_gets_its_keyframe_and_the_grid_stays() {
    let mut harness = Harness::start(config(Flow::Live));
    let film = headwater_film::h264().unwrap();
    let mut asked = false;
    let mut frames = Vec::new();
    for unit in feeding(&film[..40], 0) {
        let time = unit.time;
        harness.transcoder.video(unit);
        // In step, as a live source is: the next unit comes after this picture.
        let mut missing = 3;
        while missing > 0 {
            let (rung, frame) = harness.next_frame().await;
            assert_eq!(frame.time, time);
            missing -= 1;
            if rung == 1 {
                frames.push((time / 3600, frame.keyframe));
            }
        }
        if time >= 10 * 3600 && !asked {
            asked = true;
            harness.transcoder.request_keyframe(1, Codec::H264);
            harness.transcoder.request_keyframe(1, Codec::H264);
            // Requests pass the units by, so this one is heard before the next unit is decoded, or with it.
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    let keyframes: Vec<u64> = frames
        .iter()
        .filter(|(_, keyframe)| *keyframe)
        .map(|(i, _)| *i)
        .collect();
    assert_eq!(keyframes, [0, 11, 25]);
}
