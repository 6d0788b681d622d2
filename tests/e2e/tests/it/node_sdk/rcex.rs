//! npm `@rc-ex/core` in two generations, and several SDKs at once.

use anyhow::ensure;
use ringcentral_e2e::http::Visitor;
use ringcentral_e2e::{Emulator, Script};
use serde_json::json;

use crate::tour;

/// Follows `rcex.js` to its end.
async fn follow(mut script: Script, emulator: &Emulator, kind: &str) -> anyhow::Result<()> {
    let server = emulator.variable("RC_SERVER_URL");
    let login = script.step("login").await?;
    ensure!(
        login["tokenType"] == "bearer" && login["expiresIn"] == 3600,
        "{login}"
    );
    let reads = script.step("reads").await?;
    ensure!(reads["extensions"] == 2 && reads["calls"] == 3, "{reads}");
    ensure!(reads["me"] == emulator.variable("RC_EXTENSION"), "{reads}");
    ensure!(
        reads["next"]
            .as_str()
            .is_some_and(|next| next.starts_with(server)),
        "{reads}"
    );
    let next = script.step("next-page").await?;
    ensure!(next["page"] == 2 && next["differs"] == true, "{next}");
    let sms = script.step("sms").await?;
    ensure!(
        sms["direction"] == "Outbound" && sms["subject"] == format!("typed by {kind}"),
        "{sms}"
    );
    ensure!(sms["to"] == emulator.variable("RC_TO"), "{sms}");
    let refresh = script.step("refresh").await?;
    ensure!(
        refresh["newAccess"] == true && refresh["newRefresh"] == true,
        "{refresh}"
    );
    let revoked = script.step("revoked").await?;
    ensure!(revoked["forgotten"] == true, "{revoked}");
    let old = script.step("with-old-tokens").await?;
    ensure!(old["status"] == 401 && old["code"] == "OAU-213", "{old}");
    script.finish().await
}

#[tokio::test]
async fn the_typed_client_logs_in_by_jwt() -> anyhow::Result<()> {
    let emulator = Emulator::start(&[]).await?;
    let script = Script::node(&["rcex.js", "jwt"], &emulator.variables())?;
    follow(script, &emulator, "jwt").await
}

#[tokio::test]
async fn the_typed_client_logs_in_by_code_with_and_without_a_secret() -> anyhow::Result<()> {
    let emulator = Emulator::start(&["--rate-limits", "off"]).await?;
    for kind in ["code", "pkce", "public"] {
        let mut script = Script::node(&["rcex.js", kind], &emulator.variables())?;
        let asked = script.step("authorize").await?;
        let url = asked["url"].as_str().unwrap_or_default().parse()?;
        let back = emulator.variable("RC_REDIRECT_URL");
        let redirect = Visitor::new()?
            .log_in(&url, back, &tour::typed(&emulator))
            .await?;
        script.tell(redirect.as_str()).await?;
        follow(script, &emulator, kind).await?;
    }
    Ok(())
}

#[tokio::test]
async fn the_older_generation_logs_in_by_password() -> anyhow::Result<()> {
    let emulator = Emulator::start(&[]).await?;
    let script = Script::node(&["rcex.js", "legacy"], &emulator.variables())?;
    follow(script, &emulator, "legacy").await
}

#[tokio::test]
async fn clients_that_race_on_one_refresh_token_all_go_on() -> anyhow::Result<()> {
    let emulator = Emulator::start(&["--rate-limits", "off"]).await?;
    let mut script = Script::node(&["race.js"], &emulator.variables())?;
    let raced = script.step("raced").await?;
    ensure!(raced["samePair"] == true, "{raced}");
    let called = script.step("called").await?;
    ensure!(called["statuses"] == json!([200, 200, 200]), "{called}");
    script.step("waiting").await?;
    script.tell("refresh").await?;
    script.step("waiting").await?;
    emulator
        .control("POST", "clock", Some(json!({ "advance": "11s" })))
        .await?;
    script.tell("go on").await?;
    let late = script.step("late").await?;
    ensure!(
        late["status"] == 400 && late["error"] == "invalid_grant" && late["code"] == "OAU-213",
        "{late}"
    );
    let others = script.step("others").await?;
    ensure!(others["status"] == 200, "{others}");
    script.finish().await
}

/// The limits are made short, so that the SDKs' own waiting is.
#[tokio::test]
async fn each_sdk_meets_429_in_its_own_way() -> anyhow::Result<()> {
    let emulator = Emulator::start(&[]).await?;
    let light = json!({ "limit": 3, "windowSeconds": 1, "penaltySeconds": 1 });
    let settings = json!({ "rateLimits": { "light": light } });
    emulator.control("PATCH", "settings", Some(settings)).await?;
    let mut script = Script::node(&["limits.js"], &emulator.variables())?;
    let throws = script.step("throws").await?;
    ensure!(throws["status"] == 429 && throws["group"] == "light", "{throws}");
    // In milliseconds, as the SDK read it; without the header it would assume a minute.
    ensure!(throws["retryAfter"] == 1000, "{throws}");
    let waits = script.step("waits").await?;
    ensure!(waits["statuses"] == json!([200, 200, 200, 200]), "{waits}");
    ensure!(
        waits["told"].as_u64() >= Some(1),
        "it did not have to wait: {waits}"
    );
    let waits = script.step("extension-waits").await?;
    ensure!(waits["statuses"] == json!([200, 200, 200, 200]), "{waits}");
    script.finish().await
}

#[tokio::test]
async fn node_trusts_the_authority_that_it_is_told_of() -> anyhow::Result<()> {
    let emulator = Emulator::start(&["--tls"]).await?;
    let mut script = Script::node(&["trust.js"], &emulator.variables())?;
    for step in ["trusts", "typed-trusts"] {
        let trusts = script.step(step).await?;
        ensure!(trusts["me"] == emulator.variable("RC_EXTENSION"), "{trusts}");
        let uri = trusts["uri"].as_str().unwrap_or_default();
        ensure!(uri.starts_with("https://"), "{trusts}");
    }
    let mut untold = emulator.variables();
    untold.retain(|(name, _)| *name != "NODE_EXTRA_CA_CERTS" && *name != "SSL_CERT_FILE");
    let mut script = Script::node(&["trust.js"], &untold)?;
    for step in ["trusts", "typed-trusts"] {
        let refused = script.step(step).await?;
        let error = refused["error"].as_str().unwrap_or_default();
        ensure!(error.contains("certificate"), "{refused}");
    }
    Ok(())
}
