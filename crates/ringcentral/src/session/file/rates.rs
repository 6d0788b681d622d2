//! The record by which processes share the rate limits of a login: a small file beside the login's, with a lock of its
//! own, so that a refresh and a call never wait for each other.
//!
//! It is private like the login's file and replaced whole, but not synced: what a crash takes away is learned anew. For
//! the same reason a damaged one is begun anew.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::disk::Disk;
use crate::session::store::{RateWindow, StoreError, StoreErrorKind};

const FORMAT: &str = "ringcentral-rates/1";

/// How long a swap waits for the lock, which others hold for a fraction of a millisecond.
const LOCK_WAIT: Duration = Duration::from_secs(4);

/// The pauses between two looks at the lock grow up to this.
const LONGEST_PAUSE: Duration = Duration::from_millis(8);

/// `NAME.rates`.
#[derive(Clone, Debug)]
pub(crate) struct RatesFile(Arc<Disk>);

#[derive(Debug, Default, Serialize, Deserialize)]
struct Rates {
    format: String,
    groups: BTreeMap<String, Kept>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Kept {
    version: u64,
    window: String,
}

impl RatesFile {
    /// Beside the file of the login.
    pub(crate) fn beside(login: &Path) -> Self {
        let mut name = login.file_name().unwrap_or_default().to_owned();
        name.push(".rates");
        Self(Arc::new(Disk::at(login.with_file_name(name))))
    }

    pub(crate) async fn load(&self, group: &str) -> Result<RateWindow, StoreError> {
        let (disk, group) = (Arc::clone(&self.0), group.to_owned());
        blocking(move || {
            let mut rates = read(&disk)?;
            Ok(rates.groups.remove(&group).map(Kept::open).unwrap_or_default())
        })
        .await?
    }

    pub(crate) async fn swap(&self, group: &str, seen: u64, bytes: &[u8]) -> Result<bool, StoreError> {
        let end = Instant::now() + LOCK_WAIT;
        let mut pause = Duration::from_millis(1);
        loop {
            let (disk, group) = (Arc::clone(&self.0), group.to_owned());
            let window = STANDARD_NO_PAD.encode(bytes);
            let turn = blocking(move || swap_if_free(&disk, group, seen, window)).await??;
            if let Some(swapped) = turn {
                return Ok(swapped);
            }
            if Instant::now() >= end {
                let disk = Arc::clone(&self.0);
                return Err(blocking(move || disk.stays_locked()).await?);
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}

impl Kept {
    fn open(self) -> RateWindow {
        RateWindow {
            bytes: STANDARD_NO_PAD.decode(self.window).unwrap_or_default(),
            version: self.version,
            now: None,
        }
    }
}

/// `None` while somebody else has the lock.
fn swap_if_free(disk: &Disk, group: String, seen: u64, window: String) -> Result<Option<bool>, StoreError> {
    let Some(_lock) = disk.try_lock()? else {
        return Ok(None);
    };
    let mut rates = read(disk)?;
    let kept = rates.groups.entry(group).or_default();
    if kept.version != seen {
        return Ok(Some(false));
    }
    *kept = Kept {
        version: seen + 1,
        window,
    };
    FORMAT.clone_into(&mut rates.format);
    let bytes = serde_json::to_vec(&rates).expect("text and numbers become JSON");
    disk.replace_unsynced(&bytes)?;
    Ok(Some(true))
}

fn read(disk: &Disk) -> Result<Rates, StoreError> {
    let found = disk.read()?;
    let rates: Option<Rates> = found.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    Ok(rates.filter(|rates| rates.format == FORMAT).unwrap_or_default())
}

async fn blocking<R: Send + 'static>(work: impl FnOnce() -> R + Send + 'static) -> Result<R, StoreError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| {
        StoreError::new(
            StoreErrorKind::Unavailable,
            "the work on the file of rate limits was stopped because the program is ending",
        )
        .with_source(error)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rates() -> (tempfile::TempDir, RatesFile) {
        let directory = tempfile::tempdir().unwrap();
        let rates = RatesFile::beside(&directory.path().join("tokens.json"));
        (directory, rates)
    }

    async fn known(rates: &RatesFile, group: &str) -> (Vec<u8>, u64) {
        let window = rates.load(group).await.unwrap();
        (window.bytes, window.version)
    }

    #[tokio::test]
    async fn a_record_is_replaced_only_by_whoever_has_seen_it() {
        let (_directory, rates) = rates();
        assert_eq!(known(&rates, "light").await, (Vec::new(), 0));
        assert!(rates.swap("light", 0, b"one").await.unwrap());
        assert!(!rates.swap("light", 0, b"two").await.unwrap());
        assert!(rates.swap("light", 1, b"two").await.unwrap());
        assert!(rates.swap("heavy", 0, b"\0\xff").await.unwrap());
        assert_eq!(known(&rates, "light").await, (b"two".to_vec(), 2));
        assert_eq!(known(&rates, "heavy").await, (b"\0\xff".to_vec(), 1));
    }

    #[tokio::test]
    async fn of_many_swaps_at_once_exactly_one_counts() {
        let (_directory, rates) = rates();
        for seen in 0..20 {
            let swaps = (0..8).map(async |_| rates.swap("light", seen, b"x").await.unwrap());
            let won = futures_util::future::join_all(swaps).await;
            assert_eq!(won.into_iter().filter(|won| *won).count(), 1);
        }
    }

    #[tokio::test]
    async fn a_damaged_file_is_begun_anew() {
        let (directory, rates) = rates();
        assert!(rates.swap("light", 0, b"one").await.unwrap());
        let path = directory.path().join("tokens.json.rates");
        for damage in [
            "",
            "{\"format\":\"ringc",
            "{\"format\":\"another/1\",\"groups\":{}}",
        ] {
            std::fs::write(&path, damage).unwrap();
            assert_eq!(known(&rates, "light").await, (Vec::new(), 0), "{damage}");
        }
        assert!(rates.swap("light", 0, b"new").await.unwrap());
        assert_eq!(known(&rates, "light").await, (b"new".to_vec(), 1));
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn it_is_private_like_the_login_and_locked_by_itself() {
        use std::os::unix::fs::PermissionsExt;
        let (directory, rates) = rates();
        let login = Disk::at(directory.path().join("tokens.json"));
        let _refreshing = login.try_lock().unwrap().unwrap();
        assert!(rates.swap("light", 0, b"one").await.unwrap());
        let path = directory.path().join("tokens.json.rates");
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o600);

        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        let error = rates.load("light").await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Insecure);
    }
}
