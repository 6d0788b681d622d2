//! Sessions of users in apps, and the token pairs in them.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use serde::Serialize;

use super::numbered;
use crate::db::Transaction;
use crate::directory::{AppRow, UserRow};
use crate::random;
use crate::request::Query;
use crate::settings::Settings;

/// What tells an access token.
pub(super) const ACCESS: &str = "EMU-at-";
/// What tells a refresh token.
const REFRESH: &str = "EMU-rt-";

/// A session, as stored.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub(crate) number: i64,
    pub(crate) id: String,
    pub(crate) extension_id: i64,
    pub(crate) app_id: String,
    pub(crate) scope: String,
    pub(crate) endpoint_id: String,
    pub(crate) started_at: i64,
    pub(crate) ended_at: Option<i64>,
}

/// A token pair, as stored.
#[derive(Clone)]
pub(crate) struct Pair {
    pub(crate) id: i64,
    /// The number of its session.
    pub(crate) session: i64,
    pub(crate) access_token: String,
    pub(crate) refresh_token: Option<String>,
    pub(crate) access_expires_at: i64,
    pub(crate) refresh_expires_at: Option<i64>,
    pub(crate) used_at: Option<i64>,
    pub(crate) superseded_at: Option<i64>,
    /// The pair that replaced it.
    successor: Option<i64>,
}

impl Pair {
    /// When the last of its tokens expires.
    fn good_until(&self) -> i64 {
        self.refresh_expires_at.map_or(self.access_expires_at, |refresh| {
            refresh.max(self.access_expires_at)
        })
    }
}

/// How long a new pair lives, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lifetimes {
    pub(crate) access: i64,
    pub(crate) refresh: i64,
}

impl Lifetimes {
    /// What the client asked for, clamped: nothing is refused. The JS SDK asks for -1 after every 401, and gets the
    /// least; above the default, and for what is no number, it is the default.
    pub(crate) fn asked(form: &Query, settings: &Settings) -> Self {
        let asked = |key| form.first(key).and_then(|text| text.trim().parse::<i64>().ok());
        let (access, refresh) = (settings.access_token_seconds, settings.refresh_token_seconds);
        let least = settings.access_token_min_seconds.min(access);
        Self {
            access: asked("access_token_ttl").map_or(access, |ttl| ttl.clamp(least, access)),
            refresh: asked("refresh_token_ttl")
                .filter(|ttl| *ttl > 0)
                .map_or(refresh, |ttl| ttl.min(refresh)),
        }
    }
}

/// What a login asks for beside the user and the app.
#[derive(Debug, Clone)]
pub(crate) struct Login<'a> {
    pub(crate) grant_type: &'a str,
    pub(crate) scope: String,
    pub(crate) endpoint_id: Option<&'a str>,
    pub(crate) lifetimes: Lifetimes,
}

/// Starts a session with its first pair. If the user has as many in this app as allowed, the oldest ends.
pub(crate) fn start(
    tx: &Transaction<'_>,
    app: &AppRow,
    user: &UserRow,
    login: Login<'_>,
    settings: &Settings,
    now: Timestamp,
) -> rusqlite::Result<(Session, Pair)> {
    evict(tx, app, user, settings.sessions_per_user, now)?;
    let number = next(tx, "SELECT coalesce(max(number), 0) + 1 FROM oauth_sessions")?;
    let pair = mint(tx, number, app.refresh_tokens, login.lifetimes, now)?;
    let session = Session {
        number,
        id: numbered::session_id(number),
        extension_id: user.extension_id,
        app_id: app.client_id.clone(),
        scope: login.scope,
        endpoint_id: login.endpoint_id.map_or_else(random::uuid, str::to_owned),
        started_at: now.as_millisecond(),
        ended_at: None,
    };
    tx.prepare_cached(
        "INSERT INTO oauth_sessions
            (number, id, account_id, extension_id, app_id, grant_type, scope, endpoint_id, started_at, good_until, pair)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )?
    .execute(params![
        number,
        session.id,
        user.account_id,
        session.extension_id,
        session.app_id,
        login.grant_type,
        session.scope,
        session.endpoint_id,
        session.started_at,
        pair.good_until(),
        pair.id
    ])?;
    store(tx, &pair, None, now)?;
    Ok((session, pair))
}

/// The session's next pair, in place of `old`.
pub(crate) fn replace(
    tx: &Transaction<'_>,
    old: &Pair,
    lifetimes: Lifetimes,
    now: Timestamp,
) -> rusqlite::Result<Pair> {
    let new = mint(tx, old.session, true, lifetimes, now)?;
    store(tx, &new, Some(old.id), now)?;
    tx.prepare_cached(
        "UPDATE oauth_sessions SET pair = ?2, good_until = ?3, refreshes = refreshes + 1 WHERE number = ?1",
    )?
    .execute(params![new.session, new.id, new.good_until()])?;
    tx.prepare_cached("UPDATE tokens SET superseded_at = ?2, successor = ?3 WHERE id = ?1")?
        .execute(params![old.id, now.as_millisecond(), new.id])?;
    Ok(new)
}

/// A pair that is to be stored as the next row.
fn mint(
    tx: &Transaction<'_>,
    session: i64,
    with_refresh_token: bool,
    lifetimes: Lifetimes,
    now: Timestamp,
) -> rusqlite::Result<Pair> {
    let now = now.as_millisecond();
    let id = next(tx, "SELECT coalesce(max(id), 0) + 1 FROM tokens")?;
    Ok(Pair {
        id,
        session,
        access_token: numbered::token(ACCESS, id),
        refresh_token: with_refresh_token.then(|| numbered::token(REFRESH, id)),
        access_expires_at: now + lifetimes.access * 1000,
        refresh_expires_at: with_refresh_token.then_some(now + lifetimes.refresh * 1000),
        used_at: None,
        superseded_at: None,
        successor: None,
    })
}

fn store(
    tx: &Transaction<'_>,
    pair: &Pair,
    predecessor: Option<i64>,
    now: Timestamp,
) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "INSERT INTO tokens
            (id, session, access_token, refresh_token, issued_at, access_expires_at, refresh_expires_at, predecessor)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute(params![
        pair.id,
        pair.session,
        pair.access_token,
        pair.refresh_token,
        now.as_millisecond(),
        pair.access_expires_at,
        pair.refresh_expires_at,
        predecessor
    ])?;
    Ok(())
}

fn next(tx: &Transaction<'_>, sql: &str) -> rusqlite::Result<i64> {
    tx.prepare_cached(sql)?.query_row([], |row| row.get(0))
}

fn evict(
    tx: &Transaction<'_>,
    app: &AppRow,
    user: &UserRow,
    allowed: i64,
    now: Timestamp,
) -> rusqlite::Result<()> {
    let alive: Vec<i64> = tx
        .prepare_cached(
            "SELECT number FROM oauth_sessions
             WHERE extension_id = ?1 AND app_id = ?2 AND ended_at IS NULL AND good_until > ?3
             ORDER BY number DESC",
        )?
        .query_map(
            params![user.extension_id, app.client_id, now.as_millisecond()],
            |row| row.get(0),
        )?
        .collect::<rusqlite::Result<_>>()?;
    let keep = usize::try_from(allowed - 1).unwrap_or_default();
    for number in alive.into_iter().skip(keep) {
        end(tx, number, now)?;
    }
    Ok(())
}

/// Ends a session with every token in it; whether it was alive.
pub(crate) fn end(connection: &Connection, number: i64, now: Timestamp) -> rusqlite::Result<bool> {
    let changed = connection
        .prepare_cached("UPDATE oauth_sessions SET ended_at = ?2 WHERE number = ?1 AND ended_at IS NULL")?
        .execute(params![number, now.as_millisecond()])?;
    Ok(changed == 1)
}

/// Ends all sessions.
pub(crate) fn end_all(connection: &Connection, now: Timestamp) -> rusqlite::Result<()> {
    connection.execute(
        "UPDATE oauth_sessions SET ended_at = ?1 WHERE ended_at IS NULL",
        [now.as_millisecond()],
    )?;
    Ok(())
}

/// A session by its id.
pub(crate) fn find(tx: &Connection, id: &str) -> rusqlite::Result<Option<Session>> {
    let found = match numbered::session_of(id) {
        Some(number) => by_number(tx, number)?,
        None => None,
    };
    Ok(found.filter(|session| session.id == id))
}

/// A session by its number.
pub(crate) fn by_number(tx: &Connection, number: i64) -> rusqlite::Result<Option<Session>> {
    tx.prepare_cached(
        "SELECT number, id, extension_id, app_id, scope, endpoint_id, started_at, ended_at FROM oauth_sessions
         WHERE number = ?1",
    )?
    .query_row([number], |row| {
        Ok(Session {
            number: row.get(0)?,
            id: row.get(1)?,
            extension_id: row.get(2)?,
            app_id: row.get(3)?,
            scope: row.get(4)?,
            endpoint_id: row.get(5)?,
            started_at: row.get(6)?,
            ended_at: row.get(7)?,
        })
    })
    .optional()
}

/// The pair that a refresh token belongs to.
pub(crate) fn by_refresh_token(tx: &Connection, token: &str) -> rusqlite::Result<Option<Pair>> {
    let Some(id) = numbered::row_of(REFRESH, token) else {
        return Ok(None);
    };
    let is_its = |pair: &Pair| {
        let own = pair.refresh_token.as_deref();
        own.is_some_and(|own| numbered::is(own, token))
    };
    Ok(by_id(tx, id)?.filter(is_its))
}

/// The pair that an access or refresh token belongs to.
pub(crate) fn by_any_token(tx: &Connection, token: &str) -> rusqlite::Result<Option<Pair>> {
    match numbered::row_of(ACCESS, token) {
        Some(id) => Ok(by_id(tx, id)?.filter(|pair| numbered::is(&pair.access_token, token))),
        None => by_refresh_token(tx, token),
    }
}

/// The pair that replaced `pair`.
pub(crate) fn successor(tx: &Connection, pair: &Pair) -> rusqlite::Result<Option<Pair>> {
    match pair.successor {
        Some(id) => by_id(tx, id),
        None => Ok(None),
    }
}

fn by_id(tx: &Connection, id: i64) -> rusqlite::Result<Option<Pair>> {
    tx.prepare_cached(
        "SELECT id, session, access_token, refresh_token, access_expires_at, refresh_expires_at, used_at, superseded_at,
            successor
         FROM tokens WHERE id = ?1",
    )?
    .query_row([id], pair_of)
    .optional()
}

fn pair_of(row: &Row<'_>) -> rusqlite::Result<Pair> {
    Ok(Pair {
        id: row.get(0)?,
        session: row.get(1)?,
        access_token: row.get(2)?,
        refresh_token: row.get(3)?,
        access_expires_at: row.get(4)?,
        refresh_expires_at: row.get(5)?,
        used_at: row.get(6)?,
        superseded_at: row.get(7)?,
        successor: row.get(8)?,
    })
}

/// The token endpoint's success: what a pair has left to live, as numbers.
#[derive(Debug, Serialize)]
pub(crate) struct TokenAnswer {
    access_token: String,
    token_type: &'static str,
    expires_in: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token_expires_in: Option<i64>,
    scope: String,
    owner_id: String,
    endpoint_id: String,
    session_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) id_token: Option<String>,
}

impl TokenAnswer {
    pub(super) fn new(session: Session, pair: Pair, now: Timestamp) -> Self {
        let left = |until: i64| (until - now.as_millisecond()).max(0) / 1000;
        Self {
            access_token: pair.access_token,
            token_type: "bearer",
            expires_in: left(pair.access_expires_at),
            refresh_token_expires_in: pair.refresh_expires_at.map(left),
            refresh_token: pair.refresh_token,
            scope: session.scope,
            owner_id: session.extension_id.to_string(),
            endpoint_id: session.endpoint_id,
            session_id: session.id,
            id_token: None,
        }
    }
}
