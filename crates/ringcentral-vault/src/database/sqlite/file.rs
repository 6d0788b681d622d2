//! The file of a SQLite database: nobody else's, and still the one that was opened.

use std::io;
use std::path::{Path, PathBuf};

use crate::error::{Result, VaultError, VaultErrorKind};

/// Makes the file before SQLite would, so that nobody else can read it for even a moment. The log and the index
/// beside it take their mode from it.
pub(super) async fn create_private(path: &Path) -> Result<()> {
    refuse_a_public_directory(path).await?;
    let mut options = tokio::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    options.mode(0o600);
    match options.open(path).await {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => refuse_a_public_file(path).await,
        Err(error) => Err(cannot_be_created(path, error)),
    }
}

fn cannot_be_created(path: &Path, error: io::Error) -> VaultError {
    let kind = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => VaultErrorKind::Full,
        io::ErrorKind::ReadOnlyFilesystem => VaultErrorKind::ReadOnly,
        _ => VaultErrorKind::Config,
    };
    VaultError::new(
        kind,
        format!("the database file {} cannot be created", path.display()),
    )
    .with_source(error)
}

/// Who may write to the directory may put another file in the database's place. A sticky directory (`/tmp`) keeps the
/// files of one user from the others.
#[cfg(unix)]
async fn refuse_a_public_directory(path: &Path) -> Result<()> {
    let directory = match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    let mode = match mode_of(directory).await {
        Some(mode) if mode & 0o1000 == 0 => mode,
        // One that is not there is reported when the file cannot be made.
        _ => return Ok(()),
    };
    let directory = directory.display();
    if mode & 0o002 != 0 {
        return Err(VaultError::new(
            VaultErrorKind::Insecure,
            format!(
                "every user of this machine may replace the files in {directory}, where the database is; take that \
                 right away (chmod o-w {directory}), or keep the database in a directory of its own"
            ),
        ));
    }
    if mode & 0o020 != 0 {
        tracing::warn!(%directory, "a group of users may replace the vault's database");
    }
    Ok(())
}

// By its path: opening and closing the file here would drop the locks that this process holds on it elsewhere.
#[cfg(unix)]
async fn refuse_a_public_file(path: &Path) -> Result<()> {
    let mode = mode_of(path).await.unwrap_or_default();
    let path = path.display();
    if mode & 0o002 != 0 {
        return Err(VaultError::new(
            VaultErrorKind::Insecure,
            format!("every user of this machine may write to the database file {path}; run chmod 600 {path}"),
        ));
    }
    if mode & 0o077 != 0 {
        tracing::warn!(%path, "other users of this machine may read or write the vault's database");
    }
    Ok(())
}

#[cfg(unix)]
async fn mode_of(path: &Path) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt;

    let metadata = tokio::fs::metadata(path).await.ok()?;
    Some(metadata.permissions().mode())
}

#[cfg(not(unix))]
async fn refuse_a_public_directory(_path: &Path) -> Result<()> {
    Ok(())
}

#[cfg(not(unix))]
async fn refuse_a_public_file(_path: &Path) -> Result<()> {
    Ok(())
}

/// The file that was opened. SQLite goes on writing to one that was deleted, and all of that would be gone with the
/// program; so before each statement this looks whether the file is still where others would look for it.
#[derive(Clone, Debug)]
pub(crate) struct OpenedFile {
    path: PathBuf,
    identity: Identity,
}

#[cfg(unix)]
type Identity = (u64, u64);

#[cfg(unix)]
fn identity(metadata: &std::fs::Metadata) -> Identity {
    use std::os::unix::fs::MetadataExt;

    (metadata.dev(), metadata.ino())
}

/// Elsewhere a file that is open cannot be deleted.
#[cfg(not(unix))]
type Identity = ();

#[cfg(not(unix))]
fn identity(_metadata: &std::fs::Metadata) -> Identity {}

impl OpenedFile {
    pub(super) async fn at(path: &Path) -> Result<Self> {
        // The program may go to another directory later.
        let path = tokio::fs::canonicalize(path)
            .await
            .map_err(|error| gone(path, error))?;
        let metadata = tokio::fs::metadata(&path)
            .await
            .map_err(|error| gone(&path, error))?;
        let identity = identity(&metadata);
        Ok(Self { path, identity })
    }

    pub(crate) async fn is_still_there(&self) -> Result<()> {
        match tokio::fs::metadata(&self.path).await {
            Ok(metadata) if identity(&metadata) == self.identity => Ok(()),
            Ok(_) => Err(gone(&self.path, io::Error::other("another file is in its place"))),
            Err(error) => Err(gone(&self.path, error)),
        }
    }
}

fn gone(path: &Path, error: io::Error) -> VaultError {
    VaultError::new(
        VaultErrorKind::Unavailable,
        format!(
            "the database file {} was moved, deleted or replaced while it is in use; move it back, or start the \
             program anew with what is there now",
            path.display()
        ),
    )
    .with_source(error)
}
