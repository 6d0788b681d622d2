//! `POST /restapi/oauth/wstoken`: a short-lived token for the WebSocket gateway; and the gateway's door.

use http::StatusCode;
use rusqlite::{OptionalExtension as _, params};
use serde_json::json;

use crate::call::Call;
use crate::random;
use crate::reply::{ApiError, Reply};
use crate::request::Request;
use crate::world::World;

/// The guide's figure. SDKs use the token again for a reconnect until it ends, so it is good more than once.
const LIFE_SECONDS: i64 = 30;

/// Makes a token. What the body holds does not matter: every SDK sends another.
pub(super) fn make(call: &Call<'_>) -> Result<Reply, ApiError> {
    let now = call.now.as_millisecond();
    let token = random::token("EMU-ws-");
    call.tx
        .prepare_cached("DELETE FROM ws_tokens WHERE expires_at <= ?1")?
        .execute([now])?;
    call.tx
        .prepare_cached("INSERT INTO ws_tokens (token, session, expires_at) VALUES (?1, ?2, ?3)")?
        .execute(params![token, call.caller.session, now + LIFE_SECONDS * 1000])?;
    // Without a query: clients append theirs blindly.
    let gateway = match call.request.origin.split_once("://") {
        Some(("https", host)) => format!("wss://{host}/ws"),
        Some((_, host)) => format!("ws://{host}/ws"),
        None => format!("ws://{}/ws", call.request.origin),
    };
    Ok(Reply::json(&json!({
        "ws_access_token": token,
        "uri": gateway,
        "expires_in": LIFE_SECONDS,
    })))
}

/// `GET /ws`. Whoever has no good token is told so; whoever has one, that events are not emulated.
pub(super) fn connect(world: &World, request: &Request) -> Reply {
    match judge(world, request) {
        Ok(true) => ApiError::new(
            StatusCode::NOT_IMPLEMENTED,
            "CMN-202",
            "The emulator does not implement the WebSocket gateway",
        ),
        Ok(false) => ApiError::token("TokenInvalid", "OAU-213", "Token not found"),
        Err(error) => error.into(),
    }
    .into_reply()
}

fn judge(world: &World, request: &Request) -> rusqlite::Result<bool> {
    let bearer = request
        .header("authorization")
        .and_then(|header| header.split_once(' '));
    let token = match bearer {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Some(token.trim()),
        _ => request.query.first("access_token"),
    };
    let Some(token) = token else { return Ok(false) };
    let found = world
        .db()
        .prepare_cached(
            "SELECT 1 FROM ws_tokens w JOIN oauth_sessions s ON s.number = w.session
             WHERE w.token = ?1 AND w.expires_at > ?2 AND s.ended_at IS NULL",
        )?
        .query_row(params![token, world.now().as_millisecond()], |_| Ok(()))
        .optional()?;
    Ok(found.is_some())
}
