//! The tutorials in JavaScript.

use anyhow::ensure;
use ringcentral_e2e::http::Visited;
use ringcentral_e2e::{Emulator, Script};
use serde_json::json;

use crate::tutorials::{Desk, Site};
use crate::{recipes, tour};

/// Node.js itself, where the search path names it.
fn node() -> std::path::PathBuf {
    std::env::var_os("PATH")
        .iter()
        .flat_map(std::env::split_paths)
        .map(|directory| directory.join("node"))
        .find(|program| program.is_file())
        .unwrap_or_else(|| "node".into())
}

#[tokio::test]
async fn without_an_sdk() -> anyhow::Result<()> {
    Desk::new().await?.work(&node(), "native.js", 1000.0).await
}

#[tokio::test]
async fn a_public_integration() -> anyhow::Result<()> {
    let emulator = Emulator::start(&[]).await?;
    let script = Script::node(&["../tutorials/integration.js"], &emulator.variables())?;
    let mut site = Site::open(script, &emulator).await?;
    let Visited::Redirect(authorize) = site.go("/login").await? else {
        anyhow::bail!("/login leads to the platform")
    };
    let callback = site.log_in(&authorize).await?;
    let forged = callback.replace("state=", "state=x");
    ensure!(site.go(&forged).await.is_err(), "a state that is not its own");
    ensure!(site.page(&callback).await? == "Logged in");
    ensure!(site.page("/extension").await? == "Ada Quill");
    emulator
        .control("POST", "clock", Some(json!({ "advance": "61m" })))
        .await?;
    ensure!(site.page("/extension").await? == "Ada Quill");
    let journal = tour::calls(&emulator).await?;
    let expected = [
        "POST /restapi/oauth/token 200 authorization_code",
        "GET /restapi/v1.0/account/~/extension/~ 200",
        "GET /restapi/v1.0/account/~/extension/~ 401",
        "POST /restapi/oauth/token 200 refresh_token",
        "GET /restapi/v1.0/account/~/extension/~ 200",
    ];
    ensure!(journal == expected, "{}", journal.join("\n"));
    Ok(())
}

#[tokio::test]
async fn the_quick_start_with_and_without_pkce() -> anyhow::Result<()> {
    let emulator = Emulator::start(&["--rate-limits", "off"]).await?;
    for kind in ["plain", "pkce"] {
        let script = Script::node(&["../tutorials/quickstart.js", kind], &emulator.variables())?;
        Site::open(script, &emulator).await?.quick_start().await?;
    }
    Ok(())
}

#[tokio::test]
async fn the_documentations_recipe() -> anyhow::Result<()> {
    let emulator = Emulator::start(&[]).await?;
    let (_directory, file) = recipes::program("node.md", "js")?;
    let file = file.to_string_lossy();
    let mut script = Script::node(&[&file], &emulator.variables())?;
    let said = script.step("recipe").await?;
    ensure!(said["me"] == emulator.variable("RC_EXTENSION"), "{said}");
    let journal = tour::calls(&emulator).await?;
    let refreshed = "POST /restapi/oauth/token 200 refresh_token";
    ensure!(
        journal.iter().any(|call| call == refreshed),
        "the clock did not move:\n{}",
        journal.join("\n")
    );
    script.finish().await
}
