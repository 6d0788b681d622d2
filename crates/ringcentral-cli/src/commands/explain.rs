//! `explain`: what an error code of the platform means, without asking the platform.

use ringcentral::Explanation;
use serde_json::{Value, json};

use crate::failure::{Exit, Failure};
use crate::output::Output;

/// The platform's own list, for what the catalogue does not have.
const PLATFORMS_LIST: &str = "https://developers.ringcentral.com/guide/basics/errors";

/// As many similar codes are named for one that is not known.
const MOST_NEAR: usize = 3;

/// A longer word than any code is not repeated whole.
const LONGEST_WORD: usize = 60;

pub(super) fn run(codes: &[String], output: &Output) -> Result<Exit, Failure> {
    if codes.is_empty() {
        list(output)?;
        return Ok(Exit::Done);
    }
    let found: Vec<&Explanation> = codes.iter().filter_map(|code| Explanation::of(code)).collect();
    let unknown = codes.iter().find(|code| Explanation::of(code).is_none());
    if output.is_json() {
        if !found.is_empty() {
            output.json(&found.iter().map(|known| object(known)).collect::<Vec<_>>())?;
        }
    } else {
        for (number, known) in found.iter().enumerate() {
            if number > 0 {
                output.line("")?;
            }
            show(known, output)?;
        }
    }
    unknown.map_or(Ok(Exit::Done), |code| Err(not_known(code)))
}

fn show(known: &Explanation, output: &Output) -> Result<(), Failure> {
    let statuses: Vec<String> = known.statuses().iter().map(u16::to_string).collect();
    let comes_with = if statuses.is_empty() {
        String::new()
    } else {
        format!(" (HTTP {})", statuses.join(" or "))
    };
    output.line(format!("{}{comes_with}", known.code()))?;
    for (name, text) in [
        ("means", known.meaning()),
        ("cause", known.cause()),
        ("do", known.remedy()),
    ] {
        let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        output.words(name, &words)?;
    }
    Ok(())
}

fn list(output: &Output) -> Result<(), Failure> {
    let all = Explanation::all();
    if output.is_json() {
        return output.json(&all.iter().map(object).collect::<Vec<_>>());
    }
    let mut group = "";
    for known in all {
        if known.group() != group {
            if !group.is_empty() {
                output.line("")?;
            }
            group = known.group();
            output.line(group)?;
        }
        output.line(format!("  {:<25}  {}", known.code(), known.meaning()))?;
    }
    Ok(())
}

fn object(known: &Explanation) -> Value {
    json!({
        "code": known.code(),
        "group": known.group(),
        "status": known.statuses(),
        "means": known.meaning(),
        "cause": known.cause(),
        "do": known.remedy(),
    })
}

fn not_known(code: &str) -> Failure {
    let shown: String = code.chars().take(LONGEST_WORD).collect();
    let mut failure = Failure::usage(format!("\"{shown}\" is not in the catalogue of error codes"));
    let near = near(&shown);
    if !near.is_empty() {
        failure = failure.because(format!("near it: {}", near.join(", ")));
    }
    failure
        .advise("ringcentral explain   (lists all that are)")
        .advise(format!("{PLATFORMS_LIST}   (the platform's own list)"))
}

/// The codes that differ by a letter or two, the nearest number first.
fn near(code: &str) -> Vec<&'static str> {
    let wanted = code.to_ascii_lowercase();
    let mut near: Vec<_> = Explanation::all()
        .iter()
        .map(|known| {
            let candidate = known.code().to_ascii_lowercase();
            let numbers = number(&wanted).abs_diff(number(&candidate));
            (distance(&wanted, &candidate), numbers, known.code())
        })
        .filter(|(distance, ..)| *distance <= 2)
        .collect();
    near.sort_unstable();
    near.into_iter().take(MOST_NEAR).map(|(.., code)| code).collect()
}

/// The number at the end of a code; zero for a word.
fn number(code: &str) -> u32 {
    code.rsplit(|c: char| !c.is_ascii_digit())
        .next()
        .and_then(|digits| digits.parse().ok())
        .unwrap_or(0)
}

/// How many letters must be changed, added or left out (Levenshtein).
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, letter) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, other) in to.iter().enumerate() {
            let changed = diagonal + usize::from(letter != *other);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_counted() {
        for (from, to, expected) in [
            ("", "", 0),
            ("", "ab", 2),
            ("cmn-408", "cmn-408", 0),
            ("cmn-48", "cmn-408", 1),
            ("cmn-480", "cmn-408", 2),
            ("kitten", "sitting", 3),
        ] {
            assert_eq!(distance(from, to), expected, "{from} {to}");
            assert_eq!(distance(to, from), expected, "{to} {from}");
        }
    }

    #[test]
    fn the_nearest_come_first() {
        assert_eq!(near("CMN-409")[..2], ["CMN-408", "CMN-407"]);
        assert_eq!(near("invalid_grnat"), ["invalid_grant"]);
        assert_eq!(near("no such thing"), [""; 0]);
    }
}
