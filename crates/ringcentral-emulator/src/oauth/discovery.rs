//! The public documents, and `userinfo`.

use serde_json::json;

use crate::call::Call;
use crate::directory;
use crate::reply::{ApiError, Reply};
use crate::request::Request;
use crate::world::World;

/// `GET /.well-known/openid-configuration`.
pub(super) fn document(request: &Request) -> Reply {
    let origin = &request.origin;
    let at = |name: &str| format!("{origin}/restapi/oauth/{name}");
    Reply::json(&json!({
        "issuer": origin,
        "authorization_endpoint": at("authorize"),
        "token_endpoint": at("token"),
        "revocation_endpoint": at("revoke"),
        "userinfo_endpoint": at("userinfo"),
        "jwks_uri": at("jwks"),
        "scopes_supported": ["openid", "email", "profile"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        "response_types_supported": ["code"],
        "grant_types_supported": [
            "authorization_code", "refresh_token", "password", "urn:ietf:params:oauth:grant-type:jwt-bearer"
        ],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "userinfo_signing_alg_values_supported": ["none"],
        "code_challenge_methods_supported": ["plain", "S256"],
        "display_values_supported": ["page", "popup", "touch", "mobile"],
        "claims_supported": ["sub", "account_id", "email", "email_verified", "given_name", "family_name"],
        "ui_locales_supported": ["en-US"],
    }))
}

/// `GET /restapi/oauth/jwks`.
pub(super) fn keys(world: &World) -> Reply {
    match world.signing_key(&world.db()) {
        Ok(key) => Reply::json(&json!({"keys": [key.public_jwk()]})),
        Err(error) => ApiError::from(error).into_reply(),
    }
}

/// `GET /restapi/oauth/userinfo`.
pub(super) fn user_info(call: &Call<'_>) -> Result<Reply, ApiError> {
    let user = directory::find_user_by_extension(call.tx, call.caller.extension_id)?
        .ok_or_else(|| ApiError::not_found("extensionId"))?;
    let (given_name, family_name) = user.name.split_once(' ').unwrap_or((&user.name, ""));
    Ok(Reply::json(&json!({
        "sub": user.extension_id.to_string(),
        "account_id": user.account_id.to_string(),
        "email": user.email,
        "email_verified": true,
        "given_name": given_name,
        "family_name": family_name,
    })))
}
