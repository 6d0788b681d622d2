//! Randomness, all of it from the operating system.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Random bytes.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that asks the operating system"
)]
pub(crate) fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system has entropy");
    bytes
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
    let mut number = u128::from_be_bytes(bytes());
    number = number & !(0xf << 76) | 0x4 << 76;
    number = number & !(0x3 << 62) | 0x2 << 62;
    let part = |shift: u32, digits: u32| number >> shift & ((1 << (4 * digits)) - 1);
    let (low, mid, high) = (part(96, 8), part(80, 4), part(64, 4));
    format!(
        "{low:08x}-{mid:04x}-{high:04x}-{:04x}-{:012x}",
        part(48, 4),
        part(0, 12)
    )
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

    #[test]
    fn tokens_are_marked_and_differ() {
        let token = super::token("EMU-at-");
        assert!(token.starts_with("EMU-at-") && token.len() == 50, "{token}");
        assert_ne!(token, super::token("EMU-at-"));
    }
}
