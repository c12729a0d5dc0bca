//! One picture to the pictures of all rungs.

use headwater_protocol::ladder::Size;

use super::letterbox;
use super::libav::{self, Picture, Pool, Rect, Scaler};

/// Scales to each rung from the one before it: a third of the work of scaling each from the source.
#[derive(Debug)]
pub(super) struct Cascade {
    source: Size,
    steps: Vec<Step>,
}

#[derive(Debug)]
struct Step {
    canvas: Size,
    /// Where the source lies on the canvas.
    inner: Rect,
    pool: Pool,
    scaler: Scaler,
}

impl Cascade {
    /// A cascade to `rungs`, largest first.
    pub(super) fn new(rungs: &[Size]) -> Result<Self, libav::Error> {
        let step = |&canvas: &Size| {
            Ok(Step {
                canvas,
                inner: Rect::all(canvas),
                pool: Pool::new(canvas)?,
                scaler: Scaler::new(),
            })
        };
        Ok(Self {
            source: Size::new(0, 0),
            steps: rungs.iter().map(step).collect::<Result<_, libav::Error>>()?,
        })
    }

    /// Scales `picture`, and hands each rung's to `ready` as soon as it is done: the largest takes longest to encode.
    pub(super) fn scale(
        &mut self,
        picture: &Picture,
        mut ready: impl FnMut(usize, &Picture) -> Result<(), libav::Error>,
    ) -> Result<(), libav::Error> {
        let source = picture.size();
        if source != self.source {
            self.source = source;
            for step in &mut self.steps {
                step.inner = letterbox::place(source, step.canvas);
            }
        }
        let mut above: Option<(Picture, Rect)> = None;
        for (i, step) in self.steps.iter_mut().enumerate() {
            let scaled = if step.inner == Rect::all(source) && step.canvas == source && picture.is_yuv420() {
                picture.share()?
            } else {
                // The rung above has less than the source to give if the source is smaller, or lies smaller between its
                // bars than here.
                let useful = step.inner.size.width..=source.width;
                let (from, part) = match &above {
                    Some((above, part)) if useful.contains(&part.size.width) => (above, *part),
                    _ => (picture, Rect::all(source)),
                };
                let mut scaled = step.pool.picture()?;
                step.scaler.scale(from, part, &mut scaled, step.inner)?;
                if step.inner.size != step.canvas {
                    scaled.paint_bars(step.inner);
                }
                scaled
            };
            ready(i, &scaled)?;
            above = Some((scaled, step.inner));
        }
        Ok(())
    }
}
