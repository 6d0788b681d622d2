//! What keeps a file to its owner, and on the disk.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;

use crate::session::store::{StoreError, StoreErrorKind};

pub(super) fn refuse_symlink(path: &Path) -> Result<(), StoreError> {
    if path.is_symlink() {
        return Err(StoreError::new(
            StoreErrorKind::Insecure,
            format!(
                "{} is a symbolic link; tokens are not written through links",
                path.display()
            ),
        ));
    }
    Ok(())
}

pub(super) fn private_temporary_file(directory: &Path) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".ringcentral-").suffix(".new");
    #[cfg(unix)]
    let permissions = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    #[cfg(unix)]
    builder.permissions(permissions);
    builder.tempfile_in(directory)
}

pub(super) fn private(options: &mut OpenOptions) -> &OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

pub(super) fn sync_directory(directory: &Path) -> io::Result<()> {
    // Elsewhere a directory cannot be opened as a file, and a rename is durable by the file system's own rules.
    if cfg!(unix) {
        File::open(directory)?.sync_all()
    } else {
        Ok(())
    }
}

#[cfg(unix)]
pub(super) fn others_may_touch(metadata: &fs::Metadata) -> bool {
    std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o077 != 0
}

/// In a directory with the sticky bit, such as /tmp, nobody can replace another user's files.
#[cfg(unix)]
pub(super) fn others_may_replace_files(metadata: &fs::Metadata) -> bool {
    let mode = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions());
    mode & 0o022 != 0 && mode & 0o1000 == 0
}

#[cfg(not(unix))]
pub(super) fn others_may_touch(_: &fs::Metadata) -> bool {
    false
}

#[cfg(not(unix))]
pub(super) fn others_may_replace_files(_: &fs::Metadata) -> bool {
    false
}
