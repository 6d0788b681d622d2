//! `POST /restapi/oauth/revoke`: ends the whole session of an access or refresh token.

use http::StatusCode;

use super::{OauthError, client, form, sessions};
use crate::db::Transaction;
use crate::journal::Note;
use crate::limits::Quota;
use crate::reply::Reply;
use crate::request::Request;
use crate::world::World;

/// Answers a revocation: 200 with an empty body, for an unknown token too.
pub(super) fn revoke(world: &World, request: &Request, note: &mut Note) -> Reply {
    match answer(world, request, note) {
        Ok(quota) => {
            let mut reply = Reply::empty(StatusCode::OK);
            if let Some(quota) = quota {
                quota.write(&mut reply.headers);
            }
            reply
        }
        Err(error) => error.into_reply(),
    }
}

fn answer(world: &World, request: &Request, note: &mut Note) -> Result<Option<Quota>, OauthError> {
    note.rate_group = Some("Auth");
    // With the token in the query, some clients send no body and so no content type.
    let form = if request.body.is_empty() {
        crate::request::Query::default()
    } else {
        form::read(request)?
    };
    let (now, settings) = (world.now(), world.settings());
    let connection = world.db();
    let tx = Transaction::begin(&connection)?;
    let app = client::authenticate(&tx, request, &form, now)?;
    note.app_id = Some(app.client_id.clone());
    let token = match (form.first("token"), request.query.first("token")) {
        (Some(body), Some(query)) if body != query => {
            return Err(OauthError::request(
                "OAU-150",
                "Parameter [token] differs between query and body",
            ));
        }
        (Some(token), _) | (None, Some(token)) => token,
        (None, None) => return Err(OauthError::request("CMN-101", "Parameter [token] is empty")),
    };
    let session = match sessions::by_any_token(&tx, token)? {
        Some(pair) => sessions::by_number(&tx, pair.session)?,
        None => None,
    };
    note.extension_id = session.as_ref().map(|session| session.extension_id);
    let quota = world
        .limits
        .count(
            &settings.rate_limits,
            "Auth",
            (note.extension_id, &app.client_id),
            now,
        )
        .map_err(OauthError::exceeded)?;
    if let Some(session) = session {
        if session.app_id != app.client_id {
            return Err(OauthError::new(
                "invalid_client",
                "OAU-164",
                "The token was issued to another app",
            ));
        }
        sessions::end(&tx, session.number, now)?;
    }
    tx.commit()?;
    Ok(quota)
}
