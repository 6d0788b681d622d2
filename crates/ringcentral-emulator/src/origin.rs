//! Where a world begins: its seed, filled once into a database of its own and copied from then on.

use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use rusqlite::Connection;

use crate::clock::{self, Clock};
use crate::db;
use crate::db::Transaction;
use crate::seed::{Seed, SeedError};

/// The built-in month of calls is that before the start. A copy older than this is filled anew before it is used, so
/// that "the last day" has calls in an emulator that has run for a week, too.
const STALE_MS: i64 = 3_600_000;

/// A seed, and the data that follows from it.
pub(crate) struct Origin {
    seed: Seed,
    redirect_uris: Vec<String>,
    starts_at: Option<Timestamp>,
    filled: Mutex<Option<Filled>>,
}

struct Filled {
    image: Connection,
    at_ms: i64,
}

impl Origin {
    /// `redirect_uris` are added to the seed's apps; `starts_at` has precedence over what the seed says.
    pub(crate) fn new(seed: Seed, redirect_uris: Vec<String>, starts_at: Option<Timestamp>) -> Self {
        Self {
            seed,
            redirect_uris,
            starts_at,
            filled: Mutex::new(None),
        }
    }

    /// The same seed in all but its content.
    pub(crate) fn with_seed(&self, seed: Seed) -> Self {
        Self::new(seed, self.redirect_uris.clone(), None)
    }

    /// Makes `to` what the seed says.
    pub(crate) fn copy_into(&self, to: &mut Connection) -> Result<(), SeedError> {
        let mut filled = self.filled.lock().unwrap_or_else(PoisonError::into_inner);
        let system_ms = Clock::new(0, None).now().as_millisecond();
        let start = self.starts_at.or(self.seed.starts_at());
        let filled = match filled.take() {
            Some(known) if start.is_some() || system_ms - known.at_ms < STALE_MS => filled.insert(known),
            _ => filled.insert(self.fill(start.unwrap_or(clock::at_ms(system_ms)), system_ms)?),
        };
        Ok(db::copy(&filled.image, to)?)
    }

    fn fill(&self, now: Timestamp, at_ms: i64) -> Result<Filled, SeedError> {
        let image = db::open(None)?;
        // Nobody sees it before it is whole, so nothing has to be undone.
        image.pragma_update(None, "journal_mode", "OFF")?;
        db::create(&image)?;
        let tx = Transaction::begin(&image)?;
        self.seed.fill(&tx, now, &self.redirect_uris)?;
        if self.starts_at.is_some() {
            let start = serde_json::json!({ "ms": now.as_millisecond(), "frozen": self.seed.is_frozen() });
            db::write_meta(&tx, "start", &start.to_string())?;
        }
        tx.commit()?;
        Ok(Filled { image, at_ms })
    }
}
