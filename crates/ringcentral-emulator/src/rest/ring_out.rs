//! `RingOut` calls: begun, asked after, cancelled.

use serde_json::{Value, json};

use super::forwarding;
use crate::arrive::call::Party;
use crate::arrive::outside;
use crate::arrive::ring_out::{self, NewRingOut, RingOut};
use crate::call::Call;
use crate::directory::e164;
use crate::reply::{ApiError, Reply};

/// `POST E/ring-out`
pub(super) fn start(call: &Call<'_>) -> Result<Reply, ApiError> {
    let extension = call.own_extension()?;
    let body = call
        .request
        .json()?
        .filter(Value::is_object)
        .ok_or_else(|| ApiError::missing_parameter("to"))?;
    let to = match &body["to"] {
        Value::Null => return Err(ApiError::missing_parameter("to")),
        to => phone(to, "to.phoneNumber")?.ok_or_else(|| ApiError::missing_parameter("to.phoneNumber"))?,
    };
    let prompt = match &body["playPrompt"] {
        Value::Null => false,
        Value::Bool(prompt) => *prompt,
        _ => return Err(ApiError::invalid_parameter("playPrompt", "true or false")),
    };
    phone(&body["callerId"], "callerId.phoneNumber")?;
    let from = caller(call, extension, &body["from"])?;
    let id = ring_out::start(
        call.tx,
        NewRingOut {
            account_id: call.account()?,
            extension_id: extension,
            from,
            to: outside(call.tx, call.caller.account_id, &to)?,
            prompt,
        },
        call.now.as_millisecond(),
    )?;
    let started = ring_out::find(call.tx, extension, id)?.ok_or_else(ApiError::internal)?;
    Ok(Reply::json(&record(call, extension, &started)))
}

/// `GET E/ring-out/{id}`
pub(super) fn read(call: &Call<'_>) -> Result<Reply, ApiError> {
    let extension = call.own_extension()?;
    Ok(Reply::json(&record(call, extension, &find(call, extension)?)))
}

/// `DELETE E/ring-out/{id}`: cancels it for as long as nobody has picked up; after that it goes on regardless.
pub(super) fn cancel(call: &Call<'_>) -> Result<Reply, ApiError> {
    let extension = call.own_extension()?;
    let found = find(call, extension)?;
    ring_out::cancel(call.tx, &found, call.now.as_millisecond())?;
    Ok(Reply::no_content())
}

fn find(call: &Call<'_>, extension: i64) -> Result<RingOut, ApiError> {
    let id = call.request.params.id("ringoutId")?;
    ring_out::find(call.tx, extension, id)?.ok_or_else(|| ApiError::not_found("ringoutId"))
}

fn record(call: &Call<'_>, extension: i64, ring_out: &RingOut) -> Value {
    let account = call.caller.account_id;
    json!({
        "id": ring_out.id.to_string(),
        "uri": call.uri(&format!(
            "/restapi/v1.0/account/{account}/extension/{extension}/ring-out/{}",
            ring_out.id
        )),
        "status": {
            "callStatus": ring_out.call_status,
            "callerStatus": ring_out.caller_status,
            "calleeStatus": ring_out.callee_status,
        },
    })
}

/// The number in `{phoneNumber}`, if there is one.
fn phone(value: &Value, name: &str) -> Result<Option<String>, ApiError> {
    match &value["phoneNumber"] {
        Value::Null => Ok(None),
        number => number
            .as_str()
            .and_then(e164)
            .map(Some)
            .ok_or_else(|| ApiError::invalid_parameter(name, "a phone number such as +16505550100")),
    }
}

/// The phone that rings first: the one that is named, or else the user's own.
fn caller(call: &Call<'_>, extension: i64, from: &Value) -> Result<Party, ApiError> {
    const ID: &str = "from.forwardingNumberId";
    let named = match &from["forwardingNumberId"] {
        Value::Null => None,
        Value::String(id) => Some(id.clone()),
        Value::Number(id) => Some(id.to_string()),
        _ => return Err(ApiError::invalid_parameter(ID, "the id of a forwarding number")),
    };
    let number = match (phone(from, "from.phoneNumber")?, named) {
        (Some(number), _) => Some(number),
        (None, Some(id)) => Some(
            forwarding::named(call, extension, &id)?
                .ok_or_else(|| ApiError::not_found(ID))?
                .number,
        ),
        (None, None) => forwarding::phones(call, extension)?
            .into_iter()
            .next()
            .map(|phone| phone.number),
    };
    let name = call
        .tx
        .prepare_cached("SELECT name FROM extensions WHERE id = ?1")?
        .query_row([extension], |row| row.get(0))?;
    Ok(Party {
        phone_number: Some(number.ok_or_else(|| ApiError::missing_parameter("from"))?),
        extension_id: Some(extension),
        name,
        ..Party::default()
    })
}
