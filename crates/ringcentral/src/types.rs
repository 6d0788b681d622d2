//! Small types that everything shares: ids, phone numbers, enums that stay open.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind, Result};

/// Declares an enum for words that the platform may add to: an unknown word is kept, not refused.
macro_rules! open_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$variant_doc])* #[doc = concat!("`", $text, "`")] $variant,)+
            /// A word that this version does not know, kept as the platform wrote it.
            Unknown(String),
        }

        impl $name {
            /// The word on the wire.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)+
                    Self::Unknown(text) => text,
                }
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                match text {
                    $($text => Self::$variant,)+
                    other => Self::Unknown(other.to_owned()),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                Ok(Self::from(text.as_ref()))
            }
        }
    };
}
pub(crate) use open_enum;

/// An extension's id, as text: the platform writes it as a number in some places and as a string in others.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct ExtensionId(String);

/// An account's id, as text.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct AccountId(String);

macro_rules! id {
    ($name:ident) => {
        impl $name {
            /// The id as it stands in a path.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(id: &str) -> Self {
                Self(id.to_owned())
            }
        }

        impl From<String> for $name {
            fn from(id: String) -> Self {
                Self(id)
            }
        }

        impl From<u64> for $name {
            fn from(id: u64) -> Self {
                Self(id.to_string())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(
                deserializer: D,
            ) -> std::result::Result<Self, D::Error> {
                #[derive(Deserialize)]
                #[serde(untagged)]
                enum NumberOrText {
                    Number(u64),
                    Text(String),
                }
                Ok(match NumberOrText::deserialize(deserializer)? {
                    NumberOrText::Number(id) => Self::from(id),
                    NumberOrText::Text(id) => Self(id),
                })
            }
        }
    };
}
id!(ExtensionId);
id!(AccountId);

/// A phone number in E.164: `+` and up to fifteen digits.
///
/// ```
/// # use ringcentral::PhoneNumber;
/// let number = PhoneNumber::parse("+1 (650) 555-0100").unwrap();
/// assert_eq!(number.as_str(), "+16505550100");
/// assert!(PhoneNumber::parse("555-0100").is_err(), "the country code is missing");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct PhoneNumber(String);

impl PhoneNumber {
    /// Reads a number with its country code; spaces, dots, dashes and parentheses are passed over.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] when there is no leading `+`, another character, or not 7 to 15 digits (ITU-T E.164).
    pub fn parse(text: &str) -> Result<Self> {
        let compact: String = text
            .trim()
            .chars()
            .filter(|c| !matches!(c, ' ' | '.' | '-' | '(' | ')'))
            .collect();
        let digits = compact.strip_prefix('+').unwrap_or_default();
        if (7..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) {
            Ok(Self(compact))
        } else {
            Err(Error::new(
                ErrorKind::Usage,
                "a phone number is written with its country code, such as +16505550100",
            ))
        }
    }

    /// The number, `+` included.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ids_are_read_from_numbers_and_from_text() {
        assert_eq!(
            serde_json::from_str::<ExtensionId>("101").unwrap().as_str(),
            "101"
        );
        assert_eq!(
            serde_json::from_str::<ExtensionId>("\"101\"").unwrap().as_str(),
            "101"
        );
    }

    #[test]
    fn phone_numbers() {
        for good in [
            "+16505550100",
            "+1 650 555 0100",
            " +44.20.7946.0100",
            "+1-650-555-0100",
        ] {
            assert!(PhoneNumber::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "+",
            "6505550100",
            "+1650555010x",
            "+123456",
            "+1234567890123456",
            "++16505550100",
        ] {
            assert!(PhoneNumber::parse(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn any_word_survives_an_open_enum(word in ".*") {
            let json = serde_json::to_string(&word).unwrap();
            let read: crate::ExtensionType = serde_json::from_str(&json).unwrap();
            prop_assert_eq!(serde_json::to_string(&read).unwrap(), json);
        }

        #[test]
        fn phone_number_parsing_is_total(text in ".*") {
            let _ = PhoneNumber::parse(&text);
        }
    }
}
