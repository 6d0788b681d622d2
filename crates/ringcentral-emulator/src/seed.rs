//! What a world begins with: the built-in demo company, or what a seed file describes.
//!
//! Everything follows from the seed and the start time, so two worlds with the same two are alike. In the built-in
//! seed "the last month" is full whenever the emulator starts.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

mod activity;
mod apps;
mod bulk;
mod check;
mod company;
mod defaults;
mod error;
pub(crate) mod export;
mod file;
mod plant;
mod rng;
mod rows;
mod story;
mod threads;

pub use error::SeedError;

#[cfg(test)]
pub(crate) use apps::{CONFIDENTIAL_APP, LIMITED_APP, PUBLIC_APP};

use file::File;
use rng::Rng;

use crate::db::Transaction;

/// What an emulator or a world begins with: accounts, users, apps, phone numbers, calls, messages and settings.
///
/// The default is the built-in seed with the number 1: a fictional company of sixteen extensions with a month of calls
/// and messages, and three apps.
///
/// ```
/// use ringcentral_emulator::Seed;
///
/// let seed = Seed::parse(
///     r#"
///     [[accounts]]
///     company = "Example Books"
///     main_number = "+12125550150"
///
///     [[accounts.users]]
///     extension = "101"
///     first_name = "Nora"
///     last_name = "Winter"
///     password = "Books-101!"
///     number = "+12125550151"
///     "#,
/// )?;
/// # Ok::<(), ringcentral_emulator::SeedError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Seed(Source);

#[derive(Debug, Clone)]
enum Source {
    BuiltIn(u64),
    File(Arc<File>),
}

impl Default for Seed {
    fn default() -> Self {
        Self::built_in(1)
    }
}

impl Seed {
    /// The built-in company. Another number makes another set of calls and messages; the same number the same.
    pub fn built_in(number: u64) -> Self {
        Self(Source::BuiltIn(number))
    }

    /// Reads the text of a seed file (TOML).
    ///
    /// # Errors
    ///
    /// The first mistake, with its line and key, and what is allowed there.
    pub fn parse(text: &str) -> Result<Self, SeedError> {
        let file = file::read(text)?;
        check::check(&file, text)?;
        Ok(Self(Source::File(Arc::new(file))))
    }

    /// A seed in a control call: a number, the text of a seed file, or the same as a JSON object.
    pub(crate) fn from_json(value: &Value) -> Result<Self, SeedError> {
        match value {
            Value::Number(number) => number
                .as_u64()
                .map(Self::built_in)
                .ok_or_else(|| SeedError::new("seed", "must be a whole number from 0 up")),
            Value::String(text) => Self::parse(text),
            Value::Object(_) => {
                let text = toml::to_string(value)
                    .map_err(|_| SeedError::new("seed", "must not hold null: leave out what is unknown"))?;
                Self::parse(&text).map_err(SeedError::without_line)
            }
            _ => Err(SeedError::new(
                "seed",
                "must be a number, the text of a seed file, or an object of the same fields",
            )),
        }
    }

    /// The moment at which its clock starts, if it names one.
    pub(crate) fn starts_at(&self) -> Option<Timestamp> {
        match &self.0 {
            Source::BuiltIn(_) => None,
            Source::File(file) => file.starts_at(),
        }
    }

    /// Whether its clock stands still at the start.
    pub(crate) fn is_frozen(&self) -> bool {
        matches!(&self.0, Source::File(file) if file.frozen)
    }

    /// Fills an empty database. `redirect_uris` are added to the apps' lists.
    pub(crate) fn fill(
        &self,
        tx: &Transaction<'_>,
        now: Timestamp,
        redirect_uris: &[String],
    ) -> Result<(), SeedError> {
        match &self.0 {
            Source::BuiltIn(number) => Ok(fill(tx, *number, now, redirect_uris)?),
            Source::File(file) => plant::plant(tx, file, now, redirect_uris),
        }
    }
}

/// Fills an empty database with the built-in company. `redirect_uris` are added to the seeded apps' lists.
pub(crate) fn fill(
    tx: &Transaction<'_>,
    seed: u64,
    now: Timestamp,
    redirect_uris: &[String],
) -> rusqlite::Result<()> {
    company::fill(tx, now)?;
    apps::fill(tx, redirect_uris)?;
    activity::fill(tx, &mut Rng::new(seed), now)?;
    defaults::keep(tx, &company::defaults())
}

#[cfg(test)]
mod tests;
