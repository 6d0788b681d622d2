//! The message store: listing, reading, marking, deleting.

use std::fmt;

use jiff::Timestamp;
use serde::Serialize;

use super::super::extensions::ExtensionType;
use super::super::request::Request;
use super::super::{ExtensionApi, List, several};
use super::{Availability, Message, MessageDirection, MessageType, ReadStatus};
use crate::bulk::Bulk;
use crate::http::RequestBuilder;
use crate::types::{ConversationId, MessageId, PhoneNumber};

/// How many messages one request may name.
const MOST: usize = 50;

/// Messages; see [`ExtensionApi::messages`].
pub type ListMessages = List<Message>;

impl ListMessages {
    /// Messages from this time on; 24 hours before [`date_to`](Self::date_to) unless told otherwise.
    pub fn date_from(self, from: Timestamp) -> Self {
        self.query("dateFrom", from)
    }

    /// Messages until this time; now unless told otherwise.
    pub fn date_to(self, to: Timestamp) -> Self {
        self.query("dateTo", to)
    }

    /// Only this kind; may be given several times.
    pub fn message_type(self, kind: &MessageType) -> Self {
        self.query("messageType", kind)
    }

    /// Only those that went this way; may be given several times.
    pub fn direction(self, direction: &MessageDirection) -> Self {
        self.query("direction", direction)
    }

    /// Only those that are there, or deleted, or purged; those that are there unless told otherwise. May be given
    /// several times.
    pub fn availability(self, availability: &Availability) -> Self {
        self.query("availability", availability)
    }

    /// Only those that were read, or were not; may be given several times.
    pub fn read_status(self, status: &ReadStatus) -> Self {
        self.query("readStatus", status)
    }

    /// Only those of this conversation.
    pub fn conversation_id(self, id: impl Into<ConversationId>) -> Self {
        self.query("conversationId", id.into())
    }

    /// Only the latest message of each conversation.
    pub fn distinct_conversations(self) -> Self {
        self.query("distinctConversations", true)
    }

    /// Only those from or to this number.
    pub fn phone_number(self, number: &PhoneNumber) -> Self {
        self.query("phoneNumber", number)
    }

    /// Only those of this owner: `Personal`, or an extension's id. May be given several times. The platform's older word for
    /// it, `voicemailOwner`, is not used any more.
    pub fn owner(self, owner: impl ToString) -> Self {
        self.query("owner", owner)
    }

    /// Only those of owners of this kind; may be given several times.
    pub fn owner_extension_type(self, kind: &ExtensionType) -> Self {
        self.query("ownerExtensionType", kind)
    }
}

/// What is to change in a message.
///
/// ```no_run
/// # async fn example(client: ringcentral::Client, deleted: ringcentral::MessageId) -> ringcentral::Result<()> {
/// use ringcentral::{MessageChange, ReadStatus};
///
/// let back_as_new = MessageChange::new().restore().read_status(ReadStatus::Unread);
/// client.me().change_message(deleted, &back_as_new).await?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MessageChange {
    #[serde(skip_serializing_if = "Option::is_none")]
    read_status: Option<ReadStatus>,
    #[serde(skip_serializing_if = "Option::is_none")]
    availability: Option<Availability>,
}

impl MessageChange {
    /// Changes nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Marks it as read or unread.
    #[must_use]
    pub fn read_status(mut self, status: ReadStatus) -> Self {
        self.read_status = Some(status);
        self
    }

    /// Brings it back after it was deleted.
    #[must_use]
    pub fn restore(mut self) -> Self {
        self.availability = Some(Availability::Alive);
        self
    }
}

/// Which messages are deleted. Without any filter the platform deletes all of them, so that has to be said.
///
/// ```no_run
/// use jiff::Timestamp;
/// use ringcentral::{DeleteMessages, MessageType};
///
/// # async fn example(client: ringcentral::Client, a_year_ago: Timestamp) -> ringcentral::Result<()> {
/// let old_faxes = DeleteMessages::before(a_year_ago).message_type(&MessageType::Fax);
/// client.me().delete_messages(&old_faxes).await?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct DeleteMessages {
    query: Vec<(&'static str, String)>,
    bounded: bool,
    purge: bool,
}

impl DeleteMessages {
    /// Every message of the store.
    pub fn everything() -> Self {
        Self {
            query: Vec::new(),
            bounded: false,
            purge: false,
        }
    }

    /// What was made before this time.
    pub fn before(time: Timestamp) -> Self {
        Self {
            bounded: true,
            ..Self::everything().and("dateTo", time)
        }
    }

    /// The messages of a conversation.
    pub fn conversation(id: impl Into<ConversationId>) -> Self {
        Self::everything().and_conversation(id)
    }

    /// And those of one more conversation; a hundred at most.
    #[must_use]
    pub fn and_conversation(self, id: impl Into<ConversationId>) -> Self {
        self.and("conversationId", id.into())
    }

    /// Only this kind; not together with conversations (`MSG-390`).
    #[must_use]
    pub fn message_type(self, kind: &MessageType) -> Self {
        self.and("type", kind)
    }

    /// Every kind, said in the platform's word for it (`type=All`), which no message has; not together with conversations.
    #[must_use]
    pub fn every_type(self) -> Self {
        self.and("type", "All")
    }

    /// Only those of this owner: `Personal`, or an extension's id.
    #[must_use]
    pub fn owner(self, owner: impl ToString) -> Self {
        self.and("owner", owner)
    }

    /// For good: they cannot be brought back.
    #[must_use]
    pub fn purge(mut self) -> Self {
        self.purge = true;
        self
    }

    fn and(mut self, name: &'static str, value: impl ToString) -> Self {
        self.query.push((name, value.to_string()));
        self
    }

    fn fill(&self, request: RequestBuilder) -> RequestBuilder {
        let request = request.query_pairs(self.query.iter().map(|(name, value)| (name, value)));
        let request = if self.purge {
            request.query("purge", true)
        } else {
            request
        };
        // What is deleted a second time is purged; and without an end, a repetition also hits what came meanwhile.
        request.idempotent(self.bounded && self.purge)
    }
}

impl fmt::Debug for DeleteMessages {
    /// By what is chosen, without the values.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let filters: Vec<_> = self.query.iter().map(|(name, _)| name).collect();
        f.debug_struct("DeleteMessages")
            .field("filters", &filters)
            .field("purge", &self.purge)
            .finish_non_exhaustive()
    }
}

impl ExtensionApi {
    /// The message store, newest first. `GET …/message-store`; rate group Light; the app and the user need
    /// `ReadMessages`.
    pub fn messages(&self) -> ListMessages {
        List::new(&self.client, self.below("message-store"))
    }

    /// One message. `GET …/message-store/{messageId}`; rate group Light; the app and the user need `ReadMessages`.
    pub fn message(&self, id: impl Into<MessageId>) -> Request<Message> {
        Request::json(self.client.get(&self.message_path(id.into())))
    }

    /// Several messages, by their ids: 50 at most. `GET …/message-store/{messageId},…`; rate group Light; the app and the
    /// user need `ReadMessages`.
    ///
    /// Each of them came or was refused by itself. Only the refusal of a single id, asked for alone, is the error of the
    /// whole call.
    ///
    /// ```no_run
    /// # async fn example(client: ringcentral::Client) -> ringcentral::Result<()> {
    /// for item in client.me().messages_by_id([101, 102]).await? {
    ///     match item.result {
    ///         Ok(message) => println!("{:?}", message.subject),
    ///         Err(error) => println!("{:?}: {error}", item.id),
    ///     }
    /// }
    /// # Ok(()) }
    /// ```
    pub fn messages_by_id<I>(&self, ids: I) -> Request<Bulk<Message>>
    where
        I: IntoIterator<Item: Into<MessageId>>,
    {
        let ids = ids.into_iter().map(|id| id.into().to_string());
        Request::bulk(several(ids, MOST, |ids| {
            self.client.get(&self.below(&format!("message-store/{ids}")))
        }))
    }

    /// Marks several messages as read or unread, by their ids: 50 at most. `PUT …/message-store/{messageId},…`; rate group
    /// Medium; the app and the user need `EditMessages`. Each of them is changed or refused by itself, as with
    /// [`messages_by_id`](Self::messages_by_id).
    pub fn mark_messages<I>(&self, ids: I, status: ReadStatus) -> Request<Bulk<Message>>
    where
        I: IntoIterator<Item: Into<MessageId>>,
    {
        let ids = ids.into_iter().map(|id| id.into().to_string());
        let body = MessageChange::new().read_status(status);
        Request::bulk(several(ids, MOST, |ids| {
            let path = self.below(&format!("message-store/{ids}"));
            self.client.put(&path).json(&body)
        }))
    }

    /// Marks a message as read or unread. `PUT …/message-store/{messageId}`; rate group Medium; the app and the user
    /// need `EditMessages`.
    pub fn mark_message(&self, id: impl Into<MessageId>, status: ReadStatus) -> Request<Message> {
        let body = MessageChange::new().read_status(status);
        Request::json(self.client.put(&self.message_path(id.into())).json(&body))
    }

    /// Changes a message, or brings it back after it was deleted. `PATCH …/message-store/{messageId}`; rate group
    /// Medium; the app and the user need `EditMessages`.
    pub fn change_message(&self, id: impl Into<MessageId>, change: &MessageChange) -> Request<Message> {
        let request = self.client.patch(&self.message_path(id.into()));
        // It says how the message is to be, so saying it twice does no more.
        Request::json(request.json(change).idempotent(true))
    }

    /// Changes several messages, or brings them back after they were deleted, by their ids: 50 at most.
    /// `PATCH …/message-store/{messageId},…`; rate group Medium; the app and the user need `EditMessages`. Each of them is
    /// changed or refused by itself, as with [`messages_by_id`](Self::messages_by_id).
    pub fn change_messages<I>(&self, ids: I, change: &MessageChange) -> Request<Bulk<Message>>
    where
        I: IntoIterator<Item: Into<MessageId>>,
    {
        let ids = ids.into_iter().map(|id| id.into().to_string());
        Request::bulk(several(ids, MOST, |ids| {
            let request = self.client.patch(&self.below(&format!("message-store/{ids}")));
            // As with a single one: it says how they are to be.
            request.json(change).idempotent(true)
        }))
    }

    /// Deletes a message; it can be brought back for some days. `DELETE …/message-store/{messageId}`; rate group Medium;
    /// the app and the user need `EditMessages`.
    ///
    /// The platform purges what is deleted a second time. So this is not repeated when its answer was lost: the error
    /// says that the outcome is unknown.
    pub fn delete_message(&self, id: impl Into<MessageId>) -> Request<()> {
        let request = self.client.delete(&self.message_path(id.into()));
        Request::done(request.idempotent(false))
    }

    /// Deletes a message for good. `DELETE …/message-store/{messageId}?purge=true`; rate group Medium; the app and the
    /// user need `EditMessages`.
    pub fn purge_message(&self, id: impl Into<MessageId>) -> Request<()> {
        let request = self.client.delete(&self.message_path(id.into()));
        Request::done(request.query("purge", true).idempotent(true))
    }

    /// Deletes several messages, by their ids: 50 at most; they can be brought back for some days.
    /// `DELETE …/message-store/{messageId},…`; rate group Medium; the app and the user need `EditMessages`.
    ///
    /// What was refused is named in the answer, and what was deleted need not be: of a deletion that succeeded throughout
    /// the answer is empty. Only the refusal of a single id, asked for alone, is the error of the whole call. As with
    /// [`delete_message`](Self::delete_message), a lost answer is reported and not repeated, unless they are
    /// [purged](Request::purge).
    ///
    /// ```no_run
    /// # async fn example(client: ringcentral::Client) -> ringcentral::Result<()> {
    /// let deleted = client.me().delete_messages_by_id([101, 102]).purge().await?;
    /// for (id, error) in deleted.failed() {
    ///     println!("{} is still there: {error}", id.unwrap_or("one"));
    /// }
    /// # Ok(()) }
    /// ```
    pub fn delete_messages_by_id<I>(&self, ids: I) -> Request<Bulk<()>>
    where
        I: IntoIterator<Item: Into<MessageId>>,
    {
        let ids = ids.into_iter().map(|id| id.into().to_string());
        Request::bulk(several(ids, MOST, |ids| {
            let request = self.client.delete(&self.below(&format!("message-store/{ids}")));
            request.idempotent(false)
        }))
    }

    /// Deletes messages by what they have in common. `DELETE …/message-store`; rate group Medium; the app and the user
    /// need `EditMessages`.
    pub fn delete_messages(&self, which: &DeleteMessages) -> Request<()> {
        Request::done(which.fill(self.client.delete(&self.below("message-store"))))
    }

    fn message_path(&self, id: MessageId) -> String {
        self.below(&format!("message-store/{id}"))
    }
}

/// A deletion of messages by their ids; see [`ExtensionApi::delete_messages_by_id`].
impl Request<Bulk<()>> {
    /// For good: they cannot be brought back.
    pub fn purge(self) -> Self {
        self.with(|request| request.query("purge", true).idempotent(true))
    }

    /// Only those of them that are of this kind; not together with conversations (`MSG-390`).
    pub fn message_type(self, kind: &MessageType) -> Self {
        self.with(|request| request.query("type", kind))
    }

    /// Only those of them that belong to this conversation; may be given several times.
    pub fn conversation_id(self, id: impl Into<ConversationId>) -> Self {
        self.with(|request| request.query("conversationId", id.into()))
    }
}
