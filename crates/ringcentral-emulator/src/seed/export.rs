//! The present state as a seed file: what people write by hand, and rows for the rest.
//!
//! The keys of the file cannot say everything, and other parts of the emulator add tables and columns. So the file is
//! planted into a scratch database, and what differs there from the state follows as rows: nothing can be forgotten.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use rusqlite::Row;
use rusqlite::types::Value;

use super::rows::{self, Table, quoted, written};
use super::{Seed, SeedError};
use crate::db::Transaction;
use crate::settings::Settings;
use crate::world::World;
use crate::{clock, db, directory};

/// More calls and messages than these are no longer a file that anybody reads.
const MOST_ROWS: i64 = 250_000;

/// Tables of logins, which an export may leave out.
const LOGINS: &[&str] = &[
    "browser_sessions",
    "client_assertions",
    "codes",
    "consents",
    "oauth_sessions",
    "revoked_jwts",
    "tokens",
    "ws_tokens",
];

/// Why there is no export.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ExportError {
    #[error(
        "{rows} calls and messages are too many for a file (up to {MOST_ROWS}): take a snapshot, or keep the state with --data"
    )]
    TooLarge { rows: i64 },
    #[error("the emulator's database refused a statement")]
    Database(#[from] rusqlite::Error),
    #[error("the export cannot be read back: {0}")]
    Seed(#[from] SeedError),
}

/// The state as a seed file. `logins` says whether sessions, tokens and the signing keys are in it.
pub(crate) fn export(world: &World, logins: bool) -> Result<String, ExportError> {
    let (settings, now, frozen) = (world.settings(), world.now(), world.clock.is_frozen());
    let db = world.db();
    let tx = Transaction::begin(&db)?;
    let rows = tx.query_row(
        "SELECT (SELECT count(*) FROM calls) + (SELECT count(*) FROM messages)",
        [],
        |row| row.get(0),
    )?;
    if rows > MOST_ROWS {
        return Err(ExportError::TooLarge { rows });
    }
    let mut text = String::from(
        "# The state of an emulator. docs/emulator/seed.md says what the keys mean.\nversion = 1\n",
    );
    line(&mut text, "start", Some(clock::format(now)));
    if frozen {
        text.push_str("frozen = true\n");
    }
    write_settings(&mut text, &settings);
    write_defaults(&mut text, &tx)?;
    write_apps(&mut text, &tx)?;
    write_accounts(&mut text, &tx)?;

    let scratch = db::open(None)?;
    db::create(&scratch)?;
    let planted = Transaction::begin(&scratch)?;
    Seed::parse(&text)?.fill(&planted, now, &[])?;
    write_rows(&mut text, &tx, &planted, logins)?;
    Ok(text)
}

/// A key whose value is text, if there is one.
fn line(text: &mut String, key: &str, value: Option<String>) {
    if let Some(value) = value {
        let _ = writeln!(text, "{key} = {}", quoted(&value));
    }
}

fn flag(text: &mut String, key: &str, value: bool) {
    if value {
        let _ = writeln!(text, "{key} = true");
    }
}

fn list<'v>(text: &mut String, key: &str, values: impl Iterator<Item = &'v str>) {
    let values: Vec<String> = values.map(quoted).collect();
    let _ = writeln!(text, "{key} = [{}]", values.join(", "));
}

/// Those that differ from the platform's.
fn write_settings(text: &mut String, settings: &Settings) {
    let value = |settings: &Settings| serde_json::to_value(settings).expect("settings are plain data");
    let changed = differing(&value(settings), &value(&Settings::new(true)));
    if changed.as_object().is_some_and(|changed| !changed.is_empty()) {
        let table = serde_json::json!({ "settings": changed });
        let _ = write!(
            text,
            "\n{}",
            toml::to_string(&table).expect("settings are plain data")
        );
    }
}

fn differing(value: &serde_json::Value, usual: &serde_json::Value) -> serde_json::Value {
    let serde_json::Value::Object(members) = value else {
        return value.clone();
    };
    members
        .iter()
        .filter(|(key, member)| usual[key.as_str()] != **member)
        .map(|(key, member)| (key.clone(), differing(member, &usual[key.as_str()])))
        .collect()
}

fn write_defaults(text: &mut String, tx: &Transaction<'_>) -> rusqlite::Result<()> {
    let defaults = directory::defaults(tx)?;
    let user = match defaults.extension_id {
        Some(id) => directory::find_user_by_extension(tx, id)?,
        None => None,
    };
    text.push_str("\n[defaults]\n");
    line(text, "app", defaults.client_id);
    line(text, "public_app", defaults.public_client_id);
    // An e-mail address is one user's; an extension number may be one of each account.
    line(
        text,
        "user",
        user.map(|user| {
            if user.email.is_empty() {
                user.extension_number
            } else {
                user.email
            }
        }),
    );
    line(text, "from", defaults.from);
    line(text, "to", defaults.to);
    Ok(())
}

fn write_apps(text: &mut String, tx: &Transaction<'_>) -> rusqlite::Result<()> {
    for app in directory::list_apps(tx)? {
        text.push_str("\n[[apps]]\n");
        line(text, "client_id", Some(app.client_id.clone()));
        line(text, "client_secret", app.client_secret.clone());
        line(text, "public_key", app.public_key.clone());
        line(text, "name", Some(app.name.clone()));
        list(text, "grants", app.grants());
        list(text, "permissions", app.permissions());
        if !app.refresh_tokens {
            text.push_str("refresh_tokens = false\n");
        }
        let registered = directory::redirect_uris(tx, &app.client_id)?;
        list(text, "redirect_uris", registered.iter().map(String::as_str));
    }
    Ok(())
}

fn write_accounts(text: &mut String, tx: &Transaction<'_>) -> rusqlite::Result<()> {
    let mut accounts = tx.prepare(
        "SELECT a.*, (SELECT extension_number FROM extensions e WHERE e.id = a.operator_id) AS operator
         FROM accounts a ORDER BY a.id",
    )?;
    let mut rows = accounts.query([])?;
    while let Some(account) = rows.next()? {
        let id: i64 = account.get("id")?;
        let _ = writeln!(text, "\n[[accounts]]\nid = {id}");
        line(text, "company", account.get("company")?);
        line(text, "main_number", account.get("main_number")?);
        line(text, "operator", account.get("operator")?);
        line(text, "created", time(account, "created_ms")?);
        write_people(text, tx, id)?;
        write_numbers(text, tx, id)?;
    }
    Ok(())
}

fn write_people(text: &mut String, tx: &Transaction<'_>, account_id: i64) -> rusqlite::Result<()> {
    let mut people = tx.prepare(
        "SELECT e.*, c.password, coalesce(c.locked, 0) AS locked, c.mfa_code, f.failures, f.locked_until
         FROM extensions e LEFT JOIN credentials c ON c.extension_id = e.id
         LEFT JOIN login_failures f ON f.extension_id = e.id
         WHERE e.account_id = ?1 ORDER BY e.id",
    )?;
    let mut rows = people.query([account_id])?;
    while let Some(person) = rows.next()? {
        let extension: Option<String> = person.get("extension_number")?;
        let password: Option<String> = person.get("password")?;
        let is_user = password.is_some() && extension.is_some();
        text.push_str(if is_user {
            "\n[[accounts.users]]\n"
        } else {
            "\n[[accounts.extensions]]\n"
        });
        line(text, "extension", extension);
        let _ = writeln!(text, "id = {}", person.get::<_, i64>("id")?);
        if is_user {
            for key in ["first_name", "last_name"] {
                let name: Option<String> = person.get(key)?;
                line(text, key, Some(name.unwrap_or_default()));
            }
            line(text, "password", password);
            for key in ["email", "job_title", "department", "mobile_phone", "mfa_code"] {
                line(text, key, person.get(key)?);
            }
            let admin: bool = person.get("is_admin")?;
            flag(text, "admin", admin);
            flag(text, "locked", person.get("locked")?);
            if let Some(failures) = person.get::<_, Option<i64>>("failures")? {
                let _ = writeln!(text, "wrong_passwords = {failures}");
            }
            let until: Option<i64> = person.get("locked_until")?;
            line(
                text,
                "locked_until",
                until.map(|ms| clock::format(clock::at_ms(ms))),
            );
            let permissions: Option<String> = person.get("permissions")?;
            if let (Some(permissions), false) = (permissions, admin) {
                list(text, "permissions", permissions.split_whitespace());
            }
        } else {
            line(text, "name", person.get("name")?);
            line(text, "type", person.get("type")?);
        }
        line(text, "status", person.get("status")?);
        flag(text, "hidden", person.get("hidden")?);
        line(text, "created", time(person, "created_ms")?);
    }
    Ok(())
}

fn write_numbers(text: &mut String, tx: &Transaction<'_>, account_id: i64) -> rusqlite::Result<()> {
    let mut numbers = tx.prepare(
        "SELECT p.*, e.extension_number FROM phone_numbers p LEFT JOIN extensions e ON e.id = p.extension_id
         WHERE p.account_id = ?1 ORDER BY p.id",
    )?;
    let mut rows = numbers.query([account_id])?;
    while let Some(number) = rows.next()? {
        text.push_str("\n[[accounts.phone_numbers]]\n");
        line(text, "number", number.get("phone_number")?);
        let _ = writeln!(text, "id = {}", number.get::<_, i64>("id")?);
        line(text, "extension", number.get("extension_number")?);
        line(text, "usage", number.get("usage_type")?);
        line(text, "type", number.get("type")?);
        let features: String = number.get("features")?;
        list(text, "features", features.split_whitespace());
        line(text, "label", number.get("label")?);
        line(text, "location", number.get("location")?);
        flag(text, "primary", number.get("primary_number")?);
    }
    Ok(())
}

fn time(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<String>> {
    Ok(Some(clock::format(clock::at_ms(row.get(column)?))))
}

type Stored = BTreeMap<Vec<String>, Vec<Value>>;

/// What the state has and the file does not have yet.
fn write_rows(
    text: &mut String,
    state: &Transaction<'_>,
    planted: &Transaction<'_>,
    logins: bool,
) -> rusqlite::Result<()> {
    let mut begun = false;
    for table in rows::tables(state)? {
        if !logins && LOGINS.contains(&table.name.as_str()) {
            continue;
        }
        let known = stored(planted, &table)?;
        let mut lines = String::new();
        for (key, row) in stored(state, &table)? {
            if known.get(&key) == Some(&row) || (table.name == "meta" && !is_key(&row, logins)) {
                continue;
            }
            let cells: Vec<String> = table
                .columns
                .iter()
                .zip(&row)
                .filter_map(|(column, value)| Some(format!("{column} = {}", written(value)?)))
                .collect();
            let _ = writeln!(lines, "  {{ {} }},", cells.join(", "));
        }
        if !lines.is_empty() {
            if !begun {
                text.push_str("\n# Rows exactly as they are stored.\n[rows]\n");
                begun = true;
            }
            let _ = writeln!(text, "{} = [\n{lines}]", table.name);
        }
    }
    Ok(())
}

/// Of what the world itself keeps, only the keys that sign credentials and id tokens are no keys of the file.
fn is_key(row: &[Value], logins: bool) -> bool {
    let is = |name: &str| row.first() == Some(&Value::Text(name.to_owned()));
    logins && (is("signing_key") || is("id_token_key"))
}

/// All rows of a table, by their key; in the key's order, numbers by their size.
fn stored(tx: &Transaction<'_>, table: &Table) -> rusqlite::Result<Stored> {
    let key: Vec<usize> = table
        .key
        .iter()
        .filter_map(|name| table.columns.iter().position(|column| column == name))
        .collect();
    let columns: Vec<String> = table
        .columns
        .iter()
        .map(|column| format!("\"{column}\""))
        .collect();
    let sql = format!("SELECT {} FROM \"{}\"", columns.join(", "), table.name);
    let mut statement = tx.prepare(&sql)?;
    let mut rows = statement.query([])?;
    let mut all = Stored::new();
    while let Some(row) = rows.next()? {
        let values: Vec<Value> = (0..columns.len())
            .map(|at| row.get(at))
            .collect::<rusqlite::Result<_>>()?;
        let name = if key.is_empty() {
            // Rows without a key are told apart by their number.
            vec![format!("{:020}", all.len())]
        } else {
            key.iter()
                .map(|at| match &values[*at] {
                    Value::Integer(number) => format!("{number:020}"),
                    value => format!("{value:?}"),
                })
                .collect()
        };
        all.insert(name, values);
    }
    Ok(all)
}
