//! Where each setting came from, and names that look like settings and are none.

use serde_json::json;

use super::report::Check;
use crate::context::Context;
use crate::settings::{
    ConfigFile, DEFAULT_PROFILE, Names, Origin, Setting, env_file_names, shown_server, variable,
};

/// What `emulate --env-file` writes for other programs; this one does not read them.
const FOR_OTHERS: [&str; 3] = ["RC_EMULATOR_CONTROL_TOKEN", "RC_PUBLIC_CLIENT_ID", "RC_TO"];

pub(super) fn sources(context: &Context<'_>, profile_was_named: bool) -> Check {
    let settings = &context.settings;
    let name = settings.profile.as_str();
    let mut rows = vec![row(
        "server",
        shown_server(&settings.server.value),
        &settings.server.origin,
    )];
    rows.extend(
        settings
            .client_id
            .as_ref()
            .map(|id| row("app", &id.value, &id.origin)),
    );
    rows.extend(settings.client_secret.as_ref().map(|it| set("secret", it)));
    rows.extend(
        settings
            .redirect_url
            .as_ref()
            .map(|it| row("redirect URI", &it.value, &it.origin)),
    );
    rows.extend(settings.username.as_ref().map(|it| set("user name", it)));
    rows.extend(settings.password.as_ref().map(|it| set("password", it)));
    rows.extend(settings.jwt.as_ref().map(|it| set("JWT credential", it)));
    let env_file = &settings.env_file;
    let looked = if env_file.exists { "read" } else { "not there" };
    let summary = format!(
        "profile \"{name}\", env file {} {looked}",
        env_file.path.display()
    );
    let facts = |check: Check| {
        check
            .details(rows.clone())
            .fact("profile", name)
            .fact("env_file", json!(env_file.exists.then_some(&env_file.path)))
    };
    if let Err(failure) = context.client_id() {
        return facts(Check::failed("settings", &failure));
    }
    let known = profile_is_known(context);
    if profile_was_named && name != DEFAULT_PROFILE && !known {
        return facts(Check::warn(
            "settings",
            format!("profile \"{name}\" is not in config.toml and has no login yet"),
        ))
        .next("ringcentral profile list   (shows which there are)");
    }
    facts(Check::ok("settings", summary))
}

fn row(name: &str, value: &str, origin: &Origin) -> String {
    format!("{name}: {value} ({origin})")
}

/// For what is secret or personal.
fn set<T>(name: &str, setting: &Setting<T>) -> String {
    row(name, "set", &setting.origin)
}

fn profile_is_known(context: &Context<'_>) -> bool {
    let settings = &context.settings;
    let listed = ConfigFile::read(&settings.directories.config)
        .is_ok_and(|config| config.profiles.contains_key(&settings.profile));
    let logins = settings.directories.logins().join(settings.profile.as_str());
    listed || logins.is_dir()
}

pub(super) fn variables(context: &Context<'_>, names: Names<'_>) -> Check {
    let env_file = &context.settings.env_file;
    let in_file = if env_file.exists {
        env_file_names(&env_file.path)
    } else {
        Vec::new()
    };
    let places = in_file
        .into_iter()
        .map(|(name, line)| (name, format!("{}, line {line}", env_file.path.display()), true))
        .chain(
            names()
                .into_iter()
                .map(|name| (name, "the environment".to_owned(), false)),
        );
    let mut found: Vec<String> = places
        .filter_map(|(name, place, in_file)| {
            wrong(&name, in_file).map(|why| format!("{name} in {place}: {why}"))
        })
        .collect();
    found.sort();
    match found.len() {
        0 => Check::ok("variables", "every RC_ and RINGCENTRAL_ name is a setting"),
        _ => Check::warn("variables", "some names look like settings and do nothing")
            .details(found)
            .next("ringcentral docs environment   (lists all that there are)"),
    }
}

/// Why a name that looks like a setting does nothing.
fn wrong(name: &str, in_file: bool) -> Option<String> {
    let ours = name.starts_with("RC_") || name.starts_with("RINGCENTRAL_");
    if !ours || FOR_OTHERS.contains(&name) {
        return None;
    }
    let known = variable::ALL
        .iter()
        .find(|known| known.names().any(|known| known == name));
    match known {
        Some(known) if in_file && !known.in_env_file => {
            Some("this one is read from the process's environment only".to_owned())
        }
        Some(_) => None,
        None => Some(match nearest(name) {
            Some(nearest) => format!("not a setting; did you mean {nearest}?"),
            None => "not a setting".to_owned(),
        }),
    }
}

fn nearest(name: &str) -> Option<&'static str> {
    let known = variable::ALL.iter().flat_map(|known| known.names());
    let (distance, nearest) = known.map(|known| (distance(name, known), known)).min()?;
    (distance <= 3).then_some(nearest)
}

/// How many letters have to be put in, taken out or changed (Levenshtein).
fn distance(from: &str, to: &str) -> usize {
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (taken, a) in from.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = taken + 1;
        for (put, b) in to.bytes().enumerate() {
            let changed = diagonal + usize::from(a != b);
            diagonal = row[put + 1];
            row[put + 1] = changed.min(row[put] + 1).min(diagonal + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_do_nothing() {
        for (name, in_file, says) in [
            ("RC_CLIENT_ID", true, None),
            ("RC_APP_CLIENT_ID", true, None),
            ("RC_TO", true, None),
            ("RINGCENTRAL_PROFILE", false, None),
            ("RINGCENTRAL_PROFILE", true, Some("environment only")),
            ("RC_CLIENTID", true, Some("did you mean RC_CLIENT_ID?")),
            ("RC_CLIENT_SECERT", false, Some("did you mean RC_CLIENT_SECRET?")),
            ("RC_SERVER", false, Some("not a setting")),
            ("PATH", false, None),
            ("SMTP_PASSWORD", true, None),
        ] {
            let found = wrong(name, in_file);
            match says {
                None => assert_eq!(found, None, "{name}"),
                Some(words) => assert!(
                    found.as_ref().is_some_and(|found| found.contains(words)),
                    "{name}: {found:?}"
                ),
            }
        }
    }

    #[test]
    fn the_distance_counts_letters() {
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("abc", "abc"), 0);
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
