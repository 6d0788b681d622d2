//! What the keys of a seed file say about each other: references, numbers, times.

use std::collections::{BTreeMap, BTreeSet};

use super::SeedError;
use super::apps;
use super::file::{Account, App, File, Text, User};
use crate::clock;
use crate::directory::{APP_PERMISSIONS, USER_PERMISSIONS, e164};
use crate::request::parse_time;
use crate::settings::Settings;

/// The largest numbers that may be generated: beyond them the memory of most machines ends.
const MOST_GENERATED: i64 = 5_000_000;

const INBOUND: &[&str] = &[
    "Accepted",
    "Missed",
    "Voicemail",
    "Rejected",
    "Busy",
    "Hang Up",
    "Blocked",
    "Abandoned",
    "Received",
];
const OUTBOUND: &[&str] = &[
    "Call connected",
    "No Answer",
    "Busy",
    "Hang Up",
    "Rejected",
    "Wrong Number",
    "Call Failed",
    "Sent",
    "Send Error",
];

/// The first mistake, if there is one.
pub(super) fn check(file: &File, text: &str) -> Result<()> {
    let mut check = Check {
        text,
        numbers: BTreeSet::new(),
        ids: BTreeSet::new(),
        emails: BTreeSet::new(),
    };
    check.whole(file)
}

struct Check<'a> {
    text: &'a str,
    numbers: BTreeSet<String>,
    ids: BTreeSet<i64>,
    emails: BTreeSet<String>,
}

type Result<T> = std::result::Result<T, SeedError>;

impl Check<'_> {
    fn bad<T, V>(&self, key: &str, value: &toml::Spanned<V>, message: impl Into<String>) -> Result<T> {
        Err(SeedError::new(key, message).at(self.text, value.span().start))
    }

    fn whole(&mut self, file: &File) -> Result<()> {
        if let Some(version) = &file.version
            && *version.get_ref() != 1
        {
            return self.bad("version", version, "must be 1");
        }
        self.time("start", file.start.as_ref())?;
        self.settings(file)?;
        let mut clients = BTreeSet::new();
        for (at, app) in file.apps.iter().enumerate() {
            self.app(&format!("apps[{at}]"), app, &mut clients)?;
        }
        if file.apps.is_empty() {
            clients = apps::ids().map(str::to_owned).collect();
        }
        for (at, account) in file.accounts.iter().enumerate() {
            self.account(&format!("accounts[{at}]"), account)?;
        }
        for (key, app) in [
            ("defaults.app", &file.defaults.app),
            ("defaults.public_app", &file.defaults.public_app),
        ] {
            if let Some(app) = app
                && !clients.contains(app.get_ref())
            {
                let known: Vec<&str> = clients.iter().map(String::as_str).collect();
                return self.bad(key, app, format!("must be one of the apps: {}", known.join(", ")));
            }
        }
        for (key, number) in [
            ("defaults.from", &file.defaults.from),
            ("defaults.to", &file.defaults.to),
        ] {
            if let Some(number) = number {
                self.number(key, number)?;
            }
        }
        if let Some(user) = &file.defaults.user
            && !file.accounts.is_empty()
        {
            let mut users = file.accounts.iter().flat_map(|account| &account.users);
            if !users.any(|known| is_named(known, user.get_ref())) {
                let message = "must be a user's e-mail address or extension";
                return self.bad("defaults.user", user, message);
            }
        }
        Ok(())
    }

    fn settings(&self, file: &File) -> Result<()> {
        let Some(settings) = &file.settings else {
            return Ok(());
        };
        let refused = match serde_json::to_value(settings.get_ref()) {
            Ok(patch) => Settings::new(true).patched(&patch).err(),
            Err(_) => return self.bad("settings", settings, "must be a table of settings"),
        };
        let Some(refused) = refused else {
            return Ok(());
        };
        let mut message = refused.message;
        if !refused.allowed.is_empty() {
            message = format!("{message}: {}", refused.allowed.join(", "));
        }
        // The key itself, if it can be found below its table; else the table.
        let name = refused.field.rsplit('.').next().unwrap_or_default().to_owned();
        let begin = settings.span().start.min(self.text.len());
        let at = self.text[begin..]
            .find(&name)
            .map_or(begin, |found| begin + found);
        Err(SeedError::new(format!("settings.{}", refused.field), message).at(self.text, at))
    }

    fn app(&self, key: &str, app: &App, clients: &mut BTreeSet<String>) -> Result<()> {
        let id = &app.client_id;
        for (name, value) in [
            ("client_id", Some(id)),
            ("client_secret", app.client_secret.as_ref()),
        ] {
            if let Some(value) = value
                && !is_marked(value.get_ref())
            {
                return self.bad(
                    &format!("{key}.{name}"),
                    value,
                    "must begin with EMU- and hold letters, digits, dots, dashes and underscores, so that nobody takes it \
                     for one of the real platform",
                );
            }
        }
        if let Some(public) = &app.public_key
            && crate::oauth::der(public.get_ref()).is_none()
        {
            let message = "must be a public key in PEM: -----BEGIN PUBLIC KEY----- and so on";
            return self.bad(&format!("{key}.public_key"), public, message);
        }
        if !clients.insert(id.get_ref().clone()) {
            return self.bad(&format!("{key}.client_id"), id, "is that of another app, too");
        }
        for (at, permission) in app.permissions.iter().flatten().enumerate() {
            if !APP_PERMISSIONS.contains(&permission.get_ref().as_str()) {
                let message = format!("is not an app permission: one of {}", APP_PERMISSIONS.join(", "));
                return self.bad(&format!("{key}.permissions[{at}]"), permission, message);
            }
        }
        for (at, uri) in app.redirect_uris.iter().flatten().enumerate() {
            let good = url::Url::parse(uri.get_ref()).is_ok_and(|url| url.fragment().is_none());
            if !good {
                let message =
                    "must be an absolute address without #, such as http://localhost:5000/oauth2callback";
                return self.bad(&format!("{key}.redirect_uris[{at}]"), uri, message);
            }
        }
        Ok(())
    }

    fn account(&mut self, key: &str, account: &Account) -> Result<()> {
        self.own_number(&format!("{key}.main_number"), &account.main_number)?;
        self.id(&format!("{key}.id"), account.id.as_ref())?;
        self.time(&format!("{key}.created"), account.created.as_ref())?;
        let mut extensions: BTreeMap<String, bool> = BTreeMap::new();
        for (at, user) in account.users.iter().enumerate() {
            let key = format!("{key}.users[{at}]");
            self.extension(&key, &user.extension, &mut extensions, true)?;
            self.id(&format!("{key}.id"), user.id.as_ref())?;
            self.time(&format!("{key}.created"), user.created.as_ref())?;
            self.time(&format!("{key}.locked_until"), user.locked_until.as_ref())?;
            let wrong = user.wrong_passwords.as_ref();
            self.between(&format!("{key}.wrong_passwords"), wrong, 1, 1000)?;
            self.email(&format!("{key}.email"), user.email.as_ref())?;
            if let Some(number) = &user.number {
                self.own_number(&format!("{key}.number"), number)?;
            }
            if let Some(number) = &user.mobile_phone {
                self.number(&format!("{key}.mobile_phone"), number)?;
            }
            for (at, permission) in user.permissions.iter().flatten().enumerate() {
                let key = format!("{key}.permissions[{at}]");
                if user.admin {
                    return self.bad(&key, permission, "is not needed: an admin has every permission");
                }
                if !USER_PERMISSIONS.iter().any(|known| known == permission.get_ref()) {
                    let message = format!("is not a user permission: one of {}", USER_PERMISSIONS.join(", "));
                    return self.bad(&key, permission, message);
                }
            }
        }
        for (at, other) in account.extensions.iter().enumerate() {
            let key = format!("{key}.extensions[{at}]");
            if let Some(extension) = &other.extension {
                self.extension(&key, extension, &mut extensions, false)?;
            }
            self.id(&format!("{key}.id"), other.id.as_ref())?;
            self.time(&format!("{key}.created"), other.created.as_ref())?;
            if let Some(number) = &other.number {
                self.own_number(&format!("{key}.number"), number)?;
            }
        }
        for (at, number) in account.phone_numbers.iter().enumerate() {
            let key = format!("{key}.phone_numbers[{at}]");
            if e164(number.number.get_ref()) != e164(account.main_number.get_ref()) {
                self.own_number(&format!("{key}.number"), &number.number)?;
            }
            self.id(&format!("{key}.id"), number.id.as_ref())?;
            if let Some(owner) = &number.extension {
                self.known(&format!("{key}.extension"), owner, &extensions)?;
            }
        }
        if let Some(operator) = &account.operator {
            self.known(&format!("{key}.operator"), operator, &extensions)?;
        }
        self.activity(key, account, &extensions)
    }

    fn activity(&self, key: &str, account: &Account, extensions: &BTreeMap<String, bool>) -> Result<()> {
        for (at, call) in account.calls.iter().enumerate() {
            let key = format!("{key}.calls[{at}]");
            self.known(&format!("{key}.owner"), &call.owner, extensions)?;
            self.party(&format!("{key}.other"), call.other.as_ref(), extensions)?;
            self.moment(&key, call.at.as_ref(), call.ago.as_ref())?;
            self.between(&format!("{key}.duration"), call.duration.as_ref(), 0, 86_400)?;
            self.between(&format!("{key}.pages"), call.pages.as_ref(), 1, 200)?;
            let allowed = match call.direction {
                super::file::Direction::Inbound => INBOUND,
                super::file::Direction::Outbound => OUTBOUND,
            };
            if let Some(result) = &call.result
                && !allowed.contains(&result.get_ref().as_str())
            {
                let message = format!("is not a result of this direction: one of {}", allowed.join(", "));
                return self.bad(&format!("{key}.result"), result, message);
            }
        }
        for (at, message) in account.messages.iter().enumerate() {
            let key = format!("{key}.messages[{at}]");
            self.known(&format!("{key}.owner"), &message.owner, extensions)?;
            self.party(&format!("{key}.other"), message.other.as_ref(), extensions)?;
            self.moment(&key, message.at.as_ref(), message.ago.as_ref())?;
            self.between(&format!("{key}.duration"), message.duration.as_ref(), 1, 600)?;
            self.between(&format!("{key}.pages"), message.pages.as_ref(), 1, 200)?;
            let needs_text = matches!(
                message.kind,
                super::file::MessageKind::Sms | super::file::MessageKind::Pager
            );
            if needs_text && message.text.is_none() {
                let text = "is missing: an SMS or a pager message says something";
                return self.bad(&format!("{key}.text"), &message.owner, text);
            }
        }
        let Some(generate) = &account.generate else {
            return Ok(());
        };
        let key = format!("{key}.generate");
        self.between(
            &format!("{key}.calls"),
            generate.calls.as_ref(),
            0,
            MOST_GENERATED,
        )?;
        self.between(
            &format!("{key}.messages"),
            generate.messages.as_ref(),
            0,
            MOST_GENERATED,
        )?;
        self.between(&format!("{key}.days"), generate.days.as_ref(), 1, 3650)?;
        let wanted = [&generate.calls, &generate.messages];
        if account.users.is_empty()
            && let Some(count) = wanted.into_iter().flatten().next()
        {
            return self.bad(&key, count, "needs users whose calls and messages they can be");
        }
        Ok(())
    }

    fn number(&self, key: &str, number: &Text) -> Result<String> {
        match e164(number.get_ref()) {
            Some(number) => Ok(number),
            None => self.bad(key, number, "must be a phone number such as +16505550100"),
        }
    }

    fn own_number(&mut self, key: &str, number: &Text) -> Result<()> {
        let plain = self.number(key, number)?;
        if self.numbers.insert(plain) {
            Ok(())
        } else {
            self.bad(key, number, "is in use twice: a phone number leads to one place")
        }
    }

    fn id(&mut self, key: &str, id: Option<&toml::Spanned<i64>>) -> Result<()> {
        let Some(id) = id else { return Ok(()) };
        if *id.get_ref() < 1 {
            return self.bad(key, id, "must be a whole number from 1 up");
        }
        if self.ids.insert(*id.get_ref()) {
            Ok(())
        } else {
            self.bad(key, id, "is in use twice: ids differ in the whole file")
        }
    }

    fn email(&mut self, key: &str, email: Option<&Text>) -> Result<()> {
        let Some(email) = email else { return Ok(()) };
        if !email.get_ref().contains('@') {
            return self.bad(key, email, "must be an e-mail address such as ada@example.com");
        }
        if self.emails.insert(email.get_ref().to_lowercase()) {
            Ok(())
        } else {
            self.bad(key, email, "is that of another user, too: people log in by it")
        }
    }

    fn extension(
        &self,
        key: &str,
        extension: &Text,
        known: &mut BTreeMap<String, bool>,
        is_user: bool,
    ) -> Result<()> {
        let key = format!("{key}.extension");
        let number = extension.get_ref();
        if number.is_empty() || number.len() > 8 || !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return self.bad(&key, extension, "must be one to eight digits in quotes");
        }
        match known.insert(number.clone(), is_user) {
            None => Ok(()),
            Some(_) => self.bad(&key, extension, "is in use twice in this account"),
        }
    }

    fn known(&self, key: &str, extension: &Text, known: &BTreeMap<String, bool>) -> Result<()> {
        if known.contains_key(extension.get_ref()) {
            return Ok(());
        }
        let names: Vec<&str> = known.keys().map(String::as_str).collect();
        let message = format!(
            "must be an extension of this account: one of {}",
            names.join(", ")
        );
        self.bad(key, extension, message)
    }

    fn party(&self, key: &str, other: Option<&Text>, known: &BTreeMap<String, bool>) -> Result<()> {
        match other {
            Some(other) if !known.contains_key(other.get_ref()) && e164(other.get_ref()).is_none() => {
                let message = "must be a phone number such as +12125550147, or an extension of this account";
                self.bad(key, other, message)
            }
            _ => Ok(()),
        }
    }

    fn moment(&self, key: &str, at: Option<&Text>, ago: Option<&Text>) -> Result<()> {
        self.time(&format!("{key}.at"), at)?;
        match (at, ago) {
            (Some(_), Some(ago)) => self.bad(
                &format!("{key}.ago"),
                ago,
                "cannot stand beside at: one of them says when",
            ),
            (_, Some(ago)) if crate::control::duration("ago", ago.get_ref()).is_err() => self.bad(
                &format!("{key}.ago"),
                ago,
                "must be a duration such as 90s, 61m, 1h30m or 7d",
            ),
            _ => Ok(()),
        }
    }

    fn time(&self, key: &str, time: Option<&Text>) -> Result<()> {
        match time {
            Some(time) if parse_time(time.get_ref()).is_none() => self.bad(
                key,
                time,
                "must be a time in quotes such as \"2026-12-01T09:00:00Z\"",
            ),
            Some(time) if !parse_time(time.get_ref()).is_some_and(clock::is_within) => {
                self.bad(key, time, "must be a time from the year 1 to the year 8999")
            }
            _ => Ok(()),
        }
    }

    fn between(&self, key: &str, number: Option<&toml::Spanned<i64>>, low: i64, high: i64) -> Result<()> {
        match number {
            Some(number) if !(low..=high).contains(number.get_ref()) => {
                self.bad(key, number, format!("must be a number from {low} to {high}"))
            }
            _ => Ok(()),
        }
    }
}

/// Whether a user is the one that the defaults name.
fn is_named(user: &User, name: &str) -> bool {
    user.extension.get_ref() == name
        || user
            .email
            .as_ref()
            .is_some_and(|email| email.get_ref().eq_ignore_ascii_case(name))
}

fn is_marked(text: &str) -> bool {
    text.len() > 4
        && text.starts_with("EMU-")
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-._".contains(c))
}
