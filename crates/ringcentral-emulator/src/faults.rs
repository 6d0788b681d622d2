//! Ordered faults: what shall go wrong, for which requests and how often.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use http::StatusCode;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use serde_json::{Map, Value, json};

use crate::control::{BadControl, fields};
use crate::limits::Quota;
use crate::oauth::OauthError;
use crate::reply::{ApiError, Reply};
use crate::wildcard;

/// All ordered faults.
#[derive(Debug, Default)]
pub(crate) struct Faults(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    next_id: u64,
    faults: Vec<Fault>,
}

#[derive(Debug)]
struct Fault {
    id: u64,
    ordered: Value,
    matching: Matching,
    action: Action,
    /// Absent: until it is deleted.
    left: Option<u64>,
    hits: u64,
    probability: f64,
    dice: Dice,
}

#[derive(Debug, Default)]
struct Matching {
    method: Option<String>,
    path: Option<String>,
    grant_type: Option<String>,
}

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    /// The platform answers with this status and does nothing.
    Status {
        status: StatusCode,
        retry_after: Option<i64>,
    },
    /// The request waits before it takes effect.
    Delay(Duration),
    /// The connection closes before the request takes effect.
    DropBefore,
    /// The request takes effect and the connection closes without an answer.
    DropAfter,
    /// The answer breaks off after this many bytes, and in any case before its end.
    Truncate(usize),
    /// The answer is a 200 that is labelled JSON and is none.
    Malformed,
}

/// What shall happen to one request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Ordered {
    pub(crate) delay: Option<Duration>,
    /// Anything but a delay.
    pub(crate) action: Option<Action>,
}

impl Faults {
    /// Orders a fault from the control API's JSON; answers it with its id.
    pub(crate) fn order(&self, body: &Value) -> Result<Value, BadControl> {
        let mut fault = read(body)?;
        let mut state = self.lock();
        state.next_id += 1;
        fault.id = state.next_id;
        let view = fault.view();
        state.faults.push(fault);
        Ok(view)
    }

    /// All faults that are still ordered, in the order they came.
    pub(crate) fn list(&self) -> Vec<Value> {
        self.lock().faults.iter().map(Fault::view).collect()
    }

    /// Takes one order back; whether there was one.
    pub(crate) fn remove(&self, id: u64) -> bool {
        let mut state = self.lock();
        let before = state.faults.len();
        state.faults.retain(|fault| fault.id != id);
        state.faults.len() < before
    }

    /// Takes all orders back.
    pub(crate) fn clear(&self) {
        self.lock().faults.clear();
    }

    /// Whether nothing is ordered.
    pub(crate) fn is_empty(&self) -> bool {
        self.lock().faults.is_empty()
    }

    /// What shall happen to this request: every delay that fits, and the first other fault that fits.
    pub(crate) fn take(&self, method: &str, path: &str, grant_type: Option<&str>) -> Ordered {
        let mut state = self.lock();
        let mut ordered = Ordered::default();
        for fault in &mut state.faults {
            let is_delay = matches!(fault.action, Action::Delay(_));
            if (ordered.action.is_some() && !is_delay)
                || !fault.matching.fits(method, path, grant_type)
                || fault.dice.roll() >= fault.probability
            {
                continue;
            }
            fault.hits += 1;
            fault.left = fault.left.map(|left| left - 1);
            match fault.action {
                Action::Delay(delay) => ordered.delay = Some(ordered.delay.unwrap_or_default() + delay),
                action => ordered.action = Some(action),
            }
        }
        state.faults.retain(|fault| fault.left != Some(0));
        ordered
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Matching {
    fn fits(&self, method: &str, path: &str, grant_type: Option<&str>) -> bool {
        self.method
            .as_ref()
            .is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
            && self
                .path
                .as_ref()
                .is_none_or(|pattern| wildcard::matches(pattern, path))
            && self
                .grant_type
                .as_deref()
                .is_none_or(|wanted| Some(wanted) == grant_type)
    }
}

impl Fault {
    fn view(&self) -> Value {
        let mut view = self.ordered.clone();
        view["id"] = json!(self.id.to_string());
        view["hits"] = json!(self.hits);
        view["timesLeft"] = json!(self.left);
        view
    }
}

impl Action {
    /// The name by which it was ordered.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Status { .. } => "status",
            Self::Delay(_) => "delay",
            Self::DropBefore => "drop-before",
            Self::DropAfter => "drop-after",
            Self::Truncate(_) => "truncate",
            Self::Malformed => "malformed",
        }
    }
}

/// Paths that refuse in OAuth's shape.
const OAUTH: [&str; 2] = ["/restapi/oauth/token", "/restapi/oauth/revoke"];

/// The answer of a `status` fault. Too many requests are refused in REST's shape everywhere, as the limits do it; `quota`
/// is what they would say.
pub(crate) fn status_reply(
    path: &str,
    status: StatusCode,
    retry_after: Option<i64>,
    quota: Option<Quota>,
) -> Reply {
    if OAUTH.contains(&path) && status != StatusCode::TOO_MANY_REQUESTS {
        return oauth_reply(status, retry_after);
    }
    let mut error = match status.as_u16() {
        429 => ApiError::new(status, "CMN-301", "Request rate exceeded"),
        401 => ApiError::token("TokenInvalid", "OAU-213", "Token not found"),
        503 => ApiError::new(status, "CMN-201", "Service is temporarily unavailable"),
        _ => ApiError::new(status, "CMN-203", "A fault that was ordered"),
    };
    error.retry_after = retry_after;
    let mut reply = error.into_reply();
    if let Some(quota) = quota.filter(|_| status == StatusCode::TOO_MANY_REQUESTS) {
        quota.write(&mut reply.headers);
    }
    reply
}

/// The answer of a `malformed` fault, whatever the platform's would have been.
pub(crate) fn malformed_reply() -> Reply {
    let json = Reply::empty(StatusCode::OK).with(CONTENT_TYPE, "application/json");
    json.with_body("{\"malformed\": tru")
}

fn oauth_reply(status: StatusCode, retry_after: Option<i64>) -> Reply {
    let (error, code, description) = match status.as_u16() {
        401 => ("invalid_client", "OAU-146", "Invalid client credentials"),
        503 => (
            "service_unavailable",
            "CMN-201",
            "Service is temporarily unavailable",
        ),
        400..500 => ("invalid_request", "CMN-203", "A fault that was ordered"),
        _ => ("server_error", "CMN-203", "A fault that was ordered"),
    };
    let reply = OauthError::new(error, code, description)
        .with_status(status)
        .into_reply();
    match retry_after {
        Some(seconds) => reply.with(RETRY_AFTER, &seconds.to_string()),
        None => reply,
    }
}

const ACTIONS: &[&str] = &[
    "status",
    "delay",
    "drop-before",
    "drop-after",
    "truncate",
    "malformed",
];

fn read(body: &Value) -> Result<Fault, BadControl> {
    let fault = fields("", body, &["match", "action", "times", "probability", "seed"])?;
    let matching = match fault.get("match") {
        None => Matching::default(),
        Some(value) => {
            let wanted = fields("match", value, &["method", "path", "grantType"])?;
            Matching {
                method: text(wanted, "match", "method")?,
                path: text(wanted, "match", "path")?,
                grant_type: text(wanted, "match", "grantType")?,
            }
        }
    };
    let action = fault
        .get("action")
        .ok_or_else(|| BadControl::new("action", "is missing"))?;
    let left = number(fault, "", "times")?;
    if left == Some(0) {
        return Err(BadControl::new(
            "times",
            "must be at least 1; leave it out for \"until it is deleted\"",
        ));
    }
    let probability = match fault.get("probability") {
        None => 1.0,
        Some(value) => value
            .as_f64()
            .filter(|probability| (0.0..=1.0).contains(probability))
            .ok_or_else(|| BadControl::new("probability", "must be a number from 0 to 1"))?,
    };
    let dice = Dice(number(fault, "", "seed")?.unwrap_or(1));
    let (ordered, action) = (body.clone(), read_action(action)?);
    Ok(Fault {
        id: 0,
        ordered,
        matching,
        action,
        left,
        hits: 0,
        probability,
        dice,
    })
}

fn read_action(value: &Value) -> Result<Action, BadControl> {
    let kind = value.get("type").and_then(Value::as_str);
    let Some(kind) = kind.filter(|kind| ACTIONS.contains(kind)) else {
        let allowed = ACTIONS.iter().map(ToString::to_string).collect();
        return Err(BadControl::new("action.type", "must name a fault").allowed(allowed));
    };
    let own: &[&str] = match kind {
        "status" => &["type", "status", "retryAfter"],
        "delay" => &["type", "delay"],
        "truncate" => &["type", "bytes"],
        _ => &["type"],
    };
    let action = fields("action", value, own)?;
    Ok(match kind {
        "status" => {
            let status = number(action, "action", "status")?
                .and_then(|status| u16::try_from(status).ok())
                .filter(|status| (200..600).contains(status))
                .and_then(|status| StatusCode::from_u16(status).ok())
                .ok_or_else(|| BadControl::new("action.status", "must be a status from 200 to 599"))?;
            let retry_after = number(action, "action", "retryAfter")?;
            Action::Status {
                status,
                retry_after: retry_after.and_then(|seconds| i64::try_from(seconds).ok()),
            }
        }
        "delay" => {
            let delay = text(action, "action", "delay")?.unwrap_or_default();
            let delay = crate::control::duration("action.delay", &delay)?;
            Action::Delay(Duration::try_from(delay).unwrap_or_default())
        }
        "truncate" => {
            let bytes = number(action, "action", "bytes")?.ok_or_else(|| {
                BadControl::new("action.bytes", "is missing: after how many bytes to break off")
            })?;
            Action::Truncate(usize::try_from(bytes).unwrap_or(usize::MAX))
        }
        "drop-before" => Action::DropBefore,
        "drop-after" => Action::DropAfter,
        _ => Action::Malformed,
    })
}

fn text(object: &Map<String, Value>, parent: &str, key: &str) -> Result<Option<String>, BadControl> {
    match object.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(BadControl::new(join(parent, key), "must be text")),
    }
}

fn number(object: &Map<String, Value>, parent: &str, key: &str) -> Result<Option<u64>, BadControl> {
    match object.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => match value.as_u64() {
            Some(number) => Ok(Some(number)),
            None => Err(BadControl::new(
                join(parent, key),
                "must be a whole number from 0 up",
            )),
        },
    }
}

fn join(parent: &str, key: &str) -> String {
    if parent.is_empty() {
        key.to_owned()
    } else {
        format!("{parent}.{key}")
    }
}

/// A small generator (splitmix64), so that a seed gives the same faults every time.
#[derive(Debug)]
struct Dice(u64);

impl Dice {
    /// A number from 0 up to, but not including, 1.
    fn roll(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        f64::from(u32::try_from(z >> 32).expect("the upper half of 64 bits")) / 4_294_967_296.0
    }
}

#[cfg(test)]
mod tests;
