//! Sending a text message from one of the user's own numbers.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Form, Json};
use ringcentral::{Error, PhoneNumber};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::explain;
use crate::html::{Notice, Section, SenderNumber, SmsForm, Tone, words};
use crate::logins::{Login, text_of};
use crate::problem::{Failure, wants_json};
use crate::routes::pages;
use crate::state::{AppState, SignedIn};

/// As the platform counts: UTF-16 units.
const LONGEST_TEXT: usize = 1000;

#[derive(Deserialize)]
pub(crate) struct Sms {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
    #[serde(default)]
    text: String,
}

/// `POST /api/sms`: sent once. A page answers with a redirect, so that reloading it does not send again.
pub(crate) async fn send(
    State(state): State<AppState>,
    who: SignedIn,
    headers: HeaderMap,
    Form(sms): Form<Sms>,
) -> Result<Response, Failure> {
    who.check_csrf(&sms.csrf)?;
    let json = wants_json(&headers, None);

    let (from, to) = match check(&sms) {
        Ok(numbers) => numbers,
        Err(form) if json => return Ok(invalid(&form)),
        Err(form) => {
            return pages::signed_in(&state, &who, StatusCode::UNPROCESSABLE_ENTITY, None, Some(*form)).await;
        }
    };
    let body = json!({
        "from": { "phoneNumber": from.as_str() },
        "to": [{ "phoneNumber": to.as_str() }],
        "text": sms.text,
    });
    let sent = who
        .login
        .client
        .post("/restapi/v1.0/account/~/extension/~/sms")
        .json(&body)
        .send()
        .await;
    match sent {
        Ok(answer) if json => Ok(raw_json(answer.bytes().clone())),
        Ok(answer) => {
            let id = answer
                .json::<Value>()
                .ok()
                .and_then(|message| message.get("id").and_then(text_of));
            // Sent is sent, even if the answer's id cannot be read.
            let id = id
                .filter(|id| is_message_id(id))
                .unwrap_or_else(|| "unknown".to_owned());
            Ok(Redirect::to(&format!("/test?sms={id}")).into_response())
        }
        Err(error) if json || error.is_login_required() => {
            Err(state.failed(&who, &error, Section::Overview).await)
        }
        Err(error) => {
            let heading = if error.is_outcome_unknown() {
                "It is not known whether the message was sent"
            } else {
                "The message was not sent"
            };
            let form = SmsForm {
                notice: Some(explain::notice(&error, heading)),
                ..typed(&sms)
            };
            let status = explain::problem(&error).status;
            pages::signed_in(&state, &who, status, None, Some(form)).await
        }
    }
}

/// The numbers that this user may send from.
pub(crate) async fn sender_numbers(login: &Login) -> Result<Vec<SenderNumber>, Error> {
    let path = "/restapi/v1.0/account/~/extension/~/phone-number";
    let answer: Value = login
        .client
        .get(path)
        .query("perPage", 100)
        .send()
        .await?
        .json()?;
    let records = answer
        .get("records")
        .and_then(Value::as_array)
        .map_or(&[][..], Vec::as_slice);
    Ok(records
        .iter()
        .filter(|record| {
            let features = record.get("features").and_then(Value::as_array);
            features.is_some_and(|features| features.iter().any(|feature| feature == "SmsSender"))
        })
        .filter_map(|record| record.get("phoneNumber").and_then(text_of))
        .map(|number| SenderNumber {
            shown: words::phone_number(&number),
            value: number,
        })
        .collect())
}

/// How a message that was sent is doing, for `GET /test?sms=ID`.
pub(crate) async fn sent_notice(login: &Login, id: &str) -> Result<Notice, Error> {
    let sent = Notice {
        tone: Tone::Good,
        heading: "Message sent".to_owned(),
        lines: vec!["RingCentral has taken it and delivers it.".to_owned()],
        fine: None,
    };
    if !is_message_id(id) {
        return Ok(sent);
    }
    let path = format!("/restapi/v1.0/account/~/extension/~/message-store/{id}");
    let message: Value = match login.client.get(&path).send().await {
        Ok(answer) => answer.json()?,
        Err(error) if error.is_login_required() => return Err(error),
        // Not everyone who may send may also read.
        Err(_) => {
            return Ok(Notice {
                fine: Some(format!("Message {id}")),
                ..sent
            });
        }
    };
    let status = message
        .get("messageStatus")
        .and_then(text_of)
        .unwrap_or_else(|| "Queued".to_owned());
    let to = message
        .pointer("/to/0/phoneNumber")
        .and_then(text_of)
        .map(|number| words::phone_number(&number));
    let to = to.unwrap_or_else(|| "the recipient".to_owned());
    let (tone, heading, line) = match status.as_str() {
        "Delivered" | "Received" => (Tone::Good, "Message delivered", format!("It has reached {to}.")),
        "SendingFailed" | "DeliveryFailed" => (
            Tone::Bad,
            "The message could not be delivered",
            format!("It did not reach {to}."),
        ),
        _ => (
            Tone::Good,
            "Message sent",
            format!("It is on its way to {to}. Reload this page to see how it is doing."),
        ),
    };
    let error_code = message
        .get("deliveryErrorCode")
        .and_then(text_of)
        .map(|code| format!(" · {code}"));
    Ok(Notice {
        tone,
        heading: heading.to_owned(),
        lines: vec![line],
        fine: Some(format!(
            "Message {id} · {status}{}",
            error_code.unwrap_or_default()
        )),
    })
}

fn is_message_id(id: &str) -> bool {
    (1..=20).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_digit())
}

fn check(sms: &Sms) -> Result<(PhoneNumber, PhoneNumber), Box<SmsForm>> {
    let units = sms.text.encode_utf16().count();
    let text_wrong = match units {
        0 => Some("Write a message.".to_owned()),
        _ if sms.text.trim().is_empty() => Some("Write a message.".to_owned()),
        too_long if too_long > LONGEST_TEXT => Some(format!(
            "That is {too_long} characters; a message takes {LONGEST_TEXT}."
        )),
        _ => None,
    };
    match (
        PhoneNumber::parse(&sms.from),
        PhoneNumber::parse(&sms.to),
        &text_wrong,
    ) {
        (Ok(from), Ok(to), None) => Ok((from, to)),
        (from, to, _) => Err(Box::new(SmsForm {
            from_wrong: from.err().map(|_| "Choose one of your numbers.".to_owned()),
            to_wrong: to
                .err()
                .map(|_| "Write it with the country code, such as +1 650 555 0123.".to_owned()),
            text_wrong,
            ..typed(sms)
        })),
    }
}

fn typed(sms: &Sms) -> SmsForm {
    SmsForm {
        from: sms.from.clone(),
        to: sms.to.clone(),
        text: sms.text.clone(),
        ..SmsForm::default()
    }
}

fn invalid(form: &SmsForm) -> Response {
    let fields = json!({ "from": form.from_wrong, "to": form.to_wrong, "text": form.text_wrong });
    let body = json!({ "error": {
        "class": "invalid",
        "message": "the message was not sent: something in the form is not right",
        "fields": fields,
    }});
    (StatusCode::UNPROCESSABLE_ENTITY, Json(body)).into_response()
}

/// The platform's answer, byte for byte.
pub(crate) fn raw_json(bytes: impl Into<axum::body::Body>) -> Response {
    let mut response = Response::new(bytes.into());
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
