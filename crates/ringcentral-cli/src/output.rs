//! The one place that prints: data on standard output, everything else on standard error.

use std::cell::RefCell;
use std::io::{self, IsTerminal, Write};

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use serde::Serialize;

use crate::args::{Color, Global};
use crate::failure::{Exit, Failure};

/// Where a command says things; it decides neither colours nor formats itself.
pub(crate) struct Output {
    json: bool,
    quiet: bool,
    stdout: RefCell<AutoStream<io::Stdout>>,
    stderr: RefCell<AutoStream<io::Stderr>>,
}

/// Short enough for any terminal, with the name before it.
const WIDTH_OF_WORDS: usize = 88;

const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const DIM: Style = Style::new().dimmed();
const BOLD: Style = Style::new().bold();

impl Output {
    pub(crate) fn new(global: &Global) -> Self {
        let choice = match global.color {
            Color::Auto => None,
            Color::Always => Some(ColorChoice::Always),
            Color::Never => Some(ColorChoice::Never),
        };
        let stdout = choice.unwrap_or_else(|| AutoStream::choice(&io::stdout()));
        let stderr = choice.unwrap_or_else(|| AutoStream::choice(&io::stderr()));
        Self {
            json: global.json,
            quiet: global.quiet,
            stdout: RefCell::new(AutoStream::new(io::stdout(), stdout)),
            stderr: RefCell::new(AutoStream::new(io::stderr(), stderr)),
        }
    }

    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    /// A line of data.
    pub(crate) fn line(&self, text: impl AsRef<str>) -> Result<(), Failure> {
        let mut stdout = self.stdout.borrow_mut();
        writeln!(stdout, "{}", text.as_ref()).map_err(stdout_failed)
    }

    /// Data as it came, without a line end of ours.
    pub(crate) fn bytes(&self, bytes: &[u8]) -> Result<(), Failure> {
        // Not through the colour filter, for a recording is not text; but after what went through it.
        let mut filtered = self.stdout.borrow_mut();
        let mut stdout = io::stdout().lock();
        let written = filtered
            .flush()
            .and_then(|()| stdout.write_all(bytes))
            .and_then(|()| stdout.flush());
        written.map_err(stdout_failed)
    }

    /// One JSON document: laid out for a person on a terminal, one line for a program.
    pub(crate) fn json(&self, value: &impl Serialize) -> Result<(), Failure> {
        let text = if stdout_is_terminal() {
            serde_json::to_string_pretty(value)
        } else {
            serde_json::to_string(value)
        };
        self.line(text.map_err(unprintable)?)
    }

    /// One JSON document of a list, on a line of its own.
    pub(crate) fn json_line(&self, value: &impl Serialize) -> Result<(), Failure> {
        self.line(serde_json::to_string(value).map_err(unprintable)?)
    }

    /// Rows under a heading. Without rows the heading would be noise: `empty` is said on stderr instead.
    pub(crate) fn table(&self, heading: &[&str], rows: Vec<Vec<String>>, empty: &str) -> Result<(), Failure> {
        if rows.is_empty() {
            self.note(empty);
            return Ok(());
        }
        let mut table = comfy_table::Table::new();
        table.load_style(comfy_table::presets::NOTHING);
        table.set_header(heading.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
        for row in rows {
            table.add_row(row.into_iter().map(|cell| printable(&cell)).collect::<Vec<_>>());
        }
        for (number, line) in table.lines().enumerate() {
            let line = line.trim_end();
            let line = line.strip_prefix(' ').unwrap_or(line);
            self.line(if number == 0 {
                format!("{BOLD}{line}{BOLD:#}")
            } else {
                line.to_owned()
            })?;
        }
        Ok(())
    }

    /// A name and its value, aligned.
    pub(crate) fn field(&self, name: &str, value: &str) -> Result<(), Failure> {
        self.line(format!("{DIM}{name:<10}{DIM:#} {}", printable(value)))
    }

    /// What a check found: a word, what was checked, and what there is to say.
    pub(crate) fn finding(&self, word: &str, name: &str, text: &str) -> Result<(), Failure> {
        let style = match word {
            "FAIL" => ERROR,
            "warn" => WARNING,
            _ => Style::new(),
        };
        self.line(format!(
            "{style}{word:<5}{style:#} {name:<9}  {}",
            printable(text)
        ))
    }

    /// A line that belongs to the finding above it.
    pub(crate) fn below_finding(&self, text: &str) -> Result<(), Failure> {
        self.line(format!("      {}", printable(text)))
    }

    /// A name and a list of words, over as many lines as it takes.
    pub(crate) fn words(&self, name: &str, words: &[String]) -> Result<(), Failure> {
        let mut name = name;
        let mut line = String::new();
        for word in words {
            if !line.is_empty() && line.len() + word.len() >= WIDTH_OF_WORDS {
                self.field(name, &std::mem::take(&mut line))?;
                name = "";
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        self.field(name, &line)
    }

    /// For the person watching; silent with `--quiet`.
    pub(crate) fn note(&self, text: impl AsRef<str>) {
        if !self.quiet {
            self.say(&printable_lines(text.as_ref()));
        }
    }

    /// For the person watching, who cannot go on without it: said with `--quiet` too.
    pub(crate) fn must_see(&self, text: impl AsRef<str>) {
        self.say(text.as_ref());
    }

    pub(crate) fn warn(&self, text: impl AsRef<str>) {
        self.say(&format!(
            "{WARNING}warning:{WARNING:#} {}",
            printable_lines(text.as_ref())
        ));
    }

    pub(crate) fn failure(&self, failure: &Failure) {
        if failure.is_silent() {
            return;
        }
        if self.json {
            self.say(&failure.to_json().to_string());
            return;
        }
        let mut text = format!("{ERROR}error:{ERROR:#} {}", printable(failure.what()));
        for line in failure.lines() {
            text.push_str("\n  ");
            text.push_str(&printable(&line));
        }
        self.say(&text);
    }

    fn say(&self, text: &str) {
        // Nobody is left to tell when standard error is gone.
        let _ = writeln!(self.stderr.borrow_mut(), "{text}");
    }
}

/// Somebody can be asked something: both what we say and what they type are on a terminal.
pub(crate) fn can_prompt() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

pub(crate) fn stdout_is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// A command line that was not understood, or a wish for help: clap's own words.
pub(crate) fn usage(error: &clap::Error) -> Exit {
    use clap::error::ErrorKind::{DisplayHelp, DisplayVersion};
    if matches!(error.kind(), DisplayHelp | DisplayVersion) {
        let _ = error.print();
        return Exit::Done;
    }
    if std::env::args_os().any(|argument| argument == "--json") {
        let text = error.render().to_string();
        let what = text
            .lines()
            .next()
            .unwrap_or_default()
            .trim_start_matches("error: ")
            .to_owned();
        let failure = Failure::usage(what).advise("add --help to see how it is written");
        let _ = writeln!(io::stderr(), "{}", failure.to_json());
    } else {
        let _ = error.print();
    }
    Exit::Usage
}

/// The reader went away (`| head`): nothing failed, and nothing more is to be said.
fn stdout_failed(error: io::Error) -> Failure {
    if error.kind() == io::ErrorKind::BrokenPipe {
        return Failure::silent(Exit::Done);
    }
    Failure::configuration("standard output cannot be written").caused_by(&error)
}

fn unprintable(error: serde_json::Error) -> Failure {
    Failure::new(Exit::Refused, "the answer cannot be shown as JSON").caused_by(&error)
}

/// Text that came from elsewhere, made safe for a terminal: control characters become spaces, so that a text
/// message can neither move the cursor nor change the window's title.
pub(crate) fn printable(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

fn printable_lines(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() && c != '\n' { ' ' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_do_not_reach_the_terminal() {
        assert_eq!(printable("a\u{1b}]0;title\u{7}b\nc\u{9b}d"), "a ]0;title b c d");
        assert_eq!(printable_lines("one\ntwo\u{1b}"), "one\ntwo ");
        assert_eq!(printable("Zoë 北京"), "Zoë 北京");
    }
}
