//! A message as clients see it.

use serde::Serialize;
use serde_json::Value;

use super::super::super::party::End;
use super::super::super::{IdText, Time};

/// A message as JSON. What is not known is left out.
#[derive(Serialize)]
#[serde(untagged)]
pub(in crate::rest::messages) enum Message<'a> {
    Purged(Purged<'a>),
    Whole(Box<Whole<'a>>),
}

impl Message<'_> {
    /// The message as a value, to look into.
    pub(in crate::rest::messages) fn value(&self) -> Value {
        serde_json::to_value(self).expect("it has text keys and no failing serializers")
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::rest::messages) struct Purged<'a> {
    pub(super) id: i64,
    pub(super) uri: String,
    pub(super) extension_id: IdText,
    #[serde(rename = "type")]
    pub(super) kind: &'a str,
    pub(super) availability: &'a str,
    pub(super) last_modified_time: Time,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::rest::messages) struct Whole<'a> {
    pub(super) id: i64,
    pub(super) uri: String,
    pub(super) extension_id: IdText,
    #[serde(rename = "type")]
    pub(super) kind: &'a str,
    pub(super) from: &'a End,
    pub(super) to: Vec<Recipient>,
    pub(super) direction: &'a str,
    pub(super) availability: &'a str,
    pub(super) read_status: &'a str,
    pub(super) message_status: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) delivery_error_code: Option<&'a str>,
    pub(super) priority: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) subject: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) conversation_id: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) conversation: Option<Conversation>,
    pub(super) creation_time: Time,
    pub(super) last_modified_time: Time,
    pub(super) attachments: Vec<Attachment>,
    #[serde(flatten)]
    pub(super) own: Own<'a>,
}

#[derive(Serialize)]
pub(super) struct Conversation {
    pub(super) id: IdText,
    pub(super) uri: String,
}

#[derive(Serialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
pub(super) enum Own<'a> {
    Sms {
        segment_count: usize,
        #[serde(skip_serializing_if = "Option::is_none")]
        sms_delivery_time: Option<Time>,
        #[serde(skip_serializing_if = "Option::is_none")]
        sms_sending_attempts_count: Option<u8>,
    },
    Fax {
        #[serde(skip_serializing_if = "Option::is_none")]
        fax_page_count: Option<i64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        fax_resolution: Option<&'a str>,
        cover_index: i64,
        #[serde(skip_serializing_if = "Option::is_none")]
        cover_page_text: Option<&'a str>,
    },
    VoiceMail {
        #[serde(skip_serializing_if = "Option::is_none")]
        vm_transcription_status: Option<&'a str>,
        private: bool,
        owner: Owner,
    },
    Pager {
        pg_to_department: bool,
    },
    Other {},
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Owner {
    pub(super) extension_id: IdText,
    pub(super) extension_type: String,
    pub(super) name: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Recipient {
    #[serde(flatten)]
    pub(super) end: End,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) target: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) message_status: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) fax_error_code: Option<String>,
    #[serde(rename = "recipientId", skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<IdText>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Attachment {
    pub(super) id: i64,
    pub(super) uri: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) content_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) vm_duration: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) file_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) size: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) width: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) height: Option<i64>,
}

impl Attachment {
    /// The text of a message.
    pub(super) fn text(message: i64, uri: &str) -> Self {
        Self {
            id: message,
            uri: format!("{uri}/content/{message}"),
            kind: "Text".to_owned(),
            content_type: "text/plain".to_owned(),
            vm_duration: None,
            file_name: None,
            size: None,
            width: None,
            height: None,
        }
    }
}

/// How many pieces a text travels in: 160 of the letters that telephones have always known, or 70 of any others; a
/// little less for each piece of several.
pub(super) fn segments(text: &str) -> usize {
    // Letters of the old alphabet that count twice.
    const DOUBLE: &str = "^{}\\[~]|€";
    const SINGLE: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZ\
         ÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
    let old = |c: char| {
        // Most are, and the search takes a while.
        if c.is_ascii_alphanumeric() || c == ' ' || SINGLE.contains(c) {
            Some(1)
        } else {
            DOUBLE.contains(c).then_some(2)
        }
    };
    let (units, alone, joined) = match text.chars().map(old).sum::<Option<usize>>() {
        Some(units) => (units, 160, 153),
        None => (text.encode_utf16().count(), 70, 67),
    };
    if units <= alone { 1 } else { units.div_ceil(joined) }
}

#[cfg(test)]
mod tests {
    use super::segments;

    #[test]
    fn a_text_travels_in_pieces() {
        for (text, pieces) in [
            (String::new(), 1),
            ("x".repeat(160), 1),
            ("x".repeat(161), 2),
            ("x".repeat(306), 2),
            ("x".repeat(307), 3),
            ("€".repeat(80), 1),
            ("€".repeat(81), 2),
            ("ß".repeat(160), 1),
            ("☕".repeat(70), 1),
            ("☕".repeat(71), 2),
            ("😀".repeat(35), 1),
            ("😀".repeat(36), 2),
            ("☕".repeat(135), 3),
        ] {
            assert_eq!(segments(&text), pieces, "{} {text:.4}", text.chars().count());
        }
    }
}
