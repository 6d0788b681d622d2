//! One suite for both databases: every rule of the vault, on SQLite in memory, SQLite in a file and a real PostgreSQL.

#![expect(clippy::unwrap_used, reason = "a helper that cannot go on fails its test")]

mod support;

mod at_rest;
mod changes;
mod clocks;
mod costs;
mod disks;
mod fencing;
mod keys;
mod logins;
mod opening;
mod outages;
mod pending;
mod rate_windows;
mod sessions;
mod store;
mod tls;
mod upgrades;
