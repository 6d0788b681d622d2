//! What the command was told: typed, each value with the place it came from.

mod env_file;
mod profile;
mod resolve;
pub(crate) mod variable;

use std::fmt;
use std::path::{Path, PathBuf};

use url::Url;
use zeroize::Zeroizing;

pub(crate) use self::profile::{ConfigFile, ConfigFileError, KEYS as PROFILE_KEYS, Profile, ProfileName};
pub(crate) use self::resolve::{Flags, Lookup, Names, SettingsError, directories, resolve};

pub(crate) const DEFAULT_PROFILE: &str = "default";
pub(crate) const DEFAULT_SERVER: &str = "https://platform.ringcentral.com";

/// A value and where it was found.
#[derive(Debug, Clone)]
pub(crate) struct Setting<T> {
    pub(crate) value: T,
    pub(crate) origin: Origin,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    Flag(&'static str),
    Process(&'static str),
    EnvFile {
        path: PathBuf,
        line: usize,
        name: &'static str,
    },
    Profile {
        path: PathBuf,
        profile: String,
        key: &'static str,
    },
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => f.write_str(flag),
            Self::Process(name) => write!(f, "{name} in the environment"),
            Self::EnvFile { path, line, name } => write!(f, "{name} in {}, line {line}", path.display()),
            Self::Profile { path, profile, key } => {
                write!(f, "{key} of profile \"{profile}\" in {}", path.display())
            }
            Self::Default => f.write_str("the default"),
        }
    }
}

/// A secret of the settings: it can be used, and it cannot be shown.
#[derive(Clone)]
pub(crate) struct Secret(Zeroizing<String>);

impl Secret {
    pub(crate) fn new(value: impl Into<Zeroizing<String>>) -> Self {
        Self(value.into())
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// Everything a command that talks to the platform can be told.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) profile: ProfileName,
    pub(crate) server: Setting<Url>,
    pub(crate) client_id: Option<Setting<String>>,
    pub(crate) client_secret: Option<Setting<Secret>>,
    /// As written: the platform compares it as text.
    pub(crate) redirect_url: Option<Setting<String>>,
    pub(crate) username: Option<Setting<String>>,
    pub(crate) extension: Option<Setting<String>>,
    pub(crate) password: Option<Setting<Secret>>,
    pub(crate) jwt: Option<Setting<Secret>>,
    pub(crate) from: Option<Setting<String>>,
    pub(crate) vault_key: Option<Setting<Secret>>,
    /// The env file that was read, and the one where a missing setting would go.
    pub(crate) env_file: EnvFilePlace,
    pub(crate) directories: Directories,
}

#[derive(Debug, Clone)]
pub(crate) struct EnvFilePlace {
    pub(crate) path: PathBuf,
    pub(crate) exists: bool,
}

/// Where files are kept, after the XDG base directory rules.
#[derive(Debug, Clone)]
pub(crate) struct Directories {
    pub(crate) config: PathBuf,
    pub(crate) state: PathBuf,
}

impl Directories {
    pub(crate) fn logins(&self) -> PathBuf {
        self.state.join("logins")
    }
}

/// The server as people write it, without the slash that a URL without path gets.
pub(crate) fn shown_server(server: &Url) -> &str {
    server.as_str().trim_end_matches('/')
}

/// Whether the address is this machine's own.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Whose app an env file names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AppOfFile {
    /// The real platform's, under one of the names at least: a file to keep.
    Real,
    /// The local platform's.
    Emulated,
    /// None is named, or there is no file that can be read.
    None,
}

/// Whose app the client IDs of an env file name, in all their spellings.
pub(crate) fn app_of_file(path: &Path) -> AppOfFile {
    let Ok(file) = env_file::EnvFile::read(path) else {
        return AppOfFile::None;
    };
    let mut ids = variable::CLIENT_ID.names().filter_map(|name| file.get(name));
    match ids.next() {
        None => AppOfFile::None,
        Some(first) if ids.chain([first]).all(|id| id.value.starts_with("EMU-")) => AppOfFile::Emulated,
        Some(_) => AppOfFile::Real,
    }
}

/// The names that an env file sets, with their lines; none when it cannot be read, which is said elsewhere.
pub(crate) fn env_file_names(path: &Path) -> Vec<(String, usize)> {
    let file = env_file::EnvFile::read(path);
    file.map(|file| file.names()).unwrap_or_default()
}

/// The files in which a profile says its secrets are.
pub(crate) fn secret_files(profile: &Profile, config_file: &Path, environment: Lookup<'_>) -> Vec<PathBuf> {
    let home = environment(variable::HOME.name).map(PathBuf::from);
    let base = config_file.parent().unwrap_or(Path::new(""));
    let named = profile.iter().filter(|(key, _)| key.ends_with("_file"));
    named
        .map(|(_, path)| from_file(path, home.as_deref(), base))
        .collect()
}

/// `~/` at the beginning of a path that stands in a file, where no shell replaces it; other relative paths start at
/// `base`.
fn from_file(text: &str, home: Option<&Path>, base: &Path) -> PathBuf {
    match (text.strip_prefix("~/"), home) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => base.join(text),
    }
}
