//! A text message, or one with pictures, whose answer is lost, and the look into the message store that settles it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::Method;
use ringcentral::{Clock as _, Error, ErrorKind, Message, Part, PhoneNumber, SendSms, TransportErrorKind};
use serde_json::{Value, json};

use super::script::{
    Answer, Asked, Platform, builder, clock, drive, logged_in, ok, status, tokens, with_header,
};

const FROM: &str = "+16505550101";
const TO: &str = "+14155550123";
/// The platform's time of the first look.
const NOW: &str = "Sat, 21 Nov 2026 12:00:00 GMT";

/// A message of the store.
fn message(id: u64, text: &str, made: &str) -> Value {
    json!({
        "id": id, "type": "SMS", "direction": "Outbound", "subject": text, "creationTime": made,
        "from": { "phoneNumber": FROM }, "to": [{ "phoneNumber": TO }], "messageStatus": "Queued",
    })
}

/// What becomes of a message that is sent, and its answer.
type Sending = fn(&mut Vec<Value>) -> Answer;

/// A platform with a message store.
#[derive(Default)]
struct Store {
    messages: Vec<Value>,
    /// What happens to a message that is sent: stored or not, and its answer.
    sending: Option<Sending>,
    /// How many looks are refused, once the message has gone out.
    refused_looks: usize,
    /// How many looks show nothing new.
    blind_looks: usize,
    sent: bool,
}

impl Store {
    fn answer(&mut self, asked: &Asked) -> Answer {
        if asked.uri.ends_with("/oauth/token") {
            return tokens(1);
        }
        if asked.method == Method::POST.as_str() {
            assert!(!self.sent, "it was sent twice");
            self.sent = true;
            return self.sending.expect("a message is sent")(&mut self.messages);
        }
        assert!(
            asked
                .uri
                .contains("/message-store?messageType=SMS&direction=Outbound&perPage=100"),
            "{}",
            asked.uri
        );
        assert_eq!(
            asked.uri.contains("dateFrom=2026-11-21T11%3A59%3A50Z"),
            self.sent,
            "{}",
            asked.uri
        );
        if self.sent && self.refused_looks > 0 {
            self.refused_looks -= 1;
            return status(403, "");
        }
        let hidden = usize::from(self.sent && self.blind_looks > 0);
        self.blind_looks -= hidden.min(self.blind_looks);
        let records = &self.messages[..self.messages.len() - hidden.min(self.messages.len())];
        with_header(
            ok(&json!({ "records": records, "paging": {}, "navigation": {} }).to_string()),
            "date",
            NOW,
        )
    }
}

/// Sends a text on that platform. How it ended, how many requests the store got, and how long it took.
async fn send(
    store: Store,
    change: impl FnOnce(SendSms) -> SendSms,
) -> (Result<Message, Error>, usize, Duration) {
    let store = Arc::new(Mutex::new(store));
    let platform = Platform::new(move |asked| store.lock().unwrap().answer(asked));
    let clock = clock();
    let client = logged_in(builder(&platform, &clock)).await;
    let sms = client
        .me()
        .sms()
        .send_text(&number(FROM), "Your table is ready")
        .to(&number(TO));
    let started = clock.now();
    let result = drive(&clock, Duration::from_millis(500), change(sms).send()).await;
    let spent = clock.now().duration_since(started).unsigned_abs();
    (result, platform.count("/message-store", ""), spent)
}

const TEXT: &str = "Your table is ready";
const AFTER: &str = "2026-11-21T12:00:01.000Z";

fn stored_and_lost(messages: &mut Vec<Value>) -> Answer {
    messages.push(message(7, TEXT, AFTER));
    Err(TransportErrorKind::Lost)
}

fn lost(_: &mut Vec<Value>) -> Answer {
    Err(TransportErrorKind::Timeout)
}

#[tokio::test(start_paused = true)]
async fn without_the_check_a_lost_answer_is_reported_and_nothing_is_looked_at() {
    let store = Store {
        sending: Some(stored_and_lost),
        ..Store::default()
    };
    let (result, looks, _) = send(store, |sms| sms).await;
    assert!(result.unwrap_err().is_outcome_unknown());
    assert_eq!(looks, 0);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_came_needs_no_second_look() {
    let sending: Sending = |_| ok(r#"{"id":7}"#);
    let store = Store {
        sending: Some(sending),
        ..Store::default()
    };
    let (result, looks, _) = send(store, |sms| sms.check_store(true)).await;
    assert_eq!((result.unwrap().id.as_u64(), looks), (7, 1));
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_no_lost_answer() {
    let sending: Sending = |_| status(400, r#"{"errorCode":"MSG-245"}"#);
    let store = Store {
        sending: Some(sending),
        ..Store::default()
    };
    let (result, looks, _) = send(store, |sms| sms.check_store(true)).await;
    assert_eq!((result.unwrap_err().code(), looks), (Some("MSG-245"), 1));
}

#[tokio::test(start_paused = true)]
async fn a_message_that_is_in_the_store_was_sent() {
    let unreadable: Sending = |messages| {
        stored_and_lost(messages).unwrap_err();
        ok("<html>")
    };
    // What becomes of the answer, looks that fail, looks that come too early; looks in all, and seconds.
    let table: [(&str, Sending, usize, usize, usize, u64); 5] = [
        ("the answer is lost", stored_and_lost, 0, 0, 2, 1),
        ("it cannot be read", unreadable, 0, 0, 2, 1),
        ("the first look fails", stored_and_lost, 1, 0, 3, 3),
        ("the store is late", stored_and_lost, 0, 2, 4, 7),
        ("the last look shows it", stored_and_lost, 2, 1, 5, 15),
    ];
    for (name, sending, refused_looks, blind_looks, looks, seconds) in table {
        let store = Store {
            sending: Some(sending),
            refused_looks,
            blind_looks,
            ..Store::default()
        };
        let (result, looked, spent) = send(store, |sms| sms.check_store(true)).await;
        assert_eq!(result.unwrap().id.as_u64(), 7, "{name}");
        assert_eq!((looked, spent.as_secs()), (looks, seconds), "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn another_message_is_never_taken_for_it() {
    let other = |change: fn(&mut Value)| {
        let mut message = message(8, TEXT, AFTER);
        change(&mut message);
        message
    };
    // What the store holds before, and what is in it after: nothing of that is the message that was lost.
    let table: [(&str, Vec<Value>, Vec<Value>); 7] = [
        ("nothing", vec![], vec![]),
        (
            "an equal one that was sent before",
            vec![message(6, TEXT, "2026-11-21T11:59:59.900Z")],
            vec![],
        ),
        (
            "an equal one that was made before, and is shown late",
            vec![],
            vec![message(6, TEXT, "2026-11-21T11:59:30.000Z")],
        ),
        (
            "another text",
            vec![],
            vec![other(|message| message["subject"] = json!("Your table is gone"))],
        ),
        (
            "another recipient",
            vec![],
            vec![other(|message| {
                message["to"][0]["phoneNumber"] = json!("+14155550124");
            })],
        ),
        (
            "one recipient more",
            vec![],
            vec![other(|message| {
                message["to"] = json!([{ "phoneNumber": TO }, { "phoneNumber": "+14155550124" }]);
            })],
        ),
        (
            "another sender",
            vec![],
            vec![other(|message| {
                message["from"]["phoneNumber"] = json!("+16505550102");
            })],
        ),
    ];
    for (name, before, after) in table {
        let platform_store = Arc::new(Mutex::new(Store {
            messages: before,
            sending: Some(lost),
            ..Store::default()
        }));
        let shared = Arc::clone(&platform_store);
        let platform = Platform::new(move |asked| {
            let mut store = shared.lock().unwrap();
            let answer = store.answer(asked);
            if asked.uri.ends_with("/sms") {
                store.messages.extend(after.iter().cloned());
            }
            answer
        });
        let clock = clock();
        let client = logged_in(builder(&platform, &clock)).await;
        let sms = client
            .me()
            .sms()
            .send_text(&number(FROM), TEXT)
            .to(&number(TO))
            .check_store(true);
        let error = drive(&clock, Duration::from_millis(500), sms.send())
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::OutcomeUnknown, "{name}");
        assert!(
            error.to_string().contains("did not show the message"),
            "{name}: {error}"
        );
        assert!(std::error::Error::source(&error).is_some(), "{name}");
        assert_eq!(
            platform.count("/message-store", ""),
            5,
            "{name}: once before, four times after"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn of_two_equal_texts_that_were_sent_on_purpose_the_second_is_found() {
    let store = Store {
        messages: vec![message(6, TEXT, "2026-11-21T11:59:59.900Z")],
        sending: Some(stored_and_lost),
        ..Store::default()
    };
    let (result, ..) = send(store, |sms| sms.check_store(true)).await;
    assert_eq!(result.unwrap().id.as_u64(), 7);
}

#[tokio::test(start_paused = true)]
async fn of_several_equal_texts_that_came_since_the_first_one_is_ours() {
    // Another program sent the same text a moment later. The store shows the newest first.
    let sending: Sending = |messages| {
        messages.push(message(9, TEXT, "2026-11-21T12:00:03.000Z"));
        messages.push(message(8, TEXT, "2026-11-21T12:00:02.000Z"));
        stored_and_lost(messages)
    };
    let later_number: Sending = |messages| {
        messages.push(message(5, TEXT, "2026-11-21T12:00:02.000Z"));
        stored_and_lost(messages)
    };
    let earlier_number: Sending = |messages| {
        messages.push(message(8, TEXT, AFTER));
        stored_and_lost(messages)
    };
    for (name, sending) in [
        ("three one after the other", sending),
        ("one whose number is lower, made later", later_number),
        ("two at the same time", earlier_number),
    ] {
        let store = Store {
            sending: Some(sending),
            ..Store::default()
        };
        let (result, ..) = send(store, |sms| sms.check_store(true)).await;
        assert_eq!(result.unwrap().id.as_u64(), 7, "{name}");
    }
}

/// A message of the store with so many pictures.
fn with_pictures(mut message: Value, count: usize) -> Value {
    let pictures =
        (0..count).map(|n| json!({ "id": n, "type": "MmsAttachment", "contentType": "image/png" }));
    let text = json!({ "id": 100, "type": "Text", "contentType": "text/plain" });
    message["attachments"] = pictures.chain([text]).collect();
    message
}

#[tokio::test(start_paused = true)]
async fn an_mms_is_looked_for_by_its_files_too() {
    // What is in the store after the answer was lost, and whether it is the message: with a text and a picture.
    let table = [
        ("itself", with_pictures(message(7, TEXT, AFTER), 1), true),
        ("two pictures", with_pictures(message(7, TEXT, AFTER), 2), false),
        ("an SMS that says the same", message(7, TEXT, AFTER), false),
        (
            "the picture without the text",
            with_pictures(message(7, "", AFTER), 1),
            false,
        ),
    ];
    for (name, stored, is_it) in table {
        let (platform, clock) = (lossy(stored), clock());
        let client = logged_in(builder(&platform, &clock)).await;
        let mms = client
            .me()
            .mms()
            .send_from(&number(FROM))
            .to(&number(TO))
            .text(TEXT)
            .attach(Part::bytes("attachment", "map.png", "a picture"))
            .check_store(true);
        let result = drive(&clock, Duration::from_millis(500), mms.send()).await;
        match result {
            Ok(message) => assert!(is_it && message.id.as_u64() == 7, "{name}"),
            Err(error) => assert!(!is_it && error.is_outcome_unknown(), "{name}: {error}"),
        }
        assert_eq!(platform.count("/mms", ""), 1, "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_mms_without_the_check_reports_a_lost_answer_and_looks_at_nothing() {
    let (platform, clock) = (lossy(with_pictures(message(7, "", AFTER), 1)), clock());
    let client = logged_in(builder(&platform, &clock)).await;
    let mms = client.me().mms().send_from(&number(FROM)).to(&number(TO));
    let mms = mms.attach(Part::bytes("attachment", "map.png", "a picture"));
    let error = mms.send().await.unwrap_err();
    assert!(error.is_outcome_unknown());
    assert_eq!(platform.count("/message-store", ""), 0);
}

/// A platform that takes a message in, and whose answer is lost.
fn lossy(stored: Value) -> Arc<Platform> {
    let store = Mutex::new(Store {
        sending: Some(lost),
        ..Store::default()
    });
    Platform::new(move |asked| {
        let mut store = store.lock().unwrap();
        let answer = store.answer(asked);
        if asked.uri.ends_with("/mms") {
            store.messages.push(stored.clone());
        }
        answer
    })
}

fn number(text: &str) -> PhoneNumber {
    PhoneNumber::parse(text).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_store_that_cannot_be_looked_at_is_said() {
    let store = Store {
        sending: Some(lost),
        refused_looks: 4,
        ..Store::default()
    };
    let (result, looks, spent) = send(store, |sms| sms.check_store(true)).await;
    let error = result.unwrap_err();
    assert!(error.is_outcome_unknown());
    assert!(error.to_string().contains("could not be looked at"), "{error}");
    assert_eq!((looks, spent.as_secs()), (5, 15));
}

#[tokio::test(start_paused = true)]
async fn when_the_first_look_fails_nothing_is_sent() {
    let platform = Platform::new(|asked| {
        if asked.uri.ends_with("/oauth/token") {
            return tokens(1);
        }
        status(403, r#"{"errorCode":"CMN-401","permissionName":"ReadMessages"}"#)
    });
    let clock = clock();
    let client = logged_in(builder(&platform, &clock)).await;
    let sms = client
        .me()
        .sms()
        .send_text(&number(FROM), TEXT)
        .to(&number(TO))
        .check_store(true);
    assert_eq!(sms.send().await.unwrap_err().permission(), Some("ReadMessages"));
    assert_eq!(platform.count("/sms", ""), 0);
}

#[tokio::test(start_paused = true)]
async fn what_is_said_and_to_whom_is_not_in_debug_output() {
    let platform = Platform::new(|_| tokens(1));
    let client = logged_in(builder(&platform, &clock())).await;
    let shown = format!(
        "{:?}",
        client.me().sms().send_text(&number(FROM), TEXT).to(&number(TO))
    );
    for secret in [TEXT, FROM, TO] {
        assert!(!shown.contains(secret), "{shown}");
    }
}
