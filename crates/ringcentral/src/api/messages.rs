//! Messages: SMS, faxes, voice mails, pager messages.

use jiff::Timestamp;

use crate::types::{
    AttachmentId, ConversationId, ExtensionId, MessageId, RecipientId, open_enum, or_default, record,
};

mod store;
mod sync;
mod words;

pub use store::{DeleteMessages, ListMessages, MessageChange};
pub use sync::SyncMessages;
pub use words::{AttachmentType, FaxErrorCode, FaxResolution, TranscriptionStatus};

use super::extensions::ExtensionType;

open_enum! {
    /// What a message is.
    MessageType { Sms = "SMS", Fax = "Fax", VoiceMail = "VoiceMail", Pager = "Pager", Text = "Text" }
}

open_enum! {
    /// Which way a message went.
    MessageDirection { Inbound = "Inbound", Outbound = "Outbound" }
}

open_enum! {
    /// How far a message has come. Accepted is not delivered: look again until it is. Of several recipients any one
    /// that waits makes the whole `Queued`.
    MessageStatus {
        Queued = "Queued", Sent = "Sent", Delivered = "Delivered", DeliveryFailed = "DeliveryFailed",
        SendingFailed = "SendingFailed", Received = "Received",
    }
}

open_enum! {
    /// Whether a message was read.
    ReadStatus { Read = "Read", Unread = "Unread" }
}

open_enum! {
    /// Whether a message is there. What was deleted can be brought back, what was purged cannot.
    Availability { Alive = "Alive", Deleted = "Deleted", Purged = "Purged" }
}

open_enum! {
    /// How much a message matters.
    MessagePriority { Normal = "Normal", High = "High" }
}

record! {
    /// A message of the store. Of one that was deleted, a synchronisation says no more than its id and availability.
    ///
    /// ```no_run
    /// # async fn example(client: ringcentral::Client) -> ringcentral::Result<()> {
    /// use futures_util::TryStreamExt;
    /// use ringcentral::{Message, ReadStatus};
    ///
    /// let unread = client.me().messages().read_status(&ReadStatus::Unread).limit(20);
    /// let unread: Vec<Message> = unread.items().try_collect().await?;
    /// for message in &unread {
    ///     let from = message.from.phone_number.as_deref().unwrap_or("somebody");
    ///     println!("{from}: {}", message.subject.as_deref().unwrap_or_default());
    ///     for attachment in &message.attachments {
    ///         println!("  with {:?}, {:?} bytes", attachment.content_type, attachment.size);
    ///     }
    /// }
    /// # Ok(()) }
    /// ```
    pub struct Message {
        /// Its id.
        pub id: MessageId,
        /// Its address.
        pub uri: Option<String>,
        /// The extension whose message it is.
        pub extension_id: Option<ExtensionId>,
        /// What it is.
        #[serde(rename = "type")]
        pub kind: Option<MessageType>,
        /// Who sent it.
        #[serde(default, deserialize_with = "or_default")]
        pub from: MessageParty,
        /// Who it is for.
        #[serde(default, deserialize_with = "or_default")]
        pub to: Vec<MessageParty>,
        /// Which way it went.
        pub direction: Option<MessageDirection>,
        /// Whether it is there.
        pub availability: Option<Availability>,
        /// Whether it was read.
        pub read_status: Option<ReadStatus>,
        /// How far it has come.
        pub message_status: Option<MessageStatus>,
        /// How much it matters.
        pub priority: Option<MessagePriority>,
        /// The text of an SMS or a pager message.
        pub subject: Option<String>,
        /// The conversation that it belongs to.
        pub conversation_id: Option<ConversationId>,
        /// The same as a link.
        pub conversation: Option<ConversationRef>,
        /// When it was made.
        pub creation_time: Option<Timestamp>,
        /// When it was changed last.
        pub last_modified_time: Option<Timestamp>,
        /// What belongs to it.
        #[serde(default, deserialize_with = "or_default")]
        pub attachments: Vec<Attachment>,
        /// SMS: when it was delivered.
        pub sms_delivery_time: Option<Timestamp>,
        /// SMS: how often it was tried.
        pub sms_sending_attempts_count: Option<u64>,
        /// SMS: how many parts it has.
        pub segment_count: Option<u64>,
        /// SMS: why it did not arrive, such as `SMS-RC-413`.
        pub delivery_error_code: Option<String>,
        /// Fax: how many pages it has.
        pub fax_page_count: Option<u64>,
        /// Fax: how fine it is.
        pub fax_resolution: Option<FaxResolution>,
        /// Fax: its cover page.
        pub cover_index: Option<u64>,
        /// Fax: the text on its cover page.
        pub cover_page_text: Option<String>,
        /// Voice mail: how far it is written down.
        pub vm_transcription_status: Option<TranscriptionStatus>,
        /// Voice mail: whether it is private.
        pub private: Option<bool>,
        /// Voice mail: whose it is.
        pub owner: Option<MessageOwner>,
        /// Voice mail: how it was forwarded.
        pub forwarding: Option<serde_json::Value>,
        /// Pager message: whether it is for a department.
        pub pg_to_department: Option<bool>,
    }
}

impl Message {
    /// Whether it is there, rather than deleted or purged.
    pub fn is_alive(&self) -> bool {
        self.availability
            .as_ref()
            .is_none_or(|availability| *availability == Availability::Alive)
    }
}

record! {
    /// One end of a message.
    #[derive(Default)]
    pub struct MessageParty {
        /// The number.
        pub phone_number: Option<String>,
        /// The short number, for messages inside.
        pub extension_number: Option<String>,
        /// The extension's id.
        pub extension_id: Option<ExtensionId>,
        /// The name, where the platform knows one.
        pub name: Option<String>,
        /// The place that the number belongs to.
        pub location: Option<String>,
        /// Whether this recipient is the one whose store it is.
        pub target: Option<bool>,
        /// How far it has come to this recipient.
        pub message_status: Option<MessageStatus>,
        /// Why a fax did not arrive at this recipient.
        pub fax_error_code: Option<FaxErrorCode>,
        /// The recipient's id in a fax.
        pub recipient_id: Option<RecipientId>,
    }
}

record! {
    /// The conversation that a message belongs to.
    pub struct ConversationRef {
        /// Its id.
        pub id: Option<ConversationId>,
        /// Its address.
        pub uri: Option<String>,
    }
}

record! {
    /// Whose voice mail it is.
    pub struct MessageOwner {
        /// The extension's id.
        pub extension_id: Option<ExtensionId>,
        /// What the extension is.
        pub extension_type: Option<ExtensionType>,
        /// The extension's name.
        pub name: Option<String>,
    }
}

record! {
    /// Something that belongs to a message: a text, a sound, a page.
    pub struct Attachment {
        /// Its id.
        pub id: AttachmentId,
        /// Where it is.
        pub uri: Option<String>,
        /// What it is.
        #[serde(rename = "type")]
        pub kind: Option<AttachmentType>,
        /// Its media type.
        pub content_type: Option<String>,
        /// How long a voice mail is, in seconds.
        pub vm_duration: Option<u64>,
        /// Its name. The answer to a fax spells the member `filename`.
        #[serde(alias = "filename")]
        pub file_name: Option<String>,
        /// How many bytes it has.
        pub size: Option<u64>,
        /// How high a picture is.
        pub height: Option<u64>,
        /// How wide a picture is.
        pub width: Option<u64>,
    }
}
