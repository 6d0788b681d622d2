//! Typed endpoints. Field names are the platform's, in snake case; what it may add to stays open.

use crate::client::Client;

mod account;
mod attachments;
mod call_log;
mod extensions;
mod fax;
mod list;
mod media;
mod messages;
mod mms;
mod phone_numbers;

pub use account::{AccountInfo, Named, Operator, ServiceInfo};
pub use call_log::{CallDirection, CallLogView, CallParty, CallRecord, CallType, ListCalls, RecordingRef};
pub use extensions::{AccountRef, Contact, ExtensionInfo, ExtensionStatus, ExtensionType, ListExtensions};
pub use fax::{Fax, FaxResolution, ResendFax, SendFax};
pub use list::List;
pub use media::ImageSize;
pub use messages::{
    Attachment, ListMessages, Message, MessageDirection, MessageParty, MessageStatus, MessageType, SendSms,
    Sms,
};
pub use mms::{Mms, SendMms};
pub use phone_numbers::{ListPhoneNumbers, PhoneNumberInfo};

/// An account's resources; from [`Client::account`].
#[derive(Clone, Debug)]
pub struct AccountApi {
    client: Client,
    path: String,
}

/// An extension's resources; from [`Client::me`] or [`AccountApi::extension`].
#[derive(Clone, Debug)]
pub struct ExtensionApi {
    client: Client,
    path: String,
}

impl AccountApi {
    pub(crate) fn new(client: Client, account_id: String) -> Self {
        Self {
            client,
            path: format!("/restapi/v1.0/account/{}", segment(&account_id)),
        }
    }

    /// One extension of the account; `~` is the one that is logged in.
    pub fn extension(&self, extension_id: impl Into<String>) -> ExtensionApi {
        let id = extension_id.into();
        ExtensionApi {
            client: self.client.clone(),
            path: format!("{}/extension/{}", self.path, segment(&id)),
        }
    }
}

/// An id as one segment of a path, whatever is in it.
fn segment(id: &str) -> String {
    const KEEP: &percent_encoding::AsciiSet = &percent_encoding::NON_ALPHANUMERIC
        .remove(b'~')
        .remove(b'-')
        .remove(b'_')
        .remove(b',');
    percent_encoding::utf8_percent_encode(id, KEEP).to_string()
}
