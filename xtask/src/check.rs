//! `cargo xtask check`: everything that can be known without running a test.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::report::{self, Steps};
use crate::workspace::Workspace;
use crate::{programs, run, tidy};

/// The version that CI uses; another one may know other rules.
const CARGO_DENY: &str = "0.20.2";

pub(crate) fn all(workspace: &Workspace) -> anyhow::Result<()> {
    let mut steps = Steps::new("check", 5);
    steps.step("formatting", || {
        quiet(run::inherit(&mut workspace.cargo("fmt --all --check")))
    })?;
    steps.step("house rules", || {
        tidy::all(&workspace.root).map(|words| ((), words))
    })?;
    steps.step("lints", || {
        let words = "clippy --workspace --all-targets --all-features --locked -- -D warnings";
        quiet(run::inherit(&mut workspace.cargo(words)))
    })?;
    steps.step("documentation", || {
        // The lints' own feature set, so that the dependencies are checked once.
        let mut doc = workspace.cargo("doc --workspace --all-features --no-deps --locked");
        quiet(run::inherit(doc.env("RUSTDOCFLAGS", "-D warnings")))
    })?;
    steps.step("dependencies", || {
        let deny = cargo_deny(workspace)?;
        // Advisories need their database from the network: `cargo deny check advisories` where that is to be had.
        let checks = ["--all-features", "check", "bans", "licenses", "sources"];
        quiet(run::inherit(
            Command::new(deny).args(checks).current_dir(&workspace.root),
        ))
    })?;
    report::line(&format!("checked in {}\n", report::duration(steps.elapsed())));
    Ok(())
}

fn quiet(result: anyhow::Result<()>) -> anyhow::Result<((), String)> {
    result.map(|()| ((), String::new()))
}

/// The installed cargo-deny if it is the right one, else our own under the target directory, made on first use.
fn cargo_deny(workspace: &Workspace) -> anyhow::Result<PathBuf> {
    let right = |program: &Path| {
        run::capture(Command::new(program).arg("--version"))
            .is_ok_and(|version| version.ends_with(CARGO_DENY))
    };
    if let Some(installed) = programs::in_path("cargo-deny").filter(|program| right(program)) {
        return Ok(installed);
    }
    let root = workspace.target.join("tools");
    let own = root.join("bin/cargo-deny");
    if !right(&own) {
        report::line(&format!(
            "installing cargo-deny {CARGO_DENY} under the target directory"
        ));
        let mut install = workspace.cargo("install --locked --debug cargo-deny --version");
        install
            .arg(CARGO_DENY)
            .arg("--root")
            .arg(&root)
            .env("CARGO_TARGET_DIR", root.join("build"));
        run::inherit(&mut install)?;
        // Half a gigabyte that nothing needs again.
        let _ = std::fs::remove_dir_all(root.join("build"));
    }
    Ok(own)
}
