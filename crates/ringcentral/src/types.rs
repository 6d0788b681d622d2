//! Small types that everything shares: ids, phone numbers, enums that stay open, records of the platform.

use std::fmt;

use serde::Serialize;

use crate::error::{Error, ErrorKind, Result};

mod id;
mod record;
mod word;

pub(crate) use id::if_number;
pub use id::{
    AccountId, ActiveCallId, AttachmentId, BillingPlanId, BrandId, CallRecordId, CallSessionId,
    ContactCenterProviderId, ConversationId, CostCenterId, CountryId, CurrencyId, CustomFieldId, DeviceId,
    ExtensionId, FaxCoverPageId, ForwardingNumberId, LanguageId, MessageId, PartyId, PermissionId,
    PhoneNumberId, PromptId, RecipientId, RecordingId, RingOutId, RoleId, ServicePlanId, SiteId, StateId,
    TelephonySessionId, TimezoneId,
};
pub(crate) use record::{Absent, or_default, record};
pub(crate) use word::open_enum;

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
