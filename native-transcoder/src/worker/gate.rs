//! What may be decoded.

/// Stands before the decoder and lets through only units whose references are all there.
///
/// libav decodes whatever comes and reports nothing when a reference is missing; what viewers then see is damage, for as
/// long as the source sends no keyframe. So after a gap nothing passes until there is one.
#[derive(Debug, Default)]
pub(super) struct Gate {
    open: bool,
}

impl Gate {
    /// Whether a unit may be decoded.
    pub(super) fn admit(&mut self, keyframe: bool, contiguous: bool) -> bool {
        self.open = keyframe || (self.open && contiguous);
        self.open
    }

    /// The decoder lost its references: nothing passes until the next keyframe.
    pub(super) fn shut(&mut self) {
        self.open = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_passes_before_the_first_keyframe() {
        let mut gate = Gate::default();
        assert!(!gate.admit(false, true));
        assert!(gate.admit(true, false));
        assert!(gate.admit(false, true));
    }

    #[test]
    fn nothing_passes_between_a_gap_and_the_next_keyframe() {
        let mut gate = Gate::default();
        assert!(gate.admit(true, true));
        assert!(!gate.admit(false, false));
        assert!(!gate.admit(false, true));
        assert!(gate.admit(true, true));
        gate.shut();
        assert!(!gate.admit(false, true));
    }
}
