//! Ids. The platform writes some as numbers in one place and as text in another; both are read everywhere.

use std::fmt;

use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

macro_rules! id_as_text {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

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

        impl From<&$name> for $name {
            fn from(id: &$name) -> Self {
                id.clone()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl From<&$name> for String {
            fn from(id: &$name) -> Self {
                id.0.clone()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_any(Text).map(Self)
            }
        }

        impl crate::types::Absent for $name {}
    };
}

macro_rules! id_as_number {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
        #[serde(transparent)]
        pub struct $name(pub u64);

        impl From<u64> for $name {
            fn from(id: u64) -> Self {
                Self(id)
            }
        }

        impl From<&$name> for $name {
            fn from(id: &$name) -> Self {
                *id
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_any(Number).map(Self)
            }
        }

        impl crate::types::Absent for $name {}
    };
}

id_as_text! {
    /// An account's id, as text: the platform writes it as a number in some places and as a string in others.
    AccountId
}
id_as_text! {
    /// An extension's id, as text.
    ExtensionId
}
id_as_text! {
    /// The id of a record of the call log.
    CallRecordId
}
id_as_text! {
    /// The id of a call's recording.
    RecordingId
}
id_as_text! {
    /// The id of a call that was begun by `RingOut`.
    RingOutId
}
id_as_number! {
    /// The id of a message: 64 bits, more than a JavaScript number holds.
    MessageId
}
id_as_number! {
    /// The id of something that belongs to a message.
    AttachmentId
}
id_as_number! {
    /// The id of a conversation, which the messages to and from the same people share.
    ConversationId
}
id_as_number! {
    /// The id of a phone number of the account.
    PhoneNumberId
}

/// Reads an id into text.
struct Text;

impl Visitor<'_> for Text {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an id")
    }

    fn visit_u64<E: Error>(self, id: u64) -> Result<String, E> {
        Ok(id.to_string())
    }

    fn visit_str<E: Error>(self, id: &str) -> Result<String, E> {
        Ok(id.to_owned())
    }

    fn visit_string<E: Error>(self, id: String) -> Result<String, E> {
        Ok(id)
    }
}

/// Reads an id into a number.
struct Number;

impl Visitor<'_> for Number {
    type Value = u64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the number of an id")
    }

    fn visit_u64<E: Error>(self, id: u64) -> Result<u64, E> {
        Ok(id)
    }

    fn visit_str<E: Error>(self, id: &str) -> Result<u64, E> {
        id.parse()
            .map_err(|_| E::invalid_value(Unexpected::Other("a text that is no number"), &self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// More than 2^53, where a double begins to skip numbers.
    const LARGE: &str = "9007199254740993";

    #[test]
    fn ids_are_read_from_numbers_and_from_text_and_keep_every_digit() {
        for id in ["101", LARGE, "18446744073709551615"] {
            for json in [id.to_owned(), format!("\"{id}\"")] {
                assert_eq!(serde_json::from_str::<ExtensionId>(&json).unwrap().as_str(), id);
                let number: MessageId = serde_json::from_str(&json).unwrap();
                assert_eq!(number.to_string(), id);
                assert_eq!(serde_json::to_string(&number).unwrap(), id);
            }
        }
        assert_eq!(
            serde_json::from_str::<CallRecordId>("\"AbC9xQ2Lm\"").unwrap(),
            CallRecordId::from("AbC9xQ2Lm")
        );
    }

    #[test]
    fn what_is_no_id_is_refused() {
        for json in ["\"a\"", "-1", "1.5", "null", "{}", "\"\"", "18446744073709551616"] {
            assert!(serde_json::from_str::<MessageId>(json).is_err(), "{json}");
        }
        for json in ["-1", "1.5", "null", "[]"] {
            assert!(serde_json::from_str::<ExtensionId>(json).is_err(), "{json}");
        }
    }
}
