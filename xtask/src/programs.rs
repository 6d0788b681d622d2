//! The programs that some tests need beside Rust: found, installed where that is allowed, or named.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};

use crate::{report, run};

/// A part of the tests that needs something from outside, and that can be left out on request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Browser,
    Node,
    Python,
    Postgres,
    Keyring,
}

impl Part {
    pub(crate) const ALL: [Self; 5] = [
        Self::Browser,
        Self::Node,
        Self::Python,
        Self::Postgres,
        Self::Keyring,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Browser => "browser",
            Self::Node => "node",
            Self::Python => "python",
            Self::Postgres => "postgres",
            Self::Keyring => "keyring",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|part| part.name() == name)
    }

    pub(crate) fn names() -> String {
        Self::ALL.map(Self::name).join(", ")
    }

    /// The modules of the tests that need it. No other test may be in a module of that name.
    pub(crate) fn modules(self) -> &'static [&'static str] {
        match self {
            Self::Browser => &["in_browser"],
            Self::Node => &["node_sdk"],
            Self::Python => &["python_sdk"],
            Self::Postgres => &["on_postgres"],
            Self::Keyring => &["in_keyring"],
        }
    }

    fn why(self) -> &'static str {
        match self {
            Self::Browser => "the browser tests drive a real Chromium",
            Self::Node => "the npm package @ringcentral/sdk runs against the emulator",
            Self::Python => "the PyPI package ringcentral runs against the emulator",
            Self::Postgres => {
                "the storage tests run on a real PostgreSQL server, which they start themselves"
            }
            Self::Keyring => {
                "the keyring store is tested with a real GNOME Keyring, on a message bus of its own"
            }
        }
    }
}

/// One program: how to know that it is there, and the Debian package that brings it.
struct Program {
    part: Part,
    name: &'static str,
    package: &'static str,
    find: fn() -> Option<String>,
}

const PROGRAMS: [Program; 8] = [
    Program {
        part: Part::Browser,
        name: "Chromium",
        package: "chromium",
        find: chromium,
    },
    Program {
        part: Part::Browser,
        name: "ChromeDriver",
        package: "chromium-driver",
        find: chromedriver,
    },
    Program {
        part: Part::Node,
        name: "Node.js 18 or newer",
        package: "nodejs",
        find: node,
    },
    Program {
        part: Part::Node,
        name: "npm",
        package: "npm",
        find: npm,
    },
    Program {
        part: Part::Python,
        name: "Python 3 with venv",
        package: "python3-venv",
        find: python,
    },
    Program {
        part: Part::Postgres,
        name: "PostgreSQL server",
        package: "postgresql",
        find: postgres,
    },
    Program {
        part: Part::Keyring,
        name: "GNOME Keyring",
        package: "gnome-keyring",
        find: gnome_keyring,
    },
    Program {
        part: Part::Keyring,
        name: "D-Bus",
        package: "dbus",
        find: dbus,
    },
];

/// Makes sure that every program of the wanted parts is there, and says what was found.
pub(crate) fn ensure(without: &[Part], may_install: bool) -> anyhow::Result<String> {
    let wanted = || PROGRAMS.iter().filter(|program| !without.contains(&program.part));
    let missing = || {
        wanted()
            .filter(|program| (program.find)().is_none())
            .collect::<Vec<_>>()
    };

    let before = missing();
    if !before.is_empty() && may_install {
        let packages = before.iter().map(|program| program.package).collect::<Vec<_>>();
        if let Err(error) = install(&packages) {
            report::line(&format!("could not install {}: {error:#}", packages.join(", ")));
        }
    }
    let after = missing();
    if !after.is_empty() {
        bail!("{}", explain(&after));
    }
    Ok(wanted()
        .filter_map(|program| (program.find)())
        .collect::<Vec<_>>()
        .join(", "))
}

/// What is missing, why it is needed, how to get it, and how to go on without it.
fn explain(missing: &[&Program]) -> String {
    let one = |program: &&Program| {
        let (name, why, part) = (program.name, program.part.why(), program.part.name());
        let install = format!("install it:       apt-get install {}", program.package);
        let leave_out = format!("or leave it out:  cargo xtask test --without {part}");
        format!("\n\n  {name}: {why}\n    {install}\n    {leave_out}")
    };
    let all = missing.iter().map(one).collect::<String>();
    format!("what the tests need is not all installed{all}")
}

/// Installs Debian packages as root, or through sudo where that asks for no password.
pub(crate) fn install(packages: &[&str]) -> anyhow::Result<()> {
    in_path("apt-get").context("there is no apt-get on this system")?;
    let root = run::capture(Command::new("id").arg("-u"))? == "0";
    if !root && !succeeds(Command::new("sudo").args(["-n", "true"])) {
        bail!("that needs root or a sudo that asks for no password");
    }
    let apt_get = |words: &[&str]| {
        let mut command = Command::new(if root { "env" } else { "sudo" });
        if !root {
            command.args(["-n", "env"]);
        }
        command.args([
            "DEBIAN_FRONTEND=noninteractive",
            "apt-get",
            "-q",
            "-o",
            "DPkg::Lock::Timeout=120",
        ]);
        command.args(words);
        run::inherit(&mut command)
    };
    report::line(&format!("installing {}", packages.join(", ")));
    // Old lists are often good enough, so a failed update alone is no reason to stop.
    if let Err(error) = apt_get(&["update"]) {
        report::line(&format!(
            "{error:#}; going on with the package lists that are there"
        ));
    }
    apt_get(&[&["install", "-y", "--no-install-recommends"], packages].concat())
}

fn chromium() -> Option<String> {
    let names = [
        "chromium",
        "chromium-browser",
        "google-chrome",
        "google-chrome-stable",
    ];
    version(&names.into_iter().find_map(in_path)?, "Chromium")
}

fn chromedriver() -> Option<String> {
    version(&in_path("chromedriver")?, "ChromeDriver")
}

fn node() -> Option<String> {
    let version = version(&in_path("node")?, "Node.js")?;
    let major: u32 = version.split_once(' ')?.1.split('.').next()?.parse().ok()?;
    (major >= 18).then_some(version)
}

fn npm() -> Option<String> {
    version(&in_path("npm")?, "npm")
}

/// Debian's Python comes without what `python3 -m venv` needs, so the modules are asked for by name.
fn python() -> Option<String> {
    let python = in_path("python3")?;
    succeeds(Command::new(&python).args(["-c", "import ensurepip, venv"]))
        .then(|| version(&python, "Python"))?
}

/// The server's programs are in no PATH on Debian. A server that the caller names serves as well.
fn postgres() -> Option<String> {
    if std::env::var_os("RINGCENTRAL_TEST_DATABASE_URL").is_some() {
        return Some("PostgreSQL by RINGCENTRAL_TEST_DATABASE_URL".to_owned());
    }
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok();
    let debian = versions
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("bin/initdb"));
    version(
        &in_path("initdb").or_else(|| debian.into_iter().find(|initdb| initdb.exists()))?,
        "PostgreSQL",
    )
}

fn gnome_keyring() -> Option<String> {
    version(&in_path("gnome-keyring-daemon")?, "GNOME Keyring")
}

fn dbus() -> Option<String> {
    version(
        &in_path("dbus-daemon").filter(|_| in_path("dbus-send").is_some())?,
        "D-Bus",
    )
}

/// `Chromium 156.0.1` from whatever the program prints of itself.
fn version(program: &Path, name: &str) -> Option<String> {
    let printed = run::capture(Command::new(program).arg("--version")).ok()?;
    number_in(&printed).map(|number| format!("{name} {number}"))
}

/// The first word that is a version number, with or without a `v` before it.
fn number_in(printed: &str) -> Option<&str> {
    let words = printed
        .split_whitespace()
        .map(|word| word.trim_start_matches('v'));
    words
        .into_iter()
        .find(|word| word.starts_with(|first: char| first.is_ascii_digit()))
}

fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// The program of that name in PATH.
pub(crate) fn in_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|directory| directory.join(name))
        .find(|program| program.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named_with_its_reason_and_both_ways_out() {
        let text = explain(&[&PROGRAMS[1], &PROGRAMS[5]]);
        for part in [
            "ChromeDriver: the browser tests drive a real Chromium",
            "apt-get install chromium-driver",
            "--without browser",
            "apt-get install postgresql",
            "--without postgres",
        ] {
            assert!(text.contains(part), "{part:?} is not in {text}");
        }
    }

    #[test]
    fn every_part_has_a_program_and_its_name_finds_it() {
        for part in Part::ALL {
            assert!(PROGRAMS.iter().any(|program| program.part == part), "{part:?}");
            assert_eq!(Part::named(part.name()), Some(part));
        }
        assert_eq!(Part::named("ruby"), None);
    }

    #[test]
    fn a_version_is_the_first_number_that_a_program_prints() {
        let cases = [
            ("v20.20.2", Some("20.20.2")),
            ("Chromium 156.0.1 built on Debian 12", Some("156.0.1")),
            ("initdb (PostgreSQL) 15.18 (Debian 15.18-0)", Some("15.18")),
            ("no version here", None),
        ];
        for (printed, number) in cases {
            assert_eq!(number_in(printed), number, "{printed}");
        }
    }
}
