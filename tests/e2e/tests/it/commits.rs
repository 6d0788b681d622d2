//! Killing a worker while the database runs the statement that commits its new tokens.
//!
//! Another transaction keeps that statement waiting, so there is all the time that is needed to see it and to kill.

use std::fs;
use std::time::Instant;

use anyhow::{Context, ensure};
use ringcentral_e2e::{Login, Store, StoreKind, Worker, wait};
use sqlx::{Connection, PgConnection, SqliteConnection};

use crate::killed::Moment;

/// The worker has its answer and waits to be told to go on.
pub(crate) async fn kill(store: &Store, login: &Login, worker: Worker, moment: Moment) -> anyhow::Result<()> {
    match store.kind() {
        StoreKind::Postgres => in_postgres(store.database()?, login, worker, moment).await,
        _ => in_sqlite(store.database()?, worker).await,
    }
}

async fn in_postgres(url: &str, login: &Login, mut worker: Worker, moment: Moment) -> anyhow::Result<()> {
    let mut other = PgConnection::connect(url).await?;
    let mut watch = PgConnection::connect(url).await?;
    let own: i32 = sqlx::query_scalar("SELECT pg_backend_pid()")
        .fetch_one(&mut other)
        .await?;
    let mut transaction = other.begin().await?;
    sqlx::query("SELECT 1 FROM vault_logins WHERE id = $1 FOR UPDATE")
        .bind(login.id()?)
        .execute(&mut *transaction)
        .await?;
    worker.go_on().await?;
    let blocked = "SELECT pid FROM pg_stat_activity WHERE $1 = ANY(pg_blocking_pids(pid)) \
                   AND query LIKE 'UPDATE vault_logins SET sealed_tokens%'";
    let pid = server_process(&mut watch, blocked, own, true).await?;
    worker.kill().await?;

    if matches!(moment, Moment::CommitUndone) {
        sqlx::query("SELECT pg_terminate_backend($1)")
            .bind(pid)
            .execute(&mut watch)
            .await?;
    }
    transaction.rollback().await?;
    // The statement ends one way or the other, and with it the server's process for the dead worker.
    server_process(
        &mut watch,
        "SELECT pid FROM pg_stat_activity WHERE pid = $1",
        pid,
        false,
    )
    .await?;
    Ok(())
}

/// Waits until there is such a process of the server, or until there is none.
async fn server_process(
    watch: &mut PgConnection,
    select: &'static str,
    argument: i32,
    wanted: bool,
) -> anyhow::Result<i32> {
    let deadline = Instant::now() + wait::DEADLINE;
    loop {
        let found: Option<i32> = sqlx::query_scalar(select)
            .bind(argument)
            .fetch_optional(&mut *watch)
            .await?;
        if found.is_some() == wanted {
            return Ok(found.unwrap_or(argument));
        }
        ensure!(Instant::now() < deadline, "waited in vain: {select}");
    }
}

async fn in_sqlite(url: &str, mut worker: Worker) -> anyhow::Result<()> {
    let mut other = SqliteConnection::connect(url).await?;
    let transaction = other.begin_with("BEGIN IMMEDIATE").await?;
    let process = worker.id()?;
    let before = sleeps(process)?;
    worker.go_on().await?;
    // SQLite waits for a lock by looking again and again, and sleeps in between.
    wait::until("the commit waits for the other transaction", || {
        let now = sleeps(process);
        async move { Ok((now? >= before + 8).then_some(())) }
    })
    .await?;
    let killed = worker.kill().await?;
    ensure!(
        killed.steps.last().is_some_and(|step| step == "answered"),
        "{killed:?}"
    );
    transaction.rollback().await?;
    other.close().await?;
    Ok(())
}

/// How often the threads of this process that run SQLite have gone to sleep.
fn sleeps(process: u32) -> anyhow::Result<u64> {
    let mut sum = 0;
    for thread in fs::read_dir(format!("/proc/{process}/task"))? {
        let thread = thread?.path();
        if !fs::read_to_string(thread.join("comm"))?.starts_with("sqlx-sqlite") {
            continue;
        }
        let status = fs::read_to_string(thread.join("status"))?;
        let count = status
            .lines()
            .find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"))
            .context("the system does not count how often a thread sleeps")?;
        sum += count.trim().parse::<u64>()?;
    }
    Ok(sum)
}
