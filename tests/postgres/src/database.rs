//! A database of one test.

use std::hash::{BuildHasher, RandomState};
use std::thread;

use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::{Cluster, VARIABLE};

/// A database of one test, on a server of its own or on one that the environment names.
#[derive(Debug)]
pub enum Database {
    /// On a server that this test started, and that ends with it.
    Own(Cluster),
    /// On the server that `RINGCENTRAL_TEST_DATABASE_URL` names; the database is dropped after the test.
    Given(Given),
}

/// A new database on a server that was there before.
#[derive(Debug)]
pub struct Given {
    server: url::Url,
    url: String,
    name: String,
}

impl Database {
    /// A new, empty database.
    ///
    /// # Panics
    ///
    /// When there is neither a server to use nor the programs to start one; the message names what is missing.
    pub fn start() -> Self {
        let Ok(given) = std::env::var(VARIABLE) else {
            return Self::Own(Cluster::start());
        };
        let server: url::Url = given
            .parse()
            .unwrap_or_else(|_| panic!("{VARIABLE} is not a URL"));
        // Other tests make theirs at the same time, in processes of their own.
        let name = format!("test_{:016x}", RandomState::new().hash_one(std::process::id()));
        let mut url = server.clone();
        url.set_path(&name);
        administrate(&server, format!("CREATE DATABASE {name}"));
        Self::Given(Given {
            server,
            url: url.into(),
            name,
        })
    }

    /// Where it is.
    pub fn url(&self) -> &str {
        match self {
            Self::Own(cluster) => cluster.url(),
            Self::Given(given) => &given.url,
        }
    }
}

impl Drop for Given {
    fn drop(&mut self) {
        administrate(&self.server, format!("DROP DATABASE {} WITH (FORCE)", self.name));
    }
}

/// Runs a statement on a server, and waits for its end.
fn administrate(server: &url::Url, sql: String) {
    let url = server.to_string();
    // A thread of its own: the test's runtime may be winding up around us.
    let work = thread::spawn(|| {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async move {
            let mut connection = PgConnection::connect(&url).await?;
            sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await?;
            connection.close().await
        })
    });
    work.join().unwrap().expect(VARIABLE);
}
