//! What a request costs does not grow with the data: counted in steps of the database's machine, not in time.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use http::{HeaderMap, Method};
use rusqlite::StatementStatus;
use rusqlite::trace::{TraceEvent, TraceEventCodes};
use serde_json::Value;

use super::answer;
use crate::access::Access;
use crate::emulator::EmulatorConfig;
use crate::journal::Note;
use crate::origin::Origin;
use crate::request::{Params, Query, Request};
use crate::seed::Seed;
use crate::world::{World, WorldConfig};

const EXTENSION: &str = "/restapi/v1.0/account/~/extension/~";
const TOKEN: &str = "/restapi/oauth/token";
const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";
const PASSWORD: &str = "grant_type=password&username=%2B12125550151&password=Books-101!";

thread_local! {
    /// For each statement the steps that it has taken since it was prepared, and of all together since the last look.
    static STEPS: RefCell<(HashMap<String, i32>, i64)> = RefCell::default();
}

/// A statement has come to its end.
fn count(event: TraceEvent<'_>) {
    let TraceEvent::Profile(statement, _) = event else {
        return;
    };
    let taken = statement.get_status(StatementStatus::VmStep);
    STEPS.with_borrow_mut(|(known, all)| {
        let before = known.insert(statement.sql().into_owned(), taken).unwrap_or(0);
        // A statement that was prepared anew begins at nothing.
        *all += i64::from(if taken >= before { taken - before } else { taken });
    });
}

struct Counted {
    world: World,
    access: String,
}

impl Counted {
    /// A company of one user, with as many calls and messages within the days.
    fn new(rows: u32, days: u32) -> Self {
        let seed = Seed::parse(&format!(
            r#"
            frozen = true

            [[accounts]]
            company = "Example Books"
            main_number = "+12125550150"

            [[accounts.users]]
            extension = "101"
            first_name = "Nora"
            last_name = "Winter"
            password = "Books-101!"
            number = "+12125550151"
            admin = true

            [accounts.generate]
            calls = {rows}
            messages = {rows}
            days = {days}
            "#
        ));
        let world = World::open(WorldConfig {
            rate_limits: false,
            data: None,
            origin: Arc::new(Origin::new(seed.unwrap(), Vec::new(), None)),
            access: Access::open(&EmulatorConfig::default()).unwrap(),
        })
        .unwrap();
        world
            .db()
            .trace_v2(TraceEventCodes::SQLITE_TRACE_PROFILE, Some(count));
        let mut counted = Self {
            world,
            access: String::new(),
        };
        counted.access = counted.log_in("access_token");
        counted
    }

    fn log_in(&self, name: &str) -> String {
        let answer: Value = serde_json::from_slice(&self.ask(Method::POST, TOKEN, FORM, PASSWORD)).unwrap();
        answer[name].as_str().unwrap().to_owned()
    }

    /// The answer, which has to be a success.
    fn ask(&self, method: Method, path: &str, content_type: &str, body: &str) -> Vec<u8> {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let authorization = if path == TOKEN {
            basic()
        } else {
            format!("Bearer {}", self.access)
        };
        let mut headers = HeaderMap::new();
        headers.insert("content-type", content_type.parse().unwrap());
        headers.insert("authorization", authorization.parse().unwrap());
        let mut request = Request {
            method,
            path: path.to_owned(),
            params: Params::default(),
            query: Query::parse(query),
            headers,
            body: body.to_owned().into(),
            origin: "http://127.0.0.1:1".to_owned(),
        };
        let reply = answer(&self.world, &mut request, &mut Note::default());
        assert!(reply.status.is_success(), "{path}: {reply:?}");
        reply.body.bytes().to_vec()
    }

    /// How many steps the request takes the second time, when every statement is known.
    fn steps(&self, (_, method, path, body): &Case) -> i64 {
        let content_type = if *path == TOKEN { FORM } else { JSON };
        let mut steps = 0;
        for _ in 0..2 {
            let body = body.replace(
                "REFRESH",
                &if body.contains("REFRESH") {
                    self.log_in("refresh_token")
                } else {
                    String::new()
                },
            );
            STEPS.with_borrow_mut(|(_, all)| *all = 0);
            self.ask(method.clone(), path, content_type, &body);
            steps = STEPS.with_borrow(|(_, all)| *all);
        }
        steps
    }
}

fn basic() -> String {
    use base64::Engine as _;
    let (id, secret) = crate::seed::CONFIDENTIAL_APP;
    format!(
        "Basic {}",
        base64::engine::general_purpose::STANDARD.encode(format!("{id}:{secret}"))
    )
}

/// Each call is moved in two indexes; what is counted of it is moved with its whole hour.
#[test]
fn a_call_log_is_deleted_in_few_steps_for_each_call() {
    let company = Counted::new(10_000, 2);
    STEPS.with_borrow_mut(|(_, all)| *all = 0);
    company.ask(
        Method::DELETE,
        &format!("{EXTENSION}/call-log?dateFrom=2000-01-01"),
        JSON,
        "",
    );
    let steps = STEPS.with_borrow(|(_, all)| *all);
    assert!(
        (10_000..10_000 * 200).contains(&steps),
        "{steps} steps for 10,000 calls"
    );
    let list = company.ask(
        Method::GET,
        &format!("{EXTENSION}/call-log?dateFrom=2000-01-01"),
        JSON,
        "",
    );
    let list: Value = serde_json::from_slice(&list).unwrap();
    assert_eq!(list["records"].as_array().map(Vec::len), Some(0));
}

type Case = (&'static str, Method, String, &'static str);

#[test]
fn no_request_takes_more_steps_where_there_is_more_data() {
    let (few, many) = (Counted::new(1_500, 2), Counted::new(15_000, 20));
    let list = |rest: &str| format!("{EXTENSION}/{rest}dateFrom=2000-01-01&perPage=10");
    let sms = r#"{"from":{"phoneNumber":"+12125550151"},"to":[{"phoneNumber":"+14155550150"}],"text":"Hi"}"#;
    let post = |what, path: &str, body| (what, Method::POST, path.to_owned(), body);
    let get = |what, path: String| (what, Method::GET, path, "");
    let cases: Vec<Case> = vec![
        get("an extension", EXTENSION.to_owned()),
        get("the first page of messages", list("message-store?")),
        get("a far page of messages", list("message-store?page=100&")),
        get("messages of one kind", list("message-store?direction=Inbound&")),
        get("the first page of calls", list("call-log?")),
        get("a far page of calls", list("call-log?page=100&")),
        get(
            "calls of one kind",
            list("call-log?direction=Outbound&type=Voice&"),
        ),
        get(
            "a synchronisation",
            format!("{EXTENSION}/message-sync?syncType=FSync&recordCount=10"),
        ),
        post("a text message", &format!("{EXTENSION}/sms"), sms),
        post("a token by password", TOKEN, PASSWORD),
        post(
            "a token by refresh",
            TOKEN,
            "grant_type=refresh_token&refresh_token=REFRESH",
        ),
    ];
    for case in &cases {
        let (small, large) = (few.steps(case), many.steps(case));
        // A count for each of the further days is read.
        let most = small + small / 3 + 50;
        assert!(small > 0, "{} was not counted", case.0);
        assert!(
            large <= most,
            "{} takes {large} steps with ten times the rows, and {small} without",
            case.0
        );
    }
    // What walks through the whole period by its nature shows that the steps of a walk are counted.
    let walk = get(
        "messages of a number that wrote none",
        list("message-store?phoneNumber=%2B19995550199&"),
    );
    assert!(many.steps(&walk) > 5 * few.steps(&walk), "a walk is not counted");
}
