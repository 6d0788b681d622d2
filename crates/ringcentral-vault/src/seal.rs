//! Sealing: XChaCha20-Poly1305, bound to the place where the bytes are stored.
//!
//! ```text
//! layout version (1 byte) | key id (4, big endian) | nonce (24) | ciphertext and tag (16 more than the plaintext)
//! ```
//!
//! The associated data names table, column and row and repeats layout version and key id. Bytes that were copied to
//! another row, column or table therefore do not open there.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use ringcentral::Entropy;
use zeroize::Zeroizing;

use crate::error::{Result, VaultError, VaultErrorKind};
use crate::keyring::{Key, Keyring};

const LAYOUT: u8 = 1;
const KEY_ID_BYTES: usize = 4;
const NONCE_BYTES: usize = 24;
const HEADER_BYTES: usize = 1 + KEY_ID_BYTES + NONCE_BYTES;

/// Where sealed bytes are stored, and the only place where they open.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'a> {
    pub(crate) table: &'static str,
    pub(crate) column: &'static str,
    pub(crate) row: &'a str,
}

/// Sealed bytes and the id of the key that opens them, which is stored beside them for counting.
pub(crate) struct Sealed {
    pub(crate) bytes: Vec<u8>,
    pub(crate) key_id: u32,
}

/// Seals with the first key of the ring.
pub(crate) fn seal(keys: &Keyring, entropy: &dyn Entropy, place: Place<'_>, plaintext: &[u8]) -> Sealed {
    let key = keys.sealing();
    let mut nonce = [0; NONCE_BYTES];
    entropy.fill(&mut nonce);

    let aad = associated_data(place, key.id);
    let payload = Payload {
        msg: plaintext,
        aad: &aad,
    };
    let ciphertext = cipher(key)
        .encrypt(&XNonce::from(nonce), payload)
        .expect("a token set is far below the cipher's limit of 256 GiB");

    let mut bytes = Vec::with_capacity(HEADER_BYTES + ciphertext.len());
    bytes.push(LAYOUT);
    bytes.extend_from_slice(&key.id.to_be_bytes());
    bytes.extend_from_slice(&nonce);
    bytes.extend_from_slice(&ciphertext);
    Sealed {
        bytes,
        key_id: key.id,
    }
}

/// Opens what [`seal`] made for this place; anything else is an error that names the place.
pub(crate) fn open(keys: &Keyring, place: Place<'_>, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
    let corrupt = |what: &str| {
        let Place { table, row, .. } = place;
        VaultError::new(
            VaultErrorKind::Corrupt,
            format!("the sealed row {row} of {table} {what}; it was left as it is"),
        )
    };

    let Some((header, ciphertext)) = sealed.split_at_checked(HEADER_BYTES) else {
        return Err(corrupt("is too short"));
    };
    if header[0] != LAYOUT {
        return Err(corrupt("has a layout that this version does not know"));
    }
    let (key_id, nonce) = header[1..].split_at(KEY_ID_BYTES);
    let key_id = u32::from_be_bytes(key_id.try_into().expect("split at its length"));
    let nonce: [u8; NONCE_BYTES] = nonce.try_into().expect("the rest of the header");

    let Some(key) = keys.get(key_id) else {
        return Err(missing_key(key_id));
    };
    let aad = associated_data(place, key_id);
    let payload = Payload {
        msg: ciphertext,
        aad: &aad,
    };
    cipher(key)
        .decrypt(&XNonce::from(nonce), payload)
        .map(Zeroizing::new)
        .map_err(|_| {
            corrupt(&format!(
                "does not open with key {key_id}: it was changed, or belongs elsewhere"
            ))
        })
}

/// The error for rows whose key the ring does not hold.
pub(crate) fn missing_key(key_id: u32) -> VaultError {
    VaultError::new(
        VaultErrorKind::MissingKey,
        format!(
            "the vault has rows sealed with key {key_id}, which the key ring does not hold; add that key again"
        ),
    )
}

fn cipher(key: &Key) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new_from_slice(key.bytes.as_slice()).expect("a key has 32 bytes")
}

/// Every part with its length in front, so that no two places share one encoding.
fn associated_data(place: Place<'_>, key_id: u32) -> Vec<u8> {
    let mut aad = vec![LAYOUT];
    aad.extend_from_slice(&key_id.to_be_bytes());
    for part in [place.table, place.column, place.row] {
        aad.extend_from_slice(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        aad.extend_from_slice(part.as_bytes());
    }
    aad
}

#[cfg(test)]
mod tests;
