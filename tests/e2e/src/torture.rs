//! Rounds of killing workers in the middle of a refresh, at moments that chance picks, to see whether a login is lost.
//!
//! A round: the access token is made to run out, one to three workers start at once, one or more of them are killed, and
//! then a new worker, alone, has to be logged in. In some rounds the platform itself has troubles.
//!
//! Rounds run side by side, each on a login and a platform of its own: a dead worker's lease in a vault lasts up to half a
//! minute, and waiting for it is idle. The platform's clock moves only between the rounds of one login: a refresh token
//! whose answer was lost is good for an hour of the platform's time and no longer.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::Context;
use futures_util::future::try_join_all;
use tokio::sync::Semaphore;

use crate::Emulator;
use crate::store::{Store, StoreKind};
use crate::worker::Worker;

mod dice;
mod plan;
mod round;
mod summary;

use dice::Dice;
use plan::Plan;
use round::Outcome;
pub use summary::{Summary, table};

/// What to do to one kind of store.
#[derive(Clone, Debug)]
pub struct Torture {
    /// The store.
    pub kind: StoreKind,
    /// How many rounds.
    pub rounds: usize,
    /// How many of them side by side, at most.
    pub at_once: usize,
    /// Where chance begins: the same number plans the same rounds.
    pub seed: u64,
    /// Whether workers may die one after the other, each after having waited for the lease of the one before. It takes
    /// half a minute for each.
    pub in_a_row: bool,
}

/// How many undisturbed refreshes are measured before the first round.
const MEASURED: usize = 3;

/// How many rounds may start processes at the same time.
const STARTS: usize = 4;

/// What the rounds of one store share.
struct Shared<'a> {
    torture: &'a Torture,
    store: &'a Store,
    state: Mutex<State>,
    /// The right to start processes: dozens that start at once keep a small machine from doing anything else.
    starts: Semaphore,
    progress: &'a (dyn Fn(&Summary) + Sync),
}

#[derive(Default)]
struct State {
    begun: usize,
    /// How long the latest refreshes took that nobody killed.
    lengths: Vec<Duration>,
    summary: Summary,
}

impl Torture {
    /// Plays all rounds, calling `progress` after each. The store ends with the thread that calls this.
    ///
    /// # Errors
    ///
    /// When a round cannot be played. A login that was lost is no error: the summary counts it.
    pub async fn run(&self, progress: &(dyn Fn(&Summary) + Sync)) -> anyhow::Result<Summary> {
        let store = Store::for_many_workers(self.kind).await?;
        // Three workers with two connections each, and their successors while the server notices that they died.
        let places = store
            .connections()
            .await?
            .map_or(usize::MAX, |connections| connections / 8);
        let shared = Shared {
            torture: self,
            store: &store,
            state: Mutex::default(),
            starts: Semaphore::new(STARTS),
            progress,
        };
        shared.measure().await?;
        let side_by_side = self.at_once.min(self.rounds).min(places).max(1);
        try_join_all((1..=side_by_side).map(|number| shared.play(number))).await?;
        Ok(shared
            .state
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner)
            .summary)
    }
}

impl Shared<'_> {
    /// How long a refresh takes that nobody disturbs.
    async fn measure(&self) -> anyhow::Result<()> {
        let emulator = emulator().await?;
        let login = Worker::log_in(&emulator, self.store, 0).await?;
        for _ in 0..MEASURED {
            emulator.expire_access_tokens().await?;
            let time = round::undisturbed(&emulator, &login)
                .await
                .context("a refresh that nobody disturbed")?;
            self.lock().lengths.push(time);
        }
        Ok(())
    }

    /// Plays round after round with one login on one platform.
    async fn play(&self, number: usize) -> anyhow::Result<()> {
        let start = self.starts.acquire().await?;
        let emulator = emulator().await?;
        let mut login = Worker::log_in(&emulator, self.store, number).await?;
        let mut logins = 1;
        Worker::succeed(&emulator, &login).await?;
        drop(start);
        while let Some((round, length)) = self.next() {
            let mut plan = Plan::of(self.torture.kind, &mut Dice::new(self.torture.seed, round));
            plan.in_a_row &= self.torture.in_a_row;
            let outcome = round::play(&emulator, &login, &plan, length, &self.starts)
                .await
                .with_context(|| format!("round {round} on {} ({plan})", self.torture.kind))?;
            if outcome.lost.is_some() {
                // The next rounds need one that is not.
                let place = number + logins * self.torture.at_once;
                login = Worker::log_in(&emulator, self.store, place).await?;
                logins += 1;
            }
            self.note(round, &plan, outcome);
        }
        Ok(())
    }

    /// The number of the next round, and how long a refresh takes at present.
    fn next(&self) -> Option<(usize, Duration)> {
        let mut state = self.lock();
        if state.begun == self.torture.rounds {
            return None;
        }
        state.begun += 1;
        Some((state.begun, median(&state.lengths)))
    }

    fn note(&self, round: usize, plan: &Plan, outcome: Outcome) {
        const REMEMBERED: usize = 50;
        let mut state = self.lock();
        state.lengths.extend(&outcome.lengths);
        let old = state.lengths.len().saturating_sub(REMEMBERED);
        state.lengths.drain(..old);
        state.summary.add(round, plan, outcome);
        (self.progress)(&state.summary);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn emulator() -> anyhow::Result<Emulator> {
    Emulator::start(&["--rate-limits", "off"]).await
}

/// The middle one; nothing of nothing.
fn median(times: &[Duration]) -> Duration {
    let mut sorted = times.to_vec();
    sorted.sort();
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests;
