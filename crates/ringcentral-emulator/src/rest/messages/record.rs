//! A message, from its row to its JSON.

use rusqlite::{OptionalExtension, Row};
use serde_json::{Value, json};

use super::super::cells::Cells;
use super::super::party::End;
use super::super::{IdText, Time};
use crate::arrive::message::{NewMessage, Stored};
use crate::call::Call;
use crate::db::Transaction;
use crate::reply::{ApiError, Reply};

mod json;

use json::{Attachment, Conversation, Message, Own, Owner, Purged, Recipient, Whole, segments};

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

/// The answer that is a text message without files that was queued just now: it is known without being read again.
pub(crate) fn reply_new(call: &Call<'_>, stored: Stored, new: &NewMessage) -> Result<Reply, ApiError> {
    let row = MessageRow::new(stored, new);
    let uri = row.uri(&call.request.origin);
    let to = (0_i64..)
        .zip(&new.to)
        .map(|(position, party)| row.recipient(End::at(party), position, Some("Queued".to_owned()), None))
        .collect();
    let attachments = row.text(&uri).into_iter().collect();
    let own = row.own(call.tx)?;
    Ok(Reply::json(&row.whole(
        &call.request.origin,
        uri,
        to,
        attachments,
        own,
    )))
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

    /// A message that has just been stored, as its row would be read.
    fn new(stored: Stored, new: &NewMessage) -> Self {
        let at_ms = new.at.as_millisecond();
        Self {
            id: stored.id,
            account_id: new.account_id,
            extension_id: new.extension_id,
            kind: new.content.kind().to_owned(),
            direction: new.direction().to_owned(),
            availability: "Alive".to_owned(),
            read_status: new.read_status().to_owned(),
            message_status: new.status.to_owned(),
            delivery_error_code: None,
            priority: "Normal".to_owned(),
            subject: new.content.subject().map(str::to_owned),
            conversation_id: stored.conversation,
            created_ms: at_ms,
            modified_ms: at_ms,
            delivered_ms: None,
            from: End::at(&new.from),
            fax_pages: None,
            fax_resolution: None,
            cover_index: None,
            cover_text: None,
            transcription_status: None,
        }
    }

    /// Where the message stands in the order of time.
    pub(super) fn place(&self) -> (i64, i64) {
        (self.created_ms, self.id)
    }

    fn uri(&self, origin: &str) -> String {
        format!(
            "{origin}{}",
            path(self.account_id, self.extension_id, &self.id.to_string())
        )
    }

    /// What a synchronisation says of a message that was deleted.
    pub(super) fn deleted(&self, origin: &str) -> Option<Value> {
        (self.availability != "Alive").then(|| {
            json!({
                "id": self.id,
                "uri": self.uri(origin),
                "availability": self.availability,
            })
        })
    }

    /// The message. Of a purged one nothing is left but its ids and its state.
    pub(super) fn render(&self, tx: &Transaction<'_>, origin: &str) -> rusqlite::Result<Message<'_>> {
        let uri = self.uri(origin);
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
        let attachments = self.attachments(tx, &uri)?;
        let (to, own) = (self.recipients(tx)?, self.own(tx)?);
        Ok(self.whole(origin, uri, to, attachments, own))
    }

    fn whole<'a>(
        &'a self,
        origin: &str,
        uri: String,
        to: Vec<Recipient>,
        attachments: Vec<Attachment>,
        own: Own<'a>,
    ) -> Message<'a> {
        Message::Whole(Box::new(Whole {
            id: self.id,
            uri,
            extension_id: IdText(self.extension_id),
            kind: &self.kind,
            from: &self.from,
            to,
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
            attachments,
            own,
        }))
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
        tx.prepare_cached(
            "SELECT phone_number, extension_number, extension_id, name, location, position, status, fax_error_code
             FROM message_recipients WHERE message_id = ?1 ORDER BY position",
        )?
        .query_map([self.id], |row| {
            let mut cells = Cells::of(row);
            let end = End::of(&mut cells)?;
            Ok(self.recipient(end, cells.next()?, cells.next()?, cells.next()?))
        })?
        .collect()
    }

    /// A recipient, what became of its part, and why it failed.
    fn recipient(&self, end: End, position: i64, own: Option<String>, error: Option<String>) -> Recipient {
        let sent = self.direction == "Outbound";
        let fax_sent = sent && self.kind == "Fax";
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
        Recipient {
            end,
            target: target.then_some(true),
            message_status: status.filter(|_| sent),
            fax_error_code: failed.then(|| error.unwrap_or_else(|| "NoAnswer".to_owned())),
            id: fax_sent.then(|| IdText(self.id * 10 + position)),
        }
    }

    /// Its text is an attachment without a row.
    fn text(&self, uri: &str) -> Option<Attachment> {
        let text = self.subject.as_deref().filter(|text| !text.is_empty());
        text.map(|_| Attachment::text(self.id, uri))
    }

    /// Its text, then what it has rows for.
    fn attachments(&self, tx: &Transaction<'_>, uri: &str) -> rusqlite::Result<Vec<Attachment>> {
        let mut attachments: Vec<Attachment> = self.text(uri).into_iter().collect();
        let mut statement = tx.prepare_cached(
            "SELECT id, type, content_type, duration_s, file_name, size, width, height
             FROM attachments WHERE message_id = ?1 ORDER BY id",
        )?;
        let rows = statement.query_map([self.id], |row| {
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
        })?;
        for attachment in rows {
            attachments.push(attachment?);
        }
        Ok(attachments)
    }
}
