//! The servers that tests rely on do what a server in the field would.

#![expect(clippy::unwrap_used, reason = "a helper that cannot go on fails its test")]

mod on_postgres {
    use ringcentral_test_postgres::{Cluster, Database};
    use sqlx::{Connection, PgConnection, Row};

    async fn connect(url: &str) -> PgConnection {
        PgConnection::connect(url).await.unwrap()
    }

    #[tokio::test]
    async fn what_was_committed_is_there_after_a_crash() {
        for cluster in [Cluster::start(), Cluster::start_on_a_port()] {
            let mut before = connect(cluster.url()).await;
            sqlx::raw_sql("CREATE TABLE kept (text TEXT); INSERT INTO kept VALUES ('still here')")
                .execute(&mut before)
                .await
                .unwrap();

            cluster.stop();
            assert!(before.ping().await.is_err(), "the connection is gone");
            assert!(
                PgConnection::connect(cluster.url()).await.is_err(),
                "the server is gone"
            );

            cluster.start_again();
            let mut after = connect(cluster.url()).await;
            let row = sqlx::query("SELECT text FROM kept")
                .fetch_one(&mut after)
                .await
                .unwrap();
            assert_eq!(row.get::<&str, _>(0), "still here");
        }
    }

    #[tokio::test]
    async fn a_server_keeps_its_port() {
        let cluster = Cluster::start_on_a_port();
        let url = cluster.url_by_tcp("127.0.0.1", "");
        connect(&url).await;
        cluster.stop();
        cluster.start_again();
        connect(&url).await;
    }

    #[tokio::test]
    async fn each_test_has_a_database_of_its_own() {
        let (one, two) = (Database::start(), Database::start());
        for database in [&one, &two] {
            let mut connection = connect(database.url()).await;
            sqlx::raw_sql("CREATE TABLE mine (x INTEGER)")
                .execute(&mut connection)
                .await
                .unwrap();
        }
    }
}
