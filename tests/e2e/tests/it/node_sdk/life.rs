//! The life of tokens, as RingCentral's JavaScript clients live it.

use anyhow::ensure;
use ringcentral_e2e::{Emulator, Script};
use serde_json::{Value, json};

use crate::tour;

#[tokio::test]
async fn a_token_in_its_last_minute_is_refreshed_once_for_all() -> anyhow::Result<()> {
    let emulator = Emulator::start(&["--rate-limits", "off"]).await?;
    let mut script = Script::node(&["early.js"], &emulator.variables())?;
    for (step, refreshed) in [("fresh", false), ("nearly-over", true)] {
        let called = script.step(step).await?;
        ensure!(
            called["statuses"] == json!([200]) && called["newAccess"] == refreshed,
            "{called}"
        );
        ensure!(
            called["expiresIn"] == 3600 && called["refreshExpiresIn"] == 604_800,
            "{called}"
        );
    }
    script.finish().await?;
    let journal = tour::calls(&emulator).await?;
    let refreshes = journal
        .iter()
        .filter(|line| line.ends_with("200 refresh_token"))
        .count();
    ensure!(
        refreshes == 1 && journal.len() == 22,
        "the journal holds\n{}",
        journal.join("\n")
    );
    Ok(())
}

/// One refreshes after the 401, and so its caller reads about the refresh; the other tells the 401 itself.
#[tokio::test]
async fn a_session_that_somebody_ended_is_told_in_each_sdks_way() -> anyhow::Result<()> {
    let emulator = Emulator::start(&[]).await?;
    let mut script = Script::node(&["ended.js"], &emulator.variables())?;
    script.step("waiting").await?;
    emulator.control("DELETE", "sessions", None).await?;
    emulator.control("DELETE", "requests", None).await?;
    script.tell("go on").await?;
    let sdk = script.step("sdk").await?;
    ensure!(
        sdk["status"] == 400 && sdk["message"] == "Token revoked" && sdk["kept"] == Value::Null,
        "{sdk}"
    );
    let typed = script.step("typed").await?;
    ensure!(
        typed["status"] == 401 && typed["code"] == "OAU-213" && typed["kept"] == true,
        "{typed}"
    );
    script.finish().await?;
    let journal = tour::calls(&emulator).await?;
    let expected = [
        "GET /restapi/v1.0/account/~/extension/~ 401",
        "POST /restapi/oauth/token 400 refresh_token",
        "GET /restapi/v1.0/account/~/extension/~ 401",
    ];
    ensure!(journal == expected, "the journal holds\n{}", journal.join("\n"));
    Ok(())
}
