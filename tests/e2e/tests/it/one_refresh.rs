//! However many tasks and processes need a new token at the same time, the platform is asked once and every call
//! succeeds.

use anyhow::ensure;
use futures_util::future::try_join_all;
use ringcentral_e2e::{Emulator, Store, StoreKind, Worker};
use serde_json::json;

/// Lets so many processes with so many tasks each begin in the same moment, all with a token that has run out; the
/// platform takes so long to make a new one.
async fn race(kind: StoreKind, processes: usize, tasks: usize, latency: &str) -> anyhow::Result<()> {
    const CALLS: usize = 2;
    let store = Store::new(kind)?;
    let emulator = Emulator::start(&["--rate-limits", "off"]).await?;
    let login = Worker::log_in(&emulator, &store, 1).await?;
    emulator.expire_access_tokens().await?;
    emulator
        .disturb_refreshes(json!({ "type": "delay", "delay": latency }), None)
        .await?;

    let (tasks_each, calls_each) = (tasks.to_string(), CALLS.to_string());
    let options = ["--wait", "--tasks", &tasks_each, "--calls", &calls_each];
    let mut workers = Vec::new();
    for _ in 0..processes {
        workers.push(Worker::start(&emulator, &login, &options)?);
    }
    for worker in &mut workers {
        worker.ready().await?;
    }
    for worker in &mut workers {
        worker.go_on().await?;
    }
    let reports = try_join_all(workers.into_iter().map(Worker::success)).await?;

    let succeeded: usize = reports.iter().map(|report| report.succeeded).sum();
    ensure!(
        succeeded == processes * tasks * CALLS,
        "{succeeded} calls succeeded"
    );
    let refreshes = emulator.refreshes().await?.len();
    ensure!(refreshes == 1, "the platform was asked {refreshes} times");
    Ok(())
}

#[tokio::test]
async fn five_hundred_tasks_of_one_process_share_one_refresh() -> anyhow::Result<()> {
    race(StoreKind::File, 1, 500, "50ms").await
}

#[tokio::test]
async fn eight_processes_share_one_refresh_of_a_sqlite_vault() -> anyhow::Result<()> {
    race(StoreKind::Sqlite, 8, 10, "50ms").await
}

mod on_postgres {
    use super::*;

    #[tokio::test]
    async fn three_processes_share_one_refresh_that_takes_three_seconds() -> anyhow::Result<()> {
        race(StoreKind::Postgres, 3, 100, "3s").await
    }
}
