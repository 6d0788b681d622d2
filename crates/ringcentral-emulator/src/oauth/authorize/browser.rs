//! The browser that sits at the login page: its cookie, its login, and the proof that a form came from our page.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, params};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::db::Transaction;
use crate::directory::{self, UserRow};
use crate::random;
use crate::request::Request;
use crate::world::World;

/// Cookies know no ports, so an app on the same host shares the jar: the name must be nobody else's.
const COOKIE: &str = "ringcentral_emulator_login";

/// How long a login of the pages lasts.
const LOGIN_SECONDS: i64 = 7 * 24 * 3600;

/// A browser.
pub(super) struct Browser {
    /// The cookie, if one of our making was sent.
    pub(super) id: Option<String>,
    /// Who is signed in with it.
    pub(super) user: Option<UserRow>,
    /// Whether it came by https, and so must not send its cookie by http.
    secure: bool,
}

impl Browser {
    /// Recognizes the browser by its cookie.
    pub(super) fn read(tx: &Transaction<'_>, request: &Request, now: Timestamp) -> rusqlite::Result<Self> {
        let secure = request.is_secure();
        let Some(id) = cookie(request) else {
            return Ok(Self {
                id: None,
                user: None,
                secure,
            });
        };
        let extension_id: Option<i64> = tx
            .prepare_cached("SELECT extension_id FROM browser_sessions WHERE id = ?1 AND expires_at > ?2")?
            .query_row(params![id, now.as_millisecond()], |row| row.get(0))
            .optional()?;
        let user = match extension_id {
            Some(extension_id) => directory::find_user_by_extension(tx, extension_id)?,
            None => None,
        };
        Ok(Self {
            id: Some(id),
            user,
            secure,
        })
    }

    /// The browser's id; for a new browser, one and the cookie that hands it over.
    pub(super) fn id_or_new(self) -> (String, Option<String>) {
        if let Some(id) = self.id {
            return (id, None);
        }
        let id = random::token("EMU-login-");
        let cookie = set_cookie(&id, self.secure, false);
        (id, Some(cookie))
    }

    /// Whether a form was made for this browser.
    pub(super) fn sent_form(&self, world: &World, sent: Option<&str>) -> bool {
        match (&self.id, sent) {
            (Some(id), Some(sent)) => csrf(world, id).as_bytes().ct_eq(sent.as_bytes()).into(),
            _ => false,
        }
    }

    /// Signs the user in under a new id, and forgets the old one. The cookie to set.
    pub(super) fn log_in(
        &self,
        tx: &Transaction<'_>,
        user: &UserRow,
        remember: bool,
        now: Timestamp,
    ) -> rusqlite::Result<String> {
        let now = now.as_millisecond();
        tx.prepare_cached("DELETE FROM browser_sessions WHERE id = ?1 OR expires_at <= ?2")?
            .execute(params![self.id, now])?;
        let id = random::token("EMU-login-");
        tx.prepare_cached(
            "INSERT INTO browser_sessions (id, extension_id, created_at, expires_at) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute(params![id, user.extension_id, now, now + LOGIN_SECONDS * 1000])?;
        Ok(set_cookie(&id, self.secure, remember))
    }
}

/// The proof that a form needs: only our page for this browser holds it.
pub(super) fn csrf(world: &World, id: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(world.form_key);
    hash.update(id);
    URL_SAFE_NO_PAD.encode(hash.finalize())
}

fn cookie(request: &Request) -> Option<String> {
    let all = request.headers.get_all(http::header::COOKIE);
    all.iter()
        .filter_map(|header| header.to_str().ok())
        .flat_map(|header| header.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, value)| *name == COOKIE && value.starts_with("EMU-login-"))
        .map(|(_, value)| value.to_owned())
}

fn set_cookie(id: &str, secure: bool, remember: bool) -> String {
    let secure = if secure { "; Secure" } else { "" };
    let age = if remember {
        format!("; Max-Age={LOGIN_SECONDS}")
    } else {
        String::new()
    };
    format!("{COOKIE}={id}; Path=/restapi/oauth; HttpOnly; SameSite=Lax{secure}{age}")
}
