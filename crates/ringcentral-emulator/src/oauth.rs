//! The authorization server: `/restapi/oauth/*` and the discovery document.

use http::Method;

use crate::call::Handler;
use crate::journal::Note;
use crate::reply::Reply;
use crate::request::Request;
use crate::world::World;

pub(crate) mod authorize;
pub(crate) mod bearer;
mod client;
mod discovery;
mod error;
mod grants;
pub(crate) mod id_token;
pub(crate) mod jwt;
pub(crate) mod lockout;
mod refresh;
mod revoke;
pub(crate) mod sessions;
mod token;
pub(crate) mod users;
mod ws_token;

pub(crate) use client::assertion::der;
pub(crate) use error::OauthError;

/// Operations of the authorization server that take a bearer token, and so run like any REST operation.
pub(crate) fn handlers() -> &'static [(Method, &'static str, Handler)] {
    &[
        (Method::GET, "/restapi/oauth/userinfo", discovery::user_info),
        (Method::POST, "/restapi/oauth/wstoken", ws_token::make),
        (
            Method::GET,
            "/.well-known/entry-points/external",
            discovery::external_entry_points,
        ),
    ]
}

/// Answers the endpoints that have their own rules; `None` for every other path.
pub(crate) fn respond(world: &World, request: &Request, note: &mut Note) -> Option<Reply> {
    let reply = match (request.path.as_str(), request.method.as_str()) {
        ("/restapi/oauth/authorize", "GET" | "HEAD" | "POST") => authorize::start(world, request, note),
        ("/restapi/oauth/authorize/login", "POST") => authorize::log_in(world, request, note),
        ("/restapi/oauth/authorize/login" | "/restapi/oauth/authorize/consent", "GET" | "HEAD") => {
            authorize::begin_again(request)
        }
        ("/restapi/oauth/authorize/consent", "POST") => authorize::consent(world, request, note),
        ("/restapi/oauth/token", "POST") => token::token(world, request, note),
        ("/restapi/oauth/revoke", "POST") => revoke::revoke(world, request, note),
        ("/restapi/oauth/jwks", "GET" | "HEAD") => discovery::keys(world),
        ("/.well-known/openid-configuration", "GET" | "HEAD") => discovery::document(request),
        ("/.well-known/entry-points/initial", "GET" | "HEAD") => discovery::initial_entry_points(request),
        ("/ws", "GET") => ws_token::connect(world, request),
        _ => return None,
    };
    Some(reply)
}
