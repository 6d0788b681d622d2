//! The control API under `/_emulator`: what tests and people steer the emulator with.

use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, StatusCode};
use jiff::SignedDuration;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::arrive::{self, Arrival};
use crate::clock;
use crate::db::Transaction;
use crate::operations;
use crate::reply::Reply;
use crate::request::Request;
use crate::stream;
use crate::world::World;

mod coverage;
mod credentials;
mod guard;
mod inspector;
mod sessions;
mod snapshots;
mod state;
mod table;
mod time;
mod worlds;

/// A control call that cannot be done, in words: which field, what is wrong with it, what is allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BadControl {
    pub(crate) field: String,
    pub(crate) message: String,
    pub(crate) allowed: Vec<String>,
    /// Whether the message is a sentence of its own, and does not go on from the field's name.
    is_sentence: bool,
    status: StatusCode,
}

impl BadControl {
    /// 400, naming a field. Without a field it is the emulator's own fault, and a 500.
    pub(crate) fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        let field = field.into();
        let status = if field.is_empty() {
            StatusCode::INTERNAL_SERVER_ERROR
        } else {
            StatusCode::BAD_REQUEST
        };
        Self {
            field,
            message: message.into(),
            allowed: Vec::new(),
            is_sentence: false,
            status,
        }
    }

    /// Names the allowed values.
    pub(crate) fn allowed(mut self, allowed: Vec<String>) -> Self {
        self.allowed = allowed;
        self
    }

    pub(crate) fn not_found(field: &str, message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::NOT_FOUND,
            ..Self::new(field, message)
        }
    }

    /// 409: it would be fine at another time. The message is a sentence.
    fn conflict(field: &str, message: impl Into<String>) -> Self {
        Self {
            is_sentence: true,
            status: StatusCode::CONFLICT,
            ..Self::new(field, message)
        }
    }

    fn into_reply(self) -> Reply {
        let message = if self.field.is_empty() || self.is_sentence {
            self.message
        } else {
            format!("{} {}", self.field, self.message)
        };
        let mut body = json!({"error": message, "field": self.field});
        if !self.allowed.is_empty() {
            body["allowed"] = json!(self.allowed);
        }
        Reply::json_with(self.status, &body)
    }
}

impl From<rusqlite::Error> for BadControl {
    fn from(error: rusqlite::Error) -> Self {
        tracing::error!(%error, "the emulator's database refused a statement");
        Self::new("", "the emulator's database refused a statement")
    }
}

/// The fields of a JSON object, none of which may be unknown.
pub(crate) fn fields<'v>(
    parent: &str,
    value: &'v Value,
    allowed: &[&str],
) -> Result<&'v Map<String, Value>, BadControl> {
    let names = || allowed.iter().map(ToString::to_string).collect();
    let Value::Object(object) = value else {
        let field = if parent.is_empty() { "(body)" } else { parent };
        return Err(BadControl::new(field, "must be a JSON object").allowed(names()));
    };
    match object.keys().find(|key| !allowed.contains(&key.as_str())) {
        Some(key) => {
            let field = if parent.is_empty() {
                key.clone()
            } else {
                format!("{parent}.{key}")
            };
            Err(BadControl::new(field, "is not a known field").allowed(names()))
        }
        None => Ok(object),
    }
}

/// Reads a duration such as `90s`, `61m`, `1h30m`, `20ms`, `2d`.
pub(crate) fn duration(field: &str, text: &str) -> Result<SignedDuration, BadControl> {
    let bad = || BadControl::new(field, "must be a duration such as 20ms, 90s, 61m, 1h30m or 7d");
    let mut rest = text.trim();
    let mut total: i64 = 0;
    if rest.is_empty() {
        return Err(bad());
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(bad)?;
        let number: i64 = rest[..digits].parse().map_err(|_| bad())?;
        rest = &rest[digits..];
        let unit = rest
            .find(|c: char| c.is_ascii_digit() || c == ' ')
            .unwrap_or(rest.len());
        let ms = match &rest[..unit] {
            "ms" => 1,
            "s" => 1000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => return Err(bad()),
        };
        total = number
            .checked_mul(ms)
            .and_then(|part| total.checked_add(part))
            .ok_or_else(bad)?;
        rest = rest[unit..].trim_start();
    }
    Ok(SignedDuration::from_millis(total))
}

/// Answers a request whose path begins with `/_emulator`.
pub(crate) async fn respond(world: &World, request: &Request) -> Reply {
    let path = request
        .path
        .strip_prefix("/_emulator")
        .unwrap_or_default()
        .trim_start_matches('/');
    if let Some(asset) = inspector::asset(path) {
        return asset;
    }
    let mut reply = match guard::answer_instead(world, request) {
        Some(reply) => reply,
        None => match path.split_once('/').unwrap_or((path, "")) {
            ("worlds", name) => {
                worlds::respond(world, request, Some(name).filter(|name| !name.is_empty())).await
            }
            _ => route(world, request, path),
        }
        .unwrap_or_else(BadControl::into_reply),
    };
    reply
        .headers
        .entry(CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    reply
        .headers
        .insert("x-content-type-options", HeaderValue::from_static("nosniff"));
    reply
}

fn route(world: &World, request: &Request, path: &str) -> Result<Reply, BadControl> {
    let (name, id) = path
        .split_once('/')
        .map_or((path, None), |(name, id)| (name, Some(id)));
    let method = if request.method == http::Method::HEAD {
        "GET"
    } else {
        request.method.as_str()
    };
    match (method, name, id) {
        ("GET", "", None) => inspector::page(world, &request.origin),
        ("GET", "status", None) => Ok(status(world)),
        ("POST", "reset", None) => {
            world.reset()?;
            Ok(status(world))
        }
        ("GET", "clock", None) => Ok(time::state(world)),
        ("POST", "clock", None) => time::change(world, &body(request)?),
        ("GET", "settings", None) => Ok(Reply::json(&world.settings())),
        ("PATCH", "settings", None) => {
            let settings = world.settings().patched(&body(request)?)?;
            world.change_settings(settings)?;
            Ok(Reply::json(&settings))
        }
        ("GET", "faults", None) => Ok(records(world.faults.list())),
        ("POST", "faults", None) => order(world, &body(request)?),
        ("DELETE", "faults", None) => {
            world.faults.clear();
            Ok(Reply::no_content())
        }
        ("DELETE", "faults", Some(id)) => match id.parse() {
            Ok(number) if world.faults.remove(number) => Ok(Reply::no_content()),
            _ => Err(BadControl::not_found(
                "id",
                format!("{id} is not an ordered fault"),
            )),
        },
        ("GET", "requests", None) => Ok(records(world.journal.list(&filter(request)?))),
        ("DELETE", "requests", None) => {
            world.journal.clear();
            Ok(Reply::no_content())
        }
        ("GET", "sessions", None) => Ok(records(sessions::list(
            &world.db(),
            &world.settings(),
            world.now(),
        )?)),
        ("DELETE", "sessions", id) => sessions::end(world, id),
        ("GET", "coverage", None) => Ok(coverage::page()),
        ("GET", "coverage.md", None) => Ok(coverage::markdown()),
        ("POST", "jwts", None) => credentials::mint(world, request, &body(request)?),
        ("DELETE", "jwts", Some(id)) => credentials::revoke(world, id),
        ("GET", "lockouts", None) => credentials::lockouts(world),
        ("DELETE", "lockouts", id) => credentials::unlock(world, id),
        ("POST", "messages", None) => arrival(world, request, arrive::message),
        ("POST", "calls", None) => arrival(world, request, arrive::call),
        ("GET", "calls", None) => arrival(world, request, arrive::calls),
        ("POST", "calls", Some(id)) => arrival(world, request, |arrival| arrive::act(arrival, id)),
        ("GET", "events", None) => events(world, request),
        ("GET", "operations", None) => Ok(records(operations::table().list())),
        ("GET", "snapshots", None) => Ok(snapshots::list(world)),
        ("POST", "snapshots", None) => snapshots::take(world, &body(request)?),
        ("POST", "snapshots", Some(id)) if id.ends_with("/restore") => {
            snapshots::restore(world, id.trim_end_matches("/restore"))
        }
        ("DELETE", "snapshots", Some(id)) => snapshots::remove(world, id),
        ("GET", "export", None) => state::download(world, request),
        ("POST", "import", None) => state::upload(world, request),
        _ => Ok(table::no_such_call(path)),
    }
}

fn status(world: &World) -> Reply {
    Reply::json(&json!({
        "version": env!("CARGO_PKG_VERSION"),
        "now": clock::format(world.now()),
        "settings": world.settings(),
    }))
}

/// One fault, or a list of them that is taken whole or not at all.
fn order(world: &World, body: &Value) -> Result<Reply, BadControl> {
    let Value::Array(several) = body else {
        return Ok(Reply::json(&world.faults.order(body)?));
    };
    let mut ordered = Vec::new();
    for (at, fault) in several.iter().enumerate() {
        match world.faults.order(fault) {
            Ok(view) => ordered.push(view),
            Err(bad) => {
                for id in ordered
                    .iter()
                    .filter_map(|view: &Value| view["id"].as_str()?.parse().ok())
                {
                    world.faults.remove(id);
                }
                return Err(BadControl {
                    field: format!("[{at}].{}", bad.field),
                    ..bad
                });
            }
        }
    }
    Ok(records(ordered))
}

/// The journal's filters. A misspelt one is refused: it would quietly let everything pass.
fn filter(request: &Request) -> Result<crate::journal::Filter, BadControl> {
    let allowed = ["path", "method", "grantType"];
    if let Some((key, _)) = request.query.pairs().find(|(key, _)| !allowed.contains(key)) {
        let allowed = allowed.iter().map(ToString::to_string).collect();
        return Err(BadControl::new(key, "is not a known filter").allowed(allowed));
    }
    let text = |key| request.query.first(key).map(str::to_owned);
    Ok(crate::journal::Filter {
        path: text("path"),
        method: text("method"),
        grant_type: text("grantType"),
    })
}

/// Something arrives from outside.
fn arrival(
    world: &World,
    request: &Request,
    arrive: impl Fn(&Arrival<'_>) -> Result<Value, BadControl>,
) -> Result<Reply, BadControl> {
    let body = body(request)?;
    if !body.is_object() {
        return Err(BadControl::new("(body)", "must be a JSON object"));
    }
    let connection = world.db();
    let tx = Transaction::begin(&connection)?;
    let now = world.now();
    arrive::due::settle(&tx, now)?;
    let arrived = arrive(&Arrival {
        tx: &tx,
        now,
        body: &body,
        origin: &request.origin,
    })?;
    tx.commit()?;
    Ok(Reply::json(&arrived))
}

/// `GET /_emulator/events`: what happened after event `after` (the first, if absent), at most `limit` events.
fn events(world: &World, request: &Request) -> Result<Reply, BadControl> {
    let number = |key: &str, or: i64| match request.query.first(key) {
        None => Ok(or),
        Some(text) => text
            .parse()
            .ok()
            .filter(|number| *number >= 0)
            .ok_or_else(|| BadControl::new(key, "must be a whole number from 0 up")),
    };
    let (after, limit) = (number("after", 0)?, number("limit", 1000)?);
    let connection = world.db();
    let tx = Transaction::begin(&connection)?;
    arrive::due::settle(&tx, world.now())?;
    let list = stream::list(&tx, after, limit)?;
    tx.commit()?;
    Ok(records(list))
}

/// The body as JSON. An empty one is an empty object. A content type is only asked for where a form could lie.
fn body(request: &Request) -> Result<Value, BadControl> {
    if request.body.iter().all(u8::is_ascii_whitespace) {
        return Ok(json!({}));
    }
    let is_form = request
        .headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.starts_with("multipart/") || value.starts_with("text/plain"));
    if is_form {
        return Err(BadControl::new(
            "(body)",
            "must be JSON, with Content-Type: application/json",
        ));
    }
    serde_json::from_slice(&request.body)
        .map_err(|error| BadControl::new("(body)", format!("is not JSON: {error}")))
}

fn records(records: impl Serialize) -> Reply {
    Reply::json(&json!({"records": records}))
}

#[cfg(test)]
mod tests;
