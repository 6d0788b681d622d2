//! One try to sign in, and what is wrong with it in words.

use rusqlite::Transaction;

use super::super::OauthError;
use crate::directory::{self, UserRow};
use crate::request::Query;

/// What somebody typed into the login form.
#[derive(Default)]
pub(super) struct Attempt {
    pub(super) username: String,
    pub(super) extension: String,
    password: String,
    /// A user of the list, signed in with one click.
    picked: Option<i64>,
    code: Option<String>,
    /// The user whose password was right and whose code is asked for next.
    pub(super) second_step: Option<UserRow>,
}

/// Why an attempt is not a login yet.
pub(super) enum Judged {
    Refused(String),
    NeedsCode(Box<UserRow>),
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

    /// The user, if the attempt is a good one.
    pub(super) fn judge(&self, tx: &Transaction<'_>) -> Result<UserRow, Judged> {
        let broken = |error: rusqlite::Error| Judged::Broken(error.into());
        let refused = |words: &str| Judged::Refused(words.to_owned());
        let user = if let Some(id) = self.picked {
            directory::find_user_by_extension(tx, id)
                .map_err(broken)?
                .ok_or_else(|| refused("There is no such user any more."))?
        } else {
            if self.username.is_empty() {
                return Err(refused("Please type your phone number or e-mail address."));
            }
            if self.password.is_empty() {
                return Err(refused("Please type your password."));
            }
            let extension = Some(self.extension.as_str()).filter(|extension| !extension.is_empty());
            directory::find_user(tx, &self.username, extension)
                .map_err(broken)?
                .filter(|user| directory::verify_password(user, &self.password))
                .ok_or_else(|| {
                    refused("The user name, extension or password is wrong. Please check them and try again.")
                })?
        };
        if user.locked {
            return Err(Judged::Refused(format!(
                "{} is locked after too many wrong passwords. An administrator must unlock this user; until then nobody can sign in as {0}.",
                user.name
            )));
        }
        if user.status != "Enabled" {
            return Err(Judged::Refused(format!(
                "{} cannot sign in: the extension's status is {}. Please choose another user.",
                user.name, user.status
            )));
        }
        match (&user.mfa_code, &self.code) {
            (Some(expected), Some(typed)) if expected != typed => {
                Err(refused("That code is wrong. Please start again."))
            }
            (Some(_), None) => Err(Judged::NeedsCode(Box::new(user))),
            _ => Ok(user),
        }
    }
}
