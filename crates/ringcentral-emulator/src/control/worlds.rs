//! Worlds beside the emulator's own: `GET|POST /_emulator/worlds`, `GET|DELETE /_emulator/worlds/NAME`.

use std::sync::Arc;

use http::StatusCode;
use serde_json::{Map, Value, json};

use super::{BadControl, fields, records, snapshots, table};
use crate::emulator::StartError;
use crate::reply::Reply;
use crate::request::Request;
use crate::running::RunningWorld;
use crate::seed::Seed;
use crate::world::World;
use crate::worlds::{Wanted, Worlds};

/// Answers a call whose path begins with `worlds`; `name` is what follows.
pub(super) async fn respond(
    world: &World,
    request: &Request,
    name: Option<&str>,
) -> Result<Reply, BadControl> {
    let worlds = world.worlds.get().and_then(std::sync::Weak::upgrade);
    let worlds = worlds.ok_or_else(|| {
        BadControl::not_found(
            "(path)",
            "belongs to the emulator's own address: a world beside it makes no further ones",
        )
    })?;
    match (request.method.as_str(), name) {
        ("GET" | "HEAD", None) => Ok(records(
            worlds
                .list()
                .iter()
                .map(|(name, world)| view(name, world))
                .collect::<Vec<_>>(),
        )),
        ("POST", None) => make(&worlds, &super::body(request)?),
        ("GET" | "HEAD", Some(name)) => match worlds.find(name) {
            Some(world) => Ok(Reply::json(&view(name, &world))),
            None => Err(unknown(&worlds, name)),
        },
        ("DELETE", Some(name)) => match worlds.remove(name) {
            Some(world) => {
                // Its port and memory are free when this is answered.
                world.stopped().await;
                Ok(Reply::no_content())
            }
            None => Err(unknown(&worlds, name)),
        },
        (_, None) => Ok(table::no_such_call("worlds")),
        (_, Some(name)) => Ok(table::no_such_call(&format!("worlds/{name}"))),
    }
}

fn make(worlds: &Arc<Worlds>, body: &Value) -> Result<Reply, BadControl> {
    let body = fields("", body, &["name", "seed", "autoApprove"])?;
    let auto_approve = match body.get("autoApprove") {
        None => None,
        Some(Value::String(user)) => Some(user.clone()),
        Some(_) => return Err(BadControl::new("autoApprove", "must be a user, as text")),
    };
    let wanted = Wanted {
        name: snapshots::name(body.get("name"))?,
        seed: body.get("seed").map(Seed::from_json).transpose()?,
        auto_approve,
    };
    let (name, world) = worlds.make(wanted)?;
    let reply = Reply::json_with(StatusCode::CREATED, &view(&name, &world));
    Ok(reply.with(http::header::LOCATION, &format!("/_emulator/worlds/{name}")))
}

/// A world: its name, address, and what a client of it needs in its environment.
fn view(name: &str, world: &RunningWorld) -> Value {
    let environment: Map<String, Value> = world
        .environment()
        .into_iter()
        .map(|(name, value)| (name.to_owned(), json!(value)))
        .collect();
    json!({
        "name": name,
        "url": world.url(),
        "inspector": format!("{}/_emulator/", world.url()),
        "environment": environment,
    })
}

fn unknown(worlds: &Worlds, name: &str) -> BadControl {
    let known = worlds.list().into_iter().map(|(name, _)| name).collect();
    BadControl::not_found("name", format!("{name} is not a world")).allowed(known)
}

impl From<StartError> for BadControl {
    fn from(error: StartError) -> Self {
        let words = error.to_string();
        match error {
            StartError::Seed(error) => error.into(),
            StartError::TooManyWorlds { .. } => Self::conflict("(worlds)", words),
            StartError::WorldName { .. } => Self::conflict("name", words),
            StartError::UnknownUser { .. } => Self::new("autoApprove", words),
            _ => Self::new("", words),
        }
    }
}
