//! The environment of a client, as pairs and as a file.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use crate::db::Transaction;
use crate::directory;
use crate::emulator::EmulatorConfig;
use crate::oauth::jwt;
use crate::world::World;

/// The redirect URI of the tutorials.
const TUTORIAL_REDIRECT: &str = "http://localhost:5000/oauth2callback";

/// Other spellings that clients read: RingCentral's newer samples have these.
const OTHER_SPELLINGS: [(&str, &str); 3] = [
    ("RC_CLIENT_ID", "RC_APP_CLIENT_ID"),
    ("RC_CLIENT_SECRET", "RC_APP_CLIENT_SECRET"),
    ("RC_JWT", "RC_USER_JWT"),
];

/// Every variable that a client of the default app and user reads, with https those that tell it whom to
/// trust, and with other machines let in the token for the control API.
pub(crate) fn environment(world: &World, url: &str, config: &EmulatorConfig) -> Vec<(&'static str, String)> {
    // Requests are answered meanwhile.
    jwt::warm_up();
    variables(world, url, config, true)
}

/// The same without a JWT, for a page that is looked at every other second: signing one costs something.
pub(crate) fn environment_without_jwt(world: &World, url: &str) -> Vec<(&'static str, String)> {
    variables(world, url, &EmulatorConfig::default(), false)
}

fn variables(
    world: &World,
    url: &str,
    config: &EmulatorConfig,
    with_jwt: bool,
) -> Vec<(&'static str, String)> {
    let connection = world.db();
    let now = world.now();
    let read = || -> rusqlite::Result<Vec<(&'static str, Option<String>)>> {
        let tx = Transaction::begin(&connection)?;
        let defaults = directory::defaults(&tx)?;
        let app = match &defaults.client_id {
            Some(id) => directory::find_app(&tx, id)?,
            None => None,
        };
        let registered = match &defaults.client_id {
            Some(id) => directory::redirect_uris(&tx, id)?,
            None => Vec::new(),
        };
        let user = match defaults.extension_id {
            Some(id) => directory::find_user_by_extension(&tx, id)?,
            None => None,
        };
        let token = match &user {
            Some(user) if with_jwt => {
                let choices = jwt::Choices::default();
                Some(jwt::mint(world.signing_key(&tx)?, url, user.extension_id, &choices, now).1)
            }
            _ => None,
        };
        tx.commit()?;
        let redirect = config
            .redirect_uris
            .first()
            .or(registered.first())
            .map_or(TUTORIAL_REDIRECT, String::as_str);
        Ok(vec![
            ("RC_SERVER_URL", Some(url.to_owned())),
            ("RC_CLIENT_ID", app.as_ref().map(|app| app.client_id.clone())),
            (
                "RC_CLIENT_SECRET",
                app.as_ref().and_then(|app| app.client_secret.clone()),
            ),
            ("RC_REDIRECT_URL", Some(redirect.to_owned())),
            ("RC_USERNAME", user.as_ref().map(|user| user.phone_number.clone())),
            (
                "RC_EXTENSION",
                user.as_ref().map(|user| user.extension_number.clone()),
            ),
            ("RC_PASSWORD", user.as_ref().map(|user| user.password.clone())),
            ("RC_JWT", token),
            ("RC_PUBLIC_CLIENT_ID", defaults.public_client_id),
            ("RC_FROM", defaults.from),
            ("RC_TO", defaults.to),
        ])
    };
    let known = read().unwrap_or_else(|error| {
        tracing::error!(%error, "the environment cannot be read from the database");
        Vec::new()
    });
    let known: Vec<_> = known
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect();
    let spelled_otherwise: Vec<_> = OTHER_SPELLINGS
        .into_iter()
        .filter_map(|(name, other)| {
            let (_, value) = known.iter().find(|(known, _)| *known == name)?;
            Some((other, value.clone()))
        })
        .collect();
    known
        .into_iter()
        .chain(spelled_otherwise)
        .chain(world.access.ca_file().into_iter().flat_map(trusting))
        .chain(
            world
                .access
                .control_token()
                .map(|token| ("RC_EMULATOR_CONTROL_TOKEN", token.to_owned())),
        )
        .collect()
}

/// The variables that tell programs to trust an authority. Node adds it to what it trusts; the others trust it alone.
fn trusting(ca_file: &Path) -> impl Iterator<Item = (&'static str, String)> {
    let file = ca_file.display().to_string();
    [
        "RC_CA_FILE",
        "NODE_EXTRA_CA_CERTS",
        "SSL_CERT_FILE",
        "REQUESTS_CA_BUNDLE",
        "CURL_CA_BUNDLE",
    ]
    .into_iter()
    .map(move |name| (name, file.clone()))
}

/// Writes variables as an env file that only its owner can read. The file appears complete or not at all.
///
/// # Errors
///
/// Whatever the file system refuses.
pub fn write_env_file(path: &Path, variables: &[(&'static str, String)]) -> io::Result<()> {
    let lines: Vec<String> = variables
        .iter()
        .map(|(name, value)| format!("{name}={}\n", quoted(value)))
        .collect();
    replace(path, lines.concat().as_bytes(), 0o600)
}

/// Writes a file with these permissions. It appears complete or not at all, in place of an older one.
pub(crate) fn replace(path: &Path, content: &[u8], mode: u32) -> io::Result<()> {
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let name = path
        .file_name()
        .ok_or(io::ErrorKind::InvalidInput)?
        .to_string_lossy();
    let temporary = directory.join(format!(
        ".{name}.{:016x}",
        u64::from_le_bytes(crate::random::bytes())
    ));
    let result = create(&temporary, mode).and_then(|mut file| {
        file.write_all(content)?;
        file.sync_all()?;
        std::fs::rename(&temporary, path)
    });
    if result.is_err() {
        // The temporary file is ours alone; that it may not exist any more is fine.
        let _ = std::fs::remove_file(&temporary);
    }
    result
}

#[cfg_attr(not(unix), expect(unused_variables, reason = "permissions are Unix's"))]
fn create(path: &Path, mode: u32) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(mode);
    }
    options.open(path)
}

/// A value that a shell or an env reader would not take as it is goes into quotes: single ones, in which nothing is
/// special, or double ones if it holds a single one.
fn quoted(value: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.:/+@,~%=!".contains(c);
    if value.chars().all(plain) {
        return value.to_owned();
    }
    if !value.contains(['\'', '\n']) {
        return format!("'{value}'");
    }
    let escaped = value
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('$', "\\$")
        .replace('\n', "\\n");
    format!("\"{escaped}\"")
}

#[cfg(test)]
mod tests {
    use super::write_env_file;

    #[test]
    fn the_file_is_private_complete_and_replaces_an_older_one() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let path = directory.path().join(".env");
        std::fs::write(&path, "OLD=1\n").expect("writable");
        let variables = [
            ("RC_A", "plain".to_owned()),
            ("RC_B", "two words \"and\" $5".to_owned()),
            ("RC_C", "it's $5".to_owned()),
        ];
        write_env_file(&path, &variables).expect("writable");
        let text = std::fs::read_to_string(&path).expect("readable");
        assert_eq!(
            text,
            "RC_A=plain\nRC_B='two words \"and\" $5'\nRC_C=\"it's \\$5\"\n"
        );
        assert_eq!(
            std::fs::read_dir(directory.path()).expect("readable").count(),
            1,
            "nothing else is left"
        );
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(&path).expect("exists").permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }
}
