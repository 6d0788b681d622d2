//! The programs that the emulator's documentation shows, taken from there and run.

use std::path::{Path, PathBuf};

use anyhow::Context;

/// The first block of code in this language on a page of `docs/emulator`, as a file.
pub(crate) fn program(page: &str, language: &str) -> anyhow::Result<(tempfile::TempDir, PathBuf)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../docs/emulator")
        .join(page);
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let code = text
        .split(&format!("```{language}\n"))
        .nth(1)
        .and_then(|rest| rest.split("```").next())
        .with_context(|| format!("{page} shows no program"))?;
    let directory = tempfile::tempdir()?;
    let file = directory.path().join("recipe");
    std::fs::write(&file, code)?;
    Ok((directory, file))
}
