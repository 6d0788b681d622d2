//! The SDK's examples, as their readers run them, against the emulator.

use std::path::Path;
use std::process::Output;

use anyhow::{Context, ensure};
use futures_util::future::{try_join, try_join_all};
use ringcentral_e2e::form::Form;
use ringcentral_e2e::http::{Visited, Visitor};
use ringcentral_e2e::wait::DEADLINE;
use ringcentral_e2e::{Emulator, Process, place, wait};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;
use tokio::time::timeout;
use url::Url;

use crate::tour;

const JWT: &str = "POST /restapi/oauth/token 200 urn:ietf:params:oauth:grant-type:jwt-bearer";
const ME: &str = "GET /restapi/v1.0/account/~/extension/~ 200";
const FAX: &str = "POST /restapi/v1.0/account/~/extension/~/fax";
const SMS: &str = "POST /restapi/v1.0/account/~/extension/~/sms";

/// An emulator, and a directory to run examples in.
struct Desk {
    emulator: Emulator,
    directory: TempDir,
}

impl Desk {
    async fn new() -> anyhow::Result<Self> {
        Self::with(&[]).await
    }

    async fn with(options: &[&str]) -> anyhow::Result<Self> {
        Ok(Self {
            emulator: Emulator::start(options).await?,
            directory: tempfile::tempdir()?,
        })
    }

    fn path(&self, file: &str) -> std::path::PathBuf {
        self.directory.path().join(file)
    }

    async fn output(
        &self,
        example: &str,
        words: &[&str],
        variables: &[(&str, &str)],
    ) -> anyhow::Result<Output> {
        let mut command = Command::new(place::example(example)?);
        command
            .args(words)
            .env_clear()
            .envs(self.emulator.variables())
            .envs(variables.iter().copied())
            .current_dir(&self.directory)
            .kill_on_drop(true);
        let ended = timeout(2 * DEADLINE, command.output());
        Ok(ended.await.with_context(|| format!("{example} did not end"))??)
    }

    /// Runs one to its good end; what it said, line by line.
    async fn run(&self, example: &str, words: &[&str]) -> anyhow::Result<Vec<String>> {
        let output = self.output(example, words, &[]).await?;
        let said = String::from_utf8(output.stdout)?;
        let errors = String::from_utf8_lossy(&output.stderr);
        ensure!(
            output.status.success() && errors.is_empty(),
            "{example}: {said}{errors}"
        );
        Ok(said.lines().map(ToOwned::to_owned).collect())
    }

    /// What the platform was asked, and how often.
    async fn asked(&self, call: &str) -> anyhow::Result<usize> {
        let journal = tour::calls(&self.emulator).await?;
        Ok(journal.iter().filter(|line| line.starts_with(call)).count())
    }
}

#[tokio::test]
async fn jwt_script_logs_in_once_for_many_runs() -> anyhow::Result<()> {
    let desk = Desk::new().await?;
    for run in 1..=3 {
        let said = desk.run("jwt_script", &[]).await?;
        ensure!(
            said.len() == 1 && said[0].ends_with(", extension 101"),
            "{said:?}"
        );
        ensure!(desk.asked(JWT).await? == 1, "in run {run}");
        ensure!(desk.asked(ME).await? == run);
    }
    Ok(())
}

#[tokio::test]
async fn an_example_without_settings_names_what_is_missing() -> anyhow::Result<()> {
    let desk = Desk::new().await?;
    let program = place::example("jwt_script")?;
    let output = Command::new(program)
        .env_clear()
        .current_dir(&desk.directory)
        .output()
        .await?;
    let said = String::from_utf8(output.stderr)?;
    ensure!(
        !output.status.success() && said.contains("RC_CLIENT_ID is not set"),
        "{said}"
    );
    Ok(())
}

#[tokio::test]
async fn call_log_report_counts_every_call() -> anyhow::Result<()> {
    let desk = Desk::new().await?;
    let before = report(&desk.run("call_log_report", &[]).await?)?;
    ensure!(before.1 > 0, "there were calls");
    let call = json!({ "result": "Missed", "from": "+12125550147" });
    for _ in 0..3 {
        desk.emulator.control("POST", "calls", Some(call.clone())).await?;
    }
    let after = report(&desk.run("call_log_report", &[]).await?)?;
    ensure!(
        after == (before.0 + 3, before.1 + 3),
        "{before:?}, then {after:?}"
    );
    Ok(())
}

/// The missed calls and all calls of a report.
fn report(said: &[String]) -> anyhow::Result<(u64, u64)> {
    let count = |name: &str| {
        let line = said.iter().find_map(|line| line.strip_prefix(name));
        let number = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
        number.with_context(|| format!("no {name:?} in {said:?}"))
    };
    Ok((count("Inbound Missed").unwrap_or_default(), count("all")?))
}

#[tokio::test]
async fn send_sms_follows_the_message() -> anyhow::Result<()> {
    let desk = Desk::new().await?;
    let said = desk.run("send_sms", &["A test"]).await?;
    ensure!(said.first().is_some_and(|line| line == "Queued"), "{said:?}");
    ensure!(said.last().is_some_and(|line| line == "Delivered"), "{said:?}");
    ensure!(desk.asked(SMS).await? == 1);
    Ok(())
}

#[tokio::test]
async fn send_sms_says_why_a_message_was_not_delivered() -> anyhow::Result<()> {
    let desk = Desk::new().await?;
    let to = [("RC_TO", "+14155550192")];
    let output = desk.output("send_sms", &[], &to).await?;
    let (said, errors) = (
        String::from_utf8(output.stdout)?,
        String::from_utf8(output.stderr)?,
    );
    ensure!(
        !output.status.success() && said.contains("DeliveryFailed"),
        "{said}"
    );
    ensure!(errors.contains("it was not delivered: SMS-UP-410"), "{errors}");
    Ok(())
}

#[tokio::test]
async fn send_sms_finds_a_message_whose_answer_was_lost() -> anyhow::Result<()> {
    let desk = Desk::new().await?;
    let fault = json!({ "match": { "method": "POST", "path": "*/sms" }, "action": { "type": "drop-after" }, "times": 1 });
    desk.emulator.control("POST", "faults", Some(fault)).await?;
    let said = desk.run("send_sms", &["A test"]).await?;
    ensure!(said.last().is_some_and(|line| line == "Delivered"), "{said:?}");
    ensure!(desk.asked(SMS).await? == 1, "it was sent once");
    Ok(())
}

#[tokio::test]
async fn send_fax_follows_it_until_it_has_arrived() -> anyhow::Result<()> {
    let desk = Desk::new().await?;
    std::fs::write(desk.path("page.txt"), "A page\n")?;
    // One page takes half a minute by the emulator's clock, which need not be waited for.
    let emulator = &desk.emulator;
    let moved = async {
        wait::until("the fax is taken", || async {
            Ok((desk.asked(FAX).await? == 1).then_some(()))
        })
        .await?;
        emulator
            .control("POST", "clock", Some(json!({ "advance": "60s" })))
            .await
    };
    let (said, _) = try_join(desk.run("send_fax", &["page.txt"]), moved).await?;
    ensure!(said == ["Queued", "Sent", "1 pages"], "{said:?}");
    Ok(())
}

#[tokio::test]
async fn download_recordings_takes_each_once() -> anyhow::Result<()> {
    let desk = Desk::with(&["--rate-limits", "off"]).await?;
    let call = json!({ "recording": true, "duration": 3, "from": "+12125550147" });
    for _ in 0..2 {
        desk.emulator.control("POST", "calls", Some(call.clone())).await?;
    }
    let said = desk.run("download_recordings", &["recordings"]).await?;
    let files = || -> anyhow::Result<usize> {
        let mut count = 0;
        for file in std::fs::read_dir(desk.path("recordings"))? {
            let bytes = std::fs::read(file?.path())?;
            ensure!(bytes.starts_with(b"RIFF"), "that is no sound");
            count += 1;
        }
        Ok(count)
    };
    ensure!(
        said.len() >= 2 && said.iter().all(|line| line.contains(".wav ")),
        "{said:?}"
    );
    ensure!(files()? == said.len(), "{said:?}");

    desk.emulator.control("POST", "calls", Some(call)).await?;
    let again = desk.run("download_recordings", &["recordings"]).await?;
    let here = again.iter().filter(|line| line.ends_with(" is here")).count();
    ensure!(here == said.len() && again.len() == said.len() + 1, "{again:?}");
    ensure!(files()? == again.len());
    Ok(())
}

#[tokio::test]
async fn custom_store_keeps_users_apart_and_refreshes_once() -> anyhow::Result<()> {
    let desk = Desk::new().await?;
    let desk = &desk;
    let run = |user: &'static str| async move { desk.run("custom_store", &[user]).await };
    try_join_all(["alice", "bob", "alice", "bob"].map(run)).await?;
    ensure!(desk.asked(JWT).await? == 2, "one login for each user");
    let version = |user: &str| -> anyhow::Result<Value> {
        let rows: Value = serde_json::from_slice(&std::fs::read(desk.path("logins.json"))?)?;
        Ok(rows[user]["version"].clone())
    };
    ensure!(version("alice")? == 1 && version("bob")? == 1);

    desk.emulator.expire_access_tokens().await?;
    try_join_all(["alice"; 4].map(run)).await?;
    let refreshes = desk.emulator.refreshes().await?;
    ensure!(refreshes.len() == 1, "{refreshes:?}");
    ensure!(version("alice")? == 2 && version("bob")? == 1);
    Ok(())
}

#[tokio::test]
async fn blocking_reads_and_ends() -> anyhow::Result<()> {
    let desk = Desk::new().await?;
    let said = desk.run("blocking", &[]).await?;
    ensure!(said[0].ends_with(", extension 101"), "{said:?}");
    ensure!(
        said.iter().filter(|line| line.contains(" -> ")).count() == 10,
        "{said:?}"
    );
    // Ten records in pages of five; the second page is where the first one links to.
    let journal = tour::calls(&desk.emulator).await?;
    let pages = journal
        .iter()
        .filter(|line| line.ends_with("/call-log 200"))
        .count();
    ensure!(pages == 2, "{journal:?}");
    Ok(())
}

#[tokio::test]
async fn login_server_logs_users_in_and_out() -> anyhow::Result<()> {
    let emulator = Emulator::start(&[]).await?;
    let variables = [&emulator.variables()[..], &[("LISTEN", "127.0.0.1:0")]].concat();
    let mut server = Process::start(&place::example("login_server")?, &[], &variables)?;
    let address = address(&mut server).await?;
    let mut alice = Visitor::new()?;
    ensure!(page(alice.open(&address).await?)?.contains("/login"));
    let Visited::Redirect(authorize) = alice.open(&address.join("/login")?).await? else {
        anyhow::bail!("/login shows a page");
    };
    let asked: Vec<_> = authorize
        .query_pairs()
        .map(|(name, _)| name.into_owned())
        .collect();
    ensure!(
        ["state", "code_challenge"]
            .iter()
            .all(|name| asked.contains(&(*name).to_owned())),
        "{asked:?}"
    );
    let redirect = emulator.variable("RC_REDIRECT_URL");
    let back = alice
        .log_in(&authorize, redirect, &tour::typed(&emulator))
        .await?;
    let callback = address.join(&format!("/oauth2callback?{}", back.query().unwrap_or_default()))?;

    // Somebody else's browser gets nowhere with it, and does not spoil it.
    let refused = Visitor::new()?.open(&callback).await;
    ensure!(refused.is_err_and(|error| error.to_string().contains("400")));
    let Visited::Redirect(home) = alice.open(&callback).await? else {
        anyhow::bail!("the callback shows a page");
    };
    let html = page(alice.open(&home).await?)?;
    ensure!(html.contains("Hello, "), "{html}");
    ensure!(alice.open(&callback).await.is_err(), "it works once");

    let form = Form::with_button(&home, &html, &["log out"]).context("no button to log out")?;
    alice.submit(&form).await?;
    ensure!(page(alice.open(&address).await?)?.contains("/login"));
    let journal = tour::calls(&emulator).await?;
    let expected = [
        "POST /restapi/oauth/token 200 authorization_code",
        ME,
        "POST /restapi/oauth/revoke 200",
    ];
    ensure!(journal == expected, "{journal:?}");
    Ok(())
}

/// Where a server that prints it can be found.
async fn address(server: &mut Process) -> anyhow::Result<Url> {
    let stdout = server.child().stdout.take().context("it has no output")?;
    let line = timeout(DEADLINE, BufReader::new(stdout).lines().next_line()).await??;
    let line = line.with_context(|| server.errors())?;
    let url = line
        .strip_prefix("open ")
        .with_context(|| format!("it says {line:?}"))?;
    Ok(url.parse()?)
}

fn page(visited: Visited) -> anyhow::Result<String> {
    match visited {
        Visited::Page(_, html) => Ok(html),
        Visited::Redirect(to) => anyhow::bail!("it leads to {}", to.path()),
    }
}

/// Each example is run by a test above.
#[test]
fn no_example_is_forgotten() -> anyhow::Result<()> {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../crates/ringcentral/examples");
    let tests = include_str!("examples.rs");
    for example in std::fs::read_dir(examples)? {
        let path = example?.path();
        let name = path.file_stem().context("a name")?.to_string_lossy();
        ensure!(tests.contains(&format!("\"{name}\"")), "nothing runs {name}");
    }
    Ok(())
}
