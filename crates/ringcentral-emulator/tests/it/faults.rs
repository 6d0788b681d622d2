//! Ordered faults as clients meet them.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::Lab;

async fn order(lab: &Lab, action: &Value) {
    let fault = json!({"match": {"path": "/restapi/*"}, "action": action, "times": 1});
    lab.control(Method::POST, "faults", &fault).await;
}

#[tokio::test]
async fn a_status_is_answered_and_nothing_done() {
    let lab = Lab::new().await;
    let token = lab.log_in().await;
    order(&lab, &json!({"type": "status", "status": 503, "retryAfter": 2})).await;
    let answer = lab.refresh(&token).await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, "2"));
    assert_eq!(answer.code(), "CMN-201");
    assert_eq!(lab.api(&token).await.status, 200, "the refresh did not happen");
}

/// Each path refuses in the shape that its other refusals have; too many requests are refused before OAuth looks.
#[tokio::test]
async fn a_status_has_the_shape_of_its_path() {
    let lab = Lab::new().await;
    for (path, status, error, code) in [
        (
            "/restapi/oauth/token",
            503,
            Some("service_unavailable"),
            "CMN-201",
        ),
        (
            "/restapi/oauth/revoke",
            503,
            Some("service_unavailable"),
            "CMN-201",
        ),
        ("/restapi/oauth/token", 500, Some("server_error"), "CMN-203"),
        ("/restapi/oauth/token", 400, Some("invalid_request"), "CMN-203"),
        ("/restapi/oauth/token", 401, Some("invalid_client"), "OAU-146"),
        ("/restapi/oauth/token", 429, None, "CMN-301"),
        ("/restapi/v1.0/account/~", 503, None, "CMN-201"),
        ("/restapi/v1.0/account/~", 401, None, "OAU-213"),
    ] {
        order(
            &lab,
            &json!({"type": "status", "status": status, "retryAfter": 7}),
        )
        .await;
        let answer = lab.form(path, None, &[("token", "x")]).await;
        let body = answer.json();
        assert_eq!(
            (answer.status, body["error"].as_str(), answer.code().as_str()),
            (status, error, code),
            "{path} {status}: {}",
            answer.text
        );
        assert_eq!(answer.header("retry-after"), "7", "{path} {status}");
        let description = if error.is_some() {
            "error_description"
        } else {
            "message"
        };
        assert!(body[description].is_string(), "{path} {status}: {}", answer.text);
        if path.starts_with("/restapi/v1.0") && status == 401 {
            assert_eq!(
                body["errorCode"], "TokenInvalid",
                "as every token that is not found"
            );
        }
    }
}

#[tokio::test]
async fn a_connection_closed_before_leaves_no_effect() {
    let lab = Lab::new().await;
    let token = lab.log_in().await;
    order(&lab, &json!({"type": "drop-before"})).await;
    let form = format!(
        "grant_type=refresh_token&refresh_token={}",
        token["refresh_token"].as_str().expect("a token")
    );
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    assert!(
        lab.send(Method::POST, "/restapi/oauth/token", &headers, form)
            .await
            .is_err()
    );
    assert_eq!(lab.api(&token).await.status, 200);
    let record = lab.journal("grantType=refresh_token").await.remove(0);
    assert_eq!(
        (&record["status"], &record["fault"]),
        (&Value::Null, &json!("drop-before"))
    );
}

#[tokio::test]
async fn an_answer_that_is_lost_has_its_effect() {
    let lab = Lab::new().await;
    let token = lab.log_in().await;
    order(&lab, &json!({"type": "drop-after"})).await;
    let form = format!(
        "grant_type=refresh_token&refresh_token={}",
        token["refresh_token"].as_str().expect("a token")
    );
    let authorization = crate::support::basic(crate::support::WEB_APP.0, crate::support::WEB_APP.1);
    let headers = [
        ("content-type", "application/x-www-form-urlencoded"),
        ("authorization", &authorization),
    ];
    assert!(
        lab.send(Method::POST, "/restapi/oauth/token", &headers, form)
            .await
            .is_err()
    );
    assert_eq!(lab.api(&token).await.code(), "OAU-129", "the refresh happened");
    let again = lab.refresh(&token).await;
    assert_eq!(again.status, 200, "and the old refresh token heals it");
    assert_eq!(lab.api(&again.json()).await.status, 200);
}

#[tokio::test]
async fn an_answer_can_break_off() {
    use futures_util::StreamExt as _;

    let lab = Lab::new().await;
    let whole = lab.get("/restapi/v1.0", &[]).await.text;
    order(&lab, &json!({"type": "truncate", "bytes": 40})).await;
    let url = format!("{}/restapi/v1.0", lab.emulator.url());
    #[expect(
        clippy::disallowed_methods,
        reason = "one request whose body is read piece by piece"
    )]
    let mut stream = reqwest::get(url).await.expect("headers come").bytes_stream();
    let mut got = Vec::new();
    let end = loop {
        match stream.next().await {
            Some(Ok(bytes)) => got.extend_from_slice(&bytes),
            end => break end,
        }
    };
    assert_eq!(got, &whole.as_bytes()[..40]);
    assert!(matches!(end, Some(Err(_))), "the break is an error, not an end");
}

#[tokio::test]
async fn malformed_is_labelled_json_and_is_none() {
    let lab = Lab::new().await;
    order(&lab, &json!({"type": "malformed"})).await;
    let answer = lab.get("/restapi/v1.0", &[]).await;
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (200, "application/json")
    );
    assert!(serde_json::from_str::<Value>(&answer.text).is_err());
}

#[tokio::test]
async fn a_delay_only_delays() {
    let lab = Lab::new().await;
    order(&lab, &json!({"type": "delay", "delay": "20ms"})).await;
    let before = std::time::Instant::now();
    assert_eq!(lab.get("/restapi/v1.0", &[]).await.status, 200);
    assert!(before.elapsed() >= std::time::Duration::from_millis(20));
    assert_eq!(lab.journal("path=/restapi/v1.0").await[0]["fault"], "delay");
}

#[tokio::test]
async fn orders_are_listed_and_taken_back() {
    let lab = Lab::new().await;
    let several = json!([
        {"action": {"type": "status", "status": 500}},
        {"action": {"type": "malformed"}, "times": 3},
    ]);
    let ordered = lab.control(Method::POST, "faults", &several).await;
    assert_eq!(ordered["records"].as_array().map(Vec::len), Some(2));
    assert_eq!(lab.get("/restapi/v1.0", &[]).await.status, 500);
    let list = lab.control(Method::GET, "faults", &Value::Null).await;
    assert_eq!(
        (&list["records"][0]["hits"], &list["records"][0]["timesLeft"]),
        (&json!(1), &Value::Null)
    );
    let id = list["records"][0]["id"].as_str().expect("an id");
    lab.control(Method::DELETE, &format!("faults/{id}"), &Value::Null)
        .await;
    assert_eq!(
        lab.try_control(Method::DELETE, &format!("faults/{id}"), &Value::Null)
            .await
            .status,
        404
    );
    assert_eq!(lab.get("/restapi/v1.0", &[]).await.text, "{\"malformed\": tru");
    lab.control(Method::DELETE, "faults", &Value::Null).await;
    assert!(lab.get("/restapi/v1.0", &[]).await.json().is_object());

    let half = json!([{"action": {"type": "malformed"}}, {"action": {"type": "explode"}}]);
    let answer = lab.try_control(Method::POST, "faults", &half).await;
    assert_eq!(
        (answer.status, answer.json()["field"].as_str()),
        (400, Some("[1].action.type"))
    );
    assert!(
        answer.json()["allowed"]
            .as_array()
            .is_some_and(|allowed| allowed.contains(&json!("truncate")))
    );
    assert_eq!(
        lab.control(Method::GET, "faults", &Value::Null).await["records"],
        json!([]),
        "all or none"
    );
}

/// Clients that wait as long as the headers say find them in an ordered refusal, too.
#[tokio::test]
async fn too_many_requests_say_of_what() {
    let lab = Lab::new().await;
    let limits = ["group", "limit", "remaining", "window"];
    for (method, path, group, limit) in [
        (Method::GET, "/restapi/v1.0/account/~", "light", "50"),
        (
            Method::GET,
            "/restapi/v1.0/account/~/extension/~/call-log",
            "heavy",
            "10",
        ),
        (Method::POST, "/restapi/oauth/token", "auth", "5"),
    ] {
        for (status, wanted) in [(429, [group, limit, "0", "60"]), (500, ["", "", "", ""])] {
            order(&lab, &json!({"type": "status", "status": status})).await;
            let answer = lab.send(method.clone(), path, &[], "").await.expect("an answer");
            let found = limits.map(|name| answer.header(&format!("x-rate-limit-{name}")));
            assert_eq!((answer.status, found), (status, wanted), "{path}");
        }
    }
    order(&lab, &json!({"type": "status", "status": 429})).await;
    let answer = lab.get("/restapi/nowhere", &[]).await;
    assert_eq!((answer.status, answer.header("x-rate-limit-group")), (429, ""));
}

/// Whatever the platform would have said: an order that is used up has been seen.
#[tokio::test]
async fn what_breaks_an_answer_breaks_every_answer() {
    let lab = Lab::new().await;
    let token = lab.log_in().await;
    let bearer = format!("Bearer {}", token["access_token"].as_str().expect("a token"));
    let headers = [("authorization", bearer.as_str())];
    let everything = "/restapi/v1.0/account/~/extension/~/message-store";
    for (method, path, status) in [
        (Method::GET, "/restapi/nowhere", Some(404)),
        (Method::GET, "/restapi/v1.0/account/~", Some(200)),
        (Method::DELETE, everything, Some(204)),
    ] {
        let send = async || lab.send(method.clone(), path, &headers, "").await;
        order(&lab, &json!({"type": "malformed"})).await;
        let answer = send().await.expect("an answer");
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (200, "application/json"),
            "{path}"
        );
        assert!(serde_json::from_str::<Value>(&answer.text).is_err(), "{path}");
        for bytes in [0, 1_000_000] {
            order(&lab, &json!({"type": "truncate", "bytes": bytes})).await;
            assert!(send().await.is_err(), "{path} breaks off after {bytes} bytes");
        }
        assert_eq!(send().await.ok().map(|answer| answer.status), status, "{path}");
    }
}
