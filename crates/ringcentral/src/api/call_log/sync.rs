//! Keeping a copy of a call log.

use super::super::sync::{Log, Synchronization};
use super::super::{AccountApi, ExtensionApi};
use super::{CallLogView, CallRecord, RecordingFilter};
use crate::types::open_enum;

open_enum! {
    /// Which calls are kept.
    StatusGroup { Missed = "Missed", All = "All" }
}

/// A copy of a call log that is kept up to date; see [`ExtensionApi::call_log_sync`].
pub type SyncCalls = Synchronization<CallRecord>;

impl SyncCalls {
    /// Only missed calls, or all.
    pub fn status_group(self, group: &StatusGroup) -> Self {
        self.query("statusGroup", group)
    }

    /// How much each record says.
    pub fn view(self, view: &CallLogView) -> Self {
        self.query("view", view)
    }

    /// Whether calls are there that were deleted, marked by [`CallRecord::deleted`]. Without it a copy never learns of
    /// deletions.
    pub fn show_deleted(self, show: bool) -> Self {
        self.query("showDeleted", show)
    }

    /// Only calls that were recorded.
    pub fn recording(self, recording: &RecordingFilter) -> Self {
        self.query("recordingType", recording)
    }

    /// Only calls with metadata of this category; may be given several times.
    pub fn metadata_category(self, category: impl ToString) -> Self {
        self.query("metadataCategory", category)
    }
}

/// The platform wants to be told how many, and gives at most 250.
const LOG: Log = Log {
    record_count: Some(250),
    widens_by_date: false,
};

impl ExtensionApi {
    /// A copy of the extension's call log that is kept up to date. `GET …/extension/{extensionId}/call-log-sync`; rate
    /// group Heavy; the app and the user need `ReadCallLog`.
    pub fn call_log_sync(&self) -> SyncCalls {
        Synchronization::new(&self.client, self.below("call-log-sync"), LOG)
    }
}

impl AccountApi {
    /// A copy of the account's call log that is kept up to date. `GET …/account/{accountId}/call-log-sync`; rate group
    /// Heavy; the app and the user need `ReadCallLog`.
    pub fn call_log_sync(&self) -> SyncCalls {
        Synchronization::new(&self.client, self.below("call-log-sync"), LOG)
    }

    /// The account's whole call log, in portions of at most 1,000: from an hour ago unless told otherwise, oldest first,
    /// and then what is new. `GET …/account/{accountId}/call-log-extract-sync`; rate group Heavy; the app and the user
    /// need `ReadCallLog`.
    pub fn call_log_extract_sync(&self) -> SyncCalls {
        Synchronization::new(&self.client, self.below("call-log-extract-sync"), LOG)
    }
}
