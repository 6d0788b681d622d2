//! Sending faxes.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::attachments::{Limits, check, wrong};
use super::list::{Change, apply};
use super::messages::FaxResolution;
use super::{ExtensionApi, Message};
use crate::BoxFuture;
use crate::client::Client;
use crate::error::Result;
use crate::http::{Multipart, Part, RequestBuilder, Response};
use crate::types::{MessageId, PhoneNumber};

const LIMITS: Limits = Limits {
    kind: "a fax",
    // Pages count, and only the platform can count those.
    count: usize::MAX,
    bytes: 50 * 1024 * 1024,
};
const COVER_TEXT: usize = 1024;

impl ExtensionApi {
    /// Sending faxes. `POST …/fax`; rate group Heavy; needs `Faxes`, the user `OutboundFaxes`.
    pub fn fax(&self) -> Fax {
        Fax {
            client: self.client.clone(),
            path: format!("{}/fax", self.path),
        }
    }
}

/// Sending faxes; from [`ExtensionApi::fax`].
#[derive(Clone, Debug)]
pub struct Fax {
    client: Client,
    path: String,
}

impl Fax {
    /// A fax to this number.
    pub fn send_to(&self, number: &PhoneNumber) -> SendFax {
        SendFax {
            client: self.client.clone(),
            path: self.path.clone(),
            to: vec![json!({ "phoneNumber": number })],
            options: Map::new(),
            files: Vec::new(),
            changes: Vec::new(),
        }
    }

    /// A fax that was sent before, once more: to the same numbers unless told otherwise.
    pub fn resend(&self, message_id: impl Into<MessageId>) -> ResendFax {
        ResendFax {
            client: self.client.clone(),
            path: self.path.clone(),
            to: Vec::new(),
            body: json!({ "originalMessageId": message_id.into() }),
            changes: Vec::new(),
        }
    }
}

/// A fax that has not been sent yet.
///
/// ```no_run
/// # async fn example(client: ringcentral::Client) -> ringcentral::Result<()> {
/// use ringcentral::PhoneNumber;
///
/// let fax = client
///     .me()
///     .fax()
///     .send_to(&PhoneNumber::parse("+14155550123")?)
///     .file("contract.pdf")
///     .cover_page(1)
///     .cover_page_text("The signed contract")
///     .send()
///     .await?;
/// println!("queued as {}", fax.id);
/// # Ok(()) }
/// ```
#[derive(Clone)]
#[must_use = "it goes out by `send`"]
pub struct SendFax {
    client: Client,
    path: String,
    to: Vec<Value>,
    options: Map<String, Value>,
    files: Vec<Part>,
    changes: Vec<Change>,
}

impl SendFax {
    /// Adds a recipient.
    pub fn to(mut self, number: &PhoneNumber) -> Self {
        self.to.push(json!({ "phoneNumber": number }));
        self
    }

    /// Adds a recipient whose name stands on the cover page.
    pub fn to_named(mut self, number: &PhoneNumber, name: impl Into<String>) -> Self {
        self.to
            .push(json!({ "phoneNumber": number, "name": name.into() }));
        self
    }

    /// Adds a file: PDF, TIFF, office documents, pictures, text; 50 MB and 200 pages at most.
    pub fn file(self, path: impl Into<PathBuf>) -> Self {
        self.attach(Part::file("attachment", path))
    }

    /// Adds a document that is in memory, or whose name or type has to be said.
    pub fn attach(mut self, document: Part) -> Self {
        self.files.push(document);
        self
    }

    /// How finely it is scanned; finely unless told otherwise.
    pub fn resolution(self, resolution: &FaxResolution) -> Self {
        self.option("faxResolution", resolution.as_str())
    }

    /// Which cover page it has, by its number in the platform's dictionary; 0 for none.
    pub fn cover_page(self, index: u8) -> Self {
        self.option("coverIndex", index)
    }

    /// What is written on the cover page; 1,024 characters at most.
    pub fn cover_page_text(self, text: impl Into<String>) -> Self {
        self.option("coverPageText", text.into())
    }

    /// The country whose rules the recipients' numbers follow, such as `US`.
    pub fn iso_code(self, country: impl Into<String>) -> Self {
        self.option("isoCode", country.into())
    }

    /// Sends it not now but then. Deleting the message takes it back until then.
    pub fn send_at(self, time: Timestamp) -> Self {
        self.option("sendTime", time.to_string())
    }

    /// Reaches every option of the request that sends it, such as a timeout or a header.
    pub fn with(mut self, change: impl Fn(RequestBuilder) -> RequestBuilder + Send + Sync + 'static) -> Self {
        self.changes.push(Arc::new(change));
        self
    }

    /// Hands it to the platform, once. A lost answer is reported, never silently repeated.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`](crate::ErrorKind::Usage) before anything is sent, when a file is missing or there is too much
    /// of it; [`ErrorKind::OutcomeUnknown`](crate::ErrorKind::OutcomeUnknown) when the answer was lost after the fax went
    /// out; otherwise as [`RequestBuilder::send`].
    pub async fn send(self) -> Result<Message> {
        let has_cover = self.options.get("coverIndex").is_some_and(|index| *index != 0);
        if self.files.is_empty() && !has_cover {
            return Err(wrong("a fax has at least one file, or a cover page"));
        }
        if let Some(Value::String(text)) = self.options.get("coverPageText")
            && text.encode_utf16().count() > COVER_TEXT
        {
            return Err(wrong(format!(
                "a cover page takes at most {COVER_TEXT} characters of text"
            )));
        }
        check(&self.files, &LIMITS).await?;
        let mut fax = self.options;
        fax.insert("to".to_owned(), self.to.into());
        let body = self
            .files
            .into_iter()
            .fold(Multipart::new().part(Part::json(&fax)), Multipart::part);
        let request = self.client.post(&self.path).multipart(body);
        apply(&self.changes, request).read(Response::json).await
    }

    fn option(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.options.insert(name.to_owned(), value.into());
        self
    }
}

impl IntoFuture for SendFax {
    type Output = Result<Message>;
    type IntoFuture = BoxFuture<'static, Result<Message>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

impl fmt::Debug for SendFax {
    /// Without what is in it, and for whom.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendFax")
            .field("recipients", &self.to.len())
            .field("files", &self.files.len())
            .finish_non_exhaustive()
    }
}

/// A fax that has not been sent once more yet; from [`Fax::resend`].
#[derive(Clone)]
#[must_use = "it goes out by `send`"]
pub struct ResendFax {
    client: Client,
    path: String,
    to: Vec<Value>,
    body: Value,
    changes: Vec<Change>,
}

impl ResendFax {
    /// To this number instead of those it went to; may be given several times.
    pub fn to(mut self, number: &PhoneNumber) -> Self {
        self.to.push(json!({ "phoneNumber": number }));
        self
    }

    /// Sends it not now but then.
    pub fn send_at(mut self, time: Timestamp) -> Self {
        self.body["sendTime"] = time.to_string().into();
        self
    }

    /// Reaches every option of the request that sends it, such as a timeout or a header.
    pub fn with(mut self, change: impl Fn(RequestBuilder) -> RequestBuilder + Send + Sync + 'static) -> Self {
        self.changes.push(Arc::new(change));
        self
    }

    /// Hands it to the platform, once. A lost answer is reported, never silently repeated.
    ///
    /// # Errors
    /// As [`SendFax::send`].
    pub async fn send(mut self) -> Result<Message> {
        if !self.to.is_empty() {
            self.body["to"] = self.to.into();
        }
        let request = self.client.post(&self.path).json(&self.body);
        apply(&self.changes, request).read(Response::json).await
    }
}

impl IntoFuture for ResendFax {
    type Output = Result<Message>;
    type IntoFuture = BoxFuture<'static, Result<Message>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

impl fmt::Debug for ResendFax {
    /// Without for whom it is.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResendFax")
            .field("recipients", &self.to.len())
            .finish_non_exhaustive()
    }
}
