//! Ids: random ones, and the hashes under which the database knows those that are secrets.

use std::fmt;
use std::fmt::Write as _;
use std::str::FromStr;

use ringcentral::Entropy;
use sha2::{Digest, Sha256};

use crate::error::{VaultError, VaultErrorKind};

const LOGIN_ID_DIGITS: usize = 32;

/// The id of one login: 128 random bits as 32 hexadecimal digits. Not a secret, and not guessable either.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LoginId(String);

impl LoginId {
    pub(crate) fn random(entropy: &dyn Entropy) -> Self {
        let mut bytes = [0; LOGIN_ID_DIGITS / 2];
        entropy.fill(&mut bytes);
        Self(hex(&bytes))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LoginId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for LoginId {
    type Err = VaultError;

    fn from_str(text: &str) -> Result<Self, VaultError> {
        let digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if text.len() == LOGIN_ID_DIGITS && text.bytes().all(digit) {
            Ok(Self(text.to_owned()))
        } else {
            Err(VaultError::new(
                VaultErrorKind::Config,
                format!("a login id has {LOGIN_ID_DIGITS} hexadecimal digits in lower case"),
            ))
        }
    }
}

/// The SHA-256 of a secret, as the database keeps it. Everything hashed here has at least 128 random bits, so that a
/// plain hash cannot be searched; `purpose` keeps the hashes of different secrets apart.
pub(crate) fn digest(purpose: &str, secret: &str) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update(purpose);
    hasher.update([0]);
    hasher.update(secret);
    hasher.finalize().into()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            write!(text, "{byte:02x}").expect("writing to a string does not fail");
            text
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn login_ids_are_random_and_survive_their_text_form() {
        let (a, b) = (
            LoginId::random(&ringcentral::OsEntropy),
            LoginId::random(&ringcentral::OsEntropy),
        );
        assert_ne!(a, b);
        assert_eq!(a.to_string().parse::<LoginId>().expect("parses"), a);
    }

    #[test]
    fn other_text_is_no_login_id() {
        for text in [
            "",
            "0",
            &"g".repeat(32),
            &"A".repeat(32),
            &"0".repeat(31),
            &"0".repeat(33),
            &"é".repeat(16),
        ] {
            assert!(text.parse::<LoginId>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_digest_depends_on_its_purpose() {
        assert_ne!(digest("session", "x"), digest("state", "x"));
        // SHA-256 of "p", a zero byte, "s".
        assert_eq!(
            hex(&digest("p", "s")),
            "c6728888e0819810ae217463a9f7963dd296d8afdd570409831ab702276f194b"
        );
    }
}
