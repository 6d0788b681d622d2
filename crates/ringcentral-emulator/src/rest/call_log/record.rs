//! A call-log record, from its row to its JSON.

use rusqlite::Row;
use serde::Serialize;
use serde_json::{Value, json};

use super::super::cells::Cells;
use super::super::party::End;
use super::super::{IdText, Time, compact, time};
use crate::arrive::call;
use crate::arrive::live::LiveCall;
use crate::db::Transaction;
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

/// In the order in which [`CallRow::of`] reads.
pub(super) const SELECT: &str =
    "SELECT seq, session, account_id, extension_id, start_ms, duration_ms, modified_ms, type, direction, action, result,
        reason, reason_description, internal_type, transport,
        from_number, from_extension, from_extension_id, from_name, from_location,
        to_number, to_extension, to_extension_id, to_name, to_location,
        recording_id, recording_type, message_id, message_type, cost, deleted
     FROM calls";

/// A row of `calls`.
pub(super) struct CallRow {
    seq: i64,
    session: i64,
    pub(super) account_id: i64,
    pub(super) extension_id: i64,
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
    from: End,
    to: End,
    recording: Option<(i64, Option<String>)>,
    message: Option<(i64, Option<String>)>,
    cost: f64,
    deleted: bool,
}

impl CallRow {
    pub(super) fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        let mut cells = Cells::of(row);
        Ok(Self {
            seq: cells.next()?,
            session: cells.next()?,
            account_id: cells.next()?,
            extension_id: cells.next()?,
            start_ms: cells.next()?,
            duration_ms: cells.next()?,
            modified_ms: cells.next()?,
            kind: cells.next()?,
            direction: cells.next()?,
            action: cells.next()?,
            result: cells.next()?,
            reason: cells.next()?,
            reason_description: cells.next()?,
            internal_type: cells.next()?,
            transport: cells.next()?,
            from: End::of(&mut cells)?,
            to: End::of(&mut cells)?,
            recording: linked(&mut cells)?,
            message: linked(&mut cells)?,
            cost: cells.next()?,
            deleted: cells.next()?,
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
        Self {
            seq,
            session: live.seq,
            account_id: live.account_id,
            extension_id: extension,
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
            from: End::at(&call.from),
            to: End::at(&call.to),
            recording: None,
            message: None,
            cost: 0.0,
            deleted: false,
        }
    }

    /// The record. `origin` is where links point.
    pub(super) fn render(
        &self,
        tx: &Transaction<'_>,
        origin: &str,
        scope: Scope,
        view: View,
    ) -> rusqlite::Result<Record<'_>> {
        let id = call::record_id(self.seq);
        let side = if self.session == self.seq { 1 } else { 2 };
        Ok(Record {
            uri: format!("{origin}{}/{id}?view={}", scope.path(), view.name()),
            id,
            session_id: call::session_id(self.session),
            party_id: call::party_id(self.session, side),
            last_modified_time: Time(self.modified_ms),
            deleted: self.deleted,
            common: self.common(origin),
            legs: match view {
                View::Simple => None,
                View::Detailed => Some(self.legs(tx, origin)?),
            },
        })
    }

    /// What the record and its first leg have in common.
    fn common(&self, origin: &str) -> Common<'_> {
        let account = format!("{origin}/restapi/v1.0/account/{}", self.account_id);
        let extension = format!("{account}/extension/{}", self.extension_id);
        Common {
            telephony_session_id: call::telephony_session_id(self.session),
            start_time: Time(self.start_ms),
            duration: self.duration_ms / 1000,
            duration_ms: self.duration_ms,
            kind: &self.kind,
            direction: &self.direction,
            action: &self.action,
            result: &self.result,
            reason: self.reason.as_deref(),
            reason_description: self.reason_description.as_deref(),
            internal_type: &self.internal_type,
            transport: &self.transport,
            from: &self.from,
            to: &self.to,
            recording: self.recording.as_ref().map(|(id, kind)| Recording {
                id: IdText(*id),
                uri: format!("{account}/recording/{id}"),
                kind: kind.as_deref(),
                content_uri: format!("{account}/recording/{id}/content"),
            }),
            message: self.message.as_ref().map(|(id, kind)| Message {
                id: IdText(*id),
                kind: kind.as_deref(),
                uri: format!("{extension}/message-store/{id}"),
            }),
            extension: Extension {
                id: self.extension_id,
                uri: extension,
            },
            billing: Billing {
                cost_included: 0.0,
                cost_purchased: self.cost,
            },
        }
    }

    /// The first leg is the call itself.
    fn legs(&self, tx: &Transaction<'_>, origin: &str) -> rusqlite::Result<Vec<Leg<'_>>> {
        let first = Leg::First(Box::new(FirstLeg {
            common: self.common(origin),
            leg_type: self.leg_type(),
            master: true,
        }));
        let mut legs = vec![first];
        legs.extend(self.further_legs(tx, origin)?.into_iter().map(Leg::Further));
        Ok(legs)
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
            .query_map([self.seq], |row| self.leg(row, origin).map(compact))?
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
            "telephonySessionId": call::telephony_session_id(self.session),
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

/// The id and the kind of what belongs to a call.
fn linked(cells: &mut Cells<'_, '_>) -> rusqlite::Result<Option<(i64, Option<String>)>> {
    let (id, kind): (Option<i64>, _) = (cells.next()?, cells.next()?);
    Ok(id.map(|id| (id, kind)))
}

/// A call-log record. What is not known is left out.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Record<'a> {
    uri: String,
    id: String,
    session_id: String,
    party_id: String,
    last_modified_time: Time,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    deleted: bool,
    #[serde(flatten)]
    common: Common<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    legs: Option<Vec<Leg<'a>>>,
}

impl Record<'_> {
    /// The record as a value, to look into.
    pub(super) fn value(&self) -> Value {
        serde_json::to_value(self).expect("it has text keys and no failing serializers")
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Common<'a> {
    telephony_session_id: String,
    start_time: Time,
    duration: i64,
    duration_ms: i64,
    #[serde(rename = "type")]
    kind: &'a str,
    direction: &'a str,
    action: &'a str,
    result: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason_description: Option<&'a str>,
    internal_type: &'a str,
    transport: &'a str,
    from: &'a End,
    to: &'a End,
    extension: Extension,
    #[serde(skip_serializing_if = "Option::is_none")]
    recording: Option<Recording<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Message<'a>>,
    billing: Billing,
}

#[derive(Serialize)]
struct Extension {
    id: i64,
    uri: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Recording<'a> {
    id: IdText,
    uri: String,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<&'a str>,
    content_uri: String,
}

#[derive(Serialize)]
struct Message<'a> {
    id: IdText,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<&'a str>,
    uri: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Billing {
    cost_included: f64,
    cost_purchased: f64,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Leg<'a> {
    First(Box<FirstLeg<'a>>),
    Further(Value),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FirstLeg<'a> {
    #[serde(flatten)]
    common: Common<'a>,
    leg_type: &'static str,
    master: bool,
}

fn id_text(id: Option<i64>) -> Option<String> {
    id.map(|id| id.to_string())
}
