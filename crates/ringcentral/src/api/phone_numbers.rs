//! The numbers of an extension.

use serde::{Deserialize, Serialize};

use super::{ExtensionApi, List};

/// A number, and what it can do for the extension.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
#[serde(rename_all = "camelCase")]
pub struct PhoneNumberInfo {
    /// Its id.
    pub id: u64,
    /// The number in E.164.
    pub phone_number: String,
    /// What it is for, such as `DirectNumber`.
    pub usage_type: Option<String>,
    /// What the extension may do with it, such as `SmsSender`.
    #[serde(default)]
    pub features: Vec<String>,
    /// What people call it.
    pub label: Option<String>,
    /// Whether it is the extension's first number.
    pub primary: Option<bool>,
}

impl PhoneNumberInfo {
    /// Whether an SMS may be sent from it.
    pub fn can_send_sms(&self) -> bool {
        self.features.iter().any(|feature| feature == "SmsSender")
    }
}

/// Numbers; see [`ExtensionApi::phone_numbers`].
pub type ListPhoneNumbers = List<PhoneNumberInfo>;

impl ExtensionApi {
    /// The extension's numbers. Rate group Light; needs `ReadAccounts`.
    pub fn phone_numbers(&self) -> ListPhoneNumbers {
        List::new(&self.client, format!("{}/phone-number", self.path))
    }
}
