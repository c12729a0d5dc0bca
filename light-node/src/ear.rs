//! Whether anything still comes from the other end.

use core::cell::Cell;

use headwater_protocol::session::client::Input;

/// Looks, one a second, that find nothing new before it counts as silence. Media comes all the time, answers to ICE's
/// checks every two and a half seconds where there is none.
const LOOKS: u8 = 3;

/// Listens to one connection.
#[derive(Debug, Default)]
pub(crate) struct Ear {
    arrived: Cell<f64>,
    still: Cell<u8>,
}

impl Ear {
    /// Takes what has arrived so far, in whatever unit; what the session's machine is to know, if anything changed.
    pub(crate) fn hear(&self, arrived: f64) -> Option<Input> {
        if arrived.to_bits() == self.arrived.replace(arrived).to_bits() {
            let still = self.still.get().saturating_add(1);
            self.still.set(still);
            return (still == LOOKS).then_some(Input::Quiet);
        }
        (self.still.replace(0) >= LOOKS).then_some(Input::Heard)
    }

    /// Begins anew, with another connection.
    pub(crate) fn reset(&self) {
        self.arrived.set(0.0);
        self.still.set(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(counts: &[f64]) -> Vec<&'static str> {
        let ear = Ear::default();
        let said = counts.iter().filter_map(|count| ear.hear(*count));
        said.map(|input| {
            if matches!(input, Input::Quiet) {
                "quiet"
            } else {
                "heard"
            }
        })
        .collect()
    }

    #[test]
    fn silence_is_told_once_and_so_is_its_end() {
        assert_eq!(heard(&[10.0, 10.0, 10.0]), [""; 0]);
        assert_eq!(heard(&[10.0, 10.0, 10.0, 10.0, 10.0, 10.0]), ["quiet"]);
        assert_eq!(heard(&[10.0, 10.0, 10.0, 10.0, 11.0, 12.0]), ["quiet", "heard"]);
    }

    #[test]
    fn a_path_that_goes_and_takes_its_count_along_is_a_sign_of_life_too() {
        assert_eq!(heard(&[10.0, 10.0, 10.0, 10.0, 3.0]), ["quiet", "heard"]);
    }
}
