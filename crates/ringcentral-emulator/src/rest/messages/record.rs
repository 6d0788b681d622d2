//! A message, from its row to its JSON.

use rusqlite::{OptionalExtension, Row, Transaction};
use serde_json::{Value, json};

use super::super::{compact, time};
use crate::call::Call;
use crate::reply::ApiError;

pub(super) const SELECT: &str = "SELECT * FROM messages";

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
        .map(|row| row.render(call.tx, &call.request.origin))
        .transpose()?)
}

/// The JSON of a message that exists.
pub(crate) fn by_id(tx: &Transaction<'_>, origin: &str, id: i64) -> rusqlite::Result<Value> {
    tx.prepare_cached(&format!("{SELECT} WHERE id = ?1"))?
        .query_row([id], MessageRow::of)?
        .render(tx, origin)
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
    from: Value,
    fax_pages: Option<i64>,
    fax_resolution: Option<String>,
    cover_index: Option<i64>,
    cover_text: Option<String>,
    transcription_status: Option<String>,
}

impl MessageRow {
    pub(super) fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get("id")?,
            account_id: row.get("account_id")?,
            extension_id: row.get("extension_id")?,
            kind: row.get("type")?,
            direction: row.get("direction")?,
            availability: row.get("availability")?,
            read_status: row.get("read_status")?,
            message_status: row.get("message_status")?,
            delivery_error_code: row.get("delivery_error_code")?,
            priority: row.get("priority")?,
            subject: row.get("subject")?,
            conversation_id: row.get("conversation_id")?,
            created_ms: row.get("created_ms")?,
            modified_ms: row.get("modified_ms")?,
            delivered_ms: row.get("delivered_ms")?,
            from: json!({
                "phoneNumber": row.get::<_, Option<String>>("from_number")?,
                "extensionNumber": row.get::<_, Option<String>>("from_extension")?,
                "extensionId": row.get::<_, Option<i64>>("from_extension_id")?.map(|id| id.to_string()),
                "name": row.get::<_, Option<String>>("from_name")?,
                "location": row.get::<_, Option<String>>("from_location")?,
            }),
            fax_pages: row.get("fax_pages")?,
            fax_resolution: row.get("fax_resolution")?,
            cover_index: row.get("cover_index")?,
            cover_text: row.get("cover_text")?,
            transcription_status: row.get("transcription_status")?,
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

    /// The message's JSON. Of a purged message nothing is left but its ids and its state.
    pub(super) fn render(&self, tx: &Transaction<'_>, origin: &str) -> rusqlite::Result<Value> {
        let uri = format!(
            "{origin}{}",
            path(self.account_id, self.extension_id, &self.id.to_string())
        );
        if self.availability == "Purged" {
            return Ok(json!({
                "id": self.id,
                "uri": uri,
                "extensionId": self.extension_id.to_string(),
                "type": self.kind,
                "availability": self.availability,
                "lastModifiedTime": time(self.modified_ms),
            }));
        }
        let mut message = json!({
            "id": self.id,
            "uri": uri,
            "extensionId": self.extension_id.to_string(),
            "type": self.kind,
            "from": self.from,
            "to": self.recipients(tx)?,
            "direction": self.direction,
            "availability": self.availability,
            "readStatus": self.read_status,
            "messageStatus": self.message_status,
            "deliveryErrorCode": self.delivery_error_code,
            "priority": self.priority,
            "subject": self.subject,
            "conversationId": self.conversation_id,
            "conversation": self.conversation_id.map(|id| {
                json!({ "id": id.to_string(), "uri": format!("{origin}/restapi/v1.0/conversation/{id}") })
            }),
            "creationTime": time(self.created_ms),
            "lastModifiedTime": time(self.modified_ms),
            "attachments": self.attachments(tx, &uri)?,
        });
        match self.kind.as_str() {
            "SMS" => {
                message["segmentCount"] = segments(self.subject.as_deref().unwrap_or_default()).into();
                message["smsDeliveryTime"] = self.delivered_ms.map(time).into();
                if self.direction == "Outbound" {
                    message["smsSendingAttemptsCount"] = 1.into();
                }
            }
            "Fax" => {
                message["faxPageCount"] = self.fax_pages.into();
                message["faxResolution"] = self.fax_resolution.as_deref().into();
                message["coverIndex"] = self.cover_index.unwrap_or(0).into();
                message["coverPageText"] = self.cover_text.as_deref().into();
            }
            "VoiceMail" => {
                message["vmTranscriptionStatus"] = self.transcription_status.as_deref().into();
                message["private"] = false.into();
                message["owner"] = self.owner(tx)?;
            }
            "Pager" => message["pgToDepartment"] = self.is_to_department(tx)?.into(),
            _ => {}
        }
        Ok(compact(message))
    }

    fn is_to_department(&self, tx: &Transaction<'_>) -> rusqlite::Result<bool> {
        tx.prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM message_recipients r JOIN extensions e ON e.id = r.extension_id
                WHERE r.message_id = ?1 AND e.type = 'Department')",
        )?
        .query_row([self.id], |row| row.get(0))
    }

    fn owner(&self, tx: &Transaction<'_>) -> rusqlite::Result<Value> {
        tx.prepare_cached("SELECT type, name FROM extensions WHERE id = ?1")?
            .query_row([self.extension_id], |row| {
                Ok(json!({
                    "extensionId": self.extension_id.to_string(),
                    "extensionType": row.get::<_, String>(0)?,
                    "name": row.get::<_, String>(1)?,
                }))
            })
    }

    fn recipients(&self, tx: &Transaction<'_>) -> rusqlite::Result<Vec<Value>> {
        let sent = self.direction == "Outbound";
        let fax_sent = sent && self.kind == "Fax";
        tx.prepare_cached("SELECT * FROM message_recipients WHERE message_id = ?1 ORDER BY position")?
            .query_map([self.id], |row| {
                let extension: Option<i64> = row.get("extension_id")?;
                let target =
                    (self.direction == "Inbound" && extension == Some(self.extension_id)).then_some(true);
                let position: i64 = row.get("position")?;
                let own: Option<String> = row.get("status")?;
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
                let error: Option<String> = row.get("fax_error_code")?;
                Ok(json!({
                    "phoneNumber": row.get::<_, Option<String>>("phone_number")?,
                    "extensionNumber": row.get::<_, Option<String>>("extension_number")?,
                    "extensionId": extension.map(|id| id.to_string()),
                    "name": row.get::<_, Option<String>>("name")?,
                    "location": row.get::<_, Option<String>>("location")?,
                    "target": target,
                    "messageStatus": status.filter(|_| sent),
                    "faxErrorCode": failed.then(|| error.unwrap_or_else(|| "NoAnswer".to_owned())),
                    "recipientId": fax_sent.then(|| (self.id * 10 + position).to_string()),
                }))
            })?
            .collect()
    }

    fn attachments(&self, tx: &Transaction<'_>, uri: &str) -> rusqlite::Result<Vec<Value>> {
        tx.prepare_cached("SELECT * FROM attachments WHERE message_id = ?1 ORDER BY id")?
            .query_map([self.id], |row| {
                let id: i64 = row.get("id")?;
                Ok(json!({
                    "id": id,
                    "uri": format!("{uri}/content/{id}"),
                    "type": row.get::<_, String>("type")?,
                    "contentType": row.get::<_, String>("content_type")?,
                    "vmDuration": row.get::<_, Option<i64>>("duration_s")?,
                    "fileName": row.get::<_, Option<String>>("file_name")?,
                    "size": row.get::<_, Option<i64>>("size")?,
                    "width": row.get::<_, Option<i64>>("width")?,
                    "height": row.get::<_, Option<i64>>("height")?,
                }))
            })?
            .collect()
    }
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
