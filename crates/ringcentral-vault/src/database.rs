//! One database with two faces: everything above this file writes each statement once, for SQLite and PostgreSQL.
//!
//! Both take `$1` placeholders, `RETURNING` and `ON CONFLICT`, so a [`Statement`] is a text and its values, and a
//! [`Row`] is read by column name. What differs lives below: how each is opened (`sqlite.rs`, `postgres.rs`) and its
//! migrations. No statement spans a transaction: each rule of the vault is one conditional statement.

use sqlx::postgres::{PgPool, PgRow};
use sqlx::sqlite::{SqlitePool, SqliteRow};
use sqlx::{Decode, Encode, Postgres, Row as _, Sqlite, Type};

use crate::error::{Result, VaultError, VaultErrorKind};
use crate::vault::VaultOptions;

mod migrations;
mod postgres;
mod sqlite;

pub(crate) use postgres::{CHANGED_CHANNEL, tls_problem};
use sqlite::OpenedFile;

/// The open database.
pub(crate) enum Database {
    /// SQLite has one writer at a time, so writes queue here rather than in its busy handler.
    Sqlite {
        readers: SqlitePool,
        writer: SqlitePool,
        /// `None` in memory.
        file: Option<OpenedFile>,
    },
    /// PostgreSQL.
    Postgres(PgPool),
}

impl Database {
    /// Connects to what the URL names, creates a SQLite file that is not there yet, and brings the schema up to date.
    pub(crate) async fn open(url: &str, options: &VaultOptions) -> Result<Self> {
        match url.split_once(':').map(|(scheme, _)| scheme) {
            Some("sqlite") => sqlite::open(url, options).await,
            Some("postgres" | "postgresql") => postgres::open(url, options).await,
            _ => Err(VaultError::new(
                VaultErrorKind::Config,
                "the database URL must begin with sqlite: or postgres:, as in sqlite:///var/lib/app/vault.db",
            )),
        }
    }

    /// What kind of database this is, for messages.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Sqlite { .. } => "SQLite",
            Self::Postgres(_) => "PostgreSQL",
        }
    }

    /// Runs a statement that reads.
    pub(crate) async fn read(&self, statement: Statement) -> Result<Vec<Row>> {
        match self {
            Self::Sqlite { readers, file, .. } => sqlite_rows(readers.clone(), file.clone(), statement).await,
            Self::Postgres(pool) => postgres_rows(pool.clone(), statement).await,
        }
    }

    /// Runs a statement that reads at most one row.
    pub(crate) async fn read_one(&self, statement: Statement) -> Result<Option<Row>> {
        Ok(self.read(statement).await?.pop())
    }

    /// Runs a statement that writes and returns what it wrote (`RETURNING`). Durable once this returns.
    pub(crate) async fn write(&self, statement: Statement) -> Result<Vec<Row>> {
        match self {
            Self::Sqlite { writer, file, .. } => sqlite_rows(writer.clone(), file.clone(), statement).await,
            Self::Postgres(pool) => postgres_rows(pool.clone(), statement).await,
        }
    }

    /// Runs a statement that writes; how many rows it wrote. Durable once this returns.
    pub(crate) async fn execute(&self, statement: Statement) -> Result<u64> {
        match self {
            Self::Sqlite { writer, file, .. } => {
                let (pool, file) = (writer.clone(), file.clone());
                to_its_end(async move {
                    is_still_there(file.as_ref()).await?;
                    Ok(query::<Sqlite>(statement).execute(&pool).await?.rows_affected())
                })
                .await
            }
            Self::Postgres(pool) => {
                let pool = pool.clone();
                to_its_end(
                    async move { Ok(query::<Postgres>(statement).execute(&pool).await?.rows_affected()) },
                )
                .await
            }
        }
    }

    /// Hands the connections back; later calls fail.
    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite { readers, writer, .. } => {
                readers.close().await;
                writer.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

// Rows are always fetched to the end: SQLite ends the transaction of a `RETURNING` statement with its last row.
async fn sqlite_rows(pool: SqlitePool, file: Option<OpenedFile>, statement: Statement) -> Result<Vec<Row>> {
    to_its_end(async move {
        is_still_there(file.as_ref()).await?;
        let rows = query::<Sqlite>(statement).fetch_all(&pool).await?;
        Ok(rows.into_iter().map(Row::Sqlite).collect())
    })
    .await
}

async fn postgres_rows(pool: PgPool, statement: Statement) -> Result<Vec<Row>> {
    to_its_end(async move {
        let rows = query::<Postgres>(statement).fetch_all(&pool).await?;
        Ok(rows.into_iter().map(Row::Postgres).collect())
    })
    .await
}

/// Runs a statement in a task of its own: a caller that goes away in the middle of one would take the connection with
/// it, and with its only connection a database in memory is gone.
async fn to_its_end<T: Send + 'static>(work: impl Future<Output = Result<T>> + Send + 'static) -> Result<T> {
    match tokio::spawn(work).await {
        Ok(result) => result,
        Err(error) => Err(stopped(error)),
    }
}

fn stopped(error: tokio::task::JoinError) -> VaultError {
    VaultError::new(
        VaultErrorKind::Unavailable,
        "the statement was stopped with the program",
    )
    .with_source(error)
}

/// Asked before each statement: what is written to a file that nobody finds is lost, and a connection that is opened now
/// may read another file.
async fn is_still_there(file: Option<&OpenedFile>) -> Result<()> {
    match file {
        Some(file) => file.is_still_there().await,
        None => Ok(()),
    }
}

/// A statement and its values, in the order of `$1`, `$2` and so on.
pub(crate) struct Statement {
    sql: &'static str,
    values: Vec<Value>,
}

/// Starts a statement; the text must mean the same to both databases.
pub(crate) fn sql(text: &'static str) -> Statement {
    Statement {
        sql: text,
        values: Vec::new(),
    }
}

impl Statement {
    pub(crate) fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }
}

/// The three types that the schema uses. No plaintext secret ever becomes one.
pub(crate) enum Value {
    Integer(Option<i64>),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Integer(Some(value))
    }
}

impl From<Option<i64>> for Value {
    fn from(value: Option<i64>) -> Self {
        Self::Integer(value)
    }
}

/// As 1 or 0: not every database has a type of its own for it.
impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Integer(Some(value.into()))
    }
}

impl From<u32> for Value {
    fn from(value: u32) -> Self {
        Self::Integer(Some(value.into()))
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(Some(value.to_owned()))
    }
}

impl From<Option<String>> for Value {
    fn from(value: Option<String>) -> Self {
        Self::Text(value)
    }
}

impl From<Vec<u8>> for Value {
    fn from(value: Vec<u8>) -> Self {
        Self::Bytes(Some(value))
    }
}

fn query<DB>(statement: Statement) -> sqlx::query::Query<'static, DB, DB::Arguments>
where
    DB: sqlx::Database,
    Option<i64>: for<'q> Encode<'q, DB> + Type<DB>,
    Option<String>: for<'q> Encode<'q, DB> + Type<DB>,
    Option<Vec<u8>>: for<'q> Encode<'q, DB> + Type<DB>,
{
    let query = sqlx::query(statement.sql);
    statement
        .values
        .into_iter()
        .fold(query, |query, value| match value {
            Value::Integer(value) => query.bind(value),
            Value::Text(value) => query.bind(value),
            Value::Bytes(value) => query.bind(value),
        })
}

/// One row of either database.
pub(crate) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

impl Row {
    /// The value of a column; a value of another type is a damaged database.
    pub(crate) fn get<T>(&self, column: &'static str) -> Result<T>
    where
        T: for<'r> Decode<'r, Sqlite> + Type<Sqlite> + for<'r> Decode<'r, Postgres> + Type<Postgres>,
    {
        Ok(match self {
            Self::Sqlite(row) => row.try_get(column)?,
            Self::Postgres(row) => row.try_get(column)?,
        })
    }

    /// A number that is never negative.
    pub(crate) fn number(&self, column: &'static str) -> Result<u64> {
        u64::try_from(self.get::<i64>(column)?).map_err(|_| out_of_range(column))
    }

    /// A time.
    pub(crate) fn time(&self, column: &'static str) -> Result<jiff::Timestamp> {
        jiff::Timestamp::from_millisecond(self.get(column)?).map_err(|_| out_of_range(column))
    }

    /// A time that may be absent.
    pub(crate) fn time_if_any(&self, column: &'static str) -> Result<Option<jiff::Timestamp>> {
        match self.get::<Option<i64>>(column)? {
            None => Ok(None),
            Some(_) => self.time(column).map(Some),
        }
    }
}

fn out_of_range(column: &'static str) -> VaultError {
    VaultError::new(
        VaultErrorKind::Corrupt,
        format!("the column {column} of the vault holds a value out of its range"),
    )
}

/// A number of ours as the databases keep it. Versions and fences count up from zero and stay far below the limit.
pub(crate) fn integer(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
