//! A message in somebody's message store, and what time does to it.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension, Transaction, params};

use super::call::Party;

/// From `Queued` to `Sent`.
const SENDING: SignedDuration = SignedDuration::from_secs(1);
/// From `Sent` to `Delivered`.
const DELIVERY: SignedDuration = SignedDuration::from_secs(2);
/// From `Deleted` to `Purged`, and from there to gone.
pub(crate) const RETENTION: SignedDuration = SignedDuration::from_hours(5 * 24);

/// What becomes a row of `messages`.
#[derive(Debug, Clone)]
pub(crate) struct NewMessage {
    pub(crate) account_id: i64,
    pub(crate) extension_id: i64,
    pub(crate) at: Timestamp,
    pub(crate) inbound: bool,
    pub(crate) read: bool,
    pub(crate) from: Party,
    pub(crate) to: Vec<Party>,
    pub(crate) content: Content,
    /// `Queued`, `Sent`, `Delivered`, `Received` …; `Queued` and `Sent` go on by the clock.
    pub(crate) status: &'static str,
}

/// What the message is.
#[derive(Debug, Clone)]
pub(crate) enum Content {
    Sms {
        text: String,
    },
    Pager {
        text: String,
    },
    Voicemail {
        duration_s: i64,
        transcript: Option<String>,
    },
    Fax {
        pages: i64,
    },
}

impl Content {
    /// The `type` of the message object.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Sms { .. } => "SMS",
            Self::Pager { .. } => "Pager",
            Self::Voicemail { .. } => "VoiceMail",
            Self::Fax { .. } => "Fax",
        }
    }

    fn text(&self) -> Option<&str> {
        match self {
            Self::Sms { text } | Self::Pager { text } => Some(text),
            Self::Voicemail { transcript, .. } => transcript.as_deref(),
            Self::Fax { .. } => None,
        }
    }

    fn subject(&self) -> Option<&str> {
        match self {
            Self::Sms { text } | Self::Pager { text } => Some(text),
            Self::Voicemail { .. } | Self::Fax { .. } => None,
        }
    }
}

/// Stores a message with its recipients and attachments; answers its id.
pub(crate) fn insert(tx: &Transaction<'_>, message: &NewMessage) -> rusqlite::Result<i64> {
    let conversation = match message.content {
        Content::Sms { .. } | Content::Pager { .. } => Some(conversation(tx, message)?),
        Content::Voicemail { .. } | Content::Fax { .. } => None,
    };
    let at_ms = message.at.as_millisecond();
    let sent = matches!(message.content, Content::Sms { .. }) && !message.inbound;
    let due = match message.status {
        "Queued" => Some(message.at + SENDING),
        "Sent" if sent => Some(message.at + DELIVERY),
        _ => None,
    };
    let (pages, transcription) = match &message.content {
        Content::Fax { pages } => (Some(*pages), None),
        Content::Voicemail {
            transcript: Some(_), ..
        } => (None, Some("Completed")),
        Content::Voicemail { transcript: None, .. } => (None, Some("NotAvailable")),
        _ => (None, None),
    };
    tx.prepare_cached(
        "INSERT INTO messages (account_id, extension_id, type, direction, read_status, message_status, subject, text,
            conversation_id, created_ms, modified_ms, delivered_ms, due_ms, from_number, from_extension,
            from_extension_id, from_name, from_location, fax_pages, fax_resolution, transcription_status)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21)",
    )?
    .execute(params![
        message.account_id,
        message.extension_id,
        message.content.kind(),
        if message.inbound { "Inbound" } else { "Outbound" },
        if message.read { "Read" } else { "Unread" },
        message.status,
        message.content.subject(),
        message.content.text(),
        conversation,
        at_ms,
        at_ms,
        (message.status == "Delivered").then_some(at_ms),
        due.map(Timestamp::as_millisecond),
        message.from.phone_number,
        message.from.extension_number,
        message.from.extension_id,
        message.from.name,
        message.from.location,
        pages,
        pages.map(|_| "High"),
        transcription,
    ])?;
    let id = tx.last_insert_rowid();
    insert_recipients(tx, id, &message.to)?;
    insert_attachments(tx, id, &message.content)?;
    Ok(id)
}

fn insert_recipients(tx: &Transaction<'_>, id: i64, to: &[Party]) -> rusqlite::Result<()> {
    let mut insert = tx.prepare_cached(
        "INSERT INTO message_recipients (message_id, position, phone_number, extension_number, extension_id, name,
            location) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    for (position, party) in (0_i64..).zip(to) {
        insert.execute(params![
            id,
            position,
            party.phone_number,
            party.extension_number,
            party.extension_id,
            party.name,
            party.location,
        ])?;
    }
    Ok(())
}

fn insert_attachments(tx: &Transaction<'_>, id: i64, content: &Content) -> rusqlite::Result<()> {
    let mut insert = tx.prepare_cached(
        "INSERT INTO attachments (message_id, id, type, content_type, duration_s, file_name)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    match content {
        Content::Sms { .. } | Content::Pager { .. } => {
            insert.execute(params![id, id, "Text", "text/plain", None::<i64>, None::<String>])?;
        }
        Content::Voicemail {
            duration_s,
            transcript,
        } => {
            insert.execute(params![
                id,
                id,
                "AudioRecording",
                "audio/x-wav",
                duration_s,
                None::<String>
            ])?;
            if transcript.is_some() {
                let second = id + 1_000_000_000;
                insert.execute(params![
                    id,
                    second,
                    "AudioTranscription",
                    "text/plain",
                    duration_s,
                    "transcription"
                ])?;
            }
        }
        Content::Fax { .. } => {
            let name = format!("fax-{id}.pdf");
            insert.execute(params![
                id,
                id,
                "RenderedDocument",
                "application/pdf",
                None::<i64>,
                name
            ])?;
        }
    }
    Ok(())
}

/// The conversation of this extension with the message's other parties: found, or begun.
fn conversation(tx: &Transaction<'_>, message: &NewMessage) -> rusqlite::Result<i64> {
    let name = |party: &Party| {
        party
            .phone_number
            .clone()
            .or(party.extension_number.clone())
            .unwrap_or_default()
    };
    let mut others: Vec<String> = if message.inbound {
        let own = |party: &&Party| party.extension_id != Some(message.extension_id);
        std::iter::once(&message.from)
            .chain(message.to.iter().filter(own))
            .map(name)
            .collect()
    } else {
        message.to.iter().map(name).collect()
    };
    others.sort_unstable();
    others.dedup();
    let parties = others.join(",");
    let known = tx
        .prepare_cached("SELECT id FROM conversations WHERE extension_id = ?1 AND parties = ?2")?
        .query_row(params![message.extension_id, parties], |row| row.get(0))
        .optional()?;
    if let Some(id) = known {
        return Ok(id);
    }
    tx.prepare_cached(
        "INSERT INTO conversations (id, extension_id, parties)
         SELECT coalesce(max(id), 7700100) + 1, ?1, ?2 FROM conversations",
    )?
    .execute(params![message.extension_id, parties])?;
    Ok(tx.last_insert_rowid())
}

/// Numbers that end so have opted out of text messages: sending to them fails.
pub(crate) fn has_opted_out(phone_number: &str) -> bool {
    phone_number.ends_with("5550199")
}

/// Lets every change happen that is due by `now`, oldest first.
pub(crate) fn settle(tx: &Transaction<'_>, now: Timestamp) -> rusqlite::Result<()> {
    let now_ms = now.as_millisecond();
    loop {
        let due: Option<(i64, i64, String, String)> = tx
            .prepare_cached(
                "SELECT id, due_ms, availability, message_status FROM messages
                 WHERE due_ms <= ?1 ORDER BY due_ms, id LIMIT 1",
            )?
            .query_row([now_ms], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
            })
            .optional()?;
        let Some((id, due_ms, availability, status)) = due else {
            return Ok(());
        };
        match (availability.as_str(), status.as_str()) {
            ("Purged", _) => {
                tx.prepare_cached("DELETE FROM messages WHERE id = ?1")?
                    .execute([id])?;
            }
            ("Deleted", _) => step(tx, id, due_ms, ("availability", "Purged"), Some(RETENTION))?,
            (_, "Queued") if opted_out(tx, id)? => {
                step(tx, id, due_ms, ("message_status", "SendingFailed"), None)?;
                tx.prepare_cached("UPDATE messages SET delivery_error_code = 'SMS-RC-413' WHERE id = ?1")?
                    .execute([id])?;
            }
            (_, "Queued") => step(tx, id, due_ms, ("message_status", "Sent"), Some(DELIVERY))?,
            (_, "Sent") => {
                step(tx, id, due_ms, ("message_status", "Delivered"), None)?;
                tx.prepare_cached("UPDATE messages SET delivered_ms = modified_ms WHERE id = ?1")?
                    .execute([id])?;
            }
            _ => {
                tx.prepare_cached("UPDATE messages SET due_ms = NULL WHERE id = ?1")?
                    .execute([id])?;
            }
        }
    }
}

fn step(
    tx: &Transaction<'_>,
    id: i64,
    at_ms: i64,
    (column, value): (&str, &str),
    next: Option<SignedDuration>,
) -> rusqlite::Result<()> {
    let next_ms = next.map(|wait| at_ms + i64::try_from(wait.as_millis()).unwrap_or(i64::MAX / 2));
    tx.prepare_cached(&format!(
        "UPDATE messages SET {column} = ?2, modified_ms = ?3, due_ms = ?4 WHERE id = ?1"
    ))?
    .execute(params![id, value, at_ms, next_ms])?;
    Ok(())
}

fn opted_out(tx: &Transaction<'_>, id: i64) -> rusqlite::Result<bool> {
    let mut statement =
        tx.prepare_cached("SELECT phone_number FROM message_recipients WHERE message_id = ?1")?;
    let mut numbers = statement.query_map([id], |row| row.get::<_, Option<String>>(0))?;
    numbers.try_fold(false, |any, number| {
        Ok(any || number?.is_some_and(|number| has_opted_out(&number)))
    })
}
