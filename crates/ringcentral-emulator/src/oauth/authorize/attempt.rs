//! One try to sign in, and what is wrong with it in words.

use jiff::Timestamp;

use super::super::{OauthError, lockout};
use super::words::Problem;
use crate::db::Transaction;
use crate::directory::{self, UserRow};
use crate::request::Query;
use crate::settings::Settings;

/// What somebody typed into the login form.
#[derive(Default)]
pub(super) struct Attempt {
    pub(super) username: String,
    pub(super) extension: String,
    password: String,
    /// A user of the list, signed in with one click.
    picked: Option<i64>,
    /// The identity provider vouches for the user: no password.
    single_sign_on: bool,
    code: Option<String>,
    /// The user whose password was right and whose code is asked for next.
    pub(super) second_step: Option<UserRow>,
}

/// Why an attempt is not a login yet.
pub(super) enum Judged {
    Refused(Problem),
    NeedsCode(Box<UserRow>),
    /// The code may be tried again; name and password are not asked for anew.
    WrongCode(Box<UserRow>),
    Broken(OauthError),
}

impl Attempt {
    /// Reads the form.
    pub(super) fn read(form: &Query) -> Self {
        let text = |key: &str| {
            form.first(key)
                .map(|value| value.trim().to_owned())
                .unwrap_or_default()
        };
        Self {
            username: text("username"),
            extension: text("extension"),
            password: form.first("password").unwrap_or_default().to_owned(),
            picked: form.first("user").and_then(|id| id.parse().ok()),
            single_sign_on: form.first("sso").is_some(),
            code: form.first("mfa_code").map(|code| code.trim().to_owned()),
            second_step: None,
        }
    }

    /// The same attempt, for which a code is asked next.
    pub(super) fn with_second_step(self, user: UserRow) -> Self {
        Self {
            second_step: Some(user),
            ..self
        }
    }

    /// The fields that a problem is about: none when nothing was typed, because a user of the list was picked.
    pub(super) fn wrong_fields(&self, problem: &Problem) -> &'static [&'static str] {
        if self.picked.is_some() && self.second_step.is_none() {
            return &[];
        }
        problem.fields()
    }

    /// The user, if the attempt is a good one.
    pub(super) fn judge(
        &self,
        tx: &Transaction<'_>,
        settings: &Settings,
        now: Timestamp,
    ) -> Result<UserRow, Judged> {
        let user = self.find(tx, settings, now)?;
        if user.locked {
            return Err(Problem::Locked { name: user.name }.into());
        }
        if let Some(until) = lockout::locked_until(tx, user.extension_id, now)? {
            return Err(Problem::LockedUntil {
                name: user.name,
                until,
            }
            .into());
        }
        if user.status != "Enabled" {
            return Err(Problem::NotEnabled {
                name: user.name,
                status: user.status,
            }
            .into());
        }
        match (&user.mfa_code, &self.code) {
            (Some(expected), Some(typed)) if expected != typed => Err(Judged::WrongCode(Box::new(user))),
            (Some(_), None) => Err(Judged::NeedsCode(Box::new(user))),
            _ => {
                lockout::forget(tx, Some(user.extension_id))?;
                Ok(user)
            }
        }
    }

    /// The user that was picked, vouched for, or named with the right password.
    fn find(&self, tx: &Transaction<'_>, settings: &Settings, now: Timestamp) -> Result<UserRow, Judged> {
        if let Some(id) = self.picked {
            return directory::find_user_by_extension(tx, id)?.ok_or(Problem::NoSuchUser.into());
        }
        if self.username.is_empty() {
            return Err(Problem::NoUserName.into());
        }
        let extension = Some(self.extension.as_str()).filter(|extension| !extension.is_empty());
        let user = directory::find_user(tx, &self.username, extension)?;
        if self.single_sign_on {
            return user.ok_or(Problem::NoSuchUser.into());
        }
        if self.password.is_empty() {
            return Err(Problem::NoPassword.into());
        }
        let user = user.ok_or(Problem::Wrong)?;
        if directory::verify_password(&user, &self.password) {
            return Ok(user);
        }
        // One who is locked out hears that, and guesses no further.
        if lockout::locked_until(tx, user.extension_id, now)?.is_some() {
            return Ok(user);
        }
        lockout::count(tx, user.extension_id, settings, now)?;
        Err(Problem::Wrong.into())
    }
}

impl From<Problem> for Judged {
    fn from(problem: Problem) -> Self {
        Self::Refused(problem)
    }
}

impl From<rusqlite::Error> for Judged {
    fn from(error: rusqlite::Error) -> Self {
        Self::Broken(error.into())
    }
}
