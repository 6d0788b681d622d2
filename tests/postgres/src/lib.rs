//! Real PostgreSQL servers for tests: each on a data directory of its own, gone with the test that started it.
//!
//! A test that needs a database and no more takes [`Database::start`]: a server of its own, or a new database on the
//! server that `RINGCENTRAL_TEST_DATABASE_URL` names. A test that stops servers or wants TLS takes a [`Cluster`].
//!
//! Everything here panics when it cannot do its work, and says what is missing: it fails the test that asked for it.

#![expect(clippy::unwrap_used, reason = "a helper that cannot go on fails its test")]

mod cluster;
mod database;
mod programs;
mod tls;

pub use cluster::Cluster;
pub use database::Database;
pub use tls::Certificates;

const VARIABLE: &str = "RINGCENTRAL_TEST_DATABASE_URL";
const MISSING: &str = "this test needs PostgreSQL: install it (Debian: apt-get install postgresql) so that `initdb` and \
     `postgres` are in PATH or /usr/lib/postgresql/*/bin, or set RINGCENTRAL_TEST_DATABASE_URL to a server where \
     databases may be created";
