//! Several resources in one path, separated by commas: each gets its own status in a 207.

use std::fmt::Write as _;

use http::StatusCode;
use serde_json::{Value, json};

use crate::call::Call;
use crate::reply::{ApiError, Reply};
use crate::request::Params;

const MAX_IDS: usize = 50;
const COMPACT: &str = "application/vnd.ringcentral.multipart+json";
const BOUNDARY: &str = "Boundary_emulator_2c64f9";

/// What became of one of the resources.
pub(super) struct Item {
    pub(super) id: String,
    pub(super) href: String,
    /// `None` is a success without a body.
    pub(super) outcome: Result<Option<Value>, ApiError>,
}

/// The ids in the path's placeholder `name`. Commas alone are the id of nothing.
pub(super) fn ids(params: &Params, name: &'static str) -> Result<Vec<String>, ApiError> {
    let ids: Vec<String> = params
        .get(name)
        .split(',')
        .map(str::trim)
        .filter(|id| !id.is_empty())
        .map(str::to_owned)
        .collect();
    if ids.is_empty() {
        return Err(ApiError::not_found(name));
    }
    if ids.len() > MAX_IDS {
        return Err(too_many(MAX_IDS));
    }
    Ok(ids)
}

/// 400 `CMN-106`: more resources than one request may name.
pub(super) fn too_many(most: usize) -> ApiError {
    let message = format!("At most {most} resources can be named in one request");
    ApiError::new(StatusCode::BAD_REQUEST, "CMN-106", message)
        .detail("parameterMaxItemCount", i64::try_from(most).unwrap_or_default())
}

/// The 207 with a part for each resource, or as one JSON array for callers that ask for it.
pub(super) fn reply(call: &Call<'_>, items: Vec<Item>) -> Reply {
    let wants_array = call
        .request
        .header("accept")
        .is_some_and(|accept| accept.contains(COMPACT));
    let parts: Vec<(String, String, u16, Option<Value>)> = items
        .into_iter()
        .map(|item| match item.outcome {
            Ok(body) => {
                let status = if body.is_some() {
                    StatusCode::OK
                } else {
                    StatusCode::NO_CONTENT
                };
                (item.id, item.href, status.as_u16(), body)
            }
            Err(error) => {
                let reply = error.into_reply();
                let body = serde_json::from_slice(reply.body.bytes()).ok();
                (item.id, item.href, reply.status.as_u16(), body)
            }
        })
        .collect();
    if wants_array {
        let array: Vec<Value> = parts
            .into_iter()
            .map(|(id, _, status, body)| match body {
                Some(body) => json!({ "resourceId": id, "status": status, "body": body }),
                None => json!({ "resourceId": id, "status": status }),
            })
            .collect();
        let reply = Reply::json_with(StatusCode::MULTI_STATUS, &array);
        return reply.with(http::header::CONTENT_TYPE, COMPACT);
    }
    let summary: Vec<Value> = parts
        .iter()
        .map(|(_, href, status, _)| {
            let words = StatusCode::from_u16(*status)
                .ok()
                .and_then(|status| status.canonical_reason());
            json!({ "href": href, "status": status, "responseDescription": words.unwrap_or_default() })
        })
        .collect();
    let mut text = String::new();
    let mut part = |value: &Value| {
        let _ = write!(
            text,
            "--{BOUNDARY}\r\nContent-Type: application/json\r\n\r\n{value}\r\n"
        );
    };
    part(&json!({ "response": summary }));
    for (_, _, _, body) in &parts {
        part(body.as_ref().unwrap_or(&Value::Null));
    }
    let _ = write!(text, "--{BOUNDARY}--\r\n");
    Reply::bytes(&format!("multipart/mixed; boundary={BOUNDARY}"), text).with_status(StatusCode::MULTI_STATUS)
}
