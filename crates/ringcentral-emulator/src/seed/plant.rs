//! Puts a checked seed file into an empty database: settings, apps, accounts, people, numbers, then what they did.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use rusqlite::params;
use serde_json::json;

use super::file::{Account, App, Feature, File, NumberKind, Other, PhoneNumber, Status, Text, Usage, User};
use super::{SeedError, activity, apps, bulk, company, defaults, rng::Rng, rows, story};
use crate::db::Transaction;
use crate::db::write_meta;
use crate::directory::{self, APP_PERMISSIONS, e164};
use crate::request::parse_time;
use crate::settings::Settings;

/// What users' numbers can do unless the file says otherwise.
const FEATURES: &[Feature] = &[Feature::CallerId, Feature::SmsSender, Feature::MmsSender];

/// Fills an empty database.
pub(super) fn plant(
    tx: &Transaction<'_>,
    file: &File,
    now: Timestamp,
    redirect_uris: &[String],
) -> Result<(), SeedError> {
    keep_start(tx, file, now)?;
    if file.apps.is_empty() {
        apps::fill(tx, redirect_uris)?;
    }
    for app in &file.apps {
        plant_app(tx, app, redirect_uris)?;
    }
    let mut ids = Ids::new(file);
    if file.accounts.is_empty() {
        company::fill(tx, now)?;
        activity::fill(tx, &mut Rng::new(1), now)?;
    }
    for (position, account) in (0_i64..).zip(&file.accounts) {
        plant_account(tx, account, position, now, &mut ids)?;
    }
    for account in &file.accounts {
        story::tell(tx, account, now)?;
        if let Some(generate) = &account.generate {
            bulk::generate(tx, account, generate, now)?;
        }
    }
    defaults::keep(tx, &defaults::of(tx, file)?)?;
    rows::plant(tx, &file.rows)
}

fn keep_start(tx: &Transaction<'_>, file: &File, now: Timestamp) -> rusqlite::Result<()> {
    if file.start.is_some() || file.frozen {
        let start = json!({ "ms": now.as_millisecond(), "frozen": file.frozen });
        write_meta(tx, "start", &start.to_string())?;
    }
    let patch = file
        .settings
        .as_ref()
        .and_then(|settings| serde_json::to_value(settings.get_ref()).ok());
    if let Some(settings) = patch.and_then(|patch| Settings::new(true).patched(&patch).ok()) {
        let text = serde_json::to_string(&settings).expect("settings are plain data");
        write_meta(tx, "settings", &text)?;
    }
    Ok(())
}

fn plant_app(tx: &Transaction<'_>, app: &App, redirect_uris: &[String]) -> rusqlite::Result<()> {
    let id = app.client_id.get_ref();
    let grants = match &app.grants {
        Some(grants) => grants
            .iter()
            .map(|grant| grant.text())
            .collect::<Vec<_>>()
            .join(" "),
        None if app.client_secret.is_some() || app.public_key.is_some() => apps::ALL_GRANTS.to_owned(),
        None => apps::PUBLIC_GRANTS.to_owned(),
    };
    let permissions = match &app.permissions {
        Some(permissions) => permissions
            .iter()
            .map(|name| name.get_ref().as_str())
            .collect::<Vec<_>>()
            .join(" "),
        None => APP_PERMISSIONS.join(" "),
    };
    tx.prepare_cached(
        "INSERT INTO apps (client_id, client_secret, public_key, name, grants, permissions, refresh_tokens)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute(params![
        id,
        text(app.client_secret.as_ref()),
        text(app.public_key.as_ref()),
        app.name.as_ref().unwrap_or(id),
        grants,
        permissions,
        app.refresh_tokens
    ])?;
    let own: Vec<&str> = match &app.redirect_uris {
        Some(uris) => uris.iter().map(|uri| uri.get_ref().as_str()).collect(),
        None => apps::REDIRECT_URIS.to_vec(),
    };
    for uri in own.into_iter().chain(redirect_uris.iter().map(String::as_str)) {
        directory::add_redirect_uri(tx, id, uri)?;
    }
    Ok(())
}

/// Hands out ids that the file does not name, the same for the same file.
struct Ids {
    taken: BTreeSet<i64>,
    next_number: i64,
}

impl Ids {
    fn new(file: &File) -> Self {
        let mut taken = BTreeSet::new();
        for account in &file.accounts {
            let users = account.users.iter().map(|user| &user.id);
            let others = account.extensions.iter().map(|other| &other.id);
            let numbers = account.phone_numbers.iter().map(|number| &number.id);
            let all = users
                .chain(others)
                .chain(numbers)
                .chain(std::iter::once(&account.id));
            taken.extend(all.flatten().map(|id| *id.get_ref()));
        }
        Self {
            taken,
            next_number: 820_000_000,
        }
    }

    /// The id that is wanted, or the first one from `from` up that nobody has.
    fn take(&mut self, wanted: Option<&toml::Spanned<i64>>, from: i64) -> i64 {
        if let Some(id) = wanted {
            return *id.get_ref();
        }
        let mut id = from;
        while !self.taken.insert(id) {
            id += 1;
        }
        id
    }

    fn number(&mut self, wanted: Option<&toml::Spanned<i64>>) -> i64 {
        if wanted.is_none() {
            self.next_number += 1;
        }
        self.take(wanted, self.next_number)
    }
}

/// An account under construction.
struct Site<'a> {
    tx: &'a Transaction<'a>,
    account_id: i64,
    /// Ids of the account begin here.
    base: i64,
    created_ms: i64,
    location: Option<&'a str>,
}

fn plant_account(
    tx: &Transaction<'_>,
    account: &Account,
    position: i64,
    now: Timestamp,
    ids: &mut Ids,
) -> rusqlite::Result<()> {
    let base = 810_000_000 + position * 100_000_000;
    let founded = now - SignedDuration::from_hours(400 * 24);
    let site = Site {
        tx,
        account_id: ids.take(account.id.as_ref(), base + 1),
        base,
        created_ms: time_ms(account.created.as_ref()).unwrap_or(founded.as_millisecond()),
        location: account.location.as_deref(),
    };
    let main = plain(&account.main_number);
    tx.execute(
        "INSERT INTO accounts (id, company, main_number, operator_id, created_ms) VALUES (?1, ?2, ?3, 0, ?4)",
        params![site.account_id, account.company, main, site.created_ms],
    )?;
    for user in &account.users {
        site.user(user, ids)?;
    }
    for other in &account.extensions {
        site.other(other, ids)?;
    }
    if account
        .phone_numbers
        .iter()
        .all(|number| plain(&number.number) != main)
    {
        let id = ids.number(None);
        site.number(
            id,
            None,
            &main,
            &Line::of(Usage::MainCompany, &[Feature::CallerId]),
        )?;
    }
    for user in &account.users {
        if let Some(number) = &user.number {
            let owner = site.extension_id(user.extension.get_ref())?;
            let id = ids.number(None);
            site.number(id, owner, &plain(number), &Line::of(Usage::Direct, FEATURES))?;
        }
    }
    for other in &account.extensions {
        if let (Some(number), Some(extension)) = (&other.number, &other.extension) {
            let owner = site.extension_id(extension.get_ref())?;
            let id = ids.number(None);
            let line = Line::of(Usage::Direct, &[Feature::CallerId]);
            site.number(id, owner, &plain(number), &line)?;
        }
    }
    for number in &account.phone_numbers {
        site.listed(number, ids)?;
    }
    let operator = account
        .operator
        .as_ref()
        .or(account.users.first().map(|user| &user.extension));
    if let Some(operator) = operator {
        let operator = site.extension_id(operator.get_ref())?;
        tx.execute(
            "UPDATE accounts SET operator_id = ?2 WHERE id = ?1",
            params![site.account_id, operator.unwrap_or_default()],
        )?;
    }
    Ok(())
}

/// What a phone number is for.
struct Line<'a> {
    usage: Usage,
    kind: NumberKind,
    features: &'a [Feature],
    label: Option<&'a str>,
    location: Option<&'a str>,
    primary: bool,
}

impl<'a> Line<'a> {
    fn of(usage: Usage, features: &'a [Feature]) -> Self {
        Self {
            usage,
            kind: NumberKind::VoiceFax,
            features,
            label: None,
            location: None,
            primary: true,
        }
    }
}

impl Site<'_> {
    fn extension_id(&self, number: &str) -> rusqlite::Result<Option<i64>> {
        extension_id(self.tx, self.account_id, number)
    }

    fn user(&self, user: &User, ids: &mut Ids) -> rusqlite::Result<()> {
        let number = user.extension.get_ref();
        let id = ids.take(
            user.id.as_ref(),
            self.base + number.parse::<i64>().unwrap_or(0).min(999_999),
        );
        let permissions = user.permissions.as_ref().map(|names| {
            let names: Vec<&str> = names.iter().map(|name| name.get_ref().as_str()).collect();
            names.join(" ")
        });
        self.tx
            .prepare_cached(
                "INSERT INTO extensions (id, account_id, extension_number, type, status, name, first_name, last_name,
                    email, job_title, department, mobile_phone, is_admin, permissions, hidden, setup_state, created_ms)
                 VALUES (?1, ?2, ?3, 'User', ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
            )?
            .execute(params![
                id,
                self.account_id,
                number,
                user.status.text(),
                format!("{} {}", user.first_name, user.last_name).trim(),
                user.first_name,
                user.last_name,
                text(user.email.as_ref()),
                user.job_title,
                user.department,
                user.mobile_phone.as_ref().map(plain),
                user.admin,
                permissions,
                user.hidden,
                setup_state(user.status),
                time_ms(user.created.as_ref()).unwrap_or(self.created_ms),
            ])?;
        self.tx
            .prepare_cached(
                "INSERT INTO credentials (extension_id, password, locked, mfa_code) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![id, user.password, user.locked, user.mfa_code])?;
        self.failures(id, user)
    }

    /// Wrong passwords in a row, and until when they keep the user out.
    fn failures(&self, id: i64, user: &User) -> rusqlite::Result<()> {
        let until = time_ms(user.locked_until.as_ref());
        let enough = until.map(|_| Settings::new(true).lockout_attempts);
        if let Some(count) = user
            .wrong_passwords
            .as_ref()
            .map(|count| *count.get_ref())
            .or(enough)
        {
            self.tx
                .prepare_cached(
                    "INSERT INTO login_failures (extension_id, failures, locked_until) VALUES (?1, ?2, ?3)",
                )?
                .execute(params![id, count, until])?;
        }
        Ok(())
    }

    fn other(&self, other: &Other, ids: &mut Ids) -> rusqlite::Result<()> {
        let number = text(other.extension.as_ref());
        let from = number.and_then(|number| number.parse::<i64>().ok());
        let id = ids.take(
            other.id.as_ref(),
            self.base + from.map_or(1_000_000, |number| number.min(999_999)),
        );
        self.tx
            .prepare_cached(
                "INSERT INTO extensions (id, account_id, extension_number, type, status, name, hidden, setup_state,
                    created_ms)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            )?
            .execute(params![
                id,
                self.account_id,
                number,
                other.kind.text(),
                other.status.text(),
                other.name,
                other.hidden,
                setup_state(other.status),
                time_ms(other.created.as_ref()).unwrap_or(self.created_ms),
            ])?;
        Ok(())
    }

    fn listed(&self, number: &PhoneNumber, ids: &mut Ids) -> rusqlite::Result<()> {
        let owner = match &number.extension {
            Some(extension) => self.extension_id(extension.get_ref())?,
            None => None,
        };
        let usage = match (number.usage, owner) {
            (Some(usage), _) => usage,
            (None, Some(_)) => Usage::Direct,
            (None, None) => Usage::Company,
        };
        let usual = if owner.is_some() && number.kind != NumberKind::FaxOnly {
            FEATURES
        } else {
            &[Feature::CallerId]
        };
        let line = Line {
            usage,
            kind: number.kind,
            features: number.features.as_deref().unwrap_or(usual),
            label: number.label.as_deref(),
            location: number.location.as_deref(),
            primary: number.primary,
        };
        let id = ids.number(number.id.as_ref());
        self.number(id, owner, &plain(&number.number), &line)
    }

    fn number(&self, id: i64, owner: Option<i64>, number: &str, line: &Line<'_>) -> rusqlite::Result<()> {
        let features: Vec<&str> = line.features.iter().map(|feature| feature.text()).collect();
        self.tx
            .prepare_cached(
                "INSERT INTO phone_numbers (id, account_id, extension_id, phone_number, usage_type, type, payment_type,
                    status, features, label, location, primary_number)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'Local', 'Normal', ?7, ?8, ?9, ?10)",
            )?
            .execute(params![
                id,
                self.account_id,
                owner,
                number,
                line.usage.text(),
                line.kind.text(),
                features.join(" "),
                line.label,
                line.location.or(self.location),
                line.primary,
            ])?;
        Ok(())
    }
}

/// The id of an extension of an account, by its number.
pub(super) fn extension_id(
    tx: &Transaction<'_>,
    account_id: i64,
    number: &str,
) -> rusqlite::Result<Option<i64>> {
    use rusqlite::OptionalExtension as _;
    tx.prepare_cached("SELECT id FROM extensions WHERE account_id = ?1 AND extension_number = ?2")?
        .query_row(params![account_id, number], |row| row.get(0))
        .optional()
}

/// The number as it is stored; checked before.
pub(super) fn plain(number: &Text) -> String {
    e164(number.get_ref()).unwrap_or_else(|| number.get_ref().clone())
}

pub(super) fn text(text: Option<&Text>) -> Option<&str> {
    text.map(|text| text.get_ref().as_str())
}

fn time_ms(time: Option<&Text>) -> Option<i64> {
    Some(parse_time(time?.get_ref())?.as_millisecond())
}

fn setup_state(status: Status) -> &'static str {
    if status == Status::NotActivated {
        "NotStarted"
    } else {
        "Completed"
    }
}
