//! Running other programs: their output passed on, captured, or both.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};
use std::thread;

use anyhow::{Context, bail};

/// Runs the command with our own output and fails when it does.
pub(crate) fn inherit(command: &mut Command) -> anyhow::Result<()> {
    let text = describe(command);
    let status = command
        .stdin(Stdio::null())
        .status()
        .with_context(|| format!("cannot start {text}"))?;
    if !status.success() {
        bail!("`{text}` failed ({status})");
    }
    Ok(())
}

/// The trimmed standard output of a command that succeeded.
pub(crate) fn capture(command: &mut Command) -> anyhow::Result<String> {
    let text = describe(command);
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot start {text}"))?;
    if !output.status.success() {
        bail!(
            "`{text}` failed ({}): {}",
            output.status,
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Runs the command, passes every line on as it comes, and returns all of them with whether it succeeded.
pub(crate) fn tee(command: &mut Command) -> anyhow::Result<(Vec<String>, bool)> {
    let text = describe(command);
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start {text}"))?;
    let errors = child
        .stderr
        .take()
        .map(|stderr| thread::spawn(move || pass_on(stderr, std::io::stderr())));
    let mut lines = child
        .stdout
        .take()
        .map(|stdout| pass_on(stdout, std::io::stdout()))
        .unwrap_or_default();
    if let Some(errors) = errors {
        lines.extend(errors.join().unwrap_or_default());
    }
    Ok((lines, child.wait()?.success()))
}

fn pass_on(from: impl Read, mut to: impl Write) -> Vec<String> {
    let mut lines = Vec::new();
    let mut from = BufReader::new(from);
    let mut line = Vec::new();
    while from.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
        let _ = to.write_all(&line).and_then(|()| to.flush());
        lines.push(without_colour(String::from_utf8_lossy(&line).trim_end()));
        line.clear();
    }
    lines
}

/// Drops the terminal's colour sequences (`ESC [ … letter`).
fn without_colour(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        if c == '\u{1b}' {
            for c in chars.by_ref() {
                if c.is_ascii_alphabetic() {
                    break;
                }
            }
        } else {
            plain.push(c);
        }
    }
    plain
}

/// The command as one would type it.
fn describe(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_is_dropped_and_text_is_kept() {
        assert_eq!(
            without_colour("\u{1b}[32;1m     Summary\u{1b}[0m [ 0.1s] 3"),
            "     Summary [ 0.1s] 3"
        );
        assert_eq!(without_colour("plain ü"), "plain ü");
    }

    #[test]
    fn a_failure_names_the_command_and_what_it_said() {
        let error = capture(Command::new("sh").args(["-c", "echo why >&2; exit 3"]))
            .unwrap_err()
            .to_string();
        assert!(error.contains("sh -c") && error.contains("why"), "{error}");
        let error = inherit(&mut Command::new("no-such-program-anywhere"))
            .unwrap_err()
            .to_string();
        assert_eq!(error, "cannot start no-such-program-anywhere");
    }

    #[test]
    fn tee_keeps_both_streams() {
        let (mut lines, succeeded) =
            tee(Command::new("sh").args(["-c", "echo out; echo err >&2; exit 1"])).unwrap();
        lines.sort();
        assert_eq!(
            (lines, succeeded),
            (vec!["err".to_owned(), "out".to_owned()], false)
        );
    }
}
