//! The name that an answer gives a file (RFC 6266), made safe to use here.

use http::HeaderMap;
use http::header::CONTENT_DISPOSITION;

/// Longer names do not fit into a directory everywhere.
const LONGEST: usize = 200;

/// The name of `Content-Disposition`, if there is one and anything is left of it.
pub(super) fn from_headers(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(CONTENT_DISPOSITION)?;
    safe(&announced(&String::from_utf8_lossy(value.as_bytes()))?)
}

/// The name as it was sent: `filename*` before `filename`.
fn announced(disposition: &str) -> Option<String> {
    let (mut plain, mut extended) = (None, None);
    for (name, value) in parameters(disposition) {
        match name.to_ascii_lowercase().as_str() {
            "filename" if plain.is_none() => plain = Some(value),
            "filename*" if extended.is_none() => extended = decoded(&value),
            _ => {}
        }
    }
    extended.or(plain)
}

/// `; name=value; name="quoted \" value"` behind the first semicolon.
fn parameters(disposition: &str) -> Vec<(String, String)> {
    let mut parameters = Vec::new();
    let mut rest = disposition.split_once(';').map_or("", |(_, rest)| rest);
    while let Some((name, after)) = rest.split_once('=') {
        let name = name.trim_matches([' ', '\t', ';']).to_owned();
        let after = after.trim_start();
        let (value, end) = match after.strip_prefix('"') {
            Some(quoted) => unquoted(quoted),
            None => after
                .split_once(';')
                .map_or((after.trim().to_owned(), ""), |(value, rest)| {
                    (value.trim().to_owned(), rest)
                }),
        };
        parameters.push((name, value));
        rest = end;
    }
    parameters
}

/// What stands before the closing quote, and what comes behind it.
fn unquoted(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return (value, &text[at + 1..]),
            '\\' => value.extend(chars.next().map(|(_, c)| c)),
            c => value.push(c),
        }
    }
    (value, "")
}

/// `UTF-8''na%C3%AFve.txt` (RFC 8187).
fn decoded(value: &str) -> Option<String> {
    let (charset, rest) = value.split_once('\'')?;
    let (_, encoded) = rest.split_once('\'')?;
    let bytes = percent_encoding::percent_decode_str(encoded);
    if charset.eq_ignore_ascii_case("utf-8") {
        Some(bytes.decode_utf8().ok()?.into_owned())
    } else if charset.eq_ignore_ascii_case("iso-8859-1") {
        Some(bytes.map(char::from).collect())
    } else {
        None
    }
}

/// The same name without directories, and without what a shell, a file manager or another system stumbles over.
fn safe(name: &str) -> Option<String> {
    let last = name.rsplit(['/', '\\']).next()?;
    let name: String = last
        .chars()
        .filter(|c| !c.is_control() && !turns_text_around(*c))
        .map(|c| if r#"<>:"|?*"#.contains(c) { '_' } else { c })
        .collect();
    let name = name.trim_start_matches(['.', ' ']).trim_end_matches(['.', ' ']);
    if name.is_empty() {
        return None;
    }
    let name = shortened(name);
    let stem = name.split('.').next().unwrap_or_default().trim_end();
    Some(if is_a_device(stem) {
        format!("_{name}")
    } else {
        name
    })
}

/// Invisible marks that make `exe.txt` look like `txt.exe`.
fn turns_text_around(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// Names that Windows takes for devices, with any extension.
fn is_a_device(stem: &str) -> bool {
    let stem = stem.to_ascii_uppercase();
    let numbered = |prefix: &str| {
        stem.strip_prefix(prefix)
            .is_some_and(|number| matches!(number.as_bytes(), [b'1'..=b'9']))
    };
    matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL") || numbered("COM") || numbered("LPT")
}

/// Cut in the middle, so that the extension stays.
fn shortened(name: &str) -> String {
    if name.len() <= LONGEST {
        return name.to_owned();
    }
    let extension = name.rfind('.').map_or("", |at| &name[at..]);
    let extension = if extension.len() <= 20 { extension } else { "" };
    let mut end = LONGEST - extension.len();
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{extension}", name[..end].trim_end_matches(['.', ' ']))
}

#[cfg(test)]
mod tests;
