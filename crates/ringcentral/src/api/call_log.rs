//! Call logs, of an extension or of the whole account.

use jiff::Timestamp;

use super::request::Request;
use super::{AccountApi, ExtensionApi, List, segment, several};
use crate::bulk::Bulk;
use crate::types::{CallRecordId, CallSessionId, PhoneNumber, TelephonySessionId, open_enum};

mod delete;
mod record;
mod sync;
mod words;

pub use delete::DeleteCalls;
pub use record::{
    Billing, CallLeg, CallParty, CallRecord, Delegate, DeviceRef, MessageRef, RecordingRef,
    TelephonySessionRef,
};
pub use sync::{StatusGroup, SyncCalls};
pub use words::{CallAction, CallReason, CallResult, InternalType, LegType};

/// How many calls one request may name.
const MOST: usize = 50;

open_enum! {
    /// Which way a call went, seen from the account.
    CallDirection { Inbound = "Inbound", Outbound = "Outbound" }
}

open_enum! {
    /// What a call carried.
    CallType { Voice = "Voice", Fax = "Fax" }
}

open_enum! {
    /// How a call travelled.
    CallTransport { Pstn = "PSTN", VoIp = "VoIP" }
}

open_enum! {
    /// How much a call-log record says.
    CallLogView {
        /// One line a call.
        Simple = "Simple",
        /// With every leg.
        Detailed = "Detailed",
    }
}

open_enum! {
    /// How a recording was begun.
    RecordingKind { Automatic = "Automatic", OnDemand = "OnDemand" }
}

open_enum! {
    /// Which recorded calls are meant.
    RecordingFilter { Automatic = "Automatic", OnDemand = "OnDemand", All = "All" }
}

open_enum! {
    /// What a conference is held with.
    ActiveCallsConference { AudioConferencing = "AudioConferencing", Meetings = "Meetings" }
}

open_enum! {
    /// Whom somebody calls for.
    DelegationType { Coworker = "Coworker" }
}

/// Calls; see [`ExtensionApi::call_log`], [`AccountApi::call_log`] and the active calls of both.
pub type ListCalls = List<CallRecord>;

impl ListCalls {
    /// Calls from this time on; 24 hours before [`date_to`](Self::date_to) unless told otherwise.
    pub fn date_from(self, from: Timestamp) -> Self {
        self.query("dateFrom", from)
    }

    /// Calls until this time; now unless told otherwise.
    pub fn date_to(self, to: Timestamp) -> Self {
        self.query("dateTo", to)
    }

    /// Only calls that went this way; may be given several times.
    pub fn direction(self, direction: &CallDirection) -> Self {
        self.query("direction", direction)
    }

    /// Only calls that carried this; may be given several times.
    pub fn kind(self, kind: &CallType) -> Self {
        self.query("type", kind)
    }

    /// How much each record says.
    pub fn view(self, view: &CallLogView) -> Self {
        self.query("view", view)
    }

    /// Only calls from or to this number. Not together with [`extension_number`](Self::extension_number).
    pub fn phone_number(self, number: &PhoneNumber) -> Self {
        self.query("phoneNumber", without_plus(number))
    }

    /// Only calls from or to this short number.
    pub fn extension_number(self, number: impl ToString) -> Self {
        self.query("extensionNumber", number)
    }

    /// Only calls that travelled like this; only of an extension.
    pub fn transport(self, transport: &CallTransport) -> Self {
        self.query("transport", transport)
    }

    /// Whether calls are there that were blocked; they are unless told otherwise. Only of an extension.
    pub fn show_blocked(self, show: bool) -> Self {
        self.query("showBlocked", show)
    }

    /// Whether calls are there that were deleted.
    pub fn show_deleted(self, show: bool) -> Self {
        self.query("showDeleted", show)
    }

    /// Only calls that were recorded.
    pub fn recording(self, recording: &RecordingFilter) -> Self {
        self.query("recordingType", recording)
    }

    /// Only the calls of this session. Not together with other filters (`CLG-110`).
    pub fn session_id(self, id: impl Into<CallSessionId>) -> Self {
        self.query("sessionId", id.into())
    }

    /// Only the calls of this telephony session.
    pub fn telephony_session_id(self, id: impl Into<TelephonySessionId>) -> Self {
        self.query("telephonySessionId", id.into())
    }

    /// Only calls with metadata of this category; may be given several times.
    pub fn metadata_category(self, category: impl ToString) -> Self {
        self.query("metadataCategory", category)
    }

    /// Only conferences that are held with this; only of active calls.
    pub fn conference_type(self, conference: &ActiveCallsConference) -> Self {
        self.query("conferenceType", conference)
    }
}

impl Request<CallRecord> {
    /// How much the record says.
    pub fn view(self, view: &CallLogView) -> Self {
        self.with(|request| request.query("view", view))
    }
}

impl Request<Bulk<CallRecord>> {
    /// How much the records say.
    pub fn view(self, view: &CallLogView) -> Self {
        self.with(|request| request.query("view", view))
    }
}

/// A filter for numbers is written without its `+`, by the platform's definitions.
fn without_plus(number: &PhoneNumber) -> &str {
    number.as_str().trim_start_matches('+')
}

impl ExtensionApi {
    /// The extension's calls, newest first. `GET …/extension/{extensionId}/call-log`; rate group Heavy; the app and the
    /// user need `ReadCallLog`.
    pub fn call_log(&self) -> ListCalls {
        List::new(&self.client, self.below("call-log"))
    }

    /// One call. `GET …/extension/{extensionId}/call-log/{callRecordId}`; rate group Heavy; the app and the user need
    /// `ReadCallLog`.
    pub fn call_record(&self, id: impl Into<CallRecordId>) -> Request<CallRecord> {
        let id = id.into();
        Request::json(
            self.client
                .get(&self.below(&format!("call-log/{}", segment(id.as_str())))),
        )
    }

    /// Several calls, by their ids: 50 at most. `GET …/extension/{extensionId}/call-log/{callRecordId},…`; rate group Heavy; the app and the
    /// user need `ReadCallLog`. Each of
    /// them came or was refused by itself. Only the refusal of a single id, asked for alone, is the error of the whole
    /// call.
    pub fn calls_by_id<I>(&self, ids: I) -> Request<Bulk<CallRecord>>
    where
        I: IntoIterator<Item: Into<CallRecordId>>,
    {
        let ids = ids.into_iter().map(|id| id.into().to_string());
        Request::bulk(several(ids, MOST, |ids| {
            self.client.get(&self.below(&format!("call-log/{ids}")))
        }))
    }

    /// The extension's calls that are going on, and those that have just ended.
    /// `GET …/extension/{extensionId}/active-calls`; rate group Heavy; the app and the user need `ReadCallLog`.
    pub fn active_calls(&self) -> ListCalls {
        List::new(&self.client, self.below("active-calls"))
    }

    /// Deletes calls from the log. `DELETE …/extension/{extensionId}/call-log`; rate group Heavy; the app and the user
    /// need `EditCallLog`.
    pub fn delete_calls(&self, which: &DeleteCalls) -> Request<()> {
        Request::done(which.fill(self.client.delete(&self.below("call-log"))))
    }
}

impl AccountApi {
    /// The calls of the whole account, newest first. `GET …/account/{accountId}/call-log`; rate group Heavy; the app
    /// needs `ReadCallLog`, the user `FullCompanyCallLog`.
    pub fn call_log(&self) -> ListCalls {
        List::new(&self.client, self.below("call-log"))
    }

    /// One call. `GET …/account/{accountId}/call-log/{callRecordId}`; rate group Heavy; the app needs `ReadCallLog`,
    /// the user `FullCompanyCallLog`.
    pub fn call_record(&self, id: impl Into<CallRecordId>) -> Request<CallRecord> {
        let id = id.into();
        Request::json(
            self.client
                .get(&self.below(&format!("call-log/{}", segment(id.as_str())))),
        )
    }

    /// Several calls, by their ids: 50 at most. `GET …/account/{accountId}/call-log/{callRecordId},…`; rate group Heavy; the app needs
    /// `ReadCallLog`, the user `FullCompanyCallLog`. Each of
    /// them came or was refused by itself. Only the refusal of a single id, asked for alone, is the error of the whole
    /// call.
    pub fn calls_by_id<I>(&self, ids: I) -> Request<Bulk<CallRecord>>
    where
        I: IntoIterator<Item: Into<CallRecordId>>,
    {
        let ids = ids.into_iter().map(|id| id.into().to_string());
        Request::bulk(several(ids, MOST, |ids| {
            self.client.get(&self.below(&format!("call-log/{ids}")))
        }))
    }

    /// The calls of the whole account that are going on. `GET …/account/{accountId}/active-calls`; rate group Heavy;
    /// the app and the user need `ReadCallLog`, and the user is an administrator.
    pub fn active_calls(&self) -> ListCalls {
        List::new(&self.client, self.below("active-calls"))
    }
}
