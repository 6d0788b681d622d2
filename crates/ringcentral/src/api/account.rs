//! The account itself.

use jiff::Timestamp;

use super::AccountApi;
use super::extensions::{ServiceFeature, SetupWizardState};
use super::regional::{Country, RegionalSettings};
use super::request::Request;
use crate::types::{
    AccountId, BillingPlanId, BrandId, ExtensionId, ServicePlanId, open_enum, or_default, record,
};

mod business_address;

pub use business_address::{BusinessAddress, PostalAddress};

record! {
    /// An account: a company.
    pub struct AccountInfo {
        /// The account's id.
        pub id: AccountId,
        /// Its address.
        pub uri: Option<String>,
        /// Its id in billing.
        pub bsid: Option<String>,
        /// The company's main number.
        pub main_number: Option<String>,
        /// The id that a partner gave it.
        pub partner_id: Option<String>,
        /// Its id for customer facing.
        pub cfid: Option<String>,
        /// The extension that takes calls nobody else takes.
        pub operator: Option<Operator>,
        /// What the account is subscribed to.
        pub service_info: Option<ServiceInfo>,
        /// How far it is set up.
        pub setup_wizard_state: Option<SetupWizardState>,
        /// How it was signed up.
        pub signup_info: Option<SignupInfo>,
        /// Whether it is in use.
        pub status: Option<AccountStatus>,
        /// Why it is not.
        pub status_info: Option<AccountStatusInfo>,
        /// Where it is and how it writes things.
        pub regional_settings: Option<RegionalSettings>,
        /// Whether it belongs to a federation.
        pub federated: Option<bool>,
        /// What is dialled for an outside line.
        pub outbound_call_prefix: Option<u64>,
        /// What there may be at most.
        pub limits: Option<AccountLimits>,
    }
}

record! {
    /// The operator extension.
    pub struct Operator {
        /// Its address.
        pub uri: Option<String>,
        /// Its id.
        pub id: Option<ExtensionId>,
        /// Its short number.
        pub extension_number: Option<String>,
        /// The id that a partner gave it.
        pub partner_id: Option<String>,
    }
}

open_enum! {
    /// Whether an account is in use.
    AccountStatus { Initial = "Initial", Unconfirmed = "Unconfirmed", Confirmed = "Confirmed", Disabled = "Disabled" }
}

open_enum! {
    /// Why an account is suspended or cancelled.
    AccountStatusReason {
        SuspendedVoluntarily = "SuspendedVoluntarily", SuspendedInvoluntarily = "SuspendedInvoluntarily",
        CancelledVoluntarily = "CancelledVoluntarily", CancelledInvoluntarily = "CancelledInvoluntarily",
    }
}

record! {
    /// Why an account is not in use.
    pub struct AccountStatusInfo {
        /// The reason.
        pub reason: Option<AccountStatusReason>,
        /// In words.
        pub comment: Option<String>,
        /// Until when.
        pub till: Option<Timestamp>,
    }
}

record! {
    /// How an account was signed up.
    pub struct SignupInfo {
        /// Whether the terms of service were accepted.
        pub tos_accepted: Option<bool>,
        /// Which steps were done.
        #[serde(default, deserialize_with = "or_default")]
        pub signup_state: Vec<String>,
        /// Why it has to be verified.
        pub verification_reason: Option<String>,
        /// Whether marketing mails were accepted.
        pub marketing_accepted: Option<bool>,
        /// When it was made.
        pub creation_time: Option<Timestamp>,
    }
}

record! {
    /// What there may be at most in an account.
    pub struct AccountLimits {
        /// Softphone lines of an extension.
        pub free_soft_phone_lines_per_extension: Option<u64>,
        /// People in a meeting.
        pub meeting_size: Option<u64>,
        /// Room for recordings of meetings.
        pub cloud_recording_storage: Option<u64>,
        /// Extensions whose presence one may follow.
        pub max_monitored_extensions_per_user: Option<u64>,
        /// Digits of a short number.
        pub max_extension_number_length: Option<u64>,
        /// Digits of a site's code.
        pub site_code_length: Option<u64>,
        /// Digits of a short number without the site's code.
        pub short_extension_number_length: Option<u64>,
    }
}

record! {
    /// What an account is subscribed to.
    pub struct ServiceInfo {
        /// Its address.
        pub uri: Option<String>,
        /// How it is paid.
        pub billing_plan: Option<BillingPlan>,
        /// The brand.
        pub brand: Option<Brand>,
        /// The service plan.
        pub service_plan: Option<ServicePlan>,
        /// The service plan that it is on the way to.
        pub target_service_plan: Option<ServicePlan>,
        /// The country of the contract.
        pub contracted_country: Option<Country>,
        /// The brand that users see.
        pub u_brand: Option<UBrand>,
        /// The name of the service plan; only by [`AccountApi::service_info`].
        pub service_plan_name: Option<String>,
        /// What the account can do; only by [`AccountApi::service_info`].
        #[serde(default, deserialize_with = "or_default")]
        pub service_features: Vec<ServiceFeature>,
        /// What there may be at most; only by [`AccountApi::service_info`].
        pub limits: Option<AccountLimits>,
    }
}

open_enum! {
    /// What a billing period is counted in.
    DurationUnit { Day = "Day", Month = "Month", Year = "Year" }
}

open_enum! {
    /// What a billing plan is.
    PlanType {
        Initial = "Initial", Regular = "Regular", Suspended = "Suspended", Trial = "Trial", TrialNoCc = "TrialNoCC",
        Free = "Free",
    }
}

record! {
    /// How an account is paid.
    pub struct BillingPlan {
        /// Its id.
        pub id: Option<BillingPlanId>,
        /// Its name.
        pub name: Option<String>,
        /// What its period is counted in.
        pub duration_unit: Option<DurationUnit>,
        /// How long its period is.
        pub duration: Option<u64>,
        /// What it is.
        #[serde(rename = "type")]
        pub kind: Option<PlanType>,
        /// Lines that cost nothing more.
        pub included_phone_lines: Option<u64>,
    }
}

record! {
    /// A brand.
    pub struct Brand {
        /// Its id: 1210 is RingCentral in the USA.
        pub id: Option<BrandId>,
        /// Its name.
        pub name: Option<String>,
        /// Where it is at home.
        pub home_country: Option<Country>,
    }
}

record! {
    /// The brand that users see.
    pub struct UBrand {
        /// Its id.
        pub id: Option<BrandId>,
        /// Its name.
        pub name: Option<String>,
    }
}

record! {
    /// A service plan.
    pub struct ServicePlan {
        /// Its id.
        pub id: Option<ServicePlanId>,
        /// Its name.
        pub name: Option<String>,
        /// Its edition.
        pub edition: Option<String>,
        /// Which free product it is, if it is one.
        pub freemium_product_type: Option<String>,
    }
}

impl AccountApi {
    /// The account. `GET …/account/{accountId}`; rate group Light; the app needs `ReadAccounts`, the user
    /// `ReadCompanyInfo`.
    pub fn info(&self) -> Request<AccountInfo> {
        Request::json(self.client.get(&self.path))
    }

    /// What the account is subscribed to. `GET …/service-info`; rate group Light; the app needs `ReadAccounts`, the
    /// user `ReadCompanyInfo`.
    pub fn service_info(&self) -> Request<ServiceInfo> {
        Request::json(self.client.get(&self.below("service-info")))
    }
}
