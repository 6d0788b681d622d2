//! `GET /_emulator/`: everything at a glance, and the few buttons that a person wants.

use askama::Template;
use http::header::CACHE_CONTROL;

use super::{BadControl, sessions};
use crate::arrive::due;
use crate::db::Transaction;
use crate::pages::{self, LoginUser};
use crate::reply::Reply;
use crate::world::World;
use crate::{clock, directory, env_file};

mod happening;
mod rows;

const STYLE: &str = include_str!("../../assets/style.css");
const SCRIPT: &str = include_str!("../../assets/inspector.js");

/// How many of the newest requests are shown.
const REQUESTS: usize = 200;

#[derive(Template)]
#[template(path = "inspector.html")]
struct Page<'a> {
    origin: &'a str,
    version: &'a str,
    now: String,
    frozen: bool,
    environment: Vec<(&'static str, String)>,
    users: Vec<LoginUser>,
    apps: Vec<AppView>,
    sessions: Vec<sessions::View>,
    codes: Vec<rows::CodeView>,
    lockouts: Vec<rows::LockoutView>,
    messages: Vec<rows::MessageView>,
    live: Vec<happening::LiveView>,
    calls: Vec<rows::CallView>,
    events: Vec<happening::EventView>,
    requests: Vec<rows::RequestView>,
    faults: Vec<rows::FaultView>,
    settings: Vec<rows::SettingView>,
}

struct AppView {
    name: String,
    client_id: String,
    client_secret: Option<String>,
    grants: Vec<String>,
    permissions: Vec<String>,
    redirect_uris: Vec<String>,
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
    // A JWT is made when it is asked for, and not at every look.
    let environment = env_file::environment_without_jwt(world, origin);
    let settings = world.settings();
    let connection = world.db();
    let tx = Transaction::begin(&connection)?;
    due::settle(&tx, now)?;
    let apps = directory::list_apps(&tx)?.into_iter().map(|app| {
        Ok(AppView {
            grants: app
                .grants()
                .map(|grant| grant.rsplit(':').next().unwrap_or(grant).to_owned())
                .collect(),
            permissions: app.permissions().map(str::to_owned).collect(),
            redirect_uris: directory::redirect_uris(&tx, &app.client_id)?,
            name: app.name,
            client_id: app.client_id,
            client_secret: app.client_secret,
        })
    });
    let page = Page {
        origin,
        version: env!("CARGO_PKG_VERSION"),
        now: clock::format(now),
        frozen: world.clock.is_frozen(),
        environment,
        users: directory::list_login_users(&tx)?
            .into_iter()
            .map(LoginUser::from)
            .collect(),
        apps: apps.collect::<rusqlite::Result<_>>()?,
        sessions: sessions::list(&tx, &settings, now)?,
        codes: rows::codes(&tx, now)?,
        lockouts: rows::lockouts(&tx, now)?,
        messages: rows::messages(&tx)?,
        live: happening::live(&tx)?,
        calls: rows::calls(&tx)?,
        events: happening::events(&tx)?,
        requests: rows::requests(&tx, world.journal.latest(REQUESTS))?,
        faults: rows::faults(world.faults.list()),
        settings: rows::settings(&settings),
    };
    tx.commit()?;
    Ok(pages::inspector(&page))
}
