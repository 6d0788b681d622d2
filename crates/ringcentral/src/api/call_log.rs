//! Call logs, of an extension or of the whole account.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{AccountApi, ExtensionApi, List};
use crate::types::{ExtensionId, open_enum};

open_enum! {
    /// Which way a call went, seen from the account.
    CallDirection { Inbound = "Inbound", Outbound = "Outbound" }
}

open_enum! {
    /// What a call carried.
    CallType { Voice = "Voice", Fax = "Fax" }
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

/// A call.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
#[serde(rename_all = "camelCase")]
pub struct CallRecord {
    /// The record's id.
    pub id: String,
    /// The call's session; the legs of one call share it.
    pub session_id: String,
    /// When it began.
    pub start_time: Timestamp,
    /// How long it lasted, in seconds.
    pub duration: Option<u64>,
    /// What it carried.
    #[serde(rename = "type")]
    pub kind: CallType,
    /// Which way it went.
    pub direction: CallDirection,
    /// What was done, such as `Phone Call` or `RingOut Web`.
    pub action: Option<String>,
    /// How it ended, such as `Accepted`, `Missed` or `Voicemail`.
    pub result: Option<String>,
    /// Who called.
    #[serde(default)]
    pub from: CallParty,
    /// Who was called.
    #[serde(default)]
    pub to: CallParty,
    /// Its recording, if one was made.
    pub recording: Option<RecordingRef>,
}

/// One end of a call.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[non_exhaustive]
#[serde(rename_all = "camelCase", default)]
pub struct CallParty {
    /// The number, for calls from or to outside.
    pub phone_number: Option<String>,
    /// The short number, for calls inside.
    pub extension_number: Option<String>,
    /// The extension's id.
    pub extension_id: Option<ExtensionId>,
    /// The name, where the platform knows one.
    pub name: Option<String>,
    /// The place that the number belongs to.
    pub location: Option<String>,
}

impl CallParty {
    /// What a person would call this end: the name, else the number, else the extension.
    pub fn label(&self) -> &str {
        [&self.name, &self.phone_number, &self.extension_number]
            .into_iter()
            .find_map(|text| text.as_deref().filter(|text| !text.is_empty()))
            .unwrap_or("unknown")
    }
}

/// Where a call's recording is.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
#[serde(rename_all = "camelCase")]
pub struct RecordingRef {
    /// The recording's id.
    pub id: String,
    /// Where its sound is; the bearer token goes along only to the platform's own hosts.
    pub content_uri: Option<String>,
}

/// Calls; see [`ExtensionApi::call_log`] and [`AccountApi::call_log`].
pub type ListCalls = List<CallRecord>;

impl ListCalls {
    /// Calls from this time on; 24 hours before [`date_to`](Self::date_to) unless told otherwise.
    pub fn date_from(self, from: Timestamp) -> Self {
        self.with("dateFrom", from)
    }

    /// Calls until this time; now unless told otherwise.
    pub fn date_to(self, to: Timestamp) -> Self {
        self.with("dateTo", to)
    }

    /// Only calls that went this way.
    pub fn direction(self, direction: &CallDirection) -> Self {
        self.with("direction", direction)
    }

    /// Only calls that carried this.
    pub fn kind(self, kind: &CallType) -> Self {
        self.with("type", kind)
    }

    /// How much each record says.
    pub fn view(self, view: &CallLogView) -> Self {
        self.with("view", view)
    }
}

impl ExtensionApi {
    /// The extension's calls, newest first. Rate group Heavy; needs `ReadCallLog`.
    pub fn call_log(&self) -> ListCalls {
        List::new(&self.client, format!("{}/call-log", self.path))
    }
}

impl AccountApi {
    /// The calls of the whole account, newest first. Rate group Heavy; needs `ReadCallLog`, and the user the
    /// permission to see company calls.
    pub fn call_log(&self) -> ListCalls {
        List::new(&self.client, format!("{}/call-log", self.path))
    }
}
