//! Adding up what the different test runners report.

/// Tests that ran.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) passed: usize,
    pub(super) failed: usize,
}

impl Tally {
    /// Adds the totals found in a runner's output: cargo's one per binary, Node's one per run.
    pub(super) fn add(&mut self, output: &str) {
        for line in output.lines().map(str::trim) {
            if let Some(counts) = line.strip_prefix("test result: ") {
                self.passed += before(counts, " passed");
                self.failed += before(counts, " failed");
            } else if let Some(count) = line.strip_prefix("ℹ ").or_else(|| line.strip_prefix("# ")) {
                self.passed += after(count, "pass ");
                self.failed += after(count, "fail ") + after(count, "cancelled ");
            }
        }
    }
}

fn before(text: &str, word: &str) -> usize {
    let number = text
        .split_once(word)
        .and_then(|(before, _)| before.rsplit(' ').next());
    number.and_then(|number| number.parse().ok()).unwrap_or_default()
}

fn after(text: &str, word: &str) -> usize {
    text.strip_prefix(word)
        .and_then(|number| number.parse().ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_totals_of_both_runners_are_added_up() {
        let mut tally = Tally::default();
        tally.add(
            "running 2 tests\ntest result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out\n",
        );
        tally.add("test result: FAILED. 10 passed; 3 failed; 0 ignored; finished in 0.01s\n");
        tally.add("✔ plays (3ms)\nℹ tests 4\nℹ suites 0\nℹ pass 2\nℹ fail 1\nℹ cancelled 1\nℹ skipped 0\n");
        tally.add("ok 1 - plays\n# pass 5\n# fail 0\n# passing by\n");
        assert_eq!(
            tally,
            Tally {
                passed: 19,
                failed: 5
            }
        );
    }
}
