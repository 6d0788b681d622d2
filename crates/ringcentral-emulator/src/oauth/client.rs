//! Which app calls the token endpoint, and whether it proved it.

use base64::Engine as _;
use base64::engine::GeneralPurpose;
use base64::engine::general_purpose::GeneralPurposeConfig;
use rusqlite::Transaction;

use super::OauthError;
use crate::directory::{self, AppRow};
use crate::request::{Query, Request};

/// Some clients leave the padding out.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(base64::engine::DecodePaddingMode::Indifferent),
);

/// Identifies the app by Basic authentication, or by `client_id` alone for an app without a secret.
///
/// Clients really send Basic together with a matching `client_id`, and Basic with an empty secret for a public app.
pub(crate) fn authenticate(
    tx: &Transaction<'_>,
    request: &Request,
    form: &Query,
) -> Result<AppRow, OauthError> {
    let named = form.first("client_id");
    let (client_id, secret) = match request.header("authorization") {
        Some(header) => {
            let (id, secret) = basic(header)?;
            if named.is_some_and(|named| named != id) {
                return Err(OauthError::client(
                    "OAU-120",
                    "The client_id differs from the one in the Authorization header",
                ));
            }
            (id, Some(secret).filter(|secret| !secret.is_empty()))
        }
        None => match named {
            Some(id) => (id.to_owned(), None),
            None => return Err(OauthError::client("OAU-123", "Client authentication is required")),
        },
    };
    let app = directory::find_app(tx, &client_id)?
        .ok_or_else(|| OauthError::client("OAU-153", "There is no app with this client_id"))?;
    match (&app.client_secret, secret) {
        (None, None) => Ok(app),
        (Some(_), None) => Err(OauthError::client("OAU-123", "Client authentication is required")),
        (_, Some(secret)) if app.verify_secret(&secret) => Ok(app),
        _ => Err(OauthError::client("OAU-146", "Invalid client credentials")),
    }
}

fn basic(header: &str) -> Result<(String, String), OauthError> {
    let (scheme, credentials) = header.split_once(' ').unwrap_or((header, ""));
    if !scheme.eq_ignore_ascii_case("basic") {
        return Err(OauthError::client(
            "OAU-151",
            "Authorization method not supported, expected Basic",
        ));
    }
    let decoded = LENIENT
        .decode(credentials.trim())
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok());
    let (id, secret) = decoded
        .as_deref()
        .and_then(|text| text.split_once(':'))
        .ok_or_else(|| {
            OauthError::client(
                "OAU-123",
                "The Authorization header is not Basic base64(id:secret)",
            )
        })?;
    if id.is_empty() {
        return Err(OauthError::client("OAU-153", "The client id is empty"));
    }
    Ok((id.to_owned(), secret.to_owned()))
}
