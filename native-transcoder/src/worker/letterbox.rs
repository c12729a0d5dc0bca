//! Where a source lies inside a rung whose shape it no longer has.

use headwater_protocol::ladder::Size;

use super::libav::Rect;

/// The largest part of `canvas` that has `source`'s shape, in its middle, on even pixels.
///
/// Browsers change resolution all the time, and rounding to even sides then leaves up to two pixels over. They are filled
/// by the picture: as a bar they would be an edge to encode.
pub(super) fn place(source: Size, canvas: Size) -> Rect {
    let scale = f64::min(
        f64::from(canvas.width) / f64::from(source.width.max(1)),
        f64::from(canvas.height) / f64::from(source.height.max(1)),
    );
    let (width, x) = side(f64::from(source.width) * scale, canvas.width);
    let (height, y) = side(f64::from(source.height) * scale, canvas.height);
    Rect {
        x,
        y,
        size: Size::new(width, height),
    }
}

/// An even length within `canvas`, and its even offset.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "within the canvas"
)]
fn side(length: f64, canvas: u32) -> (u32, u32) {
    let even = ((length / 2.0).round() as u32 * 2).clamp(2, canvas);
    if canvas - even <= 2 {
        return (canvas, 0);
    }
    (even, (canvas - even) / 4 * 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn placed(source: (u32, u32), canvas: (u32, u32)) -> (u32, u32, u32, u32) {
        let rect = place(Size::new(source.0, source.1), Size::new(canvas.0, canvas.1));
        (rect.x, rect.y, rect.size.width, rect.size.height)
    }

    #[test]
    fn the_same_shape_fills_the_rung_at_any_size() {
        for source in [
            (1280, 720),
            (640, 360),
            (320, 180),
            (960, 540),
            (854, 480),
            (3840, 2160),
        ] {
            assert_eq!(placed(source, (854, 480)), (0, 0, 854, 480), "{source:?}");
            assert_eq!(placed(source, (426, 240)), (0, 0, 426, 240), "{source:?}");
        }
    }

    #[test]
    fn a_phone_turned_upright_stands_between_bars() {
        assert_eq!(placed((720, 1280), (854, 480)), (292, 0, 270, 480));
        assert_eq!(placed((720, 1280), (640, 360)), (218, 0, 202, 360));
    }

    #[test]
    fn a_wider_picture_lies_between_bars() {
        assert_eq!(placed((2000, 500), (640, 360)), (0, 100, 640, 160));
    }

    #[test]
    fn extremes_stay_inside() {
        for source in [(1, 4096), (4096, 1), (1, 1), (0, 0), (17, 16)] {
            for canvas in [(854, 480), (2, 2), (426, 240)] {
                let (x, y, width, height) = placed(source, canvas);
                assert!(x + width <= canvas.0 && y + height <= canvas.1 && width >= 2 && height >= 2);
                assert!((x | y | width | height) % 2 == 0);
            }
        }
    }
}
