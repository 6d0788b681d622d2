//! Counting tests, whichever runner ran them.

use std::ops::AddAssign;

/// How many tests passed, failed and were not run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: usize,
    pub(crate) failed: usize,
    pub(crate) skipped: usize,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl Tally {
    /// Sums every closing line of `cargo nextest run` and `cargo test` in the output. The runner's own lines are not
    /// indented further than it does by itself, so what it quotes of a failed test counts nothing.
    pub(crate) fn read<'a>(lines: impl IntoIterator<Item = &'a str>) -> Self {
        let mut sum = Self::default();
        for line in lines {
            if let Some(one) = nextest(line).or_else(|| libtest(line)) {
                sum += one;
            }
        }
        sum
    }

    pub(crate) fn ran(&self) -> usize {
        self.passed + self.failed
    }

    /// `7 passed, 0 failed`, and `, 2 skipped` where there are any.
    pub(crate) fn words(&self) -> String {
        let skipped = if self.skipped == 0 {
            String::new()
        } else {
            format!(", {} skipped", self.skipped)
        };
        format!("{} passed, {} failed{skipped}", self.passed, self.failed)
    }
}

/// `     Summary [   1.2s] 5 tests run: 3 passed (1 slow), 1 failed, 1 timed out, 2 skipped`
fn nextest(line: &str) -> Option<Tally> {
    let (_, summary) = line.strip_prefix("     Summary [")?.split_once(']')?;
    let (run, counts) = summary.split_once(" run:")?;
    // A cancelled run says `3/5 tests run`: those that never started are not passed.
    let ran: usize = run
        .split_whitespace()
        .next()?
        .split('/')
        .next_back()?
        .parse()
        .ok()?;
    let count = |what: &str| {
        counts
            .split(',')
            .find_map(|part| number_of(part, what))
            .unwrap_or(0)
    };
    let passed = count("passed");
    Some(Tally {
        passed,
        failed: ran.saturating_sub(passed),
        skipped: count("skipped"),
    })
}

/// `test result: ok. 5 passed; 0 failed; 1 ignored; 0 measured; 2 filtered out; finished in 0.00s`
fn libtest(line: &str) -> Option<Tally> {
    let counts = line.strip_prefix("test result: ")?.split_once('.')?.1;
    let count = |what: &str| {
        counts
            .split(';')
            .find_map(|part| number_of(part, what))
            .unwrap_or(0)
    };
    Some(Tally {
        passed: count("passed"),
        failed: count("failed"),
        skipped: count("ignored") + count("filtered"),
    })
}

/// The `3` of ` 3 passed (1 slow)`.
fn number_of(part: &str, what: &str) -> Option<usize> {
    let mut words = part.split_whitespace();
    let number = words.next()?.parse().ok()?;
    (words.next()? == what).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_lines_of_both_runners_are_read() {
        let cases = [
            (
                "     Summary [   0.006s] 3 tests run: 3 passed, 0 skipped",
                (3, 0, 0),
            ),
            (
                "     Summary [  12.106s] 1 test run: 1 passed (1 slow), 41 skipped",
                (1, 0, 41),
            ),
            (
                "     Summary [   1.0s] 5 tests run: 2 passed (1 leaky), 1 failed, 1 timed out, 1 exec failed, 2 skipped",
                (2, 3, 2),
            ),
            (
                "     Summary [   1.0s] 3/5 tests run: 2 passed, 1 failed, 0 skipped",
                (2, 3, 0),
            ),
            (
                "test result: ok. 5 passed; 0 failed; 1 ignored; 0 measured; 2 filtered out; finished in 0.00s",
                (5, 0, 3),
            ),
            (
                "test result: FAILED. 5 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s",
                (5, 2, 0),
            ),
        ];
        for (line, (passed, failed, skipped)) in cases {
            assert_eq!(
                Tally::read([line]),
                Tally {
                    passed,
                    failed,
                    skipped
                },
                "{line}"
            );
        }
    }

    #[test]
    fn other_lines_count_nothing_and_sums_add_up() {
        assert_eq!(
            Tally::read(["", "test a ... ok", "Summary of it all", "12 passed"]),
            Tally::default()
        );
        let ok =
            "test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s";
        let quoted = "    test result: FAILED. 0 passed; 1 failed; 0 ignored; 0 measured; 72 filtered out; finished in 0.1s";
        let sum = Tally::read([ok, "noise", quoted, ok]);
        assert_eq!(sum.words(), "4 passed, 0 failed");
        assert_eq!(
            Tally { skipped: 2, ..sum }.words(),
            "4 passed, 0 failed, 2 skipped"
        );
    }
}
