//! `OpenID` Connect: the id token, and the RSA key that signs it.

use std::fmt;

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::sessions::Session;
use crate::directory::UserRow;
use crate::random;

const KEY_ID: &str = "EMU-id-1";

/// The scopes that ask for an identity and not for a permission. Without the first, the others ask for nothing.
pub(super) const SCOPES: [&str; 3] = ["openid", "email", "profile"];

/// Whether a session's scope asks for an id token.
pub(super) fn is_asked(scope: &str) -> bool {
    scope.split(' ').any(|scope| scope == SCOPES[0])
}

/// How long an id token is good for, in seconds.
const LIFE_SECONDS: i64 = 3600;

/// The RS256 key of one world.
pub(crate) struct IdTokenKey {
    pair: KeyPair,
    text: String,
}

impl IdTokenKey {
    /// A new key.
    pub(crate) fn generate() -> Self {
        let pair = KeyPair::generate(KeySize::Rsa2048).expect("the operating system has entropy");
        let document: Pkcs8V1Der<'static> = pair.as_der().expect("a generated key can be written");
        Self {
            text: URL_SAFE_NO_PAD.encode(document.as_ref()),
            pair,
        }
    }

    /// A key as [`IdTokenKey::text`] gave it.
    pub(crate) fn from_text(text: &str) -> Option<Self> {
        let document = URL_SAFE_NO_PAD.decode(text).ok()?;
        Some(Self {
            pair: KeyPair::from_pkcs8(&document).ok()?,
            text: text.to_owned(),
        })
    }

    /// The key in a form that can be stored.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The public half as a JSON Web Key.
    pub(crate) fn public_jwk(&self) -> Value {
        let (n, e) = modulus_and_exponent(self.pair.public_key().as_ref())
            .expect("the library writes keys as the standard says");
        json!({
            "kty": "RSA", "alg": "RS256", "use": "sig", "kid": KEY_ID,
            "n": URL_SAFE_NO_PAD.encode(n), "e": URL_SAFE_NO_PAD.encode(e),
        })
    }

    fn sign(&self, claims: &Value) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let header = json!({"kid": KEY_ID, "typ": "JWT", "alg": "RS256"});
        let signed = format!("{}.{}", part(&header), part(claims));
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                signed.as_bytes(),
                &mut signature,
            )
            .expect("signing with a good key fails only without entropy");
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

impl fmt::Debug for IdTokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdTokenKey").finish_non_exhaustive()
    }
}

/// Says who has logged in, to the app that asked.
pub(super) fn make(
    key: &IdTokenKey,
    issuer: &str,
    session: &Session,
    user: &UserRow,
    nonce: Option<&str>,
    now: Timestamp,
) -> String {
    let asked = |scope: &str| session.scope.split(' ').any(|granted| granted == scope);
    let mut claims = json!({
        "iss": issuer,
        "sub": user.extension_id.to_string(),
        "aud": session.app_id,
        "iat": now.as_second(),
        "exp": now.as_second() + LIFE_SECONDS,
        "auth_time": session.started_at / 1000,
        "jti": format!("EMU-{}", random::uuid()),
        "account_id": user.account_id.to_string(),
    });
    if let Some(nonce) = nonce {
        claims["nonce"] = json!(nonce);
    }
    if asked("email") {
        claims["email"] = json!(user.email);
        claims["email_verified"] = json!(true);
    }
    if asked("profile") {
        let (given_name, family_name) = user.name.split_once(' ').unwrap_or((&user.name, ""));
        claims["given_name"] = json!(given_name);
        claims["family_name"] = json!(family_name);
    }
    key.sign(&claims)
}

/// The two numbers of a public key: a sequence of two integers, as RFC 8017 writes it.
fn modulus_and_exponent(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (sequence, _) = element(der, 0x30)?;
    let (modulus, rest) = element(sequence, 0x02)?;
    let (exponent, _) = element(rest, 0x02)?;
    // A number whose first bit is set has a zero before it, which a JWK leaves out.
    Some((modulus.strip_prefix(&[0]).unwrap_or(modulus), exponent))
}

/// The content of an element with this tag, and what follows it.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&[found, length], rest) = der.split_first_chunk::<2>()?;
    if found != tag {
        return None;
    }
    let (length, rest) = match usize::from(length) {
        short @ 0..=0x7f => (short, rest),
        long => {
            let (length, rest) = rest.split_at_checked(long & 0x7f)?;
            let length = length
                .iter()
                .fold(0, |length, byte| length << 8 | usize::from(*byte));
            (length, rest)
        }
    };
    rest.split_at_checked(length)
}

#[cfg(test)]
mod tests {
    use super::{IdTokenKey, URL_SAFE_NO_PAD, modulus_and_exponent};
    use base64::Engine as _;

    #[test]
    fn a_key_is_published_in_two_numbers_and_survives_storage() {
        let key = IdTokenKey::generate();
        let jwk = key.public_jwk();
        let length = |name: &str| {
            URL_SAFE_NO_PAD
                .decode(jwk[name].as_str().expect("text"))
                .expect("base64")
                .len()
        };
        assert_eq!((length("n"), length("e")), (256, 3));
        assert_eq!(jwk["e"], "AQAB");
        let stored = IdTokenKey::from_text(key.text()).expect("the key's own text");
        assert_eq!(stored.public_jwk(), jwk);
        assert!(IdTokenKey::from_text("AAAA").is_none());
    }

    #[test]
    fn what_is_no_key_has_no_numbers() {
        for der in [
            &b""[..],
            b"\x30",
            b"\x30\x80",
            b"\x30\x03\x02\x05\x01",
            b"\x31\x00",
            b"\x30\x84\xff\xff\xff\xff",
        ] {
            assert_eq!(modulus_and_exponent(der), None, "{der:?}");
        }
    }
}
