//! Every codec in and out, through a worker process.

mod harness;

use std::path::PathBuf;

use harness::{Frame, Harness, config, feeding, program};
use headwater_protocol::ladder::{Ladder, Profile, Size};
use native_transcoder::transcoder::{self, Codec, Config, Event, Flow};

/// One rung, so that a codec's cost is its own.
fn one_rung() -> Config {
    let profile = Profile::new("360p", Size::new(640, 360), 800_000, 25).unwrap();
    Config {
        ladder: Ladder::new(vec![profile]).unwrap(),
        ..config(Flow::Lossless)
    }
}

/// Frames as a file that `ffmpeg` reads.
fn written(codec: Codec, frames: &[Frame]) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let units = frames.iter().map(|frame| &frame.data[..]);
    let ivf = |name: &[u8; 4], units| headwater_film::to_ivf(name, (640, 360), 25, units);
    let (bytes, extension) = match codec {
        Codec::H264 => (units.flatten().copied().collect(), "h264"),
        Codec::Hevc => (units.flatten().copied().collect(), "hevc"),
        Codec::Vp8 => (ivf(b"VP80", units.collect::<Vec<_>>().into_iter()), "ivf"),
        Codec::Vp9 => (ivf(b"VP90", units.collect::<Vec<_>>().into_iter()), "ivf"),
        Codec::Av1 => (ivf(b"AV01", units.collect::<Vec<_>>().into_iter()), "ivf"),
    };
    let path = folder.join(format!("{codec:?}-{}.{extension}", std::process::id()));
    std::fs::write(&path, bytes).expect("the target folder can be written");
    path
}

async fn comes_out_beside_h264(codec: Codec) {
    let mut harness = Harness::start(one_rung());
    harness.transcoder.encode(0, codec, true);
    let film = headwater_film::h264().unwrap();
    harness.feed_all(feeding(&film, 0)).await;
    let all = harness.finish().await;
    assert_eq!(all.refused, []);
    let (h264, other) = (&all.frames[0], &all.extra[&(0, codec)]);
    let times = |frames: &[Frame]| frames.iter().map(|f| (f.time, f.keyframe)).collect::<Vec<_>>();
    // One for one, at the source's times, and keyframes on the same grid.
    assert_eq!(times(other), times(h264));
    assert_eq!(other.iter().filter(|f| f.keyframe).count(), 6);
    let ssim = headwater_film::ssim(&written(codec, other), 25, &headwater_film::source(), 640, 360).unwrap();
    let bytes: usize = other.iter().map(|f| f.data.len()).sum();
    let kbits = bytes as f64 * 8.0 / 5.28 / 1000.0;
    eprintln!("{codec:?}: ssim {ssim:.4} at {kbits:.0} of 800 kbit/s");
    assert!(ssim >= 0.90, "ssim {ssim}");
    assert!((500.0..1000.0).contains(&kbits), "{kbits} kbit/s");
}

#[tokio::test]
async fn vp8_comes_out_beside_h264() {
    comes_out_beside_h264(Codec::Vp8).await;
}

#[tokio::test]
async fn vp9_comes_out_beside_h264() {
    comes_out_beside_h264(Codec::Vp9).await;
}

#[tokio::test]
async fn av1_comes_out_beside_h264() {
    comes_out_beside_h264(Codec::Av1).await;
}

#[tokio::test]
async fn hevc_comes_out_beside_h264() {
    comes_out_beside_h264(Codec::Hevc).await;
}

async fn is_taken(codec: Codec, film: Vec<headwater_film::Unit>) {
    assert_eq!(film.len(), headwater_film::PICTURES);
    assert_eq!(film.iter().filter(|unit| unit.keyframe).count(), 6);
    let mut harness = Harness::start(Config { codec, ..one_rung() });
    harness.feed_all(feeding(&film, 0)).await;
    let all = harness.finish().await;
    let times: Vec<u64> = all.frames[0].iter().map(|f| f.time / 3600).collect();
    assert_eq!(times, (0..132).collect::<Vec<u64>>());
    let stream = written(Codec::H264, &all.frames[0]);
    let ssim = headwater_film::ssim(&stream, 25, &headwater_film::source(), 640, 360).unwrap();
    assert!(ssim >= 0.90, "ssim {ssim}");
}

#[tokio::test]
async fn vp9_is_taken() {
    is_taken(Codec::Vp9, headwater_film::vp9().unwrap()).await;
}

#[tokio::test]
async fn av1_is_taken() {
    is_taken(Codec::Av1, headwater_film::av1().unwrap()).await;
}

#[tokio::test]
async fn noise_in_any_codec_shows_nothing_and_ends_no_worker() {
    for codec in Codec::ALL {
        let mut harness = Harness::start(Config { codec, ..one_rung() });
        let mut units = feeding(&headwater_film::h264().unwrap()[..6], 0);
        for (i, unit) in units.iter_mut().enumerate() {
            unit.keyframe = true;
            unit.data = (0..200u8).map(|byte| byte.wrapping_mul(31 + i as u8)).collect();
        }
        harness.feed_all(units).await;
        let all = harness.finish().await;
        assert!(all.replaced.is_empty(), "{codec:?}");
        assert_eq!(all.stats.decoded, 0, "{codec:?}");
    }
}

#[tokio::test]
async fn an_encoding_ends_when_it_is_turned_off_and_begins_again_with_a_keyframe() {
    let mut harness = Harness::start(one_rung());
    let units = feeding(&headwater_film::h264().unwrap()[..60], 0);
    for unit in units {
        let time = unit.time / 3600;
        // The order is heard before the next unit is decoded, or with it.
        if [10, 30, 50].contains(&time) {
            harness.transcoder.encode(0, Codec::Vp8, time != 30);
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        harness.transcoder.feed(unit).await;
        // In step, as a live source is.
        while harness.next_frame_of(Codec::H264).await.time / 3600 != time {}
    }
    let all = harness.finish().await;
    let vp8 = &all.extra[&(0, Codec::Vp8)];
    let times: Vec<u64> = vp8.iter().map(|f| f.time / 3600).collect();
    assert_eq!(times, (10..30).chain(50..60).collect::<Vec<u64>>());
    let keyframes: Vec<u64> = vp8.iter().filter(|f| f.keyframe).map(|f| f.time / 3600).collect();
    assert_eq!(keyframes, [10, 25, 50]);
}

#[tokio::test]
async fn an_encoding_of_no_rung_is_refused_and_the_rest_goes_on() {
    let mut harness = Harness::start(one_rung());
    harness.transcoder.encode(5, Codec::Vp8, true);
    let units = feeding(&headwater_film::h264().unwrap()[..10], 0);
    harness.feed_all(units).await;
    let all = harness.finish().await;
    assert_eq!(all.frames[0].len(), 10);
    let refused: Vec<_> = all
        .refused
        .iter()
        .map(|(rung, codec, _)| (*rung, *codec))
        .collect();
    assert_eq!(refused, [(5, Codec::Vp8)]);
}

#[tokio::test]
async fn a_worker_that_takes_over_encodes_what_was_on() {
    let mut harness = Harness::start(one_rung());
    harness.transcoder.encode(0, Codec::Vp8, true);
    harness.transcoder.encode(0, Codec::Vp9, true);
    harness.transcoder.encode(0, Codec::Vp9, false);
    let units = feeding(&headwater_film::h264().unwrap(), 0);
    harness.feed_all(units[..10].to_vec()).await;
    while harness.next_frame_of(Codec::Vp8).await.time < 9 * 3600 {}
    let pid = i32::try_from(harness.all.pid).unwrap();
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), nix::sys::signal::Signal::SIGKILL).unwrap();
    while !matches!(harness.next().await, Event::Replaced { .. }) {}
    let again = feeding(&headwater_film::h264().unwrap()[..10], 90_000);
    harness.feed_all(again).await;
    let all = harness.finish().await;
    let after: Vec<u64> = all.extra[&(0, Codec::Vp8)]
        .iter()
        .filter(|f| f.time >= 90_000)
        .map(|f| (f.time - 90_000) / 3600)
        .collect();
    assert_eq!(after, (0..10).collect::<Vec<u64>>());
}

#[tokio::test]
async fn a_node_finds_out_what_its_machine_decodes_and_encodes() {
    let found = transcoder::probe(&program()).await.unwrap();
    assert_eq!(found.decoders, Codec::ALL);
    let codecs: Vec<Codec> = found.encoders.iter().map(|(codec, _)| *codec).collect();
    assert_eq!(codecs, Codec::ALL);
}

#[tokio::test]
async fn a_program_that_is_no_worker_leaves_the_question_open() {
    let nothing = transcoder::Program::new("/bin/true");
    assert!(transcoder::probe(&nothing).await.is_err());
}

#[tokio::test]
async fn a_gpu_that_is_not_there_costs_a_notice_and_no_picture() {
    let mut harness = Harness::start(Config {
        encoders: vec![(Codec::H264, "h264_nvenc".to_owned())],
        devices: transcoder::Devices::new(["cuda:99".to_owned()]),
        ..one_rung()
    });
    let units = feeding(&headwater_film::h264().unwrap()[..30], 0);
    harness.feed_all(units).await;
    let all = harness.finish().await;
    assert_eq!(all.frames[0].len(), 30);
    // One for the decoder, one for the encoder.
    assert_eq!(all.notices.len(), 2, "{:?}", all.notices);
    assert!(all.replaced.is_empty());
}
