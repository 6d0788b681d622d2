//! No secret in anything that can be printed: unique canaries through every failing path.

use std::error::Error as _;

use ringcentral::{App, Client, ErrorKind, Grant, Redirect, TransportErrorKind};

use super::script::{Answer, Platform, builder, clock, ok, status};

const CANARIES: [&str; 5] = [
    "client-secret",
    "canary-password",
    "canary-jwt",
    "canary-code",
    "canary-token",
];

fn assert_clean(what: &str, printed: &str) {
    for canary in CANARIES {
        assert!(!printed.contains(canary), "{what} shows {canary}: {printed}");
    }
}

#[tokio::test(start_paused = true)]
async fn no_error_of_a_login_shows_a_secret() {
    let answers: [fn() -> Answer; 6] = [
        || Err(TransportErrorKind::Timeout),
        || status(400, r#"{"error":"invalid_grant"}"#),
        || status(401, r#"{"error":"invalid_client"}"#),
        || ok(r#"{"access_token":"canary-token"}"#),
        || ok(r#"{"access_token":"canary-token","token_type":"bearer","expires_in":"canary-token"}"#),
        || ok("canary-token"),
    ];
    for answer in answers {
        for n in 0..3 {
            let platform = Platform::new(move |_| answer());
            let clock = clock();
            let client = builder(&platform, &clock)
                .retry(ringcentral::RetryPolicy::never())
                .build()
                .unwrap();
            let grant = match n {
                0 => Grant::password("user", None, "canary-password"),
                1 => Grant::jwt("canary-jwt"),
                _ => {
                    let pending = client
                        .oauth()
                        .authorize("http://localhost:5000/x")
                        .build()
                        .unwrap()
                        .pending;
                    let answer = format!("?code=canary-code&state={}", pending.state());
                    pending.accept(Redirect::parse(&answer).unwrap()).unwrap()
                }
            };
            assert_clean("a grant", &format!("{grant:?}"));
            let error = client.oauth().login(grant).await.unwrap_err();
            assert_clean("an error", &format!("{error} {error:?} {:?}", error.source()));
            assert_clean("a client", &format!("{client:?} {:?}", client.oauth()));
        }
    }
}

#[test]
fn no_setting_shows_a_secret() {
    let builder = Client::builder(App::confidential("id", "client-secret"))
        .jwt("canary-jwt")
        .server("nonsense");
    assert_clean("a builder", &format!("{builder:?}"));
    let error = builder.build().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert_clean("its error", &format!("{error} {error:?}"));
}
