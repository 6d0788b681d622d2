//! Named copies of a world's state, in memory, or as files beside the database of a data directory.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use rusqlite::Connection;
use serde::{Deserialize, Serialize};

use crate::{clock, db, private};

/// More are refused: each takes as much memory, or disk, as the state did.
pub(crate) const MOST: usize = 100;

const SUFFIX: &str = ".sqlite3";

/// All snapshots of a world.
#[derive(Default)]
pub(crate) struct Snapshots {
    directory: Option<PathBuf>,
    kept: Mutex<BTreeMap<String, Kept>>,
}

struct Kept {
    start: Start,
    bytes: i64,
    image: Image,
}

enum Image {
    Memory(Connection),
    File(PathBuf),
}

/// The moment at which a state's clock begins, and whether it stands still.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Start {
    pub(crate) ms: i64,
    pub(crate) frozen: bool,
}

/// A snapshot as the control API shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct View {
    pub(crate) name: String,
    /// The emulator's time when it was taken.
    pub(crate) time: String,
    pub(crate) bytes: i64,
}

/// Why a snapshot cannot be taken or put back.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SnapshotError {
    #[error("there is no snapshot {name:?}")]
    Unknown { name: String, known: Vec<String> },
    #[error("{MOST} snapshots are kept already: delete one first")]
    TooMany,
    #[error("the snapshot's file cannot be written or read")]
    File(#[from] std::io::Error),
    #[error("the emulator's database refused a statement")]
    Database(#[from] rusqlite::Error),
}

impl Snapshots {
    /// Those that a data directory holds; without one, none yet.
    pub(crate) fn open(data: Option<&Path>) -> Result<Self, SnapshotError> {
        let Some(data) = data else {
            return Ok(Self::default());
        };
        let directory = data.join("snapshots");
        private::directory(&directory)?;
        let mut kept = BTreeMap::new();
        for entry in std::fs::read_dir(&directory)? {
            let path = entry?.path();
            let name = path
                .file_name()
                .and_then(|name| name.to_str())
                .unwrap_or_default();
            let Some(name) = name.strip_suffix(SUFFIX) else {
                continue;
            };
            let connection = Connection::open(&path)?;
            if db::version(&connection)? != db::SCHEMA_VERSION {
                tracing::warn!(
                    name,
                    "a snapshot was written by another version, and is left alone"
                );
                continue;
            }
            if let Some(start) = start(&connection)? {
                let bytes = db::size(&connection)?;
                kept.insert(
                    name.to_owned(),
                    Kept {
                        start,
                        bytes,
                        image: Image::File(path),
                    },
                );
            }
        }
        Ok(Self {
            directory: Some(directory),
            kept: Mutex::new(kept),
        })
    }

    /// Keeps a copy of `state` under a name; one of that name before is replaced.
    pub(crate) fn take(
        &self,
        name: &str,
        state: &Connection,
        start: Start,
        settings: &str,
    ) -> Result<View, SnapshotError> {
        let mut kept = self.lock();
        if kept.len() >= MOST && !kept.contains_key(name) {
            return Err(SnapshotError::TooMany);
        }
        let write = |mut image: Connection| {
            db::copy(state, &mut image)?;
            let text = serde_json::to_string(&start).expect("two plain values");
            db::write_meta(&image, "start", &text)?;
            db::write_meta(&image, "settings", settings)?;
            // Its clock begins at its start.
            image.execute("DELETE FROM meta WHERE key = 'clock'", [])?;
            Ok::<_, rusqlite::Error>((db::size(&image)?, image))
        };
        let (bytes, image) = match &self.directory {
            None => {
                let (bytes, image) = write(db::open(None)?)?;
                (bytes, Image::Memory(image))
            }
            Some(directory) => {
                let path = directory.join(format!("{name}{SUFFIX}"));
                let temporary = directory.join(format!("{name}.new"));
                remove_file(&temporary)?;
                private::file(&temporary)?;
                let (bytes, image) = write(Connection::open(&temporary)?)?;
                image.close().map_err(|(_, error)| error)?;
                std::fs::rename(&temporary, &path)?;
                (bytes, Image::File(path))
            }
        };
        let view = view(name, start, bytes);
        kept.insert(name.to_owned(), Kept { start, bytes, image });
        Ok(view)
    }

    /// Makes `to` what it was when the snapshot was taken.
    pub(crate) fn copy_into(&self, name: &str, to: &mut Connection) -> Result<(), SnapshotError> {
        let kept = self.lock();
        match kept.get(name).map(|kept| &kept.image) {
            Some(Image::Memory(image)) => db::copy(image, to)?,
            Some(Image::File(path)) => db::copy(&Connection::open(path)?, to)?,
            None => return Err(unknown(name, &kept)),
        }
        Ok(())
    }

    /// All of them, by name.
    pub(crate) fn list(&self) -> Vec<View> {
        self.lock()
            .iter()
            .map(|(name, kept)| view(name, kept.start, kept.bytes))
            .collect()
    }

    /// Forgets one.
    pub(crate) fn remove(&self, name: &str) -> Result<(), SnapshotError> {
        let mut kept = self.lock();
        match kept.remove(name) {
            Some(Kept {
                image: Image::File(path),
                ..
            }) => Ok(remove_file(&path)?),
            Some(_) => Ok(()),
            None => Err(unknown(name, &kept)),
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// When the clock of a stored state begins, if the state says so.
pub(crate) fn start(connection: &Connection) -> rusqlite::Result<Option<Start>> {
    Ok(db::read_meta(connection, "start")?.and_then(|text| serde_json::from_str(&text).ok()))
}

/// Whether a text can name a snapshot or a world: it becomes a part of paths.
pub(crate) fn is_name(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && !text.starts_with('.')
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
}

fn view(name: &str, start: Start, bytes: i64) -> View {
    View {
        name: name.to_owned(),
        time: clock::format(Timestamp::from_millisecond(start.ms).unwrap_or_default()),
        bytes,
    }
}

fn unknown(name: &str, kept: &BTreeMap<String, Kept>) -> SnapshotError {
    SnapshotError::Unknown {
        name: name.to_owned(),
        known: kept.keys().cloned().collect(),
    }
}

fn remove_file(path: &Path) -> std::io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
