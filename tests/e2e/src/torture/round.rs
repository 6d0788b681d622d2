//! One round: workers start at once, some are killed, and a new one has to be logged in.

use std::future::pending;
use std::time::Duration;

use anyhow::ensure;
use futures_util::future::try_join_all;
use serde_json::json;
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep_until};

use super::plan::{Fate, Plan};
use crate::Emulator;
use crate::store::Login;
use crate::worker::{At, Killed, Report, Worker};

/// Another process's end is looked for this often: dozens of workers that wait must not keep a small machine busy.
const LOOK_AGAIN: [&str; 2] = ["--look-again", "200"];

/// What came of a round.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// The last step of each worker that was killed; `None` for one that had not begun a refresh.
    pub(super) killed: Vec<Option<String>>,
    /// How many workers had ended before they could be killed.
    pub(super) too_late: usize,
    /// What the workers that nobody killed complain about.
    pub(super) complaints: Vec<String>,
    /// How long the refreshes took that nobody killed.
    pub(super) lengths: Vec<Duration>,
    /// How many refreshes the platform was asked for.
    pub(super) refreshes: usize,
    /// For how many of them it gave out tokens.
    pub(super) took_effect: usize,
    /// The time from the last kill to the success of the new worker.
    pub(super) healed: Option<Duration>,
    /// Why the new worker was not logged in.
    pub(super) lost: Option<String>,
}

/// How one worker ended.
enum End {
    Killed(Killed, Instant),
    Alone(Report, Duration, Fate),
}

pub(super) async fn play(
    emulator: &Emulator,
    login: &Login,
    plan: &Plan,
    length: Duration,
    starts: &Semaphore,
) -> anyhow::Result<Outcome> {
    emulator.expire_access_tokens().await?;
    emulator.control("DELETE", "requests", None).await?;
    let latency = format!("{}ms", plan.latency);
    emulator
        .disturb_refreshes(json!({ "type": "delay", "delay": latency }), None)
        .await?;
    if let Some(trouble) = plan.trouble {
        emulator
            .disturb_refreshes(trouble.kind.order(), Some(trouble.times))
            .await?;
    }

    let may_start = starts.acquire().await?;
    let mut workers = Vec::new();
    for fate in &plan.fates {
        workers.push((start(emulator, login, *fate)?, *fate));
    }
    // Each with its store open, so that they begin in the same moment.
    for (worker, _) in &mut workers {
        worker.ready().await?;
    }
    drop(may_start);
    let ends = workers
        .into_iter()
        .map(|(worker, fate)| meet(worker, fate, length, plan.in_a_row));
    let mut outcome = Outcome::default();
    let mut last_kill = None;
    for end in try_join_all(ends).await? {
        match end {
            End::Killed(killed, _) if killed.ended => outcome.too_late += 1,
            End::Killed(killed, at) => {
                outcome.killed.push(own_step(&killed.steps));
                last_kill = last_kill.max(Some(at));
            }
            End::Alone(report, time, fate) => {
                outcome.too_late += usize::from(fate != Fate::Spared);
                // Not one that has waited for the lease of the dead.
                if time < length * STUCK && report.steps.iter().any(|step| step == "committed") {
                    outcome.lengths.push(time);
                }
                outcome.complaints.extend(report.failures);
            }
        }
    }

    // Tokens that were used before they were kept are lost from here on.
    emulator.outlast_grace_after_use().await?;
    let new = Worker::start(emulator, login, &LOOK_AGAIN)?.success().await;
    match (new, last_kill) {
        (Ok(_), Some(kill)) => outcome.healed = Some(kill.elapsed()),
        (Ok(_), None) => {}
        (Err(error), _) => outcome.lost = Some(format!("{error:#}")),
    }
    let refreshes = emulator.refreshes().await?;
    outcome.refreshes = refreshes.len();
    outcome.took_effect = refreshes.iter().filter(|refresh| refresh.took_effect()).count();
    emulator.calm().await?;
    Ok(outcome)
}

/// The last step of the refresh that a worker made itself, if it had begun one.
fn own_step(steps: &[String]) -> Option<String> {
    steps.iter().rfind(|step| *step != "using-stored").cloned()
}

/// How long a worker takes from its beginning to the end of its call when nobody disturbs it.
pub(super) async fn undisturbed(emulator: &Emulator, login: &Login) -> anyhow::Result<Duration> {
    let mut worker = start(emulator, login, Fate::Spared)?;
    worker.ready().await?;
    let (begun, report) = (Instant::now(), {
        worker.go_on().await?;
        worker.report().await?
    });
    ensure!(report.failures.is_empty(), "{}", report.failures.join("\n"));
    Ok(begun.elapsed())
}

fn start(emulator: &Emulator, login: &Login, fate: Fate) -> anyhow::Result<Worker> {
    let mut options = vec!["--wait"];
    options.extend(LOOK_AGAIN);
    if let Fate::KilledAt(step) = fate {
        options.extend(["--stop-at", step]);
    }
    Worker::start(emulator, login, &options)
}

/// A worker that has not come to its step after so many times the length of a refresh waits for somebody's lease.
const STUCK: u32 = 10;

/// Lets the worker begin, and meet its fate.
async fn meet(mut worker: Worker, fate: Fate, length: Duration, in_a_row: bool) -> anyhow::Result<End> {
    let begun = Instant::now();
    worker.go_on().await?;
    let enough = match fate {
        Fate::KilledAfter(part) => Some(length.mul_f64(part)),
        Fate::KilledAt(_) if !in_a_row => Some(length * STUCK),
        Fate::KilledAt(_) | Fate::Spared => None,
    };
    let enough = async {
        match enough {
            Some(time) => sleep_until(begun + time).await,
            None => pending().await,
        }
    };
    let end = tokio::select! {
        at = worker.stops_or_ends() => match at? {
            At::End(report) => Some(report),
            At::Step(_) => None,
        },
        () = enough => None,
    };
    Ok(match end {
        Some(report) => End::Alone(report, begun.elapsed(), fate),
        None => End::Killed(worker.kill().await?, Instant::now()),
    })
}
