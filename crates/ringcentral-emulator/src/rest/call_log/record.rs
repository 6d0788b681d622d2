//! A call-log record, from its row to its JSON.

use rusqlite::{Row, Transaction};
use serde_json::{Value, json};

use super::super::{compact, time};
use crate::arrive::call::{self, Party};
use crate::arrive::live::LiveCall;
use crate::reply::ApiError;
use crate::request::Query;

/// Whose log it is.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Scope {
    Account(i64),
    Extension { account: i64, extension: i64 },
}

impl Scope {
    /// The list's path.
    pub(super) fn path(self) -> String {
        match self {
            Self::Account(account) => format!("/restapi/v1.0/account/{account}/call-log"),
            Self::Extension { account, extension } => {
                format!("/restapi/v1.0/account/{account}/extension/{extension}/call-log")
            }
        }
    }

    /// The column that says whose a call is, and its value.
    pub(super) fn owner(self) -> (&'static str, i64) {
        match self {
            Self::Account(account) => ("account_id", account),
            Self::Extension { extension, .. } => ("extension_id", extension),
        }
    }
}

/// How much of a record is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum View {
    Simple,
    Detailed,
}

impl View {
    pub(super) fn of(query: &Query) -> Result<Self, ApiError> {
        Ok(match query.one_of("view", &["Simple", "Detailed"])? {
            Some("Detailed") => Self::Detailed,
            _ => Self::Simple,
        })
    }

    fn name(self) -> &'static str {
        match self {
            Self::Simple => "Simple",
            Self::Detailed => "Detailed",
        }
    }
}

pub(super) const SELECT: &str = "SELECT * FROM calls";

/// A row of `calls`.
pub(super) struct CallRow {
    seq: i64,
    id: String,
    pub(super) account_id: i64,
    pub(super) extension_id: i64,
    session_id: String,
    telephony_session_id: String,
    party_id: String,
    start_ms: i64,
    duration_ms: i64,
    modified_ms: i64,
    kind: String,
    direction: String,
    action: String,
    result: String,
    reason: Option<String>,
    reason_description: Option<String>,
    internal_type: String,
    transport: String,
    from: Value,
    to: Value,
    recording: Option<(i64, Option<String>)>,
    message: Option<(i64, Option<String>)>,
    cost: f64,
    deleted: bool,
}

impl CallRow {
    pub(super) fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        let recording: Option<i64> = row.get("recording_id")?;
        let message: Option<i64> = row.get("message_id")?;
        Ok(Self {
            seq: row.get("seq")?,
            id: row.get("id")?,
            account_id: row.get("account_id")?,
            extension_id: row.get("extension_id")?,
            session_id: row.get("session_id")?,
            telephony_session_id: row.get("telephony_session_id")?,
            party_id: row.get("party_id")?,
            start_ms: row.get("start_ms")?,
            duration_ms: row.get("duration_ms")?,
            modified_ms: row.get("modified_ms")?,
            kind: row.get("type")?,
            direction: row.get("direction")?,
            action: row.get("action")?,
            result: row.get("result")?,
            reason: row.get("reason")?,
            reason_description: row.get("reason_description")?,
            internal_type: row.get("internal_type")?,
            transport: row.get("transport")?,
            from: json!({
                "phoneNumber": row.get::<_, Option<String>>("from_number")?,
                "extensionNumber": row.get::<_, Option<String>>("from_extension")?,
                "extensionId": id_text(row.get("from_extension_id")?),
                "name": row.get::<_, Option<String>>("from_name")?,
                "location": row.get::<_, Option<String>>("from_location")?,
            }),
            to: json!({
                "phoneNumber": row.get::<_, Option<String>>("to_number")?,
                "extensionNumber": row.get::<_, Option<String>>("to_extension")?,
                "extensionId": id_text(row.get("to_extension_id")?),
                "name": row.get::<_, Option<String>>("to_name")?,
                "location": row.get::<_, Option<String>>("to_location")?,
            }),
            recording: recording
                .map(|id| row.get("recording_type").map(|kind| (id, kind)))
                .transpose()?,
            message: message
                .map(|id| row.get("message_type").map(|kind| (id, kind)))
                .transpose()?,
            cost: row.get("cost")?,
            deleted: row.get("deleted")?,
        })
    }

    /// Where the call stands in the order of time.
    pub(super) fn place(&self) -> (i64, i64) {
        (self.start_ms, self.seq)
    }

    /// A call that is going on, as one of its two extensions sees it.
    pub(super) fn of_live(live: &LiveCall, extension: i64, now_ms: i64) -> Self {
        let own = extension == live.extension_id;
        let seq = if own {
            live.seq
        } else {
            live.mirror_seq.unwrap_or(live.seq)
        };
        let call = live.record();
        let inbound = (call.direction == "Inbound") == own;
        let party = |party: &Party| {
            json!({
                "phoneNumber": party.phone_number,
                "extensionNumber": party.extension_number,
                "extensionId": id_text(party.extension_id),
                "name": party.name,
                "location": party.location,
            })
        };
        Self {
            seq,
            id: call::record_id(seq),
            account_id: live.account_id,
            extension_id: extension,
            session_id: call::session_id(live.seq),
            telephony_session_id: call::telephony_session_id(live.seq),
            party_id: call::party_id(live.seq, if own { 1 } else { 2 }),
            start_ms: live.start_ms,
            duration_ms: live.duration_ms(now_ms).max(0),
            modified_ms: live.ended_ms.or(live.answered_ms).unwrap_or(live.start_ms),
            kind: call.kind,
            direction: if inbound { "Inbound" } else { "Outbound" }.to_owned(),
            action: call.action,
            result: call.result,
            reason: None,
            reason_description: None,
            internal_type: call.internal_type,
            transport: call.transport,
            from: party(&call.from),
            to: party(&call.to),
            recording: None,
            message: None,
            cost: 0.0,
            deleted: false,
        }
    }

    /// The record's JSON. `origin` is where links point.
    pub(super) fn render(
        &self,
        tx: &Transaction<'_>,
        origin: &str,
        scope: Scope,
        view: View,
    ) -> rusqlite::Result<Value> {
        let mut record = self.common(origin);
        record["uri"] = format!("{origin}{}/{}?view={}", scope.path(), self.id, view.name()).into();
        record["id"] = self.id.as_str().into();
        record["sessionId"] = self.session_id.as_str().into();
        record["partyId"] = self.party_id.as_str().into();
        record["lastModifiedTime"] = time(self.modified_ms).into();
        if self.deleted {
            record["deleted"] = true.into();
        }
        if view == View::Detailed {
            let mut legs = vec![self.master_leg(origin)];
            legs.extend(self.further_legs(tx, origin)?);
            record["legs"] = legs.into();
        }
        Ok(compact(record))
    }

    /// What the record and its first leg have in common.
    fn common(&self, origin: &str) -> Value {
        let account = format!("{origin}/restapi/v1.0/account/{}", self.account_id);
        let extension = format!("{account}/extension/{}", self.extension_id);
        let recording = self.recording.as_ref().map(|(id, kind)| {
            json!({
                "id": id.to_string(),
                "uri": format!("{account}/recording/{id}"),
                "type": kind,
                "contentUri": format!("{account}/recording/{id}/content"),
            })
        });
        let message = self.message.as_ref().map(|(id, kind)| {
            json!({ "id": id.to_string(), "type": kind, "uri": format!("{extension}/message-store/{id}") })
        });
        json!({
            "telephonySessionId": self.telephony_session_id,
            "startTime": time(self.start_ms),
            "duration": self.duration_ms / 1000,
            "durationMs": self.duration_ms,
            "type": self.kind,
            "direction": self.direction,
            "action": self.action,
            "result": self.result,
            "reason": self.reason,
            "reasonDescription": self.reason_description,
            "internalType": self.internal_type,
            "transport": self.transport,
            "from": self.from,
            "to": self.to,
            "extension": { "id": self.extension_id, "uri": extension },
            "recording": recording,
            "message": message,
            "billing": { "costIncluded": 0.0, "costPurchased": self.cost },
        })
    }

    fn master_leg(&self, origin: &str) -> Value {
        let mut leg = self.common(origin);
        leg["legType"] = self.leg_type().into();
        leg["master"] = true.into();
        leg
    }

    fn leg_type(&self) -> &'static str {
        match (
            self.action.as_str(),
            self.direction.as_str(),
            self.transport.as_str(),
        ) {
            ("RingOut Web", ..) => "RingOutWebToSubscriber",
            ("Outgoing Fax", ..) => "FaxSent",
            (_, "Inbound", "PSTN") => "Accept",
            (_, _, "PSTN") => "SipToPstnMetered",
            _ => "ExtensionToExtension",
        }
    }

    fn further_legs(&self, tx: &Transaction<'_>, origin: &str) -> rusqlite::Result<Vec<Value>> {
        tx.prepare_cached("SELECT * FROM call_legs WHERE call_seq = ?1 ORDER BY position")?
            .query_map([self.seq], |row| self.leg(row, origin))?
            .collect()
    }

    fn leg(&self, row: &Row<'_>, origin: &str) -> rusqlite::Result<Value> {
        let duration_ms: i64 = row.get("duration_ms")?;
        let extension = row.get::<_, Option<i64>>("extension_id")?.map(|id| {
            json!({
                "id": id,
                "uri": format!("{origin}/restapi/v1.0/account/{}/extension/{id}", self.account_id),
            })
        });
        Ok(json!({
            "telephonySessionId": self.telephony_session_id,
            "startTime": time(row.get("start_ms")?),
            "duration": duration_ms / 1000,
            "durationMs": duration_ms,
            "type": self.kind,
            "direction": row.get::<_, String>("direction")?,
            "action": row.get::<_, String>("action")?,
            "result": row.get::<_, String>("result")?,
            "internalType": self.internal_type,
            "transport": row.get::<_, String>("transport")?,
            "from": {
                "phoneNumber": row.get::<_, Option<String>>("from_number")?,
                "extensionId": id_text(row.get("from_extension_id")?),
                "name": row.get::<_, Option<String>>("from_name")?,
            },
            "to": {
                "phoneNumber": row.get::<_, Option<String>>("to_number")?,
                "extensionId": id_text(row.get("to_extension_id")?),
                "name": row.get::<_, Option<String>>("to_name")?,
            },
            "extension": extension,
            "legType": row.get::<_, String>("leg_type")?,
            "master": false,
        }))
    }
}

fn id_text(id: Option<i64>) -> Option<String> {
    id.map(|id| id.to_string())
}
