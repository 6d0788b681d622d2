//! What every request meets: paths, methods, errors, headers, cross-origin rules.

use reqwest::Method;
use ringcentral_emulator::EmulatorConfig;
use serde_json::{Value, json};

use crate::support::{Fields, LIMITED_APP, Lab, WEB_APP, basic, encode};

async fn bearer(lab: &Lab) -> String {
    format!(
        "Bearer {}",
        lab.log_in().await["access_token"].as_str().expect("a token")
    )
}

#[tokio::test]
async fn an_unknown_path_is_404_in_the_platforms_shape() {
    let lab = Lab::new().await;
    for path in ["/restapi/v1.0/nothing", "/nothing", "/restapi/oauth/nothing"] {
        let answer = lab.get(path, &[]).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (404, "CMN-120"),
            "{path}"
        );
        let body = answer.json();
        assert_eq!(body["errorCode"], "CMN-120");
        assert_eq!(body["errors"][0]["message"], body["message"]);
        assert!(body["message"].as_str().is_some_and(|text| text.contains(path)));
    }
}

#[tokio::test]
async fn an_operation_without_handler_is_501_and_named() {
    let lab = Lab::new().await;
    let bearer = bearer(&lab).await;
    let path = "/restapi/v1.0/account/~/custom-fields";
    let answer = lab.get(path, &[("authorization", &bearer)]).await;
    assert_eq!((answer.status, answer.code().as_str()), (501, "CMN-202"));
    let body = answer.json();
    assert!(
        body["message"].as_str().is_some_and(|text| text
            .contains("[GET /restapi/v1.0/account/{accountId}/custom-fields]")
            && text.contains("listCustomFields")),
        "{body}"
    );
    assert_eq!(
        lab.get(path, &[]).await.status,
        401,
        "it is asked for a token first"
    );
}

#[tokio::test]
async fn a_known_path_with_a_wrong_method_is_405() {
    let lab = Lab::new().await;
    let answer = lab
        .send(
            Method::PATCH,
            "/restapi/v1.0/account/~/extension/~/call-log",
            &[],
            "",
        )
        .await
        .expect("one");
    assert_eq!((answer.status, answer.code().as_str()), (405, "CMN-120"));
    assert_eq!(answer.header("allow"), "DELETE, GET");
}

#[tokio::test]
async fn slashes_questions_marks_and_percent_signs_do_not_matter() {
    let lab = Lab::new().await;
    let bearer = bearer(&lab).await;
    for path in [
        "/restapi/v1.0/account/~/extension/~",
        "/restapi/v1.0/account/~/extension/~/",
        "/restapi/v1.0/account/%7E/extension/%7e",
        "/restapi/v1.0/account/~/extension/~?",
        "/restapi/v1.0/account/~/extension/~?unknown=1&&empty=",
    ] {
        let headers = [
            ("authorization", bearer.as_str()),
            ("content-type", "application/json"),
        ];
        let answer = lab.get(path, &headers).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        let uri = answer.json()["uri"].as_str().unwrap_or_default().to_owned();
        assert!(uri.starts_with(lab.emulator.url()), "{uri} names this server");
    }
    let headers = [
        ("authorization", bearer.as_str()),
        ("host", "emulator.example.com:81"),
    ];
    let answer = lab
        .get("/restapi/v1.0/account/~/extension/~", &headers)
        .await
        .json();
    assert!(
        answer["uri"]
            .as_str()
            .is_some_and(|uri| uri.starts_with("http://emulator.example.com:81/restapi/"))
    );
}

#[tokio::test]
async fn headers_that_nobody_knows_do_not_matter() {
    let lab = Lab::new().await;
    let (id, secret) = WEB_APP;
    let form = encode(&[
        ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
        ("assertion", lab.env("RC_JWT")),
    ]);
    let basic = basic(id, secret);
    for unknown in [
        ("x-nobody-knows", "1"),
        ("nobody-knows", ""),
        ("x-user-agent", "Example Books/1.0"),
        ("cookie", "theirs=1"),
        (
            "traceparent",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        ),
        ("x-forwarded-for", "192.0.2.1"),
        ("accept-encoding", "br"),
        ("expires", "never"),
    ] {
        let headers = [
            ("authorization", basic.as_str()),
            ("content-type", "application/x-www-form-urlencoded"),
            unknown,
        ];
        let token = lab
            .send(Method::POST, "/restapi/oauth/token", &headers, form.clone())
            .await
            .expect("an answer");
        assert_eq!(token.status, 200, "{unknown:?}: {}", token.text);
        // A token of its own: only so many sessions of a user live at once.
        let bearer = format!(
            "Bearer {}",
            token.json()["access_token"].as_str().expect("a token")
        );
        let path = "/restapi/v1.0/account/~/extension/~";
        let answer = lab.get(path, &[("authorization", &bearer), unknown]).await;
        assert_eq!(answer.status, 200, "{unknown:?}: {}", answer.text);
        let status = lab.get("/_emulator/status", &[unknown]).await;
        assert_eq!(status.status, 200, "{unknown:?}: {}", status.text);
    }
}

#[tokio::test]
async fn methods_can_be_tunnelled() {
    let lab = Lab::new().await;
    let bearer = bearer(&lab).await;
    let path = "/restapi/v1.0/account/~/extension/~/call-log";
    for (query, header, status) in [
        ("", Some("DELETE"), 204),
        ("?_method=delete", None, 204),
        ("?_method=DELETE", Some("DELETE"), 204),
        ("?_method=PUT", Some("DELETE"), 400),
        ("?_method=TRACE", None, 400),
        ("", None, 405),
    ] {
        let mut headers = vec![("authorization", bearer.as_str())];
        headers.extend(header.map(|method| ("x-http-method-override", method)));
        let answer = lab
            .send(Method::POST, &format!("{path}{query}"), &headers, "")
            .await
            .expect("an answer");
        assert_eq!(answer.status, status, "{query} {header:?}: {}", answer.text);
    }
}

#[tokio::test]
async fn permissions_of_app_and_user_are_checked() {
    let lab = Lab::with(EmulatorConfig {
        rate_limits: false,
        auto_approve: Some("102".to_owned()),
        ..EmulatorConfig::default()
    })
    .await;
    let form = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
        ("assertion", lab.env("RC_JWT")),
    ];
    let limited = lab.token_as(Some(LIMITED_APP), &form).await.json();
    let headers = format!("Bearer {}", limited["access_token"].as_str().expect("a token"));
    let answer = lab
        .get(
            "/restapi/v1.0/account/~/extension/~/call-log",
            &[("authorization", &headers)],
        )
        .await;
    assert_eq!((answer.status, answer.code().as_str()), (403, "CMN-401"));
    let body = answer.json();
    assert_eq!(
        (&body["errorCode"], &body["permissionName"]),
        (&json!("InsufficientPermissions"), &json!("ReadCallLog"))
    );
    assert_eq!(body["errors"][0]["permissionName"], "ReadCallLog");

    let code = lab.code("EMU-web-app", &[]).await;
    let redirect = crate::support::REDIRECT;
    let user = lab
        .token(&[
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", redirect),
        ])
        .await
        .json();
    let headers = format!("Bearer {}", user["access_token"].as_str().expect("a token"));
    let answer = lab
        .get("/restapi/v1.0/account/~/call-log", &[("authorization", &headers)])
        .await;
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (403, "CMN-408"),
        "{}",
        answer.text
    );
    assert_eq!(answer.json()["permissionName"], "FullCompanyCallLog");
}

#[tokio::test]
async fn every_answer_carries_an_id_and_the_emulators_date() {
    let lab = Lab::new().await;
    lab.control(Method::POST, "clock", &json!({"set": "2031-05-06T07:08:09Z"}))
        .await;
    let (first, second) = (
        lab.get("/restapi/v1.0", &[]).await,
        lab.get("/restapi/nothing", &[]).await,
    );
    assert_eq!(first.header("rcrequestid").len(), 36);
    assert_ne!(first.header("rcrequestid"), second.header("rcrequestid"));
    assert_eq!(first.header("date"), "Tue, 06 May 2031 07:08:09 GMT");
    assert_eq!(first.header("content-language"), "en-US");
    assert_eq!(first.header("content-length"), first.text.len().to_string());
}

#[tokio::test]
async fn the_date_of_every_answer_is_the_emulators_clock() {
    let lab = Lab::new().await;
    let token = bearer(&lab).await;
    let time = "2031-05-06T07:08:09Z";
    lab.control(Method::POST, "clock", &json!({"set": time})).await;
    let form = [("content-type", "application/x-www-form-urlencoded")];
    // One byte too many: the server has read all of it when it refuses, so the client has nothing left to write.
    let large = vec![b'x'; 64 * 1024 * 1024 + 1];
    let authorized = [("authorization", token.as_str())];
    let rows: [(Method, &str, Fields<'_>, Vec<u8>); 15] = [
        (Method::GET, "/restapi/v1.0", &[], vec![]),
        (Method::GET, "/restapi/nothing", &[], vec![]),
        (Method::GET, "/restapi/v1.0/account/~", &[], vec![]),
        (Method::GET, "/restapi/v1.0/account/~", &authorized, vec![]),
        (Method::HEAD, "/restapi/v1.0", &[], vec![]),
        (Method::OPTIONS, "/restapi/oauth/token", &[], vec![]),
        (
            Method::POST,
            "/restapi/oauth/token",
            &form,
            b"grant_type=none".to_vec(),
        ),
        (Method::GET, "/restapi/oauth/authorize", &[], vec![]),
        (Method::GET, "/restapi/oauth/jwks", &[], vec![]),
        (Method::GET, "/", &[], vec![]),
        (Method::GET, "/favicon.ico", &[], vec![]),
        (Method::GET, "/_emulator/", &[], vec![]),
        (Method::GET, "/_emulator/style.css", &[], vec![]),
        (Method::POST, "/_emulator/nothing", &[], vec![]),
        (Method::POST, "/restapi/oauth/token", &form, large),
    ];
    for (method, path, headers, body) in rows {
        let answer = lab
            .send(method.clone(), path, headers, body)
            .await
            .expect("an answer");
        assert_eq!(
            answer.header("date"),
            "Tue, 06 May 2031 07:08:09 GMT",
            "{method} {path} {}",
            answer.status
        );
    }
    let fault = json!({"action": {"type": "status", "status": 503}, "times": 1});
    lab.control(Method::POST, "faults", &fault).await;
    let answer = lab.get("/restapi/v1.0", &[]).await;
    assert_eq!(
        (answer.status, answer.header("date")),
        (503, "Tue, 06 May 2031 07:08:09 GMT")
    );
    lab.advance("1s").await;
    let answer = lab.get("/restapi/v1.0", &[]).await;
    assert_eq!(answer.header("date"), "Tue, 06 May 2031 07:08:10 GMT");
}

#[tokio::test]
async fn a_preflight_is_answered_without_a_token() {
    let lab = Lab::new().await;
    let headers = [
        ("origin", "http://localhost:3000"),
        ("access-control-request-method", "DELETE"),
        (
            "access-control-request-headers",
            "authorization,client-id,x-request-id",
        ),
    ];
    for path in [
        "/restapi/oauth/token",
        "/restapi/v1.0/account/~/extension/~/call-log",
    ] {
        let answer = lab
            .send(Method::OPTIONS, path, &headers, "")
            .await
            .expect("an answer");
        assert_eq!(answer.status, 204, "{path}");
        assert_eq!(
            answer.header("access-control-allow-origin"),
            "http://localhost:3000"
        );
        assert_eq!(answer.header("access-control-allow-credentials"), "true");
        for method in ["PATCH", "DELETE"] {
            assert!(answer.header("access-control-allow-methods").contains(method));
        }
        for header in [
            "authorization",
            "client-id",
            "x-user-agent",
            "x-http-method-override",
            // One that nobody has heard of.
            "x-request-id",
        ] {
            assert!(
                answer.header("access-control-allow-headers").contains(header),
                "{header}"
            );
        }
    }
    let answer = lab
        .get("/restapi/v1.0/account/~", &[("origin", "http://localhost:3000")])
        .await;
    assert_eq!(answer.status, 401);
    assert_eq!(
        answer.header("access-control-allow-origin"),
        "http://localhost:3000"
    );
    assert_eq!(answer.header("vary"), "Origin");
    for header in ["retry-after", "x-rate-limit-remaining", "rcrequestid"] {
        assert!(
            answer.header("access-control-expose-headers").contains(header),
            "{header}"
        );
    }
    let login = "/restapi/oauth/authorize?client_id=EMU-web-app";
    let answer = lab.get(login, &[("origin", "http://localhost:3000")]).await;
    assert_eq!(
        answer.header("access-control-allow-origin"),
        "",
        "no page reads the login page"
    );
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_413() {
    let lab = Lab::new().await;
    let body = vec![b'x'; 64 * 1024 * 1024 + 1];
    let answer = lab
        .send(Method::POST, "/restapi/oauth/token", &[], body)
        .await
        .expect("an answer: the server has read all of it when it refuses");
    assert_eq!(answer.status, 413);
    assert_eq!(lab.get("/restapi/v1.0", &[]).await.status, 200);
}

#[tokio::test]
async fn unknown_headers_and_newer_clients_are_never_refused() {
    let lab = Lab::new().await;
    let bearer = bearer(&lab).await;
    let api = [
        ("authorization", bearer.as_str()),
        ("content-type", "application/json"),
    ];
    let app = crate::support::basic("EMU-web-app", "EMU-web-app-secret");
    let form = [
        ("authorization", app.as_str()),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    let sms = json!({
        "from": {"phoneNumber": "+16505550101"},
        "to": [{"phoneNumber": "+12125550147"}],
        "text": "hello",
    })
    .to_string();
    let grant = crate::support::encode(&[
        ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
        ("assertion", lab.env("RC_JWT")),
    ]);
    let me = "/restapi/v1.0/account/~/extension/~";
    let requests: [(Method, &str, Fields<'_>, &str); 3] = [
        (Method::GET, me, &api, ""),
        (Method::POST, &format!("{me}/sms"), &api, &sms),
        (Method::POST, "/restapi/oauth/token", &form, &grant),
    ];
    let oddities: [Fields<'_>; 10] = [
        &[("accept", "application/vnd.example.v9+json")],
        &[("accept", "text/html;q=0.3, image/*")],
        &[("accept", "nonsense")],
        &[("accept", "")],
        &[("x-unheard-of", "1"), ("x-b3-traceid", "80f198ee56343ba8")],
        &[("rc-unheard-of", "yes"), ("rcbrandid", "0")],
        &[("user-agent", "unheard-of/0.0 (+https://example.com)")],
        &[("user-agent", "")],
        &[("x-user-agent", "RingCentralSDK/99.0.0 (next; os/99)")],
        &[
            ("rc-user-agent", "ringcentral-extensible/9.9.9"),
            ("client-id", "unheard-of"),
        ],
    ];
    for (method, path, headers, body) in requests {
        for odd in oddities {
            let all = [headers, odd].concat();
            let answer = lab
                .send(method.clone(), path, &all, body.to_owned())
                .await
                .expect("an answer");
            assert_eq!(answer.status, 200, "{method} {path} {odd:?}: {}", answer.text);
            assert!(
                answer.header("content-type").starts_with("application/json"),
                "{odd:?}"
            );
        }
    }
}

#[tokio::test]
async fn two_users_have_two_worlds() {
    let lab = Lab::new().await;
    let mut owners = Vec::<Value>::new();
    for hint in ["101", "ben.osei@example.com"] {
        let code = lab.code("EMU-web-app", &[("login_hint", hint)]).await;
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", crate::support::REDIRECT),
        ];
        owners.push(lab.token(&form).await.json()["owner_id"].clone());
    }
    assert_ne!(owners[0], owners[1]);
}

/// A script in a page reads only what is named to it: what pages of a list, pictures and recordings say, too.
#[tokio::test]
async fn scripts_may_read_every_header_that_says_something() {
    let lab = Lab::new().await;
    let answer = lab
        .get("/restapi/v1.0", &[("origin", "http://localhost:3000")])
        .await;
    let exposed: Vec<&str> = answer
        .header("access-control-expose-headers")
        .split(", ")
        .collect();
    for header in [
        "retry-after",
        "x-rate-limit-window",
        "content-disposition",
        "content-range",
        "accept-ranges",
        "etag",
        "last-modified",
    ] {
        assert!(exposed.contains(&header), "{header}: {exposed:?}");
    }
}

/// A tunnelled method is the one that counts: to faults, and in the journal.
#[tokio::test]
async fn a_tunnelled_request_is_known_by_the_method_it_means() {
    let lab = Lab::new().await;
    let fault = json!({
        "match": {"method": "DELETE"}, "action": {"type": "status", "status": 503}, "times": 1,
    });
    lab.control(Method::POST, "faults", &fault).await;
    let path = "/restapi/v1.0/account/~/extension/~/message-store/1";
    let headers = [("x-http-method-override", "DELETE")];
    let tunnelled = lab
        .send(Method::POST, path, &headers, "")
        .await
        .expect("an answer");
    assert_eq!(tunnelled.status, 503);
    let records = lab.journal("method=DELETE").await;
    assert_eq!(
        (records.len(), &records[0]["path"], &records[0]["fault"]),
        (1, &json!(path), &json!("status"))
    );
}

/// Whatever is sent, a record is short: the journal holds many.
#[tokio::test]
async fn the_journal_cuts_off_what_is_too_long() {
    let lab = Lab::new().await;
    let long = "x".repeat(5000);
    lab.get(&format!("/restapi/{long}?a={long}"), &[]).await;
    lab.token(&[("grant_type", &long)]).await;
    for record in lab.journal("").await {
        for field in ["path", "query", "grantType"] {
            let text = record[field].as_str().unwrap_or_default();
            assert!(text.len() < 1100, "{field} has {} bytes", text.len());
        }
    }
}
