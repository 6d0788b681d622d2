//! Call recordings.

use rusqlite::OptionalExtension;
use serde_json::json;

use super::media;
use crate::call::Call;
use crate::reply::{ApiError, Reply};

const CONTENT_TYPE: &str = "audio/wav";

/// `GET A/recording/{id}`
pub(super) fn read(call: &Call<'_>) -> Result<Reply, ApiError> {
    let (id, duration_ms) = find(call)?;
    let path = format!("/restapi/v1.0/account/{}/recording/{id}", call.caller.account_id);
    Ok(Reply::json(&json!({
        "id": id.to_string(),
        "uri": call.uri(&path),
        "contentUri": call.uri(&format!("{path}/content")),
        "contentType": CONTENT_TYPE,
        "duration": duration_ms / 1000,
    })))
}

/// `GET A/recording/{id}/content`: a short tone, different for each recording.
pub(super) fn content(call: &Call<'_>) -> Result<Reply, ApiError> {
    let (id, duration_ms) = find(call)?;
    media::reply(call, CONTENT_TYPE, media::tone(id, duration_ms / 1000))
}

/// The recording's id and length. Its call's extension may hear it, and so may an administrator.
fn find(call: &Call<'_>) -> Result<(i64, i64), ApiError> {
    let account = call.account()?;
    let id = call.request.params.id("recordingId")?;
    let (owner, duration_ms): (i64, i64) = call
        .tx
        .prepare_cached("SELECT extension_id, duration_ms FROM recordings WHERE id = ?1 AND account_id = ?2")?
        .query_row([id, account], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?
        .ok_or_else(|| ApiError::not_found("recordingId"))?;
    if owner != call.caller.extension_id && !call.caller.is_admin {
        return Err(ApiError::other_extension());
    }
    Ok((id, duration_ms))
}
