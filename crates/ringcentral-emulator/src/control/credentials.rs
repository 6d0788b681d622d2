//! What the developer console and an administrator do: JWT credentials, and users who are locked out.

use serde_json::{Value, json};

use super::{BadControl, duration, fields, records};
use crate::clock::{self, at_ms};
use crate::db::Transaction;
use crate::directory::{self, UserRow};
use crate::oauth::{jwt, lockout};
use crate::reply::Reply;
use crate::request::Request;
use crate::world::World;

/// `POST /_emulator/jwts`: `{"user", "expiresIn", "clientIds"}`, all of them optional.
pub(super) fn mint(world: &World, request: &Request, body: &Value) -> Result<Reply, BadControl> {
    let body = fields("", body, &["user", "expiresIn", "clientIds"])?;
    let name = match body.get("user") {
        None => None,
        Some(Value::String(name)) => Some(name),
        Some(_) => return Err(BadControl::new("user", "must be text")),
    };
    let now = world.now();
    let expires = match body.get("expiresIn") {
        None => None,
        Some(Value::String(text)) => Some(
            now.checked_add(duration("expiresIn", text)?)
                .map_err(|_| BadControl::new("expiresIn", "leads beyond the end of the calendar"))?,
        ),
        Some(_) => return Err(BadControl::new("expiresIn", "must be text, such as 30m")),
    };
    let client_ids = match body.get("clientIds") {
        None => Vec::new(),
        Some(Value::Array(ids)) if ids.iter().all(Value::is_string) => ids
            .iter()
            .filter_map(|id| id.as_str().map(str::to_owned))
            .collect(),
        Some(_) => return Err(BadControl::new("clientIds", "must be a list of texts")),
    };
    let connection = world.db();
    let tx = Transaction::begin(&connection)?;
    let user = match name {
        Some(name) => named_user(&tx, name)?,
        None => match directory::defaults(&tx)?.extension_id {
            Some(id) => directory::find_user_by_extension(&tx, id)?,
            None => None,
        },
    };
    let user = user.ok_or_else(|| {
        let name = name.map_or_else(|| "the default user".to_owned(), |name| format!("{name:?}"));
        BadControl::new(
            "user",
            format!("{name} is no user: give an extension number, a phone number or an e-mail address"),
        )
    })?;
    let choices = jwt::Choices { expires, client_ids };
    let key = world.signing_key(&tx)?;
    let (id, token) = jwt::mint(key, &request.origin, user.extension_id, &choices, now);
    tx.commit()?;
    Ok(Reply::json(&json!({
        "id": id,
        "jwt": token,
        "extensionId": user.extension_id.to_string(),
        "expires": expires.map(clock::format),
        "clientIds": choices.client_ids,
    })))
}

/// The user who has this extension number, phone number or e-mail address.
fn named_user(tx: &Transaction<'_>, name: &str) -> rusqlite::Result<Option<UserRow>> {
    let by_extension = directory::list_login_users(tx)?
        .into_iter()
        .find(|user| user.extension_number == name);
    match by_extension {
        Some(user) => Ok(Some(user)),
        None => directory::find_user(tx, name, None),
    }
}

/// `DELETE /_emulator/jwts/ID`: the credential is deleted. The sessions that it began go on, as on the platform.
pub(super) fn revoke(world: &World, id: &str) -> Result<Reply, BadControl> {
    if !id.starts_with("EMU-") {
        return Err(BadControl::not_found(
            "id",
            format!("{id} is not a credential's id"),
        ));
    }
    jwt::revoke(&world.db(), id)?;
    Ok(Reply::no_content())
}

/// `GET /_emulator/lockouts`.
pub(super) fn lockouts(world: &World) -> Result<Reply, BadControl> {
    let now = world.now().as_millisecond();
    let connection = world.db();
    let mut statement = connection.prepare_cached(
        "SELECT f.extension_id, coalesce(e.name, ''), f.failures, f.locked_until
         FROM login_failures f LEFT JOIN extensions e ON e.id = f.extension_id
         WHERE f.locked_until IS NULL OR f.locked_until > ?1 ORDER BY f.extension_id",
    )?;
    let rows: Vec<Value> = statement
        .query_map([now], |row| {
            Ok(json!({
                "extensionId": row.get::<_, i64>(0)?.to_string(),
                "user": row.get::<_, String>(1)?,
                "wrongPasswords": row.get::<_, i64>(2)?,
                "lockedUntil": row.get::<_, Option<i64>>(3)?.map(|until| clock::format(at_ms(until))),
            }))
        })?
        .collect::<rusqlite::Result<_>>()?;
    Ok(records(rows))
}

/// `DELETE /_emulator/lockouts` unlocks everybody, `DELETE /_emulator/lockouts/EXTENSIONID` one user.
pub(super) fn unlock(world: &World, id: Option<&str>) -> Result<Reply, BadControl> {
    let number = match id {
        None => None,
        Some(id) => Some(
            id.parse()
                .map_err(|_| BadControl::not_found("id", format!("{id} is not an extension id")))?,
        ),
    };
    lockout::forget(&world.db(), number)?;
    Ok(Reply::no_content())
}
