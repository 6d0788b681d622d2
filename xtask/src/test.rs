//! `cargo xtask test`: everything the tests need is brought up, and every test runs.

use std::process::Command;

use anyhow::bail;

use crate::programs::{self, Part};
use crate::report::{self, Steps};
use crate::tally::Tally;
use crate::workspace::Workspace;
use crate::{Options, official_sdks, run};

/// The variables that settings are read from: the caller's own account must never reach a test.
const SETTINGS: [&str; 3] = ["RC_", "RINGCENTRAL_", "ENVIRONMENT"];
/// Except the one that is meant for tests.
const FOR_TESTS: &str = "RINGCENTRAL_TEST_DATABASE_URL";

/// Runs all tests; `false` when some failed.
pub(crate) fn all(workspace: &Workspace, options: &Options) -> anyhow::Result<bool> {
    let without = &options.without;
    let mut steps = Steps::new("test", 5);

    steps.step("programs", || {
        programs::ensure(without, !options.no_install).map(|found| ((), found))
    })?;
    steps.step("official SDKs", || {
        let mut words = Vec::new();
        if !without.contains(&Part::Node) {
            words.push(format!("npm: {}", official_sdks::node(workspace)?));
        }
        if !without.contains(&Part::Python) {
            words.push(format!("PyPI: {}", official_sdks::python(workspace)?));
        }
        Ok(((), words.join(", ")))
    })?;
    // One build makes the program and the tests together, so that every dependency is built once, with one set of features.
    steps.step("build", || {
        run::inherit(&mut workspace.cargo("build --workspace --all-targets --all-features --locked"))?;
        Ok(((), String::new()))
    })?;
    let mut sum = steps.step("tests", || {
        let tally = counted(&mut test_runner(workspace, without))?;
        Ok((tally, tally.words()))
    })?;
    sum += steps.step("documentation tests", || {
        let tally = counted(&mut tests(
            workspace,
            "test --doc --workspace --all-features --locked --no-fail-fast",
        ))?;
        Ok((tally, tally.words()))
    })?;

    close(&sum, without, &report::duration(steps.elapsed()))
}

/// The last lines, and whether all is well. A test that nobody asked to leave out has to run.
fn close(sum: &Tally, without: &[Part], time: &str) -> anyhow::Result<bool> {
    report::line("");
    if !without.is_empty() {
        let parts = without
            .iter()
            .map(|part| part.name())
            .collect::<Vec<_>>()
            .join(", ");
        report::line(&format!("left out as asked: what needs {parts}"));
    }
    report::line(&format!("wall time: {time}"));
    report::line(&sum.words());
    if sum.ran() == 0 {
        bail!("no test ran");
    }
    if without.is_empty() && sum.skipped > 0 {
        bail!(
            "{} tests were not run though nothing was left out; is one marked #[ignore]?",
            sum.skipped
        );
    }
    Ok(sum.failed == 0)
}

/// Runs the tests and counts them.
fn counted(runner: &mut Command) -> anyhow::Result<Tally> {
    let (lines, succeeded) = run::tee(runner)?;
    judged(Tally::read(lines.iter().map(String::as_str)), succeeded)
}

/// A runner that fails without a failed test could not do its work.
fn judged(tally: Tally, succeeded: bool) -> anyhow::Result<Tally> {
    if !succeeded && tally.failed == 0 {
        bail!("the test runner failed before it could run the tests; what it said is above");
    }
    Ok(tally)
}

/// cargo-nextest where it is installed (a process and a time limit for each test), else cargo's own runner.
fn test_runner(workspace: &Workspace, without: &[Part]) -> Command {
    let modules: Vec<&str> = without.iter().flat_map(|part| part.modules()).copied().collect();
    if programs::in_path("cargo-nextest").is_some() {
        let profile = if std::env::var_os("CI").is_some() {
            "ci"
        } else {
            "default"
        };
        let mut nextest = tests(
            workspace,
            "nextest run --workspace --all-features --locked --profile",
        );
        nextest.arg(profile);
        if !modules.is_empty() {
            let left_out = modules
                .iter()
                .map(|module| format!("test({module}::)"))
                .collect::<Vec<_>>();
            nextest
                .arg("--filterset")
                .arg(format!("not ({})", left_out.join(" or ")));
        }
        return nextest;
    }
    let words = "test --workspace --all-features --locked --no-fail-fast --lib --bins --tests --examples --";
    let mut test = tests(workspace, words);
    for module in modules {
        test.arg("--skip").arg(format!("{module}::"));
    }
    test
}

/// A cargo command that runs tests, without the caller's own settings and with the program that was just built.
fn tests(workspace: &Workspace, words: &str) -> Command {
    let mut command = workspace.cargo(words);
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if SETTINGS.iter().any(|prefix| text.starts_with(prefix)) && text != FOR_TESTS {
            command.env_remove(&name);
        }
    }
    command.env("RINGCENTRAL_BIN", workspace.target.join("debug/ringcentral"));
    // A panic's trace helps; one for every returned error hides what the error says.
    command.env("RUST_LIB_BACKTRACE", "0");
    // A run leaves no file in the checkout; snapshots are reviewed when the author runs a test by itself.
    command.env("INSTA_UPDATE", "no");
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(passed: usize, failed: usize, skipped: usize) -> Tally {
        Tally {
            passed,
            failed,
            skipped,
        }
    }

    #[test]
    fn only_a_run_that_left_nothing_out_in_silence_is_good() {
        assert!(close(&tally(3, 0, 0), &[], "1 s").unwrap());
        assert!(!close(&tally(3, 1, 0), &[], "1 s").unwrap());
        assert!(close(&tally(3, 0, 2), &[Part::Node], "1 s").unwrap());
        assert!(close(&tally(3, 0, 2), &[], "1 s").is_err(), "skipped in silence");
        assert!(
            close(&tally(0, 0, 0), &[Part::Node], "1 s").is_err(),
            "ran nothing"
        );
    }

    #[test]
    fn a_runner_that_could_not_start_is_no_success() {
        assert!(judged(tally(0, 0, 0), false).is_err());
        assert_eq!(judged(tally(1, 2, 0), false).unwrap(), tally(1, 2, 0));
        assert_eq!(judged(tally(3, 0, 0), true).unwrap(), tally(3, 0, 0));
    }
}
