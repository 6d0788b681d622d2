//! Where the built program, the installed SDKs and the pictures are. `cargo xtask test` makes all of them.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

/// The program under test: what the task runner built, or what is in the target directory of this test.
///
/// # Errors
///
/// When it is not built yet.
pub fn program() -> anyhow::Result<PathBuf> {
    let named = variable("RINGCENTRAL_BIN");
    let program = named.map_or_else(
        || Ok(built()?.join("ringcentral")),
        |named| Ok::<_, anyhow::Error>(named.into()),
    )?;
    existing(
        program,
        "the program",
        "run `cargo build`, or all of it with `cargo xtask test`",
    )
}

/// The program that uses the SDK, and that tests kill.
///
/// # Errors
///
/// When it is not built yet.
pub fn worker() -> anyhow::Result<PathBuf> {
    existing(
        built()?.join("ringcentral-e2e-worker"),
        "the worker of the tests",
        "run `cargo build --package ringcentral-e2e`",
    )
}

/// An example of the SDK, built.
///
/// # Errors
///
/// When it is not built yet.
pub fn example(name: &str) -> anyhow::Result<PathBuf> {
    existing(
        built()?.join("examples").join(name),
        &format!("the example {name}"),
        "run `cargo build --package ringcentral --examples --all-features`",
    )
}

/// The installed npm packages.
///
/// # Errors
///
/// When they are not installed yet.
pub fn node_modules() -> anyhow::Result<PathBuf> {
    let sdk = "e2e/node/node_modules/@ringcentral/sdk";
    existing(
        target()?.join(sdk),
        "npm package @ringcentral/sdk",
        "run `cargo xtask test` once",
    )?;
    Ok(target()?.join("e2e/node/node_modules"))
}

/// The Python of the virtual environment that has the official SDK.
///
/// # Errors
///
/// When it is not installed yet.
pub fn python() -> anyhow::Result<PathBuf> {
    existing(
        target()?.join("e2e/python/bin/python"),
        "PyPI package ringcentral",
        "run `cargo xtask test` once",
    )
}

/// The clients' own programs.
pub fn clients() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("clients")
}

/// Where pictures of pages are kept, for a person to look at.
///
/// # Errors
///
/// When the directory cannot be made.
pub fn screenshots() -> anyhow::Result<PathBuf> {
    let directory = target()?.join("e2e/screenshots");
    std::fs::create_dir_all(&directory).context("cannot make the directory for screenshots")?;
    Ok(directory)
}

/// The target directory that this was built in.
fn target() -> anyhow::Result<PathBuf> {
    let built = built()?;
    Ok(built
        .parent()
        .context("this is not in a target directory")?
        .to_owned())
}

/// Where the programs of this build are: beside this one, or above it (`target/debug/deps/it-…`).
fn built() -> anyhow::Result<PathBuf> {
    let exe = std::env::current_exe().context("cannot tell where this program is")?;
    let beside = exe.parent().context("this is not in a target directory")?;
    let above = beside.parent().filter(|_| beside.ends_with("deps"));
    Ok(above.unwrap_or(beside).to_owned())
}

/// A variable of the process.
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// A program of that name in PATH.
pub(crate) fn in_path(name: &str) -> anyhow::Result<PathBuf> {
    let path = variable("PATH").context("there is no PATH")?;
    let found = std::env::split_paths(&path)
        .map(|directory| directory.join(name))
        .find(|program| program.is_file());
    found.with_context(|| format!("{name} is not installed; `cargo xtask test` says how to get it"))
}

fn existing(path: PathBuf, what: &str, advice: &str) -> anyhow::Result<PathBuf> {
    if !path.exists() {
        bail!("{what} is not at {}; {advice}", path.display());
    }
    Ok(path)
}
