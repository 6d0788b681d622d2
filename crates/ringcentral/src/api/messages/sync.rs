//! Keeping a copy of a message store.

use jiff::Timestamp;

use super::super::ExtensionApi;
use super::super::sync::{Log, Synchronization};
use super::{Message, MessageDirection, MessageType};
use crate::types::ConversationId;

/// A copy of a message store that is kept up to date; see [`ExtensionApi::message_sync`].
pub type SyncMessages = Synchronization<Message>;

impl SyncMessages {
    /// Messages until this time.
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

    /// Only those of this conversation.
    pub fn conversation_id(self, id: impl Into<ConversationId>) -> Self {
        self.query("conversationId", id.into())
    }

    /// Only the latest message of each conversation.
    pub fn distinct_conversations(self) -> Self {
        self.query("distinctConversations", true)
    }

    /// Only those of this owner: `Personal`, or an extension's id. May be given several times.
    pub fn owner(self, owner: impl ToString) -> Self {
        self.query("owner", owner)
    }
}

impl ExtensionApi {
    /// A copy of the message store that is kept up to date. `GET …/message-sync`; rate group Light; the app and the user
    /// need `ReadMessages`. What was deleted comes as a message that is not [alive](Message::is_alive).
    pub fn message_sync(&self) -> SyncMessages {
        let log = Log {
            record_count: None,
            widens_by_date: true,
        };
        Synchronization::new(&self.client, self.below("message-sync"), log)
    }
}
