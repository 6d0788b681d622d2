//! The whole state as a seed file, out and in: `GET /_emulator/export`, `POST /_emulator/import`.

use super::{BadControl, status};
use crate::reply::Reply;
use crate::request::Request;
use crate::seed::export::{ExportError, export};
use crate::seed::{Seed, SeedError};
use crate::world::World;

/// The present state; `?logins=false` leaves sessions and tokens out.
pub(super) fn download(world: &World, request: &Request) -> Result<Reply, BadControl> {
    if let Some((key, _)) = request.query.pairs().find(|(key, _)| *key != "logins") {
        return Err(BadControl::new(key, "is not a known parameter").allowed(vec!["logins".to_owned()]));
    }
    let logins = match request.query.first("logins") {
        None | Some("true") => true,
        Some("false") => false,
        Some(_) => {
            let allowed = vec!["true".to_owned(), "false".to_owned()];
            return Err(BadControl::new("logins", "must be true or false").allowed(allowed));
        }
    };
    let text = export(world, logins)?;
    let reply = Reply::bytes("application/toml; charset=utf-8", text);
    Ok(reply.with(
        http::header::CONTENT_DISPOSITION,
        "attachment; filename=\"emulator-seed.toml\"",
    ))
}

/// The body, a seed file, becomes the seed; the world goes back to it at once.
pub(super) fn upload(world: &World, request: &Request) -> Result<Reply, BadControl> {
    let is_toml = request
        .content_type()
        .is_some_and(|content_type| content_type.starts_with("application/toml"));
    if !is_toml {
        return Err(BadControl::new(
            "(body)",
            "must be a seed file, with Content-Type: application/toml",
        ));
    }
    let text = std::str::from_utf8(&request.body)
        .map_err(|_| BadControl::new("(body)", "must be a seed file in UTF-8"))?;
    world.replant(Seed::parse(text)?)?;
    Ok(status(world))
}

impl From<SeedError> for BadControl {
    fn from(error: SeedError) -> Self {
        let key = if error.key().is_empty() {
            "(body)"
        } else {
            error.key()
        };
        let line = error
            .line()
            .map_or_else(String::new, |line| format!(" (line {line})"));
        Self::new(key, format!("{}{line}", error.message()))
    }
}

impl From<ExportError> for BadControl {
    fn from(error: ExportError) -> Self {
        let words = error.to_string();
        match error {
            ExportError::TooLarge { .. } => Self::conflict("(state)", words),
            ExportError::Database(error) => error.into(),
            ExportError::Seed(_) => Self::new("", words),
        }
    }
}
