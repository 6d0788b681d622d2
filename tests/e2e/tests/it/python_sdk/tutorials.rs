//! The tutorials in Python.

use anyhow::ensure;
use ringcentral_e2e::{Emulator, Script, place};

use crate::recipes;
use crate::tutorials::{Desk, Site};

#[tokio::test]
async fn without_an_sdk() -> anyhow::Result<()> {
    Desk::new().await?.work(&place::python()?, "native.py", 1.0).await
}

/// Both tokens travel in a cookie, which a browser drops beyond 4,096 bytes.
#[tokio::test]
async fn the_quick_start() -> anyhow::Result<()> {
    let emulator = Emulator::start(&["--rate-limits", "off"]).await?;
    let script = Script::python(&["../tutorials/quickstart.py"], &emulator.variables())?;
    Site::open(script, &emulator).await?.quick_start().await
}

#[tokio::test]
async fn the_documentations_recipe() -> anyhow::Result<()> {
    let emulator = Emulator::start(&[]).await?;
    let (_directory, file) = recipes::program("python.md", "python")?;
    let file = file.to_string_lossy();
    let mut script = Script::python(&[&file], &emulator.variables())?;
    let said = script.step("recipe").await?;
    ensure!(
        said["me"] == emulator.variable("RC_EXTENSION") && said["refused"] == 503,
        "{said}"
    );
    script.finish().await
}
