//! The registered apps. Their ids and secrets are published: they open nothing but an emulator.

use rusqlite::params;

use crate::db::Transaction;
use crate::directory::{self, APP_PERMISSIONS};

/// Client id and secret of the default app: a web app that may do everything.
pub(crate) const CONFIDENTIAL_APP: (&str, &str) = ("EMU-web-app", "EMU-web-app-secret");
/// Client id of the app without a secret, which logs in by PKCE.
pub(crate) const PUBLIC_APP: &str = "EMU-public-app";
/// Client id and secret of an app that may read the account and nothing else.
pub(crate) const LIMITED_APP: (&str, &str) = ("EMU-limited-app", "EMU-limited-app-secret");

pub(super) const ALL_GRANTS: &str =
    "authorization_code refresh_token password urn:ietf:params:oauth:grant-type:jwt-bearer";
pub(super) const PUBLIC_GRANTS: &str = "authorization_code refresh_token";

pub(super) const REDIRECT_URIS: &[&str] = &[
    "http://localhost:5000/oauth2callback",
    "http://127.0.0.1:5000/oauth2callback",
    "http://127.0.0.1:8921/callback",
    "http://127.0.0.1:8922/callback",
    "http://127.0.0.1:8923/callback",
    "http://127.0.0.1:8924/callback",
    "http://127.0.0.1:8925/callback",
    "http://localhost:8921/callback",
    "http://localhost:8922/callback",
    "http://localhost:8923/callback",
    "http://localhost:8924/callback",
    "http://localhost:8925/callback",
];

/// The client ids of the built-in apps.
pub(super) fn ids() -> impl Iterator<Item = &'static str> {
    [CONFIDENTIAL_APP.0, PUBLIC_APP, LIMITED_APP.0].into_iter()
}

pub(super) fn fill(tx: &Transaction<'_>, redirect_uris: &[String]) -> rusqlite::Result<()> {
    let everything = APP_PERMISSIONS.join(" ");
    let apps: [(&str, Option<&str>, &str, &str, &str); 3] = [
        (
            CONFIDENTIAL_APP.0,
            Some(CONFIDENTIAL_APP.1),
            "Demo web app",
            ALL_GRANTS,
            &everything,
        ),
        (
            PUBLIC_APP,
            None,
            "Demo public app (PKCE)",
            PUBLIC_GRANTS,
            &everything,
        ),
        (
            LIMITED_APP.0,
            Some(LIMITED_APP.1),
            "Demo app with few permissions",
            ALL_GRANTS,
            "ReadAccounts",
        ),
    ];
    for (client_id, secret, name, grants, permissions) in apps {
        tx.prepare_cached(
            "INSERT INTO apps (client_id, client_secret, name, grants, permissions, refresh_tokens)
             VALUES (?1, ?2, ?3, ?4, ?5, 1)",
        )?
        .execute(params![client_id, secret, name, grants, permissions])?;
        for uri in REDIRECT_URIS
            .iter()
            .copied()
            .chain(redirect_uris.iter().map(String::as_str))
        {
            directory::add_redirect_uri(tx, client_id, uri)?;
        }
    }
    Ok(())
}
