//! Sending MMS: texts with pictures and other files.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use super::attachments::{Limits, check, wrong};
use super::draft::{Draft, NumbersOf};
use super::{ExtensionApi, Message};
use crate::BoxFuture;
use crate::client::Client;
use crate::error::Result;
use crate::http::{Multipart, Part, RequestBuilder};
use crate::types::{CountryId, PhoneNumber};

const LIMITS: Limits = Limits {
    kind: "an MMS",
    count: 10,
    bytes: 1_500_000,
};
const RECIPIENTS: usize = 10;

impl ExtensionApi {
    /// Sending MMS. `POST …/mms`; rate group Medium; needs `SMS`, the user `OutboundSMS`.
    pub fn mms(&self) -> Mms {
        Mms {
            client: self.client.clone(),
            path: self.path.clone(),
        }
    }
}

/// Sending MMS; from [`ExtensionApi::mms`].
#[derive(Clone, Debug)]
pub struct Mms {
    client: Client,
    path: String,
}

impl Mms {
    /// A message from one of the extension's own numbers that has the feature `MmsSender`.
    pub fn send_from(&self, from: &PhoneNumber) -> SendMms {
        SendMms {
            draft: Draft::new(&self.client, &self.path, from),
            text: None,
            attachments: Vec::new(),
        }
    }
}

/// An MMS that has not been sent yet.
///
/// ```no_run
/// # async fn example(client: ringcentral::Client) -> ringcentral::Result<()> {
/// use ringcentral::PhoneNumber;
///
/// let (from, to) = (PhoneNumber::parse("+16505550100")?, PhoneNumber::parse("+14155550123")?);
/// let message = client
///     .me()
///     .mms()
///     .send_from(&from)
///     .to(&to)
///     .text("Where we meet")
///     .file("map.png")
///     .send()
///     .await?;
/// println!("queued as {}", message.id);
/// # Ok(()) }
/// ```
#[derive(Clone)]
#[must_use = "it goes out by `send`"]
pub struct SendMms {
    draft: Draft,
    text: Option<String>,
    attachments: Vec<Part>,
}

impl SendMms {
    /// Adds a recipient; ten at most.
    pub fn to(mut self, number: &PhoneNumber) -> Self {
        self.draft.to.push(number.clone());
        self
    }

    /// The text beside the files.
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.text = Some(text.into());
        self
    }

    /// Adds a file; ten at most, with 1,500,000 bytes together.
    pub fn file(self, path: impl Into<PathBuf>) -> Self {
        self.attach(Part::file("attachment", path))
    }

    /// Adds an attachment that is in memory, or whose name or type has to be said.
    pub fn attach(mut self, attachment: Part) -> Self {
        self.attachments.push(attachment);
        self
    }

    /// The country whose rules the numbers are read by, as its code of two letters.
    pub fn country(mut self, iso_code: impl Into<String>) -> Self {
        self.draft.country = Some(NumbersOf::IsoCode(iso_code.into()));
        self
    }

    /// The same, as its id in the [dictionary](crate::Dictionary::countries). The platform takes the one or the other
    /// (`MSG-365`), so the last one counts.
    pub fn country_id(mut self, id: impl Into<CountryId>) -> Self {
        self.draft.country = Some(NumbersOf::Id(id.into()));
        self
    }

    /// Whether a lost answer is settled by a look into the message store, as that of an SMS is:
    /// [`SendSms::check_store`](super::SendSms::check_store). A message counts as this one only when it has as many files,
    /// too; what is in them is not compared.
    pub fn check_store(mut self, check: bool) -> Self {
        self.draft.checks_store = check;
        self
    }

    /// Reaches every option of the request that sends it, such as a timeout or a header.
    pub fn with(mut self, change: impl Fn(RequestBuilder) -> RequestBuilder + Send + Sync + 'static) -> Self {
        self.draft.changes.push(Arc::new(change));
        self
    }

    /// Sends it once. A lost answer is reported, never silently repeated.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`](crate::ErrorKind::Usage) before anything is sent, when a file is missing or there is too much
    /// of it; [`ErrorKind::OutcomeUnknown`](crate::ErrorKind::OutcomeUnknown) when the answer was lost after the message
    /// went out; otherwise as [`RequestBuilder::send`].
    pub async fn send(self) -> Result<Message> {
        let Self {
            draft,
            text,
            attachments,
        } = self;
        draft.has_recipient()?;
        if draft.to.len() > RECIPIENTS {
            let found = draft.to.len();
            return Err(wrong(format!(
                "an MMS takes at most {RECIPIENTS} recipients, and these are {found}"
            )));
        }
        if attachments.is_empty() {
            return Err(wrong(
                "an MMS has at least one attachment; send a text alone as SMS",
            ));
        }
        check(&attachments, &LIMITS).await?;
        let mut message = draft.message();
        if let Some(text) = &text {
            message["text"] = text.as_str().into();
        }
        let files = attachments.len();
        let body = attachments
            .into_iter()
            .fold(Multipart::new().part(Part::json(&message)), Multipart::part);
        let request = draft.post("mms").multipart(body);
        draft.send(request, &text.unwrap_or_default(), files).await
    }
}

impl IntoFuture for SendMms {
    type Output = Result<Message>;
    type IntoFuture = BoxFuture<'static, Result<Message>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

impl fmt::Debug for SendMms {
    /// Without what is said and shown, and to whom.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendMms")
            .field("recipients", &self.draft.to.len())
            .field("attachments", &self.attachments.len())
            .field("checks_store", &self.draft.checks_store)
            .finish_non_exhaustive()
    }
}
