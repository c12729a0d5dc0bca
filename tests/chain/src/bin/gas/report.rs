//! The figures, and which are missed.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::Samples;
use crate::livepeer::{Class, REFERENCES, Reference};
use crate::world::Sample;

/// 21,000, of which no contract can spare anything.
const TRANSACTION: u64 = 21_000;
/// Leaves room below the chain's 24,576.
const MOST_BYTES: usize = 22_500;
/// How much more a median, and a maximum, may be with a thousand orchestrators than with a hundred.
const MEDIAN_GROWTH: f64 = 1.05;
const MAX_GROWTH: f64 = 1.15;

/// Of one call with one number of orchestrators.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Figure {
    pub(crate) median: u64,
    pub(crate) max: u64,
    calldata: u64,
}

struct Row {
    reference: &'static Reference,
    /// With 100, 500 and 1,000.
    figures: Vec<Figure>,
}

pub(crate) struct Report {
    rows: Vec<Row>,
    sizes: BTreeMap<&'static str, usize>,
}

impl Figure {
    /// Of none, zero. Of an even number the upper median: figures are bounds.
    pub(crate) fn of(samples: &[Sample], parts: u64) -> Self {
        let mut gas: Vec<_> = samples.iter().map(|sample| sample.gas / parts).collect();
        gas.sort_unstable();
        Self {
            median: gas.get(gas.len() / 2).copied().unwrap_or_default(),
            max: gas.last().copied().unwrap_or_default(),
            calldata: samples.first().map(|sample| sample.calldata).unwrap_or_default(),
        }
    }
}

impl Report {
    pub(crate) fn new(results: &[Samples], sizes: BTreeMap<&'static str, usize>) -> Self {
        let row = |reference: &'static Reference| Row {
            reference,
            figures: (results.iter())
                .map(|samples| {
                    Figure::of(
                        samples.get(reference.name).map_or(&[], Vec::as_slice),
                        reference.parts,
                    )
                })
                .collect(),
        };
        Self {
            rows: REFERENCES.iter().map(row).collect(),
            sizes,
        }
    }

    pub(crate) fn print(&self) {
        println!(
            "{:<36} {:>9} {:>9} {:>9} {:>6} {:>9} {:>9}",
            "call", "gas", "max", "Livepeer", "ratio", "at 500", "at 1000"
        );
        for row in &self.rows {
            let [at_100, at_500, at_1000] = row.three();
            let (livepeer, ratio) = row.reference.livepeer.map_or_else(
                || ("–".to_owned(), "–".to_owned()),
                |livepeer| (livepeer.to_string(), format!("{:.2}", row.ratio(livepeer))),
            );
            println!(
                "{:<36} {:>9} {:>9} {livepeer:>9} {ratio:>6} {:>9} {:>9}",
                row.reference.name, at_100.median, at_100.max, at_500.median, at_1000.median
            );
        }
        for (name, size) in &self.sizes {
            println!("{name:<36} {size:>9} bytes");
        }
        for miss in self.missed() {
            println!("missed: {miss}");
        }
    }

    pub(crate) fn json(&self) -> Value {
        let mut object: Map<String, Value> = self
            .rows
            .iter()
            .map(|row| (row.reference.name.to_owned(), row.json()))
            .collect();
        object.insert("sizes".to_owned(), json!(self.sizes));
        object.insert("missed".to_owned(), json!(self.missed()));
        object.into()
    }

    /// One line for each figure that is.
    pub(crate) fn missed(&self) -> Vec<String> {
        let large = self.sizes.iter().filter(|&(_, &size)| size > MOST_BYTES);
        let large = large.map(|(name, size)| format!("{name}: {size} bytes, at most {MOST_BYTES}"));
        self.rows.iter().flat_map(Row::missed).chain(large).collect()
    }
}

impl Row {
    fn three(&self) -> [Figure; 3] {
        let at = |index: usize| self.figures.get(index).copied().unwrap_or_default();
        [at(0), at(1), at(2)]
    }

    /// Calls have the same calldata as Livepeer's.
    fn ratio(&self, livepeer: u64) -> f64 {
        let ours = self.three()[0];
        let spared = match self.reference.class {
            Class::Other => TRANSACTION + ours.calldata,
            Class::Hot | Class::Governance => 0,
        };
        (ours.median.saturating_sub(spared)) as f64 / (livepeer - spared) as f64
    }

    fn json(&self) -> Value {
        let [at_100, at_500, at_1000] = self.three();
        json!({
            "gas": at_100.median,
            "max": at_100.max,
            "livepeer": self.reference.livepeer,
            "ratio": self.reference.livepeer.map(|livepeer| (self.ratio(livepeer) * 1000.0).round() / 1000.0),
            "class": self.reference.class.name(),
            "at_500": at_500.median,
            "max_at_500": at_500.max,
            "at_1000": at_1000.median,
            "max_at_1000": at_1000.max,
        })
    }

    fn missed(&self) -> Vec<String> {
        let Reference {
            name,
            class,
            livepeer,
            limit,
            ..
        } = *self.reference;
        let [first, _, last] = self.three();
        let mut missed = Vec::new();
        if first.median == 0 {
            missed.push(format!("{name}: not measured"));
        }
        if let Some(livepeer) = livepeer {
            let ratio = self.ratio(livepeer);
            let met = match class {
                Class::Hot => ratio <= 0.5,
                Class::Other => ratio <= 0.6,
                Class::Governance => ratio < 1.0,
            };
            if !met {
                missed.push(format!(
                    "{name}: {ratio:.3} of Livepeer's, class {}",
                    class.name()
                ));
            }
        }
        if let Some(limit) = limit.filter(|&limit| first.median > limit) {
            missed.push(format!("{name}: {} gas, at most {limit}", first.median));
        }
        for (what, from, to, most) in [
            ("median", first.median, last.median, MEDIAN_GROWTH),
            ("maximum", first.max, last.max, MAX_GROWTH),
        ] {
            if to as f64 > from as f64 * most {
                missed.push(format!(
                    "{name}: the {what} rises from {from} to {to} with 1,000 orchestrators"
                ));
            }
        }
        missed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(gas: u64) -> Samples {
        let one = |reference: &Reference| {
            (
                reference.name,
                vec![Sample {
                    gas: gas * reference.parts,
                    calldata: 64,
                }],
            )
        };
        REFERENCES.iter().map(one).collect()
    }

    #[test]
    fn each_figure_that_is_missed_is_named() {
        let few = [samples(30_000), samples(30_000), samples(30_000)];
        assert_eq!(
            Report::new(&few, BTreeMap::from([("Ledger", MOST_BYTES)])).missed(),
            [""; 0]
        );

        let mut more = few.clone();
        more[0].insert(
            "reward",
            vec![Sample {
                gas: 300_000,
                calldata: 64,
            }],
        );
        more[2].insert(
            "unlock",
            vec![Sample {
                gas: 36_000,
                calldata: 64,
            }],
        );
        let missed = Report::new(&more, BTreeMap::from([("Ledger", MOST_BYTES + 1)])).missed();
        let wanted = [
            "unlock: the median rises from 30000 to 36000 with 1,000 orchestrators",
            "unlock: the maximum rises from 30000 to 36000 with 1,000 orchestrators",
            "reward: 0.515 of Livepeer's, class hot",
            "reward: 300000 gas, at most 200000",
            "Ledger: 22501 bytes, at most 22500",
        ];
        assert_eq!(missed, wanted);
    }

    #[test]
    fn of_the_class_other_only_what_a_contract_can_spare_is_compared() {
        let report = Report::new(&[samples(30_000)], BTreeMap::new());
        let object = report.json();
        let spared = 21_064.0;
        let ratio = ((30_000.0 - spared) / (93_240.0 - spared) * 1000.0_f64).round() / 1000.0;
        assert_eq!(object["unlock"]["ratio"], ratio);
        assert_eq!(object["reward"]["ratio"], 0.052);
    }
}
