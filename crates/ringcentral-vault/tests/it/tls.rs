//! PostgreSQL over a network: what a connection may look like, tried on real servers.
//!
//! The servers run on this machine, so a name is needed for them that the vault takes for another machine's: 0.0.0.0,
//! by which systems reach themselves, and which is in the server's certificate.

use std::sync::Arc;
use std::time::Duration;

use ringcentral::{OsEntropy, SystemClock};
use ringcentral_test_postgres::Cluster;
use ringcentral_vault::{Vault, VaultError, VaultErrorKind, VaultOptions};
use sqlx::{Connection, PgConnection, Row};

use crate::support::{everything_about, keys};

async fn open(url: &str) -> Result<Vault, VaultError> {
    // Short: a server that refuses is not one that is starting.
    let options = VaultOptions::default().connect_timeout(Duration::from_secs(10));
    Vault::open_with(url, keys(), Arc::new(SystemClock), Arc::new(OsEntropy), options).await
}

/// What comes of opening the vault: how it is connected, or what it says.
async fn outcome(cluster: &Cluster, url: &str) -> String {
    // A password in each, which no error may repeat.
    let url = url.replace("postgres@", "postgres:canary@");
    let vault = match open(&url).await {
        Ok(vault) => vault,
        Err(error) => {
            let text = everything_about(&error);
            assert!(!text.contains("canary"), "{text}");
            assert_eq!(error.kind(), VaultErrorKind::Config, "{url}: {text}");
            return error.to_string();
        }
    };
    let mut observer = PgConnection::connect(cluster.url()).await.unwrap();
    let connections = "SELECT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) \
         WHERE application_name = 'ringcentral-vault'";
    let rows = sqlx::query(connections).fetch_all(&mut observer).await.unwrap();
    assert!(!rows.is_empty());
    let encrypted: Vec<bool> = rows.iter().map(|row| row.get(0)).collect();
    vault.close().await;
    let described = if encrypted.iter().all(|encrypted| *encrypted) {
        "encrypted"
    } else {
        assert!(
            !encrypted.contains(&true),
            "some connections are encrypted and some are not"
        );
        "open"
    };
    // The server ends them in its own time, and the next row must not see these.
    let rest = "SELECT COUNT(*) FROM pg_stat_activity WHERE application_name = 'ringcentral-vault'";
    while sqlx::query(rest)
        .fetch_one(&mut observer)
        .await
        .unwrap()
        .get::<i64, _>(0)
        > 0
    {
        tokio::task::yield_now().await;
    }
    described.to_owned()
}

mod on_postgres {
    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn another_machine_has_to_prove_who_it_is() {
        let cluster = Cluster::start_with_tls(&["DNS:localhost", "IP:0.0.0.0"]);
        let right = format!("sslrootcert={}", cluster.certificates().authority().display());
        let wrong = format!(
            "sslrootcert={}",
            cluster.certificates().another_authority().display()
        );
        let missing = format!(
            "sslrootcert={}",
            cluster.directory().join("missing.pem").display()
        );
        let no_pem = format!("sslrootcert={}", cluster.directory().join("server.ext").display());
        for (host, query, expected) in [
            // The default for another machine: the authority and the name have to be right.
            ("0.0.0.0", right.clone(), "encrypted"),
            ("0.0.0.0", String::new(), "an authority that is not trusted here"),
            ("0.0.0.0", wrong.clone(), "an authority that is not trusted here"),
            // The same when it is asked for.
            ("localhost", format!("sslmode=verify-full&{right}"), "encrypted"),
            (
                "127.0.0.1",
                format!("sslmode=verify-full&{right}"),
                "is for another host name",
            ),
            (
                "127.0.0.1",
                format!("sslmode=verify-full&{wrong}"),
                "an authority that is not trusted here",
            ),
            // Weaker, in writing.
            ("127.0.0.1", format!("sslmode=verify-ca&{right}"), "encrypted"),
            (
                "127.0.0.1",
                format!("sslmode=verify-ca&{wrong}"),
                "an authority that is not trusted here",
            ),
            ("0.0.0.0", "sslmode=require".to_owned(), "encrypted"),
            (
                "0.0.0.0",
                format!("sslmode=require&{wrong}"),
                "an authority that is not trusted here",
            ),
            ("0.0.0.0", "sslmode=prefer".to_owned(), "encrypted"),
            ("0.0.0.0", "sslmode=disable".to_owned(), "open"),
            // This machine.
            ("127.0.0.1", String::new(), "open"),
            ("localhost", wrong, "open"),
            // Settings that cannot be right.
            ("0.0.0.0", missing, "missing.pem, cannot be read"),
            ("0.0.0.0", no_pem, "holds no certificate"),
            ("0.0.0.0", "sslmode=canary".to_owned(), "none of verify-full"),
        ] {
            let found = outcome(&cluster, &cluster.url_by_tcp(host, &query)).await;
            assert!(found.contains(expected), "{host} {query}: {found}");
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_server_without_tls_is_not_used_over_a_network_unless_the_url_allows_it() {
        let cluster = Cluster::start_on_a_port();
        for (host, query, expected) in [
            ("0.0.0.0", "", "?sslmode=disable"),
            ("0.0.0.0", "sslmode=verify-full", "offers no TLS"),
            ("0.0.0.0", "sslmode=verify-ca", "offers no TLS"),
            ("0.0.0.0", "sslmode=require", "offers no TLS"),
            ("127.0.0.1", "sslmode=verify-full", "offers no TLS"),
            ("0.0.0.0", "sslmode=prefer", "open"),
            ("0.0.0.0", "sslmode=disable", "open"),
            ("127.0.0.1", "", "open"),
        ] {
            let found = outcome(&cluster, &cluster.url_by_tcp(host, query)).await;
            assert!(found.contains(expected), "{host} {query}: {found}");
        }
    }

    /// A connection that is made again later is held to the same rule: the server comes back with another certificate.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_server_that_comes_back_as_somebody_else_is_not_spoken_to() {
        let cluster = Cluster::start_with_tls(&["IP:0.0.0.0"]);
        let right = format!("sslrootcert={}", cluster.certificates().authority().display());
        let vault = open(&cluster.url_by_tcp("0.0.0.0", &right)).await.unwrap();
        vault.ping().await.unwrap();

        cluster.stop();
        cluster.certificates().replace(&["IP:127.0.0.1"]);
        cluster.start_again();
        let error = vault.ping().await.unwrap_err();
        assert!(
            error.to_string().contains("another host name"),
            "{}",
            everything_about(&error)
        );

        cluster.stop();
        cluster.certificates().replace(&["IP:0.0.0.0"]);
        cluster.start_again();
        vault.ping().await.unwrap();
    }
}
