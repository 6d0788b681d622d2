//! Snapshots by name: `GET|POST /_emulator/snapshots`, `POST …/NAME/restore`, `DELETE …/NAME`.

use http::StatusCode;
use serde_json::Value;

use super::{BadControl, fields, records, status};
use crate::reply::Reply;
use crate::snapshots::{SnapshotError, is_name};
use crate::world::World;

/// All snapshots.
pub(super) fn list(world: &World) -> Reply {
    records(world.snapshots.list())
}

/// `{"name"}`: keeps the present state under it.
pub(super) fn take(world: &World, body: &Value) -> Result<Reply, BadControl> {
    let name = name(fields("", body, &["name"])?.get("name"))?
        .ok_or_else(|| BadControl::new("name", "is missing: what to call the snapshot"))?;
    Ok(Reply::json_with(StatusCode::CREATED, &world.snapshot(&name)?))
}

/// Back to a snapshot.
pub(super) fn restore(world: &World, name: &str) -> Result<Reply, BadControl> {
    world.restore(name)?;
    Ok(status(world))
}

/// Forgets a snapshot.
pub(super) fn remove(world: &World, name: &str) -> Result<Reply, BadControl> {
    world.snapshots.remove(name)?;
    Ok(Reply::no_content())
}

/// A name of a snapshot or a world, if one is given.
pub(super) fn name(value: Option<&Value>) -> Result<Option<String>, BadControl> {
    match value {
        None => Ok(None),
        Some(Value::String(name)) if is_name(name) => Ok(Some(name.clone())),
        Some(_) => Err(BadControl::new(
            "name",
            "must be up to 64 letters, digits, dots, dashes and underscores, and not begin with a dot",
        )),
    }
}

impl From<SnapshotError> for BadControl {
    fn from(error: SnapshotError) -> Self {
        let words = error.to_string();
        match error {
            SnapshotError::Unknown { name, known } => {
                Self::not_found("name", format!("{name:?} is not a snapshot")).allowed(known)
            }
            SnapshotError::TooMany => Self::conflict("name", words),
            SnapshotError::Database(error) => error.into(),
            SnapshotError::File(error) => {
                tracing::error!(%error, "a snapshot's file cannot be written or read");
                Self::new("", format!("{words}: {error}"))
            }
        }
    }
}
