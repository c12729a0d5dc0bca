//! What a session does when its worker dies, stalls, cannot start, lies or is too slow.

mod harness;

use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use harness::{Harness, config, feeding, program};
use native_transcoder::transcoder::{Event, Flow, Program, Workers};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

fn signal(pid: u32, signal: Signal) {
    kill(Pid::from_raw(i32::try_from(pid).unwrap()), signal).unwrap();
}

/// Feeds the film's start as a live source does, from media time `start` on, until every rung shows it. Starts again, a
/// second later, when a keyframe is asked for.
async fn show(harness: &mut Harness, start: u64) {
    let film = headwater_film::h264().unwrap();
    let mut missing = 0b111u8;
    for round in 0.. {
        for unit in feeding(&film[..5], start + round * 90_000) {
            harness.transcoder.video(unit);
        }
        loop {
            match harness.next().await {
                Event::Frame { rung, time, .. } if time >= start => missing &= !(1 << rung),
                Event::NeedKeyframe => break,
                _ => {}
            }
            if missing == 0 {
                return;
            }
        }
    }
}

#[tokio::test]
async fn a_killed_worker_is_replaced_and_the_same_rungs_go_on() {
    let workers = Workers::new(program());
    let mut harness = Harness::start_on(&workers, config(Flow::Live));
    show(&mut harness, 0).await;
    let first = harness.all.pid;
    signal(first, Signal::SIGKILL);
    while harness.all.pid == first {
        harness.next().await;
    }
    assert!(harness.all.need_keyframe >= 1, "the publisher is asked at once");
    assert!(
        harness.all.replaced[0].contains("signal: 9"),
        "{:?}",
        harness.all.replaced
    );
    // What the publisher has sent meanwhile is of no use, and a smaller picture does not make smaller rungs.
    let upright = headwater_film::upright().unwrap();
    for unit in feeding(&upright[..5], 900_000) {
        harness.transcoder.video(unit);
    }
    let all = harness.finish().await;
    for (rung, frames) in all.rungs.iter().zip(&all.frames) {
        let after: Vec<_> = frames
            .iter()
            .filter(|frame| frame.time >= 900_000)
            .cloned()
            .collect();
        assert!(after[0].keyframe);
        let picture = &harness::decoded(&harness::written("replaced", &after))[0];
        assert_eq!(
            (picture.width, picture.height),
            (rung.rung.size.width as usize, rung.rung.size.height as usize)
        );
    }
}

#[tokio::test]
async fn a_worker_that_takes_over_still_lets_the_rungs_grow() {
    let mut harness = Harness::start(config(Flow::Lossless));
    let small = headwater_film::small().unwrap();
    harness.feed_all(feeding(&small[..10], 0)).await;
    while harness.all.source.is_none() {
        harness.next().await;
    }
    assert!(harness.all.rungs.is_empty(), "the source is too small for any");
    let first = harness.all.pid;
    signal(first, Signal::SIGKILL);
    while harness.all.pid == first {
        harness.next().await;
    }
    harness.feed_all(feeding(&small[..25], 90_000)).await;
    harness
        .feed_all(feeding(&headwater_film::h264().unwrap()[..75], 180_000))
        .await;
    let all = harness.finish().await;
    assert_eq!(all.rungs.len(), 3);
    assert_eq!(all.frames.iter().map(Vec::len).collect::<Vec<_>>(), [25; 3]);
}

#[tokio::test]
async fn a_worker_that_stalls_is_replaced() {
    let mut harness = Harness::start(config(Flow::Live));
    show(&mut harness, 0).await;
    let first = harness.all.pid;
    signal(first, Signal::SIGSTOP);
    let film = headwater_film::h264().unwrap();
    let mut units = feeding(&film, 90_000).into_iter();
    while harness.all.pid == first {
        // A source does not stop because a worker has.
        tokio::select! {
            _ = harness.next() => {}
            () = tokio::time::sleep(Duration::from_millis(40)) => {}
        }
        if let Some(unit) = units.next() {
            harness.transcoder.video(unit);
        }
    }
    assert!(
        harness.all.replaced[0].contains("stalled"),
        "{:?}",
        harness.all.replaced
    );
    show(&mut harness, 900_000).await;
}

#[tokio::test]
async fn a_stream_that_kills_every_worker_is_given_up() {
    let mut harness = Harness::start(config(Flow::Live));
    let mut last = 0;
    while harness.all.failed.is_none() {
        if harness.all.pid != last {
            last = harness.all.pid;
            signal(last, Signal::SIGKILL);
        }
        harness.next().await;
    }
    assert_eq!(harness.all.replaced.len(), 5);
}

#[tokio::test]
async fn a_worker_that_cannot_be_started_is_reported() {
    let mut harness = Harness::start_on(
        &Workers::new(Program::new("/nowhere/headwater")),
        config(Flow::Live),
    );
    while harness.all.failed.is_none() {
        harness.next().await;
    }
    let reason = harness.all.failed.unwrap();
    assert!(reason.contains("no worker could be started"), "{reason}");
}

#[tokio::test]
async fn a_worker_that_talks_nonsense_is_not_believed() {
    // A frame of rung 200 and a message of a kind that is not there.
    for (name, bytes) in [
        (
            "frame",
            r"\103\000\000\012\000\000\000\000\310\000\000\000\000\000\000\000\000\001",
        ),
        ("kind", r"\377\000\000\000\000\000\000\000"),
        ("long", r"\103\000\377\377\377\377\377\377"),
    ] {
        let liar =
            PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("liar-{name}-{}", std::process::id()));
        std::fs::write(&liar, format!("#!/bin/sh\nprintf '{bytes}' >&0\nsleep 60\n")).unwrap();
        std::fs::set_permissions(&liar, std::fs::Permissions::from_mode(0o755)).unwrap();
        let workers = Workers::without_spare(Program::new(&liar));
        let mut harness = Harness::start_on(&workers, config(Flow::Live));
        while harness.all.failed.is_none() {
            harness.next().await;
        }
        let reason = harness.all.failed.unwrap();
        assert!(
            reason.contains("a rung that is not there") || reason.contains("cannot be"),
            "{name}: {reason}"
        );
    }
}

#[tokio::test]
async fn a_burst_beyond_the_queue_is_dropped_and_a_keyframe_asked_for() {
    let mut harness = Harness::start(config(Flow::Live));
    let film = headwater_film::h264().unwrap();
    for unit in feeding(&film, 0) {
        harness.transcoder.video(unit);
    }
    while harness.all.need_keyframe == 0 {
        harness.next().await;
    }
    // Everything after what was queued hangs on what was dropped, so it must not be decoded either.
    for unit in feeding(&film[100..105], 200 * 3600) {
        harness.transcoder.video(unit);
    }
    show(&mut harness, 900_000).await;
    let shown: Vec<u64> = harness.all.frames[0].iter().map(|frame| frame.time).collect();
    assert!(
        shown.iter().all(|&time| !(16 * 3600..900_000).contains(&time)),
        "{shown:?}"
    );
}

#[tokio::test]
async fn a_node_that_does_not_listen_costs_pictures_and_no_memory() {
    let mut harness = Harness::start(config(Flow::Live));
    show(&mut harness, 0).await;
    let film = headwater_film::h264().unwrap();
    // Ten rounds of the film; nobody takes an event meanwhile.
    for round in 1..=10 {
        for unit in feeding(&film, round * 900_000) {
            harness.transcoder.video(unit);
            tokio::task::yield_now().await;
        }
    }
    let status = std::fs::read_to_string(format!("/proc/{}/status", harness.all.pid)).unwrap();
    let resident = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .unwrap();
    let kib: u64 = resident.trim().trim_end_matches(" kB").parse().unwrap();
    assert!(kib < 200 * 1024, "the worker holds {kib} KiB");
    show(&mut harness, 20 * 900_000).await;
    assert!(
        harness.all.replaced.is_empty(),
        "it is not the worker's fault: {:?}",
        harness.all.replaced
    );
}

#[tokio::test]
async fn a_session_that_is_dropped_takes_its_worker_along() {
    let mut harness = Harness::start(config(Flow::Live));
    show(&mut harness, 0).await;
    let pid = harness.all.pid;
    drop(harness);
    let gone = async {
        loop {
            match std::fs::read_to_string(format!("/proc/{pid}/stat")) {
                Ok(stat) if !stat.contains(") Z ") => tokio::time::sleep(Duration::from_millis(5)).await,
                _ => return,
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(10), gone)
        .await
        .expect("the worker ends");
}

#[tokio::test]
async fn an_unused_worker_ends_with_its_node() {
    let (ours, mut child) = bare_worker();
    drop(ours);
    assert!(child.wait().unwrap().success());
}

#[tokio::test]
async fn noise_ends_a_worker_with_a_reason_and_not_with_a_crash() {
    // Noise, a head that promises too much, and a Configure that is none.
    for bytes in [
        &[0xab; 64][..],
        &[2, 0, 0, 10, 0xff, 0xff, 0xff, 0xff],
        &[1, 0, 0, 2, 0, 0, 0, 0, 9, 9],
    ] {
        let (mut ours, child) = bare_worker();
        ours.write_all(bytes).unwrap();
        ours.shutdown(std::net::Shutdown::Write).unwrap();
        let mut said = Vec::new();
        ours.read_to_end(&mut said).unwrap();
        assert!(String::from_utf8_lossy(&said).contains("a message that cannot be"));
        assert_eq!(child.wait_with_output().unwrap().status.code(), Some(1));
    }
}

#[tokio::test]
async fn noise_as_video_harms_nobody() {
    let mut harness = Harness::start(config(Flow::Lossless));
    let film = headwater_film::h264().unwrap();
    let mut units = feeding(&film[..40], 0);
    let mut state = 1u32;
    for unit in units.iter_mut().skip(10).step_by(3) {
        // A keyframe flag on bytes that are none, among the film's units.
        let noise = unit.data.iter().map(|byte| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            if state >> 30 == 0 {
                (state >> 16) as u8
            } else {
                *byte
            }
        });
        unit.data = noise.collect();
        unit.keyframe = true;
    }
    units.extend(feeding(&film[..10], 900_000));
    harness.feed_all(units).await;
    let all = harness.finish().await;
    assert!(all.replaced.is_empty(), "{:?}", all.replaced);
    let healed = all.frames[2].iter().filter(|frame| frame.time >= 900_000).count();
    assert_eq!(healed, 10);
}

#[tokio::test]
async fn audio_is_counted() {
    let harness = Harness::start(config(Flow::Live));
    for packet in 0..10 {
        harness.transcoder.audio(packet * 960, [0u8; 80].into());
    }
    let all = harness.finish().await;
    assert_eq!(all.stats.audio, 10);
}

fn bare_worker() -> (UnixStream, std::process::Child) {
    let (ours, theirs) = UnixStream::pair().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_headwater"));
    let command = command
        .arg("worker")
        .stdin(Stdio::from(OwnedFd::from(theirs)))
        .stderr(Stdio::null());
    (ours, command.spawn().unwrap())
}
