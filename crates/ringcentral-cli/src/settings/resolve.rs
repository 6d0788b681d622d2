//! Flag, then process environment, then env file, then profile, then default.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use url::Url;
use zeroize::Zeroizing;

use super::env_file::{EnvFile, EnvFileError};
use super::profile::{ConfigFile, ConfigFileError, Profile, ProfileName};
use super::variable::{self, Variable};
use super::{
    DEFAULT_PROFILE, DEFAULT_SERVER, Directories, EnvFilePlace, Origin, Secret, Setting, Settings, from_file,
    is_loopback,
};

/// The process environment, or a test's stand-in for it.
pub(crate) type Lookup<'a> = &'a dyn Fn(&str) -> Option<OsString>;

/// The names that are set in it.
pub(crate) type Names<'a> = &'a dyn Fn() -> Vec<String>;

/// The settings that have a flag.
#[derive(Debug, Clone, Default)]
pub(crate) struct Flags {
    pub(crate) profile: Option<String>,
    pub(crate) env_file: Option<PathBuf>,
    pub(crate) server: Option<String>,
    pub(crate) client_id: Option<String>,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum SettingsError {
    #[error("{origin} is not usable: {problem}")]
    Value {
        origin: Origin,
        problem: &'static str,
        advice: &'static str,
    },
    #[error("{name} in the environment is not UTF-8")]
    NotUtf8 { name: &'static str },
    #[error("{0}")]
    EnvFile(#[from] EnvFileError),
    #[error("{missing} is not there, and {wanted_by} asks for it")]
    EnvFileMissing { missing: String, wanted_by: Origin },
    #[error("{0}")]
    ConfigFile(#[from] ConfigFileError),
    #[error("{origin} names a file that cannot be read")]
    SecretFile { origin: Origin, source: io::Error },
    #[error("there is no place for files: neither HOME nor {name} is set")]
    NoHome { name: &'static str },
}

/// `directory` is where the env file is looked for: the current one, empty, so that messages show plain names.
pub(crate) fn resolve(
    flags: &Flags,
    environment: Lookup<'_>,
    directory: &Path,
) -> Result<Settings, SettingsError> {
    let directories = directories(environment)?;
    let config = ConfigFile::read(&directories.config)?;
    let name = profile_name(flags, environment, &config)?;
    let env_file = choose_env_file(flags, environment, directory)?;
    let sources = Sources {
        environment,
        env_file: env_file.as_ref().ok(),
        profile: config.profiles.get(&name).map(|profile| FromProfile {
            name: &name,
            profile,
            path: config.path(),
            home: environment("HOME").map(PathBuf::from),
        }),
    };

    let server = match sources.find(
        flags.server.as_deref().map(|text| ("--server", text)),
        &variable::SERVER_URL,
    )? {
        Some(found) => found.parse(server_url)?,
        None => Setting {
            value: server_url(DEFAULT_SERVER).expect("the default server is a server's address"),
            origin: Origin::Default,
        },
    };
    let client_id = flags.client_id.as_deref().map(|text| ("--client-id", text));
    let client_id = parsed(sources.find(client_id, &variable::CLIENT_ID)?, client_id_text)?;
    let sources = sources.pinned(&server, client_id.as_ref())?;
    Ok(Settings {
        client_secret: secret(sources.find(None, &variable::CLIENT_SECRET)?),
        redirect_url: parsed(sources.find(None, &variable::REDIRECT_URL)?, redirect_url)?,
        username: text(sources.find(None, &variable::USERNAME)?),
        extension: text(sources.find(None, &variable::EXTENSION)?),
        password: secret(sources.find(None, &variable::PASSWORD)?),
        jwt: secret(sources.find(None, &variable::JWT)?),
        from: text(sources.find(None, &variable::FROM)?),
        vault_key: secret(sources.find(None, &variable::VAULT_KEY)?),
        profile: name,
        server,
        client_id,
        env_file: match env_file {
            Ok(file) => EnvFilePlace {
                path: file.path().to_owned(),
                exists: true,
            },
            Err(path) => EnvFilePlace { path, exists: false },
        },
        directories,
    })
}

/// Where files are kept; also for commands that need no other setting.
pub(crate) fn directories(environment: Lookup<'_>) -> Result<Directories, SettingsError> {
    let place = |own: &'static Variable, xdg: &'static Variable, below_home: &str| {
        let set = |name: &str| {
            environment(name)
                .filter(|value| !value.is_empty())
                .map(PathBuf::from)
        };
        if let Some(path) = set(own.name) {
            return Ok(path);
        }
        // The XDG rules: a relative path there is to be ignored.
        if let Some(path) = set(xdg.name).filter(|path| path.is_absolute()) {
            return Ok(path.join("ringcentral"));
        }
        match set(variable::HOME.name) {
            Some(home) => Ok(home.join(below_home).join("ringcentral")),
            None => Err(SettingsError::NoHome { name: own.name }),
        }
    };
    Ok(Directories {
        config: place(&variable::CONFIG_DIR, &variable::XDG_CONFIG_HOME, ".config")?,
        state: place(&variable::STATE_DIR, &variable::XDG_STATE_HOME, ".local/state")?,
    })
}

fn profile_name(
    flags: &Flags,
    environment: Lookup<'_>,
    config: &ConfigFile,
) -> Result<ProfileName, SettingsError> {
    let given = match &flags.profile {
        Some(name) => Some((name.clone(), Origin::Flag("--profile"))),
        None => process(environment, variable::PROFILE.name)?
            .map(|name| (name.to_string(), Origin::Process(variable::PROFILE.name))),
    };
    let Some((text, origin)) = given else {
        let default = || ProfileName::parse(DEFAULT_PROFILE).expect("the default name is a profile's name");
        return Ok(config.default_profile.clone().unwrap_or_else(default));
    };
    ProfileName::parse(&text).ok_or(SettingsError::Value {
        origin,
        problem: "this cannot be a profile's name",
        advice: "use letters, digits, `-`, `_` and `.`, at most 64",
    })
}

/// The env file, or the path where one would be read if it existed.
fn choose_env_file(
    flags: &Flags,
    environment: Lookup<'_>,
    directory: &Path,
) -> Result<Result<EnvFile, PathBuf>, SettingsError> {
    if let Some(path) = &flags.env_file {
        return match EnvFile::read(path) {
            Err(EnvFileError::Missing { path }) => Err(SettingsError::EnvFileMissing {
                missing: path,
                wanted_by: Origin::Flag("--env-file"),
            }),
            read => Ok(Ok(read?)),
        };
    }
    let plain = directory.join(".env");
    let of_process = process(environment, variable::ENVIRONMENT.name)?.map(|value| Found {
        value,
        origin: Origin::Process(variable::ENVIRONMENT.name),
    });
    let (chosen, plain_file) = if of_process.is_some() {
        (of_process, None)
    } else {
        let file = match EnvFile::read(&plain) {
            Err(EnvFileError::Missing { .. }) => return Ok(Err(plain)),
            read => read?,
        };
        (find_in(&file, variable::ENVIRONMENT.name), Some(file))
    };
    let Some(chosen) = chosen else {
        return Ok(plain_file.ok_or(plain));
    };
    let name = chosen.parse(|text| match text {
        "sandbox" => Ok(".env-sandbox"),
        "production" => Ok(".env-production"),
        _ => Err((
            "it is neither `sandbox` nor `production`",
            "set ENVIRONMENT=sandbox or ENVIRONMENT=production",
        )),
    })?;
    match EnvFile::read(&directory.join(name.value)) {
        Err(EnvFileError::Missing { path }) => Err(SettingsError::EnvFileMissing {
            missing: path,
            wanted_by: name.origin,
        }),
        read => Ok(Ok(read?)),
    }
}

/// A value as written, still to be understood.
struct Found {
    value: Zeroizing<String>,
    origin: Origin,
}

/// What is wrong with a value, and what to write instead. Neither repeats it.
type Wrong = (&'static str, &'static str);

impl Found {
    fn parse<T>(self, understand: impl Fn(&str) -> Result<T, Wrong>) -> Result<Setting<T>, SettingsError> {
        match understand(self.value.trim()) {
            Ok(value) => Ok(Setting {
                value,
                origin: self.origin,
            }),
            Err((problem, advice)) => Err(SettingsError::Value {
                origin: self.origin,
                problem,
                advice,
            }),
        }
    }
}

fn parsed<T>(
    found: Option<Found>,
    understand: impl Fn(&str) -> Result<T, Wrong>,
) -> Result<Option<Setting<T>>, SettingsError> {
    found.map(|found| found.parse(understand)).transpose()
}

fn text(found: Option<Found>) -> Option<Setting<String>> {
    found.map(|found| Setting {
        value: found.value.trim().to_owned(),
        origin: found.origin,
    })
}

fn secret(found: Option<Found>) -> Option<Setting<Secret>> {
    found.map(|found| Setting {
        value: Secret::new(found.value),
        origin: found.origin,
    })
}

struct Sources<'a> {
    environment: Lookup<'a>,
    env_file: Option<&'a EnvFile>,
    profile: Option<FromProfile<'a>>,
}

struct FromProfile<'a> {
    name: &'a ProfileName,
    profile: &'a Profile,
    path: &'a Path,
    home: Option<PathBuf>,
}

impl<'a> Sources<'a> {
    fn find(
        &self,
        flag: Option<(&'static str, &str)>,
        wanted: &Variable,
    ) -> Result<Option<Found>, SettingsError> {
        if let Some((flag, text)) = flag {
            let value = Zeroizing::new(text.to_owned());
            return Ok(Some(Found {
                value,
                origin: Origin::Flag(flag),
            }));
        }
        for name in wanted.names() {
            if let Some(value) = process(self.environment, name)? {
                return Ok(Some(Found {
                    value,
                    origin: Origin::Process(name),
                }));
            }
        }
        let in_file = self.env_file.filter(|_| wanted.in_env_file);
        if let Some(found) = in_file.and_then(|file| wanted.names().find_map(|name| find_in(file, name))) {
            return Ok(Some(found));
        }
        self.profile
            .as_ref()
            .map_or(Ok(None), |profile| profile.find(wanted))
    }

    /// A profile's secrets belong to the profile's own app: they are not offered to the server or the app that
    /// an env file, found in some directory, has put in their place.
    fn pinned(
        mut self,
        server: &Setting<Url>,
        client_id: Option<&Setting<String>>,
    ) -> Result<Sources<'a>, SettingsError> {
        if let Some(profile) = &self.profile {
            let own_server = parsed(profile.find(&variable::SERVER_URL)?, server_url)?;
            let own_client = profile.find(&variable::CLIENT_ID)?;
            let same_server = own_server.is_none_or(|own| own.value == server.value);
            let same_client =
                own_client.is_none_or(|own| client_id.is_some_and(|id| id.value == own.value.trim()));
            if !(same_server && same_client) {
                self.profile = None;
            }
        }
        Ok(self)
    }
}

impl FromProfile<'_> {
    fn find(&self, wanted: &Variable) -> Result<Option<Found>, SettingsError> {
        let Some((key, _)) = super::profile::KEYS.iter().find(|(_, name)| *name == wanted.name) else {
            return Ok(None);
        };
        let Some(text) = self.profile.get(*key).filter(|text| !text.trim().is_empty()) else {
            return Ok(None);
        };
        let profile = self.name.as_str().to_owned();
        let origin = Origin::Profile {
            path: self.path.to_owned(),
            profile,
            key,
        };
        let value = if key.ends_with("_file") {
            let base = self.path.parent().unwrap_or(Path::new(""));
            let path = from_file(text, self.home.as_deref(), base);
            match std::fs::read_to_string(path) {
                Ok(text) => Zeroizing::new(Zeroizing::new(text).trim().to_owned()),
                Err(source) => return Err(SettingsError::SecretFile { origin, source }),
            }
        } else {
            Zeroizing::new(text.clone())
        };
        Ok(Some(Found { value, origin }))
    }
}

/// Set and not empty.
fn process(environment: Lookup<'_>, name: &'static str) -> Result<Option<Zeroizing<String>>, SettingsError> {
    match environment(name) {
        None => Ok(None),
        Some(value) => match value.into_string() {
            Ok(value) => Ok(Some(Zeroizing::new(value)).filter(|value| !value.trim().is_empty())),
            Err(_) => Err(SettingsError::NotUtf8 { name }),
        },
    }
}

fn find_in(file: &EnvFile, name: &'static str) -> Option<Found> {
    file.get(name).map(|entry| Found {
        value: entry.value.clone(),
        origin: Origin::EnvFile {
            path: file.path().to_owned(),
            line: entry.line,
            name,
        },
    })
}

fn client_id_text(text: &str) -> Result<String, Wrong> {
    let advice = "copy the client ID from the app's page in the developer portal";
    if text.len() <= 128 && text.chars().all(|c| c.is_ascii_graphic()) {
        Ok(text.to_owned())
    } else {
        Err(("a client ID has no blanks and at most 128 characters", advice))
    }
}

/// `https://host`, or the bare host as the tutorials have it.
fn server_url(text: &str) -> Result<Url, Wrong> {
    let advice = "write it like https://platform.ringcentral.com";
    let not_one = ("it is not a server's address", advice);
    let url = if text.contains("://") {
        Url::parse(text)
    } else {
        Url::parse(&format!("https://{text}")).and_then(|url| {
            if is_loopback(&url) {
                Url::parse(&format!("http://{text}"))
            } else {
                Ok(url)
            }
        })
    };
    let url = url.map_err(|_| not_one)?;
    if !matches!(url.scheme(), "https" | "http") || url.host_str().is_none_or(|host| host.contains('=')) {
        return Err(not_one);
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(("it has a user name or password in it", advice));
    }
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        return Err(("it has more in it than scheme, host and port", advice));
    }
    if url.scheme() == "http" && !is_loopback(&url) {
        return Err((
            "http would show passwords and tokens to the network",
            "write https:// (http is for this machine only)",
        ));
    }
    Ok(url)
}

fn redirect_url(text: &str) -> Result<String, Wrong> {
    let advice = "write it as it is registered for the app, like http://localhost:5000/oauth2callback";
    match Url::parse(text) {
        Ok(url) if url.fragment().is_none() && !url.cannot_be_a_base() => Ok(text.to_owned()),
        _ => Err(("it is not an address that a browser can be sent to", advice)),
    }
}

#[cfg(test)]
mod tests;
