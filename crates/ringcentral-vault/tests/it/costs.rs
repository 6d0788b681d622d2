//! What the vault costs does not grow with what it stores.

use std::time::Duration;

use ringcentral::TokenStore;
use ringcentral_vault::{PendingLogin, SessionUser, SessionsOf, VaultOptions};
use sqlx::{Connection, PgConnection, Row};
use zeroize::Zeroizing;

use crate::support::{Database, Setting, held, key, keys, outcome, run, tokens, two_keys};

mod on_postgres {
    use super::*;

    /// A server that is told to read whole tables only where it knows no other way, and counts how often it does.
    #[test]
    fn no_statement_reads_a_whole_table() {
        run(Database::postgres(), async |setting: Setting| {
            let no_other_way = "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET enable_seqscan = off', current_database()); END $$";
            setting.database.execute(no_other_way).await;
            // Making the indexes read the tables, which were empty then.
            setting
                .open(keys(), VaultOptions::default())
                .await
                .unwrap()
                .close()
                .await;
            let mut connection = PgConnection::connect(&setting.database.url()).await.unwrap();
            until_alone(&mut connection).await;
            setting.database.execute("SELECT pg_stat_reset()").await;

            live(&setting).await;
            until_alone(&mut connection).await;
            // `vault_keys` has a row for each key, however many logins there are.
            let scans = "SELECT relname, seq_scan, idx_scan FROM pg_stat_user_tables \
                 WHERE relname IN ('vault_logins', 'vault_sessions', 'vault_pending_logins', 'vault_rate_windows')";
            let tables = sqlx::query(scans).fetch_all(&mut connection).await.unwrap();
            assert_eq!(tables.len(), 4);
            for table in tables {
                let (name, whole, indexed): (String, i64, i64) = (table.get(0), table.get(1), table.get(2));
                assert_eq!(whole, 0, "{name}");
                assert!(indexed > 0, "{name}");
            }
        });
    }
}

/// A connection reports what it did when it ends.
async fn until_alone(connection: &mut PgConnection) {
    let others = "SELECT COUNT(*) FROM pg_stat_activity \
         WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'";
    while sqlx::query(others)
        .fetch_one(&mut *connection)
        .await
        .unwrap()
        .get::<i64, _>(0)
        > 0
    {
        tokio::task::yield_now().await;
    }
}

async fn live(setting: &Setting) {
    let (login, store, version) = setting.login("one").await;
    let vault = setting.vault().await;
    let lease = held(
        store
            .claim(version, "a", setting.now(), setting.in_millis(1))
            .await
            .unwrap(),
    );
    store
        .claim(version, "b", setting.now(), setting.in_millis(1))
        .await
        .unwrap();
    store.renew(&lease, setting.in_millis(2)).await.unwrap();
    store.changed(version).await;
    store.release(&lease, &outcome("HTTP 503")).await.unwrap();
    let lease = held(
        store
            .claim(version, "a", setting.now(), setting.in_millis(1))
            .await
            .unwrap(),
    );
    store
        .commit(&lease, &tokens("two"), &outcome("refreshed"))
        .await
        .unwrap();
    store.load().await.unwrap();
    for seen in [0, 1] {
        assert!(store.swap_rate_window("light", seen, b"{}").await.unwrap());
        store.load_rate_window("light").await.unwrap();
    }

    let pending = PendingLogin {
        environment: "production".to_owned(),
        return_to: "/".to_owned(),
        popup: false,
        secret: Zeroizing::new(Vec::new()),
    };
    vault
        .pending_logins()
        .put("state", "browser", &pending)
        .await
        .unwrap();
    vault
        .pending_logins()
        .take("state", "browser")
        .await
        .unwrap()
        .unwrap();

    let user = SessionUser {
        extension_id: "101".to_owned(),
        account_id: "400".to_owned(),
        name: "Ext. 101".to_owned(),
    };
    let (id, _) = vault
        .sessions()
        .create(&login, "production", &user)
        .await
        .unwrap();
    setting.clock.advance(Duration::from_secs(60));
    vault.sessions().get(&id).await.unwrap().unwrap();
    let user = SessionsOf::User {
        environment: "production",
        account_id: "400",
        extension_id: "101",
    };
    for of in [SessionsOf::Everyone, SessionsOf::Login(&login), user] {
        assert_eq!(vault.sessions().list(of, 10).await.unwrap().len(), 1);
    }
    vault.sessions().end_all(user).await.unwrap();
    vault.sessions().end_all(SessionsOf::Login(&login)).await.unwrap();
    vault.sessions().end(&id).await.unwrap();

    vault.login(&login).await.unwrap();
    vault.logins_of("production", "101").await.unwrap();
    vault.logins_due(setting.now(), 10).await.unwrap();
    vault.prune().await.unwrap();
    let both = setting
        .open(two_keys(&key(2, 2), &keys()), VaultOptions::default())
        .await
        .unwrap();
    both.rotate_keys().await.unwrap();
    both.rows_by_key().await.unwrap();
    store.remove().await.unwrap();
    vault.remove_login(&login).await.unwrap();
    both.close().await;
    vault.close().await;
}
