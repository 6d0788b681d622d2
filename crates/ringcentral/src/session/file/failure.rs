//! What the file system answered, in words: what, why, what to do next.

use std::io::{self, ErrorKind};
use std::path::Path;

use crate::session::store::{StoreError, StoreErrorKind};

/// The error for work on `path` that the system refused.
pub(super) fn failed(verb: &str, path: &Path, error: io::Error) -> StoreError {
    let (kind, why) = reason(&error);
    StoreError::new(kind, format!("cannot {verb} {}: {why}", path.display())).with_source(error)
}

/// The error for a lock that was refused for another reason than that somebody holds it.
pub(super) fn lock_failed(path: &Path, error: io::Error) -> StoreError {
    if !locks_are_missing(&error) {
        return failed("lock", path, error);
    }
    StoreError::new(
        StoreErrorKind::Denied,
        format!(
            "cannot lock {}: its file system has no working locks, without which two programs would refresh one login \
             at once; keep it on a local disk, or mount the network file system with locking",
            path.display()
        ),
    )
    .with_source(error)
}

fn reason(error: &io::Error) -> (StoreErrorKind, &'static str) {
    use StoreErrorKind::{Denied, Full, Unavailable};
    match error.kind() {
        ErrorKind::PermissionDenied => (
            Denied,
            "permission denied; let your user read and write it and its directory, or choose another place",
        ),
        ErrorKind::ReadOnlyFilesystem => (
            Denied,
            "the file system is read-only; make it writable, or choose another place",
        ),
        ErrorKind::StorageFull => (
            Full,
            "the disk is full; free some space and try again, the login that is stored is intact",
        ),
        ErrorKind::QuotaExceeded => (
            Full,
            "your share of the disk is used up; free some space and try again, the login that is stored is intact",
        ),
        ErrorKind::FileTooLarge => (
            Full,
            "a limit on the size of files is reached (`ulimit -f`); raise it, the login that is stored is intact",
        ),
        ErrorKind::NotFound => (
            Unavailable,
            "it or its directory was removed in the meantime; try again",
        ),
        ErrorKind::NotADirectory => (
            Denied,
            "a part of its path is a file, not a directory; choose another place",
        ),
        ErrorKind::IsADirectory => (Denied, "it is a directory; choose the path of a file"),
        ErrorKind::InvalidFilename => (
            Denied,
            "the name is too long, or not allowed on this file system; choose another",
        ),
        ErrorKind::InvalidInput => (Denied, "the system does not accept this path; choose another"),
        ErrorKind::StaleNetworkFileHandle => (
            Unavailable,
            "the network file system has lost track of it; try again",
        ),
        _ => (
            Unavailable,
            "the file system reports a failure; try again, and look at the disk if it stays so",
        ),
    }
}

/// Network file systems whose lock service does not run, and those that never had one.
fn locks_are_missing(error: &io::Error) -> bool {
    #[cfg(unix)]
    if error.raw_os_error() == Some(rustix::io::Errno::NOLCK.raw_os_error()) {
        return true;
    }
    error.kind() == ErrorKind::Unsupported
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_has_a_kind_and_says_what_to_do() {
        use StoreErrorKind::{Denied, Full, Unavailable};
        let table = [
            (
                ErrorKind::PermissionDenied,
                Denied,
                "let your user read and write",
            ),
            (ErrorKind::ReadOnlyFilesystem, Denied, "is read-only"),
            (ErrorKind::StorageFull, Full, "free some space"),
            (ErrorKind::QuotaExceeded, Full, "free some space"),
            (ErrorKind::FileTooLarge, Full, "ulimit"),
            (ErrorKind::NotFound, Unavailable, "removed in the meantime"),
            (ErrorKind::NotADirectory, Denied, "choose another place"),
            (ErrorKind::IsADirectory, Denied, "it is a directory"),
            (ErrorKind::InvalidFilename, Denied, "too long"),
            (ErrorKind::InvalidInput, Denied, "choose another"),
            (ErrorKind::StaleNetworkFileHandle, Unavailable, "try again"),
            (ErrorKind::Other, Unavailable, "try again"),
        ];
        for (given, kind, words) in table {
            let error = failed("write", Path::new("/x/tokens.json"), given.into());
            assert_eq!(error.kind(), kind, "{given}");
            let text = error.to_string();
            assert!(
                text.starts_with("cannot write /x/tokens.json: ") && text.contains(words),
                "{text}"
            );
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_file_system_without_locks_is_named_as_such() {
        use rustix::io::Errno;
        let path = Path::new("/net/tokens.json");
        for errno in [Errno::NOLCK, Errno::OPNOTSUPP, Errno::NOSYS, Errno::NOTSUP] {
            let error = lock_failed(path, errno.into());
            assert_eq!(error.kind(), StoreErrorKind::Denied, "{errno}");
            assert!(error.to_string().contains("no working locks"), "{errno}: {error}");
        }
        assert!(
            !lock_failed(path, Errno::IO.into())
                .to_string()
                .contains("no working locks")
        );
    }
}
