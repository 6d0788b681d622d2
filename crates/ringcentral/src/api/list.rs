//! What every list has in common: a request that is being filled, pages, and a stream of all of them.

use std::marker::PhantomData;

use futures_util::stream::BoxStream;
use serde::de::DeserializeOwned;

use crate::client::Client;
use crate::error::Result;
use crate::paging::{self, Page};

/// A list of `T` that has not been asked for yet.
#[derive(Clone, Debug)]
#[must_use = "a list is asked for by `send` or `items`"]
pub struct List<T> {
    client: Client,
    path: String,
    query: Vec<(&'static str, String)>,
    records: PhantomData<fn() -> T>,
}

impl<T: DeserializeOwned + Send + 'static> List<T> {
    pub(super) fn new(client: &Client, path: String) -> Self {
        Self {
            client: client.clone(),
            path,
            query: Vec::new(),
            records: PhantomData,
        }
    }

    pub(super) fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.query.push((name, value.to_string()));
        self
    }

    /// Begins at this page, counted from 1.
    pub fn page(self, page: u64) -> Self {
        self.with("page", page)
    }

    /// Asks for this many records at a time; the platform gives at most 1,000, and 100 unless told otherwise.
    pub fn per_page(self, per_page: u64) -> Self {
        self.with("perPage", per_page)
    }

    /// One page.
    ///
    /// # Errors
    /// As [`RequestBuilder::send`](crate::RequestBuilder::send).
    pub async fn send(self) -> Result<Page<T>> {
        self.request().send().await?.json()
    }

    /// Every record from here on, page after page; a page is asked for when the one before has been taken.
    pub fn items(self) -> BoxStream<'static, Result<T>> {
        paging::items(self.client.clone(), self.request())
    }

    /// Every page from here on.
    pub fn pages(self) -> BoxStream<'static, Result<Page<T>>> {
        paging::pages(self.client.clone(), self.request())
    }

    fn request(&self) -> crate::http::RequestBuilder {
        self.client
            .get(&self.path)
            .query_pairs(self.query.iter().map(|(name, value)| (name, value)))
    }
}
