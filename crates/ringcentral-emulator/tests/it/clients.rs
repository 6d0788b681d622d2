//! The token endpoint: which app asks, for which grant, in which words it is refused.

use reqwest::Method;
use serde_json::json;

use crate::support::{Fields, LIMITED_APP, Lab, PUBLIC_APP, WEB_APP, basic, encode};

const JWT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

#[tokio::test]
async fn client_authentication_has_its_table() {
    let lab = Lab::new().await;
    let good = basic(WEB_APP.0, WEB_APP.1);
    let cases: [(&str, Option<String>, _, _, _); 14] = [
        ("Basic", Some(good.clone()), None, 200, ""),
        (
            "Basic, lower case",
            Some(good.replace("Basic", "basic")),
            None,
            200,
            "",
        ),
        (
            "Basic and the same client_id",
            Some(good.clone()),
            Some(WEB_APP.0),
            200,
            "",
        ),
        (
            "Basic and an empty client_id",
            Some(good.clone()),
            Some(""),
            200,
            "",
        ),
        (
            "Basic and another client_id",
            Some(good.clone()),
            Some(PUBLIC_APP),
            401,
            "OAU-120",
        ),
        ("nothing", None, None, 401, "OAU-123"),
        ("an empty client_id", None, Some(""), 401, "OAU-123"),
        (
            "client_id of an app with a secret",
            None,
            Some(WEB_APP.0),
            401,
            "OAU-123",
        ),
        (
            "empty secret of an app with a secret",
            Some(basic(WEB_APP.0, "")),
            None,
            401,
            "OAU-123",
        ),
        (
            "wrong secret",
            Some(basic(WEB_APP.0, "EMU-wrong")),
            None,
            401,
            "OAU-146",
        ),
        (
            "a secret of an app without",
            Some(basic(PUBLIC_APP, "EMU-x")),
            None,
            401,
            "OAU-146",
        ),
        (
            "unknown app",
            Some(basic("EMU-unknown", "x")),
            None,
            401,
            "OAU-153",
        ),
        ("no base64", Some("Basic !".to_owned()), None, 401, "OAU-123"),
        ("Bearer", Some("Bearer EMU-at-x".to_owned()), None, 401, "OAU-151"),
    ];
    for (name, authorization, client_id, status, code) in cases {
        let mut form = vec![("grant_type", JWT), ("assertion", lab.env("RC_JWT"))];
        form.extend(client_id.map(|id| ("client_id", id)));
        let mut headers = vec![("content-type", "application/x-www-form-urlencoded; charset=UTF-8")];
        headers.extend(authorization.as_deref().map(|value| ("authorization", value)));
        let answer = lab
            .send(Method::POST, "/restapi/oauth/token", &headers, encode(&form))
            .await
            .expect("an answer");
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (status, code),
            "{name}: {}",
            answer.text
        );
        if status == 401 {
            assert_eq!(answer.json()["error"], "invalid_client", "{name}");
        }
    }
}

#[tokio::test]
async fn the_password_grant_takes_three_spellings_of_the_extension() {
    let lab = Lab::new().await;
    let (username, extension, password) = (
        lab.env("RC_USERNAME"),
        lab.env("RC_EXTENSION"),
        lab.env("RC_PASSWORD"),
    );
    let starred = format!("{username}*{extension}");
    let raw_plus = format!(
        "grant_type=password&username={username}&password={}",
        encode(&[("p", password)]).split_off(2)
    );
    let cases: [(&str, String); 5] = [
        (
            "none",
            encode(&[
                ("grant_type", "password"),
                ("username", username),
                ("password", password),
            ]),
        ),
        (
            "behind a star",
            encode(&[
                ("grant_type", "password"),
                ("username", &starred),
                ("password", password),
            ]),
        ),
        (
            "a field",
            encode(&[
                ("grant_type", "password"),
                ("username", username),
                ("extension", extension),
                ("password", password),
            ]),
        ),
        (
            "without plus",
            encode(&[
                ("grant_type", "password"),
                ("username", &username[1..]),
                ("password", password),
            ]),
        ),
        ("a plus that nobody encoded", raw_plus),
    ];
    let authorization = basic(WEB_APP.0, WEB_APP.1);
    let headers = [
        ("content-type", "application/x-www-form-urlencoded"),
        ("authorization", &authorization),
    ];
    for (name, form) in cases {
        let answer = lab
            .send(Method::POST, "/restapi/oauth/token", &headers, form)
            .await
            .expect("an answer");
        assert_eq!(answer.status, 200, "{name}: {}", answer.text);
    }
}

#[tokio::test]
async fn the_password_grant_tells_its_refusals_apart() {
    let lab = Lab::new().await;
    let users = lab.get("/_emulator/", &[]).await.text;
    let users = scraper(&users);
    let of = |note: &str| {
        users
            .iter()
            .find(|user| user.note == note)
            .unwrap_or_else(|| panic!("a user who is {note}"))
    };
    let (locked, second_step) = (of("locked"), of("needs a code"));
    for (username, password, code) in [
        (lab.env("RC_USERNAME"), "wrong", "OAU-140"),
        ("nobody@example.com", "wrong", "OAU-140"),
        (&locked.number, &locked.password, "OAU-147"),
        (&locked.number, "wrong", "OAU-140"),
        (&second_step.number, &second_step.password, "OAU-168"),
    ] {
        let answer = lab
            .token(&[
                ("grant_type", "password"),
                ("username", username),
                ("password", password),
            ])
            .await;
        assert_eq!((answer.status, answer.code().as_str()), (400, code), "{username}");
        assert_eq!(answer.json()["error"], "invalid_grant");
    }
    lab.control(Method::PATCH, "settings", &json!({"passwordGrant": false}))
        .await;
    let form = [
        ("grant_type", "password"),
        ("username", lab.env("RC_USERNAME")),
        ("password", lab.env("RC_PASSWORD")),
    ];
    assert_eq!(lab.token(&form).await.code(), "OAU-250");
}

struct Listed {
    note: String,
    number: String,
    password: String,
}

/// The users on the inspector's page.
fn scraper(page: &str) -> Vec<Listed> {
    let text = |cell: &str| cell.split('<').next().unwrap_or_default().to_owned();
    let users = page
        .split("id=\"users\"")
        .nth(1)
        .and_then(|rest| rest.split("</section>").next());
    users
        .unwrap_or_default()
        .split("<tr>")
        .filter_map(|row| {
            let after = |mark: &str| row.split(mark).nth(1).map(text);
            Some(Listed {
                note: after("class=\"note\">").unwrap_or_default(),
                number: after("data-label=\"Number\">")?,
                password: after("data-label=\"Password\"><code>")?,
            })
        })
        .collect()
}

#[tokio::test]
async fn requests_that_no_grant_takes_are_refused() {
    let lab = Lab::new().await;
    let cases: [(&str, Fields<'_>, _, _, _); 9] = [
        ("no grant type", &[], 400, "invalid_request", "OAU-250"),
        (
            "an unknown one",
            &[("grant_type", "otp")],
            400,
            "invalid_request",
            "OAU-250",
        ),
        (
            "one that is twice there",
            &[("grant_type", "password"), ("grant_type", "password")],
            400,
            "invalid_request",
            "OAU-111",
        ),
        (
            "a code grant without code",
            &[("grant_type", "authorization_code")],
            400,
            "invalid_request",
            "CMN-101",
        ),
        (
            "a password grant without name",
            &[("grant_type", "password")],
            400,
            "invalid_request",
            "CMN-101",
        ),
        (
            "a JWT grant without assertion",
            &[("grant_type", JWT)],
            400,
            "invalid_request",
            "CMN-101",
        ),
        (
            "no JWT",
            &[("grant_type", JWT), ("assertion", "abc")],
            400,
            "invalid_request",
            "OAU-344",
        ),
        (
            "an HS256 assertion",
            &[
                ("grant_type", JWT),
                ("assertion", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln"),
            ],
            400,
            "invalid_request",
            "OAU-347",
        ),
        (
            "an unknown parameter",
            &[("grant_type", JWT), ("assertion", "abc"), ("x", "y")],
            400,
            "invalid_request",
            "OAU-344",
        ),
    ];
    for (name, form, status, error, code) in cases {
        let answer = lab.token(form).await;
        assert_eq!((answer.status, answer.code().as_str()), (status, code), "{name}");
        assert_eq!(answer.json()["error"], error, "{name}");
        assert!(answer.json()["error_description"].is_string(), "{name}");
    }
    let challenge = lab
        .token_as(
            None,
            &[("grant_type", JWT), ("client_id", PUBLIC_APP), ("assertion", "x")],
        )
        .await;
    assert_eq!((challenge.status, challenge.code().as_str()), (400, "OAU-251"));
    assert_eq!(challenge.json()["error"], "unauthorized_client");
}

#[tokio::test]
async fn only_a_form_is_taken_and_it_may_come_in_chunks() {
    let lab = Lab::new().await;
    let authorization = basic(WEB_APP.0, WEB_APP.1);
    let form = encode(&[("grant_type", JWT), ("assertion", lab.env("RC_JWT"))]);
    for content_type in [
        "application/json",
        "text/plain",
        "multipart/form-data; boundary=x",
    ] {
        let headers = [("content-type", content_type), ("authorization", &authorization)];
        let answer = lab
            .send(Method::POST, "/restapi/oauth/token", &headers, form.clone())
            .await
            .expect("an answer");
        assert_eq!(answer.status, 415, "{content_type}");
    }
    let headers = [
        ("content-type", "application/x-www-form-urlencoded"),
        ("authorization", &authorization),
    ];
    let (head, tail) = form.split_at(20);
    let chunks = [head.to_owned(), tail.to_owned()].map(Ok::<_, std::io::Error>);
    let body = reqwest::Body::wrap_stream(futures_util::stream::iter(chunks));
    let answer = lab
        .send(Method::POST, "/restapi/oauth/token", &headers, body)
        .await
        .expect("an answer");
    assert_eq!(answer.status, 200, "{}", answer.text);
}

#[tokio::test]
async fn a_scope_narrows_what_the_app_has() {
    let lab = Lab::new().await;
    let form = |scope| {
        [
            ("grant_type", JWT),
            ("assertion", lab.env("RC_JWT")),
            ("scope", scope),
        ]
    };
    assert_eq!(
        lab.token(&form("SMS ReadAccounts Unknown")).await.json()["scope"],
        "ReadAccounts SMS"
    );
    let all = lab.token(&form("Unknown")).await.json();
    assert!(
        all["scope"]
            .as_str()
            .is_some_and(|scope| scope.contains("ReadCallLog"))
    );
    let limited = lab.token_as(Some(LIMITED_APP), &form("")).await.json();
    assert_eq!(limited["scope"], "ReadAccounts");
}

#[tokio::test]
async fn discovery_names_this_server_and_the_keys_can_be_read() {
    let lab = Lab::new().await;
    let document = lab.get("/.well-known/openid-configuration", &[]).await.json();
    assert_eq!(document["issuer"], lab.emulator.url());
    assert_eq!(
        document["token_endpoint"],
        format!("{}/restapi/oauth/token", lab.emulator.url())
    );
    let keys = lab.get("/restapi/oauth/jwks", &[]).await.json();
    let algorithms = [&keys["keys"][0]["alg"], &keys["keys"][1]["alg"]];
    assert_eq!(
        algorithms,
        ["RS256", "ES256"],
        "of id tokens, and of JWT credentials"
    );
    let token = lab.log_in().await;
    let bearer = format!("bearer {}", token["access_token"].as_str().expect("a token"));
    let user = lab
        .get("/restapi/oauth/userinfo", &[("authorization", &bearer)])
        .await
        .json();
    assert_eq!(user["sub"], token["owner_id"]);
    assert!(user["given_name"].is_string() && user["email"].is_string());
}

#[tokio::test]
async fn grants_that_are_only_names_are_unsupported() {
    let lab = Lab::new().await;
    for grant_type in [
        "client_credentials",
        "partner_jwt",
        "urn:ietf:params:oauth:grant-type:device_code",
        "otp",
        "guest",
        "ivr_pin",
        "device_certificate",
        "personal_jwt",
        "rc_login_hash",
        "PASSWORD",
        " password",
    ] {
        let answer = lab.token(&[("grant_type", grant_type)]).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (400, "OAU-250"),
            "{grant_type}"
        );
        assert_eq!(answer.json()["error"], "invalid_request", "{grant_type}");
    }
    // The retired one can be switched off, and then is one of these.
    let form = [
        ("grant_type", "password"),
        ("username", lab.env("RC_USERNAME")),
        ("password", lab.env("RC_PASSWORD")),
    ];
    assert_eq!(lab.token(&form).await.status, 200);
    lab.control(
        reqwest::Method::PATCH,
        "settings",
        &serde_json::json!({"passwordGrant": false}),
    )
    .await;
    assert_eq!(lab.token(&form).await.code(), "OAU-250");
}

/// Nobody sends so much; what does is not even read.
#[tokio::test]
async fn a_form_that_nobody_would_send_is_refused_unread() {
    let lab = Lab::new().await;
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let most = format!("grant_type={}", "x".repeat(64 * 1024 - "grant_type=".len()));
    let more = format!("{most}x");
    for path in [
        "/restapi/oauth/token",
        "/restapi/oauth/revoke",
        "/restapi/oauth/authorize",
        "/restapi/oauth/authorize/login",
        "/restapi/oauth/authorize/consent",
    ] {
        let send = async |body: &String| {
            lab.send(reqwest::Method::POST, path, &headers, body.clone())
                .await
                .expect("an answer")
        };
        let words = "The form is larger than 64 KiB";
        let refused = send(&more).await;
        assert_eq!(
            (refused.status, refused.code().as_str()),
            (400, "CMN-104"),
            "{path}"
        );
        let body = refused.json();
        assert_eq!(
            (&body["error"], &body["error_description"]),
            (&json!("invalid_request"), &json!(words)),
            "{path}"
        );
        assert!(!send(&most).await.text.contains(words), "{path}");
    }
    assert_eq!(
        lab.journal("path=/restapi/oauth/token").await[0]["grantType"],
        serde_json::Value::Null,
        "nothing has looked into it"
    );
}
