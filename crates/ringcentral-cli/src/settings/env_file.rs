//! Reading a `.env` file: `NAME=value` lines, as the tutorials write them.
//!
//! Total: any bytes give entries or a problem with its line. A problem never repeats the file's text, because a
//! line that cannot be read may well be a secret on its own.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

/// Nobody's settings are longer; a mistaken `--env-file` should not fill the memory.
const MOST_BYTES: u64 = 1024 * 1024;

/// The settings one file holds, and where.
pub(crate) struct EnvFile {
    path: PathBuf,
    entries: Vec<Entry>,
}

pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) value: Zeroizing<String>,
    pub(crate) line: usize,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum EnvFileError {
    #[error("{path} is not there")]
    Missing { path: String },
    #[error("{path} cannot be read")]
    Unreadable { path: String, source: io::Error },
    #[error("{path} is larger than a settings file can be (1 MiB)")]
    TooLarge { path: String },
    #[error("{path}, line {line}: {problem}")]
    Line {
        path: String,
        line: usize,
        problem: Problem,
    },
    #[error("{path}, line {line}, {name}: {problem}")]
    Variable {
        path: String,
        line: usize,
        name: String,
        problem: Problem,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Problem {
    #[error("not a setting; a line is NAME=value, a # comment, or empty")]
    NotASetting,
    #[error("the name before `=` is not a variable's name (letters, digits and `_`)")]
    BadName,
    #[error("the opening quote is never closed")]
    OpenQuote,
    #[error("something follows the closing quote; quote the whole value, or put `#` before a comment")]
    AfterQuote,
    #[error("the value has a control character in it")]
    ControlCharacter,
    #[error("the text is not UTF-8")]
    NotUtf8,
}

impl EnvFile {
    pub(crate) fn read(path: &Path) -> Result<Self, EnvFileError> {
        let shown = path.display().to_string();
        let bytes = read_bytes(path).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => EnvFileError::Missing { path: shown.clone() },
            _ => EnvFileError::Unreadable {
                path: shown.clone(),
                source,
            },
        })?;
        if bytes.len() as u64 > MOST_BYTES {
            return Err(EnvFileError::TooLarge { path: shown });
        }
        let entries = parse_bytes(&bytes).map_err(|wrong| wrong.in_file(shown))?;
        Ok(Self {
            path: path.to_owned(),
            entries,
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn names(&self) -> Vec<(String, usize)> {
        let entries = self.entries.iter();
        entries.map(|entry| (entry.name.clone(), entry.line)).collect()
    }

    /// The last one wins, as it does for a shell that reads the file.
    pub(crate) fn get(&self, name: &str) -> Option<&Entry> {
        self.entries
            .iter()
            .rev()
            .find(|entry| entry.name == name && !entry.value.trim().is_empty())
    }
}

fn read_bytes(path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::new());
    File::open(path)?.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// What is wrong with one line, before the file's name is known.
#[derive(Debug, PartialEq, Eq)]
struct Wrong {
    line: usize,
    name: Option<String>,
    problem: Problem,
}

impl Wrong {
    fn in_file(self, path: String) -> EnvFileError {
        let Self { line, name, problem } = self;
        match name {
            None => EnvFileError::Line { path, line, problem },
            Some(name) => EnvFileError::Variable {
                path,
                line,
                name,
                problem,
            },
        }
    }
}

fn parse_bytes(bytes: &[u8]) -> Result<Vec<Entry>, Wrong> {
    match std::str::from_utf8(bytes) {
        Ok(text) => parse(text),
        Err(error) => {
            let before = &bytes[..error.valid_up_to()];
            let line = before.split(|byte| *byte == b'\n').count();
            Err(Wrong {
                line,
                name: None,
                problem: Problem::NotUtf8,
            })
        }
    }
}

fn parse(text: &str) -> Result<Vec<Entry>, Wrong> {
    let mut cursor = Cursor {
        rest: text.strip_prefix('\u{feff}').unwrap_or(text),
        line: 1,
    };
    let mut entries = Vec::new();
    while !cursor.rest.is_empty() {
        if let Some(entry) = cursor.statement()? {
            entries.push(entry);
        }
    }
    Ok(entries)
}

struct Cursor<'t> {
    rest: &'t str,
    line: usize,
}

impl<'t> Cursor<'t> {
    /// One line, or several when a quoted value goes on over line ends.
    fn statement(&mut self) -> Result<Option<Entry>, Wrong> {
        let line = self.line;
        let wrong = |name: Option<&str>, problem| Wrong {
            line,
            name: name.map(str::to_owned),
            problem,
        };

        let head = self.peek_line();
        let trimmed = head.trim();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            self.take_line();
            return Ok(None);
        }
        let Some(equals) = head.find('=') else {
            return Err(wrong(None, Problem::NotASetting));
        };
        let name = head[..equals].trim();
        let name = name.strip_prefix("export ").map_or(name, str::trim_start);
        if !is_name(name) {
            return Err(wrong(None, Problem::BadName));
        }
        self.rest = &self.rest[equals + 1..];
        let value = match self.value() {
            Ok(value)
                if value
                    .chars()
                    .any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) =>
            {
                return Err(wrong(Some(name), Problem::ControlCharacter));
            }
            Ok(value) => value,
            Err(problem) => return Err(wrong(Some(name), problem)),
        };
        Ok(Some(Entry {
            name: name.to_owned(),
            value,
            line,
        }))
    }

    fn value(&mut self) -> Result<Zeroizing<String>, Problem> {
        self.rest = self.rest.trim_start_matches([' ', '\t']);
        match self.rest.chars().next() {
            Some(quote @ ('"' | '\'' | '`')) => self.quoted(quote),
            _ => Ok(Zeroizing::new(
                without_comment(self.take_line()).trim().to_owned(),
            )),
        }
    }

    fn quoted(&mut self, quote: char) -> Result<Zeroizing<String>, Problem> {
        let mut value = Zeroizing::new(String::new());
        let mut chars = self.rest.char_indices().skip(1);
        while let Some((at, c)) = chars.next() {
            if c == quote {
                let (inside, after) = self.rest.split_at(at + 1);
                self.line += inside.matches('\n').count();
                self.rest = after;
                let tail = self.take_line().trim();
                return if tail.is_empty() || tail.starts_with('#') {
                    Ok(value)
                } else {
                    Err(Problem::AfterQuote)
                };
            }
            if c == '\\' && quote == '"' {
                match chars.next() {
                    Some((_, 'n')) => value.push('\n'),
                    Some((_, 'r')) => value.push('\r'),
                    Some((_, 't')) => value.push('\t'),
                    Some((_, escaped @ ('"' | '\\' | '$'))) => value.push(escaped),
                    Some((_, other)) => value.extend(['\\', other]),
                    None => return Err(Problem::OpenQuote),
                }
            } else {
                value.push(c);
            }
        }
        Err(Problem::OpenQuote)
    }

    fn peek_line(&self) -> &'t str {
        self.rest.split_once('\n').map_or(self.rest, |(line, _)| line)
    }

    fn take_line(&mut self) -> &'t str {
        let line = self.peek_line();
        let after = &self.rest[line.len()..];
        self.rest = after.strip_prefix('\n').unwrap_or(after);
        self.line += 1;
        line
    }
}

fn is_name(name: &str) -> bool {
    let starts_well = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    starts_well
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'))
}

/// `#` starts a comment only after a blank, so that a password with `#` in it survives.
fn without_comment(value: &str) -> &str {
    if value.starts_with('#') {
        return "";
    }
    let comments = [value.find(" #"), value.find("\t#")];
    comments
        .into_iter()
        .flatten()
        .min()
        .map_or(value, |at| &value[..at])
}

#[cfg(test)]
mod tests;
