//! The seed file as it is written. `docs/emulator/seed.md` says what each key means.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;
use toml::Spanned;

use super::SeedError;
use crate::request::parse_time;

/// Text whose line is known.
pub(super) type Text = Spanned<String>;

/// A row of a table as it is stored: column and value.
pub(super) type Row = BTreeMap<String, toml::Value>;

/// A type whose values are words of the platform.
macro_rules! words {
    ($name:ident { $($variant:ident = $text:literal),* $(,)? }) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
        pub(super) enum $name { $(#[serde(rename = $text)] $variant),* }

        impl $name {
            pub(super) fn text(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }
        }
    };
}

words!(Status {
    Enabled = "Enabled",
    Disabled = "Disabled",
    Frozen = "Frozen",
    NotActivated = "NotActivated",
    Unassigned = "Unassigned",
});

words!(Kind {
    User = "User",
    FaxUser = "FaxUser",
    VirtualUser = "VirtualUser",
    DigitalUser = "DigitalUser",
    Department = "Department",
    Announcement = "Announcement",
    Voicemail = "Voicemail",
    SharedLinesGroup = "SharedLinesGroup",
    PagingOnly = "PagingOnly",
    IvrMenu = "IvrMenu",
    ApplicationExtension = "ApplicationExtension",
    ParkLocation = "ParkLocation",
    Limited = "Limited",
    Bot = "Bot",
    Site = "Site",
    Room = "Room",
});

words!(Grant {
    AuthorizationCode = "authorization_code",
    RefreshToken = "refresh_token",
    Password = "password",
    Jwt = "urn:ietf:params:oauth:grant-type:jwt-bearer",
});

words!(Usage {
    MainCompany = "MainCompanyNumber",
    Company = "CompanyNumber",
    AdditionalCompany = "AdditionalCompanyNumber",
    Direct = "DirectNumber",
    CompanyFax = "CompanyFaxNumber",
    Forwarded = "ForwardedNumber",
    ForwardedCompany = "ForwardedCompanyNumber",
    ContactCenter = "ContactCenterNumber",
    Conferencing = "ConferencingNumber",
    BusinessMobile = "BusinessMobileNumber",
});

words!(NumberKind {
    VoiceFax = "VoiceFax",
    VoiceOnly = "VoiceOnly",
    FaxOnly = "FaxOnly",
});

words!(Feature {
    CallerId = "CallerId",
    SmsSender = "SmsSender",
    A2pSmsSender = "A2PSmsSender",
    MmsSender = "MmsSender",
    InternationalSmsSender = "InternationalSmsSender",
    Delegated = "Delegated",
});

words!(Direction {
    Inbound = "Inbound",
    Outbound = "Outbound",
});

words!(CallKind {
    Voice = "Voice",
    Fax = "Fax",
});

words!(Recording {
    Automatic = "Automatic",
    OnDemand = "OnDemand",
});

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(super) enum MessageKind {
    #[serde(rename = "SMS")]
    Sms,
    VoiceMail,
    Fax,
    Pager,
}

words!(MessageStatus {
    Queued = "Queued",
    Sent = "Sent",
    Delivered = "Delivered",
    Received = "Received",
    SendingFailed = "SendingFailed",
    DeliveryFailed = "DeliveryFailed",
});

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct File {
    pub(super) version: Option<Spanned<i64>>,
    pub(super) start: Option<Text>,
    pub(super) frozen: bool,
    pub(super) settings: Option<Spanned<toml::Value>>,
    pub(super) defaults: Defaults,
    pub(super) apps: Vec<App>,
    pub(super) accounts: Vec<Account>,
    pub(super) rows: BTreeMap<String, Vec<Row>>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Defaults {
    pub(super) app: Option<Text>,
    pub(super) public_app: Option<Text>,
    pub(super) user: Option<Text>,
    pub(super) from: Option<Text>,
    pub(super) to: Option<Text>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct App {
    pub(super) client_id: Text,
    pub(super) client_secret: Option<Text>,
    pub(super) public_key: Option<Text>,
    pub(super) name: Option<String>,
    pub(super) grants: Option<Vec<Grant>>,
    pub(super) permissions: Option<Vec<Text>>,
    #[serde(default = "yes")]
    pub(super) refresh_tokens: bool,
    pub(super) redirect_uris: Option<Vec<Text>>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Account {
    pub(super) id: Option<Spanned<i64>>,
    pub(super) company: String,
    pub(super) main_number: Text,
    pub(super) operator: Option<Text>,
    pub(super) location: Option<String>,
    pub(super) created: Option<Text>,
    #[serde(default)]
    pub(super) users: Vec<User>,
    #[serde(default)]
    pub(super) extensions: Vec<Other>,
    #[serde(default)]
    pub(super) phone_numbers: Vec<PhoneNumber>,
    #[serde(default)]
    pub(super) calls: Vec<Call>,
    #[serde(default)]
    pub(super) messages: Vec<Message>,
    pub(super) generate: Option<Generate>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct User {
    pub(super) extension: Text,
    pub(super) id: Option<Spanned<i64>>,
    pub(super) first_name: String,
    pub(super) last_name: String,
    pub(super) email: Option<Text>,
    pub(super) password: String,
    pub(super) number: Option<Text>,
    #[serde(default = "enabled")]
    pub(super) status: Status,
    #[serde(default)]
    pub(super) locked: bool,
    pub(super) wrong_passwords: Option<Spanned<i64>>,
    pub(super) locked_until: Option<Text>,
    pub(super) mfa_code: Option<String>,
    #[serde(default)]
    pub(super) admin: bool,
    pub(super) permissions: Option<Vec<Text>>,
    pub(super) job_title: Option<String>,
    pub(super) department: Option<String>,
    pub(super) mobile_phone: Option<Text>,
    #[serde(default)]
    pub(super) hidden: bool,
    pub(super) created: Option<Text>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Other {
    pub(super) extension: Option<Text>,
    pub(super) id: Option<Spanned<i64>>,
    pub(super) name: String,
    #[serde(rename = "type")]
    pub(super) kind: Kind,
    #[serde(default = "enabled")]
    pub(super) status: Status,
    pub(super) number: Option<Text>,
    #[serde(default)]
    pub(super) hidden: bool,
    pub(super) created: Option<Text>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PhoneNumber {
    pub(super) number: Text,
    pub(super) id: Option<Spanned<i64>>,
    pub(super) extension: Option<Text>,
    pub(super) usage: Option<Usage>,
    #[serde(rename = "type", default = "voice_fax")]
    pub(super) kind: NumberKind,
    pub(super) features: Option<Vec<Feature>>,
    pub(super) label: Option<String>,
    pub(super) location: Option<String>,
    #[serde(default)]
    pub(super) primary: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Call {
    pub(super) owner: Text,
    #[serde(default = "inbound")]
    pub(super) direction: Direction,
    pub(super) other: Option<Text>,
    pub(super) name: Option<String>,
    pub(super) location: Option<String>,
    #[serde(rename = "type", default = "voice")]
    pub(super) kind: CallKind,
    pub(super) result: Option<Text>,
    pub(super) duration: Option<Spanned<i64>>,
    pub(super) recording: Option<Recording>,
    pub(super) text: Option<String>,
    pub(super) pages: Option<Spanned<i64>>,
    pub(super) at: Option<Text>,
    pub(super) ago: Option<Text>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Message {
    pub(super) owner: Text,
    #[serde(rename = "type", default = "sms")]
    pub(super) kind: MessageKind,
    #[serde(default = "inbound")]
    pub(super) direction: Direction,
    pub(super) other: Option<Text>,
    pub(super) name: Option<String>,
    pub(super) location: Option<String>,
    pub(super) text: Option<Text>,
    pub(super) duration: Option<Spanned<i64>>,
    pub(super) pages: Option<Spanned<i64>>,
    #[serde(default)]
    pub(super) read: bool,
    pub(super) status: Option<MessageStatus>,
    pub(super) at: Option<Text>,
    pub(super) ago: Option<Text>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Generate {
    #[serde(default = "one")]
    pub(super) seed: u64,
    #[serde(default)]
    pub(super) calls: Option<Spanned<i64>>,
    #[serde(default)]
    pub(super) messages: Option<Spanned<i64>>,
    pub(super) days: Option<Spanned<i64>>,
}

fn yes() -> bool {
    true
}
fn one() -> u64 {
    1
}
fn enabled() -> Status {
    Status::Enabled
}
fn voice_fax() -> NumberKind {
    NumberKind::VoiceFax
}
fn inbound() -> Direction {
    Direction::Inbound
}
fn voice() -> CallKind {
    CallKind::Voice
}
fn sms() -> MessageKind {
    MessageKind::Sms
}

impl File {
    /// The moment at which the clock starts.
    pub(super) fn starts_at(&self) -> Option<Timestamp> {
        parse_time(self.start.as_ref()?.get_ref())
    }
}

/// Reads the text. Unknown keys, wrong types and unknown words are refused here; what one key says about another, in
/// [`super::check`].
pub(super) fn read(text: &str) -> Result<File, SeedError> {
    let document = toml::Deserializer::parse(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        SeedError::new("", error.message().trim()).at(text, at)
    })?;
    serde_path_to_error::deserialize(document).map_err(|error| {
        let key = error
            .path()
            .to_string()
            .replace(".$__serde_spanned_private_value", "");
        let key = if key == "." { String::new() } else { key };
        let cause = error.into_inner();
        let at = cause.span().map_or(0, |span| span.start);
        SeedError::new(key, cause.message().trim()).at(text, at)
    })
}
