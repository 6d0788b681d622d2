//! What a program is given when it asks for nothing particular.

use super::company;
use super::file::{File, Text};
use super::plant::{plain, text};
use crate::db::Transaction;
use crate::db::write_meta;
use crate::directory::{self, Defaults};

/// Keeps them.
pub(super) fn keep(tx: &Transaction<'_>, defaults: &Defaults) -> rusqlite::Result<()> {
    let text = serde_json::to_string(defaults).expect("defaults are plain data");
    write_meta(tx, "defaults", &text)
}

/// What the file names, and for the rest the first that fits.
pub(super) fn of(tx: &Transaction<'_>, file: &File) -> rusqlite::Result<Defaults> {
    let mut defaults = if file.accounts.is_empty() {
        company::defaults()
    } else {
        people(tx, file)?
    };
    let named = |app: &Option<Text>| app.as_ref().map(|id| id.get_ref().clone());
    let first = |public: bool| {
        file.apps
            .iter()
            .find(|app| app.client_secret.is_none() == public)
            .map(|app| app.client_id.get_ref().clone())
    };
    let (app, public_app) = if file.apps.is_empty() {
        let built_in = company::defaults();
        (built_in.client_id, built_in.public_client_id)
    } else {
        (first(false).or_else(|| first(true)), first(true))
    };
    defaults.client_id = named(&file.defaults.app).or(app);
    defaults.public_client_id = named(&file.defaults.public_app).or(public_app);
    if let Some(from) = &file.defaults.from {
        defaults.from = Some(plain(from));
    }
    if let Some(to) = &file.defaults.to {
        defaults.to = Some(plain(to));
    }
    Ok(defaults)
}

fn people(tx: &Transaction<'_>, file: &File) -> rusqlite::Result<Defaults> {
    let users = directory::list_login_users(tx)?;
    let wanted = text(file.defaults.user.as_ref());
    let user = users
        .iter()
        .filter(|user| {
            wanted.is_none_or(|wanted| {
                user.extension_number == wanted || user.email.eq_ignore_ascii_case(wanted)
            })
        })
        .min_by_key(|user| (user.status != "Enabled", user.locked, user.mfa_code.is_some()));
    let sender = |extension: Option<i64>, own: bool| {
        let sql = if own {
            "SELECT min(phone_number) FROM phone_numbers WHERE extension_id = ?1 AND features LIKE '%SmsSender%'"
        } else {
            "SELECT min(phone_number) FROM phone_numbers
             WHERE extension_id <> ?1 AND features LIKE '%SmsSender%'"
        };
        tx.prepare_cached(sql)?
            .query_row([extension], |row| row.get::<_, Option<String>>(0))
    };
    let extension_id = user.map(|user| user.extension_id);
    Ok(Defaults {
        extension_id,
        from: sender(extension_id, true)?,
        // Somebody who receives it; else anybody outside.
        to: sender(extension_id, false)?.or_else(|| Some("+12125550147".to_owned())),
        ..Defaults::default()
    })
}
