//! A picture to the pictures of all rungs, where it lies: in our memory or on a GPU.

use std::cmp::Reverse;

use headwater_protocol::ladder::{Rung, Size};

use super::cascade::Cascade;
use super::letterbox;
use super::libav::{self, Graph, Picture, Rect};

/// The software cascade, and the GPU's filter graph for as long as there is use for it.
#[derive(Debug)]
pub(super) struct Scaling {
    /// Largest first.
    sizes: Vec<Size>,
    /// The place of each.
    places: Vec<usize>,
    cascade: Cascade,
    graph: Option<Graph>,
}

impl Scaling {
    pub(super) fn new(rungs: &[Rung]) -> Result<Self, libav::Error> {
        let (places, sizes): (Vec<_>, Vec<_>) = largest_first(rungs).unzip();
        Ok(Self {
            cascade: Cascade::new(&sizes)?,
            sizes,
            places,
            graph: None,
        })
    }

    /// Scales `picture`, and hands each rung's to `ready`, by its place, as soon as it is done.
    ///
    /// A GPU's pictures stay there if they fill every rung: its scaler paints no bars. Otherwise they come to our memory.
    pub(super) fn scale(
        &mut self,
        picture: &Picture,
        mut ready: impl FnMut(usize, &Picture) -> Result<(), libav::Error>,
    ) -> Result<(), libav::Error> {
        let mut ready = |rung: usize, scaled: &Picture| ready(self.places[rung], scaled);
        if self.sizes.is_empty() {
            return Ok(());
        }
        if !picture.is_on_device() {
            return self.cascade.scale(picture, ready);
        }
        if !fills(picture.size(), &self.sizes) {
            return self.cascade.scale(&picture.download()?, ready);
        }
        let graph = match &mut self.graph {
            Some(graph) if graph.size() == picture.size() => graph,
            none => none.insert(Graph::open(picture, &self.sizes)?),
        };
        for (rung, scaled) in graph.scale(picture)?.iter().enumerate() {
            ready(rung, scaled)?;
        }
        Ok(())
    }
}

/// Places and sizes of the rungs, in the order in which they are scaled from each other.
fn largest_first(rungs: &[Rung]) -> impl Iterator<Item = (usize, Size)> {
    let mut rungs: Vec<_> = rungs.iter().map(|rung| rung.size).enumerate().collect();
    rungs.sort_by_key(|(_, size)| Reverse(u64::from(size.width) * u64::from(size.height)));
    rungs.into_iter()
}

/// Whether a source of this size needs no bars on any rung.
fn fills(source: Size, rungs: &[Size]) -> bool {
    rungs
        .iter()
        .all(|&rung| letterbox::place(source, rung) == Rect::all(rung))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_of_another_shape_than_its_rungs_needs_bars() {
        let rungs = [Size::new(854, 480), Size::new(426, 240)];
        assert!(fills(Size::new(1280, 720), &rungs));
        assert!(fills(Size::new(640, 360), &rungs));
        assert!(!fills(Size::new(720, 1280), &rungs));
        assert!(!fills(Size::new(1024, 768), &rungs));
    }
}
