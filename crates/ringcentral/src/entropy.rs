//! Randomness as an argument: the only file that asks the system for random bytes.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

/// Where a [`Client`](crate::Client) gets random bytes from: `state`, PKCE verifiers, jitter.
///
/// ```
/// use std::sync::Arc;
///
/// use ringcentral::{App, Client, Entropy};
///
/// /// Every test run sees the same bytes. Only for tests: whoever can guess them can steal a login.
/// #[derive(Debug)]
/// struct Sevens;
///
/// impl Entropy for Sevens {
///     fn fill(&self, bytes: &mut [u8]) {
///         bytes.fill(7);
///     }
/// }
///
/// # fn main() -> ringcentral::Result<()> {
/// let client = Client::builder(App::public("my-client-id")).entropy(Arc::new(Sevens)).build()?;
/// # drop(client);
/// # Ok(()) }
/// ```
pub trait Entropy: Send + Sync + fmt::Debug + 'static {
    /// Fills `bytes` with bytes that nobody can guess.
    fn fill(&self, bytes: &mut [u8]);
}

/// The operating system's generator.
#[derive(Clone, Copy, Debug, Default)]
pub struct OsEntropy;

impl Entropy for OsEntropy {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that asks the system for randomness"
    )]
    fn fill(&self, bytes: &mut [u8]) {
        // Without randomness nothing that follows would be safe, and a system that has none is beyond repair.
        getrandom::fill(bytes).expect("the operating system provides random bytes");
    }
}

/// 256 random bits as 43 characters of base64url: what RFC 7636 asks of a verifier, and ample for a `state`.
pub(crate) fn random_token(entropy: &dyn Entropy) -> Zeroizing<String> {
    let mut bytes = Zeroizing::new([0_u8; 32]);
    entropy.fill(bytes.as_mut());
    Zeroizing::new(URL_SAFE_NO_PAD.encode(bytes.as_ref()))
}

/// A number in `0.0 .. 1.0`, for jitter.
pub(crate) fn fraction(entropy: &dyn Entropy) -> f64 {
    let mut bytes = [0_u8; 4];
    entropy.fill(&mut bytes);
    f64::from(u32::from_le_bytes(bytes)) / (f64::from(u32::MAX) + 1.0)
}
