//! RingCentral's own SDKs, which must run unmodified against the emulator. They live under the target directory and
//! are installed when they are not there yet, or when the pinned versions changed.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Context;

use crate::run;
use crate::workspace::Workspace;

/// `@ringcentral/sdk` with exactly the versions of the lock file.
pub(crate) fn node(workspace: &Workspace) -> anyhow::Result<&'static str> {
    let source = workspace.root.join("tests/e2e/clients/node");
    let home = workspace.target.join("e2e/node");
    once(&home, &source.join("package-lock.json"), || {
        for file in ["package.json", "package-lock.json"] {
            fs::copy(source.join(file), home.join(file)).with_context(|| format!("cannot copy {file}"))?;
        }
        let words = [
            "ci",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--loglevel=error",
        ];
        run::inherit(Command::new("npm").args(words).current_dir(&home))
    })
}

/// PyPI `ringcentral` and what it depends on, pinned, in a virtual environment.
pub(crate) fn python(workspace: &Workspace) -> anyhow::Result<&'static str> {
    let pins = workspace.root.join("tests/e2e/clients/python/requirements.txt");
    let home = workspace.target.join("e2e/python");
    once(&home, &pins, || {
        run::inherit(Command::new("python3").args(["-m", "venv"]).arg(&home))?;
        let mut pip = Command::new(home.join("bin/python"));
        pip.args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--no-input",
            "--requirement",
        ]);
        run::inherit(pip.arg(&pins))
    })
}

/// Fills `home` with `install` unless it was filled for the same `pins` before. Half an installation never counts:
/// the mark is written last, and what has no mark is thrown away.
fn once(
    home: &Path,
    pins: &Path,
    install: impl FnOnce() -> anyhow::Result<()>,
) -> anyhow::Result<&'static str> {
    let wanted = fs::read_to_string(pins).with_context(|| format!("cannot read {}", pins.display()))?;
    let mark = home.join("installed");
    if fs::read_to_string(&mark).is_ok_and(|installed| installed == wanted) {
        return Ok("already there");
    }
    let _ = fs::remove_dir_all(home);
    fs::create_dir_all(home).with_context(|| format!("cannot make {}", home.display()))?;
    install()?;
    fs::write(&mark, wanted).with_context(|| format!("cannot write {}", mark.display()))?;
    Ok("installed")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_installation_is_made_once_and_again_when_its_pins_change() {
        let root = std::env::temp_dir().join(format!("xtask-once-{}", std::process::id()));
        let (home, pins) = (root.join("home"), root.join("pins"));
        fs::create_dir_all(&root).unwrap();
        fs::write(&pins, "one").unwrap();

        assert!(once(&home, &pins, || anyhow::bail!("no network")).is_err());
        assert_eq!(
            once(&home, &pins, || Ok(fs::write(home.join("one"), "")?)).unwrap(),
            "installed"
        );
        assert_eq!(
            once(&home, &pins, || panic!("installed twice")).unwrap(),
            "already there"
        );
        fs::write(&pins, "two").unwrap();
        assert_eq!(once(&home, &pins, || Ok(())).unwrap(), "installed");
        assert!(!home.join("one").exists(), "the old installation is gone");

        fs::remove_dir_all(&root).unwrap();
    }
}
