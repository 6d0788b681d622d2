//! The grants that start a session: authorization code, password, JWT.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, params};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::jwt::Credential;
use super::sessions::{self, Lifetimes, Login, Pair, Session, TokenAnswer};
use super::token::JWT_BEARER;
use super::{OauthError, id_token, jwt as assertion, users};
use crate::db::Transaction;
use crate::directory::{self, AppRow, UserRow};
use crate::request::Query;
use crate::settings::Settings;
use crate::world::World;

/// A token request whose app is known and may ask.
pub(super) struct Asked<'a> {
    pub(super) world: &'a World,
    pub(super) tx: &'a Transaction<'a>,
    pub(super) app: &'a AppRow,
    pub(super) form: &'a Query,
    /// This server, as the client calls it.
    pub(super) origin: &'a str,
    pub(super) settings: &'a Settings,
    pub(super) now: Timestamp,
}

impl Asked<'_> {
    pub(super) fn required(&self, key: &'static str) -> Result<&str, OauthError> {
        self.form
            .first(key)
            .ok_or_else(|| OauthError::request("CMN-101", format!("Parameter [{key}] is missing or empty")))
    }

    fn start(
        &self,
        user: &UserRow,
        grant_type: &str,
        scope: String,
        nonce: Option<&str>,
    ) -> Result<(i64, TokenAnswer), OauthError> {
        let login = Login {
            grant_type,
            scope,
            endpoint_id: self.form.first("endpoint_id"),
            lifetimes: Lifetimes::asked(self.form, self.settings),
        };
        let (session, pair) = sessions::start(self.tx, self.app, user, login, self.settings, self.now)?;
        Ok((session.number, self.answer(session, pair, user, nonce)?))
    }

    /// The tokens, and who the user is if the app asked for that too.
    pub(super) fn answer(
        &self,
        session: Session,
        pair: Pair,
        user: &UserRow,
        nonce: Option<&str>,
    ) -> Result<TokenAnswer, OauthError> {
        let id_token = if id_token::is_asked(&session.scope) {
            let key = self.world.id_token_key(self.tx)?;
            Some(id_token::make(key, self.origin, &session, user, nonce, self.now))
        } else {
            None
        };
        let mut answer = TokenAnswer::new(session, pair, self.now);
        answer.id_token = id_token;
        Ok(answer)
    }
}

/// The app's permissions, narrowed to those asked for. Names that the app does not have are ignored, and so is a list
/// without any that it has: the guide says that `scope` is not used, the definitions say that it narrows.
pub(super) fn scope(app: &AppRow, asked: Option<&str>) -> String {
    let Some(asked) = asked else {
        return app.permissions.clone();
    };
    let asked: Vec<&str> = asked.split_whitespace().collect();
    let narrowed: Vec<&str> = app
        .permissions()
        .filter(|permission| asked.contains(permission))
        .collect();
    let mut granted: Vec<&str> = if narrowed.is_empty() {
        app.permissions().collect()
    } else {
        narrowed
    };
    if asked.contains(&id_token::SCOPES[0]) {
        granted.extend(id_token::SCOPES.iter().filter(|scope| asked.contains(*scope)));
    }
    granted.join(" ")
}

/// An authorization code, as stored.
pub(super) struct Code {
    value: String,
    app_id: String,
    extension_id: i64,
    redirect_uri: String,
    redirect_sent: bool,
    scope: String,
    nonce: Option<String>,
    challenge: Option<String>,
    challenge_method: Option<String>,
    expires_at: i64,
    /// The session that it was good for.
    session: Option<i64>,
}

impl Code {
    pub(super) fn extension_id(&self) -> i64 {
        self.extension_id
    }
}

/// The authorization code grant.
pub(super) fn code(asked: &Asked<'_>, found: Option<Code>) -> Result<TokenAnswer, OauthError> {
    asked.required("code")?;
    let code = found.ok_or_else(|| OauthError::grant("OAU-106", "Authorization code is invalid"))?;
    if code.app_id != asked.app.client_id {
        return Err(OauthError::grant(
            "OAU-110",
            "Authorization code was issued for another app",
        ));
    }
    if let Some(session) = code.session {
        // Somebody has the code who should not: whatever its first use gave is void.
        sessions::end(asked.tx, session, asked.now)?;
        return Err(OauthError::grant(
            "OAU-106",
            "Authorization code has been used before",
        ));
    }
    if asked.now.as_millisecond() >= code.expires_at {
        return Err(OauthError::grant("OAU-108", "Authorization code is expired"));
    }
    let same_redirect = match asked.form.first("redirect_uri") {
        Some(uri) => uri == code.redirect_uri,
        None => !code.redirect_sent,
    };
    if !same_redirect {
        return Err(OauthError::grant("OAU-109", "Redirect URIs do not match"));
    }
    check_verifier(&code, asked.form.first("code_verifier"))?;
    let user = directory::find_user_by_extension(asked.tx, code.extension_id)?
        .ok_or_else(|| OauthError::grant("OAU-232", "The user does not exist any more"))?;
    users::may_log_in(&user)?;
    let (session, answer) = asked.start(
        &user,
        "authorization_code",
        code.scope.clone(),
        code.nonce.as_deref(),
    )?;
    asked
        .tx
        .prepare_cached("UPDATE codes SET session = ?2 WHERE code = ?1")?
        .execute(params![code.value, session])?;
    Ok(answer)
}

/// A code that was issued with a challenge needs the verifier. For one without, a verifier is ignored: the JS SDK sends
/// the last one it made, whatever code it redeems.
fn check_verifier(code: &Code, verifier: Option<&str>) -> Result<(), OauthError> {
    let Some(challenge) = &code.challenge else {
        return Ok(());
    };
    let verifier =
        verifier.ok_or_else(|| OauthError::grant("OAU-106", "Parameter [code_verifier] is missing"))?;
    let derived = match code.challenge_method.as_deref() {
        Some("S256") => URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)),
        _ => verifier.to_owned(),
    };
    if bool::from(derived.as_bytes().ct_eq(challenge.as_bytes())) {
        Ok(())
    } else {
        Err(OauthError::grant(
            "OAU-106",
            "The code_verifier does not fit the code_challenge",
        ))
    }
}

fn find_code(tx: &Transaction<'_>, code: &str) -> rusqlite::Result<Option<Code>> {
    tx.prepare_cached(
        "SELECT code, app_id, extension_id, redirect_uri, redirect_sent, scope, challenge, challenge_method,
                expires_at, session, nonce
         FROM codes WHERE code = ?1",
    )?
    .query_row([code], |row| {
        Ok(Code {
            value: row.get(0)?,
            app_id: row.get(1)?,
            extension_id: row.get(2)?,
            redirect_uri: row.get(3)?,
            redirect_sent: row.get(4)?,
            scope: row.get(5)?,
            challenge: row.get(6)?,
            challenge_method: row.get(7)?,
            expires_at: row.get(8)?,
            session: row.get(9)?,
            nonce: row.get(10)?,
        })
    })
    .optional()
}

/// The code in the form.
pub(super) fn code_in(tx: &Transaction<'_>, form: &Query) -> rusqlite::Result<Option<Code>> {
    match form.first("code") {
        Some(code) => find_code(tx, code),
        None => Ok(None),
    }
}

/// The password grant. The extension comes in `extension`, behind a `*` in `username`, or not at all.
pub(super) fn password(asked: &Asked<'_>, user: Option<UserRow>) -> Result<TokenAnswer, OauthError> {
    let password = asked.required("password")?;
    asked.required("username")?;
    let user = users::check_password(asked.tx, user, password, asked.settings, asked.now)?;
    if user.mfa_code.is_some() {
        return Err(OauthError::grant(
            "OAU-168",
            "The user needs multi-factor authentication, so the password grant is refused",
        ));
    }
    let scope = scope(asked.app, asked.form.first("scope"));
    let (_, answer) = asked.start(&user, "password", scope, None)?;
    Ok(answer)
}

/// The user name; a number's `+` that the client did not encode has become a space, and is put back.
fn username(form: &Query) -> Option<String> {
    form.phone("username")
}

/// The user that the form names.
pub(super) fn user_in(tx: &Transaction<'_>, form: &Query) -> rusqlite::Result<Option<UserRow>> {
    match username(form) {
        Some(username) => directory::find_user(tx, &username, form.first("extension")),
        None => Ok(None),
    }
}

/// The JWT grant.
pub(super) fn jwt(
    asked: &Asked<'_>,
    found: Option<Result<Credential, OauthError>>,
) -> Result<TokenAnswer, OauthError> {
    asked.required("assertion")?;
    let unreadable = || OauthError::request("OAU-344", "Unparseable assertion");
    let credential = found.ok_or_else(unreadable)??;
    credential.check(asked.tx, asked.app)?;
    let user = directory::find_user_by_extension(asked.tx, credential.extension_id)?
        .ok_or_else(|| OauthError::grant("OAU-232", "The user of the assertion does not exist"))?;
    users::may_log_in(&user)?;
    let scope = scope(asked.app, asked.form.first("scope"));
    let (_, answer) = asked.start(&user, JWT_BEARER, scope, None)?;
    Ok(answer)
}

/// The credential in the form, or what is wrong with it.
pub(super) fn credential_in(
    world: &World,
    tx: &Transaction<'_>,
    form: &Query,
    now: Timestamp,
) -> rusqlite::Result<Option<Result<Credential, OauthError>>> {
    match form.first("assertion") {
        Some(token) => Ok(Some(assertion::verify(world.signing_key(tx)?, token, now))),
        None => Ok(None),
    }
}
