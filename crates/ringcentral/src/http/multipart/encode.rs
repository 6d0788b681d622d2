//! Parts as bytes: names escaped as browsers do (WHATWG HTML, "multipart/form-data"), the length known before the
//! first byte goes out.

use std::fmt::Write as _;

use bytes::Bytes;
use futures_util::stream::{self, BoxStream, StreamExt};
use http::header::HeaderValue;

use super::{Content, Multipart, Part};
use crate::BoxFuture;
use crate::entropy::Entropy;
use crate::error::{Error, ErrorKind, Result};
use crate::http::body::Body;
use crate::http::file::OpenFile;
use crate::http::payload::Open;
use crate::http::transport::TransportError;

/// A body whose every byte is decided but for what is in its files.
#[derive(Debug)]
pub(super) struct Encoded {
    boundary: String,
    parts: Vec<(Bytes, Content)>,
}

type Chunks = BoxStream<'static, Result<Bytes, TransportError>>;

impl Encoded {
    pub(super) fn new(multipart: Multipart, entropy: &dyn Entropy) -> Result<Self> {
        let boundary = boundary(entropy);
        let parts = multipart
            .parts
            .into_iter()
            .map(|part| Ok((head(&boundary, &part)?, part.content?)))
            .collect::<Result<_>>()?;
        Ok(Self { boundary, parts })
    }

    pub(super) fn content_type(&self) -> HeaderValue {
        HeaderValue::try_from(format!("multipart/form-data; boundary={}", self.boundary))
            .expect("a boundary is letters and digits")
    }
}

impl Open for Encoded {
    fn open(&self) -> BoxFuture<'_, Result<Body>> {
        Box::pin(async {
            let mut pieces = Pieces::default();
            for (head, content) in &self.parts {
                pieces.add(head.clone());
                match content {
                    Content::Bytes(bytes) => pieces.add(bytes.clone()),
                    Content::File(file) => pieces.add_file(file.open().await?),
                }
                pieces.add(Bytes::from_static(b"\r\n"));
            }
            pieces.add(format!("--{}--\r\n", self.boundary).into());
            Ok(Body::stream(
                stream::iter(pieces.chunks).flatten(),
                Some(pieces.length),
            ))
        })
    }
}

/// What is sent, in order, and how much it is together.
#[derive(Default)]
struct Pieces {
    chunks: Vec<Chunks>,
    length: u64,
}

impl Pieces {
    fn add(&mut self, piece: Bytes) {
        self.length += piece.len() as u64;
        self.chunks.push(stream::iter([Ok(piece)]).boxed());
    }

    fn add_file(&mut self, file: OpenFile) {
        self.length += file.length();
        self.chunks.push(file.into_chunks().boxed());
    }
}

/// 128 random bits: nobody's file has them in it.
fn boundary(entropy: &dyn Entropy) -> String {
    let mut bytes = [0; 16];
    entropy.fill(&mut bytes);
    let mut boundary = "ringcentral-".to_owned();
    for byte in bytes {
        let _ = write!(boundary, "{byte:02x}");
    }
    boundary
}

fn head(boundary: &str, part: &Part) -> Result<Bytes> {
    let mut head = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"",
        escaped(&part.name)
    );
    if let Some(file_name) = &part.file_name {
        let _ = write!(head, "; filename=\"{}\"", escaped(file_name));
    }
    if let Some(content_type) = &part.content_type {
        if HeaderValue::from_str(content_type).is_err() || !content_type.contains('/') {
            return Err(Error::new(
                ErrorKind::Usage,
                "the media type of a part is none; one is written like application/pdf",
            ));
        }
        let _ = write!(head, "\r\nContent-Type: {content_type}");
    }
    head.push_str("\r\n\r\n");
    Ok(head.into())
}

/// Quotes and line ends as browsers write them, so that no name ends its header. Likewise what browsers send as it is
/// and readers disagree about: other control characters, and the backslash, which some take for the beginning of an
/// escape and so miss the closing quote.
pub(super) fn escaped(name: &str) -> String {
    let mut escaped = String::with_capacity(name.len());
    for c in name.chars() {
        if matches!(c, '"' | '\\') || c.is_ascii_control() {
            let _ = write!(escaped, "%{:02X}", u32::from(c));
        } else {
            escaped.push(c);
        }
    }
    escaped
}

#[cfg(test)]
mod tests;
