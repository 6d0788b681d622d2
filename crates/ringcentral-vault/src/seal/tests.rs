use proptest::prelude::*;
use ringcentral::OsEntropy;

use super::*;

const HERE: Place<'static> = Place {
    table: "vault_logins",
    column: "sealed_tokens",
    row: "row-1",
};

fn keys() -> Keyring {
    Keyring::from_key(1, [1; 32])
}

fn sealed(plaintext: &[u8]) -> Vec<u8> {
    seal(&keys(), &OsEntropy, HERE, plaintext).bytes
}

fn kind(result: Result<Zeroizing<Vec<u8>>>) -> VaultErrorKind {
    result.expect_err("does not open").kind()
}

#[test]
fn the_layout_is_version_key_id_nonce_ciphertext() {
    let keys = Keyring::from_key(0x0102_0304, [1; 32]);
    let sealed = seal(&keys, &OsEntropy, HERE, b"0123456789");
    assert_eq!(sealed.key_id, 0x0102_0304);
    assert_eq!(sealed.bytes[..5], [1, 1, 2, 3, 4]);
    assert_eq!(sealed.bytes.len(), 1 + 4 + 24 + 10 + 16);
    assert_eq!(
        open(&keys, HERE, &sealed.bytes).expect("opens").as_slice(),
        b"0123456789"
    );
}

/// The expected bytes were computed by another implementation (ChaCha20-Poly1305 of OpenSSL under an `HChaCha20` subkey).
/// A change of layout, associated data or cipher would lose every stored login, and fails here first.
#[test]
fn what_was_sealed_by_the_first_release_still_opens() {
    #[derive(Debug)]
    struct Counting;
    impl Entropy for Counting {
        fn fill(&self, bytes: &mut [u8]) {
            for (byte, value) in bytes.iter_mut().zip(0..) {
                *byte = value;
            }
        }
    }
    let sealed = seal(&keys(), &Counting, HERE, b"tokens");
    assert_eq!(
        crate::id::hex(&sealed.bytes),
        "0100000001000102030405060708090a0b0c0d0e0f10111213141516170cbfb0e0f3e2db29361336115523f34e5c74636f8a20"
    );
}

#[test]
fn a_sealed_row_opens_only_in_its_own_place() {
    let sealed = sealed(b"tokens");
    for elsewhere in [
        Place { row: "row-2", ..HERE },
        Place { row: "", ..HERE },
        Place {
            column: "sealed_login",
            ..HERE
        },
        Place {
            table: "vault_pending_logins",
            ..HERE
        },
        Place {
            table: "vault_loginss",
            column: "ealed_tokens",
            ..HERE
        },
    ] {
        assert_eq!(
            kind(open(&keys(), elsewhere, &sealed)),
            VaultErrorKind::Corrupt,
            "{elsewhere:?}"
        );
    }
}

#[test]
fn a_missing_key_is_named_and_a_wrong_one_does_not_open() {
    let sealed = sealed(b"tokens");
    let missing = open(&Keyring::from_key(2, [1; 32]), HERE, &sealed).expect_err("no key 1");
    assert_eq!(missing.kind(), VaultErrorKind::MissingKey);
    assert!(missing.to_string().contains("key 1,"), "{missing}");
    assert_eq!(
        kind(open(&Keyring::from_key(1, [2; 32]), HERE, &sealed)),
        VaultErrorKind::Corrupt
    );
}

#[test]
fn no_nonce_comes_twice() {
    let nonces: std::collections::HashSet<_> = (0..1000).map(|_| sealed(b"x")[5..29].to_vec()).collect();
    assert_eq!(nonces.len(), 1000);
}

proptest! {
    #[test]
    fn opening_gives_back_what_was_sealed(plaintext in proptest::collection::vec(any::<u8>(), 0..2000)) {
        let opened = open(&keys(), HERE, &sealed(&plaintext)).expect("opens");
        prop_assert_eq!(opened.as_slice(), plaintext.as_slice());
    }

    #[test]
    fn every_flipped_bit_and_every_cut_is_noticed(bit in 0..(8 * 51_usize), length in 0..51_usize) {
        let whole = sealed(b"tokens");
        prop_assert_eq!(whole.len(), 51);
        let mut flipped = whole.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(open(&keys(), HERE, &flipped).is_err());
        prop_assert!(open(&keys(), HERE, &whole[..length]).is_err());
    }

    #[test]
    fn garbage_is_a_typed_error(mut bytes in proptest::collection::vec(any::<u8>(), 0..200), ours: bool) {
        if ours && bytes.len() > 5 {
            bytes[..5].copy_from_slice(&[1, 0, 0, 0, 1]);
        }
        let kind = kind(open(&keys(), HERE, &bytes));
        prop_assert!(matches!(kind, VaultErrorKind::Corrupt | VaultErrorKind::MissingKey));
    }
}
