//! A record of the call log.

use jiff::Timestamp;

use super::super::extensions::ExtensionRef;
use super::super::messages::MessageType;
use super::words::{CallAction, CallReason, CallResult, InternalType, LegType};
use super::{CallDirection, CallTransport, CallType, DelegationType, RecordingKind};
use crate::types::{
    CallRecordId, CallSessionId, DeviceId, ExtensionId, MessageId, PartyId, RecordingId, TelephonySessionId,
    if_number, or_default, record,
};

record! {
    /// A call.
    ///
    /// ```no_run
    /// # async fn example(client: ringcentral::Client) -> ringcentral::Result<()> {
    /// use ringcentral::{CallDirection, CallRecord, CallResult};
    ///
    /// let calls: Vec<CallRecord> = client.me().call_log().send().await?.records;
    /// let missed = calls.iter().filter(|call| {
    ///     call.direction == CallDirection::Inbound && call.result == Some(CallResult::Missed)
    /// });
    /// for call in missed {
    ///     println!("{} called at {}", call.from.label(), call.start_time);
    /// }
    /// # Ok(()) }
    /// ```
    pub struct CallRecord {
        /// The record's id.
        pub id: CallRecordId,
        /// Its address.
        pub uri: String,
        /// The call's session; the legs of one call share it.
        pub session_id: CallSessionId,
        /// The call's telephony session.
        pub telephony_session_id: Option<TelephonySessionId>,
        /// The call's party.
        pub party_id: Option<PartyId>,
        /// The call's id in SIP.
        pub sip_uuid_info: Option<String>,
        /// When it began.
        pub start_time: Timestamp,
        /// How long it lasted, in seconds.
        pub duration: Option<u64>,
        /// How long it lasted, in milliseconds.
        pub duration_ms: Option<u64>,
        /// What it carried.
        #[serde(rename = "type")]
        pub kind: CallType,
        /// What it is for billing.
        pub internal_type: Option<InternalType>,
        /// Which way it went.
        pub direction: CallDirection,
        /// What was done, such as `Phone Call` or `RingOut Web`.
        pub action: CallAction,
        /// How it ended, such as `Accepted`, `Missed` or `Voicemail`.
        pub result: Option<CallResult>,
        /// Why it ended so.
        pub reason: Option<CallReason>,
        /// The same in words.
        pub reason_description: Option<String>,
        /// How it travelled.
        pub transport: Option<CallTransport>,
        /// Who called.
        #[serde(default, deserialize_with = "or_default")]
        pub from: CallParty,
        /// Who was called.
        #[serde(default, deserialize_with = "or_default")]
        pub to: CallParty,
        /// The extension whose call it was.
        pub extension: Option<ExtensionRef>,
        /// Its recording, if one was made.
        pub recording: Option<RecordingRef>,
        /// Whether its recording is too short to be kept.
        pub short_recording: Option<bool>,
        /// The voice mail or fax that came of it.
        pub message: Option<MessageRef>,
        /// For whom it was made.
        pub delegate: Option<Delegate>,
        /// Whom that is.
        pub delegation_type: Option<DelegationType>,
        /// What it cost.
        pub billing: Option<Billing>,
        /// The call that it was transferred to.
        pub transfer_target: Option<TelephonySessionRef>,
        /// The call that was transferred.
        pub transferee: Option<TelephonySessionRef>,
        /// Whether it was deleted from the log.
        pub deleted: Option<bool>,
        /// The categories of its metadata.
        #[serde(default, deserialize_with = "or_default")]
        pub metadata_categories: Vec<String>,
        /// Its legs; only in the detailed view.
        #[serde(default, deserialize_with = "or_default")]
        pub legs: Vec<CallLeg>,
        /// When the record was changed last.
        pub last_modified_time: Option<Timestamp>,
    }
}

record! {
    /// A leg of a call: what a call says, and what the leg is.
    pub struct CallLeg {
        /// Its own id, where it has one.
        pub id: Option<CallRecordId>,
        /// Its address.
        pub uri: Option<String>,
        /// The call's session; the legs of one call share it.
        pub session_id: Option<CallSessionId>,
        /// What it is.
        pub leg_type: LegType,
        /// Whether it stands for the whole call.
        pub master: Option<bool>,
        /// When it began.
        pub start_time: Option<Timestamp>,
        /// How long it lasted, in seconds.
        pub duration: Option<u64>,
        /// How long it lasted, in milliseconds.
        pub duration_ms: Option<u64>,
        /// What it carried.
        #[serde(rename = "type")]
        pub kind: Option<CallType>,
        /// What it is for billing.
        pub internal_type: Option<InternalType>,
        /// Which way it went.
        pub direction: Option<CallDirection>,
        /// What was done.
        pub action: Option<CallAction>,
        /// How it ended.
        pub result: Option<CallResult>,
        /// Why it ended so.
        pub reason: Option<CallReason>,
        /// The same in words.
        pub reason_description: Option<String>,
        /// How it travelled.
        pub transport: Option<CallTransport>,
        /// The telephony session.
        pub telephony_session_id: Option<TelephonySessionId>,
        /// The party.
        pub party_id: Option<PartyId>,
        /// Its id in SIP.
        pub sip_uuid_info: Option<String>,
        /// Who called.
        #[serde(default, deserialize_with = "or_default")]
        pub from: CallParty,
        /// Who was called.
        #[serde(default, deserialize_with = "or_default")]
        pub to: CallParty,
        /// The extension whose leg it was.
        pub extension: Option<ExtensionRef>,
        /// Its recording, if one was made.
        pub recording: Option<RecordingRef>,
        /// Whether its recording is too short to be kept.
        pub short_recording: Option<bool>,
        /// The voice mail or fax that came of it.
        pub message: Option<MessageRef>,
        /// For whom it was made.
        pub delegate: Option<Delegate>,
        /// Whom that is.
        pub delegation_type: Option<DelegationType>,
        /// What it cost.
        pub billing: Option<Billing>,
        /// The call that it was transferred to.
        pub transfer_target: Option<TelephonySessionRef>,
        /// The call that was transferred.
        pub transferee: Option<TelephonySessionRef>,
        /// Whether it was deleted from the log.
        pub deleted: Option<bool>,
        /// The categories of its metadata.
        #[serde(default, deserialize_with = "or_default")]
        pub metadata_categories: Vec<String>,
        /// When it was changed last.
        pub last_modified_time: Option<Timestamp>,
    }
}

record! {
    /// One end of a call.
    #[derive(Default)]
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
        /// The phone.
        pub device: Option<DeviceRef>,
        /// The number that a dialler called from.
        pub dialer_phone_number: Option<String>,
        /// The number that was dialled, of who was called.
        pub dialed_phone_number: Option<String>,
    }
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

record! {
    /// A phone.
    pub struct DeviceRef {
        /// Its id.
        pub id: Option<DeviceId>,
        /// Its address.
        pub uri: Option<String>,
    }
}

record! {
    /// Where a call's recording is.
    pub struct RecordingRef {
        /// The recording's id.
        pub id: Option<RecordingId>,
        /// Its address.
        pub uri: Option<String>,
        /// How it was begun.
        #[serde(rename = "type")]
        pub kind: Option<RecordingKind>,
        /// Where its sound is; the bearer token goes along only to the platform's own hosts.
        pub content_uri: Option<String>,
    }
}

record! {
    /// The voice mail or fax that came of a call.
    pub struct MessageRef {
        /// Its id. The call log writes it as text; text that is no message's number is left out.
        #[serde(default, deserialize_with = "if_number")]
        pub id: Option<MessageId>,
        /// What it is.
        #[serde(rename = "type")]
        pub kind: Option<MessageType>,
        /// Its address.
        pub uri: Option<String>,
    }
}

record! {
    /// For whom a call was made.
    pub struct Delegate {
        /// The extension's id.
        pub id: Option<ExtensionId>,
        /// The name.
        pub name: Option<String>,
    }
}

record! {
    /// What a call cost.
    pub struct Billing {
        /// What the plan covers.
        pub cost_included: Option<f64>,
        /// What was paid beyond it.
        pub cost_purchased: Option<f64>,
    }
}

record! {
    /// Another call.
    pub struct TelephonySessionRef {
        /// Its telephony session.
        pub telephony_session_id: Option<TelephonySessionId>,
    }
}
