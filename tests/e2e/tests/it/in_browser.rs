//! A real Chromium in front of `ringcentral dev`: what a person does, sees and can rely on.

use anyhow::{Context, ensure};
use ringcentral_e2e::{Browser, ChromeDriver, Dev};

mod inspector;

/// Somebody of the platform's demo company.
struct Person {
    greeting: &'static str,
    username: &'static str,
    password: &'static str,
}

const ADA: Person = Person {
    greeting: "Hello, Ada",
    username: "+16505550101",
    password: "Coffee-101!",
};
const BEN: Person = Person {
    greeting: "Hello, Ben",
    username: "+16505550102",
    password: "Coffee-102!",
};

/// The link that starts a login.
const LOGIN: &str = "a[data-login]";
const TOKEN: &str = "/restapi/oauth/token";

/// On the platform's own page: types the credentials and signs in.
async fn sign_in(browser: &Browser, person: &Person) -> anyhow::Result<()> {
    browser.fill("#username", person.username).await?;
    browser.fill("#password", person.password).await?;
    browser.press("Sign in").await
}

/// A whole login without a popup, up to the greeting.
async fn log_in(browser: &Browser, dev: &Dev, person: &Person) -> anyhow::Result<()> {
    browser.open(&format!("{}/login", dev.url)).await?;
    sign_in(browser, person).await?;
    browser.press("Allow").await?;
    browser.see(person.greeting).await.map(|_| ())
}

#[tokio::test]
async fn a_login_in_a_popup_closes_it_and_goes_on() -> anyhow::Result<()> {
    let (dev, driver) = (Dev::start().await?, ChromeDriver::start().await?);
    let browser = driver.browser().await?;
    browser.open(&dev.url).await?;
    browser.see("Log in to continue").await?;
    browser.pictures("login").await?;
    browser.click(LOGIN).await?;
    browser.windows(2).await?;
    sign_in(&browser, &ADA).await?;
    // The window may close before the driver hears that the click is done.
    let _ = browser.press("Allow").await;
    browser.windows(1).await?;
    browser.see(ADA.greeting).await?;
    browser.pictures("signed-in").await?;
    ensure!(
        browser.address().await?.path() == "/test",
        "it went to {}",
        browser.address().await?
    );
    Ok(())
}

#[tokio::test]
async fn a_browser_without_script_logs_in_and_reads() -> anyhow::Result<()> {
    let (dev, driver) = (Dev::start().await?, ChromeDriver::start().await?);
    let browser = driver.browser_without_script().await?;
    browser.open(&dev.url).await?;
    browser.click(LOGIN).await?;
    browser.see("Sign in").await?;
    browser.pictures("platform-sign-in").await?;
    sign_in(&browser, &ADA).await?;
    browser.see("Deny").await?;
    browser.pictures("platform-consent").await?;
    browser.press("Allow").await?;
    // The counter of characters is a script's: without one, the hint stays as it was sent.
    let page = browser.see(ADA.greeting).await?;
    ensure!(page.contains("Up to 1000 characters"), "scripts run: {page}");
    browser.click("a[href*='api=extension-call-log']").await?;
    browser.see("Duration").await?;
    browser.press("Log out").await?;
    browser.see("You are logged out").await?;
    Ok(())
}

#[tokio::test]
async fn a_blocked_popup_becomes_a_plain_link() -> anyhow::Result<()> {
    let (dev, driver) = (Dev::start().await?, ChromeDriver::start().await?);
    let browser = driver.browser().await?;
    browser.block_popups().await?;
    browser.open(&dev.url).await?;
    browser.click(LOGIN).await?;
    sign_in(&browser, &ADA).await?;
    browser.press("Allow").await?;
    browser.see(ADA.greeting).await?;
    browser.windows(1).await
}

#[tokio::test]
async fn who_says_no_is_told_that_it_is_fine() -> anyhow::Result<()> {
    let (dev, driver) = (Dev::start().await?, ChromeDriver::start().await?);
    let browser = driver.browser().await?;
    browser.open(&format!("{}/login", dev.url)).await?;
    browser.fill("#username", ADA.username).await?;
    browser.fill("#password", "not the password").await?;
    browser.press("Sign in").await?;
    browser.see("password is wrong").await?;
    browser.pictures("platform-wrong-password").await?;
    sign_in(&browser, &ADA).await?;
    browser.press("Deny").await?;
    browser.see("You declined, and that is fine").await?;
    browser.pictures("declined").await?;
    ensure!(
        dev.platform_saw("POST", TOKEN, 200).await? == 0,
        "there was a login all the same"
    );
    browser.open(&format!("{}/test", dev.url)).await?;
    browser.see("Log in to continue").await.map(|_| ())
}

#[tokio::test]
async fn the_three_reads_show_rows_and_the_dates_choose_them() -> anyhow::Result<()> {
    let (dev, driver) = (Dev::start().await?, ChromeDriver::start().await?);
    let browser = driver.browser().await?;
    log_in(&browser, &dev, &ADA).await?;

    let reads = [
        ("extension", "Ben Osei"),
        ("extension-call-log", "Duration"),
        ("account-call-log", "Duration"),
    ];
    for (read, words) in reads {
        browser.open(&format!("{}/test?api={read}", dev.url)).await?;
        browser.see(words).await?;
        ensure!(browser.count("tbody tr").await? > 1, "{read} shows no rows");
        browser.pictures(read).await?;
        browser.click("details.raw summary").await?;
        browser.see("\"records\"").await?;
    }

    // The demo company's calls are of the last month; two months ago there were none.
    let page = "document.querySelector('#dateFrom').max";
    let today = browser.script(&format!("return {page}")).await?;
    let today = today.as_str().context("the page does not say which day it is")?;
    let set = |name: &str, days: u32| {
        format!(
            "const day = new Date('{today}'); day.setUTCDate(day.getUTCDate() - {days}); \
                 document.querySelector('#{name}').value = day.toISOString().slice(0, 10)"
        )
    };
    browser.script(&set("dateFrom", 62)).await?;
    browser.script(&set("dateTo", 61)).await?;
    browser.press("Show").await?;
    browser.see("No calls in this time").await?;
    browser.pictures("no-calls").await?;
    browser.script(&set("dateFrom", 28)).await?;
    browser.script(&set("dateTo", 0)).await?;
    browser.press("Show").await?;
    browser.see("Duration").await?;
    ensure!(browser.count("tbody tr").await? > 1, "four weeks have no calls");
    ensure!(
        browser
            .address()
            .await?
            .query()
            .is_some_and(|query| query.contains(&format!("dateTo={today}"))),
        "the dates are lost"
    );
    Ok(())
}

#[tokio::test]
async fn a_text_message_is_sent_once() -> anyhow::Result<()> {
    let (dev, driver) = (Dev::start().await?, ChromeDriver::start().await?);
    let browser = driver.browser().await?;
    log_in(&browser, &dev, &ADA).await?;

    browser.fill("#to", "not a number").await?;
    browser.fill("#text", "Your table is ready").await?;
    browser.press("Send message").await?;
    browser.click("#to[aria-invalid='true']").await?;
    browser.pictures("message-refused").await?;

    browser.fill("#to", BEN.username).await?;
    browser.press("Send message").await?;
    browser.see("Message sent").await?;
    browser.pictures("message-sent").await?;
    let sms = "/restapi/v1.0/account/~/extension/~/sms";
    ensure!(
        dev.platform_saw("POST", sms, 200).await? == 1,
        "not exactly one message"
    );
    Ok(())
}

#[tokio::test]
async fn a_logout_ends_it_here_and_at_the_platform() -> anyhow::Result<()> {
    let (dev, driver) = (Dev::start().await?, ChromeDriver::start().await?);
    let browser = driver.browser().await?;
    log_in(&browser, &dev, &ADA).await?;

    // What a script of the page could reach, and what the browser keeps: no token is in either.
    let reachable = browser
        .script("return document.cookie + JSON.stringify(localStorage) + JSON.stringify(sessionStorage)")
        .await?;
    ensure!(reachable == "{}{}", "a script can read {reachable}");
    let cookies = browser.cookies().await?;
    ensure!(
        cookies.iter().all(|(_, value)| !value.contains("EMU-")),
        "a token is in a cookie"
    );

    browser.open(&format!("{}/logout", dev.url)).await?;
    browser.see("Log out?").await?;
    browser.pictures("log-out").await?;
    browser.press("Stay logged in").await?;
    browser.see(ADA.greeting).await?;
    browser.press("Log out").await?;
    browser.see("You are logged out").await?;
    browser.pictures("logged-out").await?;
    ensure!(
        dev.platform_saw("POST", "/restapi/oauth/revoke", 200).await? == 1,
        "nothing was revoked"
    );
    browser.open(&format!("{}/test?api=extension", dev.url)).await?;
    browser.see("Log in to continue").await.map(|_| ())
}

#[tokio::test]
async fn two_users_at_once_stay_apart() -> anyhow::Result<()> {
    let (dev, driver) = (Dev::start().await?, ChromeDriver::start().await?);
    let (adas, bens) = (driver.browser().await?, driver.browser().await?);
    let both = tokio::join!(log_in(&adas, &dev, &ADA), log_in(&bens, &dev, &BEN));
    both.0?;
    both.1?;

    // Each sees the own name after the other has come, and goes on when the other leaves.
    for (browser, person, other) in [(&adas, &ADA, &BEN), (&bens, &BEN, &ADA)] {
        browser.open(&dev.url).await?;
        let page = browser.see(person.greeting).await?;
        ensure!(!page.contains(other.greeting), "{page}");
    }
    adas.press("Log out").await?;
    adas.see("You are logged out").await?;
    bens.open(&format!("{}/test?api=extension-call-log", dev.url))
        .await?;
    bens.see("Duration").await.map(|_| ())
}

#[tokio::test]
async fn pages_that_are_not_there_say_what_to_do() -> anyhow::Result<()> {
    let (mut dev, driver) = (Dev::start().await?, ChromeDriver::start().await?);
    let browser = driver.browser().await?;
    browser.open(&format!("{}/nothing-here", dev.url)).await?;
    ensure!(
        browser.count("h1").await? == 1 && browser.count("main a").await? > 0,
        "{}",
        browser.text().await?
    );
    browser.pictures("not-found").await?;
    browser
        .open(&format!("{}/oauth2callback?code=forged&state=forged", dev.url))
        .await?;
    browser.see("This login did not begin here").await?;
    browser.pictures("foreign-login").await?;
    browser.open(&format!("{}/_emulator/", dev.platform)).await?;
    ensure!(browser.count("h1").await? == 1, "the inspector has no heading");
    browser.pictures("inspector").await?;

    dev.process.interrupt().await?;
    let status = dev.process.end().await?;
    ensure!(status.code().is_some(), "an interrupt killed it: {status}");
    Ok(())
}
