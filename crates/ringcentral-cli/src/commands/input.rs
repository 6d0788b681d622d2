//! What a person types or pipes in.

use std::io::{self, BufRead as _, Read as _};
use std::path::Path;

use zeroize::Zeroizing;

use crate::failure::Failure;

/// A whole file; `-` is standard input.
pub(super) async fn bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    if path == Path::new("-") {
        let mut bytes = Vec::new();
        return blocking(move || io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes))
            .await
            .map_err(stdin_failed);
    }
    tokio::fs::read(path).await.map_err(|error| {
        Failure::configuration(format!("{} cannot be read", path.display())).caused_by(&error)
    })
}

/// A file with one secret in it; `-` is standard input.
pub(super) async fn secret(path: &Path) -> Result<Zeroizing<String>, Failure> {
    let bytes = Zeroizing::new(bytes(path).await?);
    match std::str::from_utf8(&bytes).map(str::trim) {
        Ok(text) if !text.is_empty() => Ok(Zeroizing::new(text.to_owned())),
        _ => Err(Failure::configuration(format!("{} holds no text", shown(path)))),
    }
}

/// One line of standard input.
pub(super) async fn line() -> Result<Zeroizing<String>, Failure> {
    let read = move || {
        let mut line = Zeroizing::new(String::new());
        io::stdin()
            .lock()
            .read_line(&mut line)
            .map(|_| Zeroizing::new(line.trim().to_owned()))
    };
    blocking(read).await.map_err(stdin_failed)
}

/// One line, waited for on this thread; for questions that come before anything else is under way.
pub(super) fn line_now() -> Result<Zeroizing<String>, Failure> {
    let mut line = Zeroizing::new(String::new());
    io::stdin().lock().read_line(&mut line).map_err(stdin_failed)?;
    Ok(Zeroizing::new(line.trim().to_owned()))
}

async fn blocking<T: Send + 'static>(read: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(read)
        .await
        .map_err(io::Error::other)?
}

fn stdin_failed(error: io::Error) -> Failure {
    Failure::configuration("standard input cannot be read").caused_by(&error)
}

pub(super) fn shown(path: &Path) -> String {
    if path == Path::new("-") {
        "standard input".to_owned()
    } else {
        path.display().to_string()
    }
}
