//! Every type of an answer, from a sample with every documented member and back.

use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::*;
use crate::types::{AccountId, CallSessionId, ExtensionId, MessageId};

mod samples;

/// Reads a sample, writes it again, and sees that nothing was lost but what the sample itself calls unknown. A member of it
/// that is `null` says as much as one that is not there.
fn round_trip<T: Serialize + DeserializeOwned>(sample: &str) -> T {
    let read: T = serde_json::from_str(sample).unwrap_or_else(|error| panic!("{error} in {sample}"));
    let written = serde_json::to_value(&read).unwrap();
    let sample: Value = serde_json::from_str(sample).unwrap();
    let mut members = Vec::new();
    list_members(&sample, "", &mut members);
    for (object, name) in members {
        let is_read = |change: fn(&mut Map<String, Value>, &str)| {
            let mut changed = sample.clone();
            let object = changed.pointer_mut(&object).and_then(Value::as_object_mut);
            change(object.unwrap(), &name);
            serde_json::from_value::<T>(changed).is_ok()
        };
        let without = is_read(|object, name| drop(object.remove(name)));
        let with_null = is_read(|object, name| object[name] = Value::Null);
        assert_eq!(with_null, without, "{object}/{name} as null in {sample}");
    }
    assert_eq!(plain(written), plain(sample));
    read
}

/// Every member at every depth: the pointer to its object, and its name.
fn list_members(value: &Value, at: &str, members: &mut Vec<(String, String)>) {
    match value {
        Value::Object(object) => {
            for (name, value) in object {
                members.push((at.to_owned(), name.clone()));
                list_members(value, &format!("{at}/{name}"), members);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                list_members(item, &format!("{at}/{index}"), members);
            }
        }
        _ => {}
    }
}

/// JSON without the differences that mean nothing: ids as numbers or text, times with or without milliseconds, members that
/// are unknown, the other spelling of a file's name.
fn plain(value: Value) -> Value {
    match value {
        Value::Object(members) => members
            .into_iter()
            .filter(|(name, _)| name != "newfangled")
            .map(|(name, value)| {
                (
                    if name == "filename" {
                        "fileName".to_owned()
                    } else {
                        name
                    },
                    plain(value),
                )
            })
            .collect(),
        Value::Array(items) => items.into_iter().map(plain).collect(),
        Value::Number(number) if number.is_u64() => Value::String(number.to_string()),
        Value::String(text) => match text.parse::<Timestamp>() {
            Ok(time) => Value::String(time.to_string()),
            Err(_) => Value::String(text),
        },
        other => other,
    }
}

#[test]
fn every_documented_member_is_kept_and_unknown_ones_are_passed_over() {
    round_trip::<AccountInfo>(samples::ACCOUNT);
    round_trip::<ServiceInfo>(samples::SERVICE_INFO);
    round_trip::<BusinessAddress>(samples::BUSINESS_ADDRESS);
    round_trip::<ExtensionInfo>(samples::EXTENSION);
    round_trip::<PhoneNumberInfo>(samples::EXTENSION_NUMBER);
    round_trip::<PhoneNumberInfo>(samples::ACCOUNT_NUMBER);
    round_trip::<CallRecord>(samples::CALL);
    round_trip::<CallRecord>(samples::DETAILED_CALL);
    round_trip::<Recording>(samples::RECORDING);
    for message in [
        samples::SMS,
        samples::MMS,
        samples::FAX,
        samples::SENT_FAX,
        samples::VOICE_MAIL,
        samples::PAGER,
    ] {
        assert!(round_trip::<Message>(message).is_alive());
    }
    assert!(!round_trip::<Message>(samples::DELETED_MESSAGE).is_alive());
    round_trip::<Presence>(samples::PRESENCE);
    round_trip::<RingOut>(samples::RING_OUT);
    round_trip::<AuthzProfile>(samples::AUTHZ_PROFILE);
    round_trip::<PermissionCheck>(samples::PERMISSION_CHECK);
    round_trip::<Country>(samples::COUNTRY);
    round_trip::<State>(samples::STATE);
    round_trip::<Timezone>(samples::TIMEZONE);
    round_trip::<Language>(samples::LANGUAGE);
    round_trip::<Location>(samples::LOCATION);
    round_trip::<FaxCoverPage>(samples::FAX_COVER_PAGE);
    round_trip::<ApiVersions>(samples::API_VERSIONS);
    round_trip::<ApiVersion>(samples::API_VERSION);
}

#[test]
fn an_answer_with_only_what_is_required_is_read() {
    round_trip::<AccountInfo>(r#"{"id":900110022}"#);
    round_trip::<ServiceInfo>("{}");
    round_trip::<ExtensionInfo>(r#"{"id":"900110077001"}"#);
    round_trip::<PhoneNumberInfo>(r#"{"id":1}"#);
    for link in [r#"{"uri":"x"}"#, "{}"] {
        round_trip::<Country>(link);
        round_trip::<State>(link);
        round_trip::<RecordingRef>(link);
        round_trip::<MessageRef>(link);
    }
    for link in [r#"{"name":"x"}"#, "{}"] {
        round_trip::<Timezone>(link);
        round_trip::<Language>(link);
        round_trip::<FaxCoverPage>(link);
    }
    let extension = round_trip::<ExtensionInfo>(
        r#"{"id":1,"account":{"uri":"x"},"assignedCountry":{"name":"x"},"regionalSettings":{"language":{"name":"x"}}}"#,
    );
    assert_eq!(extension.account.unwrap().id, None);
    round_trip::<Message>(r#"{"id":1}"#);
    round_trip::<Presence>("{}");
    round_trip::<AuthzProfile>("{}");
    round_trip::<ApiVersions>("{}");
    let call = round_trip::<CallRecord>(
        r#"{"id":"a","uri":"x","sessionId":"1","startTime":"2026-03-09T18:04:11.000Z","type":"Voice",
            "direction":"Inbound","action":"Phone Call"}"#,
    );
    assert_eq!((call.from.label(), call.to.label()), ("unknown", "unknown"));
    assert!(serde_json::from_str::<CallRecord>(r#"{"id":"a"}"#).is_err());
    assert!(serde_json::from_str::<Recording>(r#"{"id":"a"}"#).is_err());
}

#[test]
fn ids_are_the_same_however_they_are_written() {
    let large = "9007199254740993";
    let message: Message = serde_json::from_str(&format!(
        r#"{{"id":{large},"extensionId":{large},"conversationId":"{large}"}}"#
    ))
    .unwrap();
    assert_eq!(message.id.as_u64(), 9_007_199_254_740_993);
    assert_eq!(message.extension_id, Some(ExtensionId::from(large)));
    assert_eq!(message.conversation_id.unwrap().to_string(), large);
    let extension: ExtensionInfo =
        serde_json::from_str(&format!(r#"{{"id":{large},"account":{{"id":"{large}"}}}}"#)).unwrap();
    assert_eq!(extension.id.as_str(), large);
    assert_eq!(extension.account.unwrap().id, Some(AccountId::from(large)));
    // A link writes as text what the message itself writes as a number.
    let message: Message = serde_json::from_str(&format!(
        r#"{{"id":1,"conversationId":{large},"conversation":{{"id":"{large}"}}}}"#
    ))
    .unwrap();
    assert_eq!(message.conversation.unwrap().id, message.conversation_id);
    let presence: Presence =
        serde_json::from_str(&format!(r#"{{"activeCalls":[{{"sessionId":{large}}}]}}"#)).unwrap();
    assert_eq!(
        presence.active_calls[0].session_id,
        Some(CallSessionId::from(large))
    );
    let call: CallRecord = serde_json::from_str(samples::CALL).unwrap();
    assert_eq!(call.message.unwrap().id, Some(MessageId::from(1_801)));
    // The call log links to messages by text; what is no number there costs nobody the call.
    for (id, expected) in [
        ("1801", Some(1_801)),
        ("\"1801\"", Some(1_801)),
        ("\"m-1801\"", None),
        ("null", None),
    ] {
        let link: MessageRef = serde_json::from_str(&format!(r#"{{"id":{id},"uri":"x"}}"#)).unwrap();
        assert_eq!(link.id, expected.map(MessageId::from), "{id}");
        assert_eq!(link.uri.as_deref(), Some("x"));
    }
    assert!(serde_json::from_str::<MessageRef>(r#"{"id":{}}"#).is_err());
}

#[test]
fn a_word_that_is_new_is_kept() {
    let sample = r#"{"id":1,"type":"Hologram","messageStatus":"Teleported","availability":"Hidden",
        "attachments":[{"id":2,"type":"Smell"}],"vmTranscriptionStatus":"Unknown"}"#;
    let message = round_trip::<Message>(sample);
    assert_eq!(message.kind, Some(MessageType::Unknown("Hologram".into())));
    assert_eq!(
        message.attachments[0].kind,
        Some(AttachmentType::Unknown("Smell".into()))
    );
}

/// One open enum: its name, the words that it knows, and one of them after reading and writing.
type Words = (
    &'static str,
    &'static [&'static str],
    fn(&str) -> (String, String),
);

macro_rules! words {
    ($($name:ident),+ $(,)?) => {
        [$((
            stringify!($name),
            $name::WORDS,
            |word| {
                let read: $name = serde_json::from_value(word.into()).unwrap();
                (format!("{read:?}"), serde_json::to_value(&read).unwrap().as_str().unwrap().to_owned())
            },
        )),+]
    };
}

#[test]
fn every_word_that_is_known_is_read_and_written_as_the_platform_spells_it() {
    let table: [Words; 50] = words![
        AccountStatus,
        AccountStatusReason,
        ActiveCallsConference,
        AttachmentType,
        Availability,
        CallAction,
        CallDirection,
        CallLogView,
        CallReason,
        CallResult,
        CallTransport,
        CallType,
        CallerIdVisibility,
        ContentDisposition,
        DelegationType,
        DndStatus,
        DurationUnit,
        ExtensionStatus,
        ExtensionStatusReason,
        ExtensionSubType,
        ExtensionType,
        FaxErrorCode,
        FaxResolution,
        FeatureName,
        ImageSize,
        InternalType,
        LegType,
        MeetingStatus,
        MessageDirection,
        MessagePriority,
        MessageStatus,
        MessageType,
        NumberType,
        PaymentType,
        PermissionScope,
        PhoneNumberFeature,
        PhoneNumberStatus,
        PlanType,
        PresenceStatus,
        PronouncedNameType,
        ReadStatus,
        RecordingFilter,
        RecordingKind,
        RingOutWord,
        SetupWizardState,
        SiteAccess,
        StatusGroup,
        TelephonyStatus,
        TimeFormat,
        TranscriptionStatus,
    ];
    for (name, words, read) in table {
        for word in words {
            let (debug, written) = read(word);
            assert!(!debug.starts_with("Unknown("), "{name}: {word} is not known");
            assert_eq!(written, *word, "{name}");
            let (debug, written) = read(&format!("{word}?"));
            assert_eq!(
                (debug, written),
                (format!("Unknown(\"{word}?\")"), format!("{word}?")),
                "{name}"
            );
        }
    }
    // As long as the platform's own lists, less their `Unknown`.
    for (words, count) in [
        (CallAction::WORDS, 35),
        (CallResult::WORDS, 44),
        (LegType::WORDS, 42),
        (FaxErrorCode::WORDS, 34),
        (UsageType::WORDS, 20),
        (FeatureName::WORDS, 60),
        (RingOutWord::WORDS, 17),
    ] {
        assert_eq!(words.len(), count, "{words:?}");
    }
}

#[test]
fn an_id_stays_one_segment_of_a_path() {
    for (id, path) in [
        ("~", "~"),
        ("900110022", "900110022"),
        ("a/b?c#d..", "a%2Fb%3Fc%23d%2E%2E"),
        ("1,2", "1%2C2"),
    ] {
        assert_eq!(segment(id), path);
    }
}
