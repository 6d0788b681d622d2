//! A login in a file that only its owner can read, replaced whole or not at all.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::slot::Slot;
use super::store::{
    Claim, Commit, Lease, RefreshOutcome, StoreError, StoreErrorKind, Stored, TokenStore, Version,
};
use super::token_set::{SecretRecord, TokenSet};
use crate::BoxFuture;

mod presence;
mod private;

use presence::Presence;
use private::{
    others_may_replace_files, others_may_touch, private, private_temporary_file, refuse_symlink,
    sync_directory,
};

const FORMAT: &str = "ringcentral-login/1";

/// Larger files are not ours, and reading one must not fill the memory.
const LARGEST: u64 = 1 << 20;

/// Keeps a login in a file: mode 0600, guarded by a lock file beside it, replaced atomically and synced to disk.
/// (Two empty files stand beside it: `.lock` guards each change, `.refresh` shows that whoever refreshes is alive.)
///
/// Any number of tasks and processes may share the file. Symbolic links, and files that other users may read or
/// write, are refused. A damaged file is reported and left alone; a new login moves it aside
/// (`NAME.damaged-1`) rather than overwriting it.
///
/// ```
/// # use ringcentral::{App, Client, FileTokenStore};
/// # fn main() -> ringcentral::Result<()> {
/// let client = Client::builder(App::public("my-client-id"))
///     .token_store(FileTokenStore::at("tokens.json"))
///     .build()?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct FileTokenStore(Arc<Place>);

#[derive(Debug)]
struct Place {
    path: PathBuf,
    login: Option<String>,
    presence: Presence,
}

#[derive(Serialize, Deserialize)]
struct FileRecord {
    format: String,
    /// Whose login this is, so that a file that strayed to another profile is noticed.
    login: Option<String>,
    #[serde(flatten)]
    slot: Slot<SecretRecord>,
}

impl FileTokenStore {
    /// A store at this path. Nothing is read or written yet; missing directories are made when a login is stored.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self(Arc::new(Place {
            path: path.into(),
            login: None,
            presence: Presence::default(),
        }))
    }

    /// Ties the file to one login, such as `SERVER CLIENT-ID PROFILE`: a file that names another is refused.
    #[must_use]
    pub fn for_login(self, login: impl Into<String>) -> Self {
        Self(Arc::new(Place {
            path: self.0.path.clone(),
            login: Some(login.into()),
            presence: Presence::default(),
        }))
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// Runs file work on a thread where it may block, to its end even if the caller goes away.
    fn run<R: Send + 'static>(
        &self,
        work: impl FnOnce(&Place) -> Result<R, StoreError> + Send + 'static,
    ) -> BoxFuture<'static, Result<R, StoreError>> {
        let place = Arc::clone(&self.0);
        Box::pin(async move {
            match tokio::task::spawn_blocking(move || work(&place)).await {
                Ok(result) => result,
                Err(error) => Err(
                    StoreError::new(StoreErrorKind::Unavailable, "the file work was stopped")
                        .with_source(error),
                ),
            }
        })
    }
}

impl TokenStore for FileTokenStore {
    fn load(&self) -> BoxFuture<'_, Result<Option<Stored>, StoreError>> {
        self.run(|place| {
            let slot = place.read()?;
            let Some(record) = slot.tokens else {
                return Ok(None);
            };
            let tokens = TokenSet::try_from(record).map_err(|_| place.damaged())?;
            Ok(Some(Stored {
                tokens,
                version: slot.version,
                lease: slot.lease,
                last_refresh: slot.last_refresh,
            }))
        })
    }

    fn put<'a>(&'a self, login: &'a TokenSet) -> BoxFuture<'a, Result<Version, StoreError>> {
        let record = SecretRecord::from(login);
        self.run(move |place| {
            let _lock = place.lock()?;
            let mut slot = match place.read() {
                Err(error) if error.kind() == StoreErrorKind::Corrupt => {
                    place.set_aside()?;
                    Slot::default()
                }
                other => other?,
            };
            let version = slot.put(record);
            place.write(slot)?;
            Ok(version)
        })
    }

    fn claim<'a>(
        &'a self,
        seen: Version,
        holder: &'a str,
        now: Timestamp,
        until: Timestamp,
    ) -> BoxFuture<'a, Result<Claim, StoreError>> {
        let holder = holder.to_owned();
        self.run(move |place| place.claim(|slot| slot.claim(seen, &holder, now, until)))
    }

    fn claim_vacant<'a>(
        &'a self,
        holder: &'a str,
        now: Timestamp,
        until: Timestamp,
    ) -> BoxFuture<'a, Result<Claim, StoreError>> {
        let holder = holder.to_owned();
        self.run(move |place| place.claim(|slot| slot.claim_vacant(&holder, now, until)))
    }

    fn renew<'a>(&'a self, lease: &'a Lease, until: Timestamp) -> BoxFuture<'a, Result<bool, StoreError>> {
        let lease = lease.clone();
        self.run(move |place| {
            place.change(move |slot| {
                let mine = slot.renew(&lease, until);
                (mine, mine)
            })
        })
    }

    fn commit<'a>(
        &'a self,
        lease: &'a Lease,
        tokens: &'a TokenSet,
        outcome: &'a RefreshOutcome,
    ) -> BoxFuture<'a, Result<Commit, StoreError>> {
        let (lease, record, outcome) = (lease.clone(), SecretRecord::from(tokens), outcome.clone());
        self.run(move |place| {
            let commit = place.change(|slot| {
                let commit = slot.commit(&lease, record, outcome);
                (commit, commit != Commit::Lost)
            })?;
            place.presence.end(lease.fence);
            Ok(commit)
        })
    }

    fn release<'a>(
        &'a self,
        lease: &'a Lease,
        outcome: &'a RefreshOutcome,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        let (lease, outcome) = (lease.clone(), outcome.clone());
        self.run(move |place| {
            // Without the note the lease ends all the same: nobody shows life for it.
            place.presence.end(lease.fence);
            place.change(|slot| (slot.release(&lease, outcome), true))
        })
    }

    fn remove(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        self.run(|place| {
            if !place.exists()? {
                return Ok(());
            }
            place.change(|slot| (slot.remove(), true))
        })
    }

    fn describe(&self) -> String {
        format!("file {}", self.0.path.display())
    }
}

impl Place {
    /// One change under the lock: read, change, and write back if something changed.
    fn change<R>(&self, change: impl FnOnce(&mut Slot<SecretRecord>) -> (R, bool)) -> Result<R, StoreError> {
        let _lock = self.lock()?;
        let mut slot = self.read()?;
        let (answer, changed) = change(&mut slot);
        if changed {
            self.write(slot)?;
        }
        Ok(answer)
    }

    fn claim(&self, claim: impl FnOnce(&mut Slot<SecretRecord>) -> Claim) -> Result<Claim, StoreError> {
        let _lock = self.lock()?;
        let mut slot = self.read()?;
        let presence = self.lock_presence()?;
        if presence.is_some() {
            // Whoever held the lease is gone: there is nothing to wait for.
            slot.lease = None;
        }
        let claim = claim(&mut slot);
        if let Claim::Held(lease) = &claim {
            self.write(slot)?;
            self.presence.keep(lease.fence, presence);
        }
        Ok(claim)
    }

    fn read(&self) -> Result<Slot<SecretRecord>, StoreError> {
        if !self.exists()? {
            return Ok(Slot::default());
        }
        let mut bytes = Zeroizing::new(Vec::new());
        File::open(&self.path)
            .and_then(|file| file.take(LARGEST).read_to_end(&mut bytes))
            .map_err(|error| self.failed("read", error))?;
        // The parser's message may quote what it found, so it goes no further.
        let record: FileRecord = serde_json::from_slice(&bytes).map_err(|_| self.damaged())?;
        if record.format != FORMAT {
            return Err(self.damaged());
        }
        match (&self.login, &record.login) {
            (Some(expected), Some(found)) if expected != found => Err(StoreError::new(
                StoreErrorKind::Foreign,
                format!(
                    "{} belongs to another login ({found}); it has been left as it is",
                    self.path.display()
                ),
            )),
            _ => Ok(record.slot),
        }
    }

    fn write(&self, slot: Slot<SecretRecord>) -> Result<(), StoreError> {
        let record = FileRecord {
            format: FORMAT.to_owned(),
            login: self.login.clone(),
            slot,
        };
        let bytes = Zeroizing::new(serde_json::to_vec_pretty(&record).expect("text and times become JSON"));
        self.replace(&bytes).map_err(|error| self.failed("write", error))
    }

    /// Either the old content or the new, whenever the power goes: a new file beside it, synced, then renamed,
    /// then the directory synced so that the rename itself is on disk.
    fn replace(&self, bytes: &[u8]) -> io::Result<()> {
        let mut new = private_temporary_file(self.directory())?;
        new.write_all(bytes)?;
        new.as_file().sync_all()?;
        new.persist(&self.path).map_err(|error| error.error)?;
        sync_directory(self.directory())
    }

    fn lock(&self) -> Result<File, StoreError> {
        self.prepare_directory()?;
        let path = self.beside(".lock");
        refuse_symlink(&path)?;
        let file = private(OpenOptions::new().create(true).truncate(false).write(true))
            .open(&path)
            .map_err(|error| self.failed("lock", error))?;
        file.lock().map_err(|error| self.failed("lock", error))?;
        Ok(file)
    }

    fn lock_presence(&self) -> Result<Option<File>, StoreError> {
        let path = self.beside(".refresh");
        refuse_symlink(&path)?;
        private(OpenOptions::new().create(true).truncate(false).write(true))
            .open(&path)
            .and_then(Presence::lock)
            .map_err(|error| self.failed("lock", error))
    }

    fn prepare_directory(&self) -> Result<(), StoreError> {
        let directory = self.directory();
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder
            .create(directory)
            .map_err(|error| self.failed("make the directory of", error))?;
        let metadata =
            fs::metadata(directory).map_err(|error| self.failed("look at the directory of", error))?;
        if others_may_replace_files(&metadata) {
            return Err(StoreError::new(
                StoreErrorKind::Insecure,
                format!(
                    "other users may write to {}; make it private (chmod 700)",
                    directory.display()
                ),
            ));
        }
        Ok(())
    }

    /// Whether the file is there, as a private, ordinary file.
    fn exists(&self) -> Result<bool, StoreError> {
        refuse_symlink(&self.path)?;
        let metadata = match fs::symlink_metadata(&self.path) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(self.failed("read", error)),
        };
        if !metadata.is_file() {
            return Err(StoreError::new(
                StoreErrorKind::Insecure,
                format!("{} is not a file", self.path.display()),
            ));
        }
        if others_may_touch(&metadata) {
            return Err(StoreError::new(
                StoreErrorKind::Insecure,
                format!(
                    "other users may read or write {}; make it private (chmod 600)",
                    self.path.display()
                ),
            ));
        }
        Ok(true)
    }

    fn set_aside(&self) -> Result<(), StoreError> {
        let names = (1..1_000).map(|n| self.beside(&format!(".damaged-{n}")));
        let Some(free) = { names }.find(|path| fs::symlink_metadata(path).is_err()) else {
            return Err(self.damaged());
        };
        fs::rename(&self.path, free).map_err(|error| self.failed("set aside", error))
    }

    fn directory(&self) -> &Path {
        match self.path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        }
    }

    fn beside(&self, suffix: &str) -> PathBuf {
        let mut name = self.path.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    }

    fn damaged(&self) -> StoreError {
        StoreError::new(
            StoreErrorKind::Corrupt,
            format!(
                "{} is damaged, or not a login of ours; it has been left as it is, and a new login sets it aside",
                self.path.display()
            ),
        )
    }

    fn failed(&self, verb: &str, error: io::Error) -> StoreError {
        let (kind, advice) = match error.kind() {
            io::ErrorKind::PermissionDenied => (StoreErrorKind::Denied, "permission denied"),
            io::ErrorKind::ReadOnlyFilesystem => (StoreErrorKind::Denied, "the file system is read-only"),
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => (
                StoreErrorKind::Full,
                "the disk is full; what was stored before is untouched",
            ),
            _ => (StoreErrorKind::Unavailable, "the file system reports a failure"),
        };
        StoreError::new(kind, format!("cannot {verb} {}: {advice}", self.path.display())).with_source(error)
    }
}
