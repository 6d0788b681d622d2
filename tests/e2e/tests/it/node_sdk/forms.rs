//! Forms with files, several resources in one answer, and discovery: as RingCentral's JavaScript clients do them.

use anyhow::ensure;
use ringcentral_e2e::http::Visitor;
use ringcentral_e2e::{Emulator, Script};
use serde_json::json;

use crate::tour;

#[tokio::test]
async fn files_arrive_as_each_client_sends_them() -> anyhow::Result<()> {
    let emulator = Emulator::start(&["--rate-limits", "off"]).await?;
    let mut script = Script::node(&["multipart.js"], &emulator.variables())?;
    for (step, kind) in [
        ("sdk-picture", "SMS"),
        ("sdk-fax", "Fax"),
        ("typed-picture", "SMS"),
        ("typed-fax", "Fax"),
    ] {
        let sent = script.step(step).await?;
        // A picture arrives as it was sent, a fax as the pages that it became.
        let arrived = if kind == "Fax" {
            sent["kind"] == "application/pdf" && sent["begins"] == "%PDF"
        } else {
            sent["kind"] == "image/gif" && sent["same"] == true
        };
        ensure!(sent["type"] == kind && arrived, "{sent}");
    }
    let several = script.step("several").await?;
    ensure!(
        several["status"] == 207 && several["statuses"] == json!([200, 404, 200]),
        "{several}"
    );
    let wanted = json!([several["ids"][0], "CMN-102", several["ids"][1]]);
    ensure!(several["bodies"] == wanted, "{several}");
    script.finish().await
}

/// The SDK is given no server that works, but the entry points.
#[tokio::test]
async fn everything_is_found_by_discovery() -> anyhow::Result<()> {
    let emulator = Emulator::start(&[]).await?;
    let server = emulator.variable("RC_SERVER_URL").to_owned();
    let mut script = Script::node(&["discovery.js"], &emulator.variables())?;
    let asked = script.step("authorize").await?;
    let url: url::Url = asked["url"].as_str().unwrap_or_default().parse()?;
    ensure!(url.as_str().starts_with(&server), "{asked}");
    let back = emulator.variable("RC_REDIRECT_URL");
    let redirect = Visitor::new()?
        .log_in(&url, back, &tour::typed(&emulator))
        .await?;
    script.tell(redirect.as_str()).await?;
    let redirect = script.step("redirect").await?;
    ensure!(
        redirect["token"] == format!("{server}/restapi/oauth/token"),
        "{redirect}"
    );
    let called = script.step("called").await?;
    ensure!(
        called["me"] == emulator.variable("RC_EXTENSION")
            && called["core"] == server
            && called["tag"].is_string(),
        "{called}"
    );
    let refreshed = script.step("refreshed").await?;
    ensure!(refreshed["status"] == 200, "{refreshed}");
    let out = script.step("logged-out").await?;
    ensure!(out["failed"] == false, "{out}");
    script.finish().await
}
