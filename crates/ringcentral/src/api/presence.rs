//! Presence: whether somebody can be reached, and what their phone is doing.

use std::fmt;

use jiff::Timestamp;
use serde::Serialize;

use super::call_log::CallDirection;
use super::request::Request;
use super::{AccountApi, ExtensionApi, List, changes, several};
use crate::bulk::Bulk;
use crate::types::{
    ActiveCallId, CallSessionId, ExtensionId, PartyId, TelephonySessionId, open_enum, or_default, record,
};

/// How many extensions one request may name.
const MOST: usize = 30;

open_enum! {
    /// Whether somebody can be reached.
    PresenceStatus { Offline = "Offline", Busy = "Busy", Available = "Available" }
}

open_enum! {
    /// What a phone is doing.
    TelephonyStatus {
        NoCall = "NoCall", CallConnected = "CallConnected", Ringing = "Ringing", OnHold = "OnHold",
        ParkedCall = "ParkedCall",
    }
}

open_enum! {
    /// Which calls somebody takes.
    DndStatus {
        TakeAllCalls = "TakeAllCalls", DoNotAcceptDepartmentCalls = "DoNotAcceptDepartmentCalls",
        TakeDepartmentCallsOnly = "TakeDepartmentCallsOnly", DoNotAcceptAnyCalls = "DoNotAcceptAnyCalls",
    }
}

open_enum! {
    /// Whether somebody is in a meeting.
    MeetingStatus { Connected = "Connected", Disconnected = "Disconnected" }
}

open_enum! {
    /// Who sees the number of whoever is on the phone.
    CallerIdVisibility { All = "All", Nobody = "None", PermittedUsers = "PermittedUsers" }
}

record! {
    /// Whether an extension can be reached.
    ///
    /// ```no_run
    /// # async fn example(client: ringcentral::Client) -> ringcentral::Result<()> {
    /// use ringcentral::{Presence, PresenceStatus};
    ///
    /// let assistant = client.account("~").extension("102");
    /// let presence: Presence = assistant.presence().detailed_telephony_state().await?;
    /// if presence.presence_status == Some(PresenceStatus::Available) {
    ///     println!("can be called");
    /// }
    /// for call in &presence.active_calls {
    ///     println!("on the phone with {:?}", call.from_name);
    /// }
    /// # Ok(()) }
    /// ```
    pub struct Presence {
        /// Its address.
        pub uri: Option<String>,
        /// The extension.
        pub extension: Option<PresenceExtension>,
        /// Whether it can be reached, all things together.
        pub presence_status: Option<PresenceStatus>,
        /// What the user has set.
        pub user_status: Option<PresenceStatus>,
        /// What its phone is doing.
        pub telephony_status: Option<TelephonyStatus>,
        /// Which calls it takes.
        pub dnd_status: Option<DndStatus>,
        /// Which calls to the user it takes.
        pub dnd_status_personal: Option<DndStatus>,
        /// Whether it takes calls to its queues.
        pub accept_call_queue_calls: Option<bool>,
        /// Whether the user is in a meeting.
        pub meeting_status: Option<MeetingStatus>,
        /// The user's own words.
        pub message: Option<String>,
        /// Whether others may see all this.
        pub allow_see_my_presence: Option<bool>,
        /// Who sees the number of whoever is on the phone.
        pub caller_id_visibility: Option<CallerIdVisibility>,
        /// Whether the user's phone rings for calls to those whom it follows.
        pub ring_on_monitored_call: Option<bool>,
        /// Whether the user may pick up calls on hold of those whom it follows.
        pub pick_up_calls_on_hold: Option<bool>,
        /// What the contact centre says of the phone.
        pub cx_telephony_status: Option<TelephonyStatus>,
        /// Both together.
        pub aggregated_telephony_status: Option<TelephonyStatus>,
        /// The calls that are going on; only when asked for.
        #[serde(default, deserialize_with = "or_default")]
        pub active_calls: Vec<ActiveCall>,
    }
}

record! {
    /// The extension of a presence.
    pub struct PresenceExtension {
        /// Its id.
        pub id: Option<ExtensionId>,
        /// Its address.
        pub uri: Option<String>,
        /// Its short number.
        pub extension_number: Option<String>,
    }
}

record! {
    /// A call that is going on. Its two ends are plain text here, unlike anywhere else.
    pub struct ActiveCall {
        /// Its id.
        pub id: Option<ActiveCallId>,
        /// Which way it goes.
        pub direction: Option<CallDirection>,
        /// Whether it came through a queue.
        pub queue_call: Option<bool>,
        /// The number of who calls.
        pub from: Option<String>,
        /// The name of who calls.
        pub from_name: Option<String>,
        /// The number of who is called.
        pub to: Option<String>,
        /// The name of who is called.
        pub to_name: Option<String>,
        /// When it began.
        pub start_time: Option<Timestamp>,
        /// How it is doing.
        pub telephony_status: Option<TelephonyStatus>,
        /// The call's session, as in the call log.
        pub session_id: Option<CallSessionId>,
        /// The call's telephony session.
        pub telephony_session_id: Option<TelephonySessionId>,
        /// The call's party.
        pub party_id: Option<PartyId>,
        /// On whose behalf it is made.
        pub on_behalf_of: Option<String>,
        /// How it ends.
        pub termination_type: Option<String>,
        /// Its SIP ids; only when asked for.
        pub sip_data: Option<SipData>,
        /// What a queue says of it.
        pub call_info: Option<CallInfo>,
        /// What shared lines say of it.
        pub appearance_info: Option<serde_json::Value>,
    }
}

record! {
    /// The SIP ids of a call.
    pub struct SipData {
        /// The call.
        pub call_id: Option<String>,
        /// The tag of who is called.
        pub to_tag: Option<String>,
        /// The tag of who calls.
        pub from_tag: Option<String>,
        /// The other end.
        pub remote_uri: Option<String>,
        /// This end.
        pub local_uri: Option<String>,
        /// The call's session.
        pub rc_session_id: Option<CallSessionId>,
    }
}

record! {
    /// What a queue says of a call.
    pub struct CallInfo {
        /// First of all.
        pub primary: Option<CallInfoLine>,
        /// What else.
        pub additional: Option<serde_json::Value>,
    }
}

record! {
    /// A thing that a queue says of a call.
    pub struct CallInfoLine {
        /// What it is about.
        #[serde(rename = "type")]
        pub kind: Option<String>,
        /// What it says.
        pub value: Option<String>,
    }
}

/// What is to change in a presence; what is not named stays as it is.
///
/// ```no_run
/// # async fn example(client: ringcentral::Client) -> ringcentral::Result<()> {
/// use ringcentral::{DndStatus, PresenceStatus, PresenceUpdate};
///
/// let away = PresenceUpdate::new()
///     .user_status(PresenceStatus::Busy)
///     .dnd_status(DndStatus::DoNotAcceptAnyCalls)
///     .message("back at two");
/// client.me().update_presence(&away).await?;
/// # Ok(()) }
/// ```
#[derive(Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PresenceUpdate {
    #[serde(skip_serializing_if = "Option::is_none")]
    user_status: Option<PresenceStatus>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dnd_status: Option<DndStatus>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dnd_status_personal: Option<DndStatus>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    allow_see_my_presence: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    caller_id_visibility: Option<CallerIdVisibility>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ring_on_monitored_call: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pick_up_calls_on_hold: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    accept_call_queue_calls: Option<bool>,
}

/// One setter after the other, each with its words.
macro_rules! setters {
    ($($(#[$doc:meta])* $name:ident: $type:ty,)+) => {
        impl PresenceUpdate {
            /// Changes nothing yet.
            pub fn new() -> Self {
                Self::default()
            }

            $(
                $(#[$doc])*
                #[must_use]
                pub fn $name(mut self, value: impl Into<$type>) -> Self {
                    self.$name = Some(value.into());
                    self
                }
            )+
        }
    };
}
setters! {
    /// Whether the user can be reached.
    user_status: PresenceStatus,
    /// Which calls are taken.
    dnd_status: DndStatus,
    /// Which calls to the user are taken.
    dnd_status_personal: DndStatus,
    /// The user's own words; an empty text takes them away.
    message: String,
    /// Whether others may see the presence.
    allow_see_my_presence: bool,
    /// Who sees the number of whoever is on the phone.
    caller_id_visibility: CallerIdVisibility,
    /// Whether the phone rings for calls to those whom the user follows.
    ring_on_monitored_call: bool,
    /// Whether calls on hold of those whom the user follows may be picked up.
    pick_up_calls_on_hold: bool,
    /// Whether calls to queues are taken.
    accept_call_queue_calls: bool,
}

impl fmt::Debug for PresenceUpdate {
    /// By the names of what changes, without the user's own words.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        changes::named(f, "PresenceUpdate", self)
    }
}

impl Request<Presence> {
    /// With the calls that are going on.
    pub fn detailed_telephony_state(self) -> Self {
        self.with(|request| request.query("detailedTelephonyState", true))
    }

    /// With the calls that are going on, and their SIP ids.
    pub fn sip_data(self) -> Self {
        self.detailed_telephony_state()
            .with(|request| request.query("sipData", true))
    }
}

impl Request<Bulk<Presence>> {
    /// With the calls that are going on.
    pub fn detailed_telephony_state(self) -> Self {
        self.with(|request| request.query("detailedTelephonyState", true))
    }

    /// With the calls that are going on, and their SIP ids.
    pub fn sip_data(self) -> Self {
        self.detailed_telephony_state()
            .with(|request| request.query("sipData", true))
    }
}

/// Presences; see [`AccountApi::presence`].
pub type ListPresence = List<Presence>;

impl ListPresence {
    /// With the calls that are going on.
    pub fn detailed_telephony_state(self) -> Self {
        self.query("detailedTelephonyState", true)
    }

    /// With the calls that are going on, and their SIP ids.
    pub fn sip_data(self) -> Self {
        self.detailed_telephony_state().query("sipData", true)
    }
}

impl ExtensionApi {
    /// Whether the extension can be reached. `GET …/extension/{extensionId}/presence`; rate group Light; the app needs
    /// `ReadPresence`, the user `ReadPresenceStatus`.
    pub fn presence(&self) -> Request<Presence> {
        Request::json(self.client.get(&self.below("presence")))
    }

    /// Changes it. `PUT …/presence`; rate group Medium; the app needs `EditPresence`.
    pub fn update_presence(&self, update: &PresenceUpdate) -> Request<Presence> {
        Request::json(self.client.put(&self.below("presence")).json(update))
    }
}

impl AccountApi {
    /// Who of the account can be reached. `GET …/account/{accountId}/presence`; rate group Heavy; the app needs
    /// `ReadPresence`, the user `ReadPresenceStatus`.
    pub fn presence(&self) -> ListPresence {
        List::new(&self.client, self.below("presence"))
    }

    /// Whether these extensions can be reached: 30 at most. `GET …/extension/{extensionId},…/presence`; rate group Light;
    /// the app needs `ReadPresence`, the user `ReadPresenceStatus`.
    ///
    /// Each of them was answered or refused by itself. Only the refusal of a single id, asked for alone, is the error of
    /// the whole call.
    pub fn presence_by_id<I>(&self, ids: I) -> Request<Bulk<Presence>>
    where
        I: IntoIterator<Item: Into<ExtensionId>>,
    {
        let ids = ids.into_iter().map(|id| id.into().to_string());
        Request::bulk(several(ids, MOST, |ids| {
            self.client.get(&self.below(&format!("extension/{ids}/presence")))
        }))
    }
}
