//! Moving the clock: forward only.

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{BadControl, duration, fields};
use crate::clock;
use crate::reply::Reply;
use crate::request::parse_time;
use crate::world::World;

/// How far a single step may lead.
const FARTHEST: SignedDuration = SignedDuration::from_hours(24 * 366 * 50);

/// `GET /_emulator/clock`.
pub(super) fn state(world: &World) -> Reply {
    Reply::json(&json!({"now": clock::format(world.now()), "frozen": world.clock.is_frozen()}))
}

/// `POST /_emulator/clock`: `{"advance"}`, `{"set"}`, `{"freeze"}`, or a move together with `freeze`. What became due has
/// happened when it answers, and is in the answer.
pub(super) fn change(world: &World, body: &Value) -> Result<Reply, BadControl> {
    const KNOWN: &[&str] = &["advance", "set", "freeze"];
    let body = fields("", body, KNOWN)?;
    let text = |key: &str| match body.get(key) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.as_str())),
        Some(_) => Err(BadControl::new(key, "must be text")),
    };
    let freeze = match body.get("freeze") {
        None => None,
        Some(Value::Bool(freeze)) => Some(*freeze),
        Some(_) => {
            return Err(
                BadControl::new("freeze", "must be a boolean").allowed(vec!["true".into(), "false".into()])
            );
        }
    };
    let by = match (text("advance")?, text("set")?) {
        (Some(_), Some(_)) => return Err(BadControl::new("set", "cannot be combined with advance")),
        (Some(advance), None) => Some(duration("advance", advance)?),
        (None, Some(set)) => {
            let target = parse_time(set)
                .ok_or_else(|| BadControl::new("set", "must be a time such as 2026-12-01T00:00:00Z"))?;
            let by = target.duration_since(world.now());
            if by.is_negative() {
                return Err(BadControl::new(
                    "set",
                    format!("is in the past: it is {}", clock::format(world.now())),
                ));
            }
            Some(by)
        }
        (None, None) if freeze.is_none() => {
            return Err(BadControl::new("(body)", "names no change")
                .allowed(KNOWN.iter().map(ToString::to_string).collect()));
        }
        (None, None) => None,
    };
    if let Some(by) = by {
        let field = if body.contains_key("set") {
            "set"
        } else {
            "advance"
        };
        if world.clock.is_too_far(by) {
            return Err(BadControl::new(field, "must not lead beyond the year 8999"));
        }
        if by > FARTHEST {
            return Err(BadControl::new(field, "must not lead more than 50 years ahead"));
        }
    }
    if freeze == Some(true) {
        world.clock.freeze(true);
    }
    if let Some(by) = by {
        world.clock.advance(by);
    }
    if freeze == Some(false) {
        world.clock.freeze(false);
    }
    let fired = world.arrive_at_present()?;
    Ok(Reply::json(&json!({
        "now": clock::format(world.now()),
        "frozen": world.clock.is_frozen(),
        "fired": fired,
    })))
}
