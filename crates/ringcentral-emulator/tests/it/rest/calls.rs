//! Calls that are going on: active calls, presence, `RingOut`, and what becomes of them in the log.

use reqwest::Method;
use serde_json::{Value, json};

use super::{ACCOUNT, EXTENSION, World, values};

/// What others see of an extension: presence status, telephony status, and the states of its active calls.
async fn seen(world: &World, extension: i64) -> (String, String, Vec<String>) {
    let path = format!("{ACCOUNT}/extension/{extension}/presence?detailedTelephonyState=true");
    let body = world.get(&path).await.ok();
    let text = |value: &Value| value.as_str().expect("a word").to_owned();
    let calls = body["activeCalls"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|call| format!("{} {}", text(&call["direction"]), text(&call["telephonyStatus"])))
        .collect();
    (
        text(&body["presenceStatus"]),
        text(&body["telephonyStatus"]),
        calls,
    )
}

fn idle() -> (String, String, Vec<String>) {
    ("Available".into(), "NoCall".into(), vec![])
}

fn busy(status: &str, call: &str) -> (String, String, Vec<String>) {
    ("Busy".into(), status.into(), vec![call.into()])
}

/// Results in an active-calls list.
async fn active(world: &World, token: &str, path: &str) -> Vec<String> {
    let body = world.get_as(token, &format!("{path}/active-calls")).await.ok();
    body["records"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|call| {
            format!(
                "{} {}",
                call["direction"].as_str().expect("a word"),
                call["result"].as_str().expect("a word")
            )
        })
        .collect()
}

async fn logged(world: &World, token: &str) -> Value {
    let path = format!("{EXTENSION}/call-log?perPage=1&view=Detailed");
    world.get_as(token, &path).await.ok()["records"][0].clone()
}

const ADA: i64 = 810_000_101;
const BEN: i64 = 810_000_102;

#[tokio::test]
async fn a_call_rings_is_answered_and_ends_and_presence_follows() {
    let world = World::start().await;
    world.control("clock", &json!({ "freeze": true })).await;
    assert_eq!(seen(&world, ADA).await, idle());
    let call = world
        .control(
            "calls",
            &json!({ "from": "+12125550147", "to": "101", "ring": 10, "duration": 60, "recording": true }),
        )
        .await;
    assert_eq!(
        (&call["result"], &call["state"]),
        (&json!("In Progress"), &json!("Ringing"))
    );
    // Second by second, on the edges.
    for (wait, state, list) in [
        (0, Some("Ringing"), vec!["Inbound In Progress"]),
        (9, Some("Ringing"), vec!["Inbound In Progress"]),
        (1, Some("CallConnected"), vec!["Inbound In Progress"]),
        (59, Some("CallConnected"), vec!["Inbound In Progress"]),
        (1, None, vec!["Inbound Accepted"]),
        (119, None, vec!["Inbound Accepted"]),
        (1, None, vec![]),
    ] {
        world.advance(&format!("{wait}s")).await;
        let wanted = state.map_or_else(idle, |state| busy(state, &format!("Inbound {state}")));
        assert_eq!(seen(&world, ADA).await, wanted, "after {wait} s more");
        assert_eq!(active(&world, &world.ada, EXTENSION).await, list);
        assert_eq!(active(&world, &world.ada, ACCOUNT).await, list);
    }
    let record = logged(&world, &world.ada).await;
    for (member, value) in [
        ("id", &call["id"]),
        ("sessionId", &call["sessionId"]),
        ("telephonySessionId", &call["telephonySessionId"]),
        ("startTime", &call["startTime"]),
        ("result", &json!("Accepted")),
        ("duration", &json!(60)),
        ("direction", &json!("Inbound")),
    ] {
        assert_eq!(&record[member], value, "{member}");
    }
    let sound = world
        .get(record["recording"]["contentUri"].as_str().unwrap())
        .await;
    assert_eq!(&sound.bytes[..4], b"RIFF");
}

#[tokio::test]
async fn calls_end_as_they_are_told_to() {
    let world = World::start().await;
    world.control("clock", &json!({ "freeze": true })).await;
    for (direction, result, wait) in [
        ("Inbound", "Missed", 5),
        ("Inbound", "Rejected", 5),
        ("Inbound", "Busy", 5),
        ("Inbound", "Abandoned", 5),
        ("Inbound", "Voicemail", 25),
        ("Inbound", "Accepted", 25),
        ("Outbound", "Call connected", 25),
        ("Outbound", "No Answer", 5),
        ("Outbound", "Busy", 5),
        ("Outbound", "Wrong Number", 5),
    ] {
        let own = if direction == "Inbound" { "to" } else { "from" };
        let call = world
            .control(
                "calls",
                &json!({ own: "101", "direction": direction, "result": result, "ring": 5, "duration": 20 }),
            )
            .await;
        world.advance(&format!("{}s", wait - 1)).await;
        assert_ne!(logged(&world, &world.ada).await["id"], call["id"], "{result}");
        world.advance("1s").await;
        let record = logged(&world, &world.ada).await;
        assert_eq!(
            (&record["id"], &record["result"], &record["direction"]),
            (&call["id"], &json!(result), &json!(direction))
        );
        let seconds = if wait == 25 { 20 } else { 5 };
        assert_eq!(record["duration"], seconds, "{result}");
        assert_eq!(record["message"].is_object(), result == "Voicemail");
        if result == "Voicemail" {
            let message = world.get(record["message"]["uri"].as_str().unwrap()).await.ok();
            assert_eq!(
                (&message["type"], &message["attachments"][0]["vmDuration"]),
                (&json!("VoiceMail"), &json!(20))
            );
        }
        assert_eq!(seen(&world, ADA).await, idle(), "{result}");
        world.advance("1s").await;
    }
}

#[tokio::test]
async fn somebody_picks_up_holds_and_hangs_up_by_hand() {
    let world = World::start().await;
    world.control("clock", &json!({ "freeze": true })).await;
    let ringing = json!({ "to": "101", "ring": 600 });
    let table: &[(&[(&str, &str)], &str)] = &[
        (&[("hangUp", "Ended")], "Missed"),
        (&[("reject", "Ended")], "Rejected"),
        (&[("voicemail", "VoiceMail"), ("hangUp", "Ended")], "Voicemail"),
        (&[("answer", "CallConnected"), ("hangUp", "Ended")], "Accepted"),
        (
            &[
                ("answer", "CallConnected"),
                ("hold", "OnHold"),
                ("resume", "CallConnected"),
                ("hold", "OnHold"),
                ("hangUp", "Ended"),
            ],
            "Accepted",
        ),
    ];
    for (actions, result) in table {
        let call = world.control("calls", &ringing).await;
        for (action, state) in *actions {
            world.advance("2s").await;
            let path = format!("calls/{}", call["id"].as_str().unwrap());
            let changed = world.control(&path, &json!({ "action": action })).await;
            assert_eq!(changed["state"], *state, "{actions:?}");
            let wanted = match *state {
                "Ended" | "VoiceMail" => idle(),
                state => busy(state, &format!("Inbound {state}")),
            };
            assert_eq!(seen(&world, ADA).await, wanted, "{actions:?} {action}");
        }
        let record = logged(&world, &world.ada).await;
        assert_eq!(
            (&record["id"], &record["result"]),
            (&call["id"], &json!(result)),
            "{actions:?}"
        );
        let list = world.get_as("", "/_emulator/calls").await.ok();
        assert_eq!(list["records"][0]["state"], "Ended");
    }
    let call = world.control("calls", &ringing).await;
    let by_session = format!("calls/{}", call["telephonySessionId"].as_str().unwrap());
    for (path, body, status) in [
        (by_session.as_str(), json!({ "action": "resume" }), 400),
        (&by_session, json!({ "action": "sing" }), 400),
        (&by_session, json!({}), 400),
        ("calls/nothing", json!({ "action": "hangUp" }), 404),
    ] {
        let answer = world
            .send_json("", Method::POST, &format!("/_emulator/{path}"), &body)
            .await;
        assert_eq!(answer.status, status, "{path} {body}");
    }
}

#[tokio::test]
async fn a_call_between_colleagues_is_both_theirs() {
    let world = World::start().await;
    world.control("clock", &json!({ "freeze": true })).await;
    let call = world
        .control(
            "calls",
            &json!({ "direction": "Outbound", "from": "101", "to": "+16505550102", "ring": 5, "duration": 30 }),
        )
        .await;
    assert_eq!(seen(&world, ADA).await, busy("Ringing", "Outbound Ringing"));
    assert_eq!(seen(&world, BEN).await, busy("Ringing", "Inbound Ringing"));
    assert_eq!(
        active(&world, &world.ada, EXTENSION).await,
        ["Outbound In Progress"]
    );
    assert_eq!(
        active(&world, &world.ben, EXTENSION).await,
        ["Inbound In Progress"]
    );
    assert_eq!(active(&world, &world.ada, ACCOUNT).await.len(), 2);
    world.advance("35s").await;
    let (out, inn) = (logged(&world, &world.ada).await, logged(&world, &world.ben).await);
    assert_eq!(
        (&out["result"], &inn["result"], &inn["direction"]),
        (&json!("Call connected"), &json!("Accepted"), &json!("Inbound"))
    );
    assert_eq!(out["sessionId"], inn["sessionId"]);
    assert_eq!(out["id"], call["id"]);
    assert_ne!(out["id"], inn["id"]);
    assert_ne!(out["partyId"], inn["partyId"]);
    // Each finds its own record by the session; an administrator finds both.
    for (token, path, found) in [
        (&world.ada, EXTENSION, json!([out["id"]])),
        (&world.ben, EXTENSION, json!([inn["id"]])),
        (&world.ada, ACCOUNT, json!([inn["id"], out["id"]])),
    ] {
        for name in ["sessionId", "telephonySessionId"] {
            let session = out[name].as_str().unwrap();
            let body = world
                .get_as(token, &format!("{path}/call-log?{name}={session}"))
                .await
                .ok();
            let ids: Vec<&Value> = body["records"]
                .as_array()
                .unwrap()
                .iter()
                .map(|record| &record["id"])
                .collect();
            assert_eq!(json!(ids), found, "{name} {path}");
        }
    }
    // The next number is that of the other side's record, and no session's.
    let session: i64 = out["sessionId"].as_str().unwrap().parse().unwrap();
    let path = format!("{ACCOUNT}/call-log?sessionId={}", session + 1009);
    assert_eq!(world.get(&path).await.ok()["records"], json!([]));
    // Everybody's calls are not for everybody.
    for path in [
        "active-calls",
        "call-log-sync?recordCount=1",
        "call-log-extract-sync",
    ] {
        let refused = world.get_as(&world.ben, &format!("{ACCOUNT}/{path}")).await;
        let body = refused.json();
        assert_eq!(
            (
                refused.refused().1.as_str(),
                &body["errorCode"],
                &body["permissionName"]
            ),
            (
                "CMN-408",
                &json!("InsufficientPermissions"),
                &json!("ReadCompanyCallLog")
            ),
            "{path}"
        );
    }
}

#[tokio::test]
async fn active_calls_have_filters_that_do_no_harm() {
    let world = World::start().await;
    world.control("calls", &json!({ "to": "101", "ring": 600 })).await;
    let outbound = json!({ "direction": "Outbound", "from": "101", "to": "+12125550147", "ring": 600 });
    world.control("calls", &outbound).await;
    for (query, wanted) in [
        ("", 2),
        ("?direction=Inbound", 1),
        ("?direction=Inbound&direction=Outbound", 2),
        ("?type=Voice", 2),
        ("?type=Fax", 0),
        ("?transport=PSTN", 2),
        ("?transport=VoIP", 0),
        ("?conferenceType=Meetings", 2),
        ("?view=Detailed", 2),
        ("?perPage=1", 1),
        ("?perPage=1&page=3", 0),
        ("?colour=red", 2),
    ] {
        let body = world.get(&format!("{EXTENSION}/active-calls{query}")).await.ok();
        assert_eq!(body["records"].as_array().unwrap().len(), wanted, "{query}");
    }
}

#[tokio::test]
async fn what_a_user_sets_is_what_the_others_see() {
    let world = World::start().await;
    let path = format!("{EXTENSION}/presence");
    let put = async |body: Value| world.send_json(&world.ada, Method::PUT, &path, &body).await.ok();
    for (body, status, dnd, personal, queues) in [
        (json!({}), "Available", "TakeAllCalls", "TakeAllCalls", true),
        (
            json!({ "dndStatus": "DoNotAcceptAnyCalls" }),
            "Busy",
            "DoNotAcceptAnyCalls",
            "DoNotAcceptAnyCalls",
            false,
        ),
        (
            json!({ "acceptCallQueueCalls": true }),
            "Available",
            "TakeDepartmentCallsOnly",
            "DoNotAcceptAnyCalls",
            true,
        ),
        (
            json!({ "dndStatusPersonal": "TakeAllCalls" }),
            "Available",
            "TakeAllCalls",
            "TakeAllCalls",
            true,
        ),
        (
            json!({ "acceptCallQueueCalls": false }),
            "Available",
            "DoNotAcceptDepartmentCalls",
            "TakeAllCalls",
            false,
        ),
        (
            json!({ "userStatus": "Offline", "dndStatus": "TakeAllCalls" }),
            "Offline",
            "TakeAllCalls",
            "TakeAllCalls",
            true,
        ),
        (
            json!({ "userStatus": "Busy", "message": "In the roastery", "allowSeeMyPresence": false }),
            "Busy",
            "TakeAllCalls",
            "TakeAllCalls",
            true,
        ),
    ] {
        let answer = put(body.clone()).await;
        for (member, wanted) in [
            ("presenceStatus", json!(status)),
            ("dndStatus", json!(dnd)),
            ("dndStatusPersonal", json!(personal)),
            ("acceptCallQueueCalls", json!(queues)),
        ] {
            assert_eq!(answer[member], wanted, "{body} {member}");
        }
        assert!(answer["activeCalls"].is_null());
        let other = format!("{ACCOUNT}/extension/{ADA}/presence");
        assert_eq!(world.get_as(&world.ben, &other).await.ok(), answer, "{body}");
    }
    assert_eq!(world.get(&path).await.ok()["message"], "In the roastery");
    for (body, parameter) in [
        (json!({ "userStatus": "Asleep" }), "userStatus"),
        (json!({ "dndStatus": "Never" }), "dndStatus"),
        (json!({ "message": 5 }), "message"),
        (json!({ "allowSeeMyPresence": "no" }), "allowSeeMyPresence"),
    ] {
        let answer = world.send_json(&world.ada, Method::PUT, &path, &body).await;
        assert_eq!(
            answer.refused(),
            (400, "CMN-101".into(), parameter.into()),
            "{body}"
        );
    }
    let other = format!("{ACCOUNT}/extension/{ADA}/presence");
    let refused = world
        .send_json(&world.ben, Method::PUT, &other, &json!({ "userStatus": "Busy" }))
        .await;
    assert_eq!(refused.refused().1, "CMN-404");
}

#[tokio::test]
async fn presence_of_several_and_of_everybody() {
    let world = World::start().await;
    let several = format!("{ACCOUNT}/extension/{ADA},{BEN},1/presence");
    let answer = world.get(&several).await;
    let found: Vec<(u16, Value)> = answer
        .parts()
        .into_iter()
        .map(|(status, body)| (status, body["extension"]["id"].clone()))
        .collect();
    assert_eq!(found, [(200, json!(ADA)), (200, json!(BEN)), (404, Value::Null)]);
    let ids = |count: usize| vec![ADA.to_string(); count].join(",");
    let thirty = format!("{ACCOUNT}/extension/{}/presence", ids(30));
    assert_eq!(world.get(&thirty).await.status, 207);
    let more = format!("{ACCOUNT}/extension/{}/presence", ids(31));
    let refused = world.get(&more).await;
    assert_eq!(
        (refused.status, &refused.json()["errorCode"]),
        (400, &json!("InvalidMultipartRequest"))
    );
    let (all, _) = world
        .walk(&world.ada, &format!("{ACCOUNT}/presence?perPage=3"))
        .await;
    assert_eq!(
        values(&all, "/extension/extensionNumber"),
        ["101", "102", "103", "104", "105", "201", "202"]
    );
    world.control("calls", &json!({ "to": "101", "ring": 600 })).await;
    for (query, calls, sip) in [
        ("", false, false),
        ("?sipData=true", false, false),
        ("?detailedTelephonyState=true", true, false),
        ("?detailedTelephonyState=true&sipData=true", true, true),
    ] {
        let body = world.get(&format!("{EXTENSION}/presence{query}")).await.ok();
        assert_eq!(body["telephonyStatus"], "Ringing", "{query}");
        assert_eq!(body["activeCalls"].is_array(), calls, "{query}");
        let call = &body["activeCalls"][0];
        assert_eq!(call["sipData"].is_object(), sip, "{query}");
        if calls {
            assert_eq!(
                (&call["from"], &call["to"]),
                (&json!("+12125550147"), &json!("+16505550101"))
            );
        }
    }
}

#[tokio::test]
async fn who_takes_no_calls_has_the_voicemail_answer() {
    let world = World::start().await;
    world.control("clock", &json!({ "freeze": true })).await;
    let dnd = json!({ "dndStatus": "DoNotAcceptAnyCalls" });
    world
        .send_json(&world.ada, Method::PUT, &format!("{EXTENSION}/presence"), &dnd)
        .await
        .ok();
    let call = world
        .control("calls", &json!({ "to": "101", "ring": 10, "duration": 15 }))
        .await;
    assert_eq!(call["state"], "VoiceMail", "it does not ring at all");
    world.advance("15s").await;
    assert_eq!(logged(&world, &world.ada).await["result"], "Voicemail");
    // Said otherwise, it rings.
    let call = world
        .control("calls", &json!({ "to": "101", "ring": 10, "result": "Accepted" }))
        .await;
    assert_eq!(call["state"], "Ringing");
}

/// What a `RingOut` is after each wait: whole, caller, callee, and Ada's telephone.
type Course = &'static [(u32, &'static str, &'static str, &'static str, &'static str)];

#[tokio::test]
async fn ring_out_calls_one_then_the_other_and_ends_as_the_table_says() {
    const GOOD: Course = &[
        (0, "InProgress", "InProgress", "InProgress", "Ringing"),
        (2, "InProgress", "InProgress", "InProgress", "Ringing"),
        (1, "InProgress", "Success", "InProgress", "CallConnected"),
        (2, "InProgress", "Success", "InProgress", "CallConnected"),
        (1, "Success", "Success", "Success", "CallConnected"),
        (29, "Success", "Success", "Success", "CallConnected"),
        (1, "Success", "Finished", "Finished", "NoCall"),
        (119, "Success", "Finished", "Finished", "NoCall"),
        (1, "NoSessionFound", "NoSessionFound", "NoSessionFound", "NoCall"),
    ];
    const BUSY: Course = &[
        (5, "InProgress", "Success", "InProgress", "CallConnected"),
        (1, "CannotReach", "Success", "Busy", "NoCall"),
    ];
    const SILENT: Course = &[(6, "CannotReach", "Success", "NoAnswer", "NoCall")];
    const ABROAD: Course = &[(6, "CannotReach", "Success", "InternationalDisabled", "NoCall")];
    const BLOCKED: Course = &[(6, "CannotReach", "Success", "DestinationBlocked", "NoCall")];
    const CALLER: Course = &[
        (2, "InProgress", "InProgress", "InProgress", "Ringing"),
        (1, "CannotReach", "NoAnswer", "InProgress", "NoCall"),
    ];
    let world = World::start().await;
    world.control("clock", &json!({ "freeze": true })).await;
    let me = json!({ "phoneNumber": "+14155550136" });
    let silent = json!({ "phoneNumber": "+14155550192" });
    for (from, to, course, result, path) in [
        (&me, "+12125550147", GOOD, "Call connected", "ring-out"),
        (&Value::Null, "+12125550147", GOOD, "Call connected", "ringout"),
        (&me, "+12125550191", BUSY, "Busy", "ring-out"),
        (&me, "+12125550192", SILENT, "No Answer", "ring-out"),
        (&me, "+442079460123", ABROAD, "International Disabled", "ring-out"),
        (&me, "+12125550198", BLOCKED, "Blocked", "ring-out"),
        (&silent, "+12125550147", CALLER, "No Answer", "ring-out"),
    ] {
        let body = json!({ "from": from, "to": { "phoneNumber": to } });
        let begun = world
            .send_json(&world.ada, Method::POST, &format!("{EXTENSION}/{path}"), &body)
            .await
            .ok();
        let status = format!("{EXTENSION}/{path}/{}", begun["id"].as_str().unwrap());
        for (wait, whole, caller, callee, phone) in course {
            world.advance(&format!("{wait}s")).await;
            let now = world.get(&status).await.ok()["status"].clone();
            let wanted = json!({ "callStatus": whole, "callerStatus": caller, "calleeStatus": callee });
            assert_eq!(now, wanted, "{to} after {wait} s more");
            assert_eq!(seen(&world, ADA).await.1, *phone, "{to} after {wait} s more");
        }
        let record = logged(&world, &world.ada).await;
        assert_eq!(
            (
                &record["action"],
                &record["result"],
                &record["internalType"],
                &record["to"]["phoneNumber"]
            ),
            (
                &json!("RingOut Web"),
                &json!(result),
                &json!("RingOut"),
                &json!(to)
            )
        );
        if result == "Call connected" {
            assert_eq!(record["duration"], 30);
            assert!(record["legs"].as_array().unwrap().len() > 1);
        }
        world.advance("130s").await;
    }
}

#[tokio::test]
async fn ring_out_has_a_prompt_can_be_cancelled_early_and_refuses_nonsense() {
    let world = World::start().await;
    world.control("clock", &json!({ "freeze": true })).await;
    let path = format!("{EXTENSION}/ring-out");
    let start = async |body: Value| world.send_json(&world.ada, Method::POST, &path, &body).await;
    let to = json!({ "phoneNumber": "+12125550147" });
    let prompted = start(json!({ "to": to, "playPrompt": true })).await.ok();
    let uri = prompted["uri"].as_str().unwrap().to_owned();
    let status = async |uri: &str| world.get(uri).await.ok()["status"]["callStatus"].clone();
    world.advance("7s").await;
    assert_eq!(
        status(&uri).await,
        "InProgress",
        "two seconds more for the prompt"
    );
    world.advance("1s").await;
    assert_eq!(status(&uri).await, "Success");
    let cancel = async |uri: &str| {
        world
            .send(&world.ada, Method::DELETE, uri, &[], vec![])
            .await
            .status
    };
    // Too late: it goes on.
    assert_eq!(cancel(&uri).await, 204);
    assert_eq!(status(&uri).await, "Success");
    for (wait, cancelled) in [("2s", true), ("3s", false)] {
        let begun = start(json!({ "to": to })).await.ok();
        let uri = begun["uri"].as_str().unwrap();
        world.advance(wait).await;
        assert_eq!(cancel(uri).await, 204);
        world.advance("3s").await;
        let wanted = if cancelled { "CannotReach" } else { "Success" };
        assert_eq!(status(uri).await, wanted, "cancelled after {wait}");
    }
    // A colleague's phone rings as soon as the caller's was picked up.
    world.advance("300s").await;
    start(json!({ "to": { "phoneNumber": "+16505550102" } }))
        .await
        .ok();
    for (wait, ada, ben) in [
        ("2s", "Ringing", "NoCall"),
        ("1s", "CallConnected", "Ringing"),
        ("3s", "CallConnected", "CallConnected"),
        ("30s", "NoCall", "NoCall"),
    ] {
        world.advance(wait).await;
        assert_eq!(
            (seen(&world, ADA).await.1, seen(&world, BEN).await.1),
            (ada.into(), ben.into())
        );
    }
    assert_eq!(logged(&world, &world.ben).await["result"], "Accepted");
    for (body, wanted) in [
        (json!({}), (400, "CMN-100", "to")),
        (json!({ "to": {} }), (400, "CMN-100", "to.phoneNumber")),
        (
            json!({ "to": { "phoneNumber": "me" } }),
            (400, "CMN-101", "to.phoneNumber"),
        ),
        (
            json!({ "to": to, "from": { "phoneNumber": "me" } }),
            (400, "CMN-101", "from.phoneNumber"),
        ),
        (
            json!({ "to": to, "callerId": { "phoneNumber": "x" } }),
            (400, "CMN-101", "callerId.phoneNumber"),
        ),
        (
            json!({ "to": to, "playPrompt": "yes" }),
            (400, "CMN-101", "playPrompt"),
        ),
    ] {
        let (status, code, parameter) = start(body.clone()).await.refused();
        assert_eq!((status, code.as_str(), parameter.as_str()), wanted, "{body}");
    }
    let other = format!("{EXTENSION}/ring-out/{}", prompted["id"].as_str().unwrap());
    for (token, path) in [(&world.ada, format!("{path}/1")), (&world.ben, other)] {
        let answer = world.get_as(token, &path).await;
        assert_eq!(
            answer.refused(),
            (404, "CMN-102".into(), "ringoutId".into()),
            "{path}"
        );
    }
}

/// Whatever its kind: what is due earlier happens earlier.
#[tokio::test]
async fn what_is_due_in_one_step_of_the_clock_happens_in_its_order() {
    let world = World::start().await;
    world.control("clock", &json!({ "freeze": true })).await;
    let text = json!({ "from": { "phoneNumber": "+16505550101" }, "to": [{ "phoneNumber": "+12125550147" }], "text": "one" });
    let ring_out =
        json!({ "from": { "phoneNumber": "+16505550101" }, "to": { "phoneNumber": "+12125550147" } });
    for (path, body) in [("sms", &text), ("ring-out", &ring_out)] {
        let path = format!("{EXTENSION}/{path}");
        world.send_json(&world.ada, Method::POST, &path, body).await.ok();
    }
    world
        .control("calls", &json!({ "to": "101", "ring": 2, "duration": 20 }))
        .await;
    let moved = world.control("clock", &json!({ "advance": "10m" })).await;
    let fired = moved["fired"].as_array().expect("a list");
    let times: Vec<&str> = fired
        .iter()
        .map(|one| one["time"].as_str().expect("a time"))
        .collect();
    assert!(times.is_sorted(), "{moved}");
    assert_eq!(values(fired, "/kind"), ["call", "recipient", "ringOut"]);
    // Each is told at the second at which it was due, and not at that of the step.
    assert!(values(fired, "/time").len() > 5, "{moved}");
}
