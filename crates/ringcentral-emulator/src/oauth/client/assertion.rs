//! An app that proves itself by a signed assertion instead of its secret (RFC 7523): `client_secret_jwt` signs with the
//! secret, `private_key_jwt` with a key whose public half the app has registered.
//!
//! The platform's definitions name both, and no official SDK uses them; what is refused carries the code of a wrong secret.

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey, VerificationAlgorithm,
};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::Timestamp;
use rusqlite::{Connection, params};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::super::{OauthError, jwt};
use crate::directory::AppRow;

pub(super) const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The app that an assertion speaks for, before anything is proved.
pub(super) fn subject(assertion: &str) -> Option<String> {
    jwt::claims(assertion)?["sub"].as_str().map(str::to_owned)
}

/// A good assertion: by what it is known, and until when it is good.
#[derive(Debug)]
pub(super) struct Proof {
    digest: String,
    /// In seconds since 1970.
    expires: i64,
}

/// What the assertion proves, if it is this app's, meant for this server (`origin`), and still good.
pub(super) fn check(
    app: &AppRow,
    assertion: &str,
    origin: &str,
    now: Timestamp,
) -> Result<Proof, OauthError> {
    let refused = |why: &str| Err(refusal(why));
    let Some((header, claims, signed, signature)) = jwt::read(assertion) else {
        return refused("it is no signed JWT");
    };
    if !is_signed(app, &header, signed, &signature) {
        return refused("its signature is not the app's");
    }
    let is_own = |name: &str| claims[name] == app.client_id.as_str();
    if !is_own("iss") || !is_own("sub") {
        return refused("iss and sub must be the client_id");
    }
    if !is_for(&claims["aud"], origin) {
        return refused("aud must be the token endpoint's address, or the issuer's");
    }
    let Some(expires) = claims["exp"].as_i64() else {
        return refused("exp is missing");
    };
    if now.as_second() >= expires {
        return refused("it is expired");
    }
    // Without a `jti`, what is signed stands for it. The signature does not: of one text there may be many.
    let id = claims["jti"].as_str().unwrap_or(signed);
    let digest = Sha256::new()
        .chain_update(&app.client_id)
        .chain_update([0])
        .chain_update(id)
        .finalize();
    Ok(Proof {
        digest: URL_SAFE_NO_PAD.encode(digest),
        expires,
    })
}

impl Proof {
    /// Uses it up: an assertion that somebody has read on its way proves nothing a second time. It is remembered for as
    /// long as it would be good.
    pub(super) fn spend(&self, connection: &Connection, now: Timestamp) -> Result<(), OauthError> {
        connection
            .prepare_cached("DELETE FROM client_assertions WHERE expires_at <= ?1")?
            .execute([now.as_second()])?;
        let is_new = connection
            .prepare_cached("INSERT OR IGNORE INTO client_assertions (digest, expires_at) VALUES (?1, ?2)")?
            .execute(params![self.digest, self.expires])?;
        if is_new == 0 {
            return Err(refusal("it has been used before"));
        }
        Ok(())
    }
}

fn refusal(why: &str) -> OauthError {
    OauthError::client("OAU-146", format!("Invalid client assertion: {why}"))
}

/// Only what the app has counts: an app without a secret is not spoken for by HS256, one without a key by nothing else.
fn is_signed(app: &AppRow, header: &Value, signed: &str, signature: &[u8]) -> bool {
    let by_key = |algorithm: &'static dyn VerificationAlgorithm| {
        app.public_key.as_deref().and_then(der).is_some_and(|key| {
            UnparsedPublicKey::new(algorithm, key)
                .verify(signed.as_bytes(), signature)
                .is_ok()
        })
    };
    match header["alg"].as_str() {
        Some("HS256") => app.client_secret.as_deref().is_some_and(|secret| {
            let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
            hmac::verify(&key, signed.as_bytes(), signature).is_ok()
        }),
        Some("RS256") => by_key(&RSA_PKCS1_2048_8192_SHA256),
        Some("ES256") => by_key(&ECDSA_P256_SHA256_FIXED),
        _ => false,
    }
}

/// `aud` is one name or a list of names.
fn is_for(audience: &Value, origin: &str) -> bool {
    let is_this = |name: &Value| {
        name.as_str()
            .and_then(|name| name.strip_prefix(origin))
            .is_some_and(|rest| ["", "/", "/restapi/oauth/token"].contains(&rest))
    };
    match audience {
        Value::Array(names) => names.iter().any(is_this),
        name => is_this(name),
    }
}

/// What stands between the lines of a `PUBLIC KEY` in PEM.
pub(crate) fn der(pem: &str) -> Option<Vec<u8>> {
    let text = pem
        .trim()
        .strip_prefix("-----BEGIN PUBLIC KEY-----")?
        .strip_suffix("-----END PUBLIC KEY-----")?;
    STANDARD.decode(text.split_whitespace().collect::<String>()).ok()
}
