//! Bulk answers (HTTP 207): one result for each resource that was asked for at once.

use bytes::Bytes;
use http::StatusCode;
use http::header::CONTENT_TYPE;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::{Answer, ApiBody, Error, ErrorKind, Result};
use crate::http::{RawResponse, Response};

mod multipart;

/// What the bulk answer is in when it is not multipart.
const MULTIPART_JSON: &str = "application/vnd.ringcentral.multipart+json";

/// More parts than any request can ask for.
const MOST_PARTS: usize = 10_000;

/// The answer to a request for several resources: each by itself came, or was refused.
///
/// ```no_run
/// # async fn example(client: ringcentral::Client) -> ringcentral::Result<()> {
/// for item in client.me().messages_by_id([101, 102]).await? {
///     match item.result {
///         Ok(message) => println!("{:?}", message.subject),
///         Err(error) => println!("{:?}: {error}", item.id),
///     }
/// }
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Bulk<T> {
    items: Vec<BulkItem<T>>,
}

/// One resource of a bulk answer.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct BulkItem<T> {
    /// Its id, where the answer tells it.
    pub id: Option<String>,
    /// What became of it; an error is the same as for a request of its own.
    pub result: Result<T>,
}

impl<T> Bulk<T> {
    /// All items, in the order of the answer. A deletion that succeeded throughout has none.
    pub fn items(&self) -> &[BulkItem<T>] {
        &self.items
    }

    /// What became of the resource with this id.
    pub fn get(&self, id: &str) -> Option<&Result<T>> {
        let item = self.items.iter().find(|item| item.id.as_deref() == Some(id))?;
        Some(&item.result)
    }

    /// The ones that were refused, and why.
    pub fn failed(&self) -> impl Iterator<Item = (Option<&str>, &Error)> {
        self.items
            .iter()
            .filter_map(|item| Some((item.id.as_deref(), item.result.as_ref().err()?)))
    }

    /// All resources, when none was refused.
    ///
    /// # Errors
    /// The first refusal.
    pub fn into_all(self) -> Result<Vec<T>> {
        self.items.into_iter().map(|item| item.result).collect()
    }
}

impl<T> IntoIterator for Bulk<T> {
    type Item = BulkItem<T>;
    type IntoIter = std::vec::IntoIter<BulkItem<T>>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.into_iter()
    }
}

impl Response {
    /// The body read as a bulk answer, in either of the platform's two encodings. A request for one id is answered
    /// without either; that is one item.
    ///
    /// # Errors
    /// [`ErrorKind::Decode`] when the body is no bulk answer. A part that cannot be read is an error of its item only.
    pub fn bulk<T: DeserializeOwned>(&self) -> Result<Bulk<T>> {
        let parts = parts(self).map_err(|why| {
            let answer = Answer {
                status: Some(self.status()),
                request_id: self.request_id().map(str::to_owned),
                ..Answer::default()
            };
            Error::new(ErrorKind::Decode, format!("the bulk answer {why}")).with_answer(answer)
        })?;
        let items = parts.into_iter().map(|part| BulkItem {
            result: part.read(self),
            id: part.id,
        });
        Ok(Bulk {
            items: items.collect(),
        })
    }
}

/// What one part says, before it is known what it should say.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Part {
    id: Option<String>,
    status: StatusCode,
    body: Bytes,
}

impl Part {
    fn read<T: DeserializeOwned>(&self, whole: &Response) -> Result<T> {
        if self.status.is_success() {
            return self.as_response(whole).json();
        }
        let answer = Answer {
            body: ApiBody::parse(&self.body),
            request_id: whole.request_id().map(str::to_owned),
            rate_group: header(whole, "x-rate-limit-group").map(str::to_ascii_lowercase),
            ..Answer::default()
        };
        Err(Error::refused(self.status, answer))
    }

    /// The part as an answer of its own: with the id of the request that it belongs to.
    fn as_response(&self, whole: &Response) -> Response {
        // What was deleted or changed without a word is `()`.
        let body = if self.body.trim_ascii().is_empty() {
            Bytes::from_static(b"null")
        } else {
            self.body.clone()
        };
        let mut raw = RawResponse::new(body);
        *raw.status_mut() = self.status;
        raw.headers_mut().clone_from(whole.headers());
        Response::new(raw)
    }
}

/// Why a body is no bulk answer; the words go on after "the bulk answer".
type Malformed = &'static str;

fn parts(response: &Response) -> Result<Vec<Part>, Malformed> {
    let content_type = header(response, CONTENT_TYPE.as_str()).unwrap_or_default();
    let body = response.bytes();
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    if media_type.eq_ignore_ascii_case("multipart/mixed") {
        let boundary = multipart::boundary(content_type).ok_or("names no boundary")?;
        of_multipart(body, &boundary)
    } else if media_type.eq_ignore_ascii_case(MULTIPART_JSON) || response.status() == StatusCode::MULTI_STATUS
    {
        of_json(body)
    } else if body.trim_ascii().is_empty() {
        Ok(Vec::new())
    } else {
        Ok(vec![Part {
            id: own_id(body),
            status: response.status(),
            body: body.clone(),
        }])
    }
}

/// The id that a resource tells of itself; a presence tells its extension's.
fn own_id(body: &Bytes) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    scalar(&body["id"]).or_else(|| scalar(&body["extension"]["id"]))
}

/// The summary that a multipart answer begins with: one entry for each of the parts behind it.
#[derive(Deserialize)]
struct Summary {
    response: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(default)]
    href: String,
    status: Value,
}

fn of_multipart(body: &Bytes, boundary: &str) -> Result<Vec<Part>, Malformed> {
    let mut parts = multipart::split(body, boundary, MOST_PARTS)?.into_iter();
    let summary = parts.next().ok_or("is empty")?;
    let summary: Summary = serde_json::from_slice(summary).map_err(|_| "does not begin with a summary")?;
    let left_out = |entry: &Entry| matches!(status(&entry.status), Some(StatusCode::NO_CONTENT));
    let all = parts.len() == summary.response.len();
    let expected = summary.response.iter().filter(|entry| !left_out(entry)).count();
    if !all && parts.len() != expected {
        return Err("has another number of parts than its summary says");
    }
    summary
        .response
        .iter()
        .map(|entry| {
            let content = if all || !left_out(entry) {
                parts.next()
            } else {
                None
            };
            Ok(Part {
                id: id_in(&entry.href),
                status: status(&entry.status).ok_or("has a part without a status")?,
                body: content.map_or_else(Bytes::new, |content| body.slice_ref(content)),
            })
        })
        .collect()
}

fn of_json(body: &Bytes) -> Result<Vec<Part>, Malformed> {
    let items: Vec<Value> = serde_json::from_slice(body).map_err(|_| "is not a JSON list")?;
    if items.len() > MOST_PARTS {
        return Err("has too many parts");
    }
    items
        .iter()
        .map(|item| {
            Ok(Part {
                id: scalar(&item["resourceId"]),
                status: status(&item["status"]).ok_or("has a part without a status")?,
                body: match &item["body"] {
                    Value::Null => Bytes::new(),
                    body => Bytes::from(body.to_string()),
                },
            })
        })
        .collect()
}

fn header<'a>(response: &'a Response, name: &str) -> Option<&'a str> {
    response.headers().get(name)?.to_str().ok()
}

/// The id of the resource at an address: its last piece that is not a plain word, such as `presence`.
fn id_in(href: &str) -> Option<String> {
    let path = href.split(['?', '#']).next().unwrap_or_default();
    let is_word = |piece: &str| piece.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
    path.rsplit('/')
        .find(|piece| !is_word(piece))
        .map(|id| id.chars().take(200).collect())
}

fn status(value: &Value) -> Option<StatusCode> {
    scalar(value)?.parse().ok()
}

/// Text, or a number as text.
fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
