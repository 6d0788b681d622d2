//! The refresh grant: single use, with the platform's grace for a pair whose answer was lost.

use super::grants::Asked;
use super::sessions::{self, Lifetimes, Pair, Session, TokenAnswer};
use super::{OauthError, users};
use crate::db::Transaction;
use crate::directory::{self, UserRow};
use crate::request::Query;

/// Exchanges a refresh token.
///
/// The session's current refresh token gives a new pair, and the old access token dies at once. The one before it gives
/// the *same* new pair again: for an hour while the new access token is unused, and for ten seconds after its first use.
pub(super) fn refresh(asked: &Asked<'_>, found: Option<(Pair, Session)>) -> Result<TokenAnswer, OauthError> {
    asked.required("refresh_token")?;
    let (pair, session) = found.ok_or_else(not_found)?;
    if session.app_id != asked.app.client_id {
        return Err(OauthError::grant(
            "OAU-121",
            "The refresh token was issued to another app",
        ));
    }
    if session.ended_at.is_some() {
        return Err(OauthError::grant("OAU-211", "Token revoked"));
    }
    let user = directory::find_user_by_extension(asked.tx, session.extension_id)?
        .ok_or_else(|| OauthError::grant("OAU-232", "The user does not exist any more"))?;
    users::may_log_in(&user)?;
    let now = asked.now.as_millisecond();
    if pair.superseded_at.is_some() {
        return repeat(asked, session, &pair, &user, now);
    }
    if pair
        .refresh_expires_at
        .is_some_and(|expires_at| now >= expires_at)
    {
        return Err(OauthError::grant("OAU-210", "Token expired"));
    }
    let lifetimes = Lifetimes::asked(asked.form, asked.settings);
    let next = sessions::replace(asked.tx, &pair, lifetimes, asked.now)?;
    asked.answer(session, next, &user, None)
}

/// An old refresh token: the pair that replaced it, while that pair is still fresh.
fn repeat(
    asked: &Asked<'_>,
    session: Session,
    old: &Pair,
    user: &UserRow,
    now: i64,
) -> Result<TokenAnswer, OauthError> {
    let next = sessions::successor(asked.tx, old)?.filter(|next| next.superseded_at.is_none());
    let (Some(next), Some(superseded_at)) = (next, old.superseded_at) else {
        return Err(not_found());
    };
    let (since, seconds) = match next.used_at {
        None => (superseded_at, asked.settings.refresh_grace_unused_seconds),
        Some(used_at) => (used_at, asked.settings.refresh_grace_used_seconds),
    };
    if now - since > seconds * 1000 {
        return Err(not_found());
    }
    asked.answer(session, next, user, None)
}

fn not_found() -> OauthError {
    OauthError::grant("OAU-213", "Token not found")
}

/// The pair of the refresh token in the form, and its session.
pub(super) fn pair_in(tx: &Transaction<'_>, form: &Query) -> rusqlite::Result<Option<(Pair, Session)>> {
    let Some(token) = form.first("refresh_token") else {
        return Ok(None);
    };
    let Some(pair) = sessions::by_refresh_token(tx, token)? else {
        return Ok(None);
    };
    Ok(sessions::by_number(tx, pair.session)?.map(|session| (pair, session)))
}
