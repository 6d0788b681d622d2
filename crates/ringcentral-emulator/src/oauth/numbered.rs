//! Tokens and session ids that tell which row they belong to.
//!
//! An index of random texts takes each new entry somewhere in its middle. When a page of it is full there, SQLite looks
//! through its cache at the end of the transaction, which takes longer the larger the database is, whatever is in it. Rows
//! that are found by their number need no such index.

use subtle::ConstantTimeEq as _;

use crate::random;

/// A token of the row `number`: `prefix`, the number and 256 random bits.
pub(crate) fn token(prefix: &str, number: i64) -> String {
    random::token(&format!("{prefix}{number}-"))
}

/// The row that a token claims to be of. Whether it is, only [`is`] tells.
pub(super) fn row_of(prefix: &str, token: &str) -> Option<i64> {
    let (number, _) = token.strip_prefix(prefix)?.split_once('-')?;
    number.parse().ok()
}

/// Whether a row's token is the one that was sent.
pub(super) fn is(stored: &str, sent: &str) -> bool {
    stored.as_bytes().ct_eq(sent.as_bytes()).into()
}

/// An id for the session of this number: a UUID of version 8 (RFC 9562, section 5.8) whose last 48 bits are the number.
pub(super) fn session_id(number: i64) -> String {
    let random = random::uuid();
    let (head, _) = random.rsplit_once('-').unwrap_or_default();
    format!("{}8{}-{number:012x}", &head[..14], &head[15..])
}

/// The number of the session that an id claims to be of.
pub(super) fn session_of(id: &str) -> Option<i64> {
    let (_, number) = id.rsplit_once('-')?;
    i64::from_str_radix(number, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::{is, row_of, session_id, session_of, token};

    #[test]
    fn a_token_names_its_row_and_only_itself() {
        let sent = token("EMU-at-", 42);
        assert_eq!(row_of("EMU-at-", &sent), Some(42));
        assert!(is(&sent, &sent) && !is(&token("EMU-at-", 42), &sent));
        for foreign in [
            "",
            "EMU-at-",
            "EMU-at-x",
            "EMU-at-x-y",
            "EMU-rt-42-x",
            "42-x",
            "EMU-at--1",
        ] {
            assert_eq!(row_of("EMU-at-", foreign), None, "{foreign}");
        }
    }

    #[test]
    fn a_session_id_is_a_uuid_that_names_its_session() {
        let id = session_id(42);
        let lengths: Vec<usize> = id.split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12], "{id}");
        assert_eq!(id.as_bytes()[14], b'8', "{id}");
        assert!(b"89ab".contains(&id.as_bytes()[19]), "{id}");
        assert_eq!(session_of(&id), Some(42));
        assert_ne!(id, session_id(42));
        for foreign in ["", "one", "x-y"] {
            assert_eq!(session_of(foreign), None, "{foreign}");
        }
    }
}
