//! The control API: its calls, its refusals, and who may use it.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Fields, Lab};

#[tokio::test]
async fn status_names_version_time_and_settings() {
    let lab = Lab::new().await;
    let status = lab.control(Method::GET, "status", &Value::Null).await;
    assert_eq!(status["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(status["settings"]["accessTokenSeconds"], 3600);
    assert_eq!(
        status["settings"]["rateLimits"]["heavy"],
        json!({"limit": 10, "windowSeconds": 60, "penaltySeconds": 60})
    );
    assert_eq!(
        status["now"].as_str().map(str::len),
        Some("2026-01-01T00:00:00.000Z".len())
    );
}

#[tokio::test]
async fn the_clock_moves_forward_only() {
    let lab = Lab::new().await;
    let set = |time: &'static str| json!({"set": time});
    let now = lab
        .control(Method::POST, "clock", &set("2030-12-01T00:00:00Z"))
        .await;
    assert_eq!(
        now,
        json!({"now": "2030-12-01T00:00:00.000Z", "frozen": true, "fired": []})
    );
    let now = lab
        .control(Method::POST, "clock", &json!({"advance": "1h30m"}))
        .await;
    assert_eq!(now["now"], "2030-12-01T01:30:00.000Z");
    assert_eq!(
        lab.control(Method::GET, "clock", &Value::Null).await,
        json!({"now": now["now"], "frozen": true})
    );
    for (body, field) in [
        (set("2030-12-01T01:29:59Z"), "set"),
        (json!({"set": "2030-12-01T01:29:59Z", "freeze": true}), "set"),
        (json!({"set": "2030-12-01T01:29:59Z", "freeze": false}), "set"),
        (set("tomorrow"), "set"),
        (json!({"set": 1}), "set"),
        (json!({"advance": "-5m"}), "advance"),
        (json!({"advance": "5 minutes"}), "advance"),
        (json!({"advance": "900000d"}), "advance"),
        (json!({"advance": "1m", "set": "2031-01-01"}), "set"),
        (json!({"freeze": "yes"}), "freeze"),
        (json!({"back": "1m"}), "back"),
        (json!({}), "(body)"),
        (json!([]), "(body)"),
    ] {
        let answer = lab.try_control(Method::POST, "clock", &body).await;
        assert_eq!(
            (answer.status, answer.json()["field"].as_str()),
            (400, Some(field)),
            "{body}: {}",
            answer.text
        );
    }
    assert_eq!(
        lab.control(Method::GET, "clock", &Value::Null).await,
        json!({"now": now["now"], "frozen": true}),
        "what was refused moved nothing"
    );
    let running = lab
        .control(Method::POST, "clock", &json!({"freeze": false}))
        .await;
    assert_eq!(running["frozen"], false);
    assert!(running["now"].as_str() >= now["now"].as_str());
}

#[tokio::test]
async fn what_is_due_happens_before_the_clock_answers() {
    let lab = Lab::new().await;
    let token = lab.log_in().await;
    let bearer = format!("Bearer {}", token["access_token"].as_str().expect("a token"));
    let headers = [
        ("authorization", bearer.as_str()),
        ("content-type", "application/json"),
    ];
    let body = json!({
        "from": {"phoneNumber": lab.env("RC_FROM")}, "to": [{"phoneNumber": lab.env("RC_TO")}], "text": "Hello",
    });
    let path = "/restapi/v1.0/account/~/extension/~/sms";
    let sent = lab
        .send(Method::POST, path, &headers, body.to_string())
        .await
        .expect("an answer");
    assert_eq!(sent.status, 200, "{}", sent.text);
    lab.advance("10m").await;
    let uri = sent.json()["uri"].as_str().expect("a link").to_owned();
    let path = uri
        .strip_prefix(lab.emulator.url())
        .expect("a link to this server");
    assert_eq!(lab.get(path, &headers).await.json()["messageStatus"], "Delivered");
}

#[tokio::test]
async fn bad_settings_name_the_field_and_what_is_allowed() {
    let lab = Lab::new().await;
    let bad = json!({"rateLimits": {"lite": {"limit": 1}}});
    let answer = lab.try_control(Method::PATCH, "settings", &bad).await;
    assert_eq!(answer.status, 400);
    let body = answer.json();
    assert_eq!(body["field"], "rateLimits.lite");
    assert!(
        body["allowed"]
            .as_array()
            .is_some_and(|allowed| allowed.contains(&json!("light"))),
        "{body}"
    );
    let answer = lab
        .send(Method::PATCH, "/_emulator/settings", &[], "{\"a\"")
        .await
        .expect("an answer");
    assert_eq!(
        (answer.status, answer.json()["field"].as_str()),
        (400, Some("(body)"))
    );
}

#[tokio::test]
async fn reset_goes_back_to_the_seed() {
    let lab = Lab::new().await;
    let token = lab.log_in().await;
    lab.control(Method::POST, "messages", &json!({"text": "Hello"}))
        .await;
    lab.control(Method::PATCH, "settings", &json!({"codeSeconds": 1}))
        .await;
    lab.control(Method::POST, "faults", &json!({"action": {"type": "malformed"}}))
        .await;
    lab.advance("30d").await;
    let status = lab.control(Method::POST, "reset", &Value::Null).await;
    assert_eq!(status["settings"]["codeSeconds"], 60);
    assert_eq!(
        lab.control(Method::GET, "faults", &Value::Null).await["records"],
        json!([])
    );
    assert_eq!(lab.journal("").await, Vec::<Value>::new());
    assert_eq!(lab.api(&token).await.code(), "OAU-213");
    assert_eq!(
        lab.control(Method::GET, "clock", &Value::Null).await["frozen"],
        false
    );
    assert_eq!(
        lab.log_in().await["expires_in"],
        3600,
        "the JWT in the env file stays good"
    );
}

#[tokio::test]
async fn the_journal_tells_what_was_asked_without_secrets() {
    let lab = Lab::new().await;
    let code = lab.code("EMU-web-app", &[("state", "EMU-secret-state")]).await;
    let token = lab.log_in().await;
    lab.refresh(&token).await;
    lab.api(&token).await;
    let all = lab.journal("").await;
    let steps: Vec<String> = all
        .iter()
        .map(|record| {
            format!("{} {} {}", record["method"], record["path"], record["status"]).replace('"', "")
        })
        .collect();
    assert_eq!(
        steps,
        [
            "GET /restapi/oauth/authorize 302",
            "POST /restapi/oauth/token 200",
            "POST /restapi/oauth/token 200",
            "GET /restapi/v1.0/account/~ 401",
        ]
    );
    let refresh = &lab.journal("grantType=refresh_token").await[..];
    assert_eq!(refresh.len(), 1);
    assert_eq!(refresh[0]["appId"], "EMU-web-app");
    assert_eq!(refresh[0]["extensionId"], token["owner_id"]);
    assert_eq!(refresh[0]["rateGroup"], "auth");
    assert_eq!(lab.journal("method=get").await.len(), 2);
    assert_eq!(lab.journal("path=/restapi/oauth/*").await.len(), 3);
    assert_eq!(lab.journal("path=/restapi/oauth").await.len(), 0);
    let text = Value::from(all).to_string();
    for secret in [
        &code,
        "EMU-secret-state",
        lab.env("RC_JWT"),
        lab.env("RC_CLIENT_SECRET"),
    ] {
        assert!(!text.contains(secret), "{secret}");
    }
    assert_eq!(
        lab.try_control(Method::GET, "requests?pth=x", &Value::Null)
            .await
            .json()["field"],
        "pth"
    );
    lab.control(Method::DELETE, "requests", &Value::Null).await;
    assert!(lab.journal("").await.is_empty());
}

#[tokio::test]
async fn messages_and_calls_arrive() {
    let lab = Lab::new().await;
    let message = lab
        .control(
            Method::POST,
            "messages",
            &json!({"from": "+12125550147", "text": "Ahoy"}),
        )
        .await;
    assert_eq!(
        (&message["direction"], &message["type"]),
        (&json!("Inbound"), &json!("SMS"))
    );
    let call = lab
        .control(
            Method::POST,
            "calls",
            &json!({"from": "+12125550147", "result": "Missed"}),
        )
        .await;
    assert_eq!(
        (&call["direction"], &call["result"]),
        (&json!("Inbound"), &json!("Missed"))
    );
    for (call, body, field) in [
        ("messages", json!({"type": "Pigeon"}), "type"),
        ("messages", json!([]), "(body)"),
        ("calls", json!({"result": "?"}), "result"),
    ] {
        let answer = lab.try_control(Method::POST, call, &body).await;
        assert_eq!(
            (answer.status, answer.json()["field"].as_str()),
            (400, Some(field)),
            "{call} {body}"
        );
    }
}

#[tokio::test]
async fn no_web_page_can_drive_the_emulator() {
    let lab = Lab::new().await;
    let own = lab.emulator.url().to_owned();
    let port = lab.emulator.address().port();
    let local = format!("localhost:{port}");
    let page_origin = format!("http://{local}");
    let rebound = format!("rebound.example.com:{port}");
    let (change, look) = (Method::POST, Method::GET);
    let cases: [(Method, Fields<'_>, u16); 19] = [
        (change.clone(), &[], 200),
        (change.clone(), &[("origin", &own)], 200),
        (
            change.clone(),
            &[("origin", &own), ("sec-fetch-site", "same-origin")],
            200,
        ),
        (change.clone(), &[("host", &local), ("origin", &page_origin)], 200),
        (change.clone(), &[("sec-fetch-site", "none")], 200),
        (change.clone(), &[("origin", "null")], 403),
        (change.clone(), &[("origin", "https://example.com")], 403),
        (change.clone(), &[("origin", "http://localhost:3000")], 403),
        (change.clone(), &[("origin", &page_origin)], 403),
        (change.clone(), &[("origin", "http://127.0.0.1")], 403),
        (change.clone(), &[("sec-fetch-site", "cross-site")], 403),
        (change.clone(), &[("sec-fetch-site", "same-site")], 403),
        (change.clone(), &[("host", &rebound)], 403),
        (
            change.clone(),
            &[("host", &rebound), ("origin", &format!("http://{rebound}"))],
            403,
        ),
        (change.clone(), &[("host", "localhost.example.com")], 403),
        (
            look.clone(),
            &[("sec-fetch-site", "same-site"), ("sec-fetch-mode", "navigate")],
            200,
        ),
        (
            look.clone(),
            &[("sec-fetch-site", "same-site"), ("sec-fetch-mode", "cors")],
            403,
        ),
        (
            look.clone(),
            &[("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate")],
            403,
        ),
        (look, &[("host", "example.com")], 403),
    ];
    for (method, headers, status) in cases {
        let path = if method == change {
            "/_emulator/reset"
        } else {
            "/_emulator/status"
        };
        let answer = lab.send(method, path, headers, "").await.expect("an answer");
        assert_eq!(answer.status, status, "{headers:?}: {}", answer.text);
        assert_eq!(answer.header("access-control-allow-origin"), "", "{headers:?}");
    }
    let preflight = [
        ("origin", "http://localhost:3000"),
        ("access-control-request-method", "POST"),
    ];
    let answer = lab
        .send(Method::OPTIONS, "/_emulator/reset", &preflight, "")
        .await
        .expect("an answer");
    assert_eq!(answer.status, 403);
}

#[tokio::test]
async fn what_is_no_control_call_is_told_what_is() {
    let lab = Lab::new().await;
    let answer = lab.try_control(Method::GET, "clok", &Value::Null).await;
    assert_eq!(answer.status, 404);
    assert!(answer.text.contains("/_emulator/clock"));
    let answer = lab.try_control(Method::GET, "reset", &Value::Null).await;
    assert_eq!((answer.status, answer.header("allow")), (405, "POST"));
}

#[tokio::test]
async fn the_inspector_shows_everything() {
    let lab = Lab::new().await;
    lab.log_in().await;
    lab.control(
        Method::POST,
        "faults",
        &json!({"action": {"type": "truncate", "bytes": 1}, "match": {"path": "/x"}}),
    )
    .await;
    for path in ["/_emulator", "/_emulator/"] {
        let page = lab.get(path, &[]).await;
        assert_eq!(page.status, 200);
        for part in [
            "Ada Quill",
            "EMU-web-app",
            "/restapi/oauth/token",
            "truncate",
            "accessTokenSeconds",
            "+61m",
        ] {
            assert!(page.text.contains(part), "{part}");
        }
        assert!(
            page.header("content-security-policy")
                .contains("script-src 'self'")
        );
        assert!(
            !page.text.contains("onclick") && !page.text.contains("<script>"),
            "no inline script"
        );
        for secret in [lab.env("RC_JWT"), "EMU-at-", "EMU-rt-"] {
            assert!(!page.text.contains(secret));
        }
    }
    assert_eq!(lab.get("/", &[]).await.header("location"), "/_emulator/");
}

/// What is reckoned from the clock must still be in the calendar.
#[tokio::test]
async fn the_clock_ends_before_the_calendar_does() {
    let lab = Lab::with(ringcentral_emulator::EmulatorConfig {
        starts_at: "8990-01-01T00:00:00Z".parse().ok(),
        rate_limits: false,
        ..ringcentral_emulator::EmulatorConfig::default()
    })
    .await;
    for (step, field) in [
        (json!({"advance": "4000d"}), "advance"),
        (json!({"set": "9000-01-01T00:00:00.001Z"}), "set"),
        (json!({"set": "9999-12-30T00:00:00Z"}), "set"),
        (json!({"set": "9999-12-30T00:00:00Z", "freeze": false}), "set"),
    ] {
        let refused = lab.try_control(Method::POST, "clock", &step).await;
        assert_eq!(
            (refused.status, &refused.json()["field"]),
            (400, &json!(field)),
            "{step}"
        );
        assert!(refused.text.contains("8999"), "{}", refused.text);
    }
    let days = std::time::Duration::from_hours(24 * 4000);
    assert!(lab.emulator.advance(days).is_err());
    let end = "9000-01-01T00:00:00.000Z";
    let moved = lab
        .control(Method::POST, "clock", &json!({"set": end, "freeze": false}))
        .await;
    assert_eq!(moved["now"], end);
    // There it stands, and everything goes on.
    let token = lab.log_in().await;
    let authorization = format!("Bearer {}", token["access_token"].as_str().expect("a token"));
    let headers = [
        ("authorization", authorization.as_str()),
        ("content-type", "application/json"),
    ];
    let extension = "/restapi/v1.0/account/~/extension/~";
    let sms = json!({"from": {"phoneNumber": lab.env("RC_FROM")}, "to": [{"phoneNumber": "+14155550190"}], "text": "Hi"});
    let sent = lab
        .send(
            Method::POST,
            &format!("{extension}/sms"),
            &headers,
            sms.to_string(),
        )
        .await
        .expect("an answer");
    assert_eq!(sent.status, 200, "{}", sent.text);
    let deleted = lab
        .send(
            Method::DELETE,
            &format!("{extension}/message-store"),
            &headers,
            "",
        )
        .await
        .expect("an answer");
    assert_eq!(deleted.status, 204, "{}", deleted.text);
    lab.control(Method::POST, "calls", &json!({"ring": 20, "duration": 60}))
        .await;
    lab.control(Method::POST, "messages", &json!({"type": "VoiceMail"}))
        .await;
    assert_eq!(lab.control(Method::GET, "clock", &Value::Null).await["now"], end);
}

#[tokio::test]
async fn a_clock_does_not_start_beyond_its_end() {
    for start in ["9000-01-01T00:00:01Z", "-000001-01-01T00:00:00Z"] {
        let config = ringcentral_emulator::EmulatorConfig::new().starts_at(start.parse().expect("a time"));
        assert!(
            ringcentral_emulator::Emulator::start(config).await.is_err(),
            "{start}"
        );
        let seed = ringcentral_emulator::Seed::parse(&format!("start = \"{start}\""));
        assert!(seed.is_err(), "{start}");
    }
}

#[tokio::test]
async fn a_wrong_method_is_told_the_right_ones_with_an_id_too() {
    let lab = Lab::new().await;
    for (method, call, allow) in [
        (Method::GET, "snapshots/x", "DELETE"),
        (Method::POST, "snapshots/x", "DELETE"),
        (Method::GET, "snapshots/x/restore", "POST"),
        (Method::GET, "faults/1", "DELETE"),
        (Method::PUT, "sessions/1", "DELETE"),
        (Method::GET, "jwts/1", "DELETE"),
        (Method::POST, "lockouts/1", "DELETE"),
        (Method::GET, "calls/1", "POST"),
        (Method::PATCH, "worlds/x", "GET, DELETE"),
        (Method::PATCH, "worlds", "GET, POST"),
    ] {
        let answer = lab.try_control(method.clone(), call, &Value::Null).await;
        assert_eq!(
            (answer.status, answer.header("allow")),
            (405, allow),
            "{method} {call}"
        );
    }
    for call in ["snapshots/x/y", "clock/1", "snapshots/x/restore/y"] {
        assert_eq!(
            lab.try_control(Method::GET, call, &Value::Null).await.status,
            404,
            "{call}"
        );
    }
}

/// A message goes on from the field's name, or is a sentence of its own.
#[tokio::test]
async fn refusals_are_sentences() {
    let lab = Lab::new().await;
    for (method, call, body, words) in [
        (
            Method::POST,
            "snapshots/x/restore",
            Value::Null,
            "name \"x\" is not a snapshot",
        ),
        (
            Method::DELETE,
            "snapshots/x",
            Value::Null,
            "name \"x\" is not a snapshot",
        ),
        (
            Method::DELETE,
            "faults/7",
            Value::Null,
            "id 7 is not an ordered fault",
        ),
        (
            Method::POST,
            "clock",
            json!({"advance": 1}),
            "advance must be text",
        ),
    ] {
        let refused = lab.try_control(method, call, &body).await;
        assert_eq!(refused.json()["error"], words, "{call}");
    }
    lab.control(Method::POST, "worlds", &json!({"name": "one"})).await;
    let refused = lab
        .try_control(Method::POST, "worlds", &json!({"name": "one"}))
        .await;
    assert_eq!(refused.status, 409);
    let error = refused.json()["error"].as_str().expect("words").to_owned();
    assert!(
        error.starts_with("\"one\" cannot be the name of a new world: "),
        "{error}"
    );
}
