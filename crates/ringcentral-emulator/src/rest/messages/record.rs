//! A message, from its row to its JSON.

use rusqlite::{OptionalExtension, Row, Transaction};
use serde::Serialize;
use serde_json::{Value, json};

use super::super::cells::Cells;
use super::super::party::End;
use super::super::{IdText, Time};
use crate::call::Call;
use crate::reply::{ApiError, Reply};

/// In the order in which [`MessageRow::of`] reads.
pub(super) const SELECT: &str =
    "SELECT id, account_id, extension_id, type, direction, availability, read_status, message_status,
        delivery_error_code, priority, subject, conversation_id, created_ms, modified_ms, delivered_ms,
        from_number, from_extension, from_extension_id, from_name, from_location,
        fax_pages, fax_resolution, cover_index, cover_text, transcription_status
     FROM messages";

/// A message's path.
pub(super) fn path(account: i64, extension: i64, id: &str) -> String {
    format!("/restapi/v1.0/account/{account}/extension/{extension}/message-store/{id}")
}

/// The JSON of one of the extension's messages, by the id as the path has it.
pub(super) fn find(call: &Call<'_>, extension: i64, id: &str) -> Result<Option<Value>, ApiError> {
    let row = call
        .tx
        .prepare_cached(&format!("{SELECT} WHERE id = ?1 AND extension_id = ?2"))?
        .query_row([super::number(id), extension], MessageRow::of)
        .optional()?;
    Ok(row
        .map(|row| Ok::<_, rusqlite::Error>(row.render(call.tx, &call.request.origin)?.value()))
        .transpose()?)
}

/// The JSON of a message that exists.
pub(crate) fn by_id(tx: &Transaction<'_>, origin: &str, id: i64) -> rusqlite::Result<Value> {
    Ok(row(tx, id)?.render(tx, origin)?.value())
}

/// The answer that is a message that exists.
pub(crate) fn reply(call: &Call<'_>, id: i64) -> Result<Reply, ApiError> {
    let row = row(call.tx, id)?;
    Ok(Reply::json(&row.render(call.tx, &call.request.origin)?))
}

fn row(tx: &Transaction<'_>, id: i64) -> rusqlite::Result<MessageRow> {
    tx.prepare_cached(&format!("{SELECT} WHERE id = ?1"))?
        .query_row([id], MessageRow::of)
}

/// A row of `messages`.
pub(super) struct MessageRow {
    id: i64,
    account_id: i64,
    extension_id: i64,
    kind: String,
    direction: String,
    availability: String,
    read_status: String,
    message_status: String,
    delivery_error_code: Option<String>,
    priority: String,
    subject: Option<String>,
    conversation_id: Option<i64>,
    created_ms: i64,
    modified_ms: i64,
    delivered_ms: Option<i64>,
    from: End,
    fax_pages: Option<i64>,
    fax_resolution: Option<String>,
    cover_index: Option<i64>,
    cover_text: Option<String>,
    transcription_status: Option<String>,
}

impl MessageRow {
    pub(super) fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        let mut cells = Cells::of(row);
        Ok(Self {
            id: cells.next()?,
            account_id: cells.next()?,
            extension_id: cells.next()?,
            kind: cells.next()?,
            direction: cells.next()?,
            availability: cells.next()?,
            read_status: cells.next()?,
            message_status: cells.next()?,
            delivery_error_code: cells.next()?,
            priority: cells.next()?,
            subject: cells.next()?,
            conversation_id: cells.next()?,
            created_ms: cells.next()?,
            modified_ms: cells.next()?,
            delivered_ms: cells.next()?,
            from: End::of(&mut cells)?,
            fax_pages: cells.next()?,
            fax_resolution: cells.next()?,
            cover_index: cells.next()?,
            cover_text: cells.next()?,
            transcription_status: cells.next()?,
        })
    }

    /// Where the message stands in the order of time.
    pub(super) fn place(&self) -> (i64, i64) {
        (self.created_ms, self.id)
    }

    /// What a synchronisation says of a message that was deleted.
    pub(super) fn deleted(&self, origin: &str) -> Option<Value> {
        (self.availability != "Alive").then(|| {
            json!({
                "id": self.id,
                "uri": format!("{origin}{}", path(self.account_id, self.extension_id, &self.id.to_string())),
                "availability": self.availability,
            })
        })
    }

    /// The message. Of a purged one nothing is left but its ids and its state.
    pub(super) fn render(&self, tx: &Transaction<'_>, origin: &str) -> rusqlite::Result<Message<'_>> {
        let uri = format!(
            "{origin}{}",
            path(self.account_id, self.extension_id, &self.id.to_string())
        );
        if self.availability == "Purged" {
            return Ok(Message::Purged(Purged {
                id: self.id,
                uri,
                extension_id: IdText(self.extension_id),
                kind: &self.kind,
                availability: &self.availability,
                last_modified_time: Time(self.modified_ms),
            }));
        }
        Ok(Message::Whole(Box::new(Whole {
            id: self.id,
            extension_id: IdText(self.extension_id),
            kind: &self.kind,
            from: &self.from,
            to: self.recipients(tx)?,
            direction: &self.direction,
            availability: &self.availability,
            read_status: &self.read_status,
            message_status: &self.message_status,
            delivery_error_code: self.delivery_error_code.as_deref(),
            priority: &self.priority,
            subject: self.subject.as_deref(),
            conversation_id: self.conversation_id,
            conversation: self.conversation_id.map(|id| Conversation {
                id: IdText(id),
                uri: format!("{origin}/restapi/v1.0/conversation/{id}"),
            }),
            creation_time: Time(self.created_ms),
            last_modified_time: Time(self.modified_ms),
            attachments: self.attachments(tx, &uri)?,
            own: self.own(tx)?,
            uri,
        })))
    }

    /// What only messages of this kind have.
    fn own(&self, tx: &Transaction<'_>) -> rusqlite::Result<Own<'_>> {
        Ok(match self.kind.as_str() {
            "SMS" => Own::Sms {
                segment_count: segments(self.subject.as_deref().unwrap_or_default()),
                sms_delivery_time: self.delivered_ms.map(Time),
                sms_sending_attempts_count: (self.direction == "Outbound").then_some(1),
            },
            "Fax" => Own::Fax {
                fax_page_count: self.fax_pages,
                fax_resolution: self.fax_resolution.as_deref(),
                cover_index: self.cover_index.unwrap_or(0),
                cover_page_text: self.cover_text.as_deref(),
            },
            "VoiceMail" => Own::VoiceMail {
                vm_transcription_status: self.transcription_status.as_deref(),
                private: false,
                owner: self.owner(tx)?,
            },
            "Pager" => Own::Pager {
                pg_to_department: self.is_to_department(tx)?,
            },
            _ => Own::Other {},
        })
    }

    fn is_to_department(&self, tx: &Transaction<'_>) -> rusqlite::Result<bool> {
        tx.prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM message_recipients r JOIN extensions e ON e.id = r.extension_id
                WHERE r.message_id = ?1 AND e.type = 'Department')",
        )?
        .query_row([self.id], |row| row.get(0))
    }

    fn owner(&self, tx: &Transaction<'_>) -> rusqlite::Result<Owner> {
        tx.prepare_cached("SELECT type, name FROM extensions WHERE id = ?1")?
            .query_row([self.extension_id], |row| {
                Ok(Owner {
                    extension_id: IdText(self.extension_id),
                    extension_type: row.get(0)?,
                    name: row.get(1)?,
                })
            })
    }

    fn recipients(&self, tx: &Transaction<'_>) -> rusqlite::Result<Vec<Recipient>> {
        let sent = self.direction == "Outbound";
        let fax_sent = sent && self.kind == "Fax";
        tx.prepare_cached(
            "SELECT phone_number, extension_number, extension_id, name, location, position, status, fax_error_code
             FROM message_recipients WHERE message_id = ?1 ORDER BY position",
        )?
        .query_map([self.id], |row| {
            let mut cells = Cells::of(row);
            let end = End::of(&mut cells)?;
            let position: i64 = cells.next()?;
            let own: Option<String> = cells.next()?;
            let error: Option<String> = cells.next()?;
            // A fax that is on its way is still queued to the outside.
            let own = own.map(|status| {
                if status == "Sending" {
                    "Queued".to_owned()
                } else {
                    status
                }
            });
            let status = own.or_else(|| fax_sent.then(|| self.message_status.clone()));
            let failed = fax_sent && status.as_deref() == Some("SendingFailed");
            let target = self.direction == "Inbound" && end.is_extension(self.extension_id);
            Ok(Recipient {
                end,
                target: target.then_some(true),
                message_status: status.filter(|_| sent),
                fax_error_code: failed.then(|| error.unwrap_or_else(|| "NoAnswer".to_owned())),
                id: fax_sent.then(|| IdText(self.id * 10 + position)),
            })
        })?
        .collect()
    }

    fn attachments(&self, tx: &Transaction<'_>, uri: &str) -> rusqlite::Result<Vec<Attachment>> {
        tx.prepare_cached(
            "SELECT id, type, content_type, duration_s, file_name, size, width, height
             FROM attachments WHERE message_id = ?1 ORDER BY id",
        )?
        .query_map([self.id], |row| {
            let mut cells = Cells::of(row);
            let id: i64 = cells.next()?;
            Ok(Attachment {
                id,
                uri: format!("{uri}/content/{id}"),
                kind: cells.next()?,
                content_type: cells.next()?,
                vm_duration: cells.next()?,
                file_name: cells.next()?,
                size: cells.next()?,
                width: cells.next()?,
                height: cells.next()?,
            })
        })?
        .collect()
    }
}

/// A message as JSON. What is not known is left out.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Message<'a> {
    Purged(Purged<'a>),
    Whole(Box<Whole<'a>>),
}

impl Message<'_> {
    /// The message as a value, to look into.
    pub(super) fn value(&self) -> Value {
        serde_json::to_value(self).expect("it has text keys and no failing serializers")
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Purged<'a> {
    id: i64,
    uri: String,
    extension_id: IdText,
    #[serde(rename = "type")]
    kind: &'a str,
    availability: &'a str,
    last_modified_time: Time,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Whole<'a> {
    id: i64,
    uri: String,
    extension_id: IdText,
    #[serde(rename = "type")]
    kind: &'a str,
    from: &'a End,
    to: Vec<Recipient>,
    direction: &'a str,
    availability: &'a str,
    read_status: &'a str,
    message_status: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    delivery_error_code: Option<&'a str>,
    priority: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    conversation_id: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    conversation: Option<Conversation>,
    creation_time: Time,
    last_modified_time: Time,
    attachments: Vec<Attachment>,
    #[serde(flatten)]
    own: Own<'a>,
}

#[derive(Serialize)]
struct Conversation {
    id: IdText,
    uri: String,
}

#[derive(Serialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
enum Own<'a> {
    Sms {
        segment_count: usize,
        #[serde(skip_serializing_if = "Option::is_none")]
        sms_delivery_time: Option<Time>,
        #[serde(skip_serializing_if = "Option::is_none")]
        sms_sending_attempts_count: Option<u8>,
    },
    Fax {
        #[serde(skip_serializing_if = "Option::is_none")]
        fax_page_count: Option<i64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        fax_resolution: Option<&'a str>,
        cover_index: i64,
        #[serde(skip_serializing_if = "Option::is_none")]
        cover_page_text: Option<&'a str>,
    },
    VoiceMail {
        #[serde(skip_serializing_if = "Option::is_none")]
        vm_transcription_status: Option<&'a str>,
        private: bool,
        owner: Owner,
    },
    Pager {
        pg_to_department: bool,
    },
    Other {},
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Owner {
    extension_id: IdText,
    extension_type: String,
    name: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Recipient {
    #[serde(flatten)]
    end: End,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_status: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fax_error_code: Option<String>,
    #[serde(rename = "recipientId", skip_serializing_if = "Option::is_none")]
    id: Option<IdText>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Attachment {
    id: i64,
    uri: String,
    #[serde(rename = "type")]
    kind: String,
    content_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    vm_duration: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    width: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    height: Option<i64>,
}

/// How many pieces a text travels in: 160 of the letters that telephones have always known, or 70 of any others; a
/// little less for each piece of several.
fn segments(text: &str) -> usize {
    // Letters of the old alphabet that count twice.
    const DOUBLE: &str = "^{}\\[~]|€";
    const SINGLE: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZ\
         ÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
    let old = |c: char| {
        if SINGLE.contains(c) {
            Some(1)
        } else {
            DOUBLE.contains(c).then_some(2)
        }
    };
    let (units, alone, joined) = match text.chars().map(old).sum::<Option<usize>>() {
        Some(units) => (units, 160, 153),
        None => (text.encode_utf16().count(), 70, 67),
    };
    if units <= alone { 1 } else { units.div_ceil(joined) }
}

#[cfg(test)]
mod tests {
    use super::segments;

    #[test]
    fn a_text_travels_in_pieces() {
        for (text, pieces) in [
            (String::new(), 1),
            ("x".repeat(160), 1),
            ("x".repeat(161), 2),
            ("x".repeat(306), 2),
            ("x".repeat(307), 3),
            ("€".repeat(80), 1),
            ("€".repeat(81), 2),
            ("ß".repeat(160), 1),
            ("☕".repeat(70), 1),
            ("☕".repeat(71), 2),
            ("😀".repeat(35), 1),
            ("😀".repeat(36), 2),
            ("☕".repeat(135), 3),
        ] {
            assert_eq!(segments(&text), pieces, "{} {text:.4}", text.chars().count());
        }
    }
}
