//! Who and what exists: apps, users and what they may do. The authorization server looks everything up here.

use rusqlite::{OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

use crate::db::Transaction;

mod permissions;

pub(crate) use permissions::{APP_PERMISSIONS, USER_PERMISSIONS, implied_by, user_permissions};

/// A registered app. No `Debug`: it holds the client secret.
pub(crate) struct AppRow {
    pub(crate) client_id: String,
    /// `None` is a public client (PKCE).
    pub(crate) client_secret: Option<String>,
    /// In PEM: whoever signs with its private half is this app.
    pub(crate) public_key: Option<String>,
    pub(crate) name: String,
    /// Grant types as the token endpoint names them, such as `authorization_code`, with spaces between them.
    grants: String,
    /// App permissions, such as `ReadCallLog`, likewise.
    pub(crate) permissions: String,
    pub(crate) refresh_tokens: bool,
}

impl AppRow {
    /// Whether this app may use a grant type.
    pub(crate) fn allows_grant(&self, grant_type: &str) -> bool {
        self.grants().any(|grant| grant == grant_type)
    }

    /// Its grant types, as the token endpoint names them.
    pub(crate) fn grants(&self) -> impl Iterator<Item = &str> {
        self.grants.split_whitespace()
    }

    /// Its permissions, such as `ReadCallLog`.
    pub(crate) fn permissions(&self) -> impl Iterator<Item = &str> {
        self.permissions.split_whitespace()
    }

    /// Whether the given secret is this app's; a public app has none, so nothing matches.
    pub(crate) fn verify_secret(&self, secret: &str) -> bool {
        self.client_secret
            .as_deref()
            .is_some_and(|own| own.as_bytes().ct_eq(secret.as_bytes()).into())
    }
}

/// A person who has a password. No `Debug`: it holds the password.
pub(crate) struct UserRow {
    pub(crate) account_id: i64,
    pub(crate) extension_id: i64,
    pub(crate) extension_number: String,
    pub(crate) name: String,
    pub(crate) email: String,
    /// The user's own number, or the company's main number.
    pub(crate) phone_number: String,
    pub(crate) password: String,
    /// `Enabled`, `Disabled`, `NotActivated` …
    pub(crate) status: String,
    pub(crate) is_admin: bool,
    pub(crate) locked: bool,
    /// The code that the second step of the login expects.
    pub(crate) mfa_code: Option<String>,
}

/// What a program is given when it asks for nothing particular: the env file, and arrivals that name nobody.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Defaults {
    pub(crate) client_id: Option<String>,
    pub(crate) public_client_id: Option<String>,
    pub(crate) extension_id: Option<i64>,
    /// The default user's SMS number.
    pub(crate) from: Option<String>,
    /// Somebody to write to.
    pub(crate) to: Option<String>,
}

/// The defaults of this world's seed.
pub(crate) fn defaults(tx: &Transaction<'_>) -> rusqlite::Result<Defaults> {
    Ok(crate::db::read_meta(tx, "defaults")?
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default())
}

/// In the order in which [`app_of`] reads.
const APP: &str =
    "SELECT client_id, client_secret, public_key, name, grants, permissions, refresh_tokens FROM apps";

/// Finds an app by its client id.
pub(crate) fn find_app(tx: &Transaction<'_>, client_id: &str) -> rusqlite::Result<Option<AppRow>> {
    tx.prepare_cached(&format!("{APP} WHERE client_id = ?1"))?
        .query_row([client_id], app_of)
        .optional()
}

/// Every app, in the order of their client ids.
pub(crate) fn list_apps(tx: &Transaction<'_>) -> rusqlite::Result<Vec<AppRow>> {
    tx.prepare_cached(&format!("{APP} ORDER BY client_id"))?
        .query_map([], app_of)?
        .collect()
}

/// Registers one more redirect URI for an app; a known one stays as it is.
pub(crate) fn add_redirect_uri(tx: &Transaction<'_>, client_id: &str, uri: &str) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "INSERT OR IGNORE INTO redirect_uris (client_id, uri, position)
         SELECT ?1, ?2, count(*) FROM redirect_uris WHERE client_id = ?1",
    )?
    .execute(params![client_id, uri])?;
    Ok(())
}

/// The redirect URIs of an app, in the order in which they were registered.
pub(crate) fn redirect_uris(tx: &Transaction<'_>, client_id: &str) -> rusqlite::Result<Vec<String>> {
    tx.prepare_cached("SELECT uri FROM redirect_uris WHERE client_id = ?1 ORDER BY position")?
        .query_map([client_id], |row| row.get(0))?
        .collect()
}

fn app_of(row: &Row<'_>) -> rusqlite::Result<AppRow> {
    Ok(AppRow {
        client_id: row.get(0)?,
        client_secret: row.get(1)?,
        public_key: row.get(2)?,
        name: row.get(3)?,
        grants: row.get(4)?,
        permissions: row.get(5)?,
        refresh_tokens: row.get(6)?,
    })
}

/// In the order in which [`user_of`] reads.
const USER: &str = "SELECT e.account_id, e.id, e.extension_number, e.name, e.email, e.status, e.is_admin,
        c.password, c.locked, c.mfa_code,
        coalesce((SELECT p.phone_number FROM phone_numbers p WHERE p.extension_id = e.id ORDER BY p.id LIMIT 1),
                 a.main_number)
     FROM extensions e
     JOIN credentials c ON c.extension_id = e.id
     JOIN accounts a ON a.id = e.account_id";

/// Finds the user a login form or a password grant names.
///
/// The name is an e-mail address or a phone number in E.164, with or without `+`: a direct number is its owner,
/// the main number is the extension beside it, or the operator without one. The extension may also stand behind
/// the number (`+16505550100*101`). A given extension that is not the user's own finds nobody.
pub(crate) fn find_user(
    tx: &Transaction<'_>,
    username: &str,
    extension: Option<&str>,
) -> rusqlite::Result<Option<UserRow>> {
    let username = username.trim();
    let (name, inline_extension) = match username.split_once('*') {
        Some((name, extension)) => (name.trim(), Some(extension.trim())),
        None => (username, None),
    };
    let extension = inline_extension
        .or(extension.map(str::trim))
        .filter(|extension| !extension.is_empty());
    let user = if name.contains('@') {
        tx.prepare_cached(&format!("{USER} WHERE e.email = ?1 COLLATE NOCASE"))?
            .query_row([name], user_of)
            .optional()?
    } else {
        match e164(name) {
            Some(number) => find_by_number(tx, &number, extension)?,
            None => None,
        }
    };
    Ok(user.filter(|user| extension.is_none_or(|extension| extension == user.extension_number)))
}

fn find_by_number(
    tx: &Transaction<'_>,
    number: &str,
    extension: Option<&str>,
) -> rusqlite::Result<Option<UserRow>> {
    let owner = tx
        .prepare_cached(&format!(
            "{USER} WHERE e.id = (SELECT p.extension_id FROM phone_numbers p WHERE p.phone_number = ?1)"
        ))?
        .query_row([number], user_of)
        .optional()?;
    if owner.is_some() {
        return Ok(owner);
    }
    let by_main = match extension {
        Some(_) => format!("{USER} WHERE a.main_number = ?1 AND e.extension_number = ?2"),
        None => format!("{USER} WHERE a.main_number = ?1 AND e.id = a.operator_id AND ?2 IS NULL"),
    };
    tx.prepare_cached(&by_main)?
        .query_row(params![number, extension], user_of)
        .optional()
}

/// The user behind an extension id.
pub(crate) fn find_user_by_extension(
    tx: &Transaction<'_>,
    extension_id: i64,
) -> rusqlite::Result<Option<UserRow>> {
    tx.prepare_cached(&format!("{USER} WHERE e.id = ?1"))?
        .query_row([extension_id], user_of)
        .optional()
}

/// Everybody who has a password, by extension number: for login pages and the inspector.
pub(crate) fn list_login_users(tx: &Transaction<'_>) -> rusqlite::Result<Vec<UserRow>> {
    tx.prepare_cached(&format!("{USER} ORDER BY e.id"))?
        .query_map([], user_of)?
        .collect()
}

/// Whether the password is this user's.
pub(crate) fn verify_password(user: &UserRow, password: &str) -> bool {
    user.password.as_bytes().ct_eq(password.as_bytes()).into()
}

fn user_of(row: &Row<'_>) -> rusqlite::Result<UserRow> {
    Ok(UserRow {
        account_id: row.get(0)?,
        extension_id: row.get(1)?,
        extension_number: row.get::<_, Option<String>>(2)?.unwrap_or_default(),
        name: row.get(3)?,
        email: row.get::<_, Option<String>>(4)?.unwrap_or_default(),
        status: row.get(5)?,
        is_admin: row.get(6)?,
        password: row.get(7)?,
        locked: row.get(8)?,
        mfa_code: row.get(9)?,
        phone_number: row.get(10)?,
    })
}

/// A phone number as it is stored: `+` and digits. A ten-digit number is taken as North American.
/// `None` if it is none, or too short to be one.
pub(crate) fn e164(text: &str) -> Option<String> {
    let text = text.trim();
    if !text.chars().all(|c| c.is_ascii_digit() || "+-(). ".contains(c)) {
        return None;
    }
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    match digits.len() {
        10 if !text.starts_with('+') => Some(format!("+1{digits}")),
        8..=15 => Some(format!("+{digits}")),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
