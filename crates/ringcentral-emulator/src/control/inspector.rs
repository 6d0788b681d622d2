//! `GET /_emulator/`: everything at a glance, and the few buttons that a person wants.

use askama::Template;
use http::header::CACHE_CONTROL;
use rusqlite::Transaction;

use super::{BadControl, sessions};
use crate::clock::{self, at_ms};
use crate::directory;
use crate::journal::View as RequestView;
use crate::pages::{self, LoginUser};
use crate::reply::Reply;
use crate::world::World;

const STYLE: &str = include_str!("../../assets/style.css");
const SCRIPT: &str = include_str!("../../assets/inspector.js");

/// How many of the newest requests, messages and calls are shown.
const SHOWN: u32 = 50;

#[derive(Template)]
#[template(path = "inspector.html")]
struct Page<'a> {
    origin: &'a str,
    version: &'a str,
    now: String,
    frozen: bool,
    users: Vec<LoginUser>,
    apps: Vec<AppView>,
    sessions: Vec<sessions::View>,
    messages: Vec<MessageView>,
    calls: Vec<CallView>,
    requests: Vec<RequestView>,
    faults: Vec<String>,
    settings: String,
}

struct AppView {
    name: String,
    client_id: String,
    client_secret: Option<String>,
    grants: String,
    redirect_uris: Vec<String>,
}

struct MessageView {
    time: String,
    kind: String,
    direction: String,
    owner: String,
    other: String,
    text: String,
    status: String,
}

struct CallView {
    time: String,
    direction: String,
    owner: String,
    from: String,
    to: String,
    result: String,
    seconds: i64,
}

/// The page's files, which every page may load, the sign-in pages too.
pub(super) fn asset(path: &str) -> Option<Reply> {
    let (content_type, text) = match path {
        "style.css" => ("text/css; charset=utf-8", STYLE),
        "inspector.js" => ("text/javascript; charset=utf-8", SCRIPT),
        _ => return None,
    };
    Some(Reply::bytes(content_type, text).with(CACHE_CONTROL, "no-cache"))
}

/// The page.
pub(super) fn page(world: &World, origin: &str) -> Result<Reply, BadControl> {
    let now = world.now();
    let mut connection = world.db();
    let tx = connection.transaction()?;
    let apps = directory::list_apps(&tx)?.into_iter().map(|app| AppView {
        grants: app
            .grants
            .iter()
            .map(|grant| grant.rsplit(':').next().unwrap_or(grant))
            .collect::<Vec<_>>()
            .join(", "),
        name: app.name,
        client_id: app.client_id,
        client_secret: app.client_secret,
        redirect_uris: app.redirect_uris,
    });
    let faults = world.faults.list().iter().map(ToString::to_string).collect();
    let settings = serde_json::to_string_pretty(&world.settings()).expect("settings are plain data");
    let page = Page {
        origin,
        version: env!("CARGO_PKG_VERSION"),
        now: clock::format(now),
        frozen: world.clock.is_frozen(),
        users: directory::list_login_users(&tx)?
            .into_iter()
            .map(LoginUser::from)
            .collect(),
        apps: apps.collect(),
        sessions: sessions::list(&tx, now)?,
        messages: messages(&tx)?,
        calls: calls(&tx)?,
        requests: world.journal.latest(SHOWN as usize),
        faults,
        settings,
    };
    Ok(pages::inspector(&page))
}

fn messages(tx: &Transaction<'_>) -> rusqlite::Result<Vec<MessageView>> {
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

fn calls(tx: &Transaction<'_>) -> rusqlite::Result<Vec<CallView>> {
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
