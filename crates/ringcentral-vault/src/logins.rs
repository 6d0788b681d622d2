//! The rows of logins: made, looked at and removed. Their tokens are the business of `token_store.rs`.

use std::time::Duration;

use jiff::Timestamp;
use ringcentral::{RefreshOutcome, Version};

use crate::database::{Row, sql};
use crate::error::Result;
use crate::id::LoginId;
use crate::token_store::VaultTokenStore;
use crate::vault::{Vault, earlier};

const EMPTY_LOGINS_LAST: Duration = Duration::from_hours(24);

/// What may be known about a login without opening it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LoginRecord {
    /// Its id.
    pub id: LoginId,
    /// The name of the environment that it belongs to, as given to [`Vault::new_login`].
    pub environment: String,
    /// The extension that is logged in.
    pub owner_id: Option<String>,
    /// Which change of its tokens this is; 0 before the first login.
    pub version: Version,
    /// Whether it has tokens.
    pub logged_in: bool,
    /// From when on its access token is refreshed ahead of need.
    pub refresh_at: Option<Timestamp>,
    /// When its access token expires.
    pub access_expires_at: Option<Timestamp>,
    /// When its refresh token expires: the end of an unused login.
    pub refresh_expires_at: Option<Timestamp>,
    /// How the last refresh went.
    pub last_refresh: Option<RefreshOutcome>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its tokens last changed.
    pub updated_at: Timestamp,
}

macro_rules! select_logins {
    ($condition:literal) => {
        sql(concat!(
            "SELECT id, environment, owner_id, version, key_id, refresh_at, access_expires_at, refresh_expires_at, \
             last_refresh_at, last_refresh_result, last_refresh_not_before, ended_version, created_at, updated_at FROM vault_logins WHERE ",
            $condition
        ))
    };
}

impl Vault {
    /// A place for a login that is about to be made: no tokens yet, and an id that nothing else ever has.
    ///
    /// # Errors
    ///
    /// When the database refuses.
    pub async fn new_login(&self, environment: &str) -> Result<LoginId> {
        let id = LoginId::random(self.inner.entropy.as_ref());
        let insert =
            sql("INSERT INTO vault_logins (id, environment, created_at, updated_at) VALUES ($1, $2, $3, $3)")
                .bind(id.as_str())
                .bind(environment)
                .bind(self.inner.now());
        self.inner.database.execute(insert).await?;
        Ok(id)
    }

    /// The login as a token store for a [`Client`](ringcentral::Client).
    pub fn token_store(&self, login: &LoginId) -> VaultTokenStore {
        VaultTokenStore::new(self.clone(), login.clone())
    }

    /// Forgets a login altogether, and ends its sessions. Its id never comes back, so a refresh that is still under
    /// way cannot bring it back either. `false` when it was gone already.
    ///
    /// # Errors
    ///
    /// When the database refuses.
    pub async fn remove_login(&self, login: &LoginId) -> Result<bool> {
        let delete = sql("DELETE FROM vault_logins WHERE id = $1").bind(login.as_str());
        let removed = self.inner.database.execute(delete).await? > 0;
        self.inner.changes.announce(login);
        Ok(removed)
    }

    /// What is known about a login.
    ///
    /// # Errors
    ///
    /// When the database refuses or the row is damaged.
    pub async fn login(&self, login: &LoginId) -> Result<Option<LoginRecord>> {
        let select = select_logins!("id = $1").bind(login.as_str());
        self.inner
            .database
            .read_one(select)
            .await?
            .as_ref()
            .map(record)
            .transpose()
    }

    /// The logins of one user in one environment, newest first: how a back end finds the tokens of "extension 101".
    ///
    /// # Errors
    ///
    /// When the database refuses or a row is damaged.
    pub async fn logins_of(&self, environment: &str, owner_id: &str) -> Result<Vec<LoginRecord>> {
        let select = select_logins!(
            "environment = $1 AND owner_id = $2 AND sealed_tokens IS NOT NULL ORDER BY updated_at DESC, id"
        )
        .bind(environment)
        .bind(owner_id);
        self.records(select).await
    }

    /// At most `limit` logins whose access token should be refreshed ahead of need, the most urgent first. Left out
    /// are those that no refresh can help (their refresh token has run out, or the platform has ended them) and those that were tried after
    /// `not_tried_since`.
    ///
    /// # Errors
    ///
    /// When the database refuses or a row is damaged.
    pub async fn logins_due(&self, not_tried_since: Timestamp, limit: u32) -> Result<Vec<LoginRecord>> {
        let select = select_logins!(
            "refresh_at <= $1 AND (refresh_expires_at IS NULL OR refresh_expires_at > $1) \
             AND (ended_version IS NULL OR ended_version <> version) \
             AND (last_refresh_at IS NULL OR last_refresh_at <= $2) ORDER BY refresh_at, id LIMIT $3"
        )
        .bind(self.inner.now())
        .bind(not_tried_since.as_millisecond())
        .bind(limit);
        self.records(select).await
    }

    /// At most `limit` logins that have tokens but no session, and had neither changed since `before`: those whose
    /// browser sessions have all run out.
    ///
    /// # Errors
    ///
    /// When the database refuses or a row is damaged.
    pub async fn logins_without_session(&self, before: Timestamp, limit: u32) -> Result<Vec<LoginRecord>> {
        let select = select_logins!(
            "sealed_tokens IS NOT NULL AND updated_at <= $1 \
             AND NOT EXISTS (SELECT 1 FROM vault_sessions WHERE login_id = vault_logins.id) ORDER BY id LIMIT $2"
        )
        .bind(before.as_millisecond())
        .bind(limit);
        self.records(select).await
    }

    async fn records(&self, select: crate::database::Statement) -> Result<Vec<LoginRecord>> {
        self.inner
            .database
            .read(select)
            .await?
            .iter()
            .map(record)
            .collect()
    }

    pub(crate) async fn prune_empty_logins(&self) -> Result<u64> {
        let before = earlier(self.inner.clock.now(), EMPTY_LOGINS_LAST);
        let delete = sql("DELETE FROM vault_logins WHERE sealed_tokens IS NULL AND updated_at <= $1")
            .bind(before.as_millisecond());
        self.inner.database.execute(delete).await
    }
}

fn record(row: &Row) -> Result<LoginRecord> {
    Ok(LoginRecord {
        id: row.get::<String>("id")?.parse()?,
        environment: row.get("environment")?,
        owner_id: row.get("owner_id")?,
        version: Version(row.number("version")?),
        logged_in: row.get::<Option<i64>>("key_id")?.is_some(),
        refresh_at: row.time_if_any("refresh_at")?,
        access_expires_at: row.time_if_any("access_expires_at")?,
        refresh_expires_at: row.time_if_any("refresh_expires_at")?,
        last_refresh: last_refresh(row)?,
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
    })
}

pub(crate) fn last_refresh(row: &Row) -> Result<Option<RefreshOutcome>> {
    let (Some(at), Some(result)) = (
        row.time_if_any("last_refresh_at")?,
        row.get("last_refresh_result")?,
    ) else {
        return Ok(None);
    };
    let ended: Option<i64> = row.get("ended_version")?;
    Ok(Some(RefreshOutcome {
        at,
        result,
        is_final: ended == Some(row.get("version")?),
        not_before: row.time_if_any("last_refresh_not_before")?,
    }))
}
