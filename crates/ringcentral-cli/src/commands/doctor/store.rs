//! Where the login is kept: whether it can be read, whether the next one can be written.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use ringcentral::{StoreErrorKind, TokenStore as _};
use serde_json::json;

use super::report::Check;
use crate::context::Context;
use crate::failure::{Exit, Failure};

const STORE: &str = "store";

/// Far more than a login takes.
const ROOM: usize = 32 * 1024;

pub(super) async fn check(context: &Context<'_>) -> Check {
    let (Ok(store), Ok(slot)) = (context.store(), context.slot()) else {
        return Check::warn(
            STORE,
            "not checked: without a client ID there is no login to look for",
        );
    };
    let path = slot.path(&context.settings.directories);
    let facts = |check: Check, set_aside: &[PathBuf]| {
        check
            .fact("kind", "file")
            .fact("path", json!(path))
            .fact("set_aside", json!(set_aside))
    };
    let directory = path.parent().unwrap_or(Path::new(""));
    let set_aside = damaged_beside(&path);
    if let Err(error) = store.load().await {
        let corrupt = error.kind() == StoreErrorKind::Corrupt;
        let mut check = Check::failed(STORE, &Failure::from(error));
        if corrupt {
            check = check.next("ringcentral login");
        }
        return facts(check, &set_aside);
    }
    if let Err(error) = write_beside(directory) {
        let (what, next) = match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => (
                "there is no room for new tokens",
                "make room on the disk; the login that is there is kept",
            ),
            io::ErrorKind::ReadOnlyFilesystem => {
                ("new tokens cannot be written", "make the file system writable")
            }
            _ => (
                "new tokens cannot be written",
                "make the directory yours and writable",
            ),
        };
        let check = Check::fail(
            STORE,
            Exit::Configuration,
            format!("{what} in {}", directory.display()),
        )
        .detail(error.to_string())
        .detail("a token that has to be refreshed stays as it is until this is mended")
        .next(next);
        return facts(check, &set_aside);
    }
    let shown = path.display();
    let check = if path.exists() {
        Check::ok(
            STORE,
            format!("file {shown}: private, and there is room for new tokens"),
        )
    } else {
        Check::ok(
            STORE,
            format!("file {shown}: not there yet, the first login makes it"),
        )
    };
    if set_aside.is_empty() {
        return facts(check, &set_aside);
    }
    let check = Check::warn(
        STORE,
        format!("file {shown}: in order, but it was damaged before"),
    )
    .details(
        set_aside
            .iter()
            .map(|path| format!("set aside: {}", path.display())),
    )
    .detail("those may hold tokens")
    .next("delete them once you know why they were damaged");
    facts(check, &set_aside)
}

/// Makes what a refresh makes, and takes it away again. In the nearest directory that is there.
fn write_beside(directory: &Path) -> io::Result<()> {
    let there = directory.ancestors().find(|place| place.is_dir());
    let mut file = tempfile::tempfile_in(there.unwrap_or(Path::new(".")))?;
    file.write_all(&vec![0; ROOM])?;
    file.sync_all()
}

/// `NAME.damaged-1` and so on.
fn damaged_beside(path: &Path) -> Vec<PathBuf> {
    let Some(directory) = path.parent() else {
        return Vec::new();
    };
    let mut prefix = path.file_name().unwrap_or_default().to_owned();
    prefix.push(".damaged-");
    let prefix = prefix.to_string_lossy().into_owned();
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    let mut found: Vec<_> = entries
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(&prefix))
        .map(|entry| entry.path())
        .collect();
    found.sort();
    found
}
