//! A process that is killed or stopped anywhere in a refresh loses nothing: the next one is logged in, with nobody's help.
//!
//! In a vault the lease of a dead holder lasts half a minute. So everything here that waits for one runs side by side, in
//! one test for each server that it needs: the waiting is idle.

use anyhow::{Context, ensure};
use futures_util::future::{try_join, try_join_all, try_join3};
use ringcentral_e2e::torture::{Torture, table};
use ringcentral_e2e::{Emulator, Login, Store, StoreKind, Worker, wait};
use serde_json::json;

use crate::commits;
use crate::relay::Relay;

/// When the worker is killed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Moment {
    /// It comes to this step of the refresh.
    At(&'static str),
    /// Its request has arrived at the platform, which has done nothing yet.
    Asked,
    /// The platform has made new tokens, and its answer is on the way.
    AnswerLost,
    /// Its commit waits for another transaction, and is rolled back.
    CommitUndone,
    /// Its commit waits for another transaction, and comes to its end when nobody is left to hear of it.
    CommitUnheard,
}

use Moment::{AnswerLost, Asked, At, CommitUndone, CommitUnheard};

/// How many refreshes the platform sees in all, from the worker that is killed and from the one after it, by the store:
/// file, SQLite, PostgreSQL. Two means that the same tokens were asked for again.
#[rustfmt::skip]
const TABLE: [(Moment, [Option<usize>; 3]); 13] = [
    (At("claimed"),       [Some(1), Some(1), Some(1)]),
    (At("asking"),        [Some(1), Some(1), Some(1)]),
    (Asked,               [Some(1), Some(1), Some(1)]),
    (AnswerLost,          [Some(2), Some(2), Some(2)]),
    (At("answered"),      [Some(2), Some(2), Some(2)]),
    (At("writing"),       [Some(2), None,    None]),
    (At("written"),       [Some(2), None,    None]),
    (At("synced"),        [Some(2), None,    None]),
    (CommitUndone,        [None,    Some(2), Some(2)]),
    (CommitUnheard,       [None,    None,    Some(1)]),
    (At("renamed"),       [Some(1), None,    None]),
    (At("committed"),     [Some(1), Some(1), Some(1)]),
    (At("using"),         [Some(1), Some(1), Some(1)]),
];

/// The rows of this store's column, side by side.
async fn each_moment(store: &Store) -> anyhow::Result<()> {
    let column = match store.kind() {
        StoreKind::File => 0,
        StoreKind::Sqlite => 1,
        StoreKind::Postgres => 2,
    };
    let rows = (1..).zip(TABLE).filter_map(|(number, (moment, counts))| {
        let expected = counts[column]?;
        Some(async move {
            let context = || format!("killed on {} at {moment:?}", store.kind());
            let seen = refreshes_in_all(store, number, moment)
                .await
                .with_context(context)?;
            anyhow::Ok((moment, seen, expected))
        })
    });
    let wrong: Vec<_> = try_join_all(rows)
        .await?
        .into_iter()
        .filter(|(_, seen, expected)| seen != expected)
        .map(|(moment, seen, expected)| format!("{moment:?}: {seen} instead of {expected}"))
        .collect();
    ensure!(
        wrong.is_empty(),
        "refreshes on {}: {}",
        store.kind(),
        wrong.join(", ")
    );
    Ok(())
}

/// One row: a worker is killed at its moment, and the next one has to be logged in.
async fn refreshes_in_all(store: &Store, number: usize, moment: Moment) -> anyhow::Result<usize> {
    let emulator = Emulator::start(&["--rate-limits", "off"]).await?;
    let login = Worker::log_in(&emulator, store, number).await?;
    Worker::succeed(&emulator, &login).await?;
    let first = login.version().await?;
    emulator.expire_access_tokens().await?;

    match moment {
        At(step) => {
            let mut worker = Worker::start(&emulator, &login, &["--stop-at", step])?;
            worker.stops_at(step).await?;
            worker.kill().await?;
        }
        Asked => {
            let worker = unanswered(&emulator, &login).await?;
            worker.kill().await?;
        }
        AnswerLost => {
            let relay = Relay::before(&emulator).await?;
            let worker = Worker::start_behind(relay.url(), &emulator, &login, &[])?;
            relay.has_an_answer().await?;
            worker.kill().await?;
        }
        CommitUndone | CommitUnheard => {
            let mut worker = Worker::start(&emulator, &login, &["--pause-at", "answered"])?;
            worker.stops_at("answered").await?;
            commits::kill(store, &login, worker, moment).await?;
        }
    }

    emulator.calm().await?;
    emulator.outlast_grace_after_use().await?;
    Worker::succeed(&emulator, &login)
        .await
        .context("the next worker")?;
    let version = login.version().await?;
    ensure!(
        version == first.next(),
        "{first:?} became {version:?} by one refresh"
    );
    Ok(emulator.refreshes().await?.len())
}

/// A worker whose refresh has arrived at the platform, which takes its time.
async fn unanswered(emulator: &Emulator, login: &Login) -> anyhow::Result<Worker> {
    emulator
        .disturb_refreshes(json!({ "type": "delay", "delay": "10m" }), None)
        .await?;
    let worker = Worker::start(emulator, login, &[])?;
    wait::until("the refresh arrives", || async move {
        let faults = emulator.control("GET", "faults", None).await?.to_string();
        Ok((!faults.contains("\"hits\":0")).then_some(()))
    })
    .await?;
    Ok(worker)
}

/// A holder that has its answer is stopped until its lease has run out and others have refreshed twice. When it wakes
/// up, its tokens are old ones: they must not take the place of newer ones, and its own calls go on with those.
async fn a_stopped_holder_overwrites_nothing(store: &Store) -> anyhow::Result<()> {
    let emulator = Emulator::start(&["--rate-limits", "off"]).await?;
    let login = Worker::log_in(&emulator, store, 100).await?;
    Worker::succeed(&emulator, &login).await?;
    emulator.expire_access_tokens().await?;
    let mut stopped = Worker::start(&emulator, &login, &["--pause-at", "answered"])?;
    stopped.stops_at("answered").await?;
    stopped.signal("STOP").await?;

    Worker::succeed(&emulator, &login)
        .await
        .context("after the lease")?;
    emulator.expire_access_tokens().await?;
    Worker::succeed(&emulator, &login).await?;
    let newest = login.version().await?;

    stopped.go_on().await?;
    stopped.signal("CONT").await?;
    stopped.success().await.context("the one that woke up")?;
    ensure!(
        login.version().await? == newest,
        "it has overwritten newer tokens"
    );
    Worker::succeed(&emulator, &login).await?;
    let refreshes = emulator.refreshes().await?.len();
    ensure!(refreshes == 3, "the platform was asked {refreshes} times");
    Ok(())
}

/// A few of the rounds that `cargo xtask torture` plays by the thousand.
async fn torture(kind: StoreKind) -> anyhow::Result<()> {
    let torture = Torture {
        kind,
        rounds: 20,
        at_once: if kind == StoreKind::File { 2 } else { 20 },
        seed: 1,
        in_a_row: false,
    };
    let summary = torture.run(&|_| ()).await?;
    ensure!(summary.rounds == 20 && summary.kills > 10, "{summary:?}");
    ensure!(
        summary.failures.is_empty(),
        "{}\n{}",
        summary.failures.join("\n"),
        table(&[(kind, summary.clone())])
    );
    Ok(())
}

#[tokio::test]
async fn at_every_step_with_a_file() -> anyhow::Result<()> {
    let store = Store::new(StoreKind::File)?;
    try_join(each_moment(&store), torture(StoreKind::File)).await?;
    Ok(())
}

/// Everything that waits for leases in a vault.
async fn in_a_vault(kind: StoreKind) -> anyhow::Result<()> {
    let store = Store::new(kind)?;
    try_join3(
        each_moment(&store),
        a_stopped_holder_overwrites_nothing(&store),
        torture(kind),
    )
    .await?;
    Ok(())
}

#[tokio::test]
async fn at_every_step_with_sqlite() -> anyhow::Result<()> {
    in_a_vault(StoreKind::Sqlite).await
}

mod on_postgres {
    use super::*;

    #[tokio::test]
    async fn at_every_step_with_postgres() -> anyhow::Result<()> {
        in_a_vault(StoreKind::Postgres).await
    }
}
