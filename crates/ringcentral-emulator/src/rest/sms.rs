//! Sending a text message.

use http::StatusCode;
use rusqlite::OptionalExtension;
use serde_json::Value;

use super::{messages, multipart};
use crate::arrive::call::Party;
use crate::arrive::message::{self, Content, NewMessage};
use crate::arrive::{self, outside};
use crate::call::Call;
use crate::directory::e164;
use crate::reply::{ApiError, Reply};

/// In UTF-16 units.
const MAX_TEXT: usize = 1000;
const MAX_RECIPIENTS: usize = 10;

/// `POST E/sms`. The message is `Queued` at first and goes on by the clock.
pub(super) fn send(call: &Call<'_>) -> Result<Reply, ApiError> {
    let extension = call.own_extension()?;
    message::settle(call.tx, call.now)?;
    let body = body(call)?;
    let text = text(&body)?;
    let from = sender(call, extension, &body)?;
    let to = recipients(call, &body)?;
    check_country(&body)?;
    let mut sent = NewMessage {
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
    let id = message::insert(call.tx, &sent)?;
    arrive::announce(call.events, call.tx, id, true)?;
    // A colleague receives it like anybody else.
    sent.inbound = true;
    sent.read = false;
    sent.status = "Received";
    for colleague in sent.to.iter().filter_map(|party| party.extension_id) {
        let id = message::insert(
            call.tx,
            &NewMessage {
                extension_id: colleague,
                ..sent.clone()
            },
        )?;
        arrive::announce(call.events, call.tx, id, true)?;
    }
    Ok(Reply::json(&messages::by_id(call.tx, &call.request.origin, id)?))
}

/// The JSON of the request, alone or as a part of a multipart body.
fn body(call: &Call<'_>) -> Result<Value, ApiError> {
    let content_type = call.request.content_type().unwrap_or_default();
    let body = if content_type.starts_with("multipart/") {
        let parts = multipart::read(call.request)?;
        if parts.files > 0 {
            return Err(ApiError::new(
                StatusCode::NOT_IMPLEMENTED,
                "CMN-202",
                "Messages with attached files (MMS) are not part of the emulator yet; send the text alone",
            ));
        }
        parts.json
    } else {
        call.request.json()?
    };
    match body {
        Some(body) if body.is_object() => Ok(body),
        Some(_) => Err(ApiError::unparseable()),
        None => Err(ApiError::missing_parameter("from")),
    }
}

fn text(body: &Value) -> Result<String, ApiError> {
    match &body["text"] {
        Value::Null => Err(ApiError::missing_parameter("text")),
        Value::String(text) if text.is_empty() => Err(ApiError::missing_parameter("text")),
        Value::String(text) if text.encode_utf16().count() <= MAX_TEXT => Ok(text.clone()),
        _ => Err(ApiError::invalid_parameter(
            "text",
            &format!("a text of at most {MAX_TEXT} characters"),
        )),
    }
}

fn refusal(status: StatusCode, code: &str, message: &str, parameter: &str) -> ApiError {
    ApiError::new(status, code, message).detail("parameterName", parameter)
}

/// The sender's number: it must be the extension's own and able to send text messages.
fn sender(call: &Call<'_>, extension: i64, body: &Value) -> Result<Party, ApiError> {
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
    if !features.split_whitespace().any(|feature| feature == "SmsSender") {
        let message = "Sending SMS from this phone number is not available";
        return Err(refusal(StatusCode::FORBIDDEN, "MSG-242", message, FROM));
    }
    Ok(Party {
        phone_number: Some(number),
        extension_id: Some(extension),
        name: Some(name),
        ..Party::default()
    })
}

fn recipients(call: &Call<'_>, body: &Value) -> Result<Vec<Party>, ApiError> {
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
    let mut parties = Vec::new();
    for recipient in to {
        let party = outside(call.tx, &recipient_number(recipient)?)?;
        if !parties.contains(&party) {
            parties.push(party);
        }
    }
    Ok(parties)
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
