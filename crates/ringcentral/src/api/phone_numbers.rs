//! The numbers of an account and of an extension.

use super::extensions::ExtensionRef;
use super::regional::Country;
use super::request::Request;
use super::{AccountApi, ExtensionApi, List};
use crate::types::{ContactCenterProviderId, PhoneNumberId, open_enum, or_default, record};

open_enum! {
    /// What a number is for.
    UsageType {
        MainCompanyNumber = "MainCompanyNumber", AdditionalCompanyNumber = "AdditionalCompanyNumber",
        CompanyNumber = "CompanyNumber", DirectNumber = "DirectNumber", CompanyFaxNumber = "CompanyFaxNumber",
        FmcBusinessMobileNumber = "FmcBusinessMobileNumber",
        InventoryFmcBusinessMobileNumber = "InventoryFmcBusinessMobileNumber", ForwardedNumber = "ForwardedNumber",
        ForwardedCompanyNumber = "ForwardedCompanyNumber", ContactCenterNumber = "ContactCenterNumber",
        ConferencingNumber = "ConferencingNumber", MeetingsNumber = "MeetingsNumber", NumberPool = "NumberPool",
        BusinessMobileNumber = "BusinessMobileNumber", Elin = "ELIN",
        PartnerBusinessMobileNumber = "PartnerBusinessMobileNumber",
        NumberPoolPartnerBusinessMobileNumber = "NumberPoolPartnerBusinessMobileNumber",
        NumberStorage = "NumberStorage", IntegrationNumber = "IntegrationNumber",
        InventoryMobileNumber = "InventoryMobileNumber",
    }
}

open_enum! {
    /// What a number can carry.
    NumberType { VoiceFax = "VoiceFax", VoiceOnly = "VoiceOnly", FaxOnly = "FaxOnly" }
}

open_enum! {
    /// How a number is paid.
    PaymentType {
        External = "External", TollFree = "TollFree", Local = "Local",
        BusinessMobileNumberProvider = "BusinessMobileNumberProvider",
        ExternalNumberProvider = "ExternalNumberProvider",
        ExternalNumberProviderTollFree = "ExternalNumberProviderTollFree", Mobile = "Mobile",
    }
}

open_enum! {
    /// Whether a number is in use.
    PhoneNumberStatus { Normal = "Normal", Pending = "Pending", PortedIn = "PortedIn", Temporary = "Temporary" }
}

open_enum! {
    /// What an extension may do with a number.
    PhoneNumberFeature {
        CallerId = "CallerId", SmsSender = "SmsSender", A2pSmsSender = "A2PSmsSender", MmsSender = "MmsSender",
        InternationalSmsSender = "InternationalSmsSender", Delegated = "Delegated",
    }
}

record! {
    /// A number, and what it can do.
    ///
    /// ```no_run
    /// # async fn example(client: ringcentral::Client) -> ringcentral::Result<()> {
    /// use ringcentral::{PhoneNumber, PhoneNumberInfo};
    ///
    /// let numbers: Vec<PhoneNumberInfo> = client.me().phone_numbers().send().await?.records;
    /// let sender = numbers.iter().find(|number| number.can_send_sms());
    /// if let Some(text) = sender.and_then(|number| number.phone_number.as_deref()) {
    ///     let from = PhoneNumber::parse(text)?;
    ///     let to = PhoneNumber::parse("+16505550123")?;
    ///     client.me().sms().send_text(&from, "hello").to(&to).await?;
    /// }
    /// # Ok(()) }
    /// ```
    pub struct PhoneNumberInfo {
        /// Its id.
        pub id: PhoneNumberId,
        /// Its address.
        pub uri: Option<String>,
        /// The number in E.164.
        pub phone_number: Option<String>,
        /// What it is for.
        pub usage_type: Option<UsageType>,
        /// What it can carry.
        #[serde(rename = "type")]
        pub kind: Option<NumberType>,
        /// What it is more closely.
        pub sub_type: Option<String>,
        /// How it is paid.
        pub payment_type: Option<PaymentType>,
        /// Whether it is in use.
        pub status: Option<PhoneNumberStatus>,
        /// Its country.
        pub country: Option<Country>,
        /// The extension that it belongs to.
        pub extension: Option<ExtensionRef>,
        /// What people call it.
        pub label: Option<String>,
        /// The place that it belongs to.
        pub location: Option<String>,
        /// Whether it is the first number.
        pub primary: Option<bool>,
        /// The name that those who are called see.
        pub caller_id_name: Option<String>,
        /// Whose contact centre it belongs to.
        pub contact_center_provider: Option<ContactCenterProvider>,
        /// What the extension may do with it; only in an extension's list.
        #[serde(default, deserialize_with = "or_default")]
        pub features: Vec<PhoneNumberFeature>,
        /// The number that stands in while this one is ported; only in an account's list.
        pub temporary_number: Option<TemporaryNumber>,
        /// The word that it spells; only in an account's list.
        pub vanity_pattern: Option<String>,
        /// How far it is put into service; only in an account's list.
        pub activation_status: Option<String>,
    }
}

record! {
    /// Whose contact centre a number belongs to.
    pub struct ContactCenterProvider {
        /// The provider's id.
        pub id: Option<ContactCenterProviderId>,
        /// The provider's name.
        pub name: Option<String>,
    }
}

record! {
    /// The number that stands in for one that is being ported.
    pub struct TemporaryNumber {
        /// Its id.
        pub id: Option<PhoneNumberId>,
        /// The number in E.164.
        pub phone_number: Option<String>,
    }
}

impl PhoneNumberInfo {
    /// Whether an SMS may be sent from it.
    pub fn can_send_sms(&self) -> bool {
        self.features.contains(&PhoneNumberFeature::SmsSender)
    }

    /// Whether an MMS may be sent from it.
    pub fn can_send_mms(&self) -> bool {
        self.features.contains(&PhoneNumberFeature::MmsSender)
    }
}

/// Numbers; see [`ExtensionApi::phone_numbers`] and [`AccountApi::phone_numbers`].
pub type ListPhoneNumbers = List<PhoneNumberInfo>;

impl ListPhoneNumbers {
    /// Only those for this use; may be given several times.
    pub fn usage_type(self, usage: &UsageType) -> Self {
        self.query("usageType", usage)
    }

    /// Only those in this state.
    pub fn status(self, status: &PhoneNumberStatus) -> Self {
        self.query("status", status)
    }

    /// Only those paid in this way; only of an account.
    pub fn payment_type(self, payment: &PaymentType) -> Self {
        self.query("paymentType", payment)
    }

    /// Only those of extensions in this state; only of an account.
    pub fn extension_status(self, status: &super::ExtensionStatus) -> Self {
        self.query("extensionStatus", status)
    }
}

impl ExtensionApi {
    /// The extension's numbers. `GET …/extension/{extensionId}/phone-number`; rate group Light; the app needs
    /// `ReadAccounts`, the user `ReadUserPhoneNumbers`.
    pub fn phone_numbers(&self) -> ListPhoneNumbers {
        List::new(&self.client, self.below("phone-number"))
    }
}

impl AccountApi {
    /// The numbers of the whole account. `GET …/account/{accountId}/phone-number`; rate group Heavy; the app needs
    /// `ReadAccounts`, the user `ReadCompanyPhoneNumbers`.
    pub fn phone_numbers(&self) -> ListPhoneNumbers {
        List::new(&self.client, self.below("phone-number"))
    }

    /// One number. `GET …/phone-number/{phoneNumberId}`; rate group Light; the app needs `ReadAccounts`, the user
    /// `ReadCompanyPhoneNumbers`.
    pub fn phone_number(&self, id: impl Into<PhoneNumberId>) -> Request<PhoneNumberInfo> {
        let id = id.into();
        Request::json(self.client.get(&self.below(&format!("phone-number/{id}"))))
    }
}
