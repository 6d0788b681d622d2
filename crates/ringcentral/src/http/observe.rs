//! What a client tells a program that keeps metrics.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, Method, StatusCode};

use crate::error::ErrorKind;

/// Something that happened on the way of a call, for metrics: see
/// [`ClientBuilder::observe`](crate::ClientBuilder::observe).
///
/// It holds no body, no token, no phone number and no id: a `route` is a path whose ids have been taken out, so that
/// it can label a metric.
///
/// ```
/// use ringcentral::Observation;
///
/// fn count(observation: &Observation<'_>) {
///     match observation {
///         Observation::Attempt { route, took, .. } => println!("{route} took {took:?}"),
///         Observation::Quota { group, remaining, .. } => println!("{remaining} requests left in {group}"),
///         _ => {}
///     }
/// }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Observation<'a> {
    /// A request was sent, and answered or not. Those to the token endpoint count as well, as
    /// `/restapi/oauth/token` and `/restapi/oauth/revoke`.
    #[non_exhaustive]
    Attempt {
        /// The method.
        method: &'a Method,
        /// The path without its ids.
        route: &'a str,
        /// The status of the answer, if one came.
        status: Option<StatusCode>,
        /// What went wrong, if anything did.
        error: Option<ErrorKind>,
        /// How long it took until the answer was read, or given up.
        took: Duration,
        /// How many times it had been sent before.
        resend: u32,
    },
    /// A request will be sent again.
    #[non_exhaustive]
    Retry {
        /// The method.
        method: &'a Method,
        /// The path without its ids.
        route: &'a str,
        /// Why.
        error: ErrorKind,
        /// After how long.
        pause: Duration,
    },
    /// A request waited for the rate limit of its group.
    #[non_exhaustive]
    RateLimitWait {
        /// The path without its ids.
        route: &'a str,
        /// For how long.
        waited: Duration,
    },
    /// What an answer said is left of its group's requests.
    #[non_exhaustive]
    Quota {
        /// The group, such as `medium`.
        group: &'a str,
        /// How many requests a window allows.
        limit: u32,
        /// How many of them are left.
        remaining: u32,
    },
    /// The platform was asked for new tokens in the place of old ones; each request for them is an
    /// [`Attempt`](Self::Attempt) besides.
    #[non_exhaustive]
    Refresh {
        /// What went wrong, if anything did.
        error: Option<ErrorKind>,
        /// How long it took, repetitions included.
        took: Duration,
    },
}

type Listener = dyn Fn(&Observation<'_>) + Send + Sync;

/// Whoever listens, or nobody.
#[derive(Clone, Default)]
pub(crate) struct Observer(Option<Arc<Listener>>);

impl Observer {
    pub(crate) fn new(listener: impl Fn(&Observation<'_>) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(listener)))
    }

    pub(crate) fn tell(&self, observation: &Observation<'_>) {
        if let Some(listener) = &self.0 {
            listener(observation);
        }
    }
}

impl Observer {
    /// What an answer says is left of its group's requests, if it says so and somebody listens.
    pub(crate) fn tell_quota(&self, headers: &HeaderMap) {
        if self.0.is_none() {
            return;
        }
        let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
        let number = |name: &str| text(name)?.parse().ok();
        if let (Some(group), Some(limit), Some(remaining)) = (
            text("x-rate-limit-group"),
            number("x-rate-limit-limit"),
            number("x-rate-limit-remaining"),
        ) {
            self.tell(&Observation::Quota {
                group: &group.to_ascii_lowercase(),
                limit,
                remaining,
            });
        }
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Observer").field(&self.0.is_some()).finish()
    }
}
