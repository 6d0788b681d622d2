//! A database of one test: made before it and gone after it.

use std::fs;
use std::path::PathBuf;

use sqlx::{AssertSqlSafe, Column, Connection, Decode, PgConnection, Row, SqliteConnection, Type, ValueRef};
use tempfile::TempDir;

/// Where this test's vault is.
pub(crate) enum Database {
    /// SQLite in memory.
    InMemory,
    /// SQLite in a file in this directory.
    InAFile(TempDir),
    /// PostgreSQL.
    Postgres(ringcentral_test_postgres::Database),
}

impl Database {
    pub(crate) fn in_memory() -> Self {
        Self::InMemory
    }

    pub(crate) fn in_a_file() -> Self {
        Self::InAFile(tempfile::tempdir().unwrap())
    }

    pub(crate) fn postgres() -> Self {
        Self::Postgres(ringcentral_test_postgres::Database::start())
    }

    pub(crate) fn url(&self) -> String {
        match self {
            Self::InMemory => "sqlite::memory:".to_owned(),
            Self::InAFile(_) => format!("sqlite://{}", self.file().display()),
            Self::Postgres(server) => server.url().to_owned(),
        }
    }

    pub(crate) fn file(&self) -> PathBuf {
        match self {
            Self::InAFile(directory) => directory.path().join("vault.db"),
            _ => panic!("this database is not in a file of ours"),
        }
    }

    /// Runs a statement past the vault, as somebody with access to the database could; how many rows it changed.
    pub(crate) async fn execute(&self, sql: impl Into<String>) -> u64 {
        let sql = AssertSqlSafe(sql.into());
        match self {
            Self::InMemory => panic!("nobody else can reach a database in memory"),
            Self::InAFile(_) => {
                let mut connection = SqliteConnection::connect(&format!("{}?mode=rwc", self.url()))
                    .await
                    .unwrap();
                let done = sqlx::raw_sql(sql)
                    .execute(&mut connection)
                    .await
                    .unwrap()
                    .rows_affected();
                connection.close().await.unwrap();
                done
            }
            Self::Postgres(server) => {
                let mut connection = PgConnection::connect(server.url()).await.unwrap();
                let done = sqlx::raw_sql(sql)
                    .execute(&mut connection)
                    .await
                    .unwrap()
                    .rows_affected();
                connection.close().await.unwrap();
                done
            }
        }
    }

    /// Puts the sealed bytes of two rows into each other's place.
    pub(crate) async fn swap(&self, table: &str, column: &str) {
        self.execute(format!(
            "CREATE TEMPORARY TABLE swap AS SELECT id, {column} FROM {table}; \
             UPDATE {table} SET {column} = (SELECT {column} FROM swap WHERE swap.id <> {table}.id); \
             DROP TABLE swap"
        ))
        .await;
    }

    /// Everything that is stored, byte for byte: SQLite's files with the write-ahead log, or every value of every
    /// column of PostgreSQL's tables.
    pub(crate) async fn dump(&self) -> Vec<u8> {
        match self {
            Self::InMemory => panic!("nobody else can reach a database in memory"),
            Self::InAFile(directory) => {
                let files = fs::read_dir(directory.path()).unwrap();
                files
                    .flat_map(|file| fs::read(file.unwrap().path()).unwrap())
                    .collect()
            }
            Self::Postgres(server) => {
                let mut connection = PgConnection::connect(server.url()).await.unwrap();
                let tables = "SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema()";
                let mut dump = Vec::new();
                for table in sqlx::query(tables).fetch_all(&mut connection).await.unwrap() {
                    let select = AssertSqlSafe(format!("SELECT * FROM {}", table.get::<&str, _>(0)));
                    for row in sqlx::raw_sql(select).fetch_all(&mut connection).await.unwrap() {
                        dump.extend(
                            row.columns()
                                .iter()
                                .flat_map(|column| text_or_bytes(&row, column.ordinal())),
                        );
                    }
                }
                dump
            }
        }
    }
}

fn text_or_bytes(row: &sqlx::postgres::PgRow, column: usize) -> Vec<u8> {
    let value = row.try_get_raw(column).unwrap();
    if value.is_null() {
        return Vec::new();
    }
    if <Vec<u8> as Type<sqlx::Postgres>>::compatible(&value.type_info()) {
        return Decode::<sqlx::Postgres>::decode(value).unwrap();
    }
    // Without a prepared statement the server sends text, whatever the type.
    value.as_str().unwrap().as_bytes().to_vec()
}
