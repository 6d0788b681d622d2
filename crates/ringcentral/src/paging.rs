//! Lists that come in pages, as pages or as one stream.

use futures_util::stream::{self, BoxStream, StreamExt, TryStreamExt};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::client::Client;
use crate::error::Result;
use crate::http::RequestBuilder;

/// One page of a list.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
#[serde(rename_all = "camelCase")]
pub struct Page<T> {
    /// What the page holds.
    #[serde(default = "Vec::new")]
    pub records: Vec<T>,
    /// Where the page stands in the list.
    #[serde(default)]
    pub paging: Paging,
    /// Where the neighbours are.
    #[serde(default)]
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

/// Links to other pages.
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
}

/// Pages from this request on, each asked for when the one before has been taken.
pub(crate) fn pages<T>(client: Client, first: RequestBuilder) -> BoxStream<'static, Result<Page<T>>>
where
    T: DeserializeOwned + Send + 'static,
{
    stream::try_unfold(Some(first), move |request| {
        let client = client.clone();
        async move {
            let Some(request) = request else { return Ok(None) };
            let page: Page<T> = request.send().await?.json()?;
            // `get` refuses an address outside the platform, so a page cannot lead the token astray.
            let next = page.next_uri().map(|uri| client.get(uri));
            Ok(Some((page, next)))
        }
    })
    .boxed()
}

/// The records of all pages.
pub(crate) fn items<T>(client: Client, first: RequestBuilder) -> BoxStream<'static, Result<T>>
where
    T: DeserializeOwned + Send + 'static,
{
    pages(client, first)
        .map_ok(|page: Page<T>| stream::iter(page.records.into_iter().map(Ok)))
        .try_flatten()
        .boxed()
}
