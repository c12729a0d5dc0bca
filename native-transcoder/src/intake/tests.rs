use super::*;

const SECOND: Duration = Duration::from_secs(1);

/// A VP8 keyframe's first bytes.
fn vp8(width: u16, height: u16) -> Vec<u8> {
    let mut unit = vec![0x10, 0, 0, 0x9d, 1, 0x2a];
    unit.extend(width.to_le_bytes());
    unit.extend(height.to_le_bytes());
    unit
}

fn video(intake: &mut Intake, now: Instant, unit: &[u8]) -> Result<bool, Refused> {
    intake.video(now, VideoCodec::Vp8, unit)
}

#[test]
fn an_hour_of_120_pictures_a_second_passes() {
    let (mut intake, start) = (Intake::default(), Instant::now());
    let unit = vp8(1920, 1080);
    for n in 0..120 * 3600 {
        assert_eq!(video(&mut intake, start + SECOND * n / 120, &unit), Ok(true));
    }
}

#[test]
fn what_a_network_held_back_for_two_seconds_passes_at_once() {
    let (mut intake, start) = (Intake::default(), Instant::now());
    let unit = [1; 12_500];
    for n in 0..600 {
        // Sixty a second, 6 Mbit/s, in bursts of two seconds.
        let now = start + SECOND * (n / 120 * 2);
        assert_eq!(video(&mut intake, now, &unit), Ok(true), "{n}");
    }
}

#[test]
fn more_pictures_than_any_camera_are_refused_and_leave_a_gap() {
    let (mut intake, start) = (Intake::default(), Instant::now());
    let taken = (0..1000)
        .filter(|_| video(&mut intake, start, &[1]).is_ok())
        .count();
    assert_eq!(taken, 300);
    assert_eq!(video(&mut intake, start, &[1]), Err(Refused::Rate));
    assert_eq!(
        video(&mut intake, start + SECOND, &[1]),
        Ok(false),
        "it does not follow"
    );
    assert_eq!(video(&mut intake, start + SECOND, &[1]), Ok(true));
}

#[test]
fn more_bits_than_any_camera_are_refused() {
    let (mut intake, start) = (Intake::default(), Instant::now());
    let unit = vec![1; 1_000_000];
    let taken = (0..100)
        .filter(|n| video(&mut intake, start + SECOND * *n / 30, &unit).is_ok())
        .count();
    // 15 MB at once and 7.5 MB a second.
    assert!((35..=42).contains(&taken), "{taken}");
    let last = (0..16).map(|_| intake.sound(start + SECOND * 4, &unit)).last();
    assert_eq!(last, Some(Err(Refused::Bitrate)), "sound pays with the same bits");
}

#[test]
fn pictures_up_to_level_5_1_pass_either_way_up() {
    let (mut intake, start) = (Intake::default(), Instant::now());
    for (width, height) in [(4096, 2304), (2304, 4096), (16, 16), (3840, 2160)] {
        assert_eq!(video(&mut intake, start, &vp8(width, height)), Ok(true));
    }
    for (width, height) in [(4096, 2320), (16_000, 16), (16_383, 16_383), (0, 720)] {
        let size = Size::new(width.into(), height.into());
        assert_eq!(
            video(&mut intake, start, &vp8(width, height)),
            Err(Refused::Size(size))
        );
    }
}

#[test]
fn a_size_that_jumps_with_every_picture_is_held_to_one_change_in_two_seconds() {
    let (mut intake, start) = (Intake::default(), Instant::now());
    let mut changes = 0;
    let mut last = None;
    for n in 0..60 * 30 {
        let width = if n % 2 == 0 { 16 } else { 4096 };
        if video(&mut intake, start + SECOND * n / 30, &vp8(width, 16)).is_ok()
            && last.replace(width) != Some(width)
        {
            changes += 1;
        }
    }
    assert!((55..=62).contains(&changes), "{changes} in a minute");
}

#[test]
fn a_size_that_stays_is_no_change_and_refusals_are_told_once_in_five_seconds() {
    let (mut intake, start) = (Intake::default(), Instant::now());
    for n in 0..1000 {
        assert_eq!(
            video(&mut intake, start + SECOND * n / 100, &vp8(640, 360)),
            Ok(true)
        );
    }
    let told = (0..20u32).filter(|n| intake.tells(start + SECOND * *n)).count();
    assert_eq!(told, 4);
}

#[test]
fn sound_has_its_own_rate() {
    let (mut intake, start) = (Intake::default(), Instant::now());
    for n in 0..50 * 60 {
        assert_eq!(intake.sound(start + SECOND * n / 50, &[0; 160]), Ok(()));
    }
    let taken = (0..3000)
        .filter(|_| intake.sound(start + SECOND * 600, &[0]).is_ok())
        .count();
    assert_eq!(taken, 1000);
}
