//! The env file of `--env-file`: there as long as the platform that it leads to.

use std::fs;
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use ringcentral_emulator::write_env_file;

use crate::failure::Failure;
use crate::output::Output;
use crate::settings::{AppOfFile, app_of_file};

/// A place for the file, from which that of an earlier emulator was taken away.
pub(super) struct EnvFile<'a> {
    path: &'a Path,
    old: Option<Vec<u8>>,
}

/// The file as it was written.
pub(super) struct Written {
    path: PathBuf,
    content: Vec<u8>,
}

impl<'a> EnvFile<'a> {
    /// Removes the file that an earlier emulator left. One with the settings of a real app stays, and is an error.
    pub(super) fn take_away_old(path: &'a Path) -> Result<Self, Failure> {
        let old = match app_of_file(path) {
            AppOfFile::Real => {
                return Err(
                    Failure::configuration(format!("{} is not overwritten", path.display()))
                        .because("it holds the settings of an app of the real platform")
                        .advise("--env-file .env-emulator   (and: ringcentral --env-file .env-emulator …)"),
                );
            }
            AppOfFile::Emulated => {
                let old = fs::read(path).map_err(|error| not_written(path, &error))?;
                fs::remove_file(path).map_err(|error| not_written(path, &error))?;
                Some(old)
            }
            AppOfFile::None => None,
        };
        Ok(Self { path, old })
    }

    /// For an emulator that does not start: the old file may lead to one that runs.
    pub(super) fn put_back_old(&self) {
        if let Some(old) = &self.old {
            // If it fails, the failure to tell of is still that the emulator did not start.
            let _ = write_private(self.path, old);
        }
    }

    /// Writes the file.
    pub(super) fn write(self, variables: &[(&'static str, String)]) -> Result<Written, Failure> {
        write_env_file(self.path, variables)
            .and_then(|()| fs::read(self.path))
            .map(|content| Written {
                path: self.path.to_owned(),
                content,
            })
            .map_err(|error| not_written(self.path, &error))
    }
}

impl Written {
    /// Removes the file, unless it is another's by now.
    pub(super) fn remove(self, output: &Output) {
        let is_ours = fs::read(&self.path).is_ok_and(|content| content == self.content);
        if !is_ours {
            return;
        }
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                output.warn(format!("{} cannot be removed: {error}", self.path.display()));
            }
            _ => {}
        }
    }
}

/// Writes a file that only its owner can read, complete or not at all, unless there is one by now.
fn write_private(path: &Path, content: &[u8]) -> io::Result<()> {
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    file.write_all(content)?;
    file.persist_noclobber(path)?;
    Ok(())
}

fn not_written(path: &Path, error: &io::Error) -> Failure {
    Failure::configuration(format!("{} cannot be written", path.display())).caused_by(error)
}

#[cfg(test)]
mod tests {
    use super::EnvFile;

    #[test]
    fn an_old_file_is_gone_until_the_new_one_is_written() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("emulator.env");
        let old = "RC_SERVER_URL=http://127.0.0.1:9\nRC_CLIENT_ID=EMU-web-app\n";
        std::fs::write(&path, old).unwrap();
        let file = EnvFile::take_away_old(&path).unwrap();
        assert!(!path.exists());
        file.put_back_old();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), old);
        let file = EnvFile::take_away_old(&path).unwrap();
        file.write(&[("RC_CLIENT_ID", "EMU-other".to_owned())]).unwrap();
        assert_eq!(
            std::fs::read_to_string(&path).unwrap(),
            "RC_CLIENT_ID=EMU-other\n"
        );
    }
}
