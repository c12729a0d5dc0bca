use std::process::Command;

use proptest::prelude::*;

use super::*;

/// The first unit of a film encoded by FFmpeg, in a container whose units are easy to cut.
fn first_unit(encoder: &str, size: &str) -> Option<Vec<u8>> {
    let ivf = !encoder.contains("264");
    let mut command = Command::new("ffmpeg");
    command.args([
        "-v",
        "error",
        "-f",
        "lavfi",
        "-i",
        &format!("testsrc=size={size}:rate=5"),
        "-frames:v",
        "1",
    ]);
    command.args(encoder.split(' '));
    let output = command
        .args(["-f", if ivf { "ivf" } else { "h264" }, "-"])
        .output()
        .ok()?;
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    if !ivf {
        return Some(output.stdout);
    }
    headwater_film::ivf(&output.stdout)
        .first()
        .map(|unit| unit.data.to_vec())
}

fn stated(inspect: impl Fn(&[u8]) -> Option<Shape>, encoder: &str, size: &str) -> String {
    let unit = first_unit(encoder, size).expect("ffmpeg runs");
    inspect(&unit).expect("a keyframe states a size").size.to_string()
}

#[test]
fn h264_states_its_size_in_whole_macroblocks() {
    let inspect = |unit: &[u8]| h264::inspect(unit).expect("one set of each");
    let baseline = "-pix_fmt yuv420p -c:v libx264 -profile:v baseline";
    assert_eq!(stated(inspect, baseline, "1280x720"), "1280x720");
    assert_eq!(stated(inspect, baseline, "1918x1080"), "1920x1088");
    // Chroma formats, bit depths, scaling lists and fields come before or in the size.
    let high = "-pix_fmt yuv444p10le -c:v libx264 -profile:v high444 -x264-params cqm=jvt:interlaced=1";
    assert_eq!(stated(inspect, high, "640x480"), "640x480");
}

#[test]
fn vp8_vp9_and_av1_state_their_size() {
    assert_eq!(
        stated(vp8::inspect, "-pix_fmt yuv420p -c:v libvpx", "320x180"),
        "320x180"
    );
    assert_eq!(
        stated(vp9::inspect, "-pix_fmt yuv420p -c:v libvpx-vp9", "322x182"),
        "322x182"
    );
    assert_eq!(
        stated(vp9::inspect, "-pix_fmt yuv444p10le -c:v libvpx-vp9", "64x48"),
        "64x48"
    );
    let av1 = "-pix_fmt yuv420p -c:v libaom-av1 -cpu-used 8";
    assert_eq!(stated(av1::inspect, av1, "322x182"), "322x182");
}

#[test]
fn what_states_nothing_has_no_shape() {
    for inspect in [vp8::inspect, vp9::inspect, av1::inspect] {
        assert_eq!(inspect(&[]), None);
        assert_eq!(inspect(&[0xff; 40]), None);
    }
    assert_eq!(h264::inspect(&[0, 0, 0, 1, 0x65, 1, 2, 3]), Ok(None));
}

#[test]
fn a_crowd_of_parameter_sets_is_refused() {
    let unit = |sets: usize| [0, 0, 1, 0x68, 0xce].repeat(sets);
    assert_eq!(h264::inspect(&unit(16)), Ok(None));
    assert_eq!(h264::inspect(&unit(17)), Err(Refused::Crowded));
}

proptest! {
    /// Arbitrary bytes, and bytes that begin as a unit does.
    #[test]
    fn nothing_panics(mut bytes in prop::collection::vec(any::<u8>(), 0..200), start in 0usize..6) {
        let starts: [&[u8]; 6] = [
            &[],
            &[0, 0, 1, 0x67, 100, 0, 31],
            &[0x10, 0, 0, 0x9d, 1, 0x2a],
            &[0x82, 0x49, 0x83, 0x42],
            &[0x0a, 20],
            &[0x08],
        ];
        bytes.splice(0..0, starts[start].iter().copied());
        let _ = h264::inspect(&bytes);
        for inspect in [vp8::inspect, vp9::inspect, av1::inspect] {
            let _ = inspect(&bytes);
        }
    }
}
