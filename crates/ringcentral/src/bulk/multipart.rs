//! Splitting `multipart/mixed` (RFC 2046, section 5.1), leniently where senders differ and strictly where something
//! is missing.

use super::Malformed;

/// RFC 2046 allows 70.
const LONGEST_BOUNDARY: usize = 200;

/// The boundary that a content type names, quoted or not.
pub(super) fn boundary(content_type: &str) -> Option<String> {
    let mut rest = content_type.split_once(';')?.1;
    loop {
        let (name, value) = rest.split_once('=')?;
        let (value, after) = parameter(value.trim_start());
        if name.trim().eq_ignore_ascii_case("boundary") {
            let usable = (1..=LONGEST_BOUNDARY).contains(&value.len()) && !value.contains(char::is_control);
            return usable.then_some(value);
        }
        rest = after;
    }
}

/// A parameter's value, and what comes after its semicolon.
fn parameter(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let (value, after) = text.split_once(';').unwrap_or((text, ""));
        return (value.trim_end().to_owned(), after);
    };
    let mut value = String::new();
    let mut letters = quoted.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => {
                let after = &quoted[at + 1..];
                return (value, after.split_once(';').map_or("", |(_, after)| after));
            }
            '\\' => value.extend(letters.next().map(|(_, letter)| letter)),
            letter => value.push(letter),
        }
    }
    (value, "")
}

/// The contents of all parts, without their headers.
pub(super) fn split<'a>(body: &'a [u8], boundary: &str, most: usize) -> Result<Vec<&'a [u8]>, Malformed> {
    let mut parts = Vec::new();
    // What comes before the first delimiter is a preamble and belongs to nothing.
    let mut part_starts = None;
    let mut at = 0;
    for line in body.split_inclusive(|byte| *byte == b'\n') {
        let line_starts = at;
        at += line.len();
        let Some(is_last) = delimiter(line, boundary) else {
            continue;
        };
        if let Some(start) = part_starts {
            if parts.len() == most {
                return Err("has too many parts");
            }
            parts.push(content(without_line_break(&body[start..line_starts])));
        }
        if is_last {
            return Ok(parts);
        }
        part_starts = Some(at);
    }
    Err(match part_starts {
        Some(_) => "ends in the middle",
        None => "has no parts",
    })
}

/// Whether a line is a delimiter, and if so, whether it is the last one.
fn delimiter(line: &[u8], boundary: &str) -> Option<bool> {
    match line
        .strip_prefix(b"--")?
        .strip_prefix(boundary.as_bytes())?
        .trim_ascii_end()
    {
        b"" => Some(false),
        b"--" => Some(true),
        // A longer boundary that begins like ours, or text.
        _ => None,
    }
}

/// A part behind its headers. The line break before a delimiter belongs to the delimiter, so headers without content
/// may end without an empty line.
fn content(part: &[u8]) -> &[u8] {
    let mut rest = part;
    loop {
        let line = rest
            .split_inclusive(|byte| *byte == b'\n')
            .next()
            .unwrap_or_default();
        if !line.is_empty() && line.trim_ascii_end().is_empty() {
            return &rest[line.len()..];
        }
        if !is_header(line) {
            // No headers, not even the empty line behind them; or nothing but headers.
            return if rest.is_empty() { rest } else { part };
        }
        rest = &rest[line.len()..];
    }
}

fn is_header(line: &[u8]) -> bool {
    let name = line.split(|byte| *byte == b':').next().unwrap_or_default();
    let is_folded = line.first().is_some_and(|first| matches!(first, b' ' | b'\t'));
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    is_folded || (!name.is_empty() && name.len() < line.len() && name.iter().all(is_name))
}

fn without_line_break(part: &[u8]) -> &[u8] {
    let part = part.strip_suffix(b"\n").unwrap_or(part);
    part.strip_suffix(b"\r").unwrap_or(part)
}
