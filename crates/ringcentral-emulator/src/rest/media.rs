//! Documents and pictures, made on the spot, and how these and sounds are handed out.

use std::fmt::Write as _;

use http::StatusCode;
use http::header::{ACCEPT_RANGES, CONTENT_DISPOSITION, CONTENT_RANGE};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::call::Call;
use crate::content::Content;
use crate::reply::{ApiError, Reply};

/// A small picture of one colour (PNG, 16 by 16). Another `key` is another colour.
pub(crate) fn png(key: i64) -> Vec<u8> {
    const SIZE: usize = 16;
    let shade = |step: i64| u8::try_from((key * step + 96).rem_euclid(200)).unwrap_or_default();
    let row: Vec<u8> = std::iter::once(0)
        .chain((0..SIZE).flat_map(|_| [shade(37), shade(71), shade(13)]))
        .collect();
    let pixels = row.repeat(SIZE);
    let mut header = Vec::from([0, 0, 0, 16, 0, 0, 0, 16]);
    header.extend([8, 2, 0, 0, 0]); // 8 bits of red, green and blue
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    for (name, data) in [
        (b"IHDR", header),
        (b"IDAT", stored(&pixels)),
        (b"IEND", Vec::new()),
    ] {
        let chunk = [name.as_slice(), &data].concat();
        file.extend(u32::try_from(data.len()).unwrap_or_default().to_be_bytes());
        file.extend(&chunk);
        file.extend(crc32(&chunk).to_be_bytes());
    }
    file
}

/// A zlib stream that compresses nothing; for up to 65,535 bytes.
fn stored(data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len()).unwrap_or(u16::MAX);
    let (mut a, mut b) = (1_u32, 0_u32);
    for byte in data {
        a = (a + u32::from(*byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    let mut stream = vec![0x78, 0x01, 0x01];
    stream.extend(length.to_le_bytes());
    stream.extend((!length).to_le_bytes());
    stream.extend(data);
    stream.extend(((b << 16) | a).to_be_bytes());
    stream
}

fn crc32(data: &[u8]) -> u32 {
    !data.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            if crc & 1 == 1 {
                (crc >> 1) ^ 0xedb8_8320
            } else {
                crc >> 1
            }
        })
    })
}

/// A document of so many pages, each with a line of text.
pub(super) fn pdf(title: &str, pages: i64) -> Vec<u8> {
    let pages = pages.clamp(1, 20);
    let mut objects = vec!["<< /Type /Catalog /Pages 2 0 R >>".to_owned()];
    let kids: Vec<String> = (0..pages).map(|n| format!("{} 0 R", 4 + 2 * n)).collect();
    objects.push(format!(
        "<< /Type /Pages /Kids [{}] /Count {pages} >>",
        kids.join(" ")
    ));
    objects.push("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned());
    let title: String = title
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || " -+".contains(*c))
        .collect();
    for n in 0..pages {
        let content = format!(
            "BT /F1 18 Tf 72 720 Td ({title}, page {} of {pages}) Tj ET",
            n + 1
        );
        objects.push(format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {} 0 R \
             /Resources << /Font << /F1 3 0 R >> >> >>",
            5 + 2 * n
        ));
        objects.push(format!(
            "<< /Length {} >>\nstream\n{content}\nendstream",
            content.len()
        ));
    }
    let mut file = String::from("%PDF-1.4\n");
    let mut offsets = Vec::new();
    for (n, object) in objects.iter().enumerate() {
        offsets.push(file.len());
        let _ = write!(file, "{} 0 obj\n{object}\nendobj\n", n + 1);
    }
    let start = file.len();
    let _ = write!(file, "xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for offset in offsets {
        let _ = writeln!(file, "{offset:010} 00000 n ");
    }
    let _ = write!(
        file,
        "trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n",
        objects.len() + 1
    );
    file.into_bytes()
}

/// How many pages a PDF has.
pub(super) fn pdf_pages(file: &[u8]) -> i64 {
    const MARK: &[u8] = b"/Page";
    let text = |at: usize| file.get(at + MARK.len()).copied();
    let count = file
        .windows(MARK.len())
        .enumerate()
        .filter(|(at, window)| {
            // `/Type /Page`, but not `/Pages`, with or without the blank.
            *window == MARK
                && file[..*at].trim_ascii_end().ends_with(b"/Type")
                && !text(*at).is_some_and(|next| next.is_ascii_alphanumeric())
        })
        .count();
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Answers with the bytes, or with the range of them that was asked for.
pub(super) fn reply(
    call: &Call<'_>,
    content_type: &str,
    content: impl Into<Content>,
) -> Result<Reply, ApiError> {
    let content = content.into();
    let length = content.len();
    let range = call.request.header("range").unwrap_or_default();
    let reply = match range_of(range, length) {
        Asked::Whole => Reply::bytes(content_type, content),
        Asked::Part(first, last) => Reply::bytes(content_type, content.part(first, last + 1))
            .with_status(StatusCode::PARTIAL_CONTENT)
            .with(CONTENT_RANGE, &format!("bytes {first}-{last}/{length}")),
        Asked::Beyond => {
            let error = ApiError::new(
                StatusCode::RANGE_NOT_SATISFIABLE,
                "CMN-107",
                "The requested range is not satisfiable",
            );
            return Ok(error
                .into_reply()
                .with(CONTENT_RANGE, &format!("bytes */{length}")));
        }
    };
    let reply = reply.with(ACCEPT_RANGES, "bytes");
    Ok(match disposition(call)? {
        Some(disposition) => reply.with(CONTENT_DISPOSITION, &disposition),
        None => reply,
    })
}

fn disposition(call: &Call<'_>) -> Result<Option<String>, ApiError> {
    let query = &call.request.query;
    let kind = query.one_of("contentDisposition", &["Inline", "Attachment"])?;
    let file_name = query.first("contentDispositionFilename");
    let kind = match (kind, file_name) {
        (None, None) => return Ok(None),
        (Some("Inline"), _) => "inline",
        _ => "attachment",
    };
    Ok(Some(match file_name {
        Some(name) => format!("{kind}; {}", named(name)),
        None => kind.to_owned(),
    }))
}

/// The parameters that name a file. A name beyond ASCII goes into the second one, and a makeshift for those who know
/// only the first (RFC 6266).
fn named(name: &str) -> String {
    let name: String = name
        .chars()
        .filter(|c| !c.is_control() && !"\"\\".contains(*c))
        .collect();
    if name.is_ascii() {
        return format!("filename=\"{name}\"");
    }
    let plain: String = name.chars().map(|c| if c.is_ascii() { c } else { '_' }).collect();
    let encoded = utf8_percent_encode(&name, NON_ALPHANUMERIC);
    format!("filename=\"{plain}\"; filename*=UTF-8''{encoded}")
}

/// What of a content is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    /// All of it: there is no range, or none that is understood, and such a header is as good as none (RFC 9110, 14.2).
    Whole,
    /// From the first of these bytes to the second.
    Part(u64, u64),
    /// What it does not have.
    Beyond,
}

/// Reads `bytes=a-b`, `bytes=a-` or `bytes=-n`. Of other units and of several ranges at once nothing is understood.
fn range_of(header: &str, length: u64) -> Asked {
    let digits = |text: &str| -> Option<u64> {
        // Beyond any length is beyond any length.
        (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| text.parse().unwrap_or(u64::MAX))
    };
    let Some((unit, range)) = header.trim().split_once('=') else {
        return Asked::Whole;
    };
    let Some((first, last)) = range
        .split_once('-')
        .filter(|_| unit.eq_ignore_ascii_case("bytes"))
    else {
        return Asked::Whole;
    };
    let end = length.saturating_sub(1);
    match (first.trim(), last.trim()) {
        ("", suffix) => match digits(suffix) {
            None => Asked::Whole,
            Some(0) => Asked::Beyond,
            Some(_) if length == 0 => Asked::Beyond,
            Some(suffix) => Asked::Part(length.saturating_sub(suffix), end),
        },
        (first, last) => {
            let last = if last.is_empty() {
                Some(u64::MAX)
            } else {
                digits(last)
            };
            match (digits(first), last) {
                (Some(first), Some(last)) if first > last => Asked::Whole,
                (Some(first), Some(_)) if first >= length => Asked::Beyond,
                (Some(first), Some(last)) => Asked::Part(first, last.min(end)),
                _ => Asked::Whole,
            }
        }
    }
}

#[cfg(test)]
mod tests;
