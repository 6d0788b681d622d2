//! PyPI `ringcentral`, unmodified, against the emulator.

use anyhow::ensure;
use ringcentral_e2e::http::Visitor;
use ringcentral_e2e::{Emulator, Script};
use serde_json::{Value, json};

use crate::tour;

mod more;
mod tutorials;

const JWT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// Follows the tour, which this SDK ends with the platform's own answer.
async fn follow(mut script: Script, emulator: &Emulator, grant: &str) -> anyhow::Result<()> {
    let refused = tour::follow(&mut script, emulator).await?;
    ensure!(
        refused.after_logout["body"] == "Refresh token has expired",
        "{}",
        refused.after_logout
    );
    ensure!(
        refused.with_old_tokens["status"] == 401,
        "{}",
        refused.with_old_tokens
    );
    ensure!(
        code(&refused.with_old_tokens).starts_with("OAU-"),
        "{}",
        refused.with_old_tokens
    );
    script.finish().await?;
    tour::journal(emulator, grant, &[]).await
}

/// The first error code of the answer's body.
fn code(refused: &Value) -> String {
    let body: Value = refused["body"]
        .as_str()
        .and_then(|body| serde_json::from_str(body).ok())
        .unwrap_or_default();
    body["errors"][0]["errorCode"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

#[tokio::test]
async fn a_password_login_makes_the_whole_tour() -> anyhow::Result<()> {
    let emulator = Emulator::start(&[]).await?;
    let script = Script::python(&["password_login.py"], &emulator.variables())?;
    follow(script, &emulator, "password").await
}

#[tokio::test]
async fn a_jwt_login_makes_the_whole_tour() -> anyhow::Result<()> {
    let emulator = Emulator::start(&[]).await?;
    let script = Script::python(&["jwt_login.py"], &emulator.variables())?;
    follow(script, &emulator, JWT).await
}

#[tokio::test]
async fn an_authorization_code_makes_the_whole_tour() -> anyhow::Result<()> {
    let emulator = Emulator::start(&[]).await?;
    let mut script = Script::python(&["code_login.py"], &emulator.variables())?;
    let asked = script.step("authorize").await?;
    let url = asked["url"].as_str().unwrap_or_default().parse()?;
    let back = emulator.variable("RC_REDIRECT_URL");
    let redirect = Visitor::new()?
        .log_in(&url, back, &tour::typed(&emulator))
        .await?;
    script.tell(redirect.as_str()).await?;
    let redirect = script.step("redirect").await?;
    ensure!(redirect["state"] == "initialState", "{redirect}");
    ensure!(
        redirect["parameters"] == json!(["code", "expires_in", "state"]),
        "{redirect}"
    );
    follow(script, &emulator, "authorization_code").await
}

#[tokio::test]
async fn a_refusal_has_the_platforms_status_and_code() -> anyhow::Result<()> {
    let emulator = Emulator::start(&["--rate-limits", "off"]).await?;
    let mut script = Script::python(&["refusals.py"], &emulator.variables())?;
    let refusals = [
        ("wrong-password", 400, "OAU-140"),
        ("wrong-secret", 401, "OAU-146"),
        ("wrong-jwt", 400, "OAU-344"),
        ("wrong-code", 400, "OAU-106"),
        ("no-such-extension", 404, "CMN-102"),
        ("no-such-path", 404, "CMN-120"),
        ("bad-parameter", 400, "CMN-101"),
    ];
    for (step, status, expected) in refusals {
        let refused = script.step(step).await?;
        ensure!(
            refused["failed"] == true && refused["status"] == status,
            "{refused}"
        );
        ensure!(code(&refused) == expected, "{refused}");
    }
    script.finish().await
}
