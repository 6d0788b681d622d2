//! The schema, as numbered files. A file that was released is never edited: its checksum is in every database.

use sqlx::SqlSafeStr;
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};

use crate::error::{VaultError, VaultErrorKind};

/// Not the migrator's default name, so that an application with migrations of its own can share the database.
const TABLE: &str = "vault_migrations";

macro_rules! migrations {
    ($database:literal) => {
        migrator(&[
            (
                1,
                "vault",
                include_str!(concat!("../../migrations/", $database, "/0001_vault.sql")),
            ),
            (
                2,
                "leases",
                include_str!(concat!("../../migrations/", $database, "/0002_leases.sql")),
            ),
            (
                3,
                "rate windows",
                include_str!(concat!("../../migrations/", $database, "/0003_rate_windows.sql")),
            ),
            (
                4,
                "penalties",
                include_str!(concat!("../../migrations/", $database, "/0004_penalties.sql")),
            ),
        ])
    };
}

pub(super) fn sqlite() -> Migrator {
    migrations!("sqlite")
}

pub(super) fn postgres() -> Migrator {
    migrations!("postgres")
}

fn migrator(files: &[(i64, &'static str, &'static str)]) -> Migrator {
    let migrations = files
        .iter()
        .map(|&(version, description, sql)| {
            Migration::new(
                version,
                description.into(),
                MigrationType::Simple,
                sql.into_sql_str(),
                false,
            )
        })
        .collect();
    let mut migrator = Migrator::with_migrations(migrations);
    migrator.dangerous_set_table_name(TABLE);
    migrator
}

impl From<MigrateError> for VaultError {
    fn from(error: MigrateError) -> Self {
        match error {
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => error.into(),
            MigrateError::VersionMissing(_) => Self::new(
                VaultErrorKind::Config,
                "the database was set up by a newer version of this program; use that version or a newer one",
            )
            .with_source(error),
            _ => Self::new(
                VaultErrorKind::Config,
                "the schema of the database cannot be brought up to date",
            )
            .with_source(error),
        }
    }
}
