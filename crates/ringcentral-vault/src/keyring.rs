//! The keys that seal and open what the vault stores.

use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use ringcentral::Entropy;
use zeroize::Zeroizing;

use crate::error::{Result, VaultError, VaultErrorKind};

const KEY_BYTES: usize = 32;

const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const BASE64: GeneralPurpose = GeneralPurpose::new(&STANDARD, LENIENT);
const BASE64_URL: GeneralPurpose = GeneralPurpose::new(&URL_SAFE, LENIENT);

/// Keys by id: the first one seals, every one opens.
///
/// To change keys without a pause: add the new key behind the old one everywhere, then put it first everywhere, call
/// [`Vault::rotate_keys`](crate::Vault::rotate_keys), and drop the old key once
/// [`Vault::rows_by_key`](crate::Vault::rows_by_key) no longer counts a row for it.
///
/// Cheap to clone; the keys are wiped from memory with the last clone.
///
/// ```
/// use ringcentral_vault::Keyring;
///
/// let keys = Keyring::parse("2:gIGCg4SFhoeIiYqLjI2Oj5CRkpOUlZaXmJmam5ydnp8=,1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")?;
/// assert_eq!(keys.ids().collect::<Vec<_>>(), [2, 1]);
/// # Ok::<(), ringcentral_vault::VaultError>(())
/// ```
#[derive(Clone)]
pub struct Keyring {
    keys: Arc<[Key]>,
}

/// One 256-bit key and the number that rows remember it by.
pub(crate) struct Key {
    pub(crate) id: u32,
    pub(crate) bytes: Zeroizing<[u8; KEY_BYTES]>,
}

impl Keyring {
    /// A ring of one key.
    pub fn from_key(id: u32, key: [u8; KEY_BYTES]) -> Self {
        let bytes = Zeroizing::new(key);
        Self {
            keys: Arc::new([Key { id, bytes }]),
        }
    }

    /// A ring of one new random key with the id 1. [`Self::to_secret_text`] is how to keep it.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        let mut bytes = Zeroizing::new([0; KEY_BYTES]);
        entropy.fill(bytes.as_mut());
        Self {
            keys: Arc::new([Key { id: 1, bytes }]),
        }
    }

    /// Reads `id:base64`, several joined by commas: ids are numbers, keys are 32 bytes in base64 of either alphabet.
    ///
    /// # Errors
    ///
    /// [`VaultErrorKind::Config`] when there is no key, an id is not a number or comes twice, or a key is not 32
    /// bytes of base64. The message names the entry by its place and its id, and never repeats its text.
    pub fn parse(text: &str) -> Result<Self> {
        let mut keys: Vec<Key> = Vec::new();
        for (place, entry) in (1..).zip(text.trim().split(',')) {
            let key = parse_key(place, entry.trim())?;
            if keys.iter().any(|other| other.id == key.id) {
                return Err(config(format!("key id {} comes twice in the key ring", key.id)));
            }
            keys.push(key);
        }
        Ok(Self { keys: keys.into() })
    }

    /// The text that [`Self::parse`] reads: for the file or secret store that keeps the keys, and for nothing else.
    pub fn to_secret_text(&self) -> Zeroizing<String> {
        // The exact size, so that no smaller buffer with a part of a key is left behind in memory.
        let mut text = Zeroizing::new(String::with_capacity(self.keys.len() * 64));
        for (place, key) in self.keys.iter().enumerate() {
            if place > 0 {
                text.push(',');
            }
            text.push_str(&key.id.to_string());
            text.push(':');
            BASE64.encode_string(key.bytes.as_slice(), &mut text);
        }
        text
    }

    /// The ids in the order of the ring: the first one seals.
    pub fn ids(&self) -> impl Iterator<Item = u32> {
        self.keys.iter().map(|key| key.id)
    }

    pub(crate) fn sealing(&self) -> &Key {
        &self.keys[0]
    }

    pub(crate) fn get(&self, id: u32) -> Option<&Key> {
        self.keys.iter().find(|key| key.id == id)
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids: Vec<u32> = self.ids().collect();
        f.debug_struct("Keyring")
            .field("ids", &ids)
            .finish_non_exhaustive()
    }
}

fn parse_key(place: usize, entry: &str) -> Result<Key> {
    let Some((id, text)) = entry.split_once(':') else {
        return Err(config(format!(
            "key {place} of the key ring is not of the form id:base64"
        )));
    };
    // An id that is not a number may be a piece of a key, so it is not shown.
    let id: u32 = id
        .parse()
        .map_err(|_| config(format!("the id of key {place} of the key ring is not a number")))?;

    let mut bytes = Zeroizing::new(Vec::with_capacity(64));
    let decoded = if text.contains(['-', '_']) {
        BASE64_URL.decode_vec(text, &mut bytes)
    } else {
        BASE64.decode_vec(text, &mut bytes)
    };
    match (decoded, bytes.as_slice().try_into()) {
        (Ok(()), Ok(key)) => Ok(Key {
            id,
            bytes: Zeroizing::new(key),
        }),
        _ => Err(config(format!(
            "key {id} of the key ring is not {KEY_BYTES} bytes of base64"
        ))),
    }
}

fn config(message: String) -> VaultError {
    VaultError::new(VaultErrorKind::Config, message)
}

#[cfg(test)]
mod tests;
