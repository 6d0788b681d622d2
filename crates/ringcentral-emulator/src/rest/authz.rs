//! What the user may do, as the platform tells it.

use serde_json::{Value, json};

use crate::call::Call;
use crate::directory::user_permissions;
use crate::reply::{ApiError, Reply};

/// `GET E/authz-profile`
pub(super) fn profile(call: &Call<'_>) -> Result<Reply, ApiError> {
    let id = call.own_extension()?;
    let admin = is_admin(call, id)?;
    let permissions: Vec<Value> = user_permissions(call.tx, id)?
        .into_iter()
        .map(|name| grant(call, name, admin))
        .collect();
    Ok(Reply::json(
        &json!({ "uri": call.uri(&path(call, id)), "permissions": permissions }),
    ))
}

/// `GET E/authz-profile/check`
pub(super) fn check(call: &Call<'_>) -> Result<Reply, ApiError> {
    let id = call.own_extension()?;
    let wanted = call
        .request
        .query
        .first("permissionId")
        .ok_or_else(|| ApiError::missing_parameter("permissionId"))?;
    let mut body = json!({
        "uri": call.uri(&format!("{}/check", path(call, id))),
        "successful": false,
    });
    if let Some(name) = user_permissions(call.tx, id)?
        .into_iter()
        .find(|name| *name == wanted)
    {
        body["successful"] = true.into();
        body["details"] = grant(call, name, is_admin(call, id)?);
    }
    Ok(Reply::json(&body))
}

fn path(call: &Call<'_>, extension: i64) -> String {
    format!(
        "/restapi/v1.0/account/{}/extension/{extension}/authz-profile",
        call.caller.account_id
    )
}

fn is_admin(call: &Call<'_>, extension: i64) -> rusqlite::Result<bool> {
    call.tx
        .prepare_cached("SELECT is_admin FROM extensions WHERE id = ?1")?
        .query_row([extension], |row| row.get(0))
}

fn grant(call: &Call<'_>, name: &str, admin: bool) -> Value {
    let role = if admin { "1" } else { "4" };
    let account = call.caller.account_id;
    let read_only = name.starts_with("Read");
    json!({
        "permission": {
            "uri": call.uri(&format!("/restapi/v1.0/dictionary/permission/{name}")),
            "id": name,
            "siteCompatible": "Independent",
            "readOnly": read_only,
            "assignable": true,
            "permissionsCapabilities": { "enabled": true },
        },
        "effectiveRole": {
            "uri": call.uri(&format!("/restapi/v1.0/account/{account}/user-role/{role}")),
            "id": role,
        },
        "scopes": if admin { json!(["Account", "AllExtensions", "Self"]) } else { json!(["Self"]) },
    })
}
