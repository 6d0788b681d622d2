//! Extensions: the people, queues and menus of an account.

use serde::{Deserialize, Serialize};

use super::{AccountApi, ExtensionApi, List};
use crate::error::Result;
use crate::types::{AccountId, ExtensionId, open_enum};

open_enum! {
    /// What an extension is.
    ExtensionType {
        User = "User", Department = "Department", Announcement = "Announcement", Voicemail = "Voicemail",
        DigitalUser = "DigitalUser", VirtualUser = "VirtualUser", FaxUser = "FaxUser", PagingOnly = "PagingOnly",
        SharedLinesGroup = "SharedLinesGroup", DelegatedLinesGroup = "DelegatedLinesGroup",
        GroupCallPickup = "GroupCallPickup", IvrMenu = "IvrMenu", ApplicationExtension = "ApplicationExtension",
        ProxyAdmin = "ProxyAdmin", RoomConnector = "RoomConnector", ParkLocation = "ParkLocation", Limited = "Limited",
        Bot = "Bot", Site = "Site", Room = "Room", FlexibleUser = "FlexibleUser", TieLine = "TieLine",
    }
}

open_enum! {
    /// Whether an extension is in use.
    ExtensionStatus {
        Enabled = "Enabled", Disabled = "Disabled", Frozen = "Frozen", NotActivated = "NotActivated",
        Unassigned = "Unassigned",
    }
}

/// An extension, as the list and the single resource show it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
#[serde(rename_all = "camelCase")]
pub struct ExtensionInfo {
    /// Its id, for paths.
    pub id: ExtensionId,
    /// Its short number, for people.
    pub extension_number: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// What it is.
    #[serde(rename = "type")]
    pub kind: Option<ExtensionType>,
    /// Whether it is in use.
    pub status: Option<ExtensionStatus>,
    /// Who is behind it.
    pub contact: Option<Contact>,
    /// The account that it belongs to; only in the single resource.
    pub account: Option<AccountRef>,
}

/// The account of an extension.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AccountRef {
    /// Its id.
    pub id: AccountId,
}

/// Who is behind an extension.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[non_exhaustive]
#[serde(rename_all = "camelCase", default)]
pub struct Contact {
    /// First name.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
    /// Company.
    pub company: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// Direct number.
    pub business_phone: Option<String>,
}

/// The extensions of an account; see [`AccountApi::extensions`].
pub type ListExtensions = List<ExtensionInfo>;

impl ListExtensions {
    /// Only those in this state; may be given several times.
    pub fn status(self, status: &ExtensionStatus) -> Self {
        self.with("status", status)
    }

    /// Only this kind; may be given several times.
    pub fn kind(self, kind: &ExtensionType) -> Self {
        self.with("type", kind)
    }

    /// Only the one with this short number.
    pub fn extension_number(self, number: impl ToString) -> Self {
        self.with("extensionNumber", number)
    }
}

impl AccountApi {
    /// The extensions of the account. Rate group Medium; needs `ReadAccounts`.
    pub fn extensions(&self) -> ListExtensions {
        List::new(&self.client, format!("{}/extension", self.path))
    }
}

impl ExtensionApi {
    /// The extension. Rate group Light; needs `ReadAccounts`.
    ///
    /// # Errors
    /// As [`RequestBuilder::send`](crate::RequestBuilder::send).
    pub async fn info(&self) -> Result<ExtensionInfo> {
        self.client.get(&self.path).send().await?.json()
    }
}
