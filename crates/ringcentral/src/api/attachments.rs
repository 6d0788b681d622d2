//! What may go out with a message: checked before a byte is sent, because the platform would only say so after all of
//! it had arrived.

use crate::error::{Error, ErrorKind, Result};
use crate::http::Part;

/// What one kind of message takes.
pub(super) struct Limits {
    /// Its name in a sentence.
    pub(super) kind: &'static str,
    pub(super) count: usize,
    /// All attachments together.
    pub(super) bytes: u64,
}

/// Refuses what the platform would refuse.
pub(super) async fn check(attachments: &[Part], limits: &Limits) -> Result<()> {
    let Limits { kind, count, bytes } = limits;
    if attachments.len() > *count {
        let found = attachments.len();
        return Err(wrong(format!(
            "{kind} takes at most {count} attachments, and these are {found}"
        )));
    }
    let mut sum = 0;
    for part in attachments {
        let name = part.described();
        let length = part.length().await?;
        if length == 0 {
            return Err(wrong(format!("the attachment {name} is empty")));
        }
        if part.has_unknown_type() {
            return Err(wrong(format!(
                "the name of {name} does not say of which type it is; say so by `Part::content_type`"
            )));
        }
        sum += length;
    }
    if sum > *bytes {
        return Err(wrong(format!(
            "{kind} takes at most {bytes} bytes of attachments, and these have {sum}"
        )));
    }
    Ok(())
}

pub(super) fn wrong(what: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Usage, format!("{what}; nothing was sent"))
}
