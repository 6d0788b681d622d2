//! Randomness, all of it from the operating system.

use std::cell::RefCell;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// So many bytes are asked for at once: to ask costs more than the bytes do, and a login needs some hundred of them.
const SIZE: usize = 1024;

thread_local! {
    static STOCK: RefCell<Stock> = const { RefCell::new(Stock(Vec::new())) };
}

/// Random bytes.
pub(crate) fn bytes<const N: usize>() -> [u8; N] {
    STOCK.with_borrow_mut(|stock| stock.take(fill))
}

/// Bytes that nobody has been given yet.
struct Stock(Vec<u8>);

impl Stock {
    fn take<const N: usize>(&mut self, fill: impl FnOnce(&mut [u8])) -> [u8; N] {
        if self.0.len() < N {
            self.0.resize(SIZE.max(N), 0);
            fill(&mut self.0);
        }
        let rest = self.0.len() - N;
        let mut bytes = [0; N];
        bytes.copy_from_slice(&self.0[rest..]);
        self.0.truncate(rest);
        bytes
    }
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
    use super::{SIZE, Stock};

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
    fn each_byte_of_a_stock_is_given_once() {
        let mut stock = Stock(Vec::new());
        let mut fills = 0;
        let mut next = |stock: &mut Stock| {
            stock.take::<3>(|bytes| {
                fills += 1;
                for (at, byte) in bytes.iter_mut().enumerate() {
                    *byte = u8::try_from(at % 256).expect("a byte");
                }
            })
        };
        let mut given: Vec<u8> = (0..SIZE / 3)
            .flat_map(|_| next(&mut stock).into_iter().rev())
            .collect();
        given.reverse();
        let expected: Vec<u8> = (1..SIZE)
            .map(|at| u8::try_from(at % 256).expect("a byte"))
            .collect();
        assert_eq!(given, expected);
        // What is left of it is too little, and is not given with the next.
        next(&mut stock);
        assert_eq!(fills, 2);
        let long: [u8; 2 * SIZE] = stock.take(|bytes| bytes.fill(7));
        assert_eq!(long, [7; 2 * SIZE], "more than a stock holds");
    }

    #[test]
    fn tokens_are_marked_and_differ() {
        let token = super::token("EMU-at-");
        assert!(token.starts_with("EMU-at-") && token.len() == 50, "{token}");
        assert_ne!(token, super::token("EMU-at-"));
    }
}
