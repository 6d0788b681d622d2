//! Where the workers of a test keep their logins: files, a vault on SQLite, a vault on PostgreSQL.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use anyhow::{Context, bail};
use ringcentral::{FileTokenStore, OsEntropy, SystemClock, TokenStore, Version};
use ringcentral_test_postgres::Database;
use ringcentral_vault::{Keyring, LoginId, Vault};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tempfile::TempDir;

/// The stores in which a login must survive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreKind {
    /// A file for each login.
    File,
    /// One vault on SQLite for all logins.
    Sqlite,
    /// One vault on PostgreSQL for all logins.
    Postgres,
}

impl StoreKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::File, Self::Sqlite, Self::Postgres];

    /// Its name on the command line and in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }
}

impl fmt::Display for StoreKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for StoreKind {
    type Err = anyhow::Error;

    fn from_str(name: &str) -> anyhow::Result<Self> {
        let known = Self::ALL.into_iter().find(|kind| kind.name() == name);
        known.with_context(|| format!("there is no store {name:?}; there are file, sqlite and postgres"))
    }
}

/// A store of one test, gone with it.
pub struct Store {
    kind: StoreKind,
    url: String,
    keys: String,
    directory: TempDir,
    database: Option<Database>,
}

/// What a server of PostgreSQL allows that is to serve many workers.
const CONNECTIONS: usize = 500;

/// One login in a store: what a worker has to be told to find it.
#[derive(Clone)]
pub struct Login {
    pub(crate) store: String,
    pub(crate) keys: String,
    pub(crate) id: Option<String>,
}

impl Store {
    /// An empty store. PostgreSQL ends with the thread that calls this.
    ///
    /// # Errors
    ///
    /// When there is no room for it.
    pub fn new(kind: StoreKind) -> anyhow::Result<Self> {
        let directory = TempDir::new().context("cannot make a directory for a store")?;
        let database = (kind == StoreKind::Postgres).then(Database::start);
        let url = match &database {
            Some(database) => database.url().to_owned(),
            None => format!("sqlite://{}", directory.path().join("vault.db").display()),
        };
        Ok(Self {
            kind,
            url,
            keys: Keyring::generate(&OsEntropy).to_secret_text().to_string(),
            directory,
            database,
        })
    }

    /// An empty store for many workers at once: a server of our own is told to take their connections.
    ///
    /// # Errors
    ///
    /// When there is no room for it.
    pub async fn for_many_workers(kind: StoreKind) -> anyhow::Result<Self> {
        let store = Self::new(kind)?;
        if let Some(Database::Own(cluster)) = &store.database {
            let mut connection = PgConnection::connect(cluster.url()).await?;
            let set = format!("ALTER SYSTEM SET max_connections = {CONNECTIONS}");
            sqlx::raw_sql(AssertSqlSafe(set)).execute(&mut connection).await?;
            connection.close().await?;
            cluster.stop();
            cluster.start_again();
        }
        Ok(store)
    }

    /// How many connections the database server takes, where there is a server.
    ///
    /// # Errors
    ///
    /// When it does not answer.
    pub async fn connections(&self) -> anyhow::Result<Option<usize>> {
        if self.database.is_none() {
            return Ok(None);
        }
        let mut connection = PgConnection::connect(&self.url).await?;
        let number: String = sqlx::query_scalar("SHOW max_connections")
            .fetch_one(&mut connection)
            .await?;
        connection.close().await?;
        Ok(Some(number.parse()?))
    }

    /// Which of the stores it is.
    pub fn kind(&self) -> StoreKind {
        self.kind
    }

    /// The URL of the database.
    ///
    /// # Errors
    ///
    /// When it is none.
    pub fn database(&self) -> anyhow::Result<&str> {
        if self.kind == StoreKind::File {
            bail!("a file is no database");
        }
        Ok(&self.url)
    }

    /// The place where the worker makes this test's login `number`.
    pub(crate) fn place(&self, number: usize) -> Login {
        let store = match self.kind {
            StoreKind::File => format!(
                "file:{}",
                self.directory
                    .path()
                    .join(format!("login-{number}.json"))
                    .display()
            ),
            StoreKind::Sqlite | StoreKind::Postgres => self.url.clone(),
        };
        Login {
            store,
            keys: self.keys.clone(),
            id: None,
        }
    }
}

impl Login {
    /// Which change of the login's tokens is stored now.
    ///
    /// # Errors
    ///
    /// When the store cannot be read or has no such login.
    pub async fn version(&self) -> anyhow::Result<Version> {
        if let Some(path) = self.store.strip_prefix("file:") {
            let stored = FileTokenStore::at(path).load().await?;
            return Ok(stored.context("nobody is logged in")?.version);
        }
        let (clock, entropy) = (Arc::new(SystemClock), Arc::new(OsEntropy));
        let vault = Vault::open(&self.store, Keyring::parse(&self.keys)?, clock, entropy).await?;
        let id: LoginId = self.id()?.parse()?;
        let stored = vault.token_store(&id).load().await?;
        vault.close().await;
        Ok(stored.context("nobody is logged in")?.version)
    }

    /// Its id in the vault.
    ///
    /// # Errors
    ///
    /// When it is in a file.
    pub fn id(&self) -> anyhow::Result<&str> {
        self.id.as_deref().context("a login in a file has no id")
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
