//! Who calls the API: the bearer token's owner, or why the token is no good.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::{numbered, sessions};
use crate::call::Caller;
use crate::reply::ApiError;
use crate::request::Request;
use crate::settings::Settings;

/// The caller of an API request.
pub(crate) fn authenticate(
    connection: &Connection,
    request: &Request,
    settings: &Settings,
    now: Timestamp,
) -> Result<Caller, ApiError> {
    let token = token_of(request)?;
    let now = now.as_millisecond();
    let id = numbered::row_of(sessions::ACCESS, token).ok_or_else(|| unknown(token))?;
    let found = connection
        .prepare_cached(
            "SELECT t.id, t.access_expires_at, t.superseded_at, t.used_at, s.ended_at,
                    s.account_id, s.extension_id, s.app_id, s.scope, e.is_admin, e.status, s.number, t.access_token
             FROM tokens t
             JOIN oauth_sessions s ON s.number = t.session
             LEFT JOIN extensions e ON e.id = s.extension_id
             WHERE t.id = ?1",
        )?
        .query_row([id], |row| {
            if !numbered::is(row.get_ref(12)?.as_str()?, token) {
                return Ok(None);
            }
            Ok(Some(Found {
                id: row.get(0)?,
                expires_at: row.get(1)?,
                superseded_at: row.get(2)?,
                used_at: row.get(3)?,
                ended_at: row.get(4)?,
                status: row.get(10)?,
                caller: Caller {
                    account_id: row.get(5)?,
                    extension_id: row.get(6)?,
                    app_id: row.get(7)?,
                    scope: row.get(8)?,
                    session: row.get(11)?,
                    is_admin: row.get::<_, Option<bool>>(9)?.unwrap_or_default(),
                },
            }))
        })
        .optional()?
        .flatten();
    let found = found.ok_or_else(|| unknown(token))?;
    found.check(settings, now)?;
    if found.used_at.is_none() {
        connection
            .prepare_cached("UPDATE tokens SET used_at = ?2 WHERE id = ?1")?
            .execute(params![found.id, now])?;
    }
    Ok(found.caller)
}

struct Found {
    id: i64,
    expires_at: i64,
    superseded_at: Option<i64>,
    used_at: Option<i64>,
    ended_at: Option<i64>,
    status: Option<String>,
    caller: Caller,
}

impl Found {
    fn check(&self, settings: &Settings, now: i64) -> Result<(), ApiError> {
        if self.ended_at.is_some() {
            return Err(ApiError::token("TokenInvalid", "OAU-213", "Token not found"));
        }
        if let Some(superseded_at) = self.superseded_at {
            return Err(
                if now - superseded_at <= settings.superseded_token_seconds * 1000 {
                    ApiError::token("TokenInvalid", "OAU-129", "Access token corrupted")
                } else {
                    ApiError::token("TokenInvalid", "OAU-213", "Token not found")
                },
            );
        }
        if now >= self.expires_at {
            return Err(ApiError::token("TokenExpired", "OAU-128", "Access token expired"));
        }
        if self.status.as_deref() != Some("Enabled") {
            return Err(ApiError::new(
                http::StatusCode::BAD_REQUEST,
                "OAU-236",
                "The user of the token is disabled",
            ));
        }
        Ok(())
    }
}

/// A token that looks like ours is one that no longer exists; anything else is garbage.
fn unknown(token: &str) -> ApiError {
    if token.starts_with(sessions::ACCESS) {
        ApiError::token("TokenInvalid", "OAU-213", "Token not found")
    } else {
        ApiError::token(
            "TokenInvalid",
            "OAU-149",
            "Invalid Authorization header value: the access token is invalid",
        )
    }
}

/// The token from the `Authorization` header, or from `?access_token=`, which the platform takes for media links.
fn token_of(request: &Request) -> Result<&str, ApiError> {
    let unauthorized = |code, message| Err(ApiError::new(http::StatusCode::UNAUTHORIZED, code, message));
    let Some(header) = request.header("authorization") else {
        return match request.query.first("access_token") {
            Some(token) => Ok(token),
            None => unauthorized("AGW-401", "Authorization header is not specified"),
        };
    };
    let (scheme, token) = header.split_once(' ').unwrap_or((header, ""));
    let token = token.trim();
    if scheme.eq_ignore_ascii_case("basic") {
        return unauthorized("OAU-151", "Authorization method not supported: expected Bearer");
    }
    if !scheme.eq_ignore_ascii_case("bearer") || token.is_empty() || token.contains(' ') {
        return unauthorized("AGW-402", "Invalid Authorization header");
    }
    Ok(token)
}
