//! One emulated platform: its database, clock, settings, faults, journal and limits.

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError, RwLock};

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::clock::Clock;
use crate::faults::Faults;
use crate::journal::Journal;
use crate::limits::Limits;
use crate::oauth::id_token::IdTokenKey;
use crate::oauth::jwt::SigningKey;
use crate::settings::Settings;
use crate::{db, random, seed};

/// What a world is made from.
#[derive(Debug, Clone, Default)]
pub(crate) struct WorldConfig {
    pub(crate) rate_limits: bool,
    pub(crate) data: Option<PathBuf>,
    pub(crate) redirect_uris: Vec<String>,
    pub(crate) seed_number: u64,
}

/// One emulated platform.
pub(crate) struct World {
    config: WorldConfig,
    db: Mutex<Connection>,
    pub(crate) clock: Clock,
    settings: RwLock<Settings>,
    pub(crate) faults: Faults,
    pub(crate) journal: Journal,
    pub(crate) limits: Limits,
    /// Set once, when the signing key is first needed; the key outlives a reset, so that JWTs already handed out stay
    /// good.
    signing_key: OnceLock<SigningKey>,
    /// Likewise, for id tokens.
    id_token_key: OnceLock<IdTokenKey>,
    /// Signs the login forms.
    pub(crate) form_key: [u8; 32],
    /// The extension that every authorization is granted as, without any page.
    pub(crate) auto_approve: OnceLock<i64>,
    /// The control API's token, where it needs one.
    pub(crate) control_token: OnceLock<String>,
}

/// Why a world cannot be opened.
#[derive(Debug)]
pub(crate) enum OpenError {
    Directory(std::io::Error),
    Database(rusqlite::Error),
    /// The data directory was written by another version.
    Version(i64),
}

impl From<rusqlite::Error> for OpenError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error)
    }
}

impl World {
    /// Opens the database, and fills it if it is new.
    pub(crate) fn open(config: WorldConfig) -> Result<Self, OpenError> {
        if let Some(directory) = &config.data {
            std::fs::create_dir_all(directory).map_err(OpenError::Directory)?;
        }
        let mut connection = db::open(config.data.as_deref())?;
        match connection.pragma_query_value(None, "user_version", |row| row.get(0))? {
            0_i64 => {
                db::create(&connection)?;
                fill(&mut connection, &config, Clock::new(0, None).now())?;
            }
            db::SCHEMA_VERSION => {}
            version => return Err(OpenError::Version(version)),
        }
        let (offset, frozen_at) = read_meta(&connection, "clock")?
            .and_then(|text| serde_json::from_str(&text).ok())
            .unwrap_or((0, None));
        // Where limits are on or off is the caller's choice of today, not that of the last run.
        let stored: Option<Settings> =
            read_meta(&connection, "settings")?.and_then(|text| serde_json::from_str(&text).ok());
        let mut settings = stored.unwrap_or_else(|| Settings::new(config.rate_limits));
        settings.rate_limits.enabled = config.rate_limits;
        Ok(Self {
            config,
            db: Mutex::new(connection),
            clock: Clock::new(offset, frozen_at),
            settings: RwLock::new(settings),
            faults: Faults::default(),
            journal: Journal::default(),
            limits: Limits::default(),
            signing_key: OnceLock::new(),
            id_token_key: OnceLock::new(),
            form_key: random::bytes(),
            auto_approve: OnceLock::new(),
            control_token: OnceLock::new(),
        })
    }

    /// The database, for as long as the guard lives.
    pub(crate) fn db(&self) -> MutexGuard<'_, Connection> {
        self.db.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The emulator's time.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The settings of this moment.
    pub(crate) fn settings(&self) -> Settings {
        *self.settings.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Replaces the settings.
    pub(crate) fn change_settings(&self, settings: Settings) -> rusqlite::Result<()> {
        *self.settings.write().unwrap_or_else(PoisonError::into_inner) = settings;
        let text = serde_json::to_string(&settings).expect("settings are plain data");
        write_meta(&self.db(), "settings", &text)
    }

    /// Keeps the clock's state over a restart; to be called after every change of it.
    pub(crate) fn keep_clock(&self) -> rusqlite::Result<()> {
        let text = serde_json::to_string(&self.clock.state()).expect("two numbers");
        write_meta(&self.db(), "clock", &text)
    }

    /// The key that signs JWT credentials, made when it is first needed.
    pub(crate) fn signing_key(&self, connection: &Connection) -> rusqlite::Result<&SigningKey> {
        if let Some(key) = self.signing_key.get() {
            return Ok(key);
        }
        let stored = read_meta(connection, "signing_key")?.and_then(|text| SigningKey::from_text(&text));
        let key = if let Some(key) = stored {
            key
        } else {
            let key = SigningKey::generate();
            write_meta(connection, "signing_key", key.text())?;
            key
        };
        Ok(self.signing_key.get_or_init(|| key))
    }

    /// The key that signs id tokens, made when it is first needed.
    pub(crate) fn id_token_key(&self, connection: &Connection) -> rusqlite::Result<&IdTokenKey> {
        if let Some(key) = self.id_token_key.get() {
            return Ok(key);
        }
        let stored = read_meta(connection, "id_token_key")?.and_then(|text| IdTokenKey::from_text(&text));
        let key = if let Some(key) = stored {
            key
        } else {
            let key = IdTokenKey::generate();
            write_meta(connection, "id_token_key", key.text())?;
            key
        };
        Ok(self.id_token_key.get_or_init(|| key))
    }

    /// Back to the seed: data, sessions, clock, settings, faults, limits and journal. Signed JWTs stay good.
    pub(crate) fn reset(&self) -> rusqlite::Result<()> {
        let mut connection = self.db();
        if self.config.data.is_some() {
            db::drop_all(&connection)?;
        } else {
            *connection = db::open(None)?;
        }
        db::create(&connection)?;
        self.clock.reset();
        fill(&mut connection, &self.config, self.clock.now())?;
        if let Some(key) = self.signing_key.get() {
            write_meta(&connection, "signing_key", key.text())?;
        }
        if let Some(key) = self.id_token_key.get() {
            write_meta(&connection, "id_token_key", key.text())?;
        }
        *self.settings.write().unwrap_or_else(PoisonError::into_inner) =
            Settings::new(self.config.rate_limits);
        self.faults.clear();
        self.limits.clear();
        self.journal.clear();
        Ok(())
    }
}

fn fill(connection: &mut Connection, config: &WorldConfig, now: Timestamp) -> rusqlite::Result<()> {
    let tx = connection.transaction()?;
    seed::fill(&tx, config.seed_number, now, &config.redirect_uris)?;
    tx.commit()
}

fn read_meta(connection: &Connection, key: &str) -> rusqlite::Result<Option<String>> {
    connection
        .prepare_cached("SELECT value FROM meta WHERE key = ?1")?
        .query_row([key], |row| row.get(0))
        .optional()
}

fn write_meta(connection: &Connection, key: &str, value: &str) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2",
        )?
        .execute(params![key, value])?;
    Ok(())
}
