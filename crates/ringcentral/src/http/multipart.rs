//! Bodies in parts (RFC 7578): what MMS, faxes and pictures travel in. Files are read while they are sent.

use std::borrow::Cow;
use std::fmt;
use std::path::PathBuf;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use serde::Serialize;

use super::file::FileSource;
use super::media_type;
use super::payload::Payload;
use super::request::RequestBuilder;
use crate::error::{Error, ErrorKind, Result};

mod encode;

use encode::Encoded;

/// A `multipart/form-data` body.
///
/// Files are opened anew for each attempt and read while they are sent, so their size does not matter for the memory.
/// A file that is missing or changes on the way is an error that names it, and the platform never takes a part of it
/// for the whole.
///
/// ```no_run
/// # async fn example(client: ringcentral::Client) -> ringcentral::Result<()> {
/// use ringcentral::{Multipart, Part};
///
/// let body = Multipart::new()
///     .part(Part::json(&serde_json::json!({ "to": [{ "phoneNumber": "+14155550123" }] })))
///     .part(Part::file("attachment", "contract.pdf"));
/// client.post("/restapi/v1.0/account/~/extension/~/fax").multipart(body).send().await?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, Default)]
pub struct Multipart {
    parts: Vec<Part>,
}

/// One part of a [`Multipart`] body.
///
/// ```
/// use ringcentral::Part;
///
/// let from_disk = Part::file("attachment", "contract.pdf");
/// let from_memory = Part::bytes("attachment", "note.txt", "Signed.").content_type("text/plain");
/// # drop((from_disk, from_memory));
/// ```
#[derive(Clone)]
pub struct Part {
    name: String,
    file_name: Option<String>,
    content_type: Option<Cow<'static, str>>,
    /// The first mistake made with it; it comes out when the request is sent.
    content: Result<Content>,
}

/// What a part carries.
#[derive(Clone)]
enum Content {
    Bytes(Bytes),
    File(FileSource),
}

impl Multipart {
    /// A body without parts.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a part. The platform wants the JSON first, then the files.
    #[must_use]
    pub fn part(mut self, part: Part) -> Self {
        self.parts.push(part);
        self
    }
}

impl Part {
    /// A JSON part, named as the platform's own SDKs name it: `json`, file name `request.json`.
    pub fn json(value: &impl Serialize) -> Self {
        let content = serde_json::to_vec(value)
            .map(|json| Content::Bytes(json.into()))
            .map_err(|error| {
                Error::new(ErrorKind::Usage, "a part cannot be written as JSON").with_source(error)
            });
        Self {
            name: "json".to_owned(),
            file_name: Some("request.json".to_owned()),
            content_type: Some("application/json".into()),
            content,
        }
    }

    /// A field of the form.
    pub fn text(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            file_name: None,
            content_type: None,
            content: Ok(Content::Bytes(Bytes::from(text.into()))),
        }
    }

    /// Bytes in memory, as a file of this name; the name also says of which type they are.
    pub fn bytes(name: impl Into<String>, file_name: impl Into<String>, bytes: impl Into<Bytes>) -> Self {
        let file_name = file_name.into();
        Self {
            name: name.into(),
            content_type: Some(media_type::of(file_name.as_ref()).into()),
            file_name: Some(file_name),
            content: Ok(Content::Bytes(bytes.into())),
        }
    }

    /// A file on this machine. It goes by its own name and by the type that its extension says.
    pub fn file(name: impl Into<String>, path: impl Into<PathBuf>) -> Self {
        let file = FileSource::at(path);
        let own_name = file.path().file_name().unwrap_or_default();
        Self {
            name: name.into(),
            file_name: Some(own_name.to_string_lossy().into_owned()),
            content_type: Some(media_type::of(file.path()).into()),
            content: Ok(Content::File(file)),
        }
    }

    /// Gives the file another name.
    #[must_use]
    pub fn file_name(mut self, file_name: impl Into<String>) -> Self {
        self.file_name = Some(file_name.into());
        self
    }

    /// Says of which type it is, such as `application/pdf`.
    #[must_use]
    pub fn content_type(mut self, content_type: impl Into<String>) -> Self {
        self.content_type = Some(content_type.into().into());
        self
    }

    /// How many bytes it carries now.
    pub(crate) async fn length(&self) -> Result<u64> {
        match self.content.as_ref().map_err(Error::clone)? {
            Content::Bytes(bytes) => Ok(bytes.len() as u64),
            Content::File(file) => file.length().await,
        }
    }

    /// What to call it in a message to the caller.
    pub(crate) fn described(&self) -> &str {
        self.file_name.as_deref().unwrap_or(&self.name)
    }

    /// Whether nobody has said of which type it is, and its name does not either.
    pub(crate) fn has_unknown_type(&self) -> bool {
        self.content_type.as_deref() == Some(media_type::UNKNOWN)
    }
}

impl RequestBuilder {
    /// A body in parts: fields and files of a form.
    pub fn multipart(self, multipart: Multipart) -> Self {
        let encoded = Encoded::new(multipart, self.client.entropy());
        self.with(|call| {
            let encoded = encoded?;
            call.headers.insert(CONTENT_TYPE, encoded.content_type());
            call.payload = Payload::Opened(std::sync::Arc::new(encoded));
            Ok(())
        })
    }

    /// A file on this machine as the body. It is opened anew for each attempt, and read while it is sent.
    pub fn body_file(self, path: impl Into<PathBuf>, content_type: &str) -> Self {
        let content_type = HeaderValue::try_from(content_type);
        self.with(|call| {
            let content_type = content_type.map_err(|_| {
                Error::new(
                    ErrorKind::Usage,
                    "that is no media type; one is written like application/pdf",
                )
            })?;
            call.headers.insert(CONTENT_TYPE, content_type);
            call.payload = Payload::Opened(std::sync::Arc::new(FileSource::at(path)));
            Ok(())
        })
    }
}

impl fmt::Debug for Part {
    /// Without how its file is called, which is the caller's as much as what is in it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Part");
        out.field("name", &self.name);
        match &self.content {
            Ok(content) => out.field("content", content),
            Err(error) => out.field("error", &error.kind()),
        };
        out.finish_non_exhaustive()
    }
}

impl fmt::Debug for Content {
    /// How much it is: what it holds may be anybody's message, and a path names people too.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(bytes) => write!(f, "{} bytes", bytes.len()),
            Self::File(_) => f.write_str("a file"),
        }
    }
}
