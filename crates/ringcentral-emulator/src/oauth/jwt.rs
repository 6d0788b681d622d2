//! JWT credentials: minted here, as the developer console does, and taken by the JWT grant.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, UnparsedPublicKey,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use rusqlite::Connection;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::OauthError;
use crate::directory::AppRow;
use crate::random;

const KEY_ID: &str = "EMU-jwt-1";

/// The ES256 key of one world.
pub(crate) struct SigningKey {
    pair: EcdsaKeyPair,
    text: String,
    /// What assertions say whose signature was found good, by their digests: a client sends the same one at every login.
    good: Mutex<HashMap<[u8; 32], Arc<Claims>>>,
}

/// As many assertions are remembered.
const REMEMBERED: usize = 1000;

impl SigningKey {
    /// A new key.
    pub(crate) fn generate() -> Self {
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new())
            .expect("the operating system has entropy");
        Self::from_text(&URL_SAFE_NO_PAD.encode(document.as_ref())).expect("a generated key can be read")
    }

    /// A key as [`SigningKey::text`] gave it.
    pub(crate) fn from_text(text: &str) -> Option<Self> {
        let document = URL_SAFE_NO_PAD.decode(text).ok()?;
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &document).ok()?;
        Some(Self {
            pair,
            text: text.to_owned(),
            good: Mutex::default(),
        })
    }

    /// What an assertion says that this key has signed.
    fn read(&self, assertion: &str) -> Result<Arc<Claims>, OauthError> {
        let digest: [u8; 32] = Sha256::digest(assertion).into();
        let good = || self.good.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(claims) = good().get(&digest) {
            return Ok(claims.clone());
        }
        let claims = Arc::new(self.prove(assertion)?);
        let mut good = good();
        if good.len() == REMEMBERED {
            good.clear();
        }
        good.insert(digest, claims.clone());
        Ok(claims)
    }

    /// `OAU-345` and `OAU-347` are the platform's; for an unreadable assertion no code is known, so `OAU-344` is this
    /// emulator's own.
    fn prove(&self, assertion: &str) -> Result<Claims, OauthError> {
        let unparseable = || OauthError::request("OAU-344", "Unparseable assertion");
        let (header, claims, signed, signature) = read(assertion).ok_or_else(unparseable)?;
        if header["alg"] != "ES256" {
            return Err(OauthError::request(
                "OAU-347",
                "Unsupported signature algorithm of the assertion",
            ));
        }
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, self.pair.public_key().as_ref())
            .verify(signed.as_bytes(), &signature)
            .map_err(|_| OauthError::request("OAU-345", "Invalid assertion signature"))?;
        let sub = claims["sub"].as_str().and_then(|sub| sub.parse().ok());
        let client_ids = claims["client_ids"].as_array().into_iter().flatten();
        Ok(Claims {
            expires: claims["exp"].as_i64(),
            credential: Credential {
                extension_id: sub.ok_or_else(unparseable)?,
                id: claims["jti"].as_str().unwrap_or_default().to_owned(),
                client_ids: client_ids
                    .filter_map(|id| id.as_str().map(str::to_owned))
                    .collect(),
            },
        })
    }

    /// The key in a form that can be stored.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The public half as a JSON Web Key.
    pub(crate) fn public_jwk(&self) -> Value {
        // An uncompressed point: a byte 4, then x and y of 32 bytes each.
        let (x, y) = self.pair.public_key().as_ref()[1..].split_at(32);
        json!({
            "kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": KEY_ID,
            "x": URL_SAFE_NO_PAD.encode(x), "y": URL_SAFE_NO_PAD.encode(y),
        })
    }
}

/// Lets the cryptographic library collect its first randomness, which takes it tens of milliseconds on each thread: to be
/// called before a lock is taken to sign.
pub(crate) fn warm_up() {
    // A failure shows when something is signed.
    let _ = SystemRandom::new().fill(&mut [0]);
}

/// What a user chooses for a credential in the developer console.
#[derive(Debug, Default)]
pub(crate) struct Choices {
    /// Absent: it does not expire.
    pub(crate) expires: Option<Timestamp>,
    /// The apps that may use it; empty: all of them.
    pub(crate) client_ids: Vec<String>,
}

/// Makes a JWT credential for a user; its id and itself.
pub(crate) fn mint(
    key: &SigningKey,
    origin: &str,
    extension_id: i64,
    choices: &Choices,
    now: Timestamp,
) -> (String, String) {
    let header = json!({"kid": KEY_ID, "typ": "JWT", "alg": "ES256"});
    let id = format!("EMU-{}", random::uuid());
    let mut claims = json!({
        "iss": origin,
        "aud": format!("{origin}/restapi/oauth/token"),
        "sub": extension_id.to_string(),
        "iat": now.as_second(),
        "jti": id,
    });
    if let Some(expires) = choices.expires {
        claims["exp"] = json!(expires.as_second());
    }
    if !choices.client_ids.is_empty() {
        claims["client_ids"] = json!(choices.client_ids);
    }
    (id, sign(key, &header, &claims))
}

/// What a signed assertion says.
struct Claims {
    /// In seconds since 1970.
    expires: Option<i64>,
    credential: Credential,
}

/// A credential whose signature is good and whose time has not run out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Credential {
    pub(crate) extension_id: i64,
    id: String,
    client_ids: Vec<String>,
}

impl Credential {
    /// Whether it has not been deleted, and this app may use it.
    ///
    /// For these two refusals no code of the platform is known: `OAU-350` and `OAU-351` are this emulator's own.
    pub(crate) fn check(&self, connection: &Connection, app: &AppRow) -> Result<(), OauthError> {
        let revoked = connection
            .prepare_cached("SELECT 1 FROM revoked_jwts WHERE jti = ?1")?
            .exists([&self.id])?;
        if revoked {
            return Err(OauthError::grant("OAU-350", "The assertion has been revoked"));
        }
        if !self.client_ids.is_empty() && !self.client_ids.contains(&app.client_id) {
            return Err(OauthError::grant(
                "OAU-351",
                "The assertion may not be used by this app",
            ));
        }
        Ok(())
    }
}

/// Deletes a credential.
pub(crate) fn revoke(connection: &Connection, id: &str) -> rusqlite::Result<()> {
    connection
        .prepare_cached("INSERT OR IGNORE INTO revoked_jwts (jti) VALUES (?1)")?
        .execute([id])?;
    Ok(())
}

fn sign(key: &SigningKey, header: &Value, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(header), part(claims));
    let signature = key
        .pair
        .sign(&SystemRandom::new(), signed.as_bytes())
        .expect("signing with a good key fails only without entropy");
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()))
}

/// The credential in a good assertion. Issuer and audience are not compared: the emulator's port, and so its name, may
/// change between two runs that share a data directory.
///
/// For an expired assertion no code of the platform is known, so `OAU-349` is this emulator's own.
pub(crate) fn verify(key: &SigningKey, token: &str, now: Timestamp) -> Result<Credential, OauthError> {
    let claims = key.read(token)?;
    if claims.expires.is_some_and(|expires| now.as_second() >= expires) {
        return Err(OauthError::grant("OAU-349", "The assertion is expired"));
    }
    Ok(claims.credential.clone())
}

/// What a token says, proved or not.
pub(super) fn claims(token: &str) -> Option<Value> {
    read(token).map(|(_, claims, _, _)| claims)
}

/// Header, claims, the signed text and the signature.
pub(super) fn read(token: &str) -> Option<(Value, Value, &str, Vec<u8>)> {
    let (signed, signature) = token.trim().rsplit_once('.')?;
    let (header, claims) = signed.split_once('.')?;
    let json = |part: &str| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok();
    Some((
        json(header)?,
        json(claims)?,
        signed,
        URL_SAFE_NO_PAD.decode(signature).ok()?,
    ))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use serde_json::{Value, json};

    use super::{Choices, SigningKey, mint, sign, verify};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("small")
    }

    #[test]
    fn a_minted_credential_names_its_user() {
        let key = SigningKey::generate();
        let (_, token) = mint(&key, "http://127.0.0.1:1", 42, &Choices::default(), at(1));
        let user = |key, now| {
            verify(key, &token, now)
                .map(|credential| credential.extension_id)
                .ok()
        };
        assert_eq!(user(&key, at(4_000_000_000)), Some(42));
        let stored = SigningKey::from_text(key.text()).expect("the key's own text");
        assert_eq!(user(&stored, at(1)), Some(42));
    }

    #[test]
    fn what_is_wrong_with_an_assertion_is_told_apart() {
        let (key, other) = (SigningKey::generate(), SigningKey::generate());
        let claims = json!({"sub": "42", "exp": 100});
        let token = |alg: &str, claims: &Value| sign(&key, &json!({"alg": alg}), claims);
        let (_, foreign) = mint(&other, "http://127.0.0.1:1", 42, &Choices::default(), at(1));
        for (assertion, now, code) in [
            ("no JWT".to_owned(), 1, "OAU-344"),
            ("a.b.c".to_owned(), 1, "OAU-344"),
            (token("ES256", &json!({"sub": 42})), 1, "OAU-344"),
            (token("HS256", &claims), 1, "OAU-347"),
            (token("none", &claims), 1, "OAU-347"),
            (foreign, 1, "OAU-345"),
            (token("ES256", &claims), 100, "OAU-349"),
        ] {
            let refused = verify(&key, &assertion, at(now)).expect_err("must be refused");
            assert_eq!(refused.code, code, "{assertion}");
        }
        assert!(verify(&key, &token("ES256", &claims), at(99)).is_ok());
    }

    #[test]
    fn an_assertion_is_judged_anew_each_time() {
        let (key, other) = (SigningKey::generate(), SigningKey::generate());
        let token = sign(&key, &json!({"alg": "ES256"}), &json!({"sub": "42", "exp": 100}));
        for _ in 0..2 {
            assert!(verify(&key, &token, at(99)).is_ok());
            assert_eq!(
                verify(&key, &token, at(100)).expect_err("expired").code,
                "OAU-349"
            );
            assert_eq!(
                verify(&other, &token, at(99)).expect_err("foreign").code,
                "OAU-345"
            );
        }
        // The same claims under a signature that was good for others.
        let (_, signature) = token.rsplit_once('.').expect("three parts");
        let forged = sign(&other, &json!({"alg": "ES256"}), &json!({"sub": "43"}));
        let (signed, _) = forged.rsplit_once('.').expect("three parts");
        let refused = verify(&key, &format!("{signed}.{signature}"), at(1)).expect_err("forged");
        assert_eq!(refused.code, "OAU-345");
    }

    /// That an assertion was good makes nothing else good that has a part of it.
    #[test]
    fn the_same_claims_need_their_own_signature_each_time() {
        let (key, other) = (SigningKey::generate(), SigningKey::generate());
        let (header, claims) = (json!({"alg": "ES256"}), json!({"sub": "42"}));
        let token = sign(&key, &header, &claims);
        assert!(verify(&key, &token, at(1)).is_ok());
        let (signed, signature) = token.rsplit_once('.').expect("three parts");
        let (_, payload) = signed.split_once('.').expect("three parts");
        let by_another = sign(&other, &header, &claims);
        let other_header = sign(&other, &json!({"alg": "ES256", "kid": "x"}), &claims);
        let (other_header, _) = other_header.split_once('.').expect("three parts");
        for (what, assertion) in [
            ("signed by another", by_another),
            (
                "under another header",
                format!("{other_header}.{payload}.{signature}"),
            ),
            ("with no signature", format!("{signed}.")),
            ("with half of one", format!("{signed}.{}", &signature[..40])),
        ] {
            let refused = verify(&key, &assertion, at(1)).expect_err(what);
            assert_eq!(refused.code, "OAU-345", "{what}");
        }
    }
}
