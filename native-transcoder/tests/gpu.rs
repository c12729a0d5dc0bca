//! What a GPU does, where there is one. Without one these tests say so and pass.

mod harness;

use std::path::Path;

use harness::{Harness, config, feeding, program, written};
use native_transcoder::transcoder::{self, Codec, Config, Devices, Flow};

/// Whether this machine has an NVIDIA GPU; says what is skipped if not.
fn nvidia() -> bool {
    let there = Path::new("/dev/nvidia0").exists();
    if !there {
        eprintln!("SKIPPED: this machine has no /dev/nvidia0");
    }
    there
}

fn on_the_first_card(encoders: Vec<(Codec, String)>) -> Config {
    Config {
        encoders,
        devices: Devices::new(["cuda:0".to_owned()]),
        ..config(Flow::Lossless)
    }
}

/// The whole film, picture by picture, and how like the film the largest rung is.
async fn transcoded(config: Config) {
    let mut harness = Harness::start_on(&transcoder::Workers::without_spare(program().for_gpu()), config);
    let film = headwater_film::h264().unwrap();
    harness.feed_all(feeding(&film, 0)).await;
    let all = harness.finish().await;
    assert_eq!(all.notices, Vec::<String>::new(), "nothing fell back to software");
    assert!(all.replaced.is_empty());
    for rung in &all.frames {
        let times: Vec<u64> = rung.iter().map(|frame| frame.time / 3600).collect();
        assert_eq!(times, (0..132).collect::<Vec<u64>>());
        let keyframes: Vec<u64> = rung
            .iter()
            .filter(|f| f.keyframe)
            .map(|f| f.time / 3600)
            .collect();
        assert_eq!(keyframes, [0, 25, 50, 75, 100, 125]);
    }
    let stream = written("gpu", &all.frames[0]);
    let ssim = headwater_film::ssim(&stream, 25, &headwater_film::source(), 854, 480).unwrap();
    assert!(ssim >= 0.90, "ssim {ssim}");
}

#[tokio::test]
async fn a_card_decodes_and_scales_with_or_without_an_encoder() {
    if nvidia() {
        transcoded(on_the_first_card(Vec::new())).await;
    }
}

#[tokio::test]
async fn pictures_stay_on_a_card_that_encodes_too() {
    if !nvidia() {
        return;
    }
    let found = transcoder::probe(&program()).await.unwrap();
    let nvenc = found.encoders.contains(&(Codec::H264, "h264_nvenc".to_owned()));
    if !nvenc {
        eprintln!("SKIPPED: this card has no NVENC: {found:?}");
        return;
    }
    transcoded(on_the_first_card(found.encoders)).await;
}

#[tokio::test]
async fn an_upright_source_comes_to_our_memory_for_its_bars() {
    if !nvidia() {
        return;
    }
    let workers = transcoder::Workers::without_spare(program().for_gpu());
    let mut harness = Harness::start_on(&workers, on_the_first_card(Vec::new()));
    let film = headwater_film::h264().unwrap();
    let mut units = feeding(&film[..25], 0);
    units.extend(feeding(&headwater_film::upright().unwrap()[..25], 25 * 3600));
    harness.feed_all(units).await;
    let all = harness.finish().await;
    assert_eq!(all.frames.iter().map(Vec::len).collect::<Vec<_>>(), [50; 3]);
    assert_eq!(all.notices, Vec::<String>::new());
}
