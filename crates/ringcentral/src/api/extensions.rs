//! Extensions: the people, queues and menus of an account.

use super::request::Request;
use super::{AccountApi, ExtensionApi, List};
use crate::types::open_enum;

mod features;
mod info;
mod update;

pub use features::{FeatureName, ServiceFeature};
pub use info::{
    AccountRef, CallQueueInfo, Contact, CostCenter, CustomField, DepartmentRef, Enabled, ExtensionInfo,
    ExtensionPermissions, ExtensionRef, ExtensionStatusInfo, ImageLink, ProfileImage, Prompt, PronouncedName,
    Reference, Role, Site,
};
pub use update::ExtensionUpdate;

open_enum! {
    /// What an extension is. A `Department` is a call queue.
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
    /// What an extension is more closely.
    ExtensionSubType {
        VideoPro = "VideoPro", VideoProPlus = "VideoProPlus", DigitalSignageOnlyRooms = "DigitalSignageOnlyRooms",
        Emergency = "Emergency",
    }
}

open_enum! {
    /// Whether an extension is in use. `Unassigned` ones have no short number.
    ExtensionStatus {
        Enabled = "Enabled", Disabled = "Disabled", Frozen = "Frozen", NotActivated = "NotActivated",
        Unassigned = "Unassigned",
    }
}

open_enum! {
    /// Who put an extension out of use.
    ExtensionStatusReason { Voluntarily = "Voluntarily", Involuntarily = "Involuntarily" }
}

open_enum! {
    /// How far an account or an extension is set up.
    SetupWizardState { NotStarted = "NotStarted", Incomplete = "Incomplete", Completed = "Completed" }
}

open_enum! {
    /// How a name is spoken.
    PronouncedNameType { Default = "Default", TextToSpeech = "TextToSpeech", Recorded = "Recorded" }
}

open_enum! {
    /// Whether an extension sees beyond its site.
    SiteAccess { Limited = "Limited", Unlimited = "Unlimited" }
}

/// The extensions of an account; see [`AccountApi::extensions`].
pub type ListExtensions = List<ExtensionInfo>;

impl ListExtensions {
    /// Only those in this state; may be given several times.
    pub fn status(self, status: &ExtensionStatus) -> Self {
        self.query("status", status)
    }

    /// Only this kind; may be given several times.
    pub fn kind(self, kind: &ExtensionType) -> Self {
        self.query("type", kind)
    }

    /// Only the one with this short number.
    pub fn extension_number(self, number: impl ToString) -> Self {
        self.query("extensionNumber", number)
    }

    /// Only those with this e-mail address; may be given several times.
    pub fn email(self, email: impl ToString) -> Self {
        self.query("email", email)
    }
}

impl AccountApi {
    /// The extensions of the account. `GET …/account/{accountId}/extension`; rate group Medium; the app needs
    /// `ReadAccounts`, the user `ReadExtensions`.
    pub fn extensions(&self) -> ListExtensions {
        List::new(&self.client, self.below("extension"))
    }
}

impl ExtensionApi {
    /// The extension. `GET …/extension/{extensionId}`; rate group Light; the app needs `ReadAccounts`, the user
    /// `ReadExtensions`.
    pub fn info(&self) -> Request<ExtensionInfo> {
        Request::json(self.client.get(&self.path))
    }

    /// Changes the extension. `PUT …/extension/{extensionId}`; rate group Medium; the app needs `EditExtensions`, the
    /// user `EditUserInfo` or `EditUserCredentials`.
    pub fn update(&self, update: &ExtensionUpdate) -> Request<ExtensionInfo> {
        Request::json(self.client.put(&self.path).json(update))
    }
}
