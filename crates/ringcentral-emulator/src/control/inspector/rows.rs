//! What the inspector's tables show.

use jiff::Timestamp;
use rusqlite::params;
use serde_json::Value;

use crate::clock::{self, at_ms};
use crate::db::Transaction;
use crate::journal::View;
use crate::settings::Settings;

/// How many of the newest messages and calls are shown.
const SHOWN: u32 = 50;

pub(super) struct RequestView {
    pub(super) view: View,
    /// The caller's name, or what is known of them.
    pub(super) user: String,
}

pub(super) struct MessageView {
    pub(super) time: String,
    pub(super) kind: String,
    pub(super) direction: String,
    pub(super) owner: String,
    pub(super) other: String,
    pub(super) text: String,
    pub(super) status: String,
}

pub(super) struct CallView {
    pub(super) time: String,
    pub(super) direction: String,
    pub(super) owner: String,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) result: String,
    pub(super) seconds: i64,
}

pub(super) struct CodeView {
    pub(super) user: String,
    pub(super) app_id: String,
    pub(super) expires: String,
}

pub(super) struct LockoutView {
    pub(super) extension_id: i64,
    pub(super) user: String,
    pub(super) until: String,
}

pub(super) struct FaultView {
    pub(super) id: String,
    /// What goes wrong, for which requests and how often: in words.
    pub(super) what: String,
    pub(super) requests: String,
    pub(super) times: String,
    pub(super) json: String,
}

/// One setting: a number, or a switch.
pub(super) struct SettingView {
    pub(super) path: String,
    pub(super) number: i64,
    pub(super) on: Option<bool>,
}

impl RequestView {
    pub(super) fn clock(&self) -> String {
        fine(&self.view.time)
    }

    /// The grant's last word, which tells the grants apart.
    pub(super) fn grant(&self) -> Option<&str> {
        let grant = self.view.grant_type.as_deref()?;
        Some(grant.rsplit(':').next().unwrap_or(grant))
    }
}

impl MessageView {
    pub(super) fn clock(&self) -> String {
        long(&self.time)
    }
}

impl CallView {
    pub(super) fn clock(&self) -> String {
        long(&self.time)
    }
}

impl SettingView {
    /// Its path in pieces, at whose ends a line may break.
    pub(super) fn words(&self) -> impl Iterator<Item = &str> {
        self.path.split_inclusive('.')
    }
}

/// `2031-05-06 07:08:09.123`, where milliseconds tell what came first. The day is told too: clocks here are moved.
pub(super) fn fine(time: &str) -> String {
    time.trim_end_matches('Z').replace('T', " ")
}

/// Day and minute.
fn long(time: &str) -> String {
    match (time.get(..10), time.get(11..16)) {
        (Some(day), Some(minute)) => format!("{day} {minute}"),
        _ => time.to_owned(),
    }
}

/// The callers' names beside the requests.
pub(super) fn requests(tx: &Transaction<'_>, views: Vec<View>) -> rusqlite::Result<Vec<RequestView>> {
    let mut statement = tx.prepare_cached("SELECT name FROM extensions WHERE id = ?1")?;
    views
        .into_iter()
        .map(|view| {
            let user = match &view.extension_id {
                Some(id) => {
                    let mut rows = statement.query([id])?;
                    match rows.next()? {
                        Some(row) => row.get(0)?,
                        None => id.clone(),
                    }
                }
                None => String::new(),
            };
            Ok(RequestView { view, user })
        })
        .collect()
}

pub(super) fn messages(tx: &Transaction<'_>) -> rusqlite::Result<Vec<MessageView>> {
    tx.prepare_cached(
        "SELECT m.created_ms, m.type, m.direction, coalesce(e.name, ''),
                CASE m.direction
                    WHEN 'Inbound' THEN coalesce(m.from_name, m.from_number, m.from_extension, '')
                    ELSE coalesce((SELECT group_concat(coalesce(r.name, r.phone_number, r.extension_number), ', ')
                                   FROM message_recipients r WHERE r.message_id = m.id), '')
                END,
                coalesce(m.text, m.subject, ''), m.message_status
         FROM messages m
         LEFT JOIN extensions e ON e.id = m.extension_id
         ORDER BY m.id DESC LIMIT ?1",
    )?
    .query_map([SHOWN], |row| {
        Ok(MessageView {
            time: clock::format(at_ms(row.get(0)?)),
            kind: row.get(1)?,
            direction: row.get(2)?,
            owner: row.get(3)?,
            other: row.get(4)?,
            text: row.get(5)?,
            status: row.get(6)?,
        })
    })?
    .collect()
}

pub(super) fn calls(tx: &Transaction<'_>) -> rusqlite::Result<Vec<CallView>> {
    tx.prepare_cached(
        "SELECT c.start_ms, c.direction, coalesce(e.name, ''), coalesce(c.from_name, c.from_number, c.from_extension, ''),
                coalesce(c.to_name, c.to_number, c.to_extension, ''), c.result, c.duration_ms / 1000
         FROM calls c
         LEFT JOIN extensions e ON e.id = c.extension_id
         WHERE c.deleted = 0
         ORDER BY c.seq DESC LIMIT ?1",
    )?
    .query_map([SHOWN], |row| {
        Ok(CallView {
            time: clock::format(at_ms(row.get(0)?)),
            direction: row.get(1)?,
            owner: row.get(2)?,
            from: row.get(3)?,
            to: row.get(4)?,
            result: row.get(5)?,
            seconds: row.get(6)?,
        })
    })?
    .collect()
}

/// Codes that can still be redeemed.
pub(super) fn codes(tx: &Transaction<'_>, now: Timestamp) -> rusqlite::Result<Vec<CodeView>> {
    tx.prepare_cached(
        "SELECT coalesce(e.name, ''), c.app_id, c.expires_at
         FROM codes c LEFT JOIN extensions e ON e.id = c.extension_id
         WHERE c.session IS NULL AND c.expires_at > ?1 ORDER BY c.expires_at",
    )?
    .query_map([now.as_millisecond()], |row| {
        Ok(CodeView {
            user: row.get(0)?,
            app_id: row.get(1)?,
            expires: clock::format(at_ms(row.get(2)?)),
        })
    })?
    .collect()
}

/// Users who are locked out.
pub(super) fn lockouts(tx: &Transaction<'_>, now: Timestamp) -> rusqlite::Result<Vec<LockoutView>> {
    tx.prepare_cached(
        "SELECT f.extension_id, coalesce(e.name, ''), f.locked_until
         FROM login_failures f LEFT JOIN extensions e ON e.id = f.extension_id
         WHERE f.locked_until > ?1 ORDER BY f.locked_until",
    )?
    .query_map(params![now.as_millisecond()], |row| {
        Ok(LockoutView {
            extension_id: row.get(0)?,
            user: row.get(1)?,
            until: clock::format(at_ms(row.get(2)?)),
        })
    })?
    .collect()
}

pub(super) fn faults(list: Vec<Value>) -> Vec<FaultView> {
    list.into_iter()
        .map(|fault| FaultView {
            id: fault["id"].as_str().unwrap_or_default().to_owned(),
            what: what(&fault["action"]),
            requests: which(&fault["match"]),
            times: how_often(&fault),
            json: fault.to_string(),
        })
        .collect()
}

fn what(action: &Value) -> String {
    match action["type"].as_str().unwrap_or_default() {
        "status" => {
            let retry = match action["retryAfter"].as_i64() {
                Some(seconds) => format!(" with Retry-After {seconds}"),
                None => String::new(),
            };
            format!("Status {}{retry}", action["status"])
        }
        "delay" => format!("Delay of {}", action["delay"].as_str().unwrap_or_default()),
        "drop-before" => "Request lost".to_owned(),
        "drop-after" => "Answer lost".to_owned(),
        "truncate" => format!("Answer cut short after {} bytes", action["bytes"]),
        "malformed" => "Malformed JSON".to_owned(),
        other => other.to_owned(),
    }
}

fn which(matching: &Value) -> String {
    let text = |name: &str| matching[name].as_str();
    let asked = match (text("method"), text("path")) {
        (None, None) => "any request".to_owned(),
        (Some(method), None) => format!("any {method}"),
        (None, Some(path)) => path.to_owned(),
        (Some(method), Some(path)) => format!("{method} {path}"),
    };
    match text("grantType") {
        Some(grant) => format!("{asked} with grant {grant}"),
        None => asked,
    }
}

fn how_often(fault: &Value) -> String {
    let times = match fault["timesLeft"].as_u64() {
        None => "until it is removed".to_owned(),
        Some(1) => "once".to_owned(),
        Some(times) => format!("{times} times"),
    };
    match fault["probability"].as_f64() {
        Some(probability) => format!("{times}, with probability {probability}"),
        None => times,
    }
}

/// Every setting by its path.
pub(super) fn settings(settings: &Settings) -> Vec<SettingView> {
    let mut found = Vec::new();
    let value = serde_json::to_value(settings).expect("settings are plain data");
    collect("", &value, &mut found);
    found
}

fn collect(path: &str, value: &Value, found: &mut Vec<SettingView>) {
    if let Value::Object(fields) = value {
        for (name, value) in fields {
            let path = if path.is_empty() {
                name.clone()
            } else {
                format!("{path}.{name}")
            };
            collect(&path, value, found);
        }
        return;
    }
    found.push(SettingView {
        path: path.to_owned(),
        number: value.as_i64().unwrap_or_default(),
        on: value.as_bool(),
    });
}
