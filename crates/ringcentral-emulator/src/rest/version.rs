//! Which versions of the API there are.

use serde_json::json;

use crate::call::Call;
use crate::reply::{ApiError, Reply};

const VERSION: &str = "1.0.60";
const RELEASED: &str = "2026-03-01T00:00:00.000Z";

fn entry(call: &Call<'_>) -> serde_json::Value {
    json!({
        "uri": call.uri("/restapi/v1.0"),
        "versionString": VERSION,
        "releaseDate": RELEASED,
        "uriString": "v1.0",
    })
}

/// `GET /restapi`
#[expect(clippy::unnecessary_wraps, reason = "it has the form of every handler")]
pub(super) fn list(call: &Call<'_>) -> Result<Reply, ApiError> {
    Ok(Reply::json(&json!({
        "uri": call.uri("/restapi"),
        "apiVersions": [entry(call)],
        "serverVersion": VERSION,
        "serverRevision": env!("CARGO_PKG_VERSION"),
    })))
}

/// `GET /restapi/v1.0`: sources disagree on its form, so it has the members of both.
pub(super) fn read(call: &Call<'_>) -> Result<Reply, ApiError> {
    if call.request.params.get("apiVersion") != "v1.0" {
        return Err(ApiError::not_found("apiVersion"));
    }
    let mut body = entry(call);
    body["apiVersions"] = json!([entry(call)]);
    body["serverVersion"] = VERSION.into();
    body["serverRevision"] = env!("CARGO_PKG_VERSION").into();
    Ok(Reply::json(&body))
}

/// `GET /restapi/v1.0/status`
#[expect(clippy::unnecessary_wraps, reason = "it has the form of every handler")]
pub(super) fn status(_: &Call<'_>) -> Result<Reply, ApiError> {
    Ok(Reply::json(&json!({ "status": "OK" })))
}

/// `GET /restapi/v1.0/client-info`: some clients ask for it to see whether they are logged in.
#[expect(clippy::unnecessary_wraps, reason = "it has the form of every handler")]
pub(super) fn client_info(call: &Call<'_>) -> Result<Reply, ApiError> {
    Ok(Reply::json(&json!({
        "uri": call.uri("/restapi/v1.0/client-info"),
        "client": { "id": call.caller.app_id },
    })))
}
