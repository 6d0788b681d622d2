//! With limits on, no request is answered with 429, and none waits for longer than it must: from one process, and from
//! several that share a store.

use anyhow::{Context, ensure};
use futures_util::future::try_join_all;
use ringcentral_e2e::{Emulator, Login, Store, StoreKind, Worker, wait};
use serde_json::{Value, json};

/// Of the group Medium.
const PATH: &str = "/restapi/v1.0/account/~/extension/~/authz-profile";

const CALLS: usize = 500;
const TASKS: usize = 50;

/// The platform's limit for these tests: 90 requests in 5 seconds. Each window costs the latency of a request besides, on
/// a busy machine up to 200 ms; of a window much shorter than this, that alone would be 5 %.
const LIMIT: usize = 90;
const WINDOW_MILLIS: i64 = 5_000;

/// What the journal says of one request.
struct Asked {
    /// In milliseconds.
    at: i64,
    status: u64,
}

async fn limited(penalty_seconds: u64) -> anyhow::Result<Emulator> {
    let emulator = Emulator::start(&["--rate-limits", "on"]).await?;
    let medium =
        json!({ "limit": LIMIT, "windowSeconds": WINDOW_MILLIS / 1_000, "penaltySeconds": penalty_seconds });
    let settings = json!({ "rateLimits": { "enabled": true, "medium": medium } });
    emulator.control("PATCH", "settings", Some(settings)).await?;
    Ok(emulator)
}

/// The requests of the group, oldest first.
async fn journal(emulator: &Emulator) -> anyhow::Result<Vec<Asked>> {
    let journal = emulator
        .control("GET", &format!("requests?path={PATH}"), None)
        .await?;
    let records = journal["records"]
        .as_array()
        .context("the journal has no records")?;
    let mut asked = records.iter().map(asked).collect::<anyhow::Result<Vec<_>>>()?;
    // By when they came, not by when they were answered.
    asked.sort_by_key(|asked| asked.at);
    Ok(asked)
}

fn asked(record: &Value) -> anyhow::Result<Asked> {
    let time = record["time"].as_str().context("a record has no time")?;
    let time: jiff::Timestamp = time.parse()?;
    Ok(Asked {
        at: time.as_millisecond(),
        status: record["status"].as_u64().context("a record has no status")?,
    })
}

/// Starts workers that make all calls between them, at the same moment.
async fn start(emulator: &Emulator, login: &Login, processes: usize) -> anyhow::Result<Vec<Worker>> {
    let mut workers = Vec::new();
    for n in 0..processes {
        // 50 tasks are 13, 13, 12 and 12; each makes ten calls.
        let tasks = (TASKS / processes + usize::from(n < TASKS % processes)).to_string();
        let calls = (CALLS / TASKS).to_string();
        let mut options = vec!["--wait", "--path", PATH, "--tasks", &tasks, "--calls", &calls];
        options.extend((processes > 1).then_some("--share"));
        workers.push(Worker::start(emulator, login, &options)?);
    }
    for worker in &mut workers {
        worker.ready().await?;
    }
    for worker in &mut workers {
        worker.go_on().await?;
    }
    Ok(workers)
}

async fn five_hundred_calls(kind: StoreKind, processes: usize) -> anyhow::Result<()> {
    let store = Store::new(kind)?;
    let emulator = limited(2).await?;
    let login = Worker::log_in(&emulator, &store, 1).await?;
    let workers = start(&emulator, &login, processes).await?;
    let reports = try_join_all(workers.into_iter().map(Worker::success)).await?;
    let succeeded: usize = reports.iter().map(|report| report.succeeded).sum();
    ensure!(succeeded == CALLS, "{succeeded} calls succeeded");

    let asked = journal(&emulator).await?;
    ensure!(asked.len() == CALLS, "{} requests for {CALLS} calls", asked.len());
    let refused = asked.iter().filter(|asked| asked.status != 200).count();
    ensure!(refused == 0, "{refused} requests were refused");

    // The first 90 may go at once, the next 90 a window later, and so on: the last 50 go after five windows.
    let shortest = i64::try_from(CALLS.div_ceil(LIMIT) - 1)? * WINDOW_MILLIS;
    let took = asked[CALLS - 1].at - asked[0].at;
    ensure!(
        (shortest..=shortest + shortest / 20).contains(&took),
        "it took {took} ms, and could have taken {shortest}"
    );
    Ok(())
}

/// The platform refuses one request in the middle of the work; none goes from any process for as long as the penalty
/// lasts.
async fn a_penalty_is_everybody_s(kind: StoreKind) -> anyhow::Result<()> {
    const PENALTY_SECONDS: u64 = 6;
    let store = Store::new(kind)?;
    let emulator = limited(PENALTY_SECONDS).await?;
    let login = Worker::log_in(&emulator, &store, 1).await?;
    // The workers know the limit and are in the middle of their work when the platform says no.
    let workers = start(&emulator, &login, 4).await?;
    let refusal = json!({ "type": "status", "status": 429, "retryAfter": PENALTY_SECONDS });
    let fault = json!({ "match": { "path": PATH }, "action": refusal, "times": 1 });
    wait::until("two windows of requests", async || {
        let asked = journal(&emulator).await?;
        Ok((asked.len() >= 2 * LIMIT).then_some(()))
    })
    .await?;
    emulator.control("POST", "faults", Some(fault)).await?;
    let reports = try_join_all(workers.into_iter().map(Worker::success)).await?;
    let succeeded: usize = reports.iter().map(|report| report.succeeded).sum();
    ensure!(succeeded == CALLS, "{succeeded} calls succeeded");

    let asked = journal(&emulator).await?;
    let refused: Vec<_> = asked.iter().filter(|asked| asked.status == 429).collect();
    ensure!(refused.len() == 1, "{} requests were refused", refused.len());
    let penalty = i64::try_from(PENALTY_SECONDS)? * 1_000;
    // What had left already when the answer came could not be called back.
    let (from, until) = (refused[0].at + LATENCY_MILLIS, refused[0].at + penalty);
    let during = asked
        .iter()
        .filter(|asked| (from..until).contains(&asked.at))
        .count();
    ensure!(during == 0, "{during} requests were sent into the penalty");
    ensure!(
        asked.iter().any(|asked| asked.at >= until),
        "the work went on after it"
    );
    Ok(())
}

/// How long the refusal may take to every process: to the one that gets it, and through the store to the others.
const LATENCY_MILLIS: i64 = 300;

#[tokio::test]
async fn five_hundred_calls_of_one_process_take_no_longer_than_they_must() -> anyhow::Result<()> {
    five_hundred_calls(StoreKind::File, 1).await
}

#[tokio::test]
async fn five_hundred_calls_of_four_processes_with_a_file_take_no_longer_than_they_must() -> anyhow::Result<()>
{
    five_hundred_calls(StoreKind::File, 4).await
}

#[tokio::test]
async fn five_hundred_calls_of_four_processes_with_a_sqlite_vault_take_no_longer_than_they_must()
-> anyhow::Result<()> {
    five_hundred_calls(StoreKind::Sqlite, 4).await
}

#[tokio::test]
async fn no_process_sends_into_a_penalty_that_another_has_found() -> anyhow::Result<()> {
    a_penalty_is_everybody_s(StoreKind::File).await
}

#[tokio::test]
async fn no_process_sends_into_a_penalty_that_another_has_found_in_a_sqlite_vault() -> anyhow::Result<()> {
    a_penalty_is_everybody_s(StoreKind::Sqlite).await
}

mod on_postgres {
    use super::*;

    #[tokio::test]
    async fn five_hundred_calls_of_four_processes_take_no_longer_than_they_must() -> anyhow::Result<()> {
        five_hundred_calls(StoreKind::Postgres, 4).await
    }

    #[tokio::test]
    async fn no_process_sends_into_a_penalty_that_another_has_found() -> anyhow::Result<()> {
        a_penalty_is_everybody_s(StoreKind::Postgres).await
    }
}
