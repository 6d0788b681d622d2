#![doc = include_str!("../README.md")]

mod api;
#[cfg(feature = "blocking")]
pub mod blocking;
mod bulk;
mod client;
mod clock;
mod config;
mod entropy;
mod error;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzzing;
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
    AccountApi, AccountInfo, AccountLimits, AccountRef, AccountStatus, AccountStatusInfo,
    AccountStatusReason, ActiveCall, ActiveCallsConference, ApiVersion, ApiVersions, Attachment,
    AttachmentType, AuthzProfile, Availability, Batch, BatchKind, Billing, BillingPlan, Brand,
    BusinessAddress, CallAction, CallDirection, CallInfo, CallInfoLine, CallLeg, CallLogView, CallParty,
    CallQueueInfo, CallReason, CallRecord, CallResult, CallTransport, CallType, CallerIdVisibility, Contact,
    ContactCenterProvider, ContentDisposition, ConversationRef, CostCenter, Country, Currency, CustomField,
    Delegate, DelegationType, DeleteCalls, DeleteMessages, DepartmentRef, DeviceRef, Dictionary, DndStatus,
    DurationUnit, EffectiveRole, Enabled, ExtensionApi, ExtensionInfo, ExtensionPermissions, ExtensionRef,
    ExtensionStatus, ExtensionStatusInfo, ExtensionStatusReason, ExtensionSubType, ExtensionType,
    ExtensionUpdate, Fax, FaxCoverPage, FaxErrorCode, FaxResolution, FeatureName, GrantedPermission,
    ImageLink, ImageSize, InternalType, Language, LegType, List, ListCalls, ListExtensions, ListMessages,
    ListPhoneNumbers, ListPresence, Location, MeetingStatus, Message, MessageChange, MessageDirection,
    MessageOwner, MessageParty, MessagePriority, MessageRef, MessageStatus, MessageType, Mms, NumberType,
    Operator, PagerMessage, PaymentType, Permission, PermissionCheck, PermissionScope, PhoneNumberFeature,
    PhoneNumberInfo, PhoneNumberStatus, PlanType, PostalAddress, Presence, PresenceExtension, PresenceStatus,
    PresenceUpdate, ProfileImage, Prompt, PronouncedName, PronouncedNameType, ReadStatus, Recording,
    RecordingFilter, RecordingKind, RecordingRef, Reference, RegionalSettings, Request, ResendFax, RingOut,
    RingOutCall, RingOutStatus, RingOutWord, Role, SendFax, SendMms, SendSms, ServiceFeature, ServiceInfo,
    ServicePlan, SetupWizardState, SignupInfo, SipData, Site, SiteAccess, Sms, State, StatusGroup, SyncCalls,
    SyncMessages, SyncToken, Synchronization, TelephonySessionRef, TelephonyStatus, TemporaryNumber,
    TimeFormat, Timezone, TranscriptionStatus, UBrand, UsageType,
};
pub use bulk::{Bulk, BulkItem};
pub use client::{Client, ClientBuilder};
pub use clock::{Clock, ManualClock, SystemClock};
pub use config::{App, PRODUCTION};
pub use entropy::{Entropy, OsEntropy};
pub use error::{Error, ErrorDetail, ErrorKind, ErrorParameter, Explanation, Result};
pub use http::{
    Body, Download, DownloadStream, Downloaded, Multipart, Observation, Part, Priority, Progress,
    RateLimitPolicy, RequestBuilder, Response, RetryPolicy, Transport, TransportError, TransportErrorKind,
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
pub use types::{
    AccountId, ActiveCallId, AttachmentId, BillingPlanId, BrandId, CallRecordId, CallSessionId,
    ContactCenterProviderId, ConversationId, CostCenterId, CountryId, CurrencyId, CustomFieldId, DeviceId,
    ExtensionId, FaxCoverPageId, ForwardingNumberId, LanguageId, MessageId, PartyId, PermissionId,
    PhoneNumber, PhoneNumberId, PromptId, RecipientId, RecordingId, RingOutId, RoleId, ServicePlanId, SiteId,
    StateId, TelephonySessionId, TimezoneId,
};

/// What the page on observability shows compiles.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/observability.md")]
struct ObservabilityPage;
