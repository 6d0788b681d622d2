//! One login's row as the SDK's token store. Every rule is the `WHERE` of one statement.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use ringcentral::{
    BoxFuture, Claim, Commit, Lease, RateWindow, RefreshOutcome, StoreError, Stored, TokenSet, TokenStore,
    Version,
};

use crate::database::{Database, Row, Statement, integer, sql};
use crate::error::{Result, VaultError, VaultErrorKind};
use crate::id::LoginId;
use crate::lease_clock::{LeaseClock, lease_now};
use crate::logins::last_refresh;
use crate::seal::{Place, Sealed};
use crate::vault::Vault;

mod rate_windows;

/// How often a claim looks again at a row that was leased when it tried and free when it asked by whom.
const CLAIM_ATTEMPTS: u32 = 5;

/// One login of a [`Vault`]: give it to [`ClientBuilder::token_store`](ringcentral::ClientBuilder::token_store).
#[derive(Clone)]
pub struct VaultTokenStore {
    vault: Vault,
    login: LoginId,
}

impl VaultTokenStore {
    pub(crate) fn new(vault: Vault, login: LoginId) -> Self {
        Self { vault, login }
    }

    /// The login that this is.
    pub fn login(&self) -> &LoginId {
        &self.login
    }

    fn database(&self) -> &Database {
        &self.vault.inner.database
    }

    fn lease_clock(&self, now: Timestamp) -> LeaseClock {
        let own = match self.database() {
            Database::Sqlite { .. } => true,
            Database::Postgres(_) => self.vault.inner.options.shared_clock,
        };
        LeaseClock::new(now, own)
    }

    async fn load_row(&self) -> Result<Option<Stored>> {
        let clock = self.lease_clock(self.vault.inner.clock.now());
        let select = sql(concat!(
            "SELECT sealed_tokens, version, fence, lease_holder, lease_until - ",
            lease_now!("$2"),
            " AS lease_left, last_refresh_at, last_refresh_result, last_refresh_not_before, ended_version \
             FROM vault_logins WHERE id = $1 AND sealed_tokens IS NOT NULL"
        ))
        .bind(self.login.as_str())
        .bind(clock.bound());
        let Some(row) = self.database().read_one(select).await? else {
            return Ok(None);
        };
        let version = Version(row.number("version")?);
        Ok(Some(Stored {
            tokens: self.open_tokens(&row)?,
            version,
            lease: lease(&row, version, clock)?,
            last_refresh: last_refresh(&row)?,
        }))
    }

    fn open_tokens(&self, row: &Row) -> Result<TokenSet> {
        let sealed: Vec<u8> = row.get("sealed_tokens")?;
        let opened = self.vault.inner.open(tokens_of(&self.login), &sealed)?;
        TokenSet::from_secret_json(&opened).map_err(|error| {
            VaultError::new(
                VaultErrorKind::Corrupt,
                "a sealed row opens, but does not hold a token set",
            )
            .with_source(error)
        })
    }

    async fn put_row(&self, tokens: &TokenSet) -> Result<Version> {
        // `fence` stays as it is: no lease is in force, and the next one gets a number of its own.
        let update = self.bind_tokens(
            sql(
                "UPDATE vault_logins SET sealed_tokens = $1, key_id = $2, owner_id = $3, refresh_at = $4, \
                 access_expires_at = $5, refresh_expires_at = $6, updated_at = $7, version = version + 1, \
                 lease_holder = NULL, lease_until = NULL, last_refresh_at = NULL, last_refresh_result = NULL, \
                 last_refresh_not_before = NULL WHERE id = $8 RETURNING version",
            ),
            tokens,
        );
        match self.database().write(update).await?.pop() {
            Some(row) => Ok(Version(row.number("version")?)),
            None => Err(removed()),
        }
    }

    async fn claim_row(
        &self,
        seen: Version,
        holder: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Claim> {
        let clock = self.lease_clock(now);
        for _ in 0..CLAIM_ATTEMPTS {
            let update = sql(concat!(
                "UPDATE vault_logins SET fence = fence + 1, lease_holder = $1, lease_until = ",
                lease_now!("$5"),
                " + $2 WHERE id = $3 AND version = $4 AND sealed_tokens IS NOT NULL \
                 AND (lease_until IS NULL OR lease_until <= ",
                lease_now!("$5"),
                ") RETURNING fence"
            ))
            .bind(holder)
            .bind(clock.millis_until(until))
            .bind(self.login.as_str())
            .bind(integer(seen.0))
            .bind(clock.bound());
            if let Some(row) = self.database().write(update).await?.pop() {
                return Ok(Claim::Held(Lease {
                    fence: row.number("fence")?,
                    version: seen,
                    holder: holder.to_owned(),
                    until,
                }));
            }

            let select = sql(concat!(
                "SELECT lease_until - ",
                lease_now!("$3"),
                " AS lease_left FROM vault_logins WHERE id = $1 AND version = $2 AND sealed_tokens IS NOT NULL"
            ))
            .bind(self.login.as_str())
            .bind(integer(seen.0))
            .bind(clock.bound());
            let Some(row) = self.database().read_one(select).await? else {
                return Ok(Claim::Moved);
            };
            match row.get::<Option<i64>>("lease_left")? {
                Some(left) if left > 0 => {
                    return Ok(Claim::Busy {
                        until: clock.in_millis(left),
                    });
                }
                // Given up in between: it may be ours now.
                _ => {}
            }
        }
        Ok(Claim::Busy { until: now })
    }

    async fn claim_vacant_row(&self, holder: &str, now: Timestamp, until: Timestamp) -> Result<Claim> {
        let clock = self.lease_clock(now);
        for _ in 0..CLAIM_ATTEMPTS {
            let update = sql(concat!(
                "UPDATE vault_logins SET fence = fence + 1, lease_holder = $1, lease_until = ",
                lease_now!("$4"),
                " + $2 WHERE id = $3 AND sealed_tokens IS NULL AND (lease_until IS NULL OR lease_until <= ",
                lease_now!("$4"),
                ") RETURNING version, fence"
            ))
            .bind(holder)
            .bind(clock.millis_until(until))
            .bind(self.login.as_str())
            .bind(clock.bound());
            if let Some(row) = self.database().write(update).await?.pop() {
                return Ok(Claim::Held(Lease {
                    fence: row.number("fence")?,
                    version: Version(row.number("version")?),
                    holder: holder.to_owned(),
                    until,
                }));
            }

            let select = sql(concat!(
                "SELECT sealed_tokens IS NULL AS vacant, lease_until - ",
                lease_now!("$2"),
                " AS lease_left FROM vault_logins WHERE id = $1"
            ))
            .bind(self.login.as_str())
            .bind(clock.bound());
            let Some(row) = self.database().read_one(select).await? else {
                return Err(removed());
            };
            if !row.get::<bool>("vacant")? {
                return Ok(Claim::Moved);
            }
            match row.get::<Option<i64>>("lease_left")? {
                Some(left) if left > 0 => {
                    return Ok(Claim::Busy {
                        until: clock.in_millis(left),
                    });
                }
                _ => {}
            }
        }
        Ok(Claim::Busy { until: now })
    }

    async fn load_vacant_row(&self) -> Result<Option<RefreshOutcome>> {
        let select = sql(
            "SELECT version, last_refresh_at, last_refresh_result, last_refresh_not_before, ended_version \
             FROM vault_logins WHERE id = $1 AND sealed_tokens IS NULL",
        )
        .bind(self.login.as_str());
        let row = self.database().read_one(select).await?;
        row.map_or(Ok(None), |row| last_refresh(&row))
    }

    async fn renew_row(&self, lease: &Lease, until: Timestamp) -> Result<bool> {
        let clock = self.lease_clock(self.vault.inner.clock.now());
        let update = sql(concat!(
            "UPDATE vault_logins SET lease_until = ",
            lease_now!("$5"),
            " + $1 WHERE id = $2 AND version = $3 AND fence = $4 AND lease_until IS NOT NULL"
        ))
        .bind(clock.millis_until(until))
        .bind(self.login.as_str())
        .bind(integer(lease.version.0))
        .bind(integer(lease.fence))
        .bind(clock.bound());
        Ok(self.database().execute(update).await? > 0)
    }

    async fn commit_row(&self, lease: &Lease, tokens: &TokenSet, outcome: &RefreshOutcome) -> Result<Commit> {
        let update = self
            .bind_tokens(
                sql("UPDATE vault_logins SET sealed_tokens = $1, key_id = $2, owner_id = $3, refresh_at = $4, \
                     access_expires_at = $5, refresh_expires_at = $6, updated_at = $7, version = version + 1, \
                     lease_holder = NULL, lease_until = NULL, last_refresh_at = $11, last_refresh_result = $12, \
                     ended_version = CASE WHEN $13 = 1 THEN version + 1 END, last_refresh_not_before = $14 \
                     WHERE id = $8 AND version = $9 AND fence = $10 AND lease_until IS NOT NULL RETURNING version"),
                tokens,
            )
            .bind(integer(lease.version.0))
            .bind(integer(lease.fence))
            .bind(outcome.at.as_millisecond())
            .bind(outcome.result.as_str())
            .bind(outcome.is_final)
            .bind(outcome.not_before.map(Timestamp::as_millisecond));
        Ok(match self.database().write(update).await?.pop() {
            Some(row) => Commit::Done(Version(row.number("version")?)),
            None => Commit::Lost,
        })
    }

    async fn release_row(&self, lease: &Lease, outcome: &RefreshOutcome) -> Result<()> {
        let update = sql(
            "UPDATE vault_logins SET lease_holder = NULL, lease_until = NULL, last_refresh_at = $1, \
             last_refresh_result = $2, ended_version = CASE WHEN $6 = 1 THEN version END, \
             last_refresh_not_before = $7 \
             WHERE id = $3 AND version = $4 AND fence = $5 AND lease_until IS NOT NULL",
        )
        .bind(outcome.at.as_millisecond())
        .bind(outcome.result.as_str())
        .bind(self.login.as_str())
        .bind(integer(lease.version.0))
        .bind(integer(lease.fence))
        .bind(outcome.is_final)
        .bind(outcome.not_before.map(Timestamp::as_millisecond));
        self.database().execute(update).await?;
        Ok(())
    }

    async fn remove_tokens(&self) -> Result<()> {
        let update = sql(
            "UPDATE vault_logins SET sealed_tokens = NULL, key_id = NULL, owner_id = NULL, \
             refresh_at = NULL, access_expires_at = NULL, refresh_expires_at = NULL, updated_at = $1, \
             version = version + 1, lease_holder = NULL, lease_until = NULL, last_refresh_at = NULL, \
             last_refresh_result = NULL, last_refresh_not_before = NULL WHERE id = $2",
        )
        .bind(self.vault.inner.now())
        .bind(self.login.as_str());
        self.database().execute(update).await?;
        Ok(())
    }

    /// The first eight values of both statements that write tokens: seven columns and the row.
    fn bind_tokens(&self, statement: Statement, tokens: &TokenSet) -> Statement {
        let Sealed { bytes, key_id } = self
            .vault
            .inner
            .seal(tokens_of(&self.login), &tokens.to_secret_json());
        let info = tokens.info();
        statement
            .bind(bytes)
            .bind(key_id)
            .bind(info.owner_id.as_ref().map(ToString::to_string))
            .bind(info.refresh_at.as_millisecond())
            .bind(info.expires_at.as_millisecond())
            .bind(info.refresh_expires_at.map(Timestamp::as_millisecond))
            .bind(self.vault.inner.now())
            .bind(self.login.as_str())
    }

    async fn version(&self) -> Result<Option<Version>> {
        let select = sql("SELECT version FROM vault_logins WHERE id = $1").bind(self.login.as_str());
        let row = self.database().read_one(select).await?;
        row.map(|row| row.number("version").map(Version)).transpose()
    }

    async fn wait_for_change(&self, seen: Version) {
        let mut news = self.vault.inner.changes.subscribe();
        // Subscribed first, so that a change is either seen here or heard of below. An error here shows again when the
        // caller loads, after the pause.
        if self.version().await.is_ok_and(|version| version != Some(seen)) {
            return;
        }
        let pause = self
            .vault
            .inner
            .options
            .look_again
            .unwrap_or(match self.database() {
                Database::Sqlite { .. } => Duration::from_millis(20),
                Database::Postgres(_) => Duration::from_millis(250),
            });
        tokio::select! {
            () = news.about(&self.login) => {}
            () = tokio::time::sleep(pause) => {}
        }
    }

    /// Wakes those who wait here, whatever the outcome: they look for themselves.
    fn announce<T>(&self, result: Result<T>, failed: &str) -> Result<T, StoreError> {
        self.vault.inner.changes.announce(&self.login);
        self.explain(result, failed)
    }

    fn explain<T>(&self, result: Result<T>, failed: &str) -> Result<T, StoreError> {
        result.map_err(|error| {
            let message = format!("{} {failed}{}", self.describe(), error.advice());
            StoreError::new(error.store_kind(), message).with_source(error)
        })
    }
}

impl TokenStore for VaultTokenStore {
    fn load(&self) -> BoxFuture<'_, Result<Option<Stored>, StoreError>> {
        Box::pin(async { self.explain(self.load_row().await, "cannot be read") })
    }

    fn put<'a>(&'a self, login: &'a TokenSet) -> BoxFuture<'a, Result<Version, StoreError>> {
        Box::pin(async { self.announce(self.put_row(login).await, "cannot take the new login") })
    }

    fn claim<'a>(
        &'a self,
        seen: Version,
        holder: &'a str,
        now: Timestamp,
        until: Timestamp,
    ) -> BoxFuture<'a, Result<Claim, StoreError>> {
        Box::pin(
            async move { self.explain(self.claim_row(seen, holder, now, until).await, "cannot be leased") },
        )
    }

    fn claim_vacant<'a>(
        &'a self,
        holder: &'a str,
        now: Timestamp,
        until: Timestamp,
    ) -> BoxFuture<'a, Result<Claim, StoreError>> {
        Box::pin(async move {
            self.explain(
                self.claim_vacant_row(holder, now, until).await,
                "cannot be leased",
            )
        })
    }

    fn load_vacant(&self) -> BoxFuture<'_, Result<Option<RefreshOutcome>, StoreError>> {
        Box::pin(async { self.explain(self.load_vacant_row().await, "cannot be read") })
    }

    fn renew<'a>(&'a self, lease: &'a Lease, until: Timestamp) -> BoxFuture<'a, Result<bool, StoreError>> {
        Box::pin(async move { self.explain(self.renew_row(lease, until).await, "cannot renew its lease") })
    }

    fn commit<'a>(
        &'a self,
        lease: &'a Lease,
        tokens: &'a TokenSet,
        outcome: &'a RefreshOutcome,
    ) -> BoxFuture<'a, Result<Commit, StoreError>> {
        Box::pin(async {
            self.announce(
                self.commit_row(lease, tokens, outcome).await,
                "cannot take the new tokens",
            )
        })
    }

    fn release<'a>(
        &'a self,
        lease: &'a Lease,
        outcome: &'a RefreshOutcome,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async { self.announce(self.release_row(lease, outcome).await, "cannot end its lease") })
    }

    fn remove(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async { self.announce(self.remove_tokens().await, "cannot be forgotten") })
    }

    fn changed(&self, seen: Version) -> BoxFuture<'_, ()> {
        Box::pin(self.wait_for_change(seen))
    }

    fn keeps_rate_windows(&self) -> bool {
        true
    }

    fn load_rate_window<'a>(&'a self, group: &'a str) -> BoxFuture<'a, Result<RateWindow, StoreError>> {
        Box::pin(async move {
            let window = self.load_rate_window_row(group).await;
            self.explain(window, "cannot tell its rate limits")
        })
    }

    fn swap_rate_window<'a>(
        &'a self,
        group: &'a str,
        seen: u64,
        bytes: &'a [u8],
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        Box::pin(async move {
            let swapped = self.swap_rate_window_row(group, seen, bytes).await;
            self.explain(swapped, "cannot keep its rate limits")
        })
    }

    fn describe(&self) -> String {
        format!("login {} of the {} vault", self.login, self.database().name())
    }
}

impl fmt::Debug for VaultTokenStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VaultTokenStore")
            .field("login", &self.login)
            .finish_non_exhaustive()
    }
}

/// Where the tokens of a login are, and the only place where they open.
fn tokens_of(login: &LoginId) -> Place<'_> {
    Place {
        table: "vault_logins",
        column: "sealed_tokens",
        row: login.as_str(),
    }
}

fn removed() -> VaultError {
    VaultError::new(
        VaultErrorKind::Gone,
        "this login was removed from the vault; make a new one",
    )
}

fn lease(row: &Row, version: Version, clock: LeaseClock) -> Result<Option<Lease>> {
    let (Some(left), Some(holder)) = (row.get("lease_left")?, row.get("lease_holder")?) else {
        return Ok(None);
    };
    Ok(Some(Lease {
        fence: row.number("fence")?,
        version,
        holder,
        until: clock.in_millis(left),
    }))
}
