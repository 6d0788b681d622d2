//! The house rules that no other tool knows.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

/// A source file is one idea; past this many lines it is no longer.
const LONGEST: usize = 500;

/// Looks at every file of ours and names each broken rule with its place.
pub(crate) fn all(root: &Path) -> anyhow::Result<String> {
    let mut files = Vec::new();
    for place in ["crates", "tests", "xtask"] {
        walk(&root.join(place), &mut files).with_context(|| format!("cannot look through {place}"))?;
    }
    files.sort();
    let mut broken = Vec::new();
    let mut seen = 0;
    for file in &files {
        let Ok(text) = fs::read_to_string(file) else {
            continue;
        };
        let path = file.strip_prefix(root).unwrap_or(file);
        seen += 1;
        broken.extend(
            judge(path, &text)
                .into_iter()
                .map(|rule| format!("{}: {rule}", path.display())),
        );
    }
    if !broken.is_empty() {
        bail!("{} broken:\n{}", broken.len(), broken.join("\n"));
    }
    Ok(format!("{seen} files"))
}

/// The rules, for one file.
fn judge(path: &Path, text: &str) -> Vec<String> {
    let name = path
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    let mut broken = Vec::new();
    if name == "mod.rs" {
        broken.push("a module is `name.rs` beside `name/`, never `mod.rs`".to_owned());
    }
    if path.extension().is_some_and(|extension| extension == "rs") {
        let lines = text.lines().count();
        // A list of test cases may be long; code may not.
        if lines > LONGEST && name != "tests.rs" && !path.components().any(|part| part.as_os_str() == "tests")
        {
            broken.push(format!(
                "{lines} lines; a file is one idea, {LONGEST} lines at most"
            ));
        }
        let ignored = concat!("#[", "ignore");
        for (number, line) in text.lines().enumerate() {
            if line.trim_start().starts_with(ignored) {
                broken.push(format!(
                    "line {}: a test that is not run is not a test",
                    number + 1
                ));
            }
        }
    }
    // Where a package was fetched from is the machine's business; its checksum is ours.
    if name == "package-lock.json" && text.contains("\"resolved\"") {
        broken.push(
            "names where packages were downloaded; make it anew with --omit-lockfile-registry-resolved"
                .to_owned(),
        );
    }
    broken
}

fn walk(directory: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            if !["node_modules", "target", "__pycache__"]
                .iter()
                .any(|skipped| entry.file_name() == *skipped)
            {
                walk(&entry.path(), files)?;
            }
        } else {
            files.push(entry.path());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rule_catches_what_it_is_for() {
        let long = "//\n".repeat(LONGEST + 1);
        let cases = [
            ("crates/a/src/mod.rs", "", 1),
            ("crates/a/src/lib.rs", long.as_str(), 1),
            ("crates/a/src/lib/tests.rs", long.as_str(), 0),
            ("crates/a/tests/it/main.rs", long.as_str(), 0),
            (
                "crates/a/src/lib.rs",
                concat!("    #[", "ignore]\nfn a() {}\n"),
                1,
            ),
            ("crates/a/src/lib.rs", "// ordinary code\n", 0),
            (
                "tests/e2e/package-lock.json",
                "{\"resolved\": \"https://example.com/a.tgz\"}",
                1,
            ),
            ("tests/e2e/package-lock.json", "{\"integrity\": \"sha512-…\"}", 0),
        ];
        for (path, text, count) in cases {
            let broken = judge(Path::new(path), text);
            assert_eq!(broken.len(), count, "{path}: {broken:?}");
        }
    }
}
