#![doc = include_str!("../README.md")]

mod api;
mod client;
mod clock;
mod config;
mod entropy;
mod error;
mod http;
mod oauth;
mod paging;
mod secret;
mod session;
mod sync;
mod types;

/// A future that a store, transport or clock returns; boxed, so that their traits stay object safe.
pub type BoxFuture<'a, T> = std::pin::Pin<Box<dyn Future<Output = T> + Send + 'a>>;

pub use api::{
    AccountApi, AccountInfo, AccountRef, Attachment, CallDirection, CallLogView, CallParty, CallRecord,
    CallType, Contact, ExtensionApi, ExtensionInfo, ExtensionStatus, ExtensionType, List, ListCalls,
    ListExtensions, ListMessages, ListPhoneNumbers, Message, MessageDirection, MessageParty, MessageStatus,
    MessageType, Named, Operator, PhoneNumberInfo, RecordingRef, SendSms, ServiceInfo, Sms,
};
pub use client::{Client, ClientBuilder};
pub use clock::{Clock, ManualClock, SystemClock};
pub use config::{App, PRODUCTION};
pub use entropy::{Entropy, OsEntropy};
pub use error::{Error, ErrorKind, Result};
pub use http::{
    Priority, RateLimitPolicy, RawResponse, RequestBuilder, Response, RetryPolicy, Transport, TransportError,
    TransportErrorKind,
};
#[cfg(feature = "loopback")]
pub use oauth::loopback;
pub use oauth::{Authorization, AuthorizationBuilder, Grant, Logout, OAuth, Pending, Redirect};
pub use paging::{Link, Navigation, Page, Paging};
pub use secret::{
    AccessToken, Assertion, AuthorizationCode, ClientSecret, CodeVerifier, Password, RefreshToken,
};
#[cfg(feature = "keyring")]
pub use session::KeyringTokenStore;
pub use session::{
    Claim, Commit, FileTokenStore, Freshness, ImportError, Lease, LoginKind, MemoryTokenStore, RateWindow,
    RefreshOutcome, StoreError, StoreErrorKind, Stored, TokenInfo, TokenSet, TokenStore, Version,
};
pub use types::{AccountId, ExtensionId, PhoneNumber};
