//! What is wrong with a seed: where, and what is allowed there.

use std::fmt;

/// A mistake in a seed file: line, key, and what is allowed there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeedError {
    line: Option<usize>,
    key: String,
    message: String,
}

impl SeedError {
    pub(crate) fn new(key: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            line: None,
            key: key.into(),
            message: message.into(),
        }
    }

    /// Adds the line in which the byte `at` of the file lies.
    pub(super) fn at(mut self, text: &str, at: usize) -> Self {
        let before = &text.as_bytes()[..at.min(text.len())];
        self.line = Some(before.split(|byte| *byte == b'\n').count());
        self
    }

    /// Without a line, for what was no file.
    pub(super) fn without_line(mut self) -> Self {
        self.line = None;
        self
    }

    /// The line of the file, if it is known.
    pub fn line(&self) -> Option<usize> {
        self.line
    }

    /// The key, such as `accounts[0].users[2].status`.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// What is wrong, and what is allowed.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for SeedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for SeedError {}

impl From<rusqlite::Error> for SeedError {
    fn from(error: rusqlite::Error) -> Self {
        Self::new("", format!("the database refused the seed's data: {error}"))
    }
}
