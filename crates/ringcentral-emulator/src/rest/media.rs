//! Sounds and documents, made on the spot, and how they are handed out.

use std::f64::consts::TAU;
use std::fmt::Write as _;

use bytes::Bytes;
use http::StatusCode;
use http::header::{ACCEPT_RANGES, CONTENT_DISPOSITION, CONTENT_RANGE};

use crate::call::Call;
use crate::reply::{ApiError, Reply};

const RATE: u32 = 8000;

/// A short tone as a WAV file (8 kHz, 8 bit, mono). Another `key` is another pitch, so recordings can be told apart.
pub(super) fn tone(key: i64, seconds: i64) -> Vec<u8> {
    let seconds = u32::try_from(seconds.clamp(1, 3)).unwrap_or(1);
    let pitch = 330.0 + 20.0 * f64::from(i32::try_from(key.rem_euclid(24)).unwrap_or_default());
    let samples = RATE * seconds;
    let mut wav = Vec::with_capacity(44 + usize::try_from(samples).unwrap_or_default());
    wav.extend_from_slice(b"RIFF");
    wav.extend_from_slice(&(36 + samples).to_le_bytes());
    wav.extend_from_slice(b"WAVEfmt ");
    wav.extend_from_slice(&16_u32.to_le_bytes());
    wav.extend_from_slice(&1_u16.to_le_bytes()); // PCM
    wav.extend_from_slice(&1_u16.to_le_bytes()); // one channel
    wav.extend_from_slice(&RATE.to_le_bytes());
    wav.extend_from_slice(&RATE.to_le_bytes()); // bytes a second
    wav.extend_from_slice(&1_u16.to_le_bytes());
    wav.extend_from_slice(&8_u16.to_le_bytes());
    wav.extend_from_slice(b"data");
    wav.extend_from_slice(&samples.to_le_bytes());
    wav.extend((0..samples).map(|n| {
        let level = (TAU * pitch * f64::from(n) / f64::from(RATE)).sin();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the value is within 48..=208"
        )]
        let sample = (128.0 + 80.0 * level) as u8;
        sample
    }));
    wav
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

/// Answers with the bytes, or with the range of them that was asked for.
pub(super) fn reply(call: &Call<'_>, content_type: &str, bytes: Vec<u8>) -> Result<Reply, ApiError> {
    let bytes = Bytes::from(bytes);
    let length = bytes.len();
    let reply = match call.request.header("range") {
        None => Reply::bytes(content_type, bytes),
        Some(range) => {
            let Some((first, last)) = range_of(range, length) else {
                return Err(ApiError::new(
                    StatusCode::RANGE_NOT_SATISFIABLE,
                    "CMN-107",
                    "The requested range is not satisfiable",
                ));
            };
            Reply::bytes(content_type, bytes.slice(first..=last))
                .with_status(StatusCode::PARTIAL_CONTENT)
                .with(CONTENT_RANGE, &format!("bytes {first}-{last}/{length}"))
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
        Some(name) => {
            let name: String = name
                .chars()
                .filter(|c| !c.is_control() && !"\"\\".contains(*c))
                .collect();
            format!("{kind}; filename=\"{name}\"")
        }
        None => kind.to_owned(),
    }))
}

/// The first and last byte of `bytes=a-b`, `bytes=a-` or `bytes=-n`; `None` if there is no such part.
fn range_of(header: &str, length: usize) -> Option<(usize, usize)> {
    let (first, last) = header.trim().strip_prefix("bytes=")?.split_once('-')?;
    let (first, last) = match (first.trim(), last.trim()) {
        ("", suffix) => (
            length.checked_sub(suffix.parse::<usize>().ok()?.min(length))?,
            length.checked_sub(1)?,
        ),
        (first, "") => (first.parse().ok()?, length.checked_sub(1)?),
        (first, last) => (
            first.parse().ok()?,
            last.parse::<usize>().ok()?.min(length.checked_sub(1)?),
        ),
    };
    (first <= last).then_some((first, last))
}

#[cfg(test)]
mod tests;
