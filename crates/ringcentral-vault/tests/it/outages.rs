//! A PostgreSQL server that goes away and comes back, at every bad moment of a refresh: no login is lost.

use std::error::Error as StdError;
use std::sync::Arc;
use std::time::Duration;

use ringcentral::{
    Client, Error, ErrorKind, OsEntropy, StoreError, StoreErrorKind, SystemClock, TokenStore, Version,
};
use ringcentral_test_postgres::Cluster;
use ringcentral_vault::{LoginId, Vault, VaultOptions};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::support::platform::Platform;
use crate::support::proxy::{Cut, Proxy};
use crate::support::{everything_about, keys, stored_name, tokens};

async fn open(url: &str, options: VaultOptions) -> Vault {
    let options = options.connect_timeout(Duration::from_secs(10));
    let opened = Vault::open_with(url, keys(), Arc::new(SystemClock), Arc::new(OsEntropy), options);
    opened.await.unwrap()
}

/// A login whose access token has expired, in a vault that a server keeps.
async fn expired_login(url: &str) -> (Vault, LoginId) {
    let vault = open(url, VaultOptions::default()).await;
    let login = vault.new_login("production").await.unwrap();
    vault
        .token_store(&login)
        .put(&Platform::first_tokens())
        .await
        .unwrap();
    (vault, login)
}

async fn call(client: &Client) -> Result<(), Error> {
    client.get("/restapi/v1.0/account/~").send().await.map(drop)
}

/// The caller is told that the store could not be reached, and that the login is as it was.
fn says_that_nothing_is_lost(error: &Error, kind: StoreErrorKind) {
    let text = everything_about(error);
    assert_eq!(error.kind(), ErrorKind::Store, "{text}");
    assert!(text.contains("what it holds is intact, so"), "{text}");
    assert!(!text.contains("token-"), "{text}");
    let mut cause: &(dyn StdError + 'static) = error;
    while !cause.is::<StoreError>() {
        cause = cause
            .source()
            .unwrap_or_else(|| panic!("no error of the store in {text}"));
    }
    assert_eq!(cause.downcast_ref::<StoreError>().unwrap().kind(), kind, "{text}");
}

/// Half a minute passes: a lease whose holder could not give it back runs out.
async fn leases_run_out(url: &str) {
    let mut connection = PgConnection::connect(url).await.unwrap();
    let sooner = AssertSqlSafe("UPDATE vault_logins SET lease_until = lease_until - 31000");
    sqlx::raw_sql(sooner).execute(&mut connection).await.unwrap();
}

/// One refresh happened, with the one refresh token there was, and its tokens are stored.
async fn refreshed_once(platform: &Platform, vault: &Vault, login: &LoginId) {
    let asked = platform.asked();
    assert!(!asked.is_empty());
    assert!(
        asked.iter().all(|token| token == "refresh-of-token-1"),
        "{asked:?}"
    );
    let store = vault.token_store(login);
    assert_eq!(stored_name(&store).await.as_deref(), Some("token-2"));
    assert_eq!(store.load().await.unwrap().unwrap().version, Version(2));
}

mod on_postgres {
    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_server_that_is_away_before_the_refresh_begins_delays_it() {
        let cluster = Cluster::start();
        let (vault, login) = expired_login(cluster.url()).await;
        let platform = Platform::new();
        let client = platform.client(vault.token_store(&login));

        cluster.stop();
        says_that_nothing_is_lost(&call(&client).await.unwrap_err(), StoreErrorKind::Unavailable);
        assert!(platform.asked().is_empty(), "no refresh without a lease");
        cluster.start_again();
        call(&client).await.unwrap();
        refreshed_once(&platform, &vault, &login).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_server_that_crashes_while_the_platform_answers_loses_nothing() {
        let cluster = Cluster::start();
        let (vault, login) = expired_login(cluster.url()).await;
        let platform = Platform::new();
        let client = platform.client(vault.token_store(&login));

        crash_during_a_refresh(&cluster, &platform, &client).await;
        cluster.start_again();
        leases_run_out(cluster.url()).await;
        call(&client).await.unwrap();
        refreshed_once(&platform, &vault, &login).await;
    }

    /// The same, and it is another process that goes on; the first one then finds what that has stored.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn another_process_goes_on_where_a_crash_of_the_server_stopped_the_first() {
        let cluster = Cluster::start();
        let (vault, login) = expired_login(cluster.url()).await;
        let platform = Platform::new();
        let first = platform.client(vault.token_store(&login));

        crash_during_a_refresh(&cluster, &platform, &first).await;
        cluster.start_again();
        leases_run_out(cluster.url()).await;
        let elsewhere = open(cluster.url(), VaultOptions::default()).await;
        let second = platform.client(elsewhere.token_store(&login));
        call(&second).await.unwrap();
        refreshed_once(&platform, &elsewhere, &login).await;
        call(&first).await.unwrap();
        refreshed_once(&platform, &vault, &login).await;
    }

    async fn crash_during_a_refresh(cluster: &Cluster, platform: &Platform, client: &Client) {
        platform.hold_answers();
        let calling = tokio::spawn({
            let client = client.clone();
            async move { call(&client).await }
        });
        platform.is_asked(1).await;
        cluster.stop();
        platform.answer();
        let error = calling.await.unwrap().unwrap_err();
        says_that_nothing_is_lost(&error, StoreErrorKind::Unavailable);
    }

    /// Whether a commit whose answer was lost has happened, nobody can know; both are taken as they are.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_commit_without_an_answer_may_have_happened_or_not() {
        for cut in [Cut::Request, Cut::Answer] {
            let cluster = Cluster::start_on_a_port();
            let proxy = Proxy::before(cluster.port()).await;
            let (vault, login) = expired_login(&proxy.url()).await;
            let platform = Platform::new();
            let client = platform.client(vault.token_store(&login));

            proxy.plan(cut);
            says_that_nothing_is_lost(&call(&client).await.unwrap_err(), StoreErrorKind::Unavailable);
            assert!(proxy.has_cut(), "{cut:?}");
            let stored = stored_name(&vault.token_store(&login)).await;
            let expected = if cut == Cut::Answer { "token-2" } else { "token-1" };
            assert_eq!(stored.as_deref(), Some(expected), "{cut:?}");

            leases_run_out(cluster.url()).await;
            call(&client).await.unwrap();
            refreshed_once(&platform, &vault, &login).await;
            if cut == Cut::Answer {
                assert_eq!(platform.asked().len(), 1, "what was stored is adopted");
            }
        }
    }

    /// Waiters look for themselves while nobody tells them, and are told again when the server is back.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn news_of_changes_come_back_with_the_server() {
        let cluster = Cluster::start();
        let (acting, login) = expired_login(cluster.url()).await;
        let store = acting.token_store(&login);
        let by_looking = open(cluster.url(), VaultOptions::default())
            .await
            .token_store(&login);
        let never = VaultOptions::default().look_again(Duration::from_hours(24));
        let by_news = open(cluster.url(), never).await.token_store(&login);

        let mut version = Version(1);
        let waiting = tokio::spawn({
            let by_looking = by_looking.clone();
            async move {
                while !by_looking
                    .load()
                    .await
                    .is_ok_and(|stored| stored.unwrap().version > version)
                {
                    by_looking.changed(version).await;
                }
            }
        });
        cluster.stop();
        cluster.start_again();
        version = store.put(&tokens("two")).await.unwrap();
        waiting.await.unwrap();

        // The listening connection is made again within a second or so; from then on a change is heard of.
        loop {
            let mut wait = by_news.changed(version);
            let early = tokio::time::timeout(Duration::from_millis(100), &mut wait).await;
            assert!(early.is_err(), "woken before anything happened");
            version = store.put(&tokens("three")).await.unwrap();
            if tokio::time::timeout(Duration::from_millis(500), wait)
                .await
                .is_ok()
            {
                return;
            }
        }
    }
}
