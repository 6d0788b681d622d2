//! Settling a lost answer: is the message in the store?

use std::collections::BTreeSet;
use std::time::Duration;

use http::header::DATE;
use jiff::Timestamp;

use super::SendSms;
use crate::api::messages::{Message, MessageDirection, MessageType};
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

/// What the store held before the message went out.
pub(super) struct Before {
    /// Messages that look like the one to be sent.
    equal: BTreeSet<MessageId>,
    /// The platform's own time of the first look, less what its clocks may be apart.
    since: Option<Timestamp>,
}

impl Before {
    /// The first look. When it fails, nothing was sent yet.
    pub(super) async fn look(sms: &SendSms) -> Result<Self> {
        let response = store(sms).send().await?;
        let page: Page<Message> = response.json()?;
        Ok(Self {
            equal: page
                .records
                .iter()
                .filter(|message| is_equal(sms, message))
                .map(|message| message.id)
                .collect(),
            since: date(&response).map(|date| earlier(date, CLOCK_DIFFERENCE)),
        })
    }

    /// Looks for the message until it is there, or says that it is not.
    pub(super) async fn settle(self, sms: &SendSms, lost: Error) -> Result<Message> {
        let mut looks = 0;
        for pause in PAUSES {
            sms.client.clock().sleep(pause).await;
            let request = match self.since {
                Some(since) => store(sms).query("dateFrom", since),
                None => store(sms),
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
                .filter(|message| self.is_new(message) && is_equal(sms, message));
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

    fn is_new(&self, message: &Message) -> bool {
        let in_time = match (self.since, message.creation_time) {
            (Some(since), Some(made)) => made >= since,
            _ => true,
        };
        in_time && !self.equal.contains(&message.id)
    }
}

/// The newest SMS that the extension has sent.
fn store(sms: &SendSms) -> RequestBuilder {
    sms.client
        .get(&format!("{}/message-store", sms.path))
        .query("messageType", MessageType::Sms)
        .query("direction", MessageDirection::Outbound)
        .query("perPage", NEWEST)
}

fn is_equal(sms: &SendSms, message: &Message) -> bool {
    let is = |number: &PhoneNumber, said: Option<&str>| said == Some(number.as_str());
    let wanted: BTreeSet<&str> = sms.to.iter().map(PhoneNumber::as_str).collect();
    let there: BTreeSet<&str> = message
        .to
        .iter()
        .filter_map(|party| party.phone_number.as_deref())
        .collect();
    is(&sms.from, message.from.phone_number.as_deref())
        && wanted == there
        && message
            .subject
            .as_deref()
            .is_some_and(|said| said.trim() == sms.text.trim())
}

/// The platform's own time, from `Date`.
fn date(response: &Response) -> Option<Timestamp> {
    let text = response.headers().get(DATE)?.to_str().ok()?;
    jiff::fmt::rfc2822::parse(text.trim())
        .ok()
        .map(|date| date.timestamp())
}
