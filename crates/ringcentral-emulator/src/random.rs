//! Randomness, all of it from the operating system.

use std::cell::RefCell;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// So many bytes are asked for at once: to ask costs more than the bytes do, and a login needs some hundred of them.
const STOCK: usize = 1024;

thread_local! {
    static LEFT: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Random bytes.
pub(crate) fn bytes<const N: usize>() -> [u8; N] {
    LEFT.with_borrow_mut(|left| {
        if left.len() < N {
            left.resize(STOCK.max(N), 0);
            fill(left);
        }
        let rest = left.len() - N;
        let mut bytes = [0; N];
        bytes.copy_from_slice(&left[rest..]);
        left.truncate(rest);
        bytes
    })
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that asks the operating system"
)]
fn fill(bytes: &mut [u8]) {
    getrandom::fill(bytes).expect("the operating system has entropy");
}

/// `prefix` and 256 random bits. The prefix begins with `EMU-`, so that nobody takes it for the real platform's.
pub(crate) fn token(prefix: &str) -> String {
    let mut token = String::with_capacity(prefix.len() + 43);
    token.push_str(prefix);
    URL_SAFE_NO_PAD.encode_string(bytes::<32>(), &mut token);
    token
}

/// An id in the form of a UUID of version 4.
pub(crate) fn uuid() -> String {
    let mut bytes: [u8; 16] = bytes();
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let mut text = String::with_capacity(36);
    for (at, byte) in bytes.into_iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        for half in [byte >> 4, byte & 0xf] {
            text.push(char::from(b"0123456789abcdef"[usize::from(half)]));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_uuid_has_the_shape_of_version_4() {
        let id = super::uuid();
        let lengths: Vec<usize> = id.split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12], "{id}");
        assert_eq!(id.as_bytes()[14], b'4', "{id}");
        assert!(b"89ab".contains(&id.as_bytes()[19]), "{id}");
        assert_ne!(id, super::uuid());
    }

    /// Of a stock of bytes each is handed out once.
    #[test]
    fn no_byte_is_given_twice() {
        let mut seen = std::collections::HashSet::new();
        for _ in 0..500 {
            assert!(seen.insert(super::bytes::<8>()));
            assert!(seen.insert(super::bytes::<12>()[4..].try_into().expect("8 bytes")));
        }
        assert_ne!(
            super::bytes::<4096>()[..2048],
            super::bytes::<4096>()[2048..],
            "more than a stock"
        );
    }

    #[test]
    fn tokens_are_marked_and_differ() {
        let token = super::token("EMU-at-");
        assert!(token.starts_with("EMU-at-") && token.len() == 50, "{token}");
        assert_ne!(token, super::token("EMU-at-"));
    }
}
