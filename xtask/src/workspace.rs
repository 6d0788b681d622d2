//! Where things are, and how cargo is called.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Context;

use crate::report;

/// The checkout and its target directory.
#[derive(Debug)]
pub(crate) struct Workspace {
    pub(crate) root: PathBuf,
    pub(crate) target: PathBuf,
}

impl Workspace {
    /// From what `cargo run` tells its program, so that a moved checkout and any target directory work.
    pub(crate) fn find() -> anyhow::Result<Self> {
        let manifest = std::env::var_os("CARGO_MANIFEST_DIR").context("start this as `cargo xtask`")?;
        let root = PathBuf::from(manifest)
            .parent()
            .context("xtask has no parent directory")?
            .to_owned();
        let exe = std::env::current_exe().context("cannot tell where xtask itself is")?;
        let target = exe
            .ancestors()
            .nth(2)
            .context("xtask is not in a target directory")?
            .to_owned();
        Ok(Self { root, target })
    }

    /// `cargo WORDS…` in the checkout's root.
    pub(crate) fn cargo(&self, words: &str) -> Command {
        let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command
            .args(words.split_whitespace())
            .current_dir(&self.root)
            .env("CARGO_TARGET_DIR", &self.target);
        // The colour that the terminal would have had; our pipes hide it from the tools.
        command.env(
            "CARGO_TERM_COLOR",
            if report::on_terminal() { "always" } else { "never" },
        );
        command
    }
}
