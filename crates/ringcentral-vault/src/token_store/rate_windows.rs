//! The records by which processes share the rate limits of a login: a row for each group, one statement for each swap.
//!
//! On PostgreSQL they count by the database's clock, like leases, because those of the hosts differ.

use jiff::Timestamp;
use ringcentral::RateWindow;

use super::VaultTokenStore;
use crate::database::{integer, sql};
use crate::error::Result;
use crate::lease_clock::lease_now;

impl VaultTokenStore {
    pub(super) async fn load_rate_window_row(&self, group: &str) -> Result<RateWindow> {
        let clock = self.lease_clock(self.vault.inner.clock.now());
        // A row in any case, because the time is in it.
        let select = sql(concat!(
            "SELECT ",
            lease_now!("$3"),
            " AS now, known.version AS version, known.state AS state FROM (SELECT 1 AS one) AS always \
             LEFT JOIN vault_rate_windows AS known ON known.login_id = $1 AND known.rate_group = $2"
        ))
        .bind(self.login.as_str())
        .bind(group)
        .bind(clock.bound());
        let Some(row) = self.database().read_one(select).await? else {
            return Ok(RateWindow::default());
        };
        let version = row.get::<Option<i64>>("version")?;
        Ok(RateWindow {
            bytes: row.get::<Option<Vec<u8>>>("state")?.unwrap_or_default(),
            version: version
                .and_then(|version| u64::try_from(version).ok())
                .unwrap_or(0),
            now: Timestamp::from_millisecond(row.get("now")?).ok(),
        })
    }

    pub(super) async fn swap_rate_window_row(&self, group: &str, seen: u64, bytes: &[u8]) -> Result<bool> {
        let swap = if seen == 0 {
            sql(
                "INSERT INTO vault_rate_windows (state, login_id, rate_group, version) VALUES ($1, $2, $3, 1) \
                 ON CONFLICT (login_id, rate_group) DO NOTHING",
            )
        } else {
            sql("UPDATE vault_rate_windows SET state = $1, version = version + 1 \
                 WHERE login_id = $2 AND rate_group = $3 AND version = $4")
        };
        let swap = swap.bind(bytes.to_vec()).bind(self.login.as_str()).bind(group);
        let swap = if seen == 0 { swap } else { swap.bind(integer(seen)) };
        Ok(self.database().execute(swap).await? > 0)
    }
}
