//! The public documents, and `userinfo`.

use http::HeaderName;
use serde_json::json;

use super::authorize::locale;
use crate::call::Call;
use crate::directory;
use crate::reply::{ApiError, Reply};
use crate::request::Request;
use crate::world::World;

/// Clients with discovery send it back with every call.
const DISCOVERY_TAG: HeaderName = HeaderName::from_static("discovery-tag");

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
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_jwt", "private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": ["HS256", "RS256", "ES256"],
        "response_types_supported": ["code"],
        "grant_types_supported": [
            "authorization_code", "refresh_token", "password", "urn:ietf:params:oauth:grant-type:jwt-bearer"
        ],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "userinfo_signing_alg_values_supported": ["none"],
        "code_challenge_methods_supported": ["plain", "S256"],
        "display_values_supported": ["page", "popup", "touch", "mobile"],
        "claims_supported": [
            "sub", "iss", "auth_time", "aud", "exp", "iat", "jti", "nonce", "account_id", "email", "email_verified",
            "given_name", "family_name"
        ],
        "claims_parameter_supported": false,
        "request_parameter_supported": false,
        "request_uri_parameter_supported": false,
        "ui_locales_supported": locale::SUPPORTED,
    }))
}

/// `GET /restapi/oauth/jwks`.
pub(super) fn keys(world: &World) -> Reply {
    let connection = world.db();
    let both = world
        .id_token_key(&connection)
        .and_then(|id_tokens| Ok((id_tokens, world.signing_key(&connection)?)));
    match both {
        Ok((id_tokens, credentials)) => {
            Reply::json(&json!({"keys": [id_tokens.public_jwk(), credentials.public_jwk()]}))
        }
        Err(error) => ApiError::from(error).into_reply(),
    }
}

/// `GET /.well-known/entry-points/initial`: where a client with discovery begins, before it knows its user. All roads lead
/// here.
pub(super) fn initial_entry_points(request: &Request) -> Reply {
    let origin = &request.origin;
    Reply::json(&json!({
        "version": "1.0",
        "retryCount": 3,
        "retryInterval": 3,
        "discoveryApi": {"defaultExternalUri": external(origin)},
        "authApi": {
            "authorizationUri": format!("{origin}/restapi/oauth/authorize"),
            "oidcDiscoveryUri": format!("{origin}/.well-known/openid-configuration"),
            "defaultTokenUri": token_endpoint(origin),
        },
        "coreApi": {"baseUri": origin},
        // The JS SDK falls over an answer without it.
        "rcv": {"baseWebUri": origin, "baseApiUri": origin, "pubnubOrigin": origin},
        "rcm": {"baseWebUri": origin, "sdkDomain": origin},
    }))
}

/// `GET /.well-known/entry-points/external`: the same for a user who has logged in.
#[expect(clippy::unnecessary_wraps, reason = "it is a handler like the others")]
pub(super) fn external_entry_points(call: &Call<'_>) -> Result<Reply, ApiError> {
    let origin = &call.request.origin;
    let body = json!({
        "version": "1.0",
        "expiresIn": 86_400,
        "retryCount": 3,
        "retryInterval": 3,
        "retryCycleDelay": 824,
        "discoveryApi": {
            "initialUri": format!("{origin}/.well-known/entry-points/initial"),
            "externalUri": external(origin),
        },
        "authApi": {
            "authorizationUri": format!("{origin}/restapi/oauth/authorize"),
            "oidcDiscoveryUri": format!("{origin}/.well-known/openid-configuration"),
            "baseUri": origin,
            "tokenUri": token_endpoint(origin),
        },
        "coreApi": {"baseUri": origin},
        "rcv": {"baseApiUri": origin},
    });
    Ok(Reply::json(&body).with(DISCOVERY_TAG, "EMU-entry-points-1"))
}

/// Where a logged-in client finds its entry points.
pub(super) fn external(origin: &str) -> String {
    format!("{origin}/.well-known/entry-points/external")
}

/// Where tokens are had.
pub(super) fn token_endpoint(origin: &str) -> String {
    format!("{origin}/restapi/oauth/token")
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
