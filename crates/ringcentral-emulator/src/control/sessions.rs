//! The sessions of users in apps, without their tokens.

use jiff::Timestamp;
use rusqlite::Connection;
use serde::Serialize;

use super::BadControl;
use crate::clock::{self, at_ms};
use crate::oauth::sessions;
use crate::reply::Reply;
use crate::settings::Settings;
use crate::world::World;

/// A session as the control API shows it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct View {
    pub(super) id: String,
    pub(super) app_id: String,
    pub(super) extension_id: String,
    pub(super) user: String,
    pub(super) grant_type: String,
    pub(super) scope: String,
    pub(super) start_time: String,
    pub(super) access_token_expires: String,
    pub(super) refresh_token_expires: Option<String>,
    /// Until when the refresh token before the present one gives the present pair again.
    pub(super) old_refresh_token_until: Option<String>,
    /// How many pairs a refresh has replaced.
    pub(super) refreshes: i64,
    /// Whether the current access token has been used.
    pub(super) used: bool,
    /// `active`, `expired` or `ended`.
    pub(super) status: &'static str,
}

impl View {
    /// The grant's last word, which tells the grants apart.
    pub(super) fn grant_name(&self) -> &str {
        self.grant_type.rsplit(':').next().unwrap_or(&self.grant_type)
    }
}

/// All sessions, the newest first.
pub(super) fn list(
    connection: &Connection,
    settings: &Settings,
    now: Timestamp,
) -> rusqlite::Result<Vec<View>> {
    let now = now.as_millisecond();
    connection
        .prepare_cached(
            "SELECT s.id, s.app_id, s.extension_id, coalesce(e.name, ''), s.grant_type, s.scope, s.started_at, s.ended_at,
                    t.access_expires_at, t.refresh_expires_at, t.used_at, s.refreshes, o.superseded_at
             FROM oauth_sessions s
             JOIN tokens t ON t.id = s.pair
             LEFT JOIN tokens o ON o.id = t.predecessor
             LEFT JOIN extensions e ON e.id = s.extension_id
             ORDER BY s.number DESC",
        )?
        .query_map([], |row| {
            let ended_at: Option<i64> = row.get(7)?;
            let access: i64 = row.get(8)?;
            let refresh: Option<i64> = row.get(9)?;
            let used_at: Option<i64> = row.get(10)?;
            let superseded_at: Option<i64> = row.get(12)?;
            let grace = superseded_at.map(|superseded_at| match used_at {
                Some(used_at) => used_at + settings.refresh_grace_used_seconds * 1000,
                None => superseded_at + settings.refresh_grace_unused_seconds * 1000,
            });
            let time = |ms| clock::format(at_ms(ms));
            Ok(View {
                id: row.get(0)?,
                app_id: row.get(1)?,
                extension_id: row.get::<_, i64>(2)?.to_string(),
                user: row.get(3)?,
                grant_type: row.get(4)?,
                scope: row.get(5)?,
                start_time: time(row.get(6)?),
                access_token_expires: time(access),
                refresh_token_expires: refresh.map(time),
                old_refresh_token_until: grace.filter(|until| *until >= now).map(time),
                refreshes: row.get(11)?,
                used: used_at.is_some(),
                status: match ended_at {
                    Some(_) => "ended",
                    None if access.max(refresh.unwrap_or_default()) > now => "active",
                    None => "expired",
                },
            })
        })?
        .collect()
}

/// `DELETE /_emulator/sessions` ends all, `DELETE /_emulator/sessions/ID` one.
pub(super) fn end(world: &World, id: Option<&str>) -> Result<Reply, BadControl> {
    let connection = world.db();
    match id {
        None => sessions::end_all(&connection, world.now())?,
        Some(id) => match sessions::find(&connection, id)? {
            Some(session) => {
                sessions::end(&connection, session.number, world.now())?;
            }
            None => return Err(BadControl::not_found("id", format!("{id} is not a session"))),
        },
    }
    Ok(Reply::no_content())
}
