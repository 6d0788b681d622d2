//! Directories and files for their owner alone: the state holds signing keys and tokens.

use std::fs::{DirBuilder, OpenOptions};
use std::io;
use std::path::Path;

/// Makes a directory that only its owner can enter; one that is there stays as it is.
pub(crate) fn directory(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(path)
}

/// Makes an empty file that only its owner can read, or takes the others' rights from one that is there.
pub(crate) fn file(path: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    match options.open(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => close_to_others(path),
        opened => opened.map(drop),
    }
}

#[cfg(unix)]
fn close_to_others(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let metadata = std::fs::metadata(path)?;
    let mode = metadata.permissions().mode() & 0o777;
    let own = mode & 0o700;
    if !metadata.is_file() || mode == own {
        return Ok(());
    }
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(own))
}

#[cfg(not(unix))]
fn close_to_others(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::{directory, file};

    #[test]
    fn what_is_made_is_for_its_owner_alone() {
        let place = tempfile::tempdir().expect("a directory");
        let mode =
            |path: &std::path::Path| path.metadata().expect("it is there").permissions().mode() & 0o777;
        let (inner, open) = (place.path().join("a/b"), place.path().join("open"));
        directory(&inner).expect("made");
        directory(&inner).expect("there already");
        let kept = inner.join("state");
        file(&kept).expect("made");
        std::fs::write(&open, "kept").expect("written");
        std::fs::set_permissions(&open, std::fs::Permissions::from_mode(0o644)).expect("opened");
        file(&open).expect("closed");
        assert_eq!([mode(&inner), mode(&kept), mode(&open)], [0o700, 0o600, 0o600]);
        assert_eq!(std::fs::read_to_string(&open).expect("readable"), "kept");
    }
}
