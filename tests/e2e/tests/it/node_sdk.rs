//! npm `@ringcentral/sdk`, unmodified, against the emulator.

use anyhow::ensure;
use ringcentral_e2e::http::Visitor;
use ringcentral_e2e::{Emulator, Script};
use serde_json::json;

use crate::tour;

mod forms;
mod life;
mod rcex;
mod tutorials;

const JWT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/// A dead access token makes this SDK refresh, and the caller sees that refusal.
const REFUSED_REFRESH: [&str; 1] = ["POST /restapi/oauth/token 400 refresh_token"];

/// Follows the tour, which this SDK ends with its own words.
async fn follow(mut script: Script, emulator: &Emulator, grant: &str) -> anyhow::Result<()> {
    let refused = tour::follow(&mut script, emulator).await?;
    ensure!(
        refused.after_logout["message"] == "Refresh token is missing",
        "{}",
        refused.after_logout
    );
    ensure!(
        refused.with_old_tokens["status"] == 400,
        "{}",
        refused.with_old_tokens
    );
    script.finish().await?;
    tour::journal(emulator, grant, &REFUSED_REFRESH).await
}

/// Plays the browser: follows the SDK's link to the platform, logs in, agrees, and tells the client where that led.
async fn log_in(script: &mut Script, emulator: &Emulator) -> anyhow::Result<()> {
    let asked = script.step("authorize").await?;
    let url = asked["url"].as_str().unwrap_or_default().parse()?;
    let back = emulator.variable("RC_REDIRECT_URL");
    let redirect = Visitor::new()?.log_in(&url, back, &tour::typed(emulator)).await?;
    script.tell(redirect.as_str()).await?;
    let redirect = script.step("redirect").await?;
    ensure!(redirect["state"] == "initialState", "{redirect}");
    ensure!(
        redirect["parameters"] == json!(["code", "expires_in", "state"]),
        "{redirect}"
    );
    Ok(())
}

#[tokio::test]
async fn a_password_login_makes_the_whole_tour() -> anyhow::Result<()> {
    let emulator = Emulator::start(&[]).await?;
    let script = Script::node(&["password-login.js"], &emulator.variables())?;
    follow(script, &emulator, "password").await
}

#[tokio::test]
async fn a_jwt_login_makes_the_whole_tour() -> anyhow::Result<()> {
    let emulator = Emulator::start(&[]).await?;
    let script = Script::node(&["jwt-login.js"], &emulator.variables())?;
    follow(script, &emulator, JWT).await
}

#[tokio::test]
async fn an_authorization_code_makes_the_whole_tour() -> anyhow::Result<()> {
    let emulator = Emulator::start(&[]).await?;
    for kind in ["plain", "pkce", "public"] {
        let mut script = Script::node(&["code-login.js", kind], &emulator.variables())?;
        log_in(&mut script, &emulator).await?;
        follow(script, &emulator, "authorization_code").await?;
        // The next kind starts with an empty journal and a whole budget.
        emulator.control("DELETE", "requests", None).await?;
        emulator
            .control("POST", "clock", Some(json!({ "advance": "61s" })))
            .await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_refusal_reads_as_it_does_on_the_platform() -> anyhow::Result<()> {
    let emulator = Emulator::start(&["--rate-limits", "off"]).await?;
    let mut script = Script::node(&["refusals.js"], &emulator.variables())?;
    let refusals = [
        ("wrong-password", 400, "Invalid resource owner credentials"),
        ("wrong-secret", 401, "Invalid client credentials"),
        ("wrong-jwt", 400, "Unparseable assertion"),
        ("wrong-code", 400, "Authorization code is invalid"),
        (
            "no-such-extension",
            404,
            "Resource for parameter [extensionId] is not found",
        ),
        (
            "no-such-path",
            404,
            "Resource for URI [/restapi/v1.0/nothing-here] is not found",
        ),
        ("bad-parameter", 400, "Parameter [dateFrom] value is invalid"),
    ];
    for (step, status, message) in refusals {
        let refused = script.step(step).await?;
        ensure!(
            refused["failed"] == true && refused["status"] == status,
            "{refused}"
        );
        ensure!(
            refused["message"]
                .as_str()
                .is_some_and(|said| said.starts_with(message)),
            "{refused}"
        );
    }
    script.finish().await
}

/// The SDK believes its token to be fresh, the platform's clock says otherwise. The refresh after a 401 comes with
/// `access_token_ttl=-1`, which the platform must not refuse.
#[tokio::test]
async fn parallel_calls_with_a_dead_token_refresh_once_and_succeed() -> anyhow::Result<()> {
    let emulator = Emulator::start(&[]).await?;
    let mut script = Script::node(&["expiry.js"], &emulator.variables())?;
    script.step("login").await?;
    script.step("waiting").await?;
    emulator
        .control("POST", "clock", Some(json!({ "advance": "61m" })))
        .await?;
    script.tell("go on").await?;
    let after = script.step("after-expiry").await?;
    ensure!(
        after["statuses"] == json!([200, 200, 200]) && after["newAccess"] == true,
        "{after}"
    );
    // It did ask for -1, and was given the least that there is.
    ensure!(after["expiresIn"] == 600, "{after}");
    script.finish().await?;
    let journal = tour::calls(&emulator).await?;
    let refreshes = journal
        .iter()
        .filter(|line| line.ends_with("200 refresh_token"))
        .count();
    ensure!(refreshes == 1, "the journal holds\n{}", journal.join("\n"));
    Ok(())
}
