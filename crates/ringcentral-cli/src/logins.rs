//! Which file a login is in: one for each profile, server and app, so that none ever sees another's tokens.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use ringcentral::FileTokenStore;
use url::Url;

use crate::settings::{Directories, ProfileName, shown_server};

/// What a login belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LoginSlot {
    pub(crate) profile: ProfileName,
    pub(crate) server: Url,
    pub(crate) client_id: String,
}

impl LoginSlot {
    /// The directory has the profile's name, the file those of server and app.
    pub(crate) fn path(&self, directories: &Directories) -> PathBuf {
        let scheme = if self.server.scheme() == "https" {
            ""
        } else {
            "http+"
        };
        let host = self.server.host_str().unwrap_or_default();
        let place = self
            .server
            .port()
            .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        let file = format!("{scheme}{}_{}.json", encode(&place), encode(&self.client_id));
        directories.logins().join(self.profile.as_str()).join(file)
    }

    pub(crate) fn store(&self, directories: &Directories) -> FileTokenStore {
        let login = format!(
            "{} {} {}",
            shown_server(&self.server),
            self.client_id,
            self.profile.as_str()
        );
        FileTokenStore::at(self.path(directories)).for_login(login)
    }

    /// The slots of a profile that have a file.
    pub(crate) fn all_of(profile: &ProfileName, directories: &Directories) -> io::Result<Vec<Self>> {
        let mut slots = Vec::new();
        for name in names_in(&directories.logins().join(profile.as_str()))? {
            slots.extend(Self::from_file_name(profile, &name));
        }
        Ok(slots)
    }

    fn from_file_name(profile: &ProfileName, name: &str) -> Option<Self> {
        let name = name.strip_suffix(".json")?;
        let (place, client_id) = name.split_once('_')?;
        let (scheme, place) = match place.strip_prefix("http+") {
            Some(place) => ("http", place),
            None => ("https", place),
        };
        let server = Url::parse(&format!("{scheme}://{}", decode(place)?)).ok()?;
        Some(Self {
            profile: profile.clone(),
            server,
            client_id: decode(client_id)?,
        })
    }
}

/// The profiles that have or had a login.
pub(crate) fn profiles(directories: &Directories) -> io::Result<Vec<ProfileName>> {
    Ok(names_in(&directories.logins())?
        .iter()
        .filter_map(|name| ProfileName::parse(name))
        .collect())
}

/// Sorted; a directory that is not there has none.
fn names_in(directory: &Path) -> io::Result<Vec<String>> {
    let entries = match fs::read_dir(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut names = Vec::new();
    for entry in entries {
        names.extend(entry?.file_name().into_string());
    }
    names.sort();
    Ok(names)
}

/// Text as part of a file name, so that it can be read back and no two texts share one.
fn encode(text: &str) -> String {
    let mut name = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.') {
            name.push(char::from(byte));
        } else {
            let _ = write!(name, "%{byte:02X}");
        }
    }
    name
}

fn decode(name: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = name.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slot(server: &str, client_id: &str) -> LoginSlot {
        LoginSlot {
            profile: ProfileName::parse("work").unwrap(),
            server: server.parse().unwrap(),
            client_id: client_id.to_owned(),
        }
    }

    #[test]
    fn file_names_are_read_back() {
        let directories = Directories {
            config: "/c".into(),
            state: "/s".into(),
        };
        for (server, client_id, name) in [
            (
                "https://platform.ringcentral.com",
                "aB-1_x",
                "platform.ringcentral.com_aB-1%5Fx.json",
            ),
            (
                "http://localhost:5001",
                "EMU-app",
                "http+localhost%3A5001_EMU-app.json",
            ),
            ("http://[::1]:5001", "x", "http+%5B%3A%3A1%5D%3A5001_x.json"),
            (
                "https://a.example.com:8443",
                "../../x",
                "a.example.com%3A8443_..%2F..%2Fx.json",
            ),
        ] {
            let slot = slot(server, client_id);
            let path = slot.path(&directories);
            assert_eq!(path, Path::new("/s/logins/work").join(name));
            assert_eq!(LoginSlot::from_file_name(&slot.profile, name), Some(slot));
        }
    }

    #[test]
    fn no_two_logins_share_a_file() {
        let directories = Directories {
            config: "/c".into(),
            state: "/s".into(),
        };
        let mut paths: Vec<_> = [
            slot("https://a.example.com", "x"),
            slot("http://localhost", "x"),
            slot("https://localhost", "x"),
            slot("https://localhost:81", "x"),
            slot("https://a.example.com", "x_y"),
            slot("https://a.example.com", "x%5Fy"),
            LoginSlot {
                profile: ProfileName::parse("home").unwrap(),
                ..slot("https://a.example.com", "x")
            },
        ]
        .iter()
        .map(|slot| slot.path(&directories))
        .collect();
        let all = paths.len();
        paths.sort();
        paths.dedup();
        assert_eq!(paths.len(), all);
    }

    #[test]
    fn other_files_are_passed_over() {
        let profile = ProfileName::parse("work").unwrap();
        for name in [
            "notes.txt",
            "a.json",
            "a.example.com_x.json.lock",
            "a.example.com_%zz.json",
            "%_x.json",
            ".json",
        ] {
            assert_eq!(LoginSlot::from_file_name(&profile, name), None, "{name}");
        }
    }
}
