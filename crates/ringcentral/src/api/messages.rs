//! SMS and the message store.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{ExtensionApi, List};
use crate::client::Client;
use crate::error::{Error, ErrorKind, Result};
use crate::types::{PhoneNumber, open_enum};

open_enum! {
    /// What a message is.
    MessageType { Sms = "SMS", Fax = "Fax", VoiceMail = "VoiceMail", Pager = "Pager", Text = "Text" }
}

open_enum! {
    /// Which way a message went.
    MessageDirection { Inbound = "Inbound", Outbound = "Outbound" }
}

open_enum! {
    /// How far a message has come. Accepted is not delivered: look again until it is.
    MessageStatus {
        Queued = "Queued", Sent = "Sent", Delivered = "Delivered", DeliveryFailed = "DeliveryFailed",
        SendingFailed = "SendingFailed", Received = "Received",
    }
}

/// A message of the store.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
#[serde(rename_all = "camelCase")]
pub struct Message {
    /// Its id: 64 bits, more than a JavaScript number holds.
    pub id: u64,
    /// What it is.
    #[serde(rename = "type")]
    pub kind: MessageType,
    /// Which way it went.
    pub direction: Option<MessageDirection>,
    /// How far it has come.
    pub message_status: Option<MessageStatus>,
    /// `Read` or `Unread`.
    pub read_status: Option<String>,
    /// Who sent it.
    #[serde(default)]
    pub from: MessageParty,
    /// Who it is for.
    #[serde(default)]
    pub to: Vec<MessageParty>,
    /// The text of an SMS.
    pub subject: Option<String>,
    /// When it was made.
    pub creation_time: Option<Timestamp>,
    /// What belongs to it.
    #[serde(default)]
    pub attachments: Vec<Attachment>,
}

/// One end of a message.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[non_exhaustive]
#[serde(rename_all = "camelCase", default)]
pub struct MessageParty {
    /// The number.
    pub phone_number: Option<String>,
    /// The short number, for messages inside.
    pub extension_number: Option<String>,
    /// The name, where the platform knows one.
    pub name: Option<String>,
}

/// Something that belongs to a message: a text, a sound, a page.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
#[serde(rename_all = "camelCase")]
pub struct Attachment {
    /// Its id.
    pub id: u64,
    /// Where it is.
    pub uri: Option<String>,
    /// Its media type.
    pub content_type: Option<String>,
}

/// Messages; see [`ExtensionApi::messages`].
pub type ListMessages = List<Message>;

impl ListMessages {
    /// Messages from this time on; 24 hours before [`date_to`](Self::date_to) unless told otherwise.
    pub fn date_from(self, from: Timestamp) -> Self {
        self.with("dateFrom", from)
    }

    /// Messages until this time; now unless told otherwise.
    pub fn date_to(self, to: Timestamp) -> Self {
        self.with("dateTo", to)
    }

    /// Only this kind; may be given several times.
    pub fn message_type(self, kind: &MessageType) -> Self {
        self.with("messageType", kind)
    }

    /// Only those that went this way.
    pub fn direction(self, direction: &MessageDirection) -> Self {
        self.with("direction", direction)
    }
}

impl ExtensionApi {
    /// The message store, newest first. Rate group Light; needs `ReadMessages`.
    pub fn messages(&self) -> ListMessages {
        List::new(&self.client, format!("{}/message-store", self.path))
    }

    /// One message. Rate group Light; needs `ReadMessages`.
    ///
    /// # Errors
    /// As [`RequestBuilder::send`](crate::RequestBuilder::send).
    pub async fn message(&self, id: u64) -> Result<Message> {
        self.client
            .get(&format!("{}/message-store/{id}", self.path))
            .send()
            .await?
            .json()
    }

    /// Sending SMS. Rate group Medium; needs `SMS`.
    pub fn sms(&self) -> Sms {
        Sms {
            client: self.client.clone(),
            path: format!("{}/sms", self.path),
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
            client: self.client.clone(),
            path: self.path.clone(),
            from: from.clone(),
            to: Vec::new(),
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
/// match client.me().sms().send_text(&from, "Your table is ready").to(&to).send().await {
///     Ok(message) => println!("queued as {}", message.id),
///     Err(error) if error.is_outcome_unknown() => println!("no answer: look before sending again"),
///     Err(error) => return Err(error),
/// }
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
#[must_use = "it goes out by `send`"]
pub struct SendSms {
    client: Client,
    path: String,
    from: PhoneNumber,
    to: Vec<PhoneNumber>,
    text: String,
}

impl SendSms {
    /// Adds a recipient.
    pub fn to(mut self, number: &PhoneNumber) -> Self {
        self.to.push(number.clone());
        self
    }

    /// Sends it once. A lost answer is reported, never silently repeated.
    ///
    /// # Errors
    /// [`ErrorKind::OutcomeUnknown`] when the answer was lost after the message went out; otherwise as
    /// [`RequestBuilder::send`](crate::RequestBuilder::send).
    pub async fn send(self) -> Result<Message> {
        if self.to.is_empty() {
            return Err(Error::new(
                ErrorKind::Usage,
                "the message has no recipient; nothing was sent",
            ));
        }
        let party = |number: &PhoneNumber| json!({ "phoneNumber": number });
        let body = json!({
            "from": party(&self.from),
            "to": self.to.iter().map(party).collect::<Vec<_>>(),
            "text": self.text,
        });
        self.client.post(&self.path).json(&body).send().await?.json()
    }
}
