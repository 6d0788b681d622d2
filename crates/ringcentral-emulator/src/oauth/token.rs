//! `POST /restapi/oauth/token`.

use http::header::CACHE_CONTROL;
use jiff::Timestamp;

use super::grants::{self, Asked, Code};
use super::jwt::Credential;
use super::sessions::{Pair, Session, TokenAnswer};
use super::{OauthError, client, form, refresh};
use crate::db::Transaction;
use crate::directory::UserRow;
use crate::journal::Note;
use crate::limits::Quota;
use crate::reply::Reply;
use crate::request::{Query, Request};
use crate::world::World;

pub(super) const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// Answers a token request.
pub(super) fn token(world: &World, request: &Request, note: &mut Note) -> Reply {
    match answer(world, request, note) {
        Ok((body, quota)) => {
            let mut reply = Reply::json(&body).with(CACHE_CONTROL, "no-store");
            if let Some(quota) = quota {
                quota.write(&mut reply.headers);
            }
            reply
        }
        Err(error) => error.into_reply(),
    }
}

fn answer(
    world: &World,
    request: &Request,
    note: &mut Note,
) -> Result<(TokenAnswer, Option<Quota>), OauthError> {
    let form = form::read(request)?;
    let grant_type = form.first("grant_type");
    note.grant_type = grant_type.map(str::to_owned);
    note.rate_group = Some("Auth");
    let (settings, now) = (world.settings(), world.now());
    let connection = world.db();
    let tx = Transaction::begin(&connection)?;

    let app = client::authenticate(&tx, request, &form, now)?;
    note.app_id = Some(app.client_id.clone());
    let grant_type =
        grant_type.ok_or_else(|| OauthError::request("OAU-250", "Parameter [grant_type] is missing"))?;
    let known = match grant_type {
        "authorization_code" | "refresh_token" | JWT_BEARER => true,
        "password" => settings.password_grant,
        _ => false,
    };
    if !known {
        // Not the standard's `unsupported_grant_type`: the platform says the more general word.
        return Err(OauthError::request(
            "OAU-250",
            format!("Unsupported grant type: {grant_type}"),
        ));
    }
    // An app that has no refresh tokens never gets one, so only the other grants are asked for.
    if grant_type != "refresh_token" && !app.allows_grant(grant_type) {
        return Err(OauthError::new(
            "unauthorized_client",
            "OAU-251",
            format!("Unauthorized for this grant type: {grant_type}"),
        ));
    }
    let subject = Subject::of(world, &tx, grant_type, &form, now)?;
    note.extension_id = subject.extension_id();
    let quota = world
        .limits
        .count(
            &settings.rate_limits,
            "Auth",
            (note.extension_id, &app.client_id),
            now,
        )
        .map_err(OauthError::exceeded)?;

    let asked = Asked {
        world,
        tx: &tx,
        app: &app,
        form: &form,
        origin: &request.origin,
        settings: &settings,
        now,
    };
    let result = match subject {
        Subject::Code(code) => grants::code(&asked, code),
        Subject::User(user) => grants::password(&asked, user),
        Subject::Pair(pair) => refresh::refresh(&asked, pair),
        Subject::Credential(credential) => grants::jwt(&asked, credential),
    };
    // A refusal may have a lasting effect too: a code used twice ends the session of its first use.
    if result
        .as_ref()
        .err()
        .is_none_or(|error| !error.status.is_server_error())
    {
        tx.commit()?;
    }
    result.map(|body| (body, quota))
}

/// What a request's own value leads to, looked up before the request is judged: it tells whose limit the request counts
/// against, and its grant goes on from there. Nothing is found if the value is missing.
enum Subject {
    Code(Option<Code>),
    User(Option<UserRow>),
    Pair(Option<(Pair, Session)>),
    Credential(Option<Result<Credential, OauthError>>),
}

impl Subject {
    fn of(
        world: &World,
        tx: &Transaction<'_>,
        grant_type: &str,
        form: &Query,
        now: Timestamp,
    ) -> Result<Self, OauthError> {
        Ok(match grant_type {
            "authorization_code" => Self::Code(grants::code_in(tx, form)?),
            "password" => Self::User(grants::user_in(tx, form)?),
            "refresh_token" => Self::Pair(refresh::pair_in(tx, form)?),
            _ => Self::Credential(grants::credential_in(world, tx, form, now)?),
        })
    }

    fn extension_id(&self) -> Option<i64> {
        match self {
            Self::Code(code) => code.as_ref().map(Code::extension_id),
            Self::User(user) => user.as_ref().map(|user| user.extension_id),
            Self::Pair(pair) => pair.as_ref().map(|(_, session)| session.extension_id),
            Self::Credential(Some(Ok(credential))) => Some(credential.extension_id),
            Self::Credential(_) => None,
        }
    }
}
