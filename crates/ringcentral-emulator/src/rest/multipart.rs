//! Multipart request bodies: a JSON part, found by its type, and files beside it.

use bytes::Bytes;
use futures_util::{FutureExt as _, stream};
use http::StatusCode;
use serde_json::Value;

use crate::reply::ApiError;
use crate::request::Request;

/// A body in parts.
pub(super) struct Parts {
    /// The first part of type `application/json`.
    pub(super) json: Option<Value>,
    /// How many other parts there are.
    pub(super) files: usize,
}

/// Reads a `multipart/form-data` or `multipart/mixed` body.
pub(super) fn read(request: &Request) -> Result<Parts, ApiError> {
    let boundary = request
        .header("content-type")
        .and_then(boundary)
        .ok_or_else(malformed)?;
    let body = request.body.clone();
    let stream = stream::once(async move { Ok::<Bytes, std::convert::Infallible>(body) });
    // The whole body is there already, so reading it never waits.
    parts(multer::Multipart::new(stream, boundary))
        .now_or_never()
        .ok_or_else(malformed)?
}

async fn parts(mut multipart: multer::Multipart<'_>) -> Result<Parts, ApiError> {
    let mut parts = Parts { json: None, files: 0 };
    while let Some(field) = multipart.next_field().await.map_err(|_| malformed())? {
        let is_json = field
            .content_type()
            .is_some_and(|kind| kind.essence_str() == "application/json");
        let bytes = field.bytes().await.map_err(|_| malformed())?;
        if is_json && parts.json.is_none() {
            parts.json = Some(serde_json::from_slice(&bytes).map_err(|_| ApiError::unparseable())?);
        } else {
            parts.files += 1;
        }
    }
    Ok(parts)
}

fn boundary(content_type: &str) -> Option<String> {
    content_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.trim().split_once('=')?;
        let value = value.trim().trim_matches('"');
        (name.trim().eq_ignore_ascii_case("boundary") && !value.is_empty()).then(|| value.to_owned())
    })
}

fn malformed() -> ApiError {
    ApiError::new(
        StatusCode::BAD_REQUEST,
        "CMN-104",
        "Cannot parse the multipart request body",
    )
}

#[cfg(test)]
mod tests;
