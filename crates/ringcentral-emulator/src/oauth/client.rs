//! Which app calls the token endpoint, and whether it proved it.

use base64::Engine as _;
use base64::engine::GeneralPurpose;
use base64::engine::general_purpose::GeneralPurposeConfig;
use jiff::Timestamp;

use super::OauthError;
use crate::db::Transaction;
use crate::directory::{self, AppRow};
use crate::request::{Query, Request};

pub(crate) mod assertion;

/// Some clients leave the padding out.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(base64::engine::DecodePaddingMode::Indifferent),
);

/// Identifies the app by Basic authentication, by a signed assertion, or by `client_id` alone for an app without a secret.
///
/// Clients really send Basic together with a matching `client_id`, and Basic with an empty secret for a public app.
pub(crate) fn authenticate(
    tx: &Transaction<'_>,
    request: &Request,
    form: &Query,
    now: Timestamp,
) -> Result<AppRow, OauthError> {
    let named = form.first("client_id");
    if let Some(assertion) = form.first("client_assertion") {
        return by_assertion(tx, request, form, assertion, now);
    }
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
        (None, None) if app.public_key.is_none() => Ok(app),
        (_, None) => Err(OauthError::client("OAU-123", "Client authentication is required")),
        (_, Some(secret)) if app.verify_secret(&secret) => Ok(app),
        _ => Err(OauthError::client("OAU-146", "Invalid client credentials")),
    }
}

fn by_assertion(
    tx: &Transaction<'_>,
    request: &Request,
    form: &Query,
    assertion: &str,
    now: Timestamp,
) -> Result<AppRow, OauthError> {
    if request.header("authorization").is_some() {
        return Err(OauthError::client(
            "OAU-120",
            "An app proves itself in one way: by the Authorization header or by client_assertion",
        ));
    }
    if form.first("client_assertion_type") != Some(assertion::TYPE) {
        return Err(OauthError::client(
            "OAU-146",
            format!("Parameter [client_assertion_type] must be {}", assertion::TYPE),
        ));
    }
    let subject = assertion::subject(assertion);
    let (named, subject) = (form.first("client_id"), subject.as_deref());
    if let (Some(named), Some(subject)) = (named, subject)
        && named != subject
    {
        return Err(OauthError::client(
            "OAU-120",
            "The client_id differs from the one in the client_assertion",
        ));
    }
    let app = match named.or(subject) {
        Some(id) => directory::find_app(tx, id)?,
        None => {
            return Err(OauthError::client(
                "OAU-146",
                "Invalid client assertion: it is no signed JWT",
            ));
        }
    };
    let app = app.ok_or_else(|| OauthError::client("OAU-153", "There is no app with this client_id"))?;
    assertion::check(&app, assertion, &request.origin, now)?.spend(tx, now)?;
    Ok(app)
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
