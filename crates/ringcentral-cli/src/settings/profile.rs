//! `config.toml`: named profiles, each a set of defaults. It holds no secret itself; it may say in which file one is.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// A profile's name becomes a directory's, so it is kept to what is harmless there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ProfileName(String);

impl ProfileName {
    pub(crate) fn parse(name: &str) -> Option<Self> {
        let fits = (1..=64).contains(&name.len()) && !name.starts_with(['.', '-']);
        let harmless = name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
        (fits && harmless).then(|| Self(name.to_owned()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// The keys of a profile, each with the variable whose default it is.
pub(crate) const KEYS: [(&str, &str); 8] = [
    ("server", "RC_SERVER_URL"),
    ("client_id", "RC_CLIENT_ID"),
    ("client_secret_file", "RC_CLIENT_SECRET"),
    ("redirect_url", "RC_REDIRECT_URL"),
    ("username", "RC_USERNAME"),
    ("extension", "RC_EXTENSION"),
    ("jwt_file", "RC_JWT"),
    ("from", "RC_FROM"),
];

/// What people write when they mean to put the secret itself there.
const SECRET_KEYS: [&str; 4] = ["client_secret", "jwt", "password", "token"];

pub(crate) type Profile = BTreeMap<String, String>;

/// The file, read.
#[derive(Debug, Default)]
pub(crate) struct ConfigFile {
    path: PathBuf,
    pub(crate) default_profile: Option<ProfileName>,
    pub(crate) profiles: BTreeMap<ProfileName, Profile>,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigFileError {
    #[error("{path} cannot be read")]
    Unreadable { path: String, source: io::Error },
    #[error("{path} cannot be written")]
    Unwritable { path: String, source: io::Error },
    #[error("{path}, line {line}: this is not TOML")]
    NotToml { path: String, line: usize },
    #[error("{path}: `{key}` is not a setting")]
    UnknownKey { path: String, key: String },
    #[error("{path}: `{key}` has a value of the wrong type; {expected}")]
    WrongType {
        path: String,
        key: String,
        expected: &'static str,
    },
    #[error("{path}: `{key}` is not a profile's name (letters, digits, `-`, `_`, `.`; at most 64)")]
    BadName { path: String, key: String },
    #[error("{path}: `{key}` would keep a secret in a file that is made to be shared")]
    Secret {
        path: String,
        key: String,
        instead: &'static str,
    },
}

impl ConfigFile {
    /// No file is the same as an empty one.
    pub(crate) fn read(directory: &Path) -> Result<Self, ConfigFileError> {
        let path = directory.join("config.toml");
        match fs::read_to_string(&path) {
            Ok(text) => Self::parse(path, &text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self {
                path,
                ..Self::default()
            }),
            Err(source) => Err(ConfigFileError::Unreadable {
                path: path.display().to_string(),
                source,
            }),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    fn parse(path: PathBuf, text: &str) -> Result<Self, ConfigFileError> {
        let shown = path.display().to_string();
        let document: toml::Table = text.parse().map_err(|error: toml::de::Error| {
            // The parser's own message quotes the line, and the line may hold a secret.
            let at = error.span().map_or(0, |span| span.start.min(text.len()));
            let line = text.as_bytes()[..at].split(|byte| *byte == b'\n').count();
            ConfigFileError::NotToml {
                path: shown.clone(),
                line,
            }
        })?;
        let mut config = Self {
            path,
            ..Self::default()
        };
        for (key, value) in document {
            match (key.as_str(), value) {
                ("default_profile", value) => {
                    let name = value.as_str().and_then(ProfileName::parse);
                    let expected = "it is a profile's name in quotes";
                    config.default_profile = Some(name.ok_or(wrong_type(&shown, key, expected))?);
                }
                ("profiles", toml::Value::Table(profiles)) => {
                    for (name, value) in profiles {
                        let (name, profile) = read_profile(&shown, &name, value)?;
                        config.profiles.insert(name, profile);
                    }
                }
                ("profiles", _) => {
                    return Err(wrong_type(&shown, key, "write a heading such as [profiles.work]"));
                }
                _ => return Err(ConfigFileError::UnknownKey { path: shown, key }),
            }
        }
        Ok(config)
    }

    /// Adds a profile at the end, leaving the rest of the file as its owner wrote it.
    pub(crate) fn add(&self, name: &ProfileName, profile: &Profile) -> Result<(), ConfigFileError> {
        let mut text = self.text()?;
        if !text.is_empty() {
            text.push_str(if text.ends_with('\n') { "\n" } else { "\n\n" });
        }
        text.push_str(&heading(name));
        text.push('\n');
        for (key, value) in profile {
            let _ = writeln!(text, "{key} = {}", toml::Value::String(value.clone()));
        }
        self.write(&text)
    }

    /// Takes a profile's block out of the file. False when it is written in another way than as a block.
    pub(crate) fn remove(&self, name: &ProfileName) -> Result<bool, ConfigFileError> {
        let text = self.text()?;
        let heading = heading(name);
        let bare = format!("[profiles.{}]", name.as_str());
        let mut kept = String::new();
        let mut inside = false;
        for line in text.split_inclusive('\n') {
            let trimmed = line.trim();
            if trimmed.starts_with('[') {
                inside = trimmed == heading || trimmed == bare;
            }
            if !inside {
                kept.push_str(line);
            }
        }
        let gone =
            |text: &str| Self::parse(self.path.clone(), text).is_ok_and(|c| !c.profiles.contains_key(name));
        if !gone(&kept) {
            return Ok(false);
        }
        self.write(&kept)?;
        Ok(true)
    }

    fn text(&self) -> Result<String, ConfigFileError> {
        match fs::read_to_string(&self.path) {
            Ok(text) => Ok(text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
            Err(source) => Err(ConfigFileError::Unreadable {
                path: self.path.display().to_string(),
                source,
            }),
        }
    }

    fn write(&self, text: &str) -> Result<(), ConfigFileError> {
        let write = || {
            let directory = self.path.parent().unwrap_or(Path::new("."));
            fs::create_dir_all(directory)?;
            let mut file = tempfile::NamedTempFile::new_in(directory)?;
            file.write_all(text.as_bytes())?;
            file.as_file().sync_all()?;
            file.persist(&self.path).map_err(|error| error.error)?;
            Ok(())
        };
        write().map_err(|source| ConfigFileError::Unwritable {
            path: self.path.display().to_string(),
            source,
        })
    }
}

fn heading(name: &ProfileName) -> String {
    // Quoted when it has a dot in it, which TOML would take for a table in a table.
    let name = name.as_str();
    if name.contains('.') {
        format!("[profiles.\"{name}\"]")
    } else {
        format!("[profiles.{name}]")
    }
}

fn wrong_type(path: &str, key: String, expected: &'static str) -> ConfigFileError {
    ConfigFileError::WrongType {
        path: path.to_owned(),
        key,
        expected,
    }
}

fn read_profile(
    path: &str,
    name: &str,
    value: toml::Value,
) -> Result<(ProfileName, Profile), ConfigFileError> {
    let place = format!("profiles.{name}");
    let name = ProfileName::parse(name).ok_or_else(|| ConfigFileError::BadName {
        path: path.to_owned(),
        key: place.clone(),
    })?;
    let toml::Value::Table(table) = value else {
        return Err(wrong_type(path, place, "write a heading such as [profiles.work]"));
    };
    let mut profile = Profile::new();
    for (key, value) in table {
        let at = format!("{place}.{key}");
        if SECRET_KEYS.contains(&key.as_str()) {
            let instead = if key == "jwt" {
                "jwt_file"
            } else {
                "client_secret_file"
            };
            return Err(ConfigFileError::Secret {
                path: path.to_owned(),
                key: at,
                instead,
            });
        }
        if !KEYS.iter().any(|(known, _)| *known == key) {
            return Err(ConfigFileError::UnknownKey {
                path: path.to_owned(),
                key: at,
            });
        }
        match value {
            toml::Value::String(text) => profile.insert(key, text),
            _ => return Err(wrong_type(path, at, "it is text in quotes")),
        };
    }
    Ok((name, profile))
}

#[cfg(test)]
mod tests;
