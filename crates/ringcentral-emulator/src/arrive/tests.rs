use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::due::settle;
use super::message::RETENTION;
use super::{Arrival, call, message};
use crate::db::Transaction;
use crate::{clock, db, seed, stream};

const ORIGIN: &str = "http://127.0.0.1:1";

fn start() -> Timestamp {
    clock::at_ms(1_773_000_000_000)
}

fn in_world(test: impl FnOnce(&Transaction<'_>)) {
    let connection = db::open(None).unwrap();
    db::create(&connection).unwrap();
    let tx = Transaction::begin(&connection).unwrap();
    seed::fill(&tx, 1, start(), &[]).unwrap();
    test(&tx);
}

fn arrival<'a>(tx: &'a Transaction<'a>, body: &'a Value) -> Arrival<'a> {
    Arrival {
        tx,
        now: start(),
        body,
        origin: ORIGIN,
    }
}

#[test]
fn a_text_message_arrives_where_it_was_sent() {
    in_world(|tx| {
        let body = json!({ "from": { "phoneNumber": "+13105550123", "name": "Marta" }, "to": "+16505550102", "text": "Hi" });
        let sms = message(&arrival(tx, &body)).unwrap();
        assert_eq!(
            (
                &sms["type"],
                &sms["direction"],
                &sms["readStatus"],
                &sms["messageStatus"],
                &sms["extensionId"]
            ),
            (
                &json!("SMS"),
                &json!("Inbound"),
                &json!("Unread"),
                &json!("Received"),
                &json!("810000102")
            )
        );
        assert_eq!(
            sms["from"],
            json!({ "phoneNumber": "+13105550123", "name": "Marta" })
        );
        assert_eq!(sms["to"][0]["target"], true);
        let event = stream::list(tx, 0, 10).unwrap().pop().unwrap();
        assert_eq!(
            (event.kind.as_str(), event.extension_id, &event.resource),
            ("message-changed", 810_000_102, &sms["id"].to_string())
        );
        assert_eq!(
            (&event.detail["new"], &event.detail["type"]),
            (&json!(true), &json!("SMS"))
        );
    });
}

#[test]
fn a_voicemail_and_a_fax_are_calls_too() {
    in_world(|tx| {
        for (body, kind, result, attachment) in [
            (
                json!({ "type": "VoiceMail", "to": "103", "duration": 33 }),
                "VoiceMail",
                "Voicemail",
                "AudioRecording",
            ),
            (
                json!({ "type": "Fax", "to": "+16505550108", "pages": 4 }),
                "Fax",
                "Received",
                "RenderedDocument",
            ),
        ] {
            let stored = message(&arrival(tx, &body)).unwrap();
            assert_eq!(stored["type"], kind);
            assert_eq!(stored["attachments"][0]["type"], attachment);
            let found: (String, String) = tx
                .query_row(
                    "SELECT result, message_type FROM calls WHERE message_id = ?1",
                    [stored["id"].as_i64()],
                    |row| Ok((row.get(0)?, row.get(1)?)),
                )
                .unwrap();
            assert_eq!(found, (result.to_owned(), kind.to_owned()));
        }
    });
}

#[test]
fn a_call_lands_in_the_log_and_has_just_ended() {
    in_world(|tx| {
        let body = json!({ "from": "+13105550123", "to": "101", "duration": 90, "recording": "OnDemand" });
        let record = call(&arrival(tx, &body)).unwrap();
        assert_eq!(record["result"], "Accepted");
        assert_eq!(record["recording"]["type"], "OnDemand");
        assert_eq!(
            record["startTime"],
            clock::format(start() - SignedDuration::from_secs(90))
        );
        assert_eq!(record["extension"]["id"], 810_000_101);
    });
}

#[test]
fn a_call_between_colleagues_lands_in_both_logs() {
    in_world(|tx| {
        let body = json!({ "direction": "Outbound", "from": "101", "to": "+16505550102" });
        let record = call(&arrival(tx, &body)).unwrap();
        let other: (i64, String, String) = tx
            .query_row(
                "SELECT extension_id, direction, result FROM calls WHERE session = ?1 AND seq <> ?2",
                [
                    super::call::session_of(record["sessionId"].as_str().unwrap()),
                    super::call::record_of(record["id"].as_str().unwrap()),
                ],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            )
            .unwrap();
        assert_eq!(other, (810_000_102, "Inbound".to_owned(), "Accepted".to_owned()));
    });
}

#[test]
fn wrong_arrivals_are_refused() {
    in_world(|tx| {
        for body in [
            json!({ "type": "Telegram", "text": "x" }),
            json!({ "text": "x", "to": "+16505550177" }),
            json!({ "text": "x", "from": "not a number" }),
            json!({ "text": 5 }),
            json!({}),
            json!({ "type": "Fax", "pages": 0 }),
            json!({ "type": "VoiceMail", "duration": "long" }),
            json!({ "text": "x", "colour": "red" }),
            json!({ "type": "Pager", "text": "x", "from": "+12125550147" }),
            json!({ "type": "Pager" }),
            json!({ "text": "x", "attachments": 11 }),
            json!({ "text": "x", "attachments": [{ "contentType": "image/png", "content": "*" }] }),
            json!({ "type": "Fax", "attachments": 1 }),
        ] {
            assert!(message(&arrival(tx, &body)).is_err(), "{body}");
        }
        for body in [
            json!({ "direction": "Sideways" }),
            json!({ "direction": "Outbound", "result": "Accepted" }),
            json!({ "duration": -1 }),
            json!({ "to": "999" }),
            json!({ "startTime": "2099-01-01" }),
            json!({ "recording": "Sometimes" }),
            json!({ "ring": 601 }),
            json!({ "ring": 5, "startTime": "2020-01-01" }),
            json!({ "rings": 5 }),
        ] {
            assert!(call(&arrival(tx, &body)).is_err(), "{body}");
        }
    });
}

#[test]
fn time_purges_what_was_deleted_and_then_forgets_it() {
    in_world(|tx| {
        let body = json!({ "text": "soon gone" });
        let id = message(&arrival(tx, &body)).unwrap()["id"].as_i64().unwrap();
        let due = start() + RETENTION;
        tx.execute(
            "UPDATE messages SET availability = 'Deleted', due_ms = ?2 WHERE id = ?1",
            [id, due.as_millisecond()],
        )
        .unwrap();
        let state = || -> Option<String> {
            tx.query_row("SELECT availability FROM messages WHERE id = ?1", [id], |row| {
                row.get(0)
            })
            .ok()
        };
        settle(tx, due - SignedDuration::from_millis(1)).unwrap();
        assert_eq!(state().as_deref(), Some("Deleted"));
        settle(tx, due).unwrap();
        assert_eq!(state().as_deref(), Some("Purged"));
        settle(tx, due + RETENTION).unwrap();
        assert_eq!(state(), None);
    });
}
