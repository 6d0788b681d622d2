//! One emulated platform: its database, clock, settings, faults, journal and limits.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock, Weak};

use jiff::Timestamp;
use rusqlite::Connection;

use crate::access::Access;
use crate::arrive::due::{self, Fired};
use crate::clock::Clock;
use crate::db::Transaction;
use crate::db::{self, read_meta, write_meta};
use crate::faults::Faults;
use crate::journal::Journal;
use crate::limits::Limits;
use crate::oauth::id_token::IdTokenKey;
use crate::oauth::jwt::SigningKey;
use crate::oauth::users;
use crate::origin::Origin;
use crate::private;
use crate::random;
use crate::seed::{Seed, SeedError};
use crate::settings::Settings;
use crate::snapshots::{self, SnapshotError, Snapshots, Start};
use crate::worlds::Worlds;

/// What a world is made from.
#[derive(Clone)]
pub(crate) struct WorldConfig {
    pub(crate) rate_limits: bool,
    pub(crate) data: Option<PathBuf>,
    pub(crate) origin: Arc<Origin>,
    pub(crate) access: Access,
}

/// One emulated platform.
pub(crate) struct World {
    rate_limits: bool,
    origin: RwLock<Arc<Origin>>,
    db: Mutex<Connection>,
    pub(crate) clock: Clock,
    settings: RwLock<Settings>,
    pub(crate) faults: Faults,
    pub(crate) journal: Journal,
    pub(crate) limits: Limits,
    pub(crate) snapshots: Snapshots,
    /// Set once, when the signing key is first needed; the key outlives a reset, so that JWTs already handed out stay
    /// good.
    signing_key: OnceLock<SigningKey>,
    /// Likewise, for id tokens.
    id_token_key: OnceLock<IdTokenKey>,
    /// Signs the login forms.
    pub(crate) form_key: [u8; 32],
    /// As whom every authorization is granted, without any page: the name that was given, and the extension id.
    auto_approve: RwLock<Option<(String, i64)>>,
    /// How clients reach it.
    pub(crate) access: Access,
    /// The worlds beside this one, if this is the emulator's own.
    pub(crate) worlds: OnceLock<Weak<Worlds>>,
}

/// Why a world cannot be opened.
#[derive(Debug)]
pub(crate) enum OpenError {
    Directory(std::io::Error),
    Database(rusqlite::Error),
    /// The data directory was written by another version.
    Version(i64),
    Seed(SeedError),
    Snapshots(SnapshotError),
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
            private::directory(directory).map_err(OpenError::Directory)?;
            private::file(&directory.join(db::FILE)).map_err(OpenError::Directory)?;
        }
        let mut connection = db::open(config.data.as_deref())?;
        let version = db::version(&connection)?;
        match version {
            0 => config
                .origin
                .copy_into(&mut connection)
                .map_err(OpenError::Seed)?,
            db::SCHEMA_VERSION => {}
            version => return Err(OpenError::Version(version)),
        }
        let world = Self {
            rate_limits: config.rate_limits,
            origin: RwLock::new(config.origin),
            db: Mutex::new(connection),
            clock: Clock::new(0, None),
            settings: RwLock::new(Settings::new(config.rate_limits)),
            faults: Faults::default(),
            journal: Journal::default(),
            limits: Limits::default(),
            snapshots: Snapshots::open(config.data.as_deref()).map_err(OpenError::Snapshots)?,
            signing_key: OnceLock::new(),
            id_token_key: OnceLock::new(),
            form_key: random::bytes(),
            auto_approve: RwLock::new(None),
            access: config.access,
            worlds: OnceLock::new(),
        };
        if version == 0 {
            world.begin(&world.db(), world.rate_limits)?;
        } else {
            world.go_on()?;
        }
        Ok(world)
    }

    /// Clock and settings as the data says that they begin. `rate_limits` off has precedence over what it says.
    fn begin(&self, db: &Connection, rate_limits: bool) -> rusqlite::Result<()> {
        match snapshots::start(db)? {
            Some(start) => self.clock.start_at(start.ms, start.frozen),
            None => self.clock.reset(),
        }
        write_meta(db, "clock", &self.clock_text())?;
        let stored = stored_settings(db)?;
        let mut settings = stored.unwrap_or_else(|| Settings::new(rate_limits));
        settings.rate_limits.enabled &= rate_limits;
        *self.settings.write().unwrap_or_else(PoisonError::into_inner) = settings;
        Ok(())
    }

    /// Clock and settings as the last run left them.
    fn go_on(&self) -> rusqlite::Result<()> {
        let db = self.db();
        let kept = read_meta(&db, "clock")?.and_then(|text| serde_json::from_str(&text).ok());
        let Some((offset, frozen_at)) = kept else {
            // The last run ended between taking a state up and setting its clock.
            return self.begin(&db, self.rate_limits);
        };
        self.clock.go_on(offset, frozen_at);
        let mut settings = stored_settings(&db)?.unwrap_or_else(|| Settings::new(self.rate_limits));
        // Whether limits are on is the caller's choice of today, not that of the last run.
        settings.rate_limits.enabled = self.rate_limits;
        *self.settings.write().unwrap_or_else(PoisonError::into_inner) = settings;
        Ok(())
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

    /// The extension that every authorization is granted as, if no pages are wanted.
    pub(crate) fn approves_as(&self) -> Option<i64> {
        let user = self.auto_approve.read().unwrap_or_else(PoisonError::into_inner);
        user.as_ref().map(|(_, id)| *id)
    }

    /// Grants every authorization as this user from now on.
    pub(crate) fn approve_as(&self, name: &str, id: i64) {
        *self.auto_approve.write().unwrap_or_else(PoisonError::into_inner) = Some((name.to_owned(), id));
    }

    /// The user as whom everything is approved, in the data of another seed; without such a user it is no seed for this
    /// world.
    fn approving_in(&self, origin: &Origin) -> Result<Option<(String, i64)>, SeedError> {
        let user = self.auto_approve.read().unwrap_or_else(PoisonError::into_inner);
        let Some((name, _)) = user.clone() else {
            return Ok(None);
        };
        let mut image = db::open(None)?;
        origin.copy_into(&mut image)?;
        match users::approving(&Transaction::begin(&image)?, &name)? {
            Ok(id) => Ok(Some((name, id))),
            Err(choices) => Err(SeedError::new(
                "",
                format!(
                    "has no user {name} who may log in, and every authorization is granted as that one without a page; it \
                     has {}",
                    choices.join(", ")
                ),
            )),
        }
    }

    /// Replaces the settings.
    pub(crate) fn change_settings(&self, settings: Settings) -> rusqlite::Result<()> {
        *self.settings.write().unwrap_or_else(PoisonError::into_inner) = settings;
        let text = serde_json::to_string(&settings).expect("settings are plain data");
        write_meta(&self.db(), "settings", &text)
    }

    /// Keeps the clock's state over a restart; to be called after every change of it.
    pub(crate) fn keep_clock(&self) -> rusqlite::Result<()> {
        write_meta(&self.db(), "clock", &self.clock_text())
    }

    /// To be called after the clock was moved: keeps its state and lets happen what is due. Answers what happened, in
    /// order.
    pub(crate) fn arrive_at_present(&self) -> rusqlite::Result<Vec<Fired>> {
        let connection = self.db();
        let tx = Transaction::begin(&connection)?;
        write_meta(&tx, "clock", &self.clock_text())?;
        let fired = due::settle(&tx, self.now())?;
        tx.commit()?;
        Ok(fired)
    }

    fn clock_text(&self) -> String {
        serde_json::to_string(&self.clock.state()).expect("two numbers")
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

    /// Keys that the last run of the process made, and this one has not needed yet: they outlive the state, too.
    fn hold_keys(&self, db: &Connection) -> rusqlite::Result<()> {
        if read_meta(db, "signing_key")?.is_some() {
            self.signing_key(db)?;
        }
        if read_meta(db, "id_token_key")?.is_some() {
            self.id_token_key(db)?;
        }
        Ok(())
    }

    /// Back to the seed: data, sessions, clock and settings. Signed JWTs stay good, snapshots are kept.
    pub(crate) fn reset(&self) -> Result<(), SeedError> {
        let origin = self.origin();
        let mut db = self.db();
        self.hold_keys(&db)?;
        origin.copy_into(&mut db)?;
        self.begin(&db, self.rate_limits)?;
        self.forget(&db)?;
        Ok(())
    }

    /// Takes another seed, and goes back to it now and at every reset.
    pub(crate) fn replant(&self, seed: Seed) -> Result<(), SeedError> {
        let origin = Arc::new(self.origin().with_seed(seed));
        let approving = self.approving_in(&origin)?;
        let mut db = self.db();
        self.hold_keys(&db)?;
        origin.copy_into(&mut db)?;
        *self.origin.write().unwrap_or_else(PoisonError::into_inner) = origin;
        *self.auto_approve.write().unwrap_or_else(PoisonError::into_inner) = approving;
        self.begin(&db, self.rate_limits)?;
        self.forget(&db)?;
        Ok(())
    }

    /// Keeps data, sessions, clock and settings of this moment under a name.
    pub(crate) fn snapshot(&self, name: &str) -> Result<snapshots::View, SnapshotError> {
        let settings = serde_json::to_string(&self.settings()).expect("settings are plain data");
        let db = self.db();
        let start = Start {
            ms: self.now().as_millisecond(),
            frozen: self.clock.is_frozen(),
        };
        self.snapshots.take(name, &db, start, &settings)
    }

    /// Back to a snapshot.
    pub(crate) fn restore(&self, name: &str) -> Result<(), SnapshotError> {
        let mut db = self.db();
        self.hold_keys(&db)?;
        self.snapshots.copy_into(name, &mut db)?;
        self.begin(&db, true)?;
        self.forget(&db)?;
        Ok(())
    }

    /// What belongs to the state that was left: faults, rate windows, journal. The keys stay.
    fn forget(&self, db: &Connection) -> rusqlite::Result<()> {
        if let Some(key) = self.signing_key.get() {
            write_meta(db, "signing_key", key.text())?;
        }
        if let Some(key) = self.id_token_key.get() {
            write_meta(db, "id_token_key", key.text())?;
        }
        self.faults.clear();
        self.limits.clear();
        self.journal.clear();
        Ok(())
    }

    fn origin(&self) -> Arc<Origin> {
        self.origin.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn stored_settings(db: &Connection) -> rusqlite::Result<Option<Settings>> {
    Ok(read_meta(db, "settings")?.and_then(|text| serde_json::from_str(&text).ok()))
}
