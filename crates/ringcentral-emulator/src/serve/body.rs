//! Bodies that we send: whole, or broken off as ordered.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};

/// A body.
pub(super) struct Outgoing {
    left: Option<Bytes>,
    length: u64,
    cut: Option<Cut>,
}

/// What is left to do for a body that breaks off.
#[derive(Clone, Copy)]
struct Cut {
    after: usize,
    /// The bytes before the break must leave for the client before the connection fails.
    flushed: bool,
}

impl Outgoing {
    /// All of `bytes`, or only the first `cut` of them.
    pub(super) fn new(bytes: Bytes, cut: Option<usize>) -> Self {
        let cut = cut.filter(|after| *after < bytes.len()).map(|after| Cut {
            after,
            flushed: false,
        });
        Self {
            length: bytes.len() as u64,
            left: Some(bytes).filter(|bytes| !bytes.is_empty()),
            cut,
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
        match (self.left.take(), self.cut) {
            (Some(bytes), None) => Poll::Ready(Some(Ok(Frame::data(bytes)))),
            (Some(bytes), Some(cut)) if cut.after > 0 => {
                Poll::Ready(Some(Ok(Frame::data(bytes.slice(..cut.after)))))
            }
            (
                _,
                Some(Cut {
                    flushed: false,
                    after,
                }),
            ) => {
                self.cut = Some(Cut { flushed: true, after });
                context.waker().wake_by_ref();
                Poll::Pending
            }
            (_, Some(_)) => Poll::Ready(Some(Err(io::Error::from(io::ErrorKind::ConnectionAborted)))),
            (None, None) => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.left.is_none() && self.cut.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(if self.left.is_some() || self.cut.is_some() {
            self.length
        } else {
            0
        })
    }
}
