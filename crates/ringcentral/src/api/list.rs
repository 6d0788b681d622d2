//! What every list has in common: a request that is being filled, pages, and a stream of all of them.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use futures_util::stream::BoxStream;
use serde::de::DeserializeOwned;

use crate::client::Client;
use crate::error::Result;
use crate::http::RequestBuilder;
use crate::paging::{self, Page, Pages, Shape};

/// How many records the platform puts on a page unless told otherwise.
const USUAL: u64 = 100;

/// A change to every request that a list makes.
pub(super) type Change = Arc<dyn Fn(RequestBuilder) -> RequestBuilder + Send + Sync>;

/// A list of `T` that has not been asked for yet.
///
/// ```no_run
/// # async fn example(client: ringcentral::Client) -> ringcentral::Result<()> {
/// use futures_util::TryStreamExt;
///
/// let mut extensions = client.account("~").extensions().limit(10).items();
/// while let Some(extension) = extensions.try_next().await? {
///     println!("{} {}", extension.id, extension.name.unwrap_or_default());
/// }
/// # Ok(()) }
/// ```
#[must_use = "a list is asked for by `send`, `pages` or `items`"]
pub struct List<T> {
    client: Client,
    path: String,
    query: Vec<(String, String)>,
    per_page: Option<u64>,
    limit: Option<u64>,
    changes: Vec<Change>,
    records: PhantomData<fn() -> T>,
}

impl Client {
    /// The list at any path, whatever its records are; `serde_json::Value` takes them as they come.
    ///
    /// ```no_run
    /// # async fn example(client: ringcentral::Client) -> ringcentral::Result<()> {
    /// use futures_util::TryStreamExt;
    /// use serde_json::Value;
    ///
    /// let path = "/restapi/v1.0/account/~/extension/~/address-book/contact";
    /// let contacts: Vec<Value> = client.list(path).limit(500).items().try_collect().await?;
    /// # Ok(()) }
    /// ```
    pub fn list<T: DeserializeOwned + Send + 'static>(&self, path: impl Into<String>) -> List<T> {
        List::new(self, path.into())
    }
}

impl<T: DeserializeOwned + Send + 'static> List<T> {
    pub(crate) fn new(client: &Client, path: String) -> Self {
        Self {
            client: client.clone(),
            path,
            query: Vec::new(),
            per_page: None,
            limit: None,
            changes: Vec::new(),
            records: PhantomData,
        }
    }

    /// Any other filter that the platform knows; the same name may be added again.
    pub fn query(mut self, name: &str, value: impl ToString) -> Self {
        self.query.push((name.to_owned(), value.to_string()));
        self
    }

    /// Begins at this page, counted from 1.
    pub fn page(self, page: u64) -> Self {
        self.query("page", page)
    }

    /// Asks for this many records at a time. The platform gives 100 unless told otherwise, and at most 1,000; team
    /// messaging 30, and at most 250.
    pub fn per_page(mut self, per_page: u64) -> Self {
        self.per_page = Some(per_page);
        self
    }

    /// Stops after this many records: no page beyond them is asked for, and none larger than they need.
    pub fn limit(mut self, limit: u64) -> Self {
        self.limit = Some(limit);
        self
    }

    /// Reaches every option of the requests, such as a timeout or a header. It is applied to the request of each page;
    /// filters are given by [`query`](Self::query), because a page's link to the next one holds them already.
    pub fn with(mut self, change: impl Fn(RequestBuilder) -> RequestBuilder + Send + Sync + 'static) -> Self {
        self.changes.push(Arc::new(change));
        self
    }

    /// One page.
    ///
    /// # Errors
    /// As [`RequestBuilder::send`].
    pub async fn send(self) -> Result<Page<T>> {
        self.first().send().await?.json()
    }

    /// Every record from here on, page after page; a page is asked for when the one before has been taken, and only
    /// one is in memory.
    pub fn items(self) -> BoxStream<'static, Result<T>> {
        paging::items(self.walk())
    }

    /// Every page from here on.
    pub fn pages(self) -> BoxStream<'static, Result<Page<T>>> {
        paging::pages(self.walk())
    }

    fn walk(self) -> Pages {
        let limit = self.limit;
        let first = (limit != Some(0)).then(|| self.first());
        // Only the address of the next page differs, so what the first one was asked with need not be kept.
        let (client, path, query, changes) = (self.client, self.path, self.query, self.changes);
        let size = size(Shape::of(&path), self.per_page, limit);
        Pages {
            first,
            limit,
            next: Box::new(move |next| match next {
                // `get` refuses an address outside of the platform, so a page cannot lead the token astray.
                paging::Next::Address(uri) => apply(&changes, client.get(uri)),
                paging::Next::Token(token) => {
                    let request = fill(client.get(&path), &query, size).query("pageToken", token);
                    apply(&changes, request)
                }
            }),
        }
    }

    fn first(&self) -> RequestBuilder {
        let size = size(Shape::of(&self.path), self.per_page, self.limit);
        apply(
            &self.changes,
            fill(self.client.get(&self.path), &self.query, size),
        )
    }
}

/// The parameter that sets the size of a page, where it is to be another than usual.
fn size(shape: Shape, per_page: Option<u64>, limit: Option<u64>) -> Option<(&'static str, u64)> {
    let (name, usual) = match shape {
        Shape::Numbered => ("perPage", USUAL),
        Shape::Token => ("recordCount", 30),
    };
    let wanted = per_page.unwrap_or(usual);
    let wanted = limit.map_or(wanted, |limit| limit.clamp(1, wanted.max(1)));
    (per_page.is_some() || wanted < usual).then_some((name, wanted))
}

fn fill(request: RequestBuilder, query: &[(String, String)], size: Option<(&str, u64)>) -> RequestBuilder {
    let request = request.query_pairs(query.iter().map(|(name, value)| (name, value)));
    match size {
        Some((name, size)) => request.query(name, size),
        None => request,
    }
}

pub(super) fn apply(changes: &[Change], request: RequestBuilder) -> RequestBuilder {
    changes.iter().fold(request, |request, change| change(request))
}

impl<T> Clone for List<T> {
    fn clone(&self) -> Self {
        Self {
            client: self.client.clone(),
            path: self.path.clone(),
            query: self.query.clone(),
            per_page: self.per_page,
            limit: self.limit,
            changes: self.changes.clone(),
            records: PhantomData,
        }
    }
}

impl<T> fmt::Debug for List<T> {
    /// Without its filters, which may be anybody's number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("List")
            .field("path", &self.path)
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}
