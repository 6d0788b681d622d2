//! `profile list`, `show`, `add` and `remove`.

use std::collections::BTreeSet;
use std::io;

use ringcentral::TokenStore as _;
use serde_json::json;

use crate::args::{Global, ProfileAddArgs, ProfileCommand};
use crate::failure::{Exit, Failure};
use crate::logins::{self, LoginSlot};
use crate::output::Output;
use crate::settings::{
    self, ConfigFile, DEFAULT_PROFILE, Directories, Lookup, PROFILE_KEYS, Profile, ProfileName, shown_server,
};

pub(super) async fn run(
    command: &ProfileCommand,
    global: &Global,
    output: &Output,
    environment: Lookup<'_>,
) -> Result<Exit, Failure> {
    let directories = settings::directories(environment)?;
    let config = ConfigFile::read(&directories.config)?;
    let profiles = Profiles {
        config,
        directories,
        output,
    };
    match command {
        ProfileCommand::List => profiles.list().await?,
        ProfileCommand::Show(args) => profiles.show(&parse(&args.name)?).await?,
        ProfileCommand::Add(args) => profiles.add(args, global)?,
        ProfileCommand::Remove(args) => profiles.remove(&parse(&args.name)?).await?,
    }
    Ok(Exit::Done)
}

fn parse(name: &str) -> Result<ProfileName, Failure> {
    ProfileName::parse(name).ok_or_else(|| {
        Failure::usage("this cannot be a profile's name")
            .advise("use letters, digits, `-`, `_` and `.`, at most 64")
    })
}

struct Profiles<'a> {
    config: ConfigFile,
    directories: Directories,
    output: &'a Output,
}

/// A login file of a profile, and whether there is a login in it.
struct Login {
    slot: LoginSlot,
    state: &'static str,
}

impl Profiles<'_> {
    async fn list(&self) -> Result<(), Failure> {
        let mut names: BTreeSet<ProfileName> = self.config.profiles.keys().cloned().collect();
        names.extend(logins::profiles(&self.directories).map_err(|error| self.unreadable(&error))?);
        let mut rows = Vec::new();
        for name in names {
            let logins = self.logins(&name).await?;
            let server = self
                .config
                .profiles
                .get(&name)
                .and_then(|profile| profile.get("server").cloned());
            let servers: Vec<_> = logins
                .iter()
                .filter(|login| login.state == "logged in")
                .map(|login| shown_server(&login.slot.server).to_owned())
                .collect();
            rows.push((name, server, servers));
        }
        if self.output.is_json() {
            let rows: Vec<_> = rows
                .iter()
                .map(|(name, server, logins)| {
                    json!({ "name": name.as_str(), "server": server, "logged_in_to": logins, "is_default": self.is_default(name) })
                })
                .collect();
            return self.output.json(&rows);
        }
        let rows = rows
            .into_iter()
            .map(|(name, server, logins)| {
                let mark = if self.is_default(&name) { "*" } else { "" };
                let state = if logins.is_empty() {
                    "-".to_owned()
                } else {
                    logins.join(", ")
                };
                vec![
                    mark.to_owned(),
                    name.as_str().to_owned(),
                    server.unwrap_or_else(|| "-".to_owned()),
                    state,
                ]
            })
            .collect();
        self.output.table(
            &["", "PROFILE", "SERVER", "LOGGED IN TO"],
            rows,
            "There are no profiles yet",
        )
    }

    async fn show(&self, name: &ProfileName) -> Result<(), Failure> {
        let logins = self.logins(name).await?;
        let profile = self.config.profiles.get(name);
        if profile.is_none() && logins.is_empty() {
            return Err(unknown(name));
        }
        if self.output.is_json() {
            let logins: Vec<_> = logins
                .iter()
                .map(|login| {
                    json!({
                        "server": shown_server(&login.slot.server),
                        "client_id": login.slot.client_id,
                        "state": login.state,
                        "stored": login.slot.path(&self.directories),
                    })
                })
                .collect();
            return self
                .output
                .json(&json!({ "name": name.as_str(), "settings": profile, "logins": logins }));
        }
        self.output.field("profile", name.as_str())?;
        for (key, value) in profile.into_iter().flatten() {
            self.output.field(key, value)?;
        }
        for login in logins {
            let server = shown_server(&login.slot.server);
            let path = login.slot.path(&self.directories);
            self.output.field(
                "login",
                &format!("{}: {server}, app {}", login.state, login.slot.client_id),
            )?;
            self.output.field("stored", &path.display().to_string())?;
        }
        Ok(())
    }

    fn add(&self, args: &ProfileAddArgs, global: &Global) -> Result<(), Failure> {
        let name = parse(&args.name)?;
        if self.config.profiles.contains_key(&name) {
            return Err(
                Failure::usage(format!("profile \"{}\" is there already", name.as_str()))
                    .because(format!("it is in {}", self.config.path().display()))
                    .advise("change it there, or remove it first"),
            );
        }
        let mut profile: Profile = args.set.iter().cloned().collect();
        let flags = [("server", &global.server), ("client_id", &global.client_id)];
        profile.extend(
            flags
                .into_iter()
                .filter_map(|(key, value)| Some((key.to_owned(), value.clone()?))),
        );
        if let Some(key) = profile
            .keys()
            .find(|key| !PROFILE_KEYS.iter().any(|(known, _)| known == key))
        {
            let keys: Vec<_> = PROFILE_KEYS.iter().map(|(key, _)| *key).collect();
            return Err(Failure::usage(format!("`{key}` is not a setting of a profile"))
                .advise(format!("the settings are {}", keys.join(", "))));
        }
        self.config.add(&name, &profile)?;
        self.output.note(format!(
            "Added profile \"{}\" to {}",
            name.as_str(),
            self.config.path().display()
        ));
        Ok(())
    }

    async fn remove(&self, name: &ProfileName) -> Result<(), Failure> {
        let logins = self.logins(name).await?;
        let listed = self.config.profiles.contains_key(name);
        if !listed && logins.is_empty() {
            return Err(unknown(name));
        }
        if logins.iter().any(|login| login.state == "logged in") {
            return Err(
                Failure::usage(format!("profile \"{}\" is logged in", name.as_str()))
                    .because("a login that is only deleted would stay valid on the platform")
                    .advise(format!("ringcentral logout --profile {}", name.as_str())),
            );
        }
        let directory = self.directories.logins().join(name.as_str());
        match std::fs::remove_dir_all(&directory) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(self.unreadable(&error)),
            _ => {}
        }
        if listed && !self.config.remove(name)? {
            let path = self.config.path().display();
            return Err(Failure::configuration(format!(
                "profile \"{}\" is written in a way of its own",
                name.as_str()
            ))
            .advise(format!("take it out of {path} by hand")));
        }
        self.output.note(format!("Removed profile \"{}\"", name.as_str()));
        Ok(())
    }

    async fn logins(&self, name: &ProfileName) -> Result<Vec<Login>, Failure> {
        let slots = LoginSlot::all_of(name, &self.directories).map_err(|error| self.unreadable(&error))?;
        let mut logins = Vec::new();
        for slot in slots {
            let state = match slot.store(&self.directories).load().await {
                Ok(Some(_)) => "logged in",
                Ok(None) => "logged out",
                Err(_) => "unreadable",
            };
            logins.push(Login { slot, state });
        }
        Ok(logins)
    }

    fn is_default(&self, name: &ProfileName) -> bool {
        self.config
            .default_profile
            .as_ref()
            .map_or(DEFAULT_PROFILE, ProfileName::as_str)
            == name.as_str()
    }

    fn unreadable(&self, error: &io::Error) -> Failure {
        Failure::configuration(format!("{} cannot be used", self.directories.logins().display()))
            .caused_by(error)
    }
}

fn unknown(name: &ProfileName) -> Failure {
    Failure::usage(format!("there is no profile \"{}\"", name.as_str())).advise("ringcentral profile list")
}
