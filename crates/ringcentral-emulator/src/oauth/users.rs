//! Which users may log in, and in which words they are told that they may not.

use rusqlite::Transaction;

use super::OauthError;
use crate::directory::{self, UserRow};

/// Whether the user's state lets them log in at all.
pub(crate) fn may_log_in(user: &UserRow) -> Result<(), OauthError> {
    if user.locked {
        return Err(OauthError::grant(
            "OAU-147",
            "Account is locked out due to multiple unsuccessful logon attempts",
        ));
    }
    if user.status != "Enabled" {
        return Err(OauthError::grant(
            "OAU-141",
            format!("Extension is not enabled, its status is {}", user.status),
        ));
    }
    Ok(())
}

/// Checks a name and a password.
pub(crate) fn check_password(
    tx: &Transaction<'_>,
    username: &str,
    extension: Option<&str>,
    password: &str,
) -> Result<UserRow, OauthError> {
    let user = directory::find_user(tx, username, extension)?
        .filter(|user| directory::verify_password(user, password))
        .ok_or_else(|| OauthError::grant("OAU-140", "Invalid resource owner credentials"))?;
    may_log_in(&user)?;
    Ok(user)
}
