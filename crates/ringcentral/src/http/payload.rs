//! What each attempt of a call sends: the same bytes, or a body that is opened anew.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

use super::body::Body;
use crate::BoxFuture;
use crate::error::Result;

/// A body that can be sent more than once.
#[derive(Clone)]
pub(crate) enum Payload {
    Whole(Bytes),
    /// Too large for the memory, or already in a file.
    Opened(Arc<dyn Open>),
}

/// Something that can be read from its beginning, as often as it takes.
pub(crate) trait Open: Send + Sync + fmt::Debug {
    /// The body of one attempt. An error means that nothing was sent.
    fn open(&self) -> BoxFuture<'_, Result<Body>>;
}

impl Payload {
    pub(crate) async fn body(&self) -> Result<Body> {
        match self {
            Self::Whole(bytes) => Ok(Body::from(bytes.clone())),
            Self::Opened(source) => source.open().await,
        }
    }
}

impl Default for Payload {
    fn default() -> Self {
        Self::Whole(Bytes::new())
    }
}
