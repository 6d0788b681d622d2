//! What the platform's error codes mean, and what to do about each: `catalogue.txt`, read once.

use std::sync::LazyLock;

/// What an error code means: cause and remedy, in plain words.
///
/// ```
/// use ringcentral::Explanation;
///
/// let known = Explanation::of("CMN-408").expect("a common one");
/// assert_eq!(known.statuses(), [403]);
/// assert!(known.remedy().contains("administrator"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    code: &'static str,
    group: &'static str,
    statuses: Vec<u16>,
    meaning: String,
    cause: String,
    remedy: String,
}

/// Stands at the end of a code for all codes that begin like it.
const ANY: char = '*';

static CATALOGUE: LazyLock<Vec<Explanation>> =
    LazyLock::new(|| parse(include_str!("catalogue.txt")).expect("a test reads it"));

impl Explanation {
    /// Looks a code up: a numbered one such as `CMN-408`, a symbol such as `TokenInvalid`, an OAuth error such as
    /// `invalid_grant`, a delivery error such as `SMS-RC-413`. Case and hyphens do not matter.
    pub fn of(code: &str) -> Option<&'static Self> {
        let wanted = plain(code);
        let families = || CATALOGUE.iter().filter(|known| known.code.ends_with(ANY));
        CATALOGUE
            .iter()
            .find(|known| plain(known.code) == wanted)
            .or_else(|| {
                families().find(|family| wanted.starts_with(plain(family.code).trim_end_matches(ANY)))
            })
    }

    /// The whole catalogue, in groups.
    pub fn all() -> &'static [Self] {
        &CATALOGUE
    }

    /// The code; a `*` at its end stands for any number.
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// What the codes around it are about, such as `Sending messages`.
    pub fn group(&self) -> &'static str {
        self.group
    }

    /// The HTTP statuses that it comes with; none for a code that comes in another way.
    pub fn statuses(&self) -> &[u16] {
        &self.statuses
    }

    /// What it means.
    pub fn meaning(&self) -> &str {
        &self.meaning
    }

    /// How it comes about, most of the time.
    pub fn cause(&self) -> &str {
        &self.cause
    }

    /// What to do.
    pub fn remedy(&self) -> &str {
        &self.remedy
    }
}

fn plain(code: &str) -> String {
    code.chars()
        .filter(|c| !matches!(c, '-' | '_') && !c.is_whitespace())
        .map(|c| c.to_ascii_lowercase())
        .collect()
}

/// Reads the catalogue's text; its own first lines say how it is written.
fn parse(text: &'static str) -> Result<Vec<Explanation>, String> {
    let mut known = Vec::new();
    let mut group = "";
    for record in text
        .split("\n\n")
        .map(str::trim)
        .filter(|record| !record.is_empty())
    {
        if let Some(heading) = record.strip_prefix("## ") {
            group = heading;
        } else if !record.starts_with('#') {
            known.extend(read(record, group).ok_or_else(|| format!("cannot read: {record}"))?);
        }
    }
    Ok(known)
}

/// One record: a line of codes and statuses, then three texts, each of which may go on over several lines.
fn read(record: &'static str, group: &'static str) -> Option<Vec<Explanation>> {
    let (head, texts) = record.split_once('\n')?;
    let (codes, statuses) = head.split_once('|').unwrap_or((head, ""));
    let statuses: Vec<u16> = statuses
        .split_whitespace()
        .map(|status| status.parse().ok())
        .collect::<Option<_>>()?;
    let (meaning, rest) = texts.strip_prefix("means:")?.split_once("\ncause:")?;
    let (cause, remedy) = rest.split_once("\ndo:")?;
    let flowed = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    Some(
        codes
            .split_whitespace()
            .map(|code| Explanation {
                code,
                group,
                statuses: statuses.clone(),
                meaning: flowed(meaning),
                cause: flowed(cause),
                remedy: flowed(remedy),
            })
            .collect(),
    )
}

#[cfg(test)]
mod tests;
