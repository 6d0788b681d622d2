//! `cargo xtask torture`: builds the program that plays the rounds, and runs it.

use std::process::{Command, Stdio};

use anyhow::Context;

use crate::programs::{self, Part};
use crate::run;
use crate::workspace::Workspace;

/// Plays the rounds; `false` when a login was lost.
pub(crate) fn run(workspace: &Workspace, options: &[String]) -> anyhow::Result<bool> {
    if wants_postgres(options) {
        let others = Part::ALL.into_iter().filter(|part| *part != Part::Postgres);
        programs::ensure(&others.collect::<Vec<_>>(), true)?;
    }
    // As `test` builds, so that the one after the other builds nothing twice.
    run::inherit(&mut workspace.cargo("build --workspace --bins --all-features --locked"))?;
    let built = workspace.target.join("debug");
    let status = Command::new(built.join("ringcentral-e2e-torture"))
        .args(options)
        .env("RINGCENTRAL_BIN", built.join("ringcentral"))
        .stdin(Stdio::null())
        .status()
        .context("cannot start the torture")?;
    Ok(status.success())
}

/// Whether the rounds are played on PostgreSQL; the program itself judges the options.
fn wants_postgres(options: &[String]) -> bool {
    let named = options.iter().zip(options.iter().skip(1));
    let named = named
        .filter(|(option, _)| *option == "--store")
        .map(|(_, store)| store.as_str());
    let joined = options
        .iter()
        .filter_map(|option| option.strip_prefix("--store="));
    let help = options.iter().any(|option| option == "--help" || option == "-h");
    !help
        && named
            .chain(joined)
            .all(|store| store != "file" && store != "sqlite")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn postgres_is_needed_unless_another_store_is_named() {
        let wants =
            |options: &[&str]| wants_postgres(&options.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert!(wants(&[]));
        assert!(wants(&["--rounds", "20", "--store", "all"]));
        assert!(wants(&["--store=postgres"]));
        assert!(!wants(&["--store", "file", "--seed", "1"]));
        assert!(!wants(&["--store=sqlite"]));
        assert!(!wants(&["--help"]));
    }
}
