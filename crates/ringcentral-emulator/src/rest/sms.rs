//! Sending text messages, with pictures and other files or without (MMS).

use http::StatusCode;
use jiff::SignedDuration;
use rusqlite::OptionalExtension;
use serde_json::Value;

use super::{messages, multipart};
use crate::arrive::call::Party;
use crate::arrive::message::{self, Content, File, NewMessage, Stored};
use crate::arrive::{self, Line, known_to, line, outcome, outside};
use crate::call::Call;
use crate::directory::e164;
use crate::reply::{ApiError, Reply};

/// In UTF-16 units.
const MAX_TEXT: usize = 1000;
const MAX_RECIPIENTS: usize = 10;
const MAX_FILES: usize = 10;
/// All files of a message together.
const MAX_BYTES: usize = 1_500_000;
/// What a user may send in a minute, whatever the rate group allows.
const TEXTS_A_MINUTE: i64 = 40;
const PICTURES_A_MINUTE: i64 = 50;

/// What can be sent beside the text.
const FILE_TYPES: &[&str] = &[
    "image/jpeg",
    "image/png",
    "image/bmp",
    "image/gif",
    "image/tiff",
    "image/svg+xml",
    "video/3gpp",
    "video/mp4",
    "video/mpeg",
    "video/msvideo",
    "audio/mpeg",
    "text/vcard",
    "application/zip",
    "application/gzip",
    "application/rtf",
];

/// `POST E/sms` and `POST E/mms`. The message is `Queued` at first and goes on by the clock.
pub(super) fn send(call: &Call<'_>) -> Result<Reply, ApiError> {
    let extension = call.own_extension()?;
    let (body, files) = body(call)?;
    let text = text(&body, !files.is_empty())?;
    let from = sender(call, extension, &body, !files.is_empty())?;
    let (to, lines) = recipients(call, &body)?;
    check_country(&body)?;
    check_files(&files)?;
    if call.limited {
        check_pace(call, extension, !files.is_empty())?;
    }
    let sent = NewMessage {
        account_id: call.account()?,
        extension_id: extension,
        at: call.now,
        inbound: false,
        read: true,
        from,
        to,
        content: Content::Sms { text },
        status: "Queued",
    };
    let stored = store(call, &sent, &files)?;
    for line in lines.iter().flatten() {
        store(call, &received(call, &sent, line)?, &files)?;
    }
    if files.is_empty() {
        messages::reply_new(call, stored, &sent)
    } else {
        messages::reply(call, stored.id)
    }
}

/// What a recipient gets whose line is one of the emulator's, a colleague's or of another company: the parties as that
/// company knows them.
fn received(call: &Call<'_>, sent: &NewMessage, line: &Line) -> Result<NewMessage, ApiError> {
    let seen = |party: &Party| {
        let number = party.phone_number.as_deref().unwrap_or_default();
        outside(call.tx, line.account_id, number)
    };
    Ok(NewMessage {
        account_id: line.account_id,
        extension_id: line.extension_id,
        inbound: true,
        read: false,
        from: seen(&sent.from)?,
        to: sent.to.iter().map(seen).collect::<rusqlite::Result<_>>()?,
        status: "Received",
        ..sent.clone()
    })
}

fn store(call: &Call<'_>, new: &NewMessage, files: &[File]) -> Result<Stored, ApiError> {
    let stored = message::store(call.tx, new)?;
    message::attach(call.tx, stored.id, files)?;
    arrive::announce_new(call.tx, stored.id, new)?;
    Ok(stored)
}

/// The JSON of the request, alone or as a part of a multipart body, and the files beside it.
fn body(call: &Call<'_>) -> Result<(Value, Vec<File>), ApiError> {
    let content_type = call.request.content_type().unwrap_or_default();
    let (body, files) = if content_type.starts_with("multipart/") {
        let parts = multipart::read(call.request)?;
        (parts.json, parts.files)
    } else {
        (call.request.json()?, Vec::new())
    };
    match body {
        Some(body) if body.is_object() => Ok((body, files)),
        Some(_) => Err(ApiError::unparseable()),
        None => Err(ApiError::missing_parameter("from")),
    }
}

/// The text, which only files make dispensable.
fn text(body: &Value, with_files: bool) -> Result<String, ApiError> {
    match &body["text"] {
        Value::Null if with_files => Ok(String::new()),
        Value::String(text) if text.is_empty() && with_files => Ok(String::new()),
        Value::Null => Err(ApiError::missing_parameter("text")),
        Value::String(text) if text.is_empty() => Err(ApiError::missing_parameter("text")),
        Value::String(text) if text.encode_utf16().count() <= MAX_TEXT => Ok(text.clone()),
        _ => Err(ApiError::invalid_parameter(
            "text",
            &format!("a text of at most {MAX_TEXT} characters"),
        )),
    }
}

fn check_files(files: &[File]) -> Result<(), ApiError> {
    let refuse = |status, code, message: &str| Err(refusal(status, code, message, "attachment"));
    if files.len() > MAX_FILES {
        let message = format!("A message can have at most {MAX_FILES} attachments");
        return refuse(StatusCode::BAD_REQUEST, "MSG-347", &message);
    }
    if let Some(file) = files
        .iter()
        .find(|file| !FILE_TYPES.contains(&file.content_type.as_str()))
    {
        let message = format!("Attachments of type [{}] are not supported", file.content_type);
        return refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE, "MSG-348", &message);
    }
    if files.iter().any(|file| file.bytes.is_empty()) {
        return refuse(StatusCode::BAD_REQUEST, "MSG-349", "An attachment is empty");
    }
    if files.iter().any(|file| file.bytes.len() > MAX_BYTES) {
        let message = format!("An attachment is larger than {MAX_BYTES} bytes");
        return refuse(StatusCode::BAD_REQUEST, "MSG-337", &message);
    }
    if files.iter().map(|file| file.bytes.len()).sum::<usize>() > MAX_BYTES {
        let message = format!("The attachments are larger than {MAX_BYTES} bytes together");
        return refuse(StatusCode::BAD_REQUEST, "MSG-338", &message);
    }
    Ok(())
}

/// Text messages have a limit of their own, and so have those with files.
fn check_pace(call: &Call<'_>, extension: i64, with_files: bool) -> Result<(), ApiError> {
    let limit = if with_files {
        PICTURES_A_MINUTE
    } else {
        TEXTS_A_MINUTE
    };
    let since = (call.now - SignedDuration::from_secs(60)).as_millisecond();
    let (count, oldest): (i64, Option<i64>) = call
        .tx
        .prepare_cached(
            "SELECT count(*), min(created_ms) FROM (
                SELECT created_ms FROM messages m
                WHERE extension_id = ?1 AND created_ms > ?2 AND direction = 'Outbound' AND type = 'SMS'
                  AND ?3 = EXISTS (SELECT 1 FROM attachments a WHERE a.message_id = m.id AND a.type = 'MmsAttachment')
                ORDER BY created_ms DESC, id DESC LIMIT ?4)",
        )?
        .query_row(rusqlite::params![extension, since, with_files, limit], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    if count < limit {
        return Ok(());
    }
    let wait_ms = oldest.unwrap_or_default() - since;
    let mut error = ApiError::new(
        StatusCode::TOO_MANY_REQUESTS,
        "MSG-305",
        format!("Only {limit} messages can be sent in a minute"),
    );
    error.retry_after = Some((wait_ms + 999) / 1000);
    Err(error)
}

pub(super) fn refusal(status: StatusCode, code: &str, message: &str, parameter: &str) -> ApiError {
    ApiError::new(status, code, message).detail("parameterName", parameter)
}

/// The sender's number: it must be the extension's own and able to send text messages.
fn sender(call: &Call<'_>, extension: i64, body: &Value, with_files: bool) -> Result<Party, ApiError> {
    const FROM: &str = "from.phoneNumber";
    let number = match &body["from"]["phoneNumber"] {
        Value::Null => return Err(ApiError::missing_parameter(FROM)),
        value => value
            .as_str()
            .and_then(e164)
            .ok_or_else(|| ApiError::invalid_parameter(FROM, "a phone number such as +16505550100"))?,
    };
    let own: Option<(String, String, String)> = call
        .tx
        .prepare_cached(
            "SELECT p.type, p.features, e.name FROM phone_numbers p JOIN extensions e ON e.id = p.extension_id
             WHERE p.phone_number = ?1 AND p.extension_id = ?2",
        )?
        .query_row(rusqlite::params![number, extension], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let Some((kind, features, name)) = own else {
        let message = "Phone number doesn't belong to extension";
        return Err(refusal(StatusCode::FORBIDDEN, "MSG-304", message, FROM));
    };
    if kind == "FaxOnly" {
        let message = "Sending SMS from a fax-only phone number is not allowed";
        return Err(refusal(StatusCode::FORBIDDEN, "MSG-241", message, FROM));
    }
    let can = |wanted: &str| features.split_whitespace().any(|feature| feature == wanted);
    if !can("SmsSender") {
        let message = "Sending SMS from this phone number is not available";
        return Err(refusal(StatusCode::FORBIDDEN, "MSG-242", message, FROM));
    }
    if with_files && !can("MmsSender") {
        let message = "Sending MMS from this phone number is not available";
        return Err(refusal(StatusCode::FORBIDDEN, "MSG-380", message, FROM));
    }
    Ok(Party {
        phone_number: Some(number),
        extension_id: Some(extension),
        name: Some(name),
        ..Party::default()
    })
}

/// Each recipient once, and whose line it is.
fn recipients(call: &Call<'_>, body: &Value) -> Result<(Vec<Party>, Vec<Option<Line>>), ApiError> {
    let to = match &body["to"] {
        Value::Null => return Err(ApiError::missing_parameter("to")),
        // One recipient without the list around it is taken as well.
        Value::Object(_) => std::slice::from_ref(&body["to"]),
        Value::Array(to) if to.is_empty() => return Err(ApiError::missing_parameter("to")),
        Value::Array(to) => to.as_slice(),
        _ => return Err(ApiError::invalid_parameter("to", "a list of recipients")),
    };
    if to.len() > MAX_RECIPIENTS {
        let message = format!("A message can have at most {MAX_RECIPIENTS} recipients");
        return Err(refusal(StatusCode::BAD_REQUEST, "MSG-381", &message, "to"));
    }
    let (mut parties, mut lines) = (Vec::new(), Vec::new());
    for recipient in to {
        let number = recipient_number(recipient)?;
        let line = line(call.tx, &number)?;
        let party = known_to(call.caller.account_id, &number, line.as_ref());
        if !parties.contains(&party) {
            parties.push(party);
            lines.push(line);
        }
    }
    Ok((parties, lines))
}

fn recipient_number(recipient: &Value) -> Result<String, ApiError> {
    const TO: &str = "to.phoneNumber";
    let text = match &recipient["phoneNumber"] {
        Value::Null if !recipient["extensionNumber"].is_null() => {
            let message = "Sending SMS to extension numbers is not allowed";
            return Err(refusal(
                StatusCode::BAD_REQUEST,
                "MSG-246",
                message,
                "to.extensionNumber",
            ));
        }
        Value::Null => return Err(ApiError::missing_parameter(TO)),
        value => value
            .as_str()
            .ok_or_else(|| ApiError::invalid_parameter(TO, "a phone number such as +16505550100"))?
            .trim(),
    };
    if (1..7).contains(&text.len()) && text.chars().all(|c| c.is_ascii_digit()) {
        let message = "Sending SMS to short numbers is not allowed";
        return Err(refusal(StatusCode::BAD_REQUEST, "MSG-247", message, TO));
    }
    let number =
        e164(text).ok_or_else(|| ApiError::invalid_parameter(TO, "a phone number such as +16505550100"))?;
    if !number.starts_with("+1") || number.len() != 12 {
        let message = "Sending SMS to international phone numbers is not available";
        return Err(refusal(StatusCode::FORBIDDEN, "MSG-240", message, TO));
    }
    if outcome::is_blocked(&number) {
        let message = "Sending SMS to this phone number is blocked";
        return Err(refusal(StatusCode::BAD_REQUEST, "MSG-243", message, TO));
    }
    Ok(number)
}

fn check_country(body: &Value) -> Result<(), ApiError> {
    let country = &body["country"];
    if country["id"].is_null() || country["isoCode"].is_null() {
        return Ok(());
    }
    let message = "Parameters [country.id] and [country.isoCode] are not allowed together";
    Err(refusal(StatusCode::BAD_REQUEST, "MSG-365", message, "country"))
}

#[cfg(test)]
mod tests;
