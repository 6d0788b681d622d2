//! Browser sessions: the cookie has 256 random bits, the database their SHA-256.

use std::fmt;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};

use crate::database::{Row, Statement, sql};
use crate::error::{Result, VaultError, VaultErrorKind};
use crate::id::{LoginId, digest, hex};
use crate::vault::{Inner, earlier, later};

const ID_BYTES: usize = 32;
/// Not every request writes: a session was "last seen" up to this long before it truly was.
const TOUCH_EVERY: Duration = Duration::from_mins(1);

/// The secret in a session cookie: 43 characters of base64url.
#[derive(Clone)]
pub struct SessionId(SecretString);

impl SessionId {
    /// Reads the value of a cookie. `None` for anything that cannot be a session id.
    pub fn parse(cookie: &str) -> Option<Self> {
        let mut bytes = zeroize::Zeroizing::new([0; ID_BYTES + 2]);
        let length = URL_SAFE_NO_PAD.decode_slice(cookie, bytes.as_mut_slice()).ok()?;
        (length == ID_BYTES).then(|| Self(cookie.into()))
    }

    /// The id itself, for the cookie and nothing else.
    pub fn expose_secret(&self) -> &str {
        self.0.expose_secret()
    }

    /// The name under which lists show this session.
    pub fn key(&self) -> SessionKey {
        SessionKey(hex(&digest("ringcentral-vault session", self.expose_secret())))
    }

    /// Follows from the id, but not the other way round: whoever can read the database cannot make one.
    fn csrf(&self) -> String {
        URL_SAFE_NO_PAD.encode(digest("ringcentral-vault csrf", self.expose_secret()))
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionId")
    }
}

/// A session's name in lists: the hash of its id. It opens nothing, and is how somebody else's session is ended.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SessionKey(String);

impl SessionKey {
    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for SessionKey {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

/// Who is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionUser {
    /// The extension's id.
    pub extension_id: String,
    /// The id of the account that it belongs to.
    pub account_id: String,
    /// What to call the user.
    pub name: String,
}

/// A session that its own browser asks for.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Session {
    /// The login that it uses.
    pub login: LoginId,
    /// The environment of that login.
    pub environment: String,
    /// Who is signed in.
    pub user: SessionUser,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub last_seen_at: Timestamp,
    /// When it ends, however much it is used.
    pub expires_at: Timestamp,
    /// What a request that changes something has to bring besides the cookie.
    pub csrf: String,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("login", &self.login)
            .field("environment", &self.environment)
            .field("user", &self.user)
            .field("created_at", &self.created_at)
            .field("last_seen_at", &self.last_seen_at)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// A session in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SessionEntry {
    /// How to name it when ending it.
    pub key: SessionKey,
    /// The login that it uses.
    pub login: LoginId,
    /// The environment of that login.
    pub environment: String,
    /// Who is signed in.
    pub user: SessionUser,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub last_seen_at: Timestamp,
    /// When it ends, however much it is used.
    pub expires_at: Timestamp,
}

/// Whose sessions.
#[derive(Clone, Copy, Debug)]
pub enum SessionsOf<'a> {
    /// Those of all users.
    Everyone,
    /// Those of one user.
    User {
        /// The environment.
        environment: &'a str,
        /// The account's id.
        account_id: &'a str,
        /// The extension's id.
        extension_id: &'a str,
    },
    /// Those that use one login.
    Login(&'a LoginId),
}

/// Completes a statement whose first `$n` are bound by the caller: adds the condition and binds its values.
macro_rules! of {
    ($of:expr, $before:literal, $after:literal, [$($value:expr),*], [$a:literal, $b:literal, $c:literal]) => {
        match $of {
            SessionsOf::Everyone => sql(concat!($before, "1 = 1", $after))$(.bind($value))*,
            SessionsOf::User { environment, account_id, extension_id } => sql(concat!(
                $before, "environment = ", $a, " AND account_id = ", $b, " AND extension_id = ", $c, $after
            ))$(.bind($value))*.bind(environment).bind(account_id).bind(extension_id),
            SessionsOf::Login(login) => {
                sql(concat!($before, "login_id = ", $a, $after))$(.bind($value))*.bind(login.as_str())
            }
        }
    };
}

/// See [`Vault::sessions`](crate::Vault::sessions).
#[derive(Clone, Copy)]
pub struct Sessions<'a> {
    vault: &'a Inner,
}

impl<'a> Sessions<'a> {
    pub(crate) fn new(vault: &'a Inner) -> Self {
        Self { vault }
    }

    /// Begins a session with a new id. What has run out is deleted by the way.
    ///
    /// # Errors
    ///
    /// [`VaultErrorKind::Gone`] when the login is not in the vault; else when the database refuses.
    pub async fn create(
        &self,
        login: &LoginId,
        environment: &str,
        user: &SessionUser,
    ) -> Result<(SessionId, Session)> {
        self.prune().await?;

        let id = SessionId(URL_SAFE_NO_PAD.encode(self.vault.random::<ID_BYTES>()).into());
        let now = self.vault.now();
        let expires_at = later(self.vault.clock.now(), self.vault.options.session_absolute_limit);
        // Inserted only beside its login, so that a login that goes away just now leaves no session behind.
        let insert = sql("INSERT INTO vault_sessions (id_hash, login_id, environment, account_id, extension_id, name, \
             created_at, last_seen_at, expires_at) SELECT $1, id, $3, $4, $5, $6, $7, $7, $8 FROM vault_logins \
             WHERE id = $2 RETURNING *")
        .bind(id.key().as_str())
        .bind(login.as_str())
        .bind(environment)
        .bind(user.account_id.as_str())
        .bind(user.extension_id.as_str())
        .bind(user.name.as_str())
        .bind(now)
        .bind(expires_at.as_millisecond());
        match self.vault.database.write(insert).await?.pop() {
            Some(row) => {
                let session = session(entry(&row)?, &id);
                Ok((id, session))
            }
            None => Err(VaultError::new(
                VaultErrorKind::Gone,
                "there is no such login in the vault to begin a session with",
            )),
        }
    }

    /// The session with this id, unless it has run out; using it keeps it from running idle.
    ///
    /// # Errors
    ///
    /// When the database refuses or the row is damaged.
    pub async fn get(&self, id: &SessionId) -> Result<Option<Session>> {
        let key = id.key();
        let select =
            sql("SELECT * FROM vault_sessions WHERE id_hash = $1 AND expires_at > $2 AND last_seen_at > $3")
                .bind(key.as_str())
                .bind(self.vault.now())
                .bind(self.idle_since());
        let Some(row) = self.vault.database.read_one(select).await? else {
            return Ok(None);
        };
        let mut entry = entry(&row)?;
        self.touch(&mut entry).await;
        Ok(Some(session(entry, id)))
    }

    /// Ends a session; the login that it used, if there was such a session.
    ///
    /// # Errors
    ///
    /// When the database refuses.
    pub async fn end(&self, id: &SessionId) -> Result<Option<LoginId>> {
        self.end_by_key(&id.key()).await
    }

    /// Ends a session found in a list.
    ///
    /// # Errors
    ///
    /// When the database refuses.
    pub async fn end_by_key(&self, key: &SessionKey) -> Result<Option<LoginId>> {
        let delete =
            sql("DELETE FROM vault_sessions WHERE id_hash = $1 RETURNING login_id").bind(key.as_str());
        Ok(self.logins(delete).await?.pop())
    }

    /// Ends all of these sessions; the logins that they used, each once.
    ///
    /// # Errors
    ///
    /// When the database refuses.
    pub async fn end_all(&self, of: SessionsOf<'_>) -> Result<Vec<LoginId>> {
        let delete = of!(
            of,
            "DELETE FROM vault_sessions WHERE ",
            " RETURNING login_id",
            [],
            ["$1", "$2", "$3"]
        );
        let mut logins = self.logins(delete).await?;
        logins.sort_unstable();
        logins.dedup();
        Ok(logins)
    }

    /// At most `limit` of these sessions, newest first, without those that have run out.
    ///
    /// # Errors
    ///
    /// When the database refuses or a row is damaged.
    pub async fn list(&self, of: SessionsOf<'_>, limit: u32) -> Result<Vec<SessionEntry>> {
        let select = of!(
            of,
            "SELECT * FROM vault_sessions WHERE expires_at > $1 AND last_seen_at > $2 AND ",
            " ORDER BY created_at DESC, id_hash LIMIT $3",
            [self.vault.now(), self.idle_since(), limit],
            ["$4", "$5", "$6"]
        );
        self.vault
            .database
            .read(select)
            .await?
            .iter()
            .map(entry)
            .collect()
    }

    /// Deletes what has run out.
    pub(crate) async fn prune(&self) -> Result<u64> {
        let delete = sql("DELETE FROM vault_sessions WHERE expires_at <= $1 OR last_seen_at <= $2")
            .bind(self.vault.now())
            .bind(self.idle_since());
        self.vault.database.execute(delete).await
    }

    /// A session is not ended because its use cannot be noted, on a full disk say.
    async fn touch(&self, entry: &mut SessionEntry) {
        let now = self.vault.clock.now();
        if now < later(entry.last_seen_at, TOUCH_EVERY) {
            return;
        }
        let update =
            sql("UPDATE vault_sessions SET last_seen_at = $1 WHERE id_hash = $2 AND last_seen_at < $1")
                .bind(now.as_millisecond())
                .bind(entry.key.as_str());
        match self.vault.database.execute(update).await {
            Ok(_) => entry.last_seen_at = now,
            Err(error) => {
                tracing::warn!(%error, "the use of a session cannot be noted; it may run idle early");
            }
        }
    }

    /// Sessions last seen then or before have run idle.
    fn idle_since(self) -> i64 {
        earlier(self.vault.clock.now(), self.vault.options.session_idle_limit).as_millisecond()
    }

    async fn logins(&self, delete: Statement) -> Result<Vec<LoginId>> {
        let rows = self.vault.database.write(delete).await?;
        rows.iter()
            .map(|row| row.get::<String>("login_id")?.parse())
            .collect()
    }
}

impl fmt::Debug for Sessions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sessions").finish_non_exhaustive()
    }
}

fn entry(row: &Row) -> Result<SessionEntry> {
    Ok(SessionEntry {
        key: SessionKey(row.get("id_hash")?),
        login: row.get::<String>("login_id")?.parse()?,
        environment: row.get("environment")?,
        user: SessionUser {
            extension_id: row.get("extension_id")?,
            account_id: row.get("account_id")?,
            name: row.get("name")?,
        },
        created_at: row.time("created_at")?,
        last_seen_at: row.time("last_seen_at")?,
        expires_at: row.time("expires_at")?,
    })
}

fn session(entry: SessionEntry, id: &SessionId) -> Session {
    Session {
        login: entry.login,
        environment: entry.environment,
        user: entry.user,
        created_at: entry.created_at,
        last_seen_at: entry.last_seen_at,
        expires_at: entry.expires_at,
        csrf: id.csrf(),
    }
}
