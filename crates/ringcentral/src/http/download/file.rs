//! A download into a file or a writer.

use std::ffi::OsString;
use std::fmt;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;
use tokio::io::{AsyncWrite, AsyncWriteExt, BufWriter};
use tokio::task::spawn_blocking;

use super::{Download, DownloadStream};
use crate::error::{Error, ErrorKind, Result};

/// What is written at once.
const BUFFER: usize = 128 * 1024;

/// What was downloaded.
#[derive(Clone, Debug)]
pub struct Downloaded {
    length: u64,
    content_type: Option<String>,
    file_name: Option<String>,
}

impl Downloaded {
    /// How many bytes it has.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Its media type, such as `audio/mpeg`.
    pub fn content_type(&self) -> Option<&str> {
        self.content_type.as_deref()
    }

    /// The name that the platform gives it, safe to use here.
    pub fn file_name(&self) -> Option<&str> {
        self.file_name.as_deref()
    }
}

impl Download {
    /// Downloads into a file: all of it is there under this name, or nothing.
    ///
    /// It is written beside its place, synced and then renamed; what is left of a download that failed is removed. A file
    /// that is there already stays, and is an error, unless [`overwrite`](Self::overwrite) says otherwise.
    ///
    /// # Errors
    /// As [`open`](Self::open) and [`DownloadStream::chunk`]; [`ErrorKind::Usage`] for a path that cannot be a file's,
    /// before anything is sent; [`ErrorKind::File`] when the file cannot be written, for instance because the disk is
    /// full.
    pub async fn to_file(self, path: impl Into<PathBuf>) -> Result<Downloaded> {
        let target = Target {
            path: path.into(),
            overwrite: self.overwrite,
        };
        let target = off_the_runtime(move || target.checked()).await?;
        let mut stream = self.open().await?;
        let (target, new) = off_the_runtime(move || {
            let new = target.temporary()?;
            Ok((target, new))
        })
        .await?;
        let file = new
            .as_file()
            .try_clone()
            .map_err(|error| target.not_written(error))?;
        let mut writer = BufWriter::with_capacity(BUFFER, tokio::fs::File::from_std(file));
        let saved = stream
            .write_to(&mut writer, |error| target.not_written(error))
            .await?;
        off_the_runtime(move || target.place(new)).await?;
        Ok(saved)
    }

    /// Downloads into a writer, and flushes it.
    ///
    /// What was written of a download that failed stays in the writer.
    ///
    /// # Errors
    /// As [`open`](Self::open) and [`DownloadStream::chunk`]; [`ErrorKind::File`] when the writer fails.
    pub async fn to_writer(
        self,
        writer: &mut (impl AsyncWrite + Unpin + Send + ?Sized),
    ) -> Result<Downloaded> {
        let failed =
            |error| Error::new(ErrorKind::File, "what was downloaded cannot be written").with_source(error);
        self.open().await?.write_to(writer, failed).await
    }
}

impl DownloadStream {
    async fn write_to(
        &mut self,
        writer: &mut (impl AsyncWrite + Unpin + Send + ?Sized),
        failed: impl Fn(io::Error) -> Error,
    ) -> Result<Downloaded> {
        while let Some(chunk) = self.chunk().await? {
            writer.write_all(&chunk).await.map_err(&failed)?;
        }
        writer.flush().await.map_err(&failed)?;
        Ok(Downloaded {
            length: self.received(),
            content_type: self.content_type().map(str::to_owned),
            file_name: self.file_name(),
        })
    }
}

/// Where the file is to be.
#[derive(Clone, Debug)]
struct Target {
    path: PathBuf,
    overwrite: bool,
}

impl Target {
    /// Refuses what cannot succeed. The path is made absolute: the program may change its directory meanwhile.
    fn checked(self) -> Result<Self> {
        let path = std::path::absolute(&self.path).unwrap_or(self.path);
        let target = Self { path, ..self };
        let refuse = |what: fmt::Arguments<'_>| Err(Error::new(ErrorKind::Usage, what.to_string()));
        let path = target.path.display();
        if target.path.file_name().is_none() || target.path.is_dir() {
            return refuse(format_args!(
                "{path} is a directory; name the file that is to be written"
            ));
        }
        if !target.directory().is_dir() {
            return refuse(format_args!(
                "there is no directory {}; make it first",
                target.directory().display()
            ));
        }
        if !target.overwrite && fs::symlink_metadata(&target.path).is_ok() {
            return refuse(format_args!(
                "{path} exists already; choose another name, or allow to overwrite it"
            ));
        }
        Ok(target)
    }

    /// A new file beside it, with the permissions that any new file has. It removes itself.
    fn temporary(&self) -> Result<NamedTempFile> {
        let mut prefix = OsString::from(".");
        prefix.push(self.path.file_name().unwrap_or_default());
        prefix.push(".");
        let mut builder = tempfile::Builder::new();
        builder.suffix(".part");
        #[cfg(unix)]
        let permissions = std::os::unix::fs::PermissionsExt::from_mode(0o666);
        #[cfg(unix)]
        builder.permissions(permissions);
        builder
            .prefix(&prefix)
            .tempfile_in(self.directory())
            // The name of the file may be too long for an addition.
            .or_else(|_| builder.prefix(".download.").tempfile_in(self.directory()))
            .map_err(|error| self.not_written(error))
    }

    /// Gives the file its name once its bytes are on disk.
    fn place(&self, new: NamedTempFile) -> Result<()> {
        new.as_file()
            .sync_all()
            .map_err(|error| self.not_written(error))?;
        let placed = if self.overwrite {
            new.persist(&self.path)
        } else {
            new.persist_noclobber(&self.path)
        };
        placed.map_err(|error| self.not_written(error.error))?;
        sync_directory(self.directory()).map_err(|error| self.not_written(error))
    }

    fn directory(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new("."))
    }

    fn not_written(&self, error: io::Error) -> Error {
        let path = self.path.display();
        let what = match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                format!("{path} cannot be written: there is no room left; nothing is left of it")
            }
            io::ErrorKind::AlreadyExists => {
                format!(
                    "{path} was made by somebody else meanwhile; choose another name, or allow to overwrite it"
                )
            }
            io::ErrorKind::PermissionDenied => {
                format!("{path} may not be written; check the permissions of its directory")
            }
            _ => format!("{path} cannot be written"),
        };
        Error::new(ErrorKind::File, what).with_source(error)
    }
}

/// Makes a rename durable, where the system lets us.
#[cfg(unix)]
fn sync_directory(directory: &Path) -> io::Result<()> {
    match File::open(directory)?.sync_all() {
        // Some network file systems know no such thing.
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

#[cfg(not(unix))]
fn sync_directory(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Runs what may wait for a disk.
async fn off_the_runtime<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    spawn_blocking(work)
        .await
        .map_err(|error| Error::new(ErrorKind::File, "the file could not be written").with_source(error))?
}
