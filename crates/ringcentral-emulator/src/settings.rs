//! What can be changed while the emulator runs: lifetimes, windows, limits.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::control::BadControl;

/// All settings. The defaults are the platform's documented values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Settings {
    pub(crate) access_token_seconds: i64,
    /// A shorter life that a client asks for is raised to this.
    pub(crate) access_token_min_seconds: i64,
    pub(crate) refresh_token_seconds: i64,
    pub(crate) code_seconds: i64,
    /// How long an old refresh token gives the same pair again while the new access token is unused.
    pub(crate) refresh_grace_unused_seconds: i64,
    /// The same, counted from the first use of the new access token.
    pub(crate) refresh_grace_used_seconds: i64,
    /// How long a superseded access token answers `OAU-129` before it answers `OAU-213`.
    pub(crate) superseded_token_seconds: i64,
    /// Sessions per user and app; one more ends the oldest.
    pub(crate) sessions_per_user: i64,
    /// Wrong passwords in a row that lock a user out; 0 never does.
    pub(crate) lockout_attempts: i64,
    /// How long that lasts.
    pub(crate) lockout_seconds: i64,
    /// Whether the password grant exists; the platform has retired it.
    pub(crate) password_grant: bool,
    pub(crate) rate_limits: RateLimits,
}

/// Rate limits by group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RateLimits {
    pub(crate) enabled: bool,
    pub(crate) light: GroupLimit,
    pub(crate) medium: GroupLimit,
    pub(crate) heavy: GroupLimit,
    pub(crate) auth: GroupLimit,
}

/// One group's limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GroupLimit {
    pub(crate) limit: i64,
    pub(crate) window_seconds: i64,
    pub(crate) penalty_seconds: i64,
}

impl Settings {
    /// The platform's values, with or without rate limits.
    pub(crate) fn new(rate_limits: bool) -> Self {
        let group = |limit| GroupLimit {
            limit,
            window_seconds: 60,
            penalty_seconds: 60,
        };
        Self {
            access_token_seconds: 3600,
            access_token_min_seconds: 600,
            refresh_token_seconds: 604_800,
            code_seconds: 60,
            refresh_grace_unused_seconds: 3600,
            refresh_grace_used_seconds: 10,
            superseded_token_seconds: 10,
            sessions_per_user: 5,
            lockout_attempts: 6,
            lockout_seconds: 1800,
            password_grant: true,
            rate_limits: RateLimits {
                enabled: rate_limits,
                light: group(50),
                medium: group(40),
                heavy: group(10),
                auth: group(5),
            },
        }
    }

    /// These settings with the fields of `patch` replaced. A field that does not exist, a value of another type and a
    /// negative number are refused, naming the field.
    pub(crate) fn patched(&self, patch: &Value) -> Result<Self, BadControl> {
        let mut merged = serde_json::to_value(self).expect("settings are plain data");
        merge("", &mut merged, patch)?;
        let settings: Self = serde_json::from_value(merged).expect("merging keeps every field's type");
        if settings.sessions_per_user < 1 {
            return Err(BadControl::new("sessionsPerUser", "must be at least 1"));
        }
        Ok(settings)
    }
}

impl RateLimits {
    /// A group's name in lower case and its limit; `None` for groups without one.
    pub(crate) fn group(&self, name: &str) -> Option<(&'static str, GroupLimit)> {
        match name {
            "Light" => Some(("light", self.light)),
            "Medium" => Some(("medium", self.medium)),
            "Heavy" => Some(("heavy", self.heavy)),
            "Auth" => Some(("auth", self.auth)),
            _ => None,
        }
    }
}

fn merge(name: &str, current: &mut Value, patch: &Value) -> Result<(), BadControl> {
    match (current, patch) {
        (Value::Object(current), Value::Object(patch)) => {
            for (key, value) in patch {
                let name = if name.is_empty() {
                    key.clone()
                } else {
                    format!("{name}.{key}")
                };
                let Some(field) = current.get_mut(key) else {
                    let allowed = current.keys().cloned().collect();
                    return Err(BadControl::new(name, "is not a setting").allowed(allowed));
                };
                merge(&name, field, value)?;
            }
            Ok(())
        }
        (Value::Object(current), _) => {
            let field = if name.is_empty() { "(body)" } else { name };
            Err(BadControl::new(field, "must be an object").allowed(current.keys().cloned().collect()))
        }
        (current @ Value::Bool(_), Value::Bool(_)) => {
            *current = patch.clone();
            Ok(())
        }
        (Value::Bool(_), _) => {
            Err(BadControl::new(name, "must be a boolean")
                .allowed(vec!["true".to_owned(), "false".to_owned()]))
        }
        // Ten digits of seconds are three centuries, and far from any overflow in milliseconds.
        (current, value)
            if value
                .as_i64()
                .is_some_and(|number| (0..10_000_000_000).contains(&number)) =>
        {
            *current = value.clone();
            Ok(())
        }
        _ => Err(BadControl::new(name, "must be a whole number from 0 up")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Settings;

    #[test]
    fn a_patch_changes_what_it_names_and_nothing_else() {
        let before = Settings::new(true);
        let after = before
            .patched(&json!({"codeSeconds": 5, "rateLimits": {"light": {"limit": 7}}}))
            .expect("both are settings");
        assert_eq!((after.code_seconds, after.rate_limits.light.limit), (5, 7));
        assert_eq!(after.rate_limits.light.window_seconds, 60);
        let back = after.patched(&json!({"codeSeconds": 60, "rateLimits": {"light": {"limit": 50}}}));
        assert_eq!(back.expect("both are settings"), before);
    }

    #[test]
    fn what_is_no_setting_is_named() {
        for (patch, field) in [
            (json!({"accessTokenSecond": 1}), "accessTokenSecond"),
            (json!({"rateLimits": {"tiny": {}}}), "rateLimits.tiny"),
            (
                json!({"rateLimits": {"light": {"limit": -1}}}),
                "rateLimits.light.limit",
            ),
            (
                json!({"rateLimits": {"light": {"limit": 1.5}}}),
                "rateLimits.light.limit",
            ),
            (json!({"rateLimits": {"enabled": "off"}}), "rateLimits.enabled"),
            (json!({"rateLimits": false}), "rateLimits"),
            (json!({"sessionsPerUser": 0}), "sessionsPerUser"),
            (json!([]), "(body)"),
        ] {
            let refused = Settings::new(true).patched(&patch).expect_err("must be refused");
            assert_eq!(refused.field, field, "{patch}");
        }
    }
}
