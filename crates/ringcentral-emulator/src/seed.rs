//! The demo company: who works there, which apps may call, and a month of calls and messages.
//!
//! Everything follows from the seed number and the start time, so two worlds with the same two are alike, and
//! "the last month" is full whenever the emulator starts.

use jiff::Timestamp;
use rusqlite::Transaction;

mod activity;
mod apps;
mod company;
mod rng;
mod threads;

pub(crate) use apps::{CONFIDENTIAL_APP, PUBLIC_APP};
pub(crate) use company::{DEFAULT_USER, SMS_FROM, SMS_TO};

#[cfg(test)]
pub(crate) use apps::LIMITED_APP;

use rng::Rng;

/// Fills an empty database. `redirect_uris` are added to the seeded apps' lists.
pub(crate) fn fill(
    tx: &Transaction<'_>,
    seed: u64,
    now: Timestamp,
    redirect_uris: &[String],
) -> rusqlite::Result<()> {
    company::fill(tx, now)?;
    apps::fill(tx, redirect_uris)?;
    activity::fill(tx, &mut Rng::new(seed), now)
}

#[cfg(test)]
mod tests;
