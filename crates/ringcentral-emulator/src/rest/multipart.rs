//! Multipart request bodies: a JSON part, found by its type, fields of a form, and files.

use bytes::Bytes;
use futures_util::{FutureExt as _, stream};
use http::StatusCode;
use serde_json::Value;

use crate::arrive::message::File;
use crate::reply::ApiError;
use crate::request::Request;

/// A body in parts.
#[derive(Default)]
pub(super) struct Parts {
    /// The first part of type `application/json`.
    pub(super) json: Option<Value>,
    /// Further parts of that type: each is a file, or one of several changes.
    more_json: Vec<Value>,
    /// Fields without a file name and type: name and text.
    pub(super) fields: Vec<(String, String)>,
    /// Everything else, in order.
    pub(super) files: Vec<File>,
}

impl Parts {
    /// Every part, where all must be JSON.
    pub(super) fn all_json(self) -> Result<Vec<Value>, ApiError> {
        let plain = self.fields.is_empty() && self.files.len() == self.more_json.len();
        if !plain {
            return Err(ApiError::unparseable());
        }
        Ok(self.json.into_iter().chain(self.more_json).collect())
    }

    /// The texts of a form's field.
    pub(super) fn texts(&self, name: &str) -> Vec<&str> {
        self.fields
            .iter()
            .filter(|(key, value)| key == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
            .collect()
    }
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
    let mut parts = Parts::default();
    while let Some(field) = multipart.next_field().await.map_err(|_| malformed())? {
        let content_type = field.content_type().map(|kind| kind.essence_str().to_owned());
        let name = field.name().map(str::to_owned);
        let file_name = field
            .file_name()
            .map(str::to_owned)
            .or_else(|| disposition_name(field.headers()));
        let bytes = field.bytes().await.map_err(|_| malformed())?;
        if content_type.as_deref() == Some("application/json") {
            let value = serde_json::from_slice(&bytes).map_err(|_| ApiError::unparseable());
            if parts.json.is_none() {
                parts.json = Some(value?);
                continue;
            }
            // A second one is a file for those who send files, and a change for those who send changes.
            parts.more_json.extend(value.ok());
        }
        match (name, &file_name) {
            (Some(name), None) if is_text(content_type.as_deref()) => {
                parts
                    .fields
                    .push((name, String::from_utf8_lossy(&bytes).into_owned()));
            }
            _ => parts.files.push(File {
                content_type: content_type.unwrap_or_else(|| guessed(file_name.as_deref())),
                name: file_name,
                bytes,
            }),
        }
    }
    Ok(parts)
}

fn is_text(content_type: Option<&str>) -> bool {
    content_type.is_none_or(|kind| kind == "text/plain")
}

/// The file name of a part whose disposition is not `form-data`, as in `multipart/mixed`.
fn disposition_name(headers: &http::HeaderMap) -> Option<String> {
    let value = headers.get("content-disposition")?.to_str().ok()?;
    value.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.trim().split_once('=')?;
        let value = value.trim().trim_matches('"');
        (name.trim().eq_ignore_ascii_case("filename") && !value.is_empty()).then(|| value.to_owned())
    })
}

/// The type that a file's name suggests.
fn guessed(name: Option<&str>) -> String {
    let ending = name
        .and_then(|name| name.rsplit_once('.'))
        .map(|(_, ending)| ending.to_ascii_lowercase());
    match ending.as_deref() {
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("png") => "image/png",
        Some("gif") => "image/gif",
        Some("bmp") => "image/bmp",
        Some("tif" | "tiff") => "image/tiff",
        Some("svg") => "image/svg+xml",
        Some("mp4") => "video/mp4",
        Some("mp3") => "audio/mpeg",
        Some("vcf" | "vcard") => "text/vcard",
        Some("zip") => "application/zip",
        Some("rtf") => "application/rtf",
        Some("pdf") => "application/pdf",
        Some("txt") => "text/plain",
        _ => "application/octet-stream",
    }
    .to_owned()
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
