//! Whatever clients and people do to messages and calls, the counts are what counting all rows gives.

use std::sync::Arc;

use http::{HeaderMap, Method};
use jiff::SignedDuration;
use proptest::prelude::*;
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::access::Access;
use crate::arrive::{self, Arrival, due};
use crate::call::{Call, Caller};
use crate::control::BadControl;
use crate::db::Transaction;
use crate::emulator::EmulatorConfig;
use crate::operations::{self, Found};
use crate::origin::Origin;
use crate::request::{Query, Request};
use crate::seed::Seed;
use crate::world::{World, WorldConfig};

const ORIGIN: &str = "http://127.0.0.1:1";
const STORE: &str = "/restapi/v1.0/account/~/extension/~/message-store";

/// Something that changes messages or calls.
#[derive(Debug, Clone)]
enum Step {
    Arrive(&'static str),
    Happen(Value),
    Send,
    /// One of the newest messages, and what becomes of it.
    Change(Method, usize, Value),
    Delete(usize, bool),
    DeleteAll(&'static str),
    ForgetCalls(&'static str),
    /// New messages are counted when a list is read.
    List,
    Advance(i64),
    Snapshot,
    Restore,
    Reset,
}

fn step() -> impl Strategy<Value = Step> {
    let changes = prop_oneof![
        Just((Method::PUT, json!({ "readStatus": "Read" }))),
        Just((Method::PUT, json!({ "readStatus": "Unread" }))),
        Just((
            Method::PATCH,
            json!({ "readStatus": "Read", "availability": "Alive" })
        )),
        Just((Method::PATCH, json!({ "availability": "Deleted" }))),
        Just((Method::PATCH, json!({ "availability": "Purged" }))),
        Just((Method::PATCH, json!({ "availability": "Alive" }))),
    ];
    let calls = prop_oneof![
        Just(json!({})),
        Just(json!({ "result": "Voicemail", "duration": 9 })),
        Just(json!({ "direction": "Outbound", "to": "+16505550102" })),
        Just(json!({ "ring": 20, "duration": 60 })),
        Just(json!({ "ring": 5, "result": "Missed" })),
    ];
    prop_oneof![
        3 => prop_oneof![Just("SMS"), Just("VoiceMail"), Just("Fax"), Just("Pager")].prop_map(Step::Arrive),
        3 => calls.prop_map(Step::Happen),
        2 => Just(Step::Send),
        6 => (changes, 0..6_usize).prop_map(|((method, change), nth)| Step::Change(method, nth, change)),
        4 => (0..6_usize, any::<bool>()).prop_map(|(nth, purge)| Step::Delete(nth, purge)),
        1 => prop_oneof![Just("?type=Text"), Just("?type=VoiceMail&purge=true"), Just("?purge=true"), Just("")]
            .prop_map(Step::DeleteAll),
        1 => prop_oneof![Just("?direction=Inbound"), Just("?type=Fax"), Just("")].prop_map(Step::ForgetCalls),
        3 => Just(Step::List),
        3 => prop_oneof![Just(1), Just(3), Just(90), Just(3600), Just(121 * 3600)].prop_map(Step::Advance),
        1 => Just(Step::Snapshot),
        1 => Just(Step::Restore),
        1 => Just(Step::Reset),
    ]
}

/// What an operation of the platform answers to the default user.
fn ask(world: &World, method: Method, path: &str, body: &Value) -> u16 {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let Found::Operation(operation, params) = operations::table().find(&method, path) else {
        panic!("{path} is no operation");
    };
    let mut headers = HeaderMap::new();
    headers.insert("content-type", "application/json".parse().unwrap());
    let request = Request {
        method,
        path: path.to_owned(),
        params,
        query: Query::parse(query),
        headers,
        body: if body.is_null() {
            String::new()
        } else {
            body.to_string()
        }
        .into(),
        origin: ORIGIN.to_owned(),
    };
    let caller = Caller {
        account_id: 810_000_001,
        extension_id: 810_000_101,
        is_admin: true,
        ..Caller::default()
    };
    within(world, |tx| {
        let reply = operation.handler.expect("it is emulated")(&Call {
            tx,
            now: world.now(),
            caller: &caller,
            request: &request,
            limited: false,
        });
        reply
            .map_or_else(|error| error.into_reply().status, |reply| reply.status)
            .as_u16()
    })
}

/// As a request is answered: what is due comes first, and then all of it is kept.
fn within<T>(world: &World, act: impl FnOnce(&Transaction<'_>) -> T) -> T {
    let connection = world.db();
    let tx = Transaction::begin(&connection).unwrap();
    due::settle(&tx, world.now()).unwrap();
    let result = act(&tx);
    tx.commit().unwrap();
    result
}

fn arrive(world: &World, body: &Value, arrive: fn(&Arrival<'_>) -> Result<Value, BadControl>) {
    within(world, |tx| {
        let arrival = Arrival {
            tx,
            now: world.now(),
            body,
            origin: ORIGIN,
        };
        arrive(&arrival).unwrap_or_else(|error| panic!("{body}: {error:?}"));
    });
}

fn nth_message(world: &World, nth: usize) -> Option<i64> {
    let newest: Vec<i64> = world
        .db()
        .prepare("SELECT id FROM messages WHERE extension_id = 810000101 ORDER BY id DESC LIMIT 6")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    newest.get(nth).copied()
}

fn take(world: &World, step: &Step) {
    match step {
        Step::Arrive(kind) => {
            arrive(world, &json!({ "type": kind, "text": "Hi" }), arrive::message);
        }
        Step::Happen(call) => arrive(world, call, arrive::call),
        Step::Send => {
            let sms = json!({ "from": { "phoneNumber": "+16505550101" }, "to": [{ "phoneNumber": "+16505550102" }], "text": "Hi" });
            let status = ask(
                world,
                Method::POST,
                "/restapi/v1.0/account/~/extension/~/sms",
                &sms,
            );
            assert_eq!(status, 200);
        }
        Step::Change(method, nth, change) => {
            if let Some(id) = nth_message(world, *nth) {
                // What is purged cannot be changed any more.
                let status = ask(world, method.clone(), &format!("{STORE}/{id}"), change);
                assert!([200, 400, 404].contains(&status), "{status}");
            }
        }
        Step::Delete(nth, purge) => {
            if let Some(id) = nth_message(world, *nth) {
                let path = format!("{STORE}/{id}?purge={purge}");
                assert_eq!(ask(world, Method::DELETE, &path, &Value::Null), 204);
            }
        }
        Step::DeleteAll(query) => {
            assert_eq!(
                ask(world, Method::DELETE, &format!("{STORE}{query}"), &Value::Null),
                204
            );
        }
        Step::ForgetCalls(query) => {
            let path = format!("/restapi/v1.0/account/~/extension/~/call-log{query}");
            assert_eq!(ask(world, Method::DELETE, &path, &Value::Null), 204);
        }
        Step::List => {
            let path = format!("{STORE}?dateFrom=2020-01-01");
            assert_eq!(ask(world, Method::GET, &path, &Value::Null), 200);
        }
        Step::Advance(seconds) => {
            world.clock.advance(SignedDuration::from_secs(*seconds));
            world.arrive_at_present().unwrap();
        }
        Step::Snapshot => drop(world.snapshot("here").unwrap()),
        // There may be none yet.
        Step::Restore => drop(world.restore("here")),
        Step::Reset => world.reset().unwrap(),
    }
}

const KEPT: &str =
    "SELECT list, owner, span, bucket, kind, count FROM list_counts WHERE count <> 0 ORDER BY 1, 2, 3, 4, 5";

/// The same by `count(*)` over all rows, and how many rows were counted.
fn counted(db: &Connection) -> Vec<(i64, i64, i64, i64, String, i64)> {
    let lists = [
        (
            1,
            "calls",
            "extension_id",
            "start_ms",
            "deleted || '|' || direction || '|' || type",
        ),
        (
            2,
            "calls",
            "account_id",
            "start_ms",
            "deleted || '|' || direction || '|' || type",
        ),
        (
            3,
            "messages",
            "extension_id",
            "created_ms",
            "availability || '|' || direction || '|' || type || '|' || read_status",
        ),
    ];
    let parts = lists.map(|(list, table, owner, time, kind)| {
        [super::HOUR, super::DAY].map(|span| {
            format!(
                "SELECT {list}, {owner}, {span}, {time} / {span}, {kind}, count(*) FROM {table} GROUP BY 2, 4, 5"
            )
        })
    });
    let sql = format!(
        "{} ORDER BY 1, 2, 3, 4, 5",
        parts.as_flattened().join(" UNION ALL ")
    );
    rows(db, &sql)
}

fn rows(db: &Connection, sql: &str) -> Vec<(i64, i64, i64, i64, String, i64)> {
    db.prepare(sql)
        .unwrap()
        .query_map([], |row| {
            Ok((
                row.get(0)?,
                row.get(1)?,
                row.get(2)?,
                row.get(3)?,
                row.get(4)?,
                row.get(5)?,
            ))
        })
        .unwrap()
        .map(Result::unwrap)
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn counts_are_true_after_every_operation(steps in prop::collection::vec(step(), 1..40)) {
        let world = World::open(WorldConfig {
            rate_limits: false,
            data: None,
            origin: Arc::new(Origin::new(Seed::default(), Vec::new(), None)),
            access: Access::open(&EmulatorConfig::default()).unwrap(),
        })
        .unwrap();
        world.clock.freeze(true);
        for step in &steps {
            take(&world, step);
            let db = world.db();
            // As the next reader of a list counts them, which is then undone: counted or not, the next step must be right.
            let tx = Transaction::begin(&db).unwrap();
            super::super::count_new_messages(&tx).unwrap();
            let (kept, counted) = (rows(&tx, KEPT), counted(&tx));
            drop(tx);
            prop_assert!(!counted.is_empty());
            let wrong: Vec<_> = kept
                .iter()
                .filter(|row| !counted.contains(row))
                .chain(counted.iter().filter(|row| !kept.contains(row)))
                .collect();
            prop_assert!(wrong.is_empty(), "after {:?}: {:?}", step, wrong);
        }
    }
}
