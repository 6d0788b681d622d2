//! The database of `serve` and the key that seals it.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use ringcentral::OsEntropy;
use ringcentral_vault::Keyring;
use zeroize::Zeroizing;

use crate::args::ServeArgs;
use crate::failure::Failure;
use crate::settings::Settings;

/// What `Vault::open` is to be given.
pub(super) struct Storage {
    pub(super) database: String,
    pub(super) keys: Keyring,
    /// For the banner; never with a password.
    pub(super) shown: String,
}

pub(super) fn choose(args: &ServeArgs, settings: &Settings) -> Result<Storage, Failure> {
    let own_file = settings.directories.state.join("gateway.sqlite3");
    let given = given_keys(args, settings)?;
    if let Some(database) = &args.database {
        let keys = given.ok_or_else(|| {
            Failure::configuration("there is no key to seal stored tokens with")
                .because(
                    "a database of your own needs a key of your own, or a restart would lose every login",
                )
                .advise("set RINGCENTRAL_VAULT_KEY to 1: and the output of `openssl rand -base64 32`")
        })?;
        return Ok(Storage {
            database: database.clone(),
            keys,
            shown: without_password(database),
        });
    }
    private_directory(&settings.directories.state)
        .map_err(|error| unusable(&settings.directories.state, &error))?;
    let keys = match given {
        Some(keys) => keys,
        None => own_keys(&own_file)?,
    };
    Ok(Storage {
        database: sqlite_url(&own_file),
        keys,
        shown: own_file.display().to_string(),
    })
}

fn given_keys(args: &ServeArgs, settings: &Settings) -> Result<Option<Keyring>, Failure> {
    let (text, place) = if let Some(path) = &args.vault_key_file {
        let text = read(path).map_err(|error| unusable(path, &error))?;
        (text, path.display().to_string())
    } else if let Some(key) = &settings.vault_key {
        (
            Zeroizing::new(key.value.expose().to_owned()),
            key.origin.to_string(),
        )
    } else {
        return Ok(None);
    };
    parse(&text, &place).map(Some)
}

/// The key beside the default database: made at the first start, read at every other.
fn own_keys(database: &Path) -> Result<Keyring, Failure> {
    let path = database.with_extension("key");
    match read(&path) {
        Ok(text) => parse(&text, &path.display().to_string()),
        Err(error) if error.kind() == io::ErrorKind::NotFound && !database.exists() => {
            let keys = Keyring::generate(&OsEntropy);
            write_new(&path, &keys.to_secret_text()).map_err(|error| unusable(&path, &error))?;
            Ok(keys)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(Failure::configuration(
            "the key to the stored logins is missing",
        )
        .because(format!(
            "{} is sealed with the key in {}",
            database.display(),
            path.display()
        ))
        .advise("put the key file back, or move the database away to begin anew (everybody logs in again)")),
        Err(error) => Err(unusable(&path, &error)),
    }
}

fn parse(text: &str, place: &str) -> Result<Keyring, Failure> {
    Keyring::parse(text).map_err(|error| {
        Failure::configuration(format!("{place} holds no usable key ring"))
            .caused_by(&error)
            .advise("write it like 1:BASE64, with the output of `openssl rand -base64 32`")
    })
}

fn read(path: &Path) -> io::Result<Zeroizing<String>> {
    fs::read_to_string(path).map(Zeroizing::new)
}

fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    writeln!(file, "{text}")?;
    file.sync_all()
}

fn private_directory(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

fn unusable(path: &Path, error: &io::Error) -> Failure {
    Failure::configuration(format!("{} cannot be used", path.display())).caused_by(error)
}

fn sqlite_url(path: &Path) -> String {
    let path = path
        .display()
        .to_string()
        .replace('%', "%25")
        .replace('?', "%3F")
        .replace('#', "%23");
    format!("sqlite://{path}")
}

/// A database's address as it may be shown.
fn without_password(database: &str) -> String {
    let hidden = url::Url::parse(database).ok().and_then(|mut url| {
        if url.password().is_some() {
            url.set_password(Some("…")).ok()?;
        }
        // Options such as `?password=` are secrets too.
        url.set_query(None);
        Some(url.to_string())
    });
    hidden.unwrap_or_else(|| "the database of --database".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_databases_password_is_not_shown() {
        for database in [
            "postgres://me:CANARY@db.example.com/logins",
            "postgres://db.example.com/x?password=CANARY",
            "CANARY",
        ] {
            assert!(!without_password(database).contains("CANARY"), "{database}");
        }
        assert_eq!(
            without_password("sqlite:///srv/logins.db"),
            "sqlite:///srv/logins.db"
        );
    }

    #[test]
    fn the_first_start_makes_a_private_key_and_the_next_reads_it() {
        let directory = tempfile::tempdir().unwrap();
        let database = directory.path().join("gateway.sqlite3");
        let first = own_keys(&database).unwrap();
        let second = own_keys(&database).unwrap();
        assert_eq!(first.to_secret_text(), second.to_secret_text());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::metadata(database.with_extension("key"))
                .unwrap()
                .permissions()
                .mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn a_database_without_its_key_is_not_given_a_new_one() {
        let directory = tempfile::tempdir().unwrap();
        let database = directory.path().join("gateway.sqlite3");
        fs::write(&database, "sealed").unwrap();
        let failure = own_keys(&database).err().unwrap();
        assert_eq!(failure.what(), "the key to the stored logins is missing");
        assert!(!database.with_extension("key").exists());
    }
}
