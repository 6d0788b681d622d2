//! Sending faxes: files become pages, pages become a call.

mod read;

use http::StatusCode;
use rusqlite::{OptionalExtension, params};
use serde_json::{Value, json};

use super::sms::refusal;
use super::{dictionary, media, messages, multipart};
use crate::arrive;
use crate::arrive::call::Party;
use crate::arrive::message::{self, Content, File, NewMessage};
use crate::call::Call;
use crate::reply::{ApiError, Reply};
use read::Wanted;

const MAX_BYTES: usize = 50 * 1024 * 1024;
const MAX_PAGES: i64 = 200;
const MAX_COVER_TEXT: usize = 1024;
/// A page of text has so many lines.
const LINES: usize = 60;

/// `POST E/fax`: multipart with files, or JSON that names a fax to send again.
pub(super) fn send(call: &Call<'_>) -> Result<Reply, ApiError> {
    let extension = call.own_extension()?;
    let content_type = call.request.content_type().unwrap_or_default();
    if content_type.starts_with("multipart/") {
        let parts = multipart::read(call.request)?;
        let wanted = read::wanted(&parts)?;
        let document = document(&wanted, &parts.files)?;
        return queue(call, extension, &wanted, &document);
    }
    let body = call
        .request
        .json()?
        .filter(Value::is_object)
        .ok_or_else(|| ApiError::missing_parameter("originalMessageId"))?;
    again(call, extension, &body)
}

/// What goes over the line.
struct Document {
    pages: i64,
    /// The uploaded PDF if that is all there is; otherwise it is made when asked for.
    bytes: Option<Vec<u8>>,
}

fn document(wanted: &Wanted, files: &[File]) -> Result<Document, ApiError> {
    let refuse = |status, code, message: &str| Err(refusal(status, code, message, "attachment"));
    if files.iter().map(|file| file.bytes.len()).sum::<usize>() > MAX_BYTES {
        return refuse(
            StatusCode::BAD_REQUEST,
            "MSG-338",
            "The attachments are larger than 50 MB together",
        );
    }
    if let Some(file) = files.iter().find(|file| {
        ["audio/", "video/"]
            .iter()
            .any(|kind| file.content_type.starts_with(kind))
    }) {
        let message = format!("Attachments of type [{}] cannot be faxed", file.content_type);
        return refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE, "MSG-348", &message);
    }
    if files.iter().any(|file| file.bytes.is_empty()) {
        return refuse(StatusCode::BAD_REQUEST, "MSG-349", "An attachment is empty");
    }
    let cover = i64::from(wanted.cover_index != 0);
    if files.is_empty() && cover == 0 {
        return refuse(StatusCode::BAD_REQUEST, "MSG-350", "There is nothing to fax");
    }
    let pages = cover + files.iter().map(pages).sum::<i64>();
    if pages > MAX_PAGES {
        let message = format!("A fax can have at most {MAX_PAGES} pages");
        return refuse(StatusCode::BAD_REQUEST, "MSG-351", &message);
    }
    let bytes = match files {
        [file] if cover == 0 && file.bytes.starts_with(b"%PDF") => Some(file.bytes.to_vec()),
        _ => None,
    };
    Ok(Document { pages, bytes })
}

/// How many pages a file has: those of a PDF, a page for each sixty lines of text, one for anything else.
fn pages(file: &File) -> i64 {
    let count = if file.bytes.starts_with(b"%PDF") {
        media::pdf_pages(&file.bytes)
    } else if file.content_type.starts_with("text/") {
        let lines = file.bytes.split(|byte| *byte == b'\n').count();
        i64::try_from(lines.div_ceil(LINES)).unwrap_or(i64::MAX)
    } else {
        1
    };
    count.max(1)
}

fn queue(call: &Call<'_>, extension: i64, wanted: &Wanted, document: &Document) -> Result<Reply, ApiError> {
    let new = NewMessage {
        account_id: call.account()?,
        extension_id: extension,
        at: call.now,
        inbound: false,
        read: true,
        from: sender(call, extension)?,
        to: wanted.to.clone(),
        content: Content::Fax {
            pages: document.pages,
        },
        status: "Queued",
    };
    let id = message::insert(call.tx, &new)?;
    if let Some(bytes) = &document.bytes {
        message::keep(call.tx, id, id, bytes)?;
    }
    call.tx
        .prepare_cached(
            "UPDATE messages SET fax_resolution = ?2, cover_index = ?3, cover_text = ?4 WHERE id = ?1",
        )?
        .execute(params![
            id,
            wanted.resolution,
            wanted.cover_index,
            wanted.cover_text
        ])?;
    let size = document.bytes.as_ref().map_or_else(
        || media::pdf(&format!("fax {id}"), document.pages).len(),
        Vec::len,
    );
    call.tx
        .prepare_cached("UPDATE attachments SET size = ?2 WHERE message_id = ?1 AND id = ?1")?
        .execute(params![id, i64::try_from(size).unwrap_or(i64::MAX)])?;
    if let Some(at) = wanted.send_time.filter(|at| *at > call.now) {
        message::schedule(call.tx, id, at)?;
    }
    arrive::announce_new(call.tx, id, &new)?;
    Ok(Reply::json(&fax_of(messages::by_id(
        call.tx,
        &call.request.origin,
        id,
    )?)))
}

/// The answer to a fax names files differently than the message store does, and recipients by their numbers alone.
fn fax_of(mut message: Value) -> Value {
    if let Some(recipients) = message["to"].as_array_mut() {
        for recipient in recipients.iter_mut().filter_map(Value::as_object_mut) {
            recipient
                .retain(|name, _| !["extensionNumber", "extensionId", "target"].contains(&name.as_str()));
        }
    }
    if let Some(attachments) = message["attachments"].as_array_mut() {
        for attachment in attachments.iter_mut().filter_map(Value::as_object_mut) {
            if let Some(name) = attachment.remove("fileName") {
                attachment.insert("filename".to_owned(), name);
            }
        }
    }
    if let Some(members) = message.as_object_mut() {
        members.remove("extensionId");
    }
    message
}

/// The sender's line: a number of the extension's own that can fax, else the company's.
fn sender(call: &Call<'_>, extension: i64) -> Result<Party, ApiError> {
    let number: Option<String> = call
        .tx
        .prepare_cached(
            "SELECT phone_number FROM phone_numbers
             WHERE account_id = ?2 AND type <> 'VoiceOnly' AND (extension_id = ?1 OR usage_type = 'MainCompanyNumber')
             ORDER BY extension_id IS NULL, id LIMIT 1",
        )?
        .query_row([extension, call.caller.account_id], |row| row.get(0))
        .optional()?;
    let name = call
        .tx
        .prepare_cached("SELECT name FROM extensions WHERE id = ?1")?
        .query_row([extension], |row| row.get(0))?;
    Ok(Party {
        phone_number: number,
        extension_id: Some(extension),
        name,
        ..Party::default()
    })
}

/// Sends a fax once more, to the same or to others.
fn again(call: &Call<'_>, extension: i64, body: &Value) -> Result<Reply, ApiError> {
    const ORIGINAL: &str = "originalMessageId";
    let id = match &body[ORIGINAL] {
        Value::Null => return Err(ApiError::missing_parameter(ORIGINAL)),
        value => value
            .as_i64()
            .or_else(|| value.as_str()?.parse().ok())
            .ok_or_else(|| ApiError::invalid_parameter(ORIGINAL, "the id of a fax"))?,
    };
    let original = call
        .tx
        .prepare_cached(
            "SELECT message_status, fax_resolution, coalesce(cover_index, 0), cover_text, fax_pages
             FROM messages
             WHERE id = ?1 AND extension_id = ?2 AND type = 'Fax' AND direction = 'Outbound' AND availability = 'Alive'",
        )?
        .query_row([id, extension], |row| {
            Ok((
                row.get::<_, String>(0)?,
                Wanted {
                    to: Vec::new(),
                    resolution: row
                        .get::<_, Option<String>>(1)?
                        .unwrap_or_else(|| "High".to_owned()),
                    cover_index: row.get(2)?,
                    cover_text: row.get(3)?,
                    send_time: None,
                },
                row.get::<_, Option<i64>>(4)?,
            ))
        })
        .optional()?;
    let (status, mut wanted, pages) = original.ok_or_else(|| ApiError::not_found(ORIGINAL))?;
    if status == "Queued" {
        return Err(refusal(
            StatusCode::NOT_ACCEPTABLE,
            "MSG-343",
            "The fax has not been sent yet",
            ORIGINAL,
        ));
    }
    let named = json!({ "to": body["to"], "sendTime": body["sendTime"] });
    wanted.send_time = read::send_time(&named)?;
    wanted.to = if named["to"].is_null() {
        call.tx
            .prepare_cached(
                "SELECT phone_number, name FROM message_recipients WHERE message_id = ?1 ORDER BY position",
            )?
            .query_map([id], |row| {
                Ok(Party {
                    phone_number: row.get(0)?,
                    name: row.get(1)?,
                    ..Party::default()
                })
            })?
            .collect::<rusqlite::Result<_>>()?
    } else {
        read::recipients(&named["to"])?
    };
    let bytes = call
        .tx
        .prepare_cached("SELECT bytes FROM contents WHERE message_id = ?1 AND attachment_id = ?1")?
        .query_row([id], |row| row.get(0))
        .optional()?;
    let document = Document {
        pages: pages.unwrap_or(1),
        bytes,
    };
    queue(call, extension, &wanted, &document)
}

/// `GET /restapi/v1.0/dictionary/fax-cover-page`
pub(super) fn cover_pages(call: &Call<'_>) -> Result<Reply, ApiError> {
    let records = read::COVER_PAGES
        .iter()
        .enumerate()
        .map(|(at, name)| json!({ "id": at.to_string(), "name": name }))
        .collect();
    dictionary::list(call, "/restapi/v1.0/dictionary/fax-cover-page", records)
}
