//! What `cargo xtask torture` runs: see `docs/torture.md`.

use std::hash::{BuildHasher, RandomState};
use std::io::{Write, stdout};
use std::process::ExitCode;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use clap::Parser;
use futures_util::future::try_join_all;
use ringcentral_e2e::StoreKind;
use ringcentral_e2e::torture::{Summary, Torture, table};
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{Instant, MissedTickBehavior, interval};

/// Kills workers in the middle of refreshes, round after round, to see whether a login is lost.
#[derive(Parser)]
#[command(name = "cargo xtask torture")]
struct Options {
    /// Rounds for each store.
    #[arg(long, default_value_t = 1_000)]
    rounds: usize,
    /// Where the logins are kept: file, sqlite, postgres, or all.
    #[arg(long, default_value = "all", value_parser = stores)]
    store: Stores,
    /// Plans the same rounds again; a new one each time without it.
    #[arg(long)]
    seed: Option<u64>,
    /// Rounds side by side for each vault: they mostly wait for the leases of the dead.
    #[arg(long, default_value_t = 60)]
    at_once: usize,
}

#[derive(Clone)]
struct Stores(Vec<StoreKind>);

fn stores(name: &str) -> Result<Stores, anyhow::Error> {
    if name == "all" {
        return Ok(Stores(StoreKind::ALL.to_vec()));
    }
    Ok(Stores(vec![name.parse()?]))
}

/// A file's holder is seen to be dead at once, so more rounds at once would only be slower ones.
const FILES_AT_ONCE: usize = 8;

/// How often the progress is told.
const TELL: Duration = Duration::from_secs(5);

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match torture(&Options::parse()).await {
        Ok(code) => code,
        Err(error) => {
            // Whoever does not listen sees the exit code.
            let _ = say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// What came of the rounds of each store so far.
type Results = Mutex<Vec<(StoreKind, Summary)>>;

/// Plays the rounds of all stores side by side.
async fn torture(options: &Options) -> anyhow::Result<ExitCode> {
    let seed = options
        .seed
        .unwrap_or_else(|| RandomState::new().hash_one("seed") >> 32);
    say(&format!("{} rounds for each store, seed {seed}", options.rounds))?;
    let begun = Instant::now();
    let kinds = &options.store.0;
    let results: Results = Mutex::new(kinds.iter().map(|&kind| (kind, Summary::default())).collect());
    let runs = try_join_all(kinds.iter().map(async |&kind| {
        let torture = Torture {
            kind,
            rounds: options.rounds,
            at_once: if kind == StoreKind::File {
                FILES_AT_ONCE
            } else {
                options.at_once
            },
            seed,
            in_a_row: true,
        };
        let note = |summary: &Summary| {
            for (_, result) in lock(&results).iter_mut().filter(|(named, _)| *named == kind) {
                result.clone_from(summary);
            }
        };
        torture.run(&note).await
    }));
    let stopped = tokio::select! {
        done = runs => {
            done?;
            false
        }
        never = tell(&results) => return never,
        () = stopped() => true,
    };

    let results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    say(&format!(
        "\n{}\nseed {seed}, {:.0} s",
        table(&results),
        begun.elapsed().as_secs_f64()
    ))?;
    let mut good = true;
    for (kind, summary) in &results {
        for failure in &summary.failures {
            good = false;
            say(&format!("{kind}, {failure}"))?;
        }
    }
    if stopped {
        say("stopped before the last round; all that was started is ended")?;
        return Ok(ExitCode::from(130));
    }
    Ok(if good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Says now and then how far the rounds are.
async fn tell(results: &Results) -> anyhow::Result<ExitCode> {
    let mut ticks = interval(TELL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        ticks.tick().await;
        let words: Vec<_> = lock(results)
            .iter()
            .map(|(kind, summary)| format!("{kind} {} ({} lost)", summary.rounds, summary.lost))
            .collect();
        say(&format!("rounds: {}", words.join(", ")))?;
    }
}

fn lock(results: &Results) -> MutexGuard<'_, Vec<(StoreKind, Summary)>> {
    results.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Resolves when somebody wants this to end: then everything is dropped, and what was started is killed by that.
async fn stopped() {
    let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}

fn say(text: &str) -> std::io::Result<()> {
    let mut out = stdout().lock();
    writeln!(out, "{text}")?;
    out.flush()
}
