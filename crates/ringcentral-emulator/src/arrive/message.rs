//! A message in somebody's message store: how it gets there.

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension, params};

use super::call::Party;
use super::outcome;

use crate::db::Transaction;

/// From `Deleted` to `Purged`, and from there to gone.
pub(crate) const RETENTION: SignedDuration = SignedDuration::from_hours(5 * 24);
/// From the id of one attachment of a message to that of the next; the first has the message's own.
const ATTACHMENT_STEP: i64 = 1_000_000_000;

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
    /// `Queued`, `Sent`, `Delivered`, `Received` …; what is `Queued` goes on by the clock.
    pub(crate) status: &'static str,
}

impl NewMessage {
    pub(crate) fn direction(&self) -> &'static str {
        if self.inbound { "Inbound" } else { "Outbound" }
    }

    pub(crate) fn read_status(&self) -> &'static str {
        if self.read { "Read" } else { "Unread" }
    }
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

    pub(crate) fn subject(&self) -> Option<&str> {
        match self {
            Self::Sms { text } | Self::Pager { text } => Some(text),
            Self::Voicemail { .. } | Self::Fax { .. } => None,
        }
    }
}

/// What a message was given when it was stored.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stored {
    pub(crate) id: i64,
    /// Of a text or pager message.
    pub(crate) conversation: Option<i64>,
}

/// Stores a message with its recipients and attachments; answers its id.
pub(crate) fn insert(tx: &Transaction<'_>, message: &NewMessage) -> rusqlite::Result<i64> {
    store(tx, message).map(|stored| stored.id)
}

/// The same; answers its conversation, too.
pub(crate) fn store(tx: &Transaction<'_>, message: &NewMessage) -> rusqlite::Result<Stored> {
    let conversation = match message.content {
        Content::Sms { .. } | Content::Pager { .. } => Some(conversation(tx, message)?),
        Content::Voicemail { .. } | Content::Fax { .. } => None,
    };
    let at_ms = message.at.as_millisecond();
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
            conversation_id, created_ms, modified_ms, delivered_ms, from_number, from_extension,
            from_extension_id, from_name, from_location, fax_pages, fax_resolution, transcription_status)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)",
    )?
    .execute(params![
        message.account_id,
        message.extension_id,
        message.content.kind(),
        message.direction(),
        message.read_status(),
        message.status,
        message.content.subject(),
        message.content.text(),
        conversation,
        at_ms,
        at_ms,
        (message.status == "Delivered").then_some(at_ms),
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
    let queued_from = (message.status == "Queued").then_some(message.at);
    insert_recipients(tx, id, &message.to, queued_from)?;
    insert_attachments(tx, id, &message.content)?;
    Ok(Stored { id, conversation })
}

/// A message waits in the queue once more: from `from` on, each recipient's part of it takes its course.
pub(crate) fn schedule(tx: &Transaction<'_>, id: i64, from: Timestamp) -> rusqlite::Result<()> {
    let recipients: Vec<(i64, Option<String>)> = tx
        .prepare_cached("SELECT position, phone_number FROM message_recipients WHERE message_id = ?1")?
        .query_map([id], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    for (position, number) in recipients {
        let due = from + outcome::queueing(number.as_deref().unwrap_or_default());
        tx.prepare_cached(
            "UPDATE message_recipients SET status = 'Queued', due_ms = ?3, fax_error_code = NULL
             WHERE message_id = ?1 AND position = ?2",
        )?
        .execute(params![id, position, due.as_millisecond()])?;
    }
    Ok(())
}

/// A file that came with a message.
#[derive(Debug, Clone)]
pub(crate) struct File {
    pub(crate) name: Option<String>,
    pub(crate) content_type: String,
    pub(crate) bytes: Bytes,
}

/// Attaches files to a text message.
pub(crate) fn attach(tx: &Transaction<'_>, id: i64, files: &[File]) -> rusqlite::Result<()> {
    for (nth, file) in (1_i64..).zip(files) {
        let attachment = id + nth * ATTACHMENT_STEP;
        let (width, height) = image_size(&file.bytes).unzip();
        tx.prepare_cached(
            "INSERT INTO attachments (message_id, id, type, content_type, file_name, size, width, height)
             VALUES (?1, ?2, 'MmsAttachment', ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![
            id,
            attachment,
            file.content_type,
            file.name,
            i64::try_from(file.bytes.len()).unwrap_or(i64::MAX),
            width,
            height
        ])?;
        keep(tx, id, attachment, &file.bytes)?;
    }
    Ok(())
}

/// Keeps the bytes of an attachment.
pub(crate) fn keep(tx: &Transaction<'_>, id: i64, attachment: i64, bytes: &[u8]) -> rusqlite::Result<()> {
    tx.prepare_cached("INSERT INTO contents (message_id, attachment_id, bytes) VALUES (?1, ?2, ?3)")?
        .execute(params![id, attachment, bytes])?;
    Ok(())
}

/// Width and height of a PNG or GIF image; of other formats they are not known.
fn image_size(bytes: &[u8]) -> Option<(u32, u32)> {
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        let at = |from: usize| Some(u32::from_be_bytes(bytes.get(from..from + 4)?.try_into().ok()?));
        Some((at(16)?, at(20)?))
    } else if bytes.starts_with(b"GIF8") {
        let at = |from: usize| Some(u16::from_le_bytes(bytes.get(from..from + 2)?.try_into().ok()?).into());
        Some((at(6)?, at(8)?))
    } else {
        None
    }
}

/// Of a message that waits in the queue, each recipient's part of it takes its course from then on.
fn insert_recipients(
    tx: &Transaction<'_>,
    id: i64,
    to: &[Party],
    queued_from: Option<Timestamp>,
) -> rusqlite::Result<()> {
    let mut insert = tx.prepare_cached(
        "INSERT INTO message_recipients (message_id, position, phone_number, extension_number, extension_id, name,
            location, status, due_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?;
    for (position, party) in (0_i64..).zip(to) {
        let due = queued_from.map(|from| {
            let number = party.phone_number.as_deref().unwrap_or_default();
            (from + outcome::queueing(number)).as_millisecond()
        });
        insert.execute(params![
            id,
            position,
            party.phone_number,
            party.extension_number,
            party.extension_id,
            party.name,
            party.location,
            due.map(|_| "Queued"),
            due,
        ])?;
    }
    Ok(())
}

/// What is attached to it beside its text, which needs no row.
fn insert_attachments(tx: &Transaction<'_>, id: i64, content: &Content) -> rusqlite::Result<()> {
    let insert = |attachment: i64, kind, content_type, duration_s: Option<i64>, name: Option<&str>| {
        tx.prepare_cached(
            "INSERT INTO attachments (message_id, id, type, content_type, duration_s, file_name)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![id, attachment, kind, content_type, duration_s, name])
        .map(|_| ())
    };
    match content {
        Content::Sms { .. } | Content::Pager { .. } => Ok(()),
        Content::Voicemail {
            duration_s,
            transcript,
        } => {
            let seconds = Some(*duration_s);
            insert(id, "AudioRecording", "audio/x-wav", seconds, None)?;
            if transcript.is_some() {
                let name = Some("transcription");
                insert(
                    id + ATTACHMENT_STEP,
                    "AudioTranscription",
                    "text/plain",
                    seconds,
                    name,
                )?;
            }
            Ok(())
        }
        Content::Fax { .. } => {
            let name = format!("fax-{id}.pdf");
            insert(id, "RenderedDocument", "application/pdf", None, Some(&name))
        }
    }
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
