//! Typed endpoints. Field names are the platform's, in snake case; what it may add to stays open.

use crate::client::Client;
use crate::http::RequestBuilder;
use crate::types::{AccountId, ExtensionId};

mod account;
mod attachments;
mod authz;
mod call_log;
mod changes;
mod dictionary;
mod draft;
mod extensions;
mod fax;
mod list;
mod lost_answer;
mod media;
mod messages;
mod mms;
mod pager;
mod phone_numbers;
mod presence;
mod profile_image;
mod recordings;
mod regional;
mod request;
mod ring_out;
mod sms;
mod sync;
mod versions;

#[cfg(test)]
mod tests;

pub use account::{
    AccountInfo, AccountLimits, AccountStatus, AccountStatusInfo, AccountStatusReason, BillingPlan, Brand,
    BusinessAddress, DurationUnit, Operator, PlanType, PostalAddress, ServiceInfo, ServicePlan, SignupInfo,
    UBrand,
};
pub use authz::{
    AuthzProfile, EffectiveRole, GrantedPermission, Permission, PermissionCheck, PermissionScope,
};
pub use call_log::{
    ActiveCallsConference, Billing, CallAction, CallDirection, CallLeg, CallLogView, CallParty, CallReason,
    CallRecord, CallResult, CallTransport, CallType, Delegate, DelegationType, DeleteCalls, DeviceRef,
    InternalType, LegType, ListCalls, MessageRef, RecordingFilter, RecordingKind, RecordingRef, StatusGroup,
    SyncCalls, TelephonySessionRef,
};
pub use dictionary::{Dictionary, FaxCoverPage, Location, State};
pub use extensions::{
    AccountRef, CallQueueInfo, Contact, CostCenter, CustomField, DepartmentRef, Enabled, ExtensionInfo,
    ExtensionPermissions, ExtensionRef, ExtensionStatus, ExtensionStatusInfo, ExtensionStatusReason,
    ExtensionSubType, ExtensionType, ExtensionUpdate, FeatureName, ImageLink, ListExtensions, ProfileImage,
    Prompt, PronouncedName, PronouncedNameType, Reference, Role, ServiceFeature, SetupWizardState, Site,
    SiteAccess,
};
pub use fax::{Fax, ResendFax, SendFax};
pub use list::List;
pub use media::{ContentDisposition, ImageSize};
pub use messages::{
    Attachment, AttachmentType, Availability, ConversationRef, DeleteMessages, FaxErrorCode, FaxResolution,
    ListMessages, Message, MessageChange, MessageDirection, MessageOwner, MessageParty, MessagePriority,
    MessageStatus, MessageType, ReadStatus, SyncMessages, TranscriptionStatus,
};
pub use mms::{Mms, SendMms};
pub use pager::PagerMessage;
pub use phone_numbers::{
    ContactCenterProvider, ListPhoneNumbers, NumberType, PaymentType, PhoneNumberFeature, PhoneNumberInfo,
    PhoneNumberStatus, TemporaryNumber, UsageType,
};
pub use presence::{
    ActiveCall, CallInfo, CallInfoLine, CallerIdVisibility, DndStatus, ListPresence, MeetingStatus, Presence,
    PresenceExtension, PresenceStatus, PresenceUpdate, SipData, TelephonyStatus,
};
pub use recordings::Recording;
pub use regional::{Country, Currency, Language, RegionalSettings, TimeFormat, Timezone};
pub use request::Request;
pub use ring_out::{RingOut, RingOutCall, RingOutStatus, RingOutWord};
pub use sms::{SendSms, Sms};
pub use sync::{Batch, BatchKind, SyncToken, Synchronization};
pub use versions::{ApiVersion, ApiVersions};

use attachments::wrong;

/// An account's resources; from [`Client::account`].
///
/// ```no_run
/// # async fn example(client: ringcentral::Client) -> ringcentral::Result<()> {
/// let calls = client.account("~").call_log().per_page(25).send().await?;
/// println!("{} calls on the first page", calls.records.len());
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct AccountApi {
    client: Client,
    path: String,
}

/// An extension's resources; from [`Client::me`] or [`AccountApi::extension`].
///
/// ```no_run
/// # async fn example(client: ringcentral::Client) -> ringcentral::Result<()> {
/// let assistant = client.account("~").extension("102").info().await?;
/// println!("{}", assistant.name.unwrap_or_default());
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct ExtensionApi {
    client: Client,
    path: String,
}

impl AccountApi {
    pub(crate) fn new(client: Client, account_id: &AccountId) -> Self {
        Self {
            client,
            path: format!("/restapi/v1.0/account/{}", segment(account_id.as_str())),
        }
    }

    /// One extension of the account; `~` is the one that is logged in.
    pub fn extension(&self, extension_id: impl Into<ExtensionId>) -> ExtensionApi {
        let id = extension_id.into();
        ExtensionApi {
            client: self.client.clone(),
            path: format!("{}/extension/{}", self.path, segment(id.as_str())),
        }
    }

    /// The path of something below the account.
    fn below(&self, rest: &str) -> String {
        format!("{}/{rest}", self.path)
    }
}

impl ExtensionApi {
    /// The path of something below the extension.
    fn below(&self, rest: &str) -> String {
        format!("{}/{rest}", self.path)
    }
}

/// An id as one segment of a path, whatever is in it.
fn segment(id: &str) -> String {
    const KEEP: &percent_encoding::AsciiSet = &percent_encoding::NON_ALPHANUMERIC
        .remove(b'~')
        .remove(b'-')
        .remove(b'_');
    percent_encoding::utf8_percent_encode(id, KEEP).to_string()
}

/// A call of several resources at once: their ids in one segment of the path, with commas between them. What cannot be one
/// is not sent: without any id the path would be that of the whole list.
fn several(
    ids: impl Iterator<Item = String>,
    most: usize,
    request: impl FnOnce(&str) -> RequestBuilder,
) -> RequestBuilder {
    let ids: Vec<String> = ids.map(|id| segment(&id)).collect();
    let request = request(&ids.join(","));
    let found = ids.len();
    if found == 0 {
        request.failed(wrong("no id was given; name at least one"))
    } else if found > most {
        request.failed(wrong(format!(
            "one request takes at most {most} ids, and these are {found}; send several requests"
        )))
    } else if ids.iter().any(String::is_empty) {
        request.failed(wrong("one of the ids is empty"))
    } else {
        request
    }
}
