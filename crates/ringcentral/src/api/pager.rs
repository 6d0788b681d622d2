//! Pager messages: texts between the extensions of a company.

use std::fmt;

use serde::Serialize;

use super::ExtensionApi;
use super::messages::Message;
use super::request::Request;
use crate::types::{ExtensionId, MessageId};

/// A pager message to be sent.
///
/// ```no_run
/// # async fn example(client: ringcentral::Client) -> ringcentral::Result<()> {
/// use ringcentral::PagerMessage;
///
/// let text = PagerMessage::new("Lunch?").to_extension_number("102");
/// let message = client.me().send_pager(&text).await?;
/// # Ok(()) }
/// ```
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PagerMessage {
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<Colleague>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    to: Vec<Colleague>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reply_on: Option<MessageId>,
}

#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
enum Colleague {
    ExtensionId(ExtensionId),
    ExtensionNumber(String),
}

impl PagerMessage {
    /// A text, for nobody yet.
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            from: None,
            to: Vec::new(),
            reply_on: None,
        }
    }

    /// Adds a recipient by id.
    #[must_use]
    pub fn to_extension(mut self, id: impl Into<ExtensionId>) -> Self {
        self.to.push(Colleague::ExtensionId(id.into()));
        self
    }

    /// Adds a recipient by short number.
    #[must_use]
    pub fn to_extension_number(mut self, number: impl Into<String>) -> Self {
        self.to.push(Colleague::ExtensionNumber(number.into()));
        self
    }

    /// Names the sender by id, which is the extension itself in any case.
    #[must_use]
    pub fn from_extension(mut self, id: impl Into<ExtensionId>) -> Self {
        self.from = Some(Colleague::ExtensionId(id.into()));
        self
    }

    /// Names the sender by short number.
    #[must_use]
    pub fn from_extension_number(mut self, number: impl Into<String>) -> Self {
        self.from = Some(Colleague::ExtensionNumber(number.into()));
        self
    }

    /// Answers a message; its sender is the recipient unless others are named.
    #[must_use]
    pub fn reply_on(mut self, message: impl Into<MessageId>) -> Self {
        self.reply_on = Some(message.into());
        self
    }
}

impl fmt::Debug for PagerMessage {
    /// Without what is said, and to whom.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PagerMessage")
            .field("recipients", &self.to.len())
            .finish_non_exhaustive()
    }
}

impl ExtensionApi {
    /// Sends a pager message. `POST …/company-pager`; rate group Medium; the app needs `InternalMessages`, the user
    /// `InternalSMS`. A lost answer is reported, never silently repeated.
    pub fn send_pager(&self, message: &PagerMessage) -> Request<Message> {
        Request::json(self.client.post(&self.below("company-pager")).json(message))
    }
}
