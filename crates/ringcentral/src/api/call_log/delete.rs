//! Which calls are deleted from a log.

use std::fmt;

use jiff::Timestamp;

use super::{CallDirection, CallType, without_plus};
use crate::http::RequestBuilder;
use crate::types::PhoneNumber;

/// Which calls are deleted. Without any filter the platform deletes all of them, so that has to be said.
///
/// ```no_run
/// use jiff::Timestamp;
/// use ringcentral::DeleteCalls;
///
/// # async fn example(client: ringcentral::Client, a_year_ago: Timestamp) -> ringcentral::Result<()> {
/// client.me().delete_calls(&DeleteCalls::before(a_year_ago)).await?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct DeleteCalls {
    query: Vec<(&'static str, String)>,
    bounded: bool,
}

impl DeleteCalls {
    /// The whole log.
    pub fn everything() -> Self {
        Self {
            query: Vec::new(),
            bounded: false,
        }
    }

    /// What began before this time.
    pub fn before(time: Timestamp) -> Self {
        Self {
            bounded: true,
            ..Self::everything().and("dateTo", time)
        }
    }

    /// Only what began after this time.
    #[must_use]
    pub fn date_from(self, from: Timestamp) -> Self {
        self.and("dateFrom", from)
    }

    /// Only calls from or to this number.
    #[must_use]
    pub fn phone_number(self, number: &PhoneNumber) -> Self {
        self.and("phoneNumber", without_plus(number))
    }

    /// Only calls from or to this short number.
    #[must_use]
    pub fn extension_number(self, number: impl ToString) -> Self {
        self.and("extensionNumber", number)
    }

    /// Only calls that went this way.
    #[must_use]
    pub fn direction(self, direction: &CallDirection) -> Self {
        self.and("direction", direction)
    }

    /// Only calls that carried this.
    #[must_use]
    pub fn kind(self, kind: &CallType) -> Self {
        self.and("type", kind)
    }

    fn and(mut self, name: &'static str, value: impl ToString) -> Self {
        self.query.push((name, value.to_string()));
        self
    }

    pub(super) fn fill(&self, request: RequestBuilder) -> RequestBuilder {
        // Without an end, a repetition would also delete what came in the meantime.
        request
            .query_pairs(self.query.iter().map(|(name, value)| (name, value)))
            .idempotent(self.bounded)
    }
}

impl fmt::Debug for DeleteCalls {
    /// By what is chosen, without the values: one may be anybody's number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let filters: Vec<_> = self.query.iter().map(|(name, _)| name).collect();
        f.debug_struct("DeleteCalls")
            .field("filters", &filters)
            .finish_non_exhaustive()
    }
}
