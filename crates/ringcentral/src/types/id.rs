//! Ids. The platform writes some as numbers in one place and as text in another; both are read everywhere.
//!
//! Ids that other systems give (a partner, billing, SIP) are no ids of the platform and stay text.

use std::fmt;
use std::str::FromStr;

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

        impl From<&String> for $name {
            fn from(id: &String) -> Self {
                Self(id.clone())
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
        pub struct $name(u64);

        impl $name {
            /// The id as the number that it is.
            pub fn as_u64(self) -> u64 {
                self.0
            }
        }

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

        impl FromStr for $name {
            type Err = crate::Error;

            /// Reads it from what a person typed or a program kept as text.
            fn from_str(text: &str) -> crate::Result<Self> {
                text.parse().map(Self).map_err(|_| not_a_number(stringify!($name)))
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
    /// An account's id, as text: the platform writes it as a number in some places and as a string in others. `~` is the
    /// account of whoever is logged in.
    AccountId
}
id_as_text! {
    /// The id of a call that is going on, as presence names it.
    ActiveCallId
}
id_as_text! {
    /// The id of a way to pay.
    BillingPlanId
}
id_as_text! {
    /// The id of a brand, such as `1210`.
    BrandId
}
id_as_text! {
    /// The id of a record of the call log.
    CallRecordId
}
id_as_text! {
    /// The id that all legs of one call share, in the call log and in presence.
    CallSessionId
}
id_as_text! {
    /// The id of whoever runs a contact centre.
    ContactCenterProviderId
}
id_as_text! {
    /// The id of a cost centre.
    CostCenterId
}
id_as_text! {
    /// The id of a country in the dictionary.
    CountryId
}
id_as_text! {
    /// The id of a currency.
    CurrencyId
}
id_as_text! {
    /// The id of a field of the company's own.
    CustomFieldId
}
id_as_text! {
    /// The id of a phone.
    DeviceId
}
id_as_text! {
    /// An extension's id, as text. `~` is the extension that is logged in.
    ExtensionId
}
id_as_text! {
    /// The id of a cover page for faxes.
    FaxCoverPageId
}
id_as_text! {
    /// The id of a number that calls are forwarded to.
    ForwardingNumberId
}
id_as_text! {
    /// The id of a language in the dictionary.
    LanguageId
}
id_as_text! {
    /// The id of one party of a telephony session.
    PartyId
}
id_as_text! {
    /// A permission's id, which is its name: `ReadCallLog`.
    PermissionId
}
id_as_text! {
    /// The id of a recorded name.
    PromptId
}
id_as_text! {
    /// The id of one recipient of a fax.
    RecipientId
}
id_as_text! {
    /// The id of a call's recording.
    RecordingId
}
id_as_text! {
    /// The id of a call that was begun by `RingOut`.
    RingOutId
}
id_as_text! {
    /// The id of a role.
    RoleId
}
id_as_text! {
    /// The id of a service plan.
    ServicePlanId
}
id_as_text! {
    /// The id of a site.
    SiteId
}
id_as_text! {
    /// The id of a state in the dictionary.
    StateId
}
id_as_text! {
    /// The id of a call in the telephony API, which all of its parties share.
    TelephonySessionId
}
id_as_text! {
    /// The id of a time zone in the dictionary.
    TimezoneId
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
    /// The id of a message: 64 bits, more than a JavaScript number holds.
    MessageId
}
id_as_number! {
    /// The id of a phone number of the account.
    PhoneNumberId
}

fn not_a_number(name: &str) -> crate::Error {
    let what = format!("a {name} is a number");
    crate::Error::new(crate::ErrorKind::Usage, what)
}

/// Reads the number of something else from a link to it. A link is not worth the loss of what it stands in: text that is
/// no number is left out.
pub(crate) fn if_number<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: From<u64>,
{
    let id: Option<AnyId> = Option::deserialize(deserializer)?;
    Ok(id.and_then(|AnyId(id)| id.parse().ok()).map(T::from))
}

/// An id of whatever kind.
struct AnyId(String);

impl<'de> Deserialize<'de> for AnyId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Text).map(Self)
    }
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
    fn an_id_that_is_a_number_can_be_typed() {
        assert_eq!(
            LARGE.parse::<MessageId>().unwrap().as_u64(),
            9_007_199_254_740_993
        );
        for wrong in ["", "a", "-1", "1.5", "18446744073709551616"] {
            let error = wrong.parse::<MessageId>().unwrap_err();
            assert_eq!(error.to_string(), "a MessageId is a number", "{wrong}");
        }
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
