//! One file and what stands beside it: locked, read, replaced whole or not at all, set aside.

use std::ffi::{OsStr, OsString};
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::failure::{failed, lock_failed};
use super::presence::Presence;
use super::private::{self, refuse_if_directory_shared};
use crate::session::store::{StoreError, StoreErrorKind};

/// Larger files are not ours, and reading one must not fill the memory.
const LARGEST: u64 = 1 << 20;

/// A path, and the names that belong to it: `.lock`, `.refresh`, `.new-…` while it is written, `.damaged-…`.
#[derive(Debug)]
pub(super) struct Disk {
    path: PathBuf,
}

/// What becomes of the old content when new is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Old {
    Overwritten,
    /// It could not be read, and somebody may want to look at it.
    KeptBeside,
}

/// Held while the file is changed. The system takes it from a process that dies.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

impl Disk {
    /// Relative to where the program is now: it may change its directory later.
    pub(super) fn at(path: PathBuf) -> Self {
        Self {
            path: std::path::absolute(&path).unwrap_or(path),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The lock, unless somebody else has it. Makes the directory when it is missing.
    pub(super) fn try_lock(&self) -> Result<Option<Lock>, StoreError> {
        self.prepare_directory()?;
        let path = self.beside(".lock");
        let mut file = self.open_companion(&path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(lock_failed(&self.path, error)),
        }
        if !is_still_at(&file, &path) {
            // Somebody removed it meanwhile: whoever comes next locks another file. So do we.
            return Ok(None);
        }
        // For the message to those who wait in vain. It need not be durable, or even succeed: the disk may be full.
        let _ = file.set_len(0);
        let _ = file.write_all(format!("process {}\n", std::process::id()).as_bytes());
        Ok(Some(Lock { _file: file }))
    }

    /// The error for those who waited for the lock in vain.
    pub(super) fn stays_locked(&self) -> StoreError {
        let path = self.beside(".lock");
        let noted = private::open(OpenOptions::new().read(true), "read", &path)
            .ok()
            .flatten();
        let mut text = String::new();
        let holder = noted
            .and_then(|file| file.take(32).read_to_string(&mut text).ok())
            .and_then(|_| text.trim_end().strip_prefix("process ")?.parse::<u32>().ok())
            .map_or_else(
                || "another process".to_owned(),
                |id| format!("probably process {id}"),
            );
        StoreError::new(
            StoreErrorKind::Unavailable,
            format!(
                "cannot change {}: its lock, {}, is held by {holder}, which may be stopped or hang; let it go on or end it, \
                 and try again; the login that is stored is intact",
                self.path.display(),
                path.display()
            ),
        )
    }

    /// The lock that shows that whoever refreshes is alive; `None` when somebody shows it.
    pub(super) fn lock_presence(&self) -> Result<Option<File>, StoreError> {
        let path = self.beside(".refresh");
        let file = self.open_companion(&path)?;
        Presence::lock(file).map_err(|error| lock_failed(&self.path, error))
    }

    /// All bytes of the file, or `None` when there is none.
    pub(super) fn read(&self) -> Result<Option<Zeroizing<Vec<u8>>>, StoreError> {
        let Some(file) = private::open(OpenOptions::new().read(true), "read", &self.path)? else {
            return Ok(None);
        };
        // Room for all of it at once: a buffer that grows leaves copies behind.
        let size = file.metadata().map_or(0, |metadata| metadata.len().min(LARGEST));
        let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(size).unwrap_or(0) + 1));
        file.take(LARGEST)
            .read_to_end(&mut bytes)
            .map_err(|error| failed("read", &self.path, error))?;
        Ok(Some(bytes))
    }

    /// Either the old content or the new, whenever the power goes: a new file beside it, synced, then renamed,
    /// then the directory synced so that the rename itself is on disk. Only under the lock.
    pub(super) fn replace(
        &self,
        bytes: &[u8],
        old: Old,
        step: impl Fn(&'static str),
    ) -> Result<(), StoreError> {
        let not_written = |error| failed("write", &self.path, error);
        self.sweep();
        let mut new =
            private::temporary_file(self.directory(), &self.name_with(".new-")).map_err(not_written)?;
        step("writing");
        new.write_all(bytes).map_err(not_written)?;
        step("written");
        new.as_file().sync_all().map_err(not_written)?;
        step("synced");
        if old == Old::KeptBeside {
            let aside = self.free_name().map_err(not_written)?;
            // A second name leaves no moment without a file; some file systems know only one name for each.
            fs::hard_link(&self.path, &aside)
                .or_else(|_| fs::rename(&self.path, &aside))
                .map_err(not_written)?;
        }
        new.persist(&self.path)
            .map_err(|error| not_written(error.error))?;
        step("renamed");
        sync_directory(self.directory()).map_err(not_written)
    }

    /// Either the old content or the new while the machine runs; what a power cut leaves is not said. Only under the
    /// lock.
    pub(super) fn replace_unsynced(&self, bytes: &[u8]) -> Result<(), StoreError> {
        let not_written = |error| failed("write", &self.path, error);
        self.sweep();
        let mut new =
            private::temporary_file(self.directory(), &self.name_with(".new-")).map_err(not_written)?;
        new.write_all(bytes).map_err(not_written)?;
        new.persist(&self.path)
            .map_err(|error| not_written(error.error))?;
        Ok(())
    }

    /// Moves the file away, to be looked at.
    pub(super) fn set_aside(&self) -> Result<(), StoreError> {
        self.free_name()
            .and_then(|aside| fs::rename(&self.path, aside))
            .and_then(|()| sync_directory(self.directory()))
            .map_err(|error| failed("set aside", &self.path, error))
    }

    /// The first `.damaged-…` after all that are taken, so that nothing is overwritten.
    fn free_name(&self) -> io::Result<PathBuf> {
        let taken = self.names_beside(".damaged-")?;
        let numbers = taken
            .iter()
            .filter_map(|(_, number)| number.to_str()?.parse::<u64>().ok());
        let next = numbers.max().unwrap_or(0).saturating_add(1);
        Ok(self.beside(&format!(".damaged-{next}")))
    }

    /// Removes what writers that were killed have left. Under the lock nobody is using it, and no reader takes it
    /// for the file. That it cannot be removed is no reason not to write.
    fn sweep(&self) {
        for (left_behind, _) in self.names_beside(".new-").unwrap_or_default() {
            let _ = fs::remove_file(left_behind);
        }
    }

    /// The paths that begin with ours and `suffix`, with what follows.
    fn names_beside(&self, suffix: &str) -> io::Result<Vec<(PathBuf, OsString)>> {
        let prefix = self.name_with(suffix);
        let mut found = Vec::new();
        for entry in fs::read_dir(self.directory())? {
            let name = entry?.file_name();
            if let Some(rest) = name.as_encoded_bytes().strip_prefix(prefix.as_encoded_bytes()) {
                let rest = String::from_utf8_lossy(rest).into_owned().into();
                found.push((self.directory().join(&name), rest));
            }
        }
        Ok(found)
    }

    fn open_companion(&self, path: &Path) -> Result<File, StoreError> {
        let mut options = OpenOptions::new();
        let found = private::open(options.create(true).truncate(false).write(true), "lock", path)?;
        found.ok_or_else(|| failed("lock", &self.path, io::ErrorKind::NotFound.into()))
    }

    fn prepare_directory(&self) -> Result<(), StoreError> {
        let directory = self.directory();
        let not_usable = |error| failed("use the directory of", &self.path, error);
        let metadata = match fs::metadata(directory) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                make_directory(directory).map_err(not_usable)?;
                fs::metadata(directory)
            }
            found => found,
        };
        let metadata = metadata.map_err(not_usable)?;
        if !metadata.is_dir() {
            return Err(not_usable(io::ErrorKind::NotADirectory.into()));
        }
        refuse_if_directory_shared(directory, &metadata)
    }

    fn directory(&self) -> &Path {
        self.path.parent().unwrap_or(&self.path)
    }

    fn beside(&self, suffix: &str) -> PathBuf {
        self.path.with_file_name(self.name_with(suffix))
    }

    fn name_with(&self, suffix: &str) -> OsString {
        let mut name = self.path.file_name().unwrap_or(OsStr::new("")).to_owned();
        name.push(suffix);
        name
    }
}

/// A private directory, with those above it, each entered durably into the one that holds it.
fn make_directory(directory: &Path) -> io::Result<()> {
    let missing: Vec<_> = directory.ancestors().take_while(|path| !path.exists()).collect();
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)?;
    missing
        .iter()
        .rev()
        .filter_map(|made| made.parent())
        .try_for_each(sync_directory)
}

fn sync_directory(directory: &Path) -> io::Result<()> {
    // Elsewhere a directory cannot be opened as a file, and a rename is durable by the file system's own rules.
    if !cfg!(unix) {
        return Ok(());
    }
    match File::open(directory)?.sync_all() {
        // A file system that knows no such thing, and says so, does what it can by itself.
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported
            ) =>
        {
            Ok(())
        }
        synced => synced,
    }
}

/// Whether the path still leads to the open file.
#[cfg(unix)]
fn is_still_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let (Ok(open), Ok(there)) = (file.metadata(), fs::symlink_metadata(path)) else {
        return false;
    };
    (open.dev(), open.ino()) == (there.dev(), there.ino())
}

/// Elsewhere an open file cannot be removed.
#[cfg(not(unix))]
fn is_still_at(_: &File, _: &Path) -> bool {
    true
}

#[cfg(test)]
mod tests;
