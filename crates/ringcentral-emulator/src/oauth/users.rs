//! Which users may log in, and in which words they are told that they may not.

use jiff::Timestamp;

use super::OauthError;
use super::lockout::{self, Failures};
use crate::db::Transaction;
use crate::directory::{self, UserRow};
use crate::settings::Settings;

/// Whether the user's state lets them log in at all.
pub(crate) fn may_log_in(user: &UserRow) -> Result<(), OauthError> {
    if user.locked {
        return Err(locked());
    }
    if user.status != "Enabled" {
        return Err(OauthError::grant(
            "OAU-141",
            format!("Extension is not enabled, its status is {}", user.status),
        ));
    }
    Ok(())
}

/// Checks a password, and counts the wrong ones. A user who is locked out is told so, be the password right or wrong.
pub(crate) fn check_password(
    tx: &Transaction<'_>,
    user: Option<UserRow>,
    password: &str,
    settings: &Settings,
    now: Timestamp,
) -> Result<UserRow, OauthError> {
    let wrong = || OauthError::grant("OAU-140", "Invalid resource owner credentials");
    let user = user.ok_or_else(wrong)?;
    let failures = Failures::of(tx, user.extension_id)?;
    if failures.and_then(|failures| failures.locked_until(now)).is_some() {
        return Err(locked());
    }
    if !directory::verify_password(&user, password) {
        lockout::count(tx, user.extension_id, settings, now)?;
        return Err(wrong());
    }
    may_log_in(&user)?;
    if failures.is_some() {
        lockout::forget(tx, Some(user.extension_id))?;
    }
    Ok(user)
}

/// Users for whom signing in is one step, the default user first.
pub(crate) fn who_sign_in_at_once(tx: &Transaction<'_>) -> rusqlite::Result<Vec<UserRow>> {
    let mut users = directory::list_login_users(tx)?;
    users.retain(|user| may_log_in(user).is_ok() && user.mfa_code.is_none());
    Ok(users)
}

/// The extension id of the user as whom everything shall be approved, by user name or extension number; otherwise
/// whom there is to choose from.
pub(crate) fn approving(tx: &Transaction<'_>, wanted: &str) -> rusqlite::Result<Result<i64, Vec<String>>> {
    let users = who_sign_in_at_once(tx)?;
    let named = directory::find_user(tx, wanted, None)?.map(|user| user.extension_id);
    let found = users
        .iter()
        .find(|user| Some(user.extension_id) == named || user.extension_number == wanted);
    Ok(found.map(|user| user.extension_id).ok_or_else(|| {
        users
            .iter()
            .map(|user| format!("{} ({})", user.extension_number, user.name))
            .collect()
    }))
}

fn locked() -> OauthError {
    OauthError::grant(
        "OAU-147",
        "Account is locked out due to multiple unsuccessful logon attempts",
    )
}
