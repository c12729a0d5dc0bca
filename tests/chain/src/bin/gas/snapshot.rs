//! The figures in git, which must not rise unnoticed.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::Samples;
use crate::livepeer::REFERENCES;
use crate::report::Figure;

/// Parts of 1,000 by which signatures and block hashes, whose zero bytes are cheaper, move a figure.
const NOISE: u64 = 3;
const REMEDY: &str = "if it is worth it, run `cargo xtask bench gas --accept` and say why in the commit";

type Figures = BTreeMap<String, u64>;

/// Medians with 100 orchestrators.
fn figures(samples: &Samples) -> Figures {
    let figure = |name: &'static str, parts: u64| {
        let samples = samples.get(name).map_or(&[][..], Vec::as_slice);
        (name.to_owned(), Figure::of(samples, parts).median)
    };
    REFERENCES
        .iter()
        .map(|reference| figure(reference.name, reference.parts))
        .collect()
}

/// Whether nothing costs more than the file says. Says what does, and what costs less.
pub(crate) fn check(samples: &Samples, file: &Path) -> bool {
    let recorded: Figures = match fs::read_to_string(file).map(|text| serde_json::from_str(&text)) {
        Ok(Ok(recorded)) => recorded,
        _ => {
            eprintln!(
                "{} cannot be read: run `cargo xtask bench gas --accept`",
                file.display()
            );
            return false;
        }
    };
    let (risen, fallen) = differences(&recorded, &figures(samples));
    for line in &fallen {
        println!("{line}");
    }
    for line in &risen {
        eprintln!("{line}; {REMEDY}");
    }
    risen.is_empty()
}

/// Writes them, and tells whether it could.
pub(crate) fn write(samples: &Samples, file: &Path) -> bool {
    let text = serde_json::to_string_pretty(&figures(samples)).unwrap_or_default();
    let written = fs::write(file, text + "\n");
    if let Err(error) = &written {
        eprintln!("{} cannot be written: {error}", file.display());
    }
    written.is_ok()
}

/// What costs more, or is not in both, and what costs less.
fn differences(recorded: &Figures, present: &Figures) -> (Vec<String>, Vec<String>) {
    let (mut risen, mut fallen) = (Vec::new(), Vec::new());
    for name in recorded.keys().filter(|&name| !present.contains_key(name)) {
        risen.push(format!("{name} is not measured any more"));
    }
    for (name, &gas) in present {
        match recorded.get(name) {
            None => risen.push(format!("{name} takes {gas} gas and is not recorded")),
            Some(&before) if gas > before + before * NOISE / 1000 => {
                risen.push(format!(
                    "{name} takes {gas} gas, {} more than recorded",
                    gas - before
                ));
            }
            Some(&before) if gas + before * NOISE / 1000 < before => {
                fallen.push(format!(
                    "{name} takes {gas} gas, {} less than recorded",
                    before - gas
                ));
            }
            Some(_) => {}
        }
    }
    (risen, fallen)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(figures: &[(&str, u64)]) -> Figures {
        figures
            .iter()
            .map(|&(name, gas)| (name.to_owned(), gas))
            .collect()
    }

    #[test]
    fn a_figure_that_rose_is_noticed() {
        let recorded = of(&[("reward", 180_000), ("unlock", 50_000), ("gone", 1)]);
        let present = of(&[("reward", 180_541), ("unlock", 50_150), ("new", 7)]);
        let (risen, fallen) = differences(&recorded, &present);
        let wanted = [
            "gone is not measured any more",
            "new takes 7 gas and is not recorded",
            "reward takes 180541 gas, 541 more than recorded",
        ];
        assert_eq!(risen, wanted);
        assert_eq!(fallen, [""; 0]);
    }

    #[test]
    fn one_that_fell_is_told_and_fails_nothing() {
        let (risen, fallen) = differences(&of(&[("reward", 180_000)]), &of(&[("reward", 170_000)]));
        assert_eq!((risen.len(), fallen.len()), (0, 1));
    }
}
