//! Who else may read or change the program's files; and taking that away, when asked to.

use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};

use super::report::Check;
use crate::context::Context;
use crate::failure::Exit;
use crate::settings::{ConfigFile, secret_files};

/// A file or directory that others may reach, or that is another user's.
struct Finding {
    says: String,
    /// The store refuses to work with it.
    serious: bool,
    /// What would mend it, when it is ours to mend.
    mend: Option<Mend>,
}

struct Mend {
    path: PathBuf,
    mode: u32,
}

/// What other users may not do with a file of ours.
#[derive(Clone, Copy)]
enum Keep {
    /// Nothing at all: tokens and keys, and the directories of them.
    Private { serious: bool },
    /// Not change it: what is in it decides where tokens go, but is no secret.
    Unchanged,
}

pub(super) fn check(context: &Context<'_>, fix: bool) -> Check {
    if !cfg!(unix) {
        return Check::ok(
            "files",
            "not checked: this system has other ways to keep files private",
        );
    }
    let we = own_user();
    let mut findings = Vec::new();
    for (path, keep) in own(context) {
        findings.extend(look(&path, keep, Whose::Programs { we }));
    }
    for path in of_the_user(context) {
        findings.extend(look(&path, Keep::Private { serious: false }, Whose::Persons));
    }
    if findings.is_empty() {
        return Check::ok("files", "nobody else can read the secrets or change the settings");
    }
    let mut mended = Vec::new();
    let mut left = Vec::new();
    for finding in findings {
        match finding.mend.as_ref().filter(|_| fix) {
            Some(mend) => match set_mode(&mend.path, mend.mode) {
                Ok(()) => mended.push(format!("fixed: {} (now {:04o})", finding.says, mend.mode)),
                Err(error) => left.push(Finding {
                    says: format!("{}; that cannot be changed: {error}", finding.says),
                    ..finding
                }),
            },
            None => left.push(finding),
        }
    }
    let check = if left.iter().any(|finding| finding.serious) {
        Check::fail(
            "files",
            Exit::Configuration,
            "the login cannot be used as long as this is so",
        )
    } else if left.is_empty() {
        Check::ok("files", "private again")
    } else {
        Check::warn("files", "others have more access than they need")
    };
    let offer = !fix && left.iter().any(|finding| finding.mend.is_some());
    let check = check
        .details(left.into_iter().map(|finding| finding.says))
        .details(mended);
    if offer {
        check.next("ringcentral doctor --fix   (takes other users' access away, and changes nothing else)")
    } else {
        check
    }
}

/// The program's own files and directories.
fn own(context: &Context<'_>) -> Vec<(PathBuf, Keep)> {
    let directories = &context.settings.directories;
    let private = Keep::Private { serious: false };
    let logins = directories.logins();
    let profile = logins.join(context.settings.profile.as_str());
    let mut own = vec![
        (directories.config.clone(), Keep::Unchanged),
        (directories.config.join("config.toml"), Keep::Unchanged),
        (directories.state.clone(), Keep::Unchanged),
        (directories.state.join("gateway.sqlite3"), private),
        (directories.state.join("gateway.sqlite3.key"), private),
        (logins, private),
        (profile.clone(), private),
    ];
    let in_use = context.slot().map(|slot| slot.path(directories)).ok();
    let entries = fs::read_dir(&profile).into_iter().flatten().flatten();
    let mut files: Vec<_> = entries.map(|entry| entry.path()).collect();
    files.sort();
    own.extend(files.into_iter().map(|path| {
        let serious = in_use.as_ref() == Some(&path);
        (path, Keep::Private { serious })
    }));
    own
}

/// Files that hold secrets and are the user's own: pointed out, never changed.
fn of_the_user(context: &Context<'_>) -> Vec<PathBuf> {
    let settings = &context.settings;
    let env_file = &settings.env_file;
    let mut files = Vec::new();
    let secret = settings.client_secret.is_some() || settings.jwt.is_some() || settings.password.is_some();
    if env_file.exists && secret {
        files.push(env_file.path.clone());
    }
    if let Ok(config) = ConfigFile::read(&settings.directories.config)
        && let Some(profile) = config.profiles.get(&settings.profile)
    {
        files.extend(secret_files(profile, config.path(), context.environment));
    }
    files
}

/// Whose a file is to change.
#[derive(Clone, Copy)]
enum Whose {
    /// The program's, which runs as this user.
    Programs {
        we: Option<u32>,
    },
    Persons,
}

/// Links and what is not there are the store's business.
fn look(path: &Path, keep: Keep, whose: Whose) -> Option<Finding> {
    let metadata = fs::symlink_metadata(path).ok()?;
    if !(metadata.is_file() || metadata.is_dir()) {
        return None;
    }
    let shown = path.display();
    if let Whose::Programs { we: Some(we) } = whose
        && we != owner(&metadata)
    {
        let owner = owner(&metadata);
        return Some(Finding {
            says: format!("{shown} belongs to another user (uid {owner})"),
            serious: matches!(keep, Keep::Private { serious: true }),
            mend: None,
        });
    }
    let mode = mode(&metadata);
    let (unwanted, serious) = match keep {
        Keep::Private { serious } => (0o077, serious),
        Keep::Unchanged => (0o022, false),
    };
    // In a directory such as /tmp nobody can replace another user's files.
    if mode & unwanted == 0 || (metadata.is_dir() && mode & 0o1000 != 0) {
        return None;
    }
    let can = match (mode & 0o044 != 0, mode & 0o022 != 0) {
        (true, true) => "read and change",
        (false, true) => "change",
        (true, false) => "read",
        (false, false) => "enter or run",
    };
    let says = format!("other users may {can} {shown} ({mode:04o})");
    let mode = mode & !unwanted;
    Some(if matches!(whose, Whose::Programs { .. }) {
        let path = path.to_owned();
        Finding {
            says,
            serious,
            mend: Some(Mend { path, mode }),
        }
    } else {
        let says = format!("{says}; chmod {mode:04o} would end that");
        Finding {
            says,
            serious,
            mend: None,
        }
    })
}

#[cfg(unix)]
fn mode(metadata: &Metadata) -> u32 {
    std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o7777
}

#[cfg(not(unix))]
fn mode(_: &Metadata) -> u32 {
    0
}

/// Who we are: a file that we make ourselves tells.
fn own_user() -> Option<u32> {
    let ours = tempfile::tempfile().and_then(|file| file.metadata());
    ours.ok().map(|ours| owner(&ours))
}

#[cfg(unix)]
fn owner(metadata: &Metadata) -> u32 {
    std::os::unix::fs::MetadataExt::uid(metadata)
}

#[cfg(not(unix))]
fn owner(_: &Metadata) -> u32 {
    0
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) -> std::io::Result<()> {
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode))
}

#[cfg(not(unix))]
fn set_mode(_: &Path, _: u32) -> std::io::Result<()> {
    Err(std::io::Error::from(std::io::ErrorKind::Unsupported))
}
