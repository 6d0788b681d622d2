//! A database that an earlier version of the vault made is opened and brought up to date, logins and all.

use ringcentral::{Commit, TokenStore, Version};
use ringcentral_vault::{LoginId, VaultOptions};
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{Connection, PgConnection, SqlSafeStr, SqliteConnection};

use crate::support::{Database, Setting, held, keys, on_shared_databases, outcome, stored_name, tokens};

on_shared_databases! {
    a_login_of_the_first_version_goes_on,
    a_mark_of_the_end_does_not_outlive_its_version,
}

const SQLITE: &str = include_str!("../../migrations/sqlite/0001_vault.sql");
const POSTGRES: &str = include_str!("../../migrations/postgres/0001_vault.sql");

/// Rows as the first version wrote them, with the key ring of these tests. Never made anew: that they open is the test.
const ROWS: &str = include_str!("first_version.sql");

/// A database as the first version left it.
async fn first_version(database: &Database) {
    let migrator = |sql: &'static str| {
        let first = Migration::new(
            1,
            "vault".into(),
            MigrationType::Simple,
            sql.into_sql_str(),
            false,
        );
        let mut migrator = Migrator::with_migrations(vec![first]);
        migrator.dangerous_set_table_name("vault_migrations");
        migrator
    };
    // The two databases write bytes differently.
    let rows = if let Database::Postgres(server) = database {
        let mut connection = PgConnection::connect(server.url()).await.unwrap();
        migrator(POSTGRES).run(&mut connection).await.unwrap();
        ROWS.replace("x'", "'\\x")
    } else {
        let url = format!("{}?mode=rwc", database.url());
        let mut connection = SqliteConnection::connect(&url).await.unwrap();
        migrator(SQLITE).run(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        ROWS.to_owned()
    };
    database.execute(rows).await;
}

async fn a_login_of_the_first_version_goes_on(setting: Setting) {
    first_version(&setting.database).await;
    let vault = setting.vault().await;
    let login: LoginId = "0123456789abcdef0123456789abcdef".parse().unwrap();
    let record = vault.login(&login).await.unwrap().unwrap();
    assert_eq!((record.logged_in, record.version), (true, Version(7)));

    let store = vault.token_store(&login);
    let stored = store.load().await.unwrap().unwrap();
    assert_eq!(
        stored.last_refresh,
        Some(outcome("invalid_grant OAU-213")),
        "and not final"
    );
    assert_eq!(stored_name(&store).await.as_deref(), Some("first-version"));
    let lease = held(
        store
            .claim(Version(7), "a", setting.now(), setting.in_millis(1))
            .await
            .unwrap(),
    );
    let commit = store
        .commit(&lease, &tokens("two"), &outcome("refreshed"))
        .await
        .unwrap();
    assert_eq!(commit, Commit::Done(Version(8)));

    // Another process, which finds it brought up to date.
    let again = setting.open(keys(), VaultOptions::default()).await.unwrap();
    assert_eq!(
        stored_name(&again.token_store(&login)).await.as_deref(),
        Some("two")
    );
}

/// While a cluster is brought up to date, programs of the earlier version still write, and know of no mark.
async fn a_mark_of_the_end_does_not_outlive_its_version(setting: Setting) {
    let (_, store, version) = setting.login("one").await;
    let lease = held(
        store
            .claim(version, "a", setting.now(), setting.in_millis(1))
            .await
            .unwrap(),
    );
    let end = ringcentral::RefreshOutcome {
        is_final: true,
        ..outcome("invalid_grant OAU-213")
    };
    store.release(&lease, &end).await.unwrap();
    assert_eq!(store.load().await.unwrap().unwrap().last_refresh, Some(end));

    let first_version_s_put =
        "UPDATE vault_logins SET version = version + 1, last_refresh_result = 'refreshed'";
    assert_eq!(setting.database.execute(first_version_s_put).await, 1);
    let last_refresh = store.load().await.unwrap().unwrap().last_refresh;
    assert_eq!(last_refresh, Some(outcome("refreshed")));
}
