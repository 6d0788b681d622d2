//! Whether a request has begun to go out. One that never did has no unknown outcome, whichever timeout ended the wait.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering::SeqCst};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::Request;
use http_body::{Body as HttpBody, Frame, SizeHint};

use super::body::Body;
use super::transport::{TransportError, TransportErrorKind};

/// The departure of one attempt, as the transport and whoever waits for the answer share it.
///
/// Nothing is known of it unless the transport [holds](Self::hold) the request until there is a connection. Then either
/// the connection or the one who waits gets it, and never both: what has been called back can no longer go out.
#[derive(Clone, Default)]
pub(crate) struct Departure(Arc<AtomicU8>);

const UNKNOWN: u8 = 0;
const HELD: u8 = 1;
const GONE: u8 = 2;
const CALLED_BACK: u8 = 3;

impl Departure {
    /// That of this request, which from now on is told of it.
    pub(crate) fn of(request: &mut Request<Body>) -> Self {
        request.extensions_mut().get_or_insert_with(Self::default).clone()
    }

    /// Promises that the request goes out only as a [`Departing`] body, for as long as what this returns lives.
    pub(super) fn hold(&self) -> Hold {
        // A transport that wraps ours may send a request twice at once: then nothing can be promised.
        if !self.moves(UNKNOWN, HELD) {
            self.moves(HELD, GONE);
        }
        Hold(self.clone())
    }

    /// Takes the request back, unless it may be on its way already.
    pub(crate) fn call_back(&self) -> bool {
        self.moves(HELD, CALLED_BACK)
    }

    /// Lets it go, unless it has been called back.
    fn leave(&self) -> bool {
        self.moves(HELD, GONE) || self.0.load(SeqCst) != CALLED_BACK
    }

    fn moves(&self, from: u8, to: u8) -> bool {
        self.0.compare_exchange(from, to, SeqCst, SeqCst).is_ok()
    }
}

/// A promise about a request that the transport has; it ends when the transport is done or given up.
pub(super) struct Hold(Departure);

impl Hold {
    /// Whether the request is still where it was.
    pub(super) fn is_unbroken(&self) -> bool {
        self.0.0.load(SeqCst) == HELD
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.0.moves(HELD, UNKNOWN);
    }
}

/// A body that the connection asks for when it has the request, and not before.
///
/// HTTP/1 asks before it writes the first byte of a request, and HTTP/2 before it ends the stream: so without its body, or
/// without the word that there is none, no request is whole.
pub(super) struct Departing<B> {
    body: B,
    departure: Departure,
}

impl<B> Departing<B> {
    pub(super) fn new(body: B, departure: Departure) -> Self {
        Self { body, departure }
    }
}

impl<B: HttpBody<Data = Bytes> + Unpin> HttpBody for Departing<B>
where
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if !self.departure.leave() {
            let called_back = TransportError::new(TransportErrorKind::Connect);
            return Poll::Ready(Some(Err(called_back.into())));
        }
        let frame = Pin::new(&mut self.body).poll_frame(context);
        frame.map(|frame| frame.map(|frame| frame.map_err(Into::into)))
    }

    /// The last thing that the connection asks before it writes a request without a body. One that has been called back
    /// seems to have a body, which then breaks the connection.
    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream() && self.departure.leave()
    }

    fn size_hint(&self) -> SizeHint {
        if self.departure.0.load(SeqCst) == CALLED_BACK {
            return SizeHint::default();
        }
        self.body.size_hint()
    }
}

impl fmt::Debug for Departure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0.load(SeqCst) {
            UNKNOWN => "Unknown",
            HELD => "Held",
            GONE => "Gone",
            _ => "CalledBack",
        })
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    /// Whether a connection that has this body gets all that it needs for a request.
    fn goes_out(body: &mut Departing<reqwest::Body>) -> bool {
        if body.is_end_stream() {
            return true;
        }
        // Of an empty body that is not said to be one, HTTP/1 would write the length and ask no further.
        assert_ne!(body.size_hint().exact(), Some(0));
        let frame = std::future::poll_fn(|context| Pin::new(&mut *body).poll_frame(context));
        match frame.now_or_never().expect("it is in memory") {
            Some(Ok(_)) => true,
            Some(Err(_)) => false,
            None => panic!("an empty body is not asked for"),
        }
    }

    fn departing(bytes: &'static str, departure: &Departure) -> Departing<reqwest::Body> {
        Departing::new(bytes.into(), departure.clone())
    }

    #[test]
    fn a_request_goes_out_or_is_called_back_and_never_both() {
        for bytes in ["", "hello"] {
            let departure = Departure::default();
            let hold = departure.hold();
            let mut body = departing(bytes, &departure);
            assert!(hold.is_unbroken());
            assert!(goes_out(&mut body), "{bytes}");
            assert!(!hold.is_unbroken());
            assert!(!departure.call_back(), "{bytes}");

            let departure = Departure::default();
            let _hold = departure.hold();
            let mut body = departing(bytes, &departure);
            assert!(departure.call_back(), "{bytes}");
            assert!(!goes_out(&mut body), "{bytes}");
        }
    }

    #[test]
    fn nothing_is_said_of_a_request_that_nobody_holds() {
        let departure = Departure::default();
        assert!(!departure.call_back(), "a transport that knows nothing of this");
        drop(departure.hold());
        assert!(!departure.call_back(), "a transport that goes another way now");
        assert!(goes_out(&mut departing("hello", &departure)));

        let twice = Departure::default();
        let (_one, _other) = (twice.hold(), twice.hold());
        assert!(!twice.call_back(), "a transport that sends it twice");
        assert!(goes_out(&mut departing("hello", &twice)));
    }

    #[test]
    fn the_length_of_a_body_is_told_before_it_goes() {
        let departure = Departure::default();
        let _hold = departure.hold();
        let body = departing("hello", &departure);
        assert_eq!(body.size_hint().exact(), Some(5));
        assert!(!body.is_end_stream());
        assert!(departure.call_back(), "asking that sends nothing");
    }
}
