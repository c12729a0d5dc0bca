use std::io::Read;
use std::os::unix::net::UnixStream;

use headwater_protocol::ladder::Size;

use super::*;
use crate::transcoder::wire::{HEAD, Head, Message, Preset};

const SIZE: Size = Size::new(320, 192);

fn order(kind: Kind, device: &str) -> Order {
    Order {
        rung: 2,
        codec: Codec::H264,
        kind,
        spec: Spec {
            size: SIZE,
            bitrate: 200_000,
            fps: 30,
            preset: Preset::Ultrafast,
            device: device.to_owned(),
        },
        flow: Flow::Lossless,
    }
}

/// Encodes five black pictures and returns all that was said meanwhile.
fn said(order: Order) -> Vec<(ToParent, Vec<u8>)> {
    let (ours, theirs) = UnixStream::pair().unwrap();
    let output = Output::new(theirs);
    let mut encoding = Encoding::start(order, &output).unwrap();
    let pool = Pool::new(SIZE).unwrap();
    for i in 0..5u64 {
        let mut picture = pool.picture().unwrap();
        picture.paint_bars(Rect {
            x: 0,
            y: 0,
            size: Size::new(0, 0),
        });
        picture.set_time(i * 3000);
        assert!(encoding.push(picture, i == 0));
    }
    let (stats, result) = encoding.finish();
    result.unwrap();
    assert_eq!((stats.encoded, stats.dropped), (5, 0));
    drop(output);
    messages(ours)
}

fn messages(mut socket: UnixStream) -> Vec<(ToParent, Vec<u8>)> {
    let mut messages = Vec::new();
    let mut head = [0; HEAD];
    while socket.read_exact(&mut head).is_ok() {
        let head = Head::parse::<ToParent>(head).unwrap();
        let mut fields = vec![0; head.fields];
        socket.read_exact(&mut fields).unwrap();
        let mut payload = vec![0; head.payload];
        socket.read_exact(&mut payload).unwrap();
        messages.push((ToParent::parse(head.kind, &fields).unwrap(), payload));
    }
    messages
}

fn frames(said: &[(ToParent, Vec<u8>)]) -> Vec<(u64, bool)> {
    let frame = |message: &ToParent| match message {
        ToParent::Frame { time, keyframe, .. } => Some((*time, *keyframe)),
        _ => None,
    };
    said.iter().filter_map(|(message, _)| frame(message)).collect()
}

fn notices(said: &[(ToParent, Vec<u8>)]) -> usize {
    let notice = |message: &ToParent| matches!(message, ToParent::Notice { .. });
    said.iter().filter(|(message, _)| notice(message)).count()
}

#[test]
fn a_gpu_that_fails_mid_session_costs_no_picture_and_is_reported_once() {
    let said = said(order(Kind::Faulty, ""));
    // The third picture is where software takes over, with a keyframe that viewers can go on from.
    let expected = [
        (0, true),
        (3000, false),
        (6000, true),
        (9000, false),
        (12000, false),
    ];
    assert_eq!(frames(&said), expected);
    assert_eq!(notices(&said), 1);
}

#[test]
fn a_gpu_that_does_not_open_is_replaced_from_the_first_picture_on() {
    for (kind, device) in [
        (Kind::Nvenc(Codec::H264), "cuda:99"),
        (Kind::Vaapi(Codec::H264), "vaapi:/dev/null"),
    ] {
        let said = said(order(kind, device));
        let keyframes: Vec<bool> = frames(&said).iter().map(|frame| frame.1).collect();
        assert_eq!(keyframes, [true, false, false, false, false]);
        assert_eq!(notices(&said), 1);
    }
}

#[test]
fn software_has_nothing_to_report() {
    assert_eq!(notices(&said(order(Kind::X264, ""))), 0);
}
