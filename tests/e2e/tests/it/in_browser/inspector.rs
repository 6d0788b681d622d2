//! The emulator's inspector, used with the mouse and with keys alone in a real Chromium.

use anyhow::{Context, ensure};
use ringcentral_e2e::{Browser, ChromeDriver, Emulator};
use serde_json::json;

/// The keys as WebDriver numbers them.
const TAB: &str = "\u{e004}";
const ENTER: &str = "\u{e007}";
const JWT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

async fn log_in(emulator: &Emulator) -> anyhow::Result<()> {
    let url = format!("{}/restapi/oauth/token", emulator.variable("RC_SERVER_URL"));
    let form = [("grant_type", JWT), ("assertion", emulator.variable("RC_JWT"))];
    let app = (
        emulator.variable("RC_CLIENT_ID"),
        emulator.variable("RC_CLIENT_SECRET"),
    );
    let answer = ringcentral_e2e::http::client()?
        .post(url)
        .basic_auth(app.0, Some(app.1))
        .form(&form)
        .send()
        .await?;
    ensure!(answer.status().is_success(), "{}", answer.status());
    Ok(())
}

async fn text(browser: &Browser, selector: &str) -> anyhow::Result<String> {
    let script = format!("return document.querySelector('{selector}')?.textContent ?? ''");
    let found = browser.script(&script).await?;
    found.as_str().map(str::to_owned).context("a text")
}

/// The driver takes for visible what is behind the bar that sticks to the top.
async fn to_the_top(browser: &Browser) -> anyhow::Result<()> {
    let script = "window.scrollTo({ top: 0, behavior: 'instant' })";
    browser.script(script).await.map(|_| ())
}

#[tokio::test]
async fn the_inspector_shows_what_happens_and_steers_it() -> anyhow::Result<()> {
    let (emulator, driver) = (Emulator::start(&[]).await?, ChromeDriver::start().await?);
    let browser = driver.browser().await?;
    browser
        .open(&format!("{}/_emulator/", emulator.variable("RC_SERVER_URL")))
        .await?;
    browser.see("Nobody has logged in yet").await?;

    // A login elsewhere appears by itself, with its expiries counting down.
    log_in(&emulator).await?;
    browser.see("59 min").await?;
    let left = text(&browser, "#sessions time.until").await?;
    ensure!(left.starts_with("59 min"), "the access token has {left} left");

    // The clock, moved by a button.
    browser.press("+61m").await?;
    browser.see("Done: Move the clock on by 61m").await?;
    let left = text(&browser, "#sessions time.until").await?;
    ensure!(left == "over", "the access token has {left} left");
    browser.pictures("inspector").await?;

    // A fault, ordered by the form.
    browser.fill("#order-fault [name=retryAfter]", "7").await?;
    browser.press("Order").await?;
    browser.see("Ordered").await?;
    let faults = emulator.control("GET", "faults", None).await?;
    ensure!(
        faults["records"][0]["action"] == json!({"type": "status", "status": 503, "retryAfter": 7}),
        "{faults}"
    );
    browser.press("Remove").await?;
    browser.see("Nothing is ordered to go wrong").await?;

    // A setting, and a message that arrives.
    browser.fill("[data-setting=\"codeSeconds\"]", "5").await?;
    browser.press("Change").await?;
    browser.see("Changed").await?;
    let settings = emulator.control("GET", "settings", None).await?;
    ensure!(
        settings["codeSeconds"] == 5 && settings["accessTokenSeconds"] == 3600,
        "{settings}"
    );
    browser
        .fill("#messages [name=text]", "Hello from outside")
        .await?;
    browser.press("Let it arrive").await?;
    browser.see("Hello from outside").await?;

    // What a client needs, with a JWT that works.
    to_the_top(&browser).await?;
    browser.press("Add a JWT").await?;
    browser.see("Another JWT").await?;
    let shown = text(&browser, "#environment").await?;
    let jwt = shown
        .lines()
        .find_map(|line| line.strip_prefix("RC_JWT="))
        .context("a JWT in the settings")?;
    ensure!(jwt.split('.').count() == 3, "{jwt}");

    // The filter holds over refreshes.
    to_the_top(&browser).await?;
    browser.fill("#filter", "no such request").await?;
    browser.press("Refresh").await?;
    browser.see("Refreshed").await?;
    let hidden = browser.count("#requests tbody tr:not([hidden])").await?;
    ensure!(hidden == 0, "{hidden} requests are shown");

    browser.pictures("inspector-filtered").await
}

/// Goes on with Tab until the focus is on what the selector finds; every field on the way must have a label.
async fn tab_to(browser: &Browser, selector: &str) -> anyhow::Result<()> {
    let script = format!(
        "const at = document.activeElement; \
         if (at.matches('input, select') && !(at.labels && at.labels[0].textContent.trim())) throw new Error('no label: ' + at.outerHTML); \
         return at.matches('{selector}')"
    );
    for _ in 0..200 {
        browser.keys(TAB).await?;
        if browser.script(&script).await? == true {
            return Ok(());
        }
    }
    anyhow::bail!("Tab never comes to {selector}")
}

#[tokio::test]
async fn a_voicemail_arrives_and_a_call_is_answered_by_keys_alone() -> anyhow::Result<()> {
    let (emulator, driver) = (Emulator::start(&[]).await?, ChromeDriver::start().await?);
    let browser = driver.browser().await?;
    browser
        .open(&format!("{}/_emulator/", emulator.variable("RC_SERVER_URL")))
        .await?;
    tab_to(&browser, "#message-kind").await?;
    // A letter chooses the kind that begins with it.
    browser.keys("v").await?;
    tab_to(&browser, "#messages label:not([hidden]) [name=text]").await?;
    browser.keys("Please call me back").await?;
    tab_to(&browser, "#messages [name=duration]").await?;
    browser.keys("7").await?;
    browser.keys(ENTER).await?;
    browser.see("VoiceMail, Inbound").await?;
    browser.see("type: VoiceMail").await?;

    tab_to(&browser, "#live-calls [name=ring]").await?;
    browser.keys(ENTER).await?;
    browser.see("Ringing").await?;
    browser.pictures("inspector-live-call").await?;
    tab_to(&browser, "#live-calls [data-part] button").await?;
    browser.keys(ENTER).await?;
    browser.see("CallConnected").await?;
    let calls = emulator.control("GET", "calls", None).await?;
    ensure!(calls["records"][0]["state"] == "CallConnected", "{calls}");
    tab_to(&browser, "#live-calls [data-body*=hangUp]").await?;
    browser.keys(ENTER).await?;
    browser.see("Ended").await.map(|_| ())
}

#[tokio::test]
async fn a_call_is_offered_only_the_results_of_its_direction() -> anyhow::Result<()> {
    let (emulator, driver) = (Emulator::start(&[]).await?, ChromeDriver::start().await?);
    let browser = driver.browser().await?;
    browser
        .open(&format!("{}/_emulator/", emulator.variable("RC_SERVER_URL")))
        .await?;
    let offered = "return [...document.querySelectorAll('#live-calls [name=result] option:enabled')]\
                   .map((option) => option.textContent)";
    let inbound = json!(["it is answered", "Busy", "Rejected", "Missed", "Voicemail"]);
    ensure!(browser.script(offered).await? == inbound, "{inbound}");
    // What was chosen for the other direction is chosen no more.
    let choose = "const [result, direction] = ['result', 'direction'].map((name) => \
                  document.querySelector(`#live-calls [name=${name}]`)); \
                  result.value = 'Missed'; direction.value = 'Outbound'; \
                  direction.dispatchEvent(new Event('change', { bubbles: true })); return result.value";
    ensure!(browser.script(choose).await? == "", "Missed is still chosen");
    let outbound = json!(["it is answered", "Busy", "Rejected", "No Answer"]);
    ensure!(browser.script(offered).await? == outbound, "{outbound}");
    browser.press("Let it ring").await?;
    browser.see("Ringing").await.map(|_| ())
}

#[tokio::test]
async fn the_inspector_can_be_read_without_script() -> anyhow::Result<()> {
    let (emulator, driver) = (Emulator::start(&[]).await?, ChromeDriver::start().await?);
    log_in(&emulator).await?;
    let browser = driver.browser_without_script().await?;
    browser
        .open(&format!("{}/_emulator/", emulator.variable("RC_SERVER_URL")))
        .await?;
    browser.see("jwt-bearer").await?;
    browser.see("need this page's script").await.map(|_| ())
}
