//! Secrets as types that cannot be printed.
//!
//! None of them has `Display`, `Serialize`, `Deref` or `PartialEq`; `Debug` prints the type's name. The one
//! way to the text is `expose_secret`, so that a search for that word finds every place where a secret leaves.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::Zeroizing;

macro_rules! secret {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $name(SecretString);

        impl $name {
            /// Takes ownership of the text; it is wiped from memory when the last clone is dropped.
            pub fn new(secret: impl Into<String>) -> Self {
                Self(SecretString::from(secret.into()))
            }

            /// The secret itself, for the one place that sends or stores it.
            pub fn expose_secret(&self) -> &str {
                self.0.expose_secret()
            }
        }

        impl From<String> for $name {
            fn from(secret: String) -> Self {
                Self::new(secret)
            }
        }

        impl From<&str> for $name {
            fn from(secret: &str) -> Self {
                Self::new(secret)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(stringify!($name))
            }
        }
    )+};
}

secret! {
    /// A bearer token for the REST API (RFC 6750).
    AccessToken,
    /// The token that a new token set is had for (RFC 6749, section 1.5). Single use on RingCentral.
    RefreshToken,
    /// The secret of a confidential application.
    ClientSecret,
    /// The one-time code that a login redirect carries (RFC 6749, section 4.1.2).
    AuthorizationCode,
    /// The PKCE secret behind a `code_challenge` (RFC 7636, section 4.1).
    CodeVerifier,
    /// A JWT credential, made in the developer console and sent as it is (RFC 7523).
    Assertion,
    /// A user's password, for the retired password grant.
    Password,
}

/// Secret text on its way into or out of a protected store or a token answer: the one serialisable form, wiped
/// when dropped, and private to this crate.
pub(crate) struct SecretText(Zeroizing<String>);

impl SecretText {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for SecretText {
    fn from(secret: &str) -> Self {
        Self(Zeroizing::new(secret.to_owned()))
    }
}

impl Serialize for SecretText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for SecretText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|secret| Self(Zeroizing::new(secret)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_the_type_and_not_the_secret() {
        assert_eq!(format!("{:?}", AccessToken::new("canary-1")), "AccessToken");
        assert_eq!(
            format!("{:#?}", Some(ClientSecret::from("canary-2"))),
            "Some(\n    ClientSecret,\n)"
        );
    }
}
