use bytes::Bytes;
use http::{HeaderMap, Method};
use rusqlite::Connection;
use serde_json::json;

use super::send;
use crate::call::{Call, Caller};
use crate::db::Transaction;
use crate::request::{Params, Query, Request};
use crate::{clock, db, seed};

/// Account, and how the sender and the first and second recipient are known there.
type Seen = (i64, Option<i64>, Option<i64>, Option<i64>);

#[test]
fn a_text_to_another_company_arrives_there_as_from_a_stranger() {
    let connection: Connection = db::open(None).unwrap();
    db::create(&connection).unwrap();
    let tx = Transaction::begin(&connection).unwrap();
    let now = clock::at_ms(1_773_000_000_000);
    seed::fill(&tx, 1, now, &[]).unwrap();
    tx.execute_batch(
        "INSERT INTO accounts (id, company, main_number, operator_id, created_ms)
            VALUES (2, 'Another Company', '+14155550100', 21, 0);
         INSERT INTO extensions (id, account_id, extension_number, type, status, name, created_ms)
            VALUES (21, 2, '101', 'User', 'Enabled', 'Uma Berg', 0);
         INSERT INTO phone_numbers (id, account_id, extension_id, phone_number, usage_type, type, payment_type, status)
            VALUES (2, 2, 21, '+14155550101', 'DirectNumber', 'VoiceFax', 'Local', 'Normal');",
    )
    .unwrap();
    let body = json!({ "from": { "phoneNumber": "+16505550101" },
        "to": [{ "phoneNumber": "+14155550101" }, { "phoneNumber": "+16505550102" }], "text": "hello" });
    let request = Request {
        method: Method::POST,
        path: String::new(),
        params: Params::new([("accountId", "~"), ("extensionId", "~")].into_iter()),
        query: Query::default(),
        headers: HeaderMap::new(),
        body: Bytes::from(body.to_string()),
        origin: "http://127.0.0.1:1".to_owned(),
    };
    let caller = Caller {
        account_id: 810_000_001,
        extension_id: 810_000_101,
        ..Caller::default()
    };
    let call = Call {
        tx: &tx,
        now,
        caller: &caller,
        request: &request,
        limited: false,
    };
    send(&call).unwrap();
    let seen = |extension: i64, direction: &str| -> Seen {
        tx.query_row(
            "SELECT account_id, from_extension_id,
                (SELECT extension_id FROM message_recipients r WHERE r.message_id = m.id AND position = 0),
                (SELECT extension_id FROM message_recipients r WHERE r.message_id = m.id AND position = 1)
             FROM messages m WHERE extension_id = ?1 AND direction = ?2 ORDER BY id DESC LIMIT 1",
            (extension, direction),
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
        )
        .unwrap()
    };
    let (ada, ben) = (Some(810_000_101), Some(810_000_102));
    assert_eq!(seen(810_000_101, "Outbound"), (810_000_001, ada, None, ben));
    assert_eq!(seen(810_000_102, "Inbound"), (810_000_001, ada, None, ben));
    assert_eq!(seen(21, "Inbound"), (2, None, Some(21), None));
}
