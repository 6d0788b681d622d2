//! One request to the platform, top to bottom: find the operation, authenticate, limit, permit, handle.

use http::header::ALLOW;
use http::{Method, StatusCode};

use crate::arrive;
use crate::call::{Call, Caller};
use crate::db::Transaction;
use crate::directory;
use crate::journal::Note;
use crate::limits::Quota;
use crate::oauth::{self, bearer};
use crate::operations::{self, Found, Operation};
use crate::reply::{ApiError, Reply};
use crate::request::Request;
use crate::world::World;

/// Answers a request.
pub(crate) fn answer(world: &World, request: &mut Request, note: &mut Note) -> Reply {
    match method(request) {
        Ok(method) => request.method = method,
        Err(error) => return error.into_reply(),
    }
    if let Some(reply) = oauth::respond(world, request, note) {
        return reply;
    }
    match operations::table().find(&request.method, &request.path) {
        Found::Operation(operation, params) => {
            request.params = params;
            run(world, operation, request, note)
        }
        Found::WrongMethod(methods) => {
            let allowed: Vec<&str> = methods.iter().map(Method::as_str).collect();
            let message = format!(
                "Method [{}] is not allowed for [{}]",
                request.method, request.path
            );
            ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "CMN-120", message)
                .into_reply()
                .with(ALLOW, &allowed.join(", "))
        }
        Found::Nothing => {
            let message = format!("Resource for URI [{}] is not found", request.path);
            ApiError::new(StatusCode::NOT_FOUND, "CMN-120", message).into_reply()
        }
    }
}

/// The quota of the operation that a request asks for, as if it were used up.
pub(crate) fn used_up_quota(world: &World, request: &Request) -> Option<Quota> {
    let method = method(request).ok()?;
    match operations::table().find(&method, &request.path) {
        Found::Operation(operation, _) => Quota::used_up(&world.settings().rate_limits, operation.group),
        Found::WrongMethod(_) | Found::Nothing => None,
    }
}

/// The method that a request means: a POST may name another one in a header or in the query; two different names are an
/// error.
pub(crate) fn method(request: &Request) -> Result<Method, ApiError> {
    if request.method != Method::POST {
        return Ok(request.method.clone());
    }
    let header = request
        .header("x-http-method-override")
        .map(str::to_ascii_uppercase);
    let query = request.query.first("_method").map(str::to_ascii_uppercase);
    let wanted = match (header, query) {
        (Some(header), Some(query)) if header != query => {
            return Err(ApiError::invalid_parameter(
                "_method",
                "the method of X-HTTP-Method-Override",
            ));
        }
        (Some(method), _) | (None, Some(method)) => method,
        (None, None) => return Ok(Method::POST),
    };
    match wanted.as_str() {
        "PUT" => Ok(Method::PUT),
        "PATCH" => Ok(Method::PATCH),
        "DELETE" => Ok(Method::DELETE),
        "POST" => Ok(Method::POST),
        _ => Err(ApiError::invalid_parameter("_method", "PUT, PATCH or DELETE")),
    }
}

fn run(world: &World, operation: &Operation, request: &Request, note: &mut Note) -> Reply {
    let mut quota = None;
    let mut reply = match handle(world, operation, request, note, &mut quota) {
        Ok(reply) => reply,
        Err(error) => error.into_reply(),
    };
    if let Some(quota) = quota {
        quota.write(&mut reply.headers);
    }
    reply
}

fn handle(
    world: &World,
    operation: &Operation,
    request: &Request,
    note: &mut Note,
    quota: &mut Option<Quota>,
) -> Result<Reply, ApiError> {
    let (now, settings) = (world.now(), world.settings());
    let connection = world.db();
    let mut caller = Caller::default();
    if !operation.is_open() {
        // Outside the handler's transaction: the token counts as used, whatever becomes of the request.
        caller = bearer::authenticate(&connection, request, &settings, now)?;
        note.app_id = Some(caller.app_id.clone());
        note.extension_id = Some(caller.extension_id);
        note.rate_group = Some(operation.group);
        let who = (Some(caller.extension_id), caller.app_id.as_str());
        *quota = world
            .limits
            .count(&settings.rate_limits, operation.group, who, now)
            .map_err(|exceeded| {
                *quota = Some(exceeded.quota);
                exceeded.error()
            })?;
    }
    let tx = Transaction::begin(&connection)?;
    if !operation.is_open() {
        permit(&tx, operation, &caller)?;
    }
    let handler = operation.handler.ok_or_else(|| {
        let message = format!(
            "The emulator does not implement {} [{} {}]",
            operation.id, operation.method, operation.template
        );
        ApiError::new(StatusCode::NOT_IMPLEMENTED, "CMN-202", message)
    })?;
    arrive::due::settle(&tx, now)?;
    let reply = handler(&Call {
        tx: &tx,
        now,
        caller: &caller,
        request,
        limited: settings.rate_limits.enabled,
    })?;
    tx.commit()?;
    Ok(reply)
}

/// The permissions of the app, then those of the user.
fn permit(tx: &Transaction<'_>, operation: &Operation, caller: &Caller) -> Result<(), ApiError> {
    let app = operation.app_permission;
    let has = |permission: &str| {
        caller
            .scope
            .split_ascii_whitespace()
            .any(|scope| scope == permission)
    };
    if !app.is_empty()
        && !app
            .split(" OR ")
            .any(|one| has(one) || directory::implied_by(one).iter().any(|implied| has(implied)))
    {
        return Err(ApiError::permission_app(app));
    }
    let user = operation.user_permission;
    // An administrator has every permission.
    if user.is_empty() || caller.is_admin {
        return Ok(());
    }
    let own = directory::user_permissions(tx, caller.extension_id)?;
    if user.split(" OR ").any(|one| own.contains(&one)) {
        Ok(())
    } else {
        Err(ApiError::permission_user(user))
    }
}

#[cfg(test)]
mod tests;
