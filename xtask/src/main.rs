//! The task runner: what CI runs, by name.
//!
//! `cargo xtask check` looks at the code without running it, `cargo xtask test` brings up what the tests need and
//! runs all of them, and `cargo xtask ci` is the one after the other. `cargo xtask torture` is the long form of the tests
//! that kill.

mod bench;
mod check;
mod official_sdks;
mod programs;
mod report;
mod run;
mod tally;
mod test;
mod tidy;
mod torture;
mod workspace;

use std::process::ExitCode;
use std::time::Instant;

use anyhow::bail;

use programs::Part;
use workspace::Workspace;

const HELP: &str = "\
The project's task runner

Usage: cargo xtask VERB

  check     formatting, lints, documentation, dependencies, house rules; runs no test
  test      everything the tests need is brought up, and every test runs
  ci        check, then test: what has to pass before a change goes in
  torture   kill processes in the middle of refreshes, many times, to see whether a login is lost
  bench     measure speed and memory of the release build; without a name, list what can be measured

Options of test and ci:
  --without PART   leave out the tests that need PART: browser, node, python, postgres or keyring (may be repeated)
  --no-install     install no system package; name what is missing and stop

Options of torture (docs/torture.md):
  --rounds N       rounds for each store; 1000 without it
  --store STORE    file, sqlite, postgres or all; all without it
  --seed N         plan the same rounds again
  --at-once N      rounds side by side for each vault; 60 without it
";

fn main() -> ExitCode {
    let begun = Instant::now();
    match dispatch(std::env::args().skip(1).collect()) {
        Ok(true) => {}
        Ok(false) => return ExitCode::FAILURE,
        Err(error) => {
            report::line(&format!(
                "\nerror: {error:#}\nfailed after {}",
                report::duration(begun.elapsed())
            ));
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

/// Runs the verb; `false` means that it ran to its end and found failures.
fn dispatch(args: Vec<String>) -> anyhow::Result<bool> {
    let mut args = args.into_iter();
    let verb = args.next();
    match verb.as_deref() {
        Some("check") => {
            if let Some(extra) = args.next() {
                bail!("`check` takes no arguments, but was given {extra:?}");
            }
            check::all(&Workspace::find()?).map(|()| true)
        }
        Some("test") => test::all(&Workspace::find()?, &Options::parse(args)?),
        Some("ci") => {
            let (workspace, options) = (Workspace::find()?, Options::parse(args)?);
            check::all(&workspace)?;
            test::all(&workspace, &options)
        }
        Some("bench") => bench::measure(&Workspace::find()?, &args.collect::<Vec<_>>()),
        Some("torture") => torture::run(&Workspace::find()?, &args.collect::<Vec<_>>()),
        None | Some("help" | "--help" | "-h") => {
            report::line(HELP);
            Ok(true)
        }
        Some(other) => bail!("there is no verb {other:?}\n\n{HELP}"),
    }
}

/// What `test` and `ci` may be told.
#[derive(Debug, Default, PartialEq, Eq)]
struct Options {
    without: Vec<Part>,
    no_install: bool,
}

impl Options {
    fn parse(args: impl Iterator<Item = String>) -> anyhow::Result<Self> {
        let mut options = Self::default();
        let mut args = args;
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "--no-install" => options.no_install = true,
                "--without" => {
                    let Some(part) = args.next() else {
                        bail!("--without needs a part: {}", Part::names())
                    };
                    options.leave_out(&part)?;
                }
                _ => match arg.strip_prefix("--without=") {
                    Some(part) => options.leave_out(part)?,
                    None => bail!("{arg:?} is not an option of `test`\n\n{HELP}"),
                },
            }
        }
        Ok(options)
    }

    fn leave_out(&mut self, name: &str) -> anyhow::Result<()> {
        for name in name.split(',') {
            let Some(part) = Part::named(name) else {
                bail!("{name:?} cannot be left out; these can: {}", Part::names())
            };
            if !self.without.contains(&part) {
                self.without.push(part);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(args: &[&str]) -> anyhow::Result<Options> {
        Options::parse(args.iter().map(ToString::to_string))
    }

    #[test]
    fn parts_are_left_out_only_by_name() {
        let both = Options {
            without: vec![Part::Browser, Part::Node],
            no_install: true,
        };
        assert_eq!(
            parse(&["--without", "browser", "--without=node", "--no-install"]).unwrap(),
            both
        );
        assert_eq!(
            parse(&["--without", "browser,node,browser", "--no-install"]).unwrap(),
            both
        );
        assert_eq!(parse(&[]).unwrap(), Options::default());

        for wrong in [
            &["--without", "chromium"][..],
            &["--without"],
            &["--without="],
            &["browser"],
            &["--fast"],
        ] {
            assert!(parse(wrong).is_err(), "{wrong:?} was taken");
        }
    }
}
