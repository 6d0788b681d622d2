//! PyPI `ringcentral` without a secret, in a race, at the limit, by https, and with files.

use anyhow::ensure;
use ringcentral_e2e::http::Visitor;
use ringcentral_e2e::{Emulator, Script};
use serde_json::json;

use crate::tour;

#[tokio::test]
async fn an_app_without_a_secret_makes_the_whole_tour() -> anyhow::Result<()> {
    let emulator = Emulator::start(&[]).await?;
    let mut script = Script::python(&["public.py"], &emulator.variables())?;
    let asked = script.step("authorize").await?;
    let url = asked["url"].as_str().unwrap_or_default().parse()?;
    let back = emulator.variable("RC_REDIRECT_URL");
    let redirect = Visitor::new()?
        .log_in(&url, back, &tour::typed(&emulator))
        .await?;
    script.tell(redirect.as_str()).await?;
    tour::follow(&mut script, &emulator).await?;
    script.finish().await
}

#[tokio::test]
async fn clients_that_race_go_on_and_429_is_the_callers() -> anyhow::Result<()> {
    let emulator = Emulator::start(&[]).await?;
    let mut script = Script::python(&["race.py"], &emulator.variables())?;
    let raced = script.step("raced").await?;
    ensure!(
        raced["samePair"] == true && raced["statuses"] == json!([200, 200, 200]),
        "{raced}"
    );
    let limited = script.step("limited").await?;
    ensure!(limited["failed"] == true && limited["status"] == 429, "{limited}");
    ensure!(
        limited["body"]
            .as_str()
            .is_some_and(|body| body.contains("CMN-301")),
        "{limited}"
    );
    script.finish().await
}

#[tokio::test]
async fn a_session_that_somebody_ended_is_a_401() -> anyhow::Result<()> {
    let emulator = Emulator::start(&[]).await?;
    let mut script = Script::python(&["ended.py"], &emulator.variables())?;
    script.step("waiting").await?;
    emulator.control("DELETE", "sessions", None).await?;
    emulator.control("DELETE", "requests", None).await?;
    script.tell("go on").await?;
    let refused = script.step("sdk").await?;
    ensure!(
        refused["status"] == 401 && refused["kept"] == true && super::code(&refused) == "OAU-213",
        "{refused}"
    );
    script.finish().await?;
    let journal = tour::calls(&emulator).await?;
    ensure!(
        journal == ["GET /restapi/v1.0/account/~/extension/~ 401"],
        "the journal holds\n{}",
        journal.join("\n")
    );
    Ok(())
}

#[tokio::test]
async fn files_arrive_in_both_types_of_form() -> anyhow::Result<()> {
    let emulator = Emulator::start(&["--rate-limits", "off"]).await?;
    let mut script = Script::python(&["multipart.py"], &emulator.variables())?;
    for (step, kind) in [("picture", "SMS"), ("mixed-fax", "Fax"), ("fax", "Fax")] {
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

#[tokio::test]
async fn python_trusts_the_authority_that_it_is_told_of() -> anyhow::Result<()> {
    let emulator = Emulator::start(&["--tls"]).await?;
    let mut script = Script::python(&["trust.py", "library", "requests", "sdk"], &emulator.variables())?;
    for (way, answer) in [
        ("library", json!(200)),
        ("requests", json!(200)),
        ("sdk", json!(emulator.variable("RC_EXTENSION"))),
    ] {
        let trusts = script.step(way).await?;
        ensure!(trusts["answer"] == answer, "{trusts}");
    }
    let mut untold = emulator.variables();
    // requests reads curl's variable too.
    untold.retain(|(name, _)| !["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"].contains(name));
    let mut script = Script::python(&["trust.py", "library", "requests"], &untold)?;
    for way in ["library", "requests"] {
        let refused = script.step(way).await?;
        ensure!(
            refused["error"]
                .as_str()
                .is_some_and(|error| error.contains("certificate verify failed")),
            "{refused}"
        );
    }
    Ok(())
}
