//! Call recordings.

use rusqlite::OptionalExtension;
use serde_json::{Value, json};

use super::media;
use crate::arrive::call::record_id;
use crate::call::Call;
use crate::content::Tone;
use crate::reply::{ApiError, Reply};
use crate::stream::{self, Kind, Whose};

const CONTENT_TYPE: &str = "audio/wav";

/// `GET A/recording/{id}`
pub(super) fn read(call: &Call<'_>) -> Result<Reply, ApiError> {
    let (id, duration_ms) = find(call)?;
    let path = format!("/restapi/v1.0/account/{}/recording/{id}", call.caller.account_id);
    Ok(Reply::json(&json!({
        "id": id.to_string(),
        "contentUri": call.uri(&format!("{path}/content")),
        "contentType": CONTENT_TYPE,
        "duration": duration_ms / 1000,
    })))
}

/// `GET A/recording/{id}/content`: a tone as long as the recording, different for each.
pub(super) fn content(call: &Call<'_>) -> Result<Reply, ApiError> {
    let (id, duration_ms) = find(call)?;
    media::reply(call, CONTENT_TYPE, Tone::new(id, duration_ms / 1000))
}

/// `DELETE A/call-recordings`: the sound goes, the call stays in the log.
pub(super) fn delete(call: &Call<'_>) -> Result<Reply, ApiError> {
    let account = call.account()?;
    let body = call
        .request
        .json()?
        .ok_or_else(|| ApiError::missing_parameter("records"))?;
    let ids = match &body["records"] {
        Value::Array(ids) if !ids.is_empty() => ids,
        Value::Null | Value::Array(_) => return Err(ApiError::missing_parameter("records")),
        _ => return Err(ApiError::invalid_parameter("records", "a list of recording ids")),
    };
    let now_ms = call.now.as_millisecond();
    for id in ids {
        let id = id
            .as_str()
            .and_then(|text| text.parse::<i64>().ok())
            .or_else(|| id.as_i64())
            .ok_or_else(|| ApiError::invalid_parameter("records", "a list of recording ids"))?;
        let owner: i64 = call
            .tx
            .prepare_cached("SELECT extension_id FROM recordings WHERE id = ?1 AND account_id = ?2")?
            .query_row([id, account], |row| row.get(0))
            .optional()?
            .ok_or_else(|| ApiError::not_found("recordingId"))?;
        call.tx
            .prepare_cached("DELETE FROM recordings WHERE id = ?1")?
            .execute([id])?;
        let records: Vec<i64> = call
            .tx
            .prepare_cached("SELECT seq FROM calls WHERE extension_id = ?1 AND recording_id = ?2")?
            .query_map([owner, id], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        let whose = Whose {
            account,
            extension: owner,
        };
        for seq in records {
            let detail = json!({"state": "RecordingDeleted"});
            stream::note(call.tx, now_ms, whose, Kind::Call, &record_id(seq), &detail)?;
        }
        call.tx
            .prepare_cached(
                "UPDATE calls SET recording_id = NULL, recording_type = NULL, modified_ms = ?1
                 WHERE extension_id = ?2 AND recording_id = ?3",
            )?
            .execute([now_ms, owner, id])?;
    }
    Ok(Reply::no_content())
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
