//! Sending SMS.

use std::fmt;
use std::sync::Arc;

use super::ExtensionApi;
use super::draft::{Draft, NumbersOf};
use super::messages::Message;
use crate::BoxFuture;
use crate::client::Client;
use crate::error::Result;
use crate::http::RequestBuilder;
use crate::types::{CountryId, PhoneNumber};

impl ExtensionApi {
    /// Sending SMS. `POST …/sms`; rate group Medium, and 40 a minute; the app needs `SMS`, the user `OutboundSMS`.
    pub fn sms(&self) -> Sms {
        Sms {
            client: self.client.clone(),
            path: self.path.clone(),
        }
    }
}

/// Sending SMS; from [`ExtensionApi::sms`].
#[derive(Clone, Debug)]
pub struct Sms {
    client: Client,
    path: String,
}

impl Sms {
    /// A text from one of the extension's own numbers that can send SMS.
    pub fn send_text(&self, from: &PhoneNumber, text: impl Into<String>) -> SendSms {
        SendSms {
            draft: Draft::new(&self.client, &self.path, from),
            text: text.into(),
        }
    }
}

/// An SMS that has not been sent yet.
///
/// ```no_run
/// # async fn example(client: ringcentral::Client) -> ringcentral::Result<()> {
/// use ringcentral::PhoneNumber;
///
/// let (from, to) = (PhoneNumber::parse("+16505550100")?, PhoneNumber::parse("+14155550123")?);
/// let sms = client.me().sms().send_text(&from, "Your table is ready").to(&to);
/// match sms.check_store(true).send().await {
///     Ok(message) => println!("queued as {}", message.id),
///     Err(error) if error.is_outcome_unknown() => println!("no answer: look before sending again"),
///     Err(error) => return Err(error),
/// }
/// # Ok(()) }
/// ```
#[derive(Clone)]
#[must_use = "it goes out by `send`"]
pub struct SendSms {
    draft: Draft,
    text: String,
}

impl SendSms {
    /// Adds a recipient.
    pub fn to(mut self, number: &PhoneNumber) -> Self {
        self.draft.to.push(number.clone());
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

    /// Whether a lost answer is settled by a look into the message store.
    ///
    /// The store is asked once before the message goes out, which costs a request of the Light group, and again after an
    /// answer was lost, a few times within a quarter of a minute. A message counts as this one only when it was not there
    /// before, was made after the first look, and has the same sender, recipients and text: an equal message that was sent
    /// earlier is never taken for it. An equal one that another program sends for the same extension at the same moment
    /// cannot be told apart. When the store cannot be asked at first, nothing is sent. The message is never sent twice.
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
    /// [`ErrorKind::OutcomeUnknown`](crate::ErrorKind::OutcomeUnknown) when the answer was lost after the message went out; otherwise as
    /// [`RequestBuilder::send`].
    pub async fn send(self) -> Result<Message> {
        let Self { draft, text } = self;
        draft.has_recipient()?;
        let mut message = draft.message();
        message["text"] = text.as_str().into();
        draft.send(draft.post("sms").json(&message), &text, 0).await
    }
}

impl IntoFuture for SendSms {
    type Output = Result<Message>;
    type IntoFuture = BoxFuture<'static, Result<Message>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

impl fmt::Debug for SendSms {
    /// Without what is said, and to whom.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendSms")
            .field("recipients", &self.draft.to.len())
            .field("checks_store", &self.draft.checks_store)
            .finish_non_exhaustive()
    }
}
