//! The picture of an extension.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::StatusCode;
use http::header::{ETAG, LAST_MODIFIED};
use rusqlite::{OptionalExtension, params};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::cells::Cells;
use super::{Link, Time, media, multipart};
use crate::call::Call;
use crate::clock;
use crate::reply::{ApiError, Reply};

const TYPES: &[&str] = &["image/png", "image/jpeg", "image/gif", "image/bmp", "image/tiff"];

/// `GET E/profile-image`
pub(super) fn read(call: &Call<'_>) -> Result<Reply, ApiError> {
    let extension = call.extension()?;
    let found: Option<(String, i64, String, Vec<u8>)> = call
        .tx
        .prepare_cached(
            "SELECT content_type, modified_ms, etag, bytes FROM profile_images WHERE extension_id = ?1",
        )?
        .query_row([extension], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })
        .optional()?;
    let (content_type, modified_ms, etag, bytes) =
        found.ok_or_else(|| ApiError::not_found("profileImage"))?;
    let quoted = format!("\"{etag}\"");
    let known = call.request.header("if-none-match").is_some_and(|tags| {
        tags.split(',')
            .any(|tag| tag.trim() == "*" || tag.trim().trim_start_matches("W/") == quoted)
    });
    let modified = clock::at_ms(modified_ms)
        .strftime("%a, %d %b %Y %H:%M:%S GMT")
        .to_string();
    let reply = if known {
        Reply::empty(StatusCode::NOT_MODIFIED)
    } else {
        media::reply(call, &content_type, bytes)?
    };
    Ok(reply.with(ETAG, &quoted).with(LAST_MODIFIED, &modified))
}

/// `POST E/profile-image` and `PUT E/profile-image`: a file in parts, or the picture alone.
pub(super) fn write(call: &Call<'_>) -> Result<Reply, ApiError> {
    let extension = call.own_extension()?;
    let content_type = call.request.content_type().unwrap_or_default();
    let (content_type, bytes) = if content_type.starts_with("multipart/") {
        let file = multipart::read(call.request)?
            .files
            .into_iter()
            .next()
            .ok_or_else(|| ApiError::missing_parameter("image"))?;
        (file.content_type, file.bytes)
    } else {
        (content_type, call.request.body.clone())
    };
    if !TYPES.contains(&content_type.as_str()) {
        let message = format!("Pictures of type [{content_type}] are not supported");
        return Err(
            ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "CMN-101", message)
                .detail("parameterName", "image"),
        );
    }
    if bytes.is_empty() {
        return Err(ApiError::missing_parameter("image"));
    }
    let etag = URL_SAFE_NO_PAD.encode(&Sha256::digest(&bytes)[..12]);
    call.tx
        .prepare_cached("INSERT OR REPLACE INTO profile_images VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![
            extension,
            content_type,
            call.now.as_millisecond(),
            etag,
            &bytes[..]
        ])?;
    Ok(Reply::no_content())
}

/// `DELETE E/profile-image`
pub(super) fn delete(call: &Call<'_>) -> Result<Reply, ApiError> {
    let extension = call.own_extension()?;
    call.tx
        .prepare_cached("DELETE FROM profile_images WHERE extension_id = ?1")?
        .execute([extension])?;
    Ok(Reply::no_content())
}

/// What an extension says of its picture. The address is there even if the picture is not.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ProfileImage<'a> {
    uri: Link<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_modified: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    etag: Option<String>,
}

impl<'a> ProfileImage<'a> {
    /// Of the extension at `path`. The cells are those of `profile_images`, which may have no row.
    pub(super) fn of(call: &Call<'a>, path: &str, cells: &mut Cells<'_, '_>) -> rusqlite::Result<Self> {
        Ok(Self {
            uri: Link::to(call, format!("{path}/profile-image")),
            content_type: cells.next()?,
            last_modified: cells.next::<Option<i64>>()?.map(Time),
            etag: cells.next()?,
        })
    }
}
