//! What an SMS and an MMS are before they go out, and how they go.

use serde::Serialize;
use serde_json::{Value, json};

use super::attachments::wrong;
use super::list::{Change, apply};
use super::lost_answer::{Before, Outgoing};
use super::messages::Message;
use crate::client::Client;
use crate::error::Result;
use crate::http::{RequestBuilder, Response};
use crate::types::{CountryId, PhoneNumber};

/// From whom a message is, to whom, and how it is sent.
#[derive(Clone)]
pub(super) struct Draft {
    pub(super) client: Client,
    /// Of the extension whose store it will be in.
    pub(super) path: String,
    pub(super) from: PhoneNumber,
    pub(super) to: Vec<PhoneNumber>,
    pub(super) country: Option<NumbersOf>,
    pub(super) checks_store: bool,
    pub(super) changes: Vec<Change>,
}

/// The country by whose rules numbers are read.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum NumbersOf {
    Id(CountryId),
    IsoCode(String),
}

impl Draft {
    pub(super) fn new(client: &Client, path: &str, from: &PhoneNumber) -> Self {
        Self {
            client: client.clone(),
            path: path.to_owned(),
            from: from.clone(),
            to: Vec::new(),
            country: None,
            checks_store: false,
            changes: Vec::new(),
        }
    }

    pub(super) fn has_recipient(&self) -> Result<()> {
        if self.to.is_empty() {
            return Err(wrong("the message has no recipient"));
        }
        Ok(())
    }

    /// The message, without what is said.
    pub(super) fn message(&self) -> Value {
        let party = |number: &PhoneNumber| json!({ "phoneNumber": number });
        let to: Vec<_> = self.to.iter().map(party).collect();
        let mut message = json!({ "from": party(&self.from), "to": to });
        if let Some(country) = &self.country {
            message["country"] = json!(country);
        }
        message
    }

    /// A POST to this resource of the extension.
    pub(super) fn post(&self, resource: &str) -> RequestBuilder {
        self.client.post(&format!("{}/{resource}", self.path))
    }

    /// Sends it once, and settles a lost answer if that is wanted. With its text, and how many files it carries.
    pub(super) async fn send(&self, request: RequestBuilder, text: &str, files: usize) -> Result<Message> {
        let message = Outgoing {
            draft: self,
            text,
            files,
        };
        let before = if self.checks_store {
            Some(Before::look(message).await?)
        } else {
            None
        };
        let answer = apply(&self.changes, request).read(Response::json).await;
        match before {
            Some(before) => before.settle(answer).await,
            None => answer,
        }
    }
}
