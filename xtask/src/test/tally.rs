//! Adding up what the different test runners report.

/// Tests that ran.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) passed: usize,
    pub(super) failed: usize,
}

impl Tally {
    /// Adds the totals found in a runner's output: cargo's one per binary, Node's and forge's one per run.
    pub(super) fn add(&mut self, output: &str) {
        for line in output.lines().map(str::trim) {
            if let Some(counts) = line.strip_prefix("test result: ") {
                self.passed += before(counts, " passed");
                self.failed += before(counts, " failed");
            } else if let Some((_, counts)) = suites(line) {
                self.passed += before(counts, " tests passed");
                self.failed += before(counts, " failed");
            } else if let Some(count) = line.strip_prefix("ℹ ").or_else(|| line.strip_prefix("# ")) {
                self.passed += after(count, "pass ");
                self.failed += after(count, "fail ") + after(count, "cancelled ");
            }
        }
    }
}

/// Forge's total, `Ran 2 test suites in 1.5s (2.1s CPU time): 7 tests passed, 0 failed, …`. Those of each suite have
/// another form.
fn suites(line: &str) -> Option<(&str, &str)> {
    let suites = line.strip_prefix("Ran ")?;
    suites.contains(" test suite").then(|| suites.split_once("): "))?
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
    fn the_totals_of_all_runners_are_added_up() {
        let mut tally = Tally::default();
        tally.add(
            "running 2 tests\ntest result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out\n",
        );
        tally.add("test result: FAILED. 10 passed; 3 failed; 0 ignored; finished in 0.01s\n");
        tally.add("✔ plays (3ms)\nℹ tests 4\nℹ suites 0\nℹ pass 2\nℹ fail 1\nℹ cancelled 1\nℹ skipped 0\n");
        tally.add("ok 1 - plays\n# pass 5\n# fail 0\n# passing by\n");
        tally.add("Ran 9 tests for test/A.t.sol:ATest\nSuite result: ok. 9 passed; 0 failed; 0 skipped; finished in 2ms\n");
        tally.add("Ran 2 test suites in 1.51s (2.1s CPU time): 9 tests passed, 1 failed, 0 skipped (10 total tests)\n");
        assert_eq!(
            tally,
            Tally {
                passed: 28,
                failed: 6
            }
        );
    }
}
