//! Lists that come in pages, as pages or as one stream.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use futures_util::stream::{self, BoxStream, StreamExt, TryStreamExt};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind, Result};
use crate::http::RequestBuilder;

/// One page of a list.
///
/// ```no_run
/// # async fn example(client: ringcentral::Client) -> ringcentral::Result<()> {
/// let page = client.me().call_log().page(2).per_page(50).send().await?;
/// println!("{} calls of {:?}", page.records.len(), page.paging.total_elements);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
#[serde(
    rename_all = "camelCase",
    try_from = "Answer<T>",
    bound(deserialize = "T: Deserialize<'de>")
)]
pub struct Page<T> {
    /// What the page holds.
    pub records: Vec<T>,
    /// Where the page stands in the list.
    pub paging: Paging,
    /// Where the neighbours are.
    pub navigation: Navigation,
}

/// Where a page stands. The platform leaves out what it does not know; call logs have no totals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
#[serde(rename_all = "camelCase", default)]
pub struct Paging {
    /// The page's number, from 1.
    pub page: Option<u64>,
    /// How many records a page holds.
    pub per_page: Option<u64>,
    /// The index of the first record, from 0.
    pub page_start: Option<u64>,
    /// The index of the last record.
    pub page_end: Option<u64>,
    /// How many pages there are.
    pub total_pages: Option<u64>,
    /// How many records there are.
    pub total_elements: Option<u64>,
}

/// Links to other pages. Most lists give addresses, those of team messaging give tokens.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
#[serde(rename_all = "camelCase", default)]
pub struct Navigation {
    /// The first page.
    pub first_page: Option<Link>,
    /// The page before.
    pub previous_page: Option<Link>,
    /// The page after; without it, this is the last one.
    pub next_page: Option<Link>,
    /// The last page.
    pub last_page: Option<Link>,
    /// What the page before is asked for with.
    pub prev_page_token: Option<String>,
    /// What the page after is asked for with.
    pub next_page_token: Option<String>,
}

/// A link to a page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Link {
    /// Its address.
    pub uri: String,
}

impl<T> Page<T> {
    /// The address of the page after this one.
    pub fn next_uri(&self) -> Option<&str> {
        self.navigation.next_page.as_ref().map(|link| link.uri.as_str())
    }

    fn next(&self) -> Option<Next<'_>> {
        let token = || {
            self.navigation
                .next_page_token
                .as_deref()
                .filter(|token| !token.is_empty())
        };
        self.next_uri()
            .map(Next::Address)
            .or_else(|| token().map(Next::Token))
    }
}

/// The body of a list. A page without records may leave them out; what has nothing of a list is none.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer<T> {
    records: Option<Vec<T>>,
    paging: Option<Paging>,
    navigation: Option<Navigation>,
}

impl<T> TryFrom<Answer<T>> for Page<T> {
    type Error = &'static str;

    fn try_from(answer: Answer<T>) -> Result<Self, &'static str> {
        if answer.records.is_none() && answer.paging.is_none() && answer.navigation.is_none() {
            return Err("this is not a list");
        }
        Ok(Self {
            records: answer.records.unwrap_or_default(),
            paging: answer.paging.unwrap_or_default(),
            navigation: answer.navigation.unwrap_or_default(),
        })
    }
}

/// How a list is asked for its pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// `page` and `perPage`: nearly all of them.
    Numbered,
    /// `pageToken` and `recordCount`: team messaging.
    Token,
}

impl Shape {
    pub(crate) fn of(path: &str) -> Self {
        if ["/team-messaging/", "/restapi/v1.0/glip/"]
            .iter()
            .any(|family| path.contains(family))
        {
            Self::Token
        } else {
            Self::Numbered
        }
    }
}

/// Where a page leads.
#[derive(Clone, Copy, Debug, Hash)]
pub(crate) enum Next<'a> {
    Address(&'a str),
    Token(&'a str),
}

/// A walk through the pages of a list.
pub(crate) struct Pages {
    /// The request for the first page; none when no record is wanted.
    pub(crate) first: Option<RequestBuilder>,
    /// How many records are wanted.
    pub(crate) limit: Option<u64>,
    /// Makes the request for the page that another one leads to.
    pub(crate) next: Box<dyn Fn(Next<'_>) -> RequestBuilder + Send>,
}

/// Pages, each asked for when the one before has been taken.
pub(crate) fn pages<T>(walk: Pages) -> BoxStream<'static, Result<Page<T>>>
where
    T: DeserializeOwned + Send + 'static,
{
    let Pages { first, limit, next } = walk;
    let start = (first, limit, next, Trail::default());
    stream::try_unfold(start, move |(request, limit, next, mut trail)| async move {
        let Some(request) = request else { return Ok(None) };
        let mut page: Page<T> = request.send().await?.json()?;
        trail.arrive(page.paging.page)?;
        let count = u64::try_from(page.records.len()).unwrap_or(u64::MAX);
        let left = limit.map(|limit| limit.saturating_sub(count));
        if let Some(limit) = limit {
            page.records
                .truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        }
        let request = match page.next() {
            Some(to) if left != Some(0) => {
                trail.leave(to)?;
                Some(next(to))
            }
            _ => None,
        };
        Ok(Some((page, (request, left, next, trail))))
    })
    .boxed()
}

/// The records of all pages.
pub(crate) fn items<T>(walk: Pages) -> BoxStream<'static, Result<T>>
where
    T: DeserializeOwned + Send + 'static,
{
    // The flattened stream drops a page's records before it asks for the next page.
    pages(walk)
        .map_ok(|page: Page<T>| stream::iter(page.records.into_iter().map(Ok)))
        .try_flatten()
        .boxed()
}

/// Where a walk has been, to see that it goes in a circle: in constant memory, however long the list is.
#[derive(Default)]
struct Trail {
    /// The number of the page that came last.
    number: Option<u64>,
    /// A place that was passed, by its hash. It is replaced after one step, then after two, four, eight: so a circle of
    /// any length is walked once more at most before it is seen (Brent's algorithm).
    mark: Option<u64>,
    steps: u64,
    until: u64,
}

impl Trail {
    /// A page has come: its number must be higher than that of the one before.
    fn arrive(&mut self, number: Option<u64>) -> Result<()> {
        if self.number.is_some() && number.is_some() && number <= self.number {
            return Err(circle());
        }
        self.number = number.or(self.number);
        Ok(())
    }

    /// The walk goes on to here.
    fn leave(&mut self, to: Next<'_>) -> Result<()> {
        let mut hasher = DefaultHasher::new();
        to.hash(&mut hasher);
        let place = Some(hasher.finish());
        if self.mark == place {
            return Err(circle());
        }
        if self.steps == self.until {
            self.mark = place;
            self.until = (self.until * 2).max(1);
            self.steps = 0;
        }
        self.steps += 1;
        Ok(())
    }
}

fn circle() -> Error {
    Error::new(
        ErrorKind::Decode,
        "this list goes in a circle: the next page that the platform links to was read already",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_circle_of_any_length_is_seen_soon_and_a_straight_way_never(before in 0_usize..40, length in 1_usize..40) {
            let place = |step: usize| if step < before { step } else { before + (step - before) % length };
            let mut trail = Trail::default();
            let seen = (0..1000).position(|step| trail.leave(Next::Token(&place(step).to_string())).is_err()).unwrap();
            prop_assert!(seen >= before + length, "too early: at step {}", seen);
            prop_assert!(seen <= 4 * (before + length) + 4, "late: at step {}", seen);
            let mut trail = Trail::default();
            for step in 0..1000 {
                prop_assert!(trail.leave(Next::Address(&step.to_string())).is_ok());
            }
        }
    }

    #[test]
    fn page_numbers_only_grow() {
        let mut trail = Trail::default();
        for (number, fine) in [
            (Some(2), true),
            (None, true),
            (Some(3), true),
            (Some(3), false),
            (Some(1), false),
        ] {
            assert_eq!(trail.arrive(number).is_ok(), fine, "{number:?}");
        }
    }
}
