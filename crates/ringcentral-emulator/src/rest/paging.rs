//! Pages of lists: which one is asked for, and the `paging` and `navigation` that go with it.

use serde::Serialize;
use serde_json::{Map, Value, json};
use url::form_urlencoded::Serializer;

use crate::call::Call;
use crate::reply::{ApiError, Reply};
use crate::request::Query;

const DEFAULT_SIZE: i64 = 100;
const MAX_SIZE: i64 = 1000;

/// The page that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Page {
    pub(super) number: i64,
    pub(super) size: i64,
}

impl Page {
    /// Reads `page` and `perPage`. More than a thousand, or the word `max`, is a thousand.
    pub(super) fn of(query: &Query) -> Result<Self, ApiError> {
        let number = query.int("page")?.unwrap_or(1);
        if number < 1 {
            return Err(ApiError::invalid_parameter("page", "a number from 1"));
        }
        let size = match query.first("perPage") {
            Some("max") => MAX_SIZE,
            _ => query.int("perPage")?.unwrap_or(DEFAULT_SIZE),
        };
        if size < 1 {
            return Err(ApiError::invalid_parameter("perPage", "a number from 1, or max"));
        }
        Ok(Self {
            number,
            size: size.min(MAX_SIZE),
        })
    }

    /// How many records come before this page.
    pub(super) fn offset(self) -> i64 {
        (self.number - 1).saturating_mul(self.size)
    }

    /// `LIMIT` and `OFFSET` that read one record more than the page holds, to know whether there is a next one.
    pub(super) fn limits(self) -> [i64; 2] {
        [self.size + 1, self.offset()]
    }

    /// Cuts the extra record off; true if there was one.
    pub(super) fn cut<T>(self, records: &mut Vec<T>) -> bool {
        let size = usize::try_from(self.size).unwrap_or(usize::MAX);
        let more = records.len() > size;
        records.truncate(size);
        more
    }

    /// The page out of a whole list.
    pub(super) fn slice<T>(self, records: Vec<T>) -> (Vec<T>, bool) {
        let offset = usize::try_from(self.offset()).unwrap_or(usize::MAX);
        let mut records: Vec<T> = records.into_iter().skip(offset).collect();
        let more = self.cut(&mut records);
        (records, more)
    }
}

#[derive(Serialize)]
struct Body<R> {
    uri: String,
    records: Vec<R>,
    paging: Map<String, Value>,
    navigation: Map<String, Value>,
}

/// A list answer in the making.
pub(super) struct Listing<'a> {
    pub(super) call: &'a Call<'a>,
    /// The list's path with real ids.
    pub(super) path: String,
    pub(super) page: Page,
    /// Parameters that the links state even if the caller did not, such as the period: a walk over the pages then
    /// sees one and the same list, whatever arrives meanwhile.
    pub(super) pinned: Vec<(&'static str, String)>,
}

impl Listing<'_> {
    /// `{uri, records, paging, navigation}`. `total` is left out where counting would be dear.
    pub(super) fn reply<R: Serialize>(self, records: Vec<R>, more: bool, total: Option<i64>) -> Reply {
        let Page { number, size } = self.page;
        let mut paging = Map::new();
        paging.insert("page".to_owned(), number.into());
        paging.insert("perPage".to_owned(), size.into());
        if let Ok(count @ 1..) = i64::try_from(records.len()) {
            paging.insert("pageStart".to_owned(), self.page.offset().into());
            paging.insert("pageEnd".to_owned(), (self.page.offset() + count - 1).into());
        }
        let mut navigation = Map::new();
        let mut link = |name: &str, page: i64| {
            navigation.insert(name.to_owned(), json!({ "uri": self.link(page) }));
        };
        link("firstPage", 1);
        if number > 1 {
            link("previousPage", number - 1);
        }
        if more {
            link("nextPage", number + 1);
        }
        if let Some(total) = total {
            let pages = (total + size - 1) / size;
            link("lastPage", pages.max(1));
            paging.insert("totalPages".to_owned(), pages.into());
            paging.insert("totalElements".to_owned(), total.into());
        }
        Reply::json(&Body {
            uri: self.link(number),
            records,
            paging,
            navigation,
        })
    }

    /// The list's address with another page number. What the caller asked for stays; tokens never do.
    fn link(&self, page: i64) -> String {
        let ours = |key: &str| {
            matches!(key, "page" | "perPage" | "access_token" | "_method")
                || self.pinned.iter().any(|(name, _)| *name == key)
        };
        let mut query = Serializer::new(String::new());
        for (key, value) in self.call.request.query.pairs() {
            if !ours(key) && !value.is_empty() {
                query.append_pair(key, value);
            }
        }
        for (key, value) in &self.pinned {
            query.append_pair(key, value);
        }
        query.append_pair("page", &page.to_string());
        query.append_pair("perPage", &self.page.size.to_string());
        self.call.uri(&format!("{}?{}", self.path, query.finish()))
    }
}

#[cfg(test)]
mod tests;
