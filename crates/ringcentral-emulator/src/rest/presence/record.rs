//! Presence as JSON.

use rusqlite::OptionalExtension;
use serde_json::{Value, json};

use super::super::{compact, time};
use crate::arrive::call::{self, Party};
use crate::arrive::live::{self, LiveCall, State};
use crate::arrive::telephony_status;
use crate::db::Transaction;
use crate::reply::ApiError;
use crate::request::Query;

/// How much is told of calls that are going on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Detail {
    None,
    Calls,
    CallsWithSip,
}

impl Detail {
    pub(super) fn of(query: &Query) -> Result<Self, ApiError> {
        let calls = query.bool("detailedTelephonyState")?.unwrap_or(false);
        let sip = query.bool("sipData")?.unwrap_or(false);
        Ok(match (calls, sip) {
            (false, _) => Self::None,
            (true, false) => Self::Calls,
            (true, true) => Self::CallsWithSip,
        })
    }
}

/// What a user has set.
pub(super) struct Settings {
    pub(super) user_status: String,
    pub(super) dnd_status: String,
    pub(super) message: Option<String>,
    pub(super) allow_see_my_presence: bool,
    pub(super) caller_id_visibility: String,
    pub(super) ring_on_monitored_call: bool,
    pub(super) pick_up_calls_on_hold: bool,
}

impl Settings {
    /// The extension's settings; who has set nothing is available and takes all calls.
    pub(super) fn of(tx: &Transaction<'_>, extension: i64) -> rusqlite::Result<Self> {
        let stored = tx
            .prepare_cached("SELECT * FROM presence WHERE extension_id = ?1")?
            .query_row([extension], |row| {
                Ok(Self {
                    user_status: row.get("user_status")?,
                    dnd_status: row.get("dnd_status")?,
                    message: row.get("message")?,
                    allow_see_my_presence: row.get("allow_see_my_presence")?,
                    caller_id_visibility: row.get("caller_id_visibility")?,
                    ring_on_monitored_call: row.get("ring_on_monitored_call")?,
                    pick_up_calls_on_hold: row.get("pick_up_calls_on_hold")?,
                })
            })
            .optional()?;
        Ok(stored.unwrap_or_else(|| Self {
            user_status: "Available".to_owned(),
            dnd_status: "TakeAllCalls".to_owned(),
            message: None,
            allow_see_my_presence: true,
            caller_id_visibility: "All".to_owned(),
            ring_on_monitored_call: false,
            pick_up_calls_on_hold: false,
        }))
    }

    /// What the others see: what is set, except that who is on the phone or takes no calls is busy.
    fn presence_status(&self, telephony: &str) -> &str {
        let engaged = telephony != "NoCall" || self.dnd_status == "DoNotAcceptAnyCalls";
        if self.user_status == "Available" && engaged {
            "Busy"
        } else {
            &self.user_status
        }
    }
}

/// An extension's presence resource.
pub(super) fn path(account: i64, extension: &str) -> String {
    format!("/restapi/v1.0/account/{account}/extension/{extension}/presence")
}

pub(super) fn render(
    tx: &Transaction<'_>,
    origin: &str,
    account: i64,
    extension: i64,
    detail: Detail,
) -> rusqlite::Result<Value> {
    let number: Option<String> = tx
        .prepare_cached("SELECT extension_number FROM extensions WHERE id = ?1")?
        .query_row([extension], |row| row.get(0))?;
    let settings = Settings::of(tx, extension)?;
    let telephony = telephony_status(tx, account, extension)?;
    let personal = if settings.takes_personal_calls() {
        "TakeAllCalls"
    } else {
        "DoNotAcceptAnyCalls"
    };
    let calls = if detail == Detail::None {
        None
    } else {
        let calls = live::list(tx, account, Some(extension))?;
        Some(
            calls
                .iter()
                .filter_map(|call| active_call(call, extension, detail))
                .collect::<Vec<_>>(),
        )
    };
    Ok(compact(json!({
        "uri": format!("{origin}{}", path(account, &extension.to_string())),
        "extension": {
            "id": extension,
            "uri": format!("{origin}/restapi/v1.0/account/{account}/extension/{extension}"),
            "extensionNumber": number,
        },
        "presenceStatus": settings.presence_status(telephony),
        "userStatus": settings.user_status,
        "telephonyStatus": telephony,
        "dndStatus": settings.dnd_status,
        "dndStatusPersonal": personal,
        "acceptCallQueueCalls": settings.takes_queue_calls(),
        "meetingStatus": "Disconnected",
        "message": settings.message,
        "allowSeeMyPresence": settings.allow_see_my_presence,
        "callerIdVisibility": settings.caller_id_visibility,
        "ringOnMonitoredCall": settings.ring_on_monitored_call,
        "pickUpCallsOnHold": settings.pick_up_calls_on_hold,
        "cxTelephonyStatus": "NoCall",
        "aggregatedTelephonyStatus": telephony,
        "activeCalls": calls,
    })))
}

/// A call as its own extension's presence shows it; here, and only here, `from` and `to` are plain text.
fn active_call(live: &LiveCall, extension: i64, detail: Detail) -> Option<Value> {
    let state = live.state_at(extension);
    if matches!(state, State::Ended | State::VoiceMail) {
        return None;
    }
    let own = extension == live.extension_id;
    let inbound = (live.direction == "Inbound") == own;
    let seq = if own { live.seq } else { live.mirror_seq? };
    let number = |party: &Party| {
        party
            .phone_number
            .clone()
            .or_else(|| party.extension_number.clone())
            .unwrap_or_default()
    };
    let sip = (detail == Detail::CallsWithSip).then(|| {
        let uri = |party: &Party| format!("sip:{}@127.0.0.1", number(party));
        let (remote, local) = if inbound {
            (&live.from, &live.to)
        } else {
            (&live.to, &live.from)
        };
        json!({
            "callId": call::record_id(seq),
            "toTag": format!("to-{seq}"),
            "fromTag": format!("from-{seq}"),
            "remoteUri": uri(remote),
            "localUri": uri(local),
            "rcSessionId": call::session_id(live.seq),
        })
    });
    Some(json!({
        "id": call::record_id(seq),
        "direction": if inbound { "Inbound" } else { "Outbound" },
        "queueCall": false,
        "from": number(&live.from),
        "fromName": live.from.name,
        "to": number(&live.to),
        "toName": live.to.name,
        "startTime": time(live.start_ms),
        "telephonyStatus": state.name(),
        "sessionId": call::session_id(live.seq),
        "telephonySessionId": call::telephony_session_id(live.seq),
        "partyId": call::party_id(live.seq, if own { 1 } else { 2 }),
        "terminationType": "final",
        "sipData": sip,
    }))
}
