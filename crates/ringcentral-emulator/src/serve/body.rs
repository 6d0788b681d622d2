//! Bodies that we send: whole, or broken off as ordered.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};

use crate::content::Content;

/// A body.
pub(super) struct Outgoing {
    left: Content,
    cut: Option<Cut>,
}

/// What is left to do for a body that breaks off.
#[derive(Clone, Copy)]
struct Cut {
    /// Bytes that are announced and never come.
    missing: u64,
    /// The bytes before the break must leave for the client before the connection fails.
    flushed: bool,
}

impl Outgoing {
    /// All of `content`, or only the first `cut` bytes of it.
    pub(super) fn new(content: Content, cut: Option<usize>) -> Self {
        let length = content.len();
        match cut.map(|cut| cut as u64).filter(|after| *after < length) {
            Some(after) => Self {
                left: content.part(0, after),
                cut: Some(Cut {
                    missing: length - after,
                    flushed: false,
                }),
            },
            None => Self {
                left: content,
                cut: None,
            },
        }
    }
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if let Some(bytes) = self.left.next() {
            return Poll::Ready(Some(Ok(Frame::data(bytes))));
        }
        match &mut self.cut {
            None => Poll::Ready(None),
            Some(cut) if !cut.flushed => {
                cut.flushed = true;
                context.waker().wake_by_ref();
                Poll::Pending
            }
            Some(_) => Poll::Ready(Some(Err(io::Error::from(io::ErrorKind::ConnectionAborted)))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.left.len() == 0 && self.cut.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        let missing = self.cut.map_or(0, |cut| cut.missing);
        SizeHint::with_exact(self.left.len() + missing)
    }
}
