//! A file on this machine as a body: opened anew for each attempt, read while it is sent, never held whole.

use std::fs::Metadata;
use std::io;
use std::path::{Path, PathBuf};

use bytes::{Bytes, BytesMut};
use futures_util::stream::{self, Stream};
use tokio::fs::{self, File};
use tokio::io::AsyncReadExt;

use super::body::Body;
use super::payload::Open;
use super::transport::{TransportError, TransportErrorKind};
use crate::BoxFuture;
use crate::error::{Error, ErrorKind, Result};

/// What is read at once.
const CHUNK: usize = 64 * 1024;

/// A path whose file is sent.
#[derive(Clone, Debug)]
pub(crate) struct FileSource(PathBuf);

/// A file that has been opened to be sent, and how it was then.
pub(super) struct OpenFile {
    path: PathBuf,
    file: File,
    before: Metadata,
}

impl FileSource {
    pub(crate) fn at(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// How many bytes it has now.
    pub(crate) async fn length(&self) -> Result<u64> {
        Ok(self.look().await?.len())
    }

    pub(super) async fn open(&self) -> Result<OpenFile> {
        // Looked at first: opening a pipe would wait for whoever writes into it.
        self.look().await?;
        let file = File::open(&self.0).await.map_err(|error| self.unusable(error))?;
        let before = file.metadata().await.map_err(|error| self.unusable(error))?;
        Ok(OpenFile {
            path: self.0.clone(),
            file,
            before,
        })
    }

    async fn look(&self) -> Result<Metadata> {
        let metadata = fs::metadata(&self.0)
            .await
            .map_err(|error| self.unusable(error))?;
        if metadata.is_file() {
            return Ok(metadata);
        }
        let what = if metadata.is_dir() {
            "a directory"
        } else {
            "a device or a pipe"
        };
        Err(Error::new(
            ErrorKind::Usage,
            format!(
                "{} is {what}; name a file, which can be read again when needed",
                self.0.display()
            ),
        ))
    }

    fn unusable(&self, error: io::Error) -> Error {
        let path = self.0.display();
        let what = match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
                format!("there is no file {path}; check the path")
            }
            io::ErrorKind::PermissionDenied => {
                format!("the file {path} may not be read; check its permissions and those of its directory")
            }
            _ => format!("the file {path} cannot be read"),
        };
        Error::new(ErrorKind::Usage, what).with_source(error)
    }
}

impl Open for FileSource {
    fn open(&self) -> BoxFuture<'_, Result<Body>> {
        Box::pin(async {
            let file = Self::open(self).await?;
            let length = file.length();
            Ok(Body::stream(file.into_chunks(), Some(length)))
        })
    }
}

impl OpenFile {
    pub(super) fn length(&self) -> u64 {
        self.before.len()
    }

    /// All of it. The last chunk is only handed out once it is known that the file is still what it was: without it
    /// the platform cannot take the upload for complete.
    pub(super) fn into_chunks(self) -> impl Stream<Item = Result<Bytes, TransportError>> + Send + 'static {
        let left = self.length();
        stream::try_unfold((self, left), |(mut file, left)| async move {
            if left == 0 {
                return Ok(None);
            }
            let chunk = file.read(left).await?;
            let left = left - chunk.len() as u64;
            if left == 0 {
                file.is_as_before().await?;
            }
            Ok(Some((chunk, (file, left))))
        })
    }

    async fn read(&mut self, left: u64) -> Result<Bytes, TransportError> {
        let most = usize::try_from(left).map_or(CHUNK, |left| left.min(CHUNK));
        let mut chunk = BytesMut::with_capacity(most);
        let read = (&mut self.file).take(most as u64).read_buf(&mut chunk).await;
        match read {
            Ok(0) => Err(self.failed("became shorter while it was sent")),
            Ok(_) => Ok(chunk.freeze()),
            Err(error) => Err(self.failed(&format!("cannot be read to its end: {error}"))),
        }
    }

    async fn is_as_before(&mut self) -> Result<(), TransportError> {
        let mut one_more = [0];
        let read = self.file.read(&mut one_more).await;
        match (read, self.file.metadata().await) {
            (Ok(0), Ok(now)) if is_unchanged(&self.before, &now) => Ok(()),
            (Ok(0), Ok(_)) => Err(self.failed("was changed while it was sent")),
            (Err(error), _) | (Ok(0), Err(error)) => {
                Err(self.failed(&format!("cannot be read to its end: {error}")))
            }
            (Ok(_), _) => Err(self.failed("became longer while it was sent")),
        }
    }

    fn failed(&self, what: &str) -> TransportError {
        TransportError::new(TransportErrorKind::Upload)
            .with_source(format!("the file {} {what}", self.path.display()))
    }
}

/// Some file systems know no times of change; there the length has to do.
fn is_unchanged(before: &Metadata, now: &Metadata) -> bool {
    let same_time = match (before.modified(), now.modified()) {
        (Ok(before), Ok(now)) => before == now,
        _ => true,
    };
    same_time && before.len() == now.len()
}

#[cfg(test)]
mod tests;
