//! A successful answer, and what can be read from it.

use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;

use super::pacing::rate_group;
use super::transport::RawResponse;
use crate::error::{Answer, ApiBody, Error, ErrorKind, Result};

/// An answer with a 2xx status; anything else is an [`Error`]. `Debug` leaves out what is in it.
///
/// ```no_run
/// # async fn example(client: ringcentral::Client) -> ringcentral::Result<()> {
/// let answer = client.get("/restapi/v1.0/account/~/extension/~").send().await?;
/// println!("{} {:?}", answer.status(), answer.request_id());
/// let me: serde_json::Value = answer.json()?;
/// # Ok(()) }
/// ```
pub struct Response(RawResponse);

impl Response {
    pub(crate) fn new(raw: RawResponse) -> Self {
        Self(raw)
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        self.0.status()
    }

    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        self.0.headers()
    }

    /// The platform's id of this request.
    pub fn request_id(&self) -> Option<&str> {
        self.0
            .headers()
            .get("rcrequestid")
            .and_then(|value| value.to_str().ok())
    }

    /// The body as it came.
    pub fn bytes(&self) -> &Bytes {
        self.0.body()
    }

    /// The body as text.
    ///
    /// # Errors
    /// [`ErrorKind::Decode`] when it is not UTF-8.
    pub fn text(&self) -> Result<&str> {
        std::str::from_utf8(self.0.body()).map_err(|error| {
            self.undecodable("the answer is not text".to_owned())
                .with_source(error)
        })
    }

    /// The body read as JSON.
    ///
    /// # Errors
    /// [`ErrorKind::Decode`] with the path of the first thing that does not fit, such as `records[3].startTime`.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_slice(self.0.body()).map_err(|error| self.misfit::<T>(&error))
    }

    /// Reads it once more to see where it does not fit: keeping track of that costs as much as all the rest, so it is
    /// not done while all is well.
    fn misfit<T: DeserializeOwned>(&self, error: &serde_json::Error) -> Error {
        let mut json = serde_json::Deserializer::from_slice(self.0.body());
        let place = match serde_path_to_error::deserialize::<_, T>(&mut json) {
            Err(error) if error.path().iter().len() > 0 => format!("`{}` in the answer", error.path()),
            _ => "the answer".to_owned(),
        };
        // The parser's own message may quote what it read, so the class and the place must do.
        let what = match error.classify() {
            serde_json::error::Category::Data => "does not have the documented type",
            _ => "is not JSON",
        };
        self.undecodable(format!(
            "{place} {what} (line {}, column {})",
            error.line(),
            error.column()
        ))
    }

    fn undecodable(&self, context: String) -> Error {
        Error::new(ErrorKind::Decode, context).with_answer(Answer {
            status: Some(self.status()),
            body: ApiBody::default(),
            request_id: request_id(&self.0),
            rate_group: rate_group(&self.0),
        })
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status())
            .field("request_id", &self.request_id())
            .field("bytes", &self.bytes().len())
            .finish_non_exhaustive()
    }
}

/// The platform's id of a request.
pub(crate) fn request_id<B>(response: &http::Response<B>) -> Option<String> {
    let value = response.headers().get("rcrequestid")?.to_str().ok()?;
    Some(value.chars().take(100).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[expect(dead_code, reason = "only its shape matters")]
    struct List {
        records: Vec<Record>,
    }

    #[derive(Debug, serde::Deserialize)]
    #[expect(dead_code, reason = "only its shape matters")]
    struct Record {
        id: u64,
    }

    fn response(body: &'static str) -> Response {
        Response(
            http::Response::builder()
                .header("RCRequestId", "r-1")
                .body(Bytes::from(body))
                .unwrap(),
        )
    }

    #[test]
    fn a_decode_failure_names_path_and_request_and_quotes_nothing() {
        let error = response(r#"{"records":[{"id":1},{"id":"canary"}]}"#)
            .json::<List>()
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode);
        assert!(
            error
                .to_string()
                .starts_with("`records[1].id` in the answer does not have"),
            "{error}"
        );
        assert_eq!(error.request_id(), Some("r-1"));
        assert!(!format!("{error:?}").contains("canary"));
        let error = response(r#"{"records":[]} and more"#).json::<List>().unwrap_err();
        assert!(error.to_string().starts_with("the answer is not JSON"), "{error}");
        let error = response("<html>canary").json::<List>().unwrap_err();
        assert!(error.to_string().starts_with("the answer is not JSON"), "{error}");
    }
}
