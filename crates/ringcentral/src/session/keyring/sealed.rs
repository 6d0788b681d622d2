//! The sealed form of tokens: XChaCha20-Poly1305, bound to the form, the key and the login that they are of.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::keys::Key;
use crate::entropy::Entropy;
use crate::session::file::AtRest;
use crate::session::token_set::TokenSet;

const NONCE_BYTES: usize = 24;

/// What stands in the file in place of the tokens.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Sealed {
    /// The id of the key, under which the keyring has it.
    pub(super) key: String,
    /// Whose login this is.
    pub(super) login: Option<String>,
    nonce: String,
    /// The token set and the tag that shows that nothing was changed.
    text: String,
}

impl AtRest for Sealed {
    const FORMAT: &'static str = "ringcentral-login-sealed/1";
}

impl Sealed {
    pub(super) fn seal(tokens: &TokenSet, key: &Key, login: Option<&str>, entropy: &dyn Entropy) -> Self {
        let mut nonce = [0; NONCE_BYTES];
        entropy.fill(&mut nonce);
        let payload = Payload {
            msg: &tokens.to_secret_json(),
            aad: &associated_data(&key.id, login),
        };
        let sealed = cipher(key)
            .encrypt(&XNonce::from(nonce), payload)
            .expect("a token set is far below the cipher's limit of 256 GiB");
        Self {
            key: key.id.clone(),
            login: login.map(str::to_owned),
            nonce: STANDARD_NO_PAD.encode(nonce),
            text: STANDARD_NO_PAD.encode(sealed),
        }
    }

    /// The tokens, or `None` when anything was changed or the key is another.
    pub(super) fn open(&self, key: &Key) -> Option<TokenSet> {
        let nonce: [u8; NONCE_BYTES] = STANDARD_NO_PAD.decode(&self.nonce).ok()?.try_into().ok()?;
        let payload = Payload {
            msg: &STANDARD_NO_PAD.decode(&self.text).ok()?,
            aad: &associated_data(&self.key, self.login.as_deref()),
        };
        let json = cipher(key).decrypt(&XNonce::from(nonce), payload).ok()?;
        TokenSet::from_secret_json(&Zeroizing::new(json)).ok()
    }
}

fn cipher(key: &Key) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new_from_slice(key.bytes.as_slice()).expect("a key has 32 bytes")
}

/// Every part with its length in front, so that no two of them share one encoding; no name differs from an empty one.
fn associated_data(key_id: &str, login: Option<&str>) -> Vec<u8> {
    let mut aad = vec![u8::from(login.is_some())];
    for part in [Sealed::FORMAT, key_id, login.unwrap_or_default()] {
        aad.extend_from_slice(&(part.len() as u64).to_be_bytes());
        aad.extend_from_slice(part.as_bytes());
    }
    aad
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::entropy::OsEntropy;
    use crate::session::token_set::tests::token_set;

    fn key(id: &str, byte: u8) -> Key {
        Key {
            id: id.to_owned(),
            bytes: Zeroizing::new([byte; 32]),
        }
    }

    #[test]
    fn what_was_sealed_opens_only_as_it_was() {
        let tokens = token_set("canary-access", Timestamp::UNIX_EPOCH);
        let sealed = Sealed::seal(&tokens, &key("one", 1), Some("login"), &OsEntropy);
        let opened = sealed.open(&key("one", 1)).unwrap();
        assert_eq!(opened.access_token().expose_secret(), "canary-access");
        assert_eq!(opened.info(), tokens.info());

        assert!(sealed.open(&key("one", 2)).is_none(), "another key");
        let other = |change: fn(&mut Sealed)| {
            let mut other = sealed.clone();
            change(&mut other);
            other.open(&key("one", 1)).is_none()
        };
        assert!(other(|sealed| sealed.key = "two".into()), "another key's id");
        assert!(
            other(|sealed| sealed.login = Some("another".into())),
            "another login"
        );
        assert!(other(|sealed| sealed.login = None), "no login");
        assert!(other(|sealed| sealed.nonce.replace_range(
            ..1,
            if sealed.nonce.starts_with('A') { "B" } else { "A" }
        )));
        assert!(other(|sealed| sealed.text.replace_range(
            ..1,
            if sealed.text.starts_with('A') { "B" } else { "A" }
        )));
        assert!(other(|sealed| sealed.text.clear()), "too short");
        assert!(other(|sealed| sealed.nonce.clear()), "no nonce");
    }

    #[test]
    fn no_part_of_a_token_is_readable_and_no_two_sealings_are_alike() {
        let tokens = token_set("canary-access", Timestamp::UNIX_EPOCH);
        let seal =
            || serde_json::to_string(&Sealed::seal(&tokens, &key("one", 1), None, &OsEntropy)).unwrap();
        let (first, second) = (seal(), seal());
        assert!(!first.contains("canary") && !first.contains("refresh"), "{first}");
        assert_ne!(first, second);
    }
}
