//! What keeps a file to its owner.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;

use super::failure::failed;
use crate::session::store::{StoreError, StoreErrorKind};

/// Opens a file that is ours alone, or answers `None` when there is none. A link is not followed.
///
/// What is checked is what was opened, so that nobody can exchange it in between.
pub(super) fn open(options: &mut OpenOptions, verb: &str, path: &Path) -> Result<Option<File>, StoreError> {
    if path.is_symlink() {
        return Err(linked(path));
    }
    match owner_only(options).open(path) {
        Ok(file) => {
            let metadata = file.metadata().map_err(|error| failed(verb, path, error))?;
            refuse_if_shared(path, &metadata)?;
            Ok(Some(file))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(_) if path.is_symlink() => Err(linked(path)),
        Err(error) => Err(failed(verb, path, error)),
    }
}

/// A new file with a name of its own, beside the one that it will replace.
pub(super) fn temporary_file(
    directory: &Path,
    prefix: &std::ffi::OsStr,
) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(prefix);
    #[cfg(unix)]
    let permissions = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    #[cfg(unix)]
    builder.permissions(permissions);
    builder.tempfile_in(directory)
}

fn linked(path: &Path) -> StoreError {
    insecure(
        path,
        "is a symbolic link; tokens are not written through links, so name the file itself",
    )
}

fn refuse_if_shared(path: &Path, metadata: &fs::Metadata) -> Result<(), StoreError> {
    if metadata.is_dir() {
        return Err(insecure(
            path,
            "is a directory, not a file; choose the path of a file",
        ));
    }
    if !metadata.is_file() {
        return Err(insecure(path, "is not an ordinary file; choose another path"));
    }
    if let Some(owner) = another_owner(metadata) {
        let why = format!("belongs to another user (uid {owner}); only a file of your own holds your login");
        return Err(insecure(path, &why));
    }
    if others_may_touch(metadata) {
        return Err(insecure(
            path,
            "may be read or written by other users; make it private (chmod 600)",
        ));
    }
    Ok(())
}

/// Whoever may write to the directory can put another file in the place of ours.
pub(super) fn refuse_if_directory_shared(path: &Path, metadata: &fs::Metadata) -> Result<(), StoreError> {
    if let Some(owner) = another_owner(metadata).filter(|owner| *owner != ROOT) {
        let why = format!(
            "belongs to another user (uid {owner}), who could exchange the login in it; use a directory of your own"
        );
        return Err(insecure(path, &why));
    }
    if others_may_replace_files(metadata) {
        return Err(insecure(
            path,
            "may be written to by other users; make it private (chmod 700)",
        ));
    }
    Ok(())
}

fn insecure(path: &Path, why: &str) -> StoreError {
    StoreError::new(StoreErrorKind::Insecure, format!("{} {why}", path.display()))
}

const ROOT: u32 = 0;

#[cfg(unix)]
use on_unix::{another_owner, others_may_replace_files, others_may_touch, owner_only};

#[cfg(unix)]
mod on_unix {
    use std::fs::{Metadata, OpenOptions};
    use std::os::unix::fs::{MetadataExt, OpenOptionsExt};

    use rustix::fs::OFlags;

    /// Readable by nobody else when it is made, and no link; and a pipe in its place makes nobody wait.
    pub(super) fn owner_only(options: &mut OpenOptions) -> &OpenOptions {
        let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
        options.mode(0o600).custom_flags(flags.bits().cast_signed())
    }

    pub(super) fn another_owner(metadata: &Metadata) -> Option<u32> {
        let owner = metadata.uid();
        (owner != rustix::process::geteuid().as_raw()).then_some(owner)
    }

    pub(super) fn others_may_touch(metadata: &Metadata) -> bool {
        metadata.mode() & 0o077 != 0
    }

    /// In a directory with the sticky bit, such as /tmp, nobody can replace another user's files.
    pub(super) fn others_may_replace_files(metadata: &Metadata) -> bool {
        metadata.mode() & 0o022 != 0 && metadata.mode() & 0o1000 == 0
    }
}

#[cfg(not(unix))]
use elsewhere::{another_owner, others_may_replace_files, others_may_touch, owner_only};

/// Elsewhere a user's directories are private by the system's own lists, which files inherit.
#[cfg(not(unix))]
mod elsewhere {
    use std::fs::{Metadata, OpenOptions};

    pub(super) fn owner_only(options: &mut OpenOptions) -> &OpenOptions {
        options
    }

    pub(super) fn another_owner(_: &Metadata) -> Option<u32> {
        None
    }

    pub(super) fn others_may_touch(_: &Metadata) -> bool {
        false
    }

    pub(super) fn others_may_replace_files(_: &Metadata) -> bool {
        false
    }
}
