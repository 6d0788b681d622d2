//! What a fax request asks for: in a JSON part, or in the fields of a form.

use http::StatusCode;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::super::multipart::Parts;
use super::super::sms::refusal;
use super::MAX_COVER_TEXT;
use crate::arrive::call::Party;
use crate::clock;
use crate::directory::e164;
use crate::reply::ApiError;
use crate::request::parse_time;

/// Recipients beyond this are too many for one fax.
const MAX_RECIPIENTS: usize = 50;

/// The cover pages by their index; 0 is none.
pub(super) const COVER_PAGES: &[&str] = &[
    "None",
    "Ancient",
    "Birthday",
    "Blank",
    "Clasmod",
    "Classic",
    "Confidential",
    "Contempo",
    "Elegant",
    "Express",
    "Formal",
    "Jazzy",
    "Modern",
    "Urgent",
];

/// A fax request, read.
pub(super) struct Wanted {
    pub(super) to: Vec<Party>,
    pub(super) resolution: String,
    pub(super) cover_index: i64,
    pub(super) cover_text: Option<String>,
    pub(super) send_time: Option<Timestamp>,
}

/// Reads the JSON part, or the form's fields if there is none.
pub(super) fn wanted(parts: &Parts) -> Result<Wanted, ApiError> {
    let body = match &parts.json {
        Some(body) if body.is_object() => body.clone(),
        Some(_) => return Err(ApiError::unparseable()),
        None => of_form(parts),
    };
    let resolution = match &body["faxResolution"] {
        Value::Null => "High",
        value if value == "High" => "High",
        value if value == "Low" => "Low",
        _ => return Err(ApiError::invalid_parameter("faxResolution", "one of High, Low")),
    };
    Ok(Wanted {
        to: recipients(&body["to"])?,
        resolution: resolution.to_owned(),
        cover_index: cover_index(&body)?,
        cover_text: cover_text(&body)?,
        send_time: send_time(&body)?,
    })
}

/// A form's fields as the JSON that they stand for.
fn of_form(parts: &Parts) -> Value {
    let mut body = Map::new();
    let to: Vec<Value> = parts
        .texts("to")
        .into_iter()
        .map(|to| {
            // A recipient with a name is written as JSON.
            serde_json::from_str(to)
                .ok()
                .filter(Value::is_object)
                .unwrap_or_else(|| json!({ "phoneNumber": to }))
        })
        .collect();
    if !to.is_empty() {
        body.insert("to".to_owned(), to.into());
    }
    for name in [
        "faxResolution",
        "coverPageText",
        "sendTime",
        "isoCode",
        "coverIndex",
    ] {
        if let Some(text) = parts.texts(name).first() {
            body.insert(name.to_owned(), (*text).into());
        }
    }
    body.into()
}

/// The recipients of a fax.
pub(super) fn recipients(to: &Value) -> Result<Vec<Party>, ApiError> {
    const TO: &str = "to.phoneNumber";
    let list = match to {
        Value::Null => return Err(ApiError::missing_parameter("to")),
        Value::Array(list) if list.is_empty() => return Err(ApiError::missing_parameter("to")),
        Value::Array(list) => list.as_slice(),
        one => std::slice::from_ref(one),
    };
    if list.len() > MAX_RECIPIENTS {
        let wanted = format!("at most {MAX_RECIPIENTS} recipients");
        return Err(ApiError::invalid_parameter("to", &wanted));
    }
    list.iter()
        .map(|recipient| {
            let text = match recipient {
                Value::String(number) => number.as_str(),
                recipient => match &recipient["phoneNumber"] {
                    Value::Null => return Err(ApiError::missing_parameter(TO)),
                    number => number.as_str().unwrap_or_default(),
                },
            };
            let number = e164(text)
                .ok_or_else(|| ApiError::invalid_parameter(TO, "a phone number such as +16505550100"))?;
            if !number.starts_with("+1") {
                let message = "Sending faxes to international numbers is not available";
                return Err(refusal(StatusCode::FORBIDDEN, "MSG-309", message, TO));
            }
            Ok(Party {
                phone_number: Some(number),
                name: recipient["name"].as_str().map(str::to_owned),
                ..Party::default()
            })
        })
        .collect()
}

fn cover_index(body: &Value) -> Result<i64, ApiError> {
    let value = &body["coverIndex"];
    let most = i64::try_from(COVER_PAGES.len()).unwrap_or_default();
    match value {
        Value::Null => Ok(0),
        value => value
            .as_i64()
            .or_else(|| value.as_str()?.trim().parse().ok())
            .filter(|index| (0..most).contains(index))
            .ok_or_else(|| ApiError::invalid_parameter("coverIndex", "the index of a cover page, 0 to 13")),
    }
}

fn cover_text(body: &Value) -> Result<Option<String>, ApiError> {
    match &body["coverPageText"] {
        Value::Null => Ok(None),
        Value::String(text) if text.encode_utf16().count() <= MAX_COVER_TEXT => Ok(Some(text.clone())),
        _ => Err(ApiError::invalid_parameter(
            "coverPageText",
            "a text of at most 1024 characters",
        )),
    }
}

/// When the fax is to be sent; at once, if absent.
pub(super) fn send_time(body: &Value) -> Result<Option<Timestamp>, ApiError> {
    match &body["sendTime"] {
        Value::Null => Ok(None),
        value => value
            .as_str()
            .and_then(parse_time)
            .filter(|time| clock::is_within(*time))
            .map(Some)
            .ok_or_else(|| ApiError::invalid_parameter("sendTime", "a time such as 2026-03-09T10:20:30Z")),
    }
}
