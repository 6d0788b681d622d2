//! Settling a lost answer to an SMS or MMS: is the message in the store?

use std::collections::BTreeSet;
use std::time::Duration;

use http::header::DATE;
use jiff::Timestamp;

use super::draft::Draft;
use super::messages::{AttachmentType, Message, MessageDirection, MessageType};
use crate::clock::earlier;
use crate::error::{Error, ErrorKind, Result};
use crate::http::{RequestBuilder, Response};
use crate::paging::Page;
use crate::types::{MessageId, PhoneNumber};

/// The store is looked at after each of these.
const PAUSES: [Duration; 4] = [
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
    Duration::from_secs(8),
];

/// How far the clocks of the platform's own machines may be apart.
const CLOCK_DIFFERENCE: Duration = Duration::from_secs(10);

/// More than anybody can send between two looks: the platform takes 40 a minute.
const NEWEST: u64 = 100;

/// A message that goes out.
#[derive(Clone, Copy)]
pub(super) struct Outgoing<'a> {
    pub(super) draft: &'a Draft,
    pub(super) text: &'a str,
    pub(super) files: usize,
}

/// What the store held before the message went out.
pub(super) struct Before<'a> {
    message: Outgoing<'a>,
    /// Messages that look like the one to be sent.
    equal: BTreeSet<MessageId>,
    /// The platform's own time of the first look, less what its clocks may be apart.
    since: Option<Timestamp>,
}

impl<'a> Before<'a> {
    /// The first look. When it fails, nothing was sent yet.
    pub(super) async fn look(message: Outgoing<'a>) -> Result<Self> {
        let response = message.store().send().await?;
        let page: Page<Message> = response.json()?;
        Ok(Self {
            message,
            equal: page
                .records
                .iter()
                .filter(|stored| message.is(stored))
                .map(|stored| stored.id)
                .collect(),
            since: date(&response).map(|date| earlier(date, CLOCK_DIFFERENCE)),
        })
    }

    /// How it was answered; or what the store says, if that was lost. An answer that cannot be read leaves open as much as
    /// one that never came.
    pub(super) async fn settle(self, answer: Result<Message>) -> Result<Message> {
        match answer {
            Err(error) if error.is_outcome_unknown() || error.kind() == ErrorKind::Decode => {
                self.look_again(error).await
            }
            answer => answer,
        }
    }

    /// Looks for the message until it is there, or says that it is not.
    async fn look_again(self, lost: Error) -> Result<Message> {
        let mut looks = 0;
        for pause in PAUSES {
            self.message.draft.client.clock().sleep(pause).await;
            let store = self.message.store();
            let request = match self.since {
                Some(since) => store.query("dateFrom", since),
                None => store,
            };
            // A look that fails says nothing; the next one may.
            let Ok(page) = request
                .send()
                .await
                .and_then(|response| response.json::<Page<Message>>())
            else {
                continue;
            };
            looks += 1;
            let found = page
                .records
                .into_iter()
                .filter(|stored| self.is_new(stored) && self.message.is(stored));
            // The first that came after the look before is ours, whatever came then.
            if let Some(message) = found.min_by_key(|message| (message.creation_time, message.id)) {
                return Ok(message);
            }
        }
        let said = match looks {
            0 => {
                "the answer was lost, and the message store could not be looked at; look before you send it again"
            }
            _ => {
                "the answer was lost, and the message store did not show the message for a quarter of a minute; \
                 look once more before you send it again"
            }
        };
        Err(Error::new(ErrorKind::OutcomeUnknown, said).with_source(lost))
    }

    fn is_new(&self, stored: &Message) -> bool {
        let in_time = match (self.since, stored.creation_time) {
            (Some(since), Some(made)) => made >= since,
            _ => true,
        };
        in_time && !self.equal.contains(&stored.id)
    }
}

impl Outgoing<'_> {
    /// The newest messages that the extension has sent. An MMS is an SMS there.
    fn store(&self) -> RequestBuilder {
        let Draft { client, path, .. } = self.draft;
        client
            .get(&format!("{path}/message-store"))
            .query("messageType", MessageType::Sms)
            .query("direction", MessageDirection::Outbound)
            .query("perPage", NEWEST)
    }

    /// Whether a message of the store looks like this one. What the platform makes of a file is its own business, so files
    /// are counted and no more.
    fn is(&self, stored: &Message) -> bool {
        let is = |number: &PhoneNumber, said: Option<&str>| said == Some(number.as_str());
        let wanted: BTreeSet<&str> = self.draft.to.iter().map(PhoneNumber::as_str).collect();
        let there: BTreeSet<&str> = stored
            .to
            .iter()
            .filter_map(|party| party.phone_number.as_deref())
            .collect();
        let text = stored.subject.as_deref().unwrap_or_default();
        let files = stored
            .attachments
            .iter()
            .filter(|attachment| attachment.kind == Some(AttachmentType::MmsAttachment));
        is(&self.draft.from, stored.from.phone_number.as_deref())
            && wanted == there
            && text.trim() == self.text.trim()
            && files.count() == self.files
    }
}

/// The platform's own time, from `Date`.
fn date(response: &Response) -> Option<Timestamp> {
    let text = response.headers().get(DATE)?.to_str().ok()?;
    jiff::fmt::rfc2822::parse(text.trim())
        .ok()
        .map(|date| date.timestamp())
}
