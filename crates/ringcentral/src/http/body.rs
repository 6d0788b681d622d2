//! What a request or an answer carries: bytes in memory, or chunks that come as they are asked for.

use std::fmt;

use bytes::{Bytes, BytesMut};
use futures_util::stream::{self, BoxStream, Stream, StreamExt, TryStreamExt};

use super::transport::{TransportError, TransportErrorKind};

/// The body of a request or of an answer.
///
/// ```
/// use ringcentral::Body;
///
/// let body = Body::from("hello");
/// assert_eq!(body.length(), Some(5));
/// assert_eq!(body.as_bytes().map(|bytes| bytes.as_ref()), Some(b"hello".as_slice()));
/// ```
pub struct Body(Kind);

enum Kind {
    Whole(Bytes),
    Chunks {
        chunks: BoxStream<'static, Result<Bytes, TransportError>>,
        length: Option<u64>,
    },
}

impl Body {
    /// A body that is read as it is sent, or handed on as it comes. With its `length` in bytes, where that is known.
    pub fn stream(
        chunks: impl Stream<Item = Result<Bytes, TransportError>> + Send + 'static,
        length: Option<u64>,
    ) -> Self {
        Self(Kind::Chunks {
            chunks: chunks.boxed(),
            length,
        })
    }

    /// How many bytes it has, where that is known before it is read.
    pub fn length(&self) -> Option<u64> {
        match &self.0 {
            Kind::Whole(bytes) => u64::try_from(bytes.len()).ok(),
            Kind::Chunks { length, .. } => *length,
        }
    }

    /// All of it, when it is in memory.
    pub fn as_bytes(&self) -> Option<&Bytes> {
        match &self.0 {
            Kind::Whole(bytes) => Some(bytes),
            Kind::Chunks { .. } => None,
        }
    }

    /// Its chunks, in order.
    pub fn into_stream(self) -> BoxStream<'static, Result<Bytes, TransportError>> {
        match self.0 {
            Kind::Whole(bytes) => stream::iter((!bytes.is_empty()).then_some(Ok(bytes))).boxed(),
            Kind::Chunks { chunks, .. } => chunks,
        }
    }

    /// Reads it into memory.
    ///
    /// # Errors
    /// [`TransportErrorKind::TooLarge`] when it has more than `at_most` bytes; otherwise whatever broke the stream.
    pub async fn collect(self, at_most: usize) -> Result<Bytes, TransportError> {
        let too_large = || Err(TransportError::new(TransportErrorKind::TooLarge));
        let mut chunks = match self.0 {
            Kind::Whole(bytes) if bytes.len() > at_most => return too_large(),
            Kind::Whole(bytes) => return Ok(bytes),
            Kind::Chunks { chunks, .. } => chunks,
        };
        // Most answers are one chunk, which is then handed on without a copy.
        let first = chunks.try_next().await?.unwrap_or_default();
        let mut all: Option<BytesMut> = None;
        while first.len() <= at_most
            && let Some(chunk) = chunks.try_next().await?
        {
            let all = all.get_or_insert_with(|| BytesMut::from(first.as_ref()));
            if all.len() + chunk.len() > at_most {
                return too_large();
            }
            all.extend_from_slice(&chunk);
        }
        if first.len() > at_most {
            return too_large();
        }
        Ok(all.map_or(first, BytesMut::freeze))
    }
}

impl Default for Body {
    fn default() -> Self {
        Self(Kind::Whole(Bytes::new()))
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Self(Kind::Whole(bytes))
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Bytes::from(bytes).into()
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        Bytes::from(text).into()
    }
}

impl From<&'static str> for Body {
    fn from(text: &'static str) -> Self {
        Bytes::from_static(text.as_bytes()).into()
    }
}

impl fmt::Debug for Body {
    /// Its length only: what it holds may be anybody's message, or a token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Body")
            .field("length", &self.length())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunked(chunks: &[&'static str]) -> Body {
        let chunks: Vec<_> = chunks
            .iter()
            .map(|chunk| Ok(Bytes::from_static(chunk.as_bytes())))
            .collect();
        Body::stream(stream::iter(chunks), None)
    }

    #[tokio::test]
    async fn a_body_is_collected_up_to_a_limit() {
        let table: [(Body, usize, Option<&str>); 8] = [
            (Body::default(), 0, Some("")),
            (Body::from("abc"), 3, Some("abc")),
            (Body::from("abc"), 2, None),
            (chunked(&[]), 0, Some("")),
            (chunked(&["abc"]), 3, Some("abc")),
            (chunked(&["abc"]), 2, None),
            (chunked(&["ab", "c", "d"]), 4, Some("abcd")),
            (chunked(&["ab", "c", "d"]), 3, None),
        ];
        for (row, (body, at_most, expected)) in table.into_iter().enumerate() {
            let collected = body.collect(at_most).await;
            match expected {
                Some(text) => assert_eq!(collected.unwrap(), text, "row {row}"),
                None => assert_eq!(
                    collected.unwrap_err().kind(),
                    TransportErrorKind::TooLarge,
                    "row {row}"
                ),
            }
        }
    }

    #[tokio::test]
    async fn one_chunk_is_not_copied() {
        let chunk = Bytes::from(vec![7; 100]);
        let body = Body::stream(stream::iter([Ok(chunk.clone())]), None);
        assert_eq!(body.collect(100).await.unwrap().as_ptr(), chunk.as_ptr());
    }

    #[test]
    fn what_it_holds_is_not_printed() {
        assert_eq!(
            format!("{:?}", Body::from("canary")),
            "Body { length: Some(6), .. }"
        );
    }
}
