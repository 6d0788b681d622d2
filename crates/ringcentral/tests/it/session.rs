//! The promise: one refresh however many wait, and no login lost but by the platform's final word.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::time::Duration;

use ringcentral::{
    BoxFuture, Claim, Commit, ErrorKind, Freshness, Grant, Lease, MemoryTokenStore, RateLimitPolicy,
    RefreshOutcome, RetryPolicy, StoreError, StoreErrorKind, Stored, TokenSet, TokenStore,
    TransportErrorKind, Version,
};

use super::script::{
    Answer, Platform, builder, clock, drive, invalid_grant, logged_in, ok, status, tokens, unauthorized,
    with_header,
};

const HOUR: Duration = Duration::from_secs(3_600);

/// Gives out tokens one after the other, and knows only the newest.
fn rotating() -> impl FnMut(&super::script::Asked) -> Answer + Send {
    let mut issued = 0;
    move |asked| {
        if asked.uri.ends_with("/oauth/token") {
            issued += 1;
            tokens(issued)
        } else if asked.bearer.as_deref() == Some(&format!("access-{issued}")) {
            ok("{}")
        } else {
            unauthorized()
        }
    }
}

#[tokio::test(start_paused = true)]
async fn fifty_tasks_and_an_expired_token_make_one_refresh() {
    let (platform, clock) = (
        Platform::with_token_latency(Duration::from_secs(3), rotating()),
        clock(),
    );
    let client = logged_in(builder(&platform, &clock)).await;
    clock.advance(HOUR);
    let calls: Vec<_> = (0..50)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.get("/restapi/v1.0/account/~").send().await })
        })
        .collect();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    assert_eq!(platform.count("/oauth/token", "grant_type=refresh_token"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_goes_away_does_not_cancel_the_refresh() {
    let (platform, clock) = (
        Platform::with_token_latency(Duration::from_secs(3), rotating()),
        clock(),
    );
    let client = logged_in(builder(&platform, &clock)).await;
    clock.advance(HOUR);
    let gone = tokio::time::timeout(
        Duration::from_secs(1),
        client.get("/restapi/v1.0/account/~").send(),
    )
    .await;
    assert!(gone.is_err());
    client.get("/restapi/v1.0/account/~").send().await.unwrap();
    assert_eq!(platform.count("/oauth/token", "grant_type=refresh_token"), 1);
    assert_eq!(
        client.oauth().status().await.unwrap().unwrap().expires_at,
        "2026-11-21T11:00:00Z".parse().unwrap()
    );
}

#[tokio::test(start_paused = true)]
async fn near_its_end_a_token_is_used_and_refreshed_meanwhile() {
    let (platform, clock) = (
        Platform::with_token_latency(Duration::from_secs(3), rotating()),
        clock(),
    );
    let client = logged_in(builder(&platform, &clock)).await;
    clock.advance(Duration::from_secs(3_100));
    let info = client.oauth().status().await.unwrap().unwrap();
    assert!(matches!(
        info.freshness("2026-11-21T09:51:40Z".parse().unwrap()),
        Freshness::RefreshSoon { .. }
    ));
    client.get("/restapi/v1.0/account/~").send().await.unwrap();
    assert_eq!(
        platform.asked().last().unwrap().bearer.as_deref(),
        Some("access-1"),
        "nobody waited"
    );
    tokio::time::sleep(Duration::from_secs(4)).await;
    client.get("/restapi/v1.0/account/~").send().await.unwrap();
    assert_eq!(
        platform.asked().last().unwrap().bearer.as_deref(),
        Some("access-2")
    );
}

#[tokio::test(start_paused = true)]
async fn a_short_program_refreshes_only_in_need() {
    let (platform, clock) = (Platform::new(rotating()), clock());
    let client = logged_in(builder(&platform, &clock).refresh_ahead(false)).await;
    for (seconds, refreshes) in [(3_100, 0), (469, 0), (1, 1)] {
        clock.advance(Duration::from_secs(seconds));
        client.get("/restapi/v1.0/account/~").send().await.unwrap();
        tokio::time::sleep(Duration::from_secs(1)).await;
        let sent = platform.count("/oauth/token", "grant_type=refresh_token");
        assert_eq!(sent, refreshes, "{seconds} s later");
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_that_a_refresh_overtook_succeeds_without_another_refresh() {
    let (platform, clock) = (Platform::new(rotating()), clock());
    let store = Arc::new(MemoryTokenStore::new());
    let client = logged_in(builder(&platform, &clock).shared_token_store(store.clone())).await;
    // Another process has refreshed through the same store; this client's memory does not know it yet.
    let sibling = builder(&platform, &clock)
        .shared_token_store(store)
        .build()
        .unwrap();
    sibling.oauth().refresh().await.unwrap();
    client.get("/restapi/v1.0/account/~").send().await.unwrap();
    assert_eq!(platform.count("/oauth/token", "grant_type=refresh_token"), 1);
    assert_eq!(
        platform.count("/account/", ""),
        2,
        "the rejected request was sent once more"
    );
}

#[tokio::test(start_paused = true)]
async fn an_endless_401_is_replayed_once() {
    let mut issued = 0;
    let platform = Platform::new(move |asked| {
        if asked.uri.ends_with("/oauth/token") {
            issued += 1;
            tokens(issued)
        } else {
            unauthorized()
        }
    });
    let client = logged_in(builder(&platform, &clock())).await;
    let error = client
        .post("/restapi/v1.0/account/~/extension/~/sms")
        .send()
        .await
        .unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Api, Some("OAU-129")));
    assert_eq!(platform.count("/sms", ""), 2);
    assert_eq!(platform.count("/oauth/token", "grant_type=refresh_token"), 1);
}

/// What it is, how it is answered, and what the caller is told.
type Failure = (&'static str, fn() -> Answer, ErrorKind);

#[tokio::test(start_paused = true)]
async fn only_the_final_word_ends_a_login() {
    let failures: [Failure; 9] = [
        ("503", || status(503, ""), ErrorKind::Unavailable),
        ("500 in HTML", || status(500, "<html>"), ErrorKind::Unavailable),
        (
            "429",
            || status(429, r#"{"errorCode":"CMN-301"}"#),
            ErrorKind::RateLimited,
        ),
        (
            "no connection",
            || Err(TransportErrorKind::Connect),
            ErrorKind::Network,
        ),
        (
            "connection lost",
            || Err(TransportErrorKind::Lost),
            ErrorKind::Network,
        ),
        ("stall", || Err(TransportErrorKind::Timeout), ErrorKind::Timeout),
        (
            "truncated",
            || ok(r#"{"access_token":"access-"#),
            ErrorKind::Decode,
        ),
        (
            "wrong secret",
            || status(401, r#"{"error":"invalid_client"}"#),
            ErrorKind::InvalidClient,
        ),
        ("redirect", || status(302, ""), ErrorKind::Decode),
    ];
    for (name, failure, kind) in failures {
        let healthy = Arc::new(AtomicU32::new(1));
        let platform = Platform::new({
            let healthy = Arc::clone(&healthy);
            let mut good = rotating();
            move |asked| {
                if asked.uri.contains("token") && healthy.load(SeqCst) == 0 {
                    failure()
                } else {
                    good(asked)
                }
            }
        });
        let clock = clock();
        let client = logged_in(builder(&platform, &clock).retry(RetryPolicy::never())).await;
        clock.advance(HOUR);
        healthy.store(0, SeqCst);
        let error = client.get("/restapi/v1.0/account/~").send().await.unwrap_err();
        assert_eq!(error.kind(), kind, "{name}: {error}");
        assert!(
            client.oauth().status().await.unwrap().is_some(),
            "{name}: the login is kept"
        );
        healthy.store(1, SeqCst);
        // The platform may have asked for a pause of up to half a minute.
        clock.advance(Duration::from_secs(31));
        client
            .get("/restapi/v1.0/account/~")
            .send()
            .await
            .unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

#[tokio::test(start_paused = true)]
async fn invalid_grant_ends_a_login_and_keeps_the_record() {
    let mut calls = 0;
    let platform = Platform::new(move |_| {
        calls += 1;
        if calls == 1 { tokens(1) } else { invalid_grant() }
    });
    let clock = clock();
    let client = logged_in(builder(&platform, &clock)).await;
    clock.advance(HOUR);
    let error = client.get("/restapi/v1.0/account/~").send().await.unwrap_err();
    assert!(error.is_login_required(), "{error}");
    assert_eq!(
        error.to_string(),
        "the login has ended (HTTP 400, OAU-213): Token not found"
    );
    let stored = client
        .token_store()
        .load()
        .await
        .unwrap()
        .expect("kept for diagnosis");
    assert_eq!(stored.last_refresh.unwrap().result, error.to_string());
}

#[tokio::test(start_paused = true)]
async fn a_refresh_is_tried_again_after_a_passing_failure() {
    let mut calls = 0;
    let platform = Platform::new(move |asked| {
        calls += 1;
        match calls {
            1 => tokens(1),
            2 => status(503, ""),
            3 => Err(TransportErrorKind::Lost),
            _ if asked.uri.ends_with("/token") => tokens(2),
            _ => ok("{}"),
        }
    });
    let clock = clock();
    let client = logged_in(builder(&platform, &clock)).await;
    clock.advance(HOUR);
    drive(
        &clock,
        Duration::from_millis(100),
        client.get("/restapi/v1.0/account/~").send(),
    )
    .await
    .unwrap();
    let asked = platform.asked();
    assert!(
        asked[1..4]
            .iter()
            .all(|asked| asked.body.contains("refresh_token=refresh-1")),
        "{asked:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_jwt_login_makes_itself_anew() {
    let mut issued = 0;
    let platform = Platform::new(move |asked| {
        if asked.body.contains("refresh_token=") {
            return invalid_grant();
        }
        if asked.uri.ends_with("/token") {
            assert!(asked.body.contains("assertion=my.jwt.credential"), "{asked:?}");
            issued += 1;
            return tokens(issued);
        }
        ok("{}")
    });
    let clock = clock();
    let client = builder(&platform, &clock)
        .jwt("my.jwt.credential")
        .build()
        .unwrap();
    client.get("/restapi/v1.0/account/~").send().await.unwrap();
    clock.advance(HOUR);
    client.get("/restapi/v1.0/account/~").send().await.unwrap();
    assert_eq!(
        platform.asked().last().unwrap().bearer.as_deref(),
        Some("access-2")
    );
}

#[tokio::test(start_paused = true)]
async fn a_code_is_not_sent_twice_after_a_lost_answer() {
    let platform = Platform::new(|_| Err(TransportErrorKind::Lost));
    let client = builder(&platform, &clock()).build().unwrap();
    let authorization = client
        .oauth()
        .authorize("http://localhost:5000/oauth2callback")
        .build()
        .unwrap();
    let answer = format!("?code=c&state={}", authorization.pending.state());
    let grant = authorization
        .pending
        .accept(ringcentral::Redirect::parse(&answer).unwrap())
        .unwrap();
    let error = client.oauth().login(grant).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Network);
    assert_eq!(platform.asked().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_code_of_one_platform_is_never_shown_to_another() {
    let (first, second) = (Platform::new(|_| tokens(1)), Platform::new(|_| tokens(1)));
    let authorization = builder(&first, &clock())
        .build()
        .unwrap()
        .oauth()
        .authorize("http://localhost:5000/x")
        .build()
        .unwrap();
    let answer = format!("?code=c&state={}", authorization.pending.state());
    let grant = authorization
        .pending
        .accept(ringcentral::Redirect::parse(&answer).unwrap())
        .unwrap();
    let other = builder(&second, &clock())
        .server("http://localhost:2")
        .build()
        .unwrap();
    assert_eq!(
        other.oauth().login(grant).await.unwrap_err().kind(),
        ErrorKind::InvalidState
    );
    assert!(second.asked().is_empty());
}

#[tokio::test(start_paused = true)]
async fn logout_forgets_here_first_and_then_revokes() {
    let (platform, clock) = (Platform::new(rotating()), clock());
    let client = logged_in(builder(&platform, &clock)).await;
    let logout = client.oauth().logout().await.unwrap();
    assert!(
        logout.was_logged_in && !logout.revoked,
        "this platform refuses to revoke: {logout:?}"
    );
    assert!(client.oauth().status().await.unwrap().is_none());
    assert_eq!(platform.count("/oauth/revoke", "token=refresh-1"), 1);
    let error = client.get("/restapi/v1.0/account/~").send().await.unwrap_err();
    assert!(error.is_login_required());
    assert!(!client.oauth().logout().await.unwrap().was_logged_in);
}

/// A store whose disk is full when a refresh is to be committed.
#[derive(Debug)]
pub(crate) struct FullDisk(pub(crate) MemoryTokenStore, pub(crate) AtomicU32);

impl TokenStore for FullDisk {
    fn load(&self) -> BoxFuture<'_, Result<Option<Stored>, StoreError>> {
        self.0.load()
    }
    fn put<'a>(&'a self, login: &'a TokenSet) -> BoxFuture<'a, Result<Version, StoreError>> {
        self.0.put(login)
    }
    fn claim<'a>(
        &'a self,
        seen: Version,
        holder: &'a str,
        now: jiff::Timestamp,
        until: jiff::Timestamp,
    ) -> BoxFuture<'a, Result<Claim, StoreError>> {
        self.0.claim(seen, holder, now, until)
    }
    fn claim_vacant<'a>(
        &'a self,
        holder: &'a str,
        now: jiff::Timestamp,
        until: jiff::Timestamp,
    ) -> BoxFuture<'a, Result<Claim, StoreError>> {
        self.0.claim_vacant(holder, now, until)
    }
    fn renew<'a>(
        &'a self,
        lease: &'a Lease,
        until: jiff::Timestamp,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        self.0.renew(lease, until)
    }
    fn commit<'a>(
        &'a self,
        lease: &'a Lease,
        tokens: &'a TokenSet,
        outcome: &'a RefreshOutcome,
    ) -> BoxFuture<'a, Result<Commit, StoreError>> {
        if self.1.fetch_add(1, SeqCst) == 0 {
            Box::pin(async { Err(StoreError::new(StoreErrorKind::Full, "the disk is full")) })
        } else {
            self.0.commit(lease, tokens, outcome)
        }
    }
    fn release<'a>(
        &'a self,
        lease: &'a Lease,
        outcome: &'a RefreshOutcome,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        self.0.release(lease, outcome)
    }
    fn remove(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        self.0.remove()
    }
    fn describe(&self) -> String {
        "full disk".into()
    }
}

#[tokio::test(start_paused = true)]
async fn tokens_that_could_not_be_stored_are_not_used() {
    let (platform, clock) = (Platform::new(rotating()), clock());
    let store = FullDisk(MemoryTokenStore::new(), AtomicU32::new(0));
    let client = logged_in(builder(&platform, &clock).token_store(store)).await;
    clock.advance(HOUR);
    let error = client.get("/restapi/v1.0/account/~").send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Store);
    assert_eq!(
        platform.count("/account/", ""),
        0,
        "the unsaved token was not sent"
    );
    client.get("/restapi/v1.0/account/~").send().await.unwrap();
    assert_eq!(
        platform.count("/oauth/token", "refresh_token=refresh-1"),
        1,
        "they were kept, and stored as soon as there was room"
    );
    assert_eq!(
        platform.asked().last().unwrap().bearer.as_deref(),
        Some("access-2")
    );
}

#[tokio::test(start_paused = true)]
async fn a_new_login_during_a_refresh_wins() {
    let (platform, clock) = (
        Platform::with_token_latency(Duration::from_secs(3), rotating()),
        clock(),
    );
    let client = logged_in(builder(&platform, &clock)).await;
    clock.advance(HOUR);
    let refresh = tokio::spawn({
        let client = client.clone();
        async move { client.oauth().refresh().await }
    });
    tokio::time::sleep(Duration::from_secs(1)).await;
    client
        .oauth()
        .login(Grant::password("other", None, "password"))
        .await
        .unwrap();
    refresh.await.unwrap().unwrap();
    let stored = client.token_store().load().await.unwrap().unwrap();
    // The refresh's own answer came first and was committed, or was refused by the newer login: never both.
    assert_eq!(stored.tokens.access_token().expose_secret(), "access-3");
}

#[tokio::test(start_paused = true)]
async fn a_holder_that_was_overtaken_adopts_the_newer_tokens() {
    let platform = Platform::with_token_latency(Duration::from_secs(3), {
        let mut issued = 0;
        move |asked| {
            if asked.uri.ends_with("/oauth/token") {
                issued += 1;
                tokens(issued)
            } else if asked.bearer.as_deref() == Some("access-9") {
                ok("{}")
            } else {
                unauthorized()
            }
        }
    });
    let (clock, store) = (clock(), Arc::new(MemoryTokenStore::new()));
    let client = logged_in(builder(&platform, &clock).shared_token_store(store.clone())).await;
    clock.advance(HOUR);
    let call = tokio::spawn({
        let client = client.clone();
        async move { client.get("/restapi/v1.0/account/~").send().await }
    });
    tokio::time::sleep(Duration::from_secs(1)).await;
    // The holder seems dead to another host, which takes over, refreshes and is done before the answer comes.
    let stored = store.load().await.unwrap().unwrap();
    let late = stored.lease.expect("the refresh is under way").until;
    let Claim::Held(lease) = store
        .claim(stored.version, "other host", late, late)
        .await
        .unwrap()
    else {
        panic!("the lease has run out")
    };
    let newer = String::from_utf8(stored.tokens.to_secret_json().to_vec())
        .unwrap()
        .replace("access-1", "access-9");
    let newer = TokenSet::from_secret_json(newer.replace("T10:00:00Z", "T19:00:00Z").as_bytes()).unwrap();
    let outcome = RefreshOutcome::refreshed(late);
    assert!(matches!(
        store.commit(&lease, &newer, &outcome).await.unwrap(),
        Commit::Done(_)
    ));
    call.await.unwrap().unwrap();
    let stored = store.load().await.unwrap().unwrap();
    assert_eq!(
        stored.tokens.access_token().expose_secret(),
        "access-9",
        "the late answer overwrote nothing"
    );
    let used = |token| {
        platform
            .asked()
            .iter()
            .any(|asked| asked.bearer.as_deref() == Some(token))
    };
    assert!(!used("access-2"), "what was not stored was not used");
}

#[tokio::test(start_paused = true)]
async fn one_users_penalty_is_not_another_users() {
    let mut good = rotating();
    let platform = Platform::new(move |asked| {
        if asked.body.contains("refresh_token=refresh-1") {
            return with_header(status(429, r#"{"errorCode":"CMN-301"}"#), "retry-after", "60");
        }
        good(asked)
    });
    let clock = clock();
    let first =
        logged_in(builder(&platform, &clock).rate_limit(RateLimitPolicy::WaitAtMost(Duration::from_secs(5))))
            .await;
    let second = first.with_token_store(MemoryTokenStore::new());
    second
        .oauth()
        .login(Grant::password("other", None, "password"))
        .await
        .unwrap();
    clock.advance(HOUR);
    for _ in 0..3 {
        let error = first.oauth().refresh().await.unwrap_err();
        assert_eq!(
            (error.kind(), error.retry_after()),
            (ErrorKind::RateLimited, Some(Duration::from_secs(60)))
        );
    }
    assert_eq!(
        platform.count("/oauth/token", "refresh_token=refresh-1"),
        1,
        "nothing was sent into the penalty"
    );
    second.oauth().refresh().await.unwrap();
}

#[tokio::test]
async fn login_refusals_are_told_apart() {
    for (answer, kind, text) in [
        (
            status(
                401,
                r#"{"error":"invalid_grant","error_description":"Invalid credentials.","errors":[{"errorCode":"OAU-140"}]}"#,
            ),
            ErrorKind::LoginFailed,
            "the login was refused (HTTP 401, OAU-140): Invalid credentials",
        ),
        (
            status(
                401,
                r#"{"error":"invalid_client","errors":[{"errorCode":"OAU-146","message":"Wrong secret"}]}"#,
            ),
            ErrorKind::InvalidClient,
            "the platform does not accept this application; check its client secret (HTTP 401, OAU-146)",
        ),
    ] {
        let mut answer = Some(answer);
        let platform = Platform::new(move |_| answer.take().unwrap());
        let client = builder(&platform, &clock()).build().unwrap();
        let error = client
            .oauth()
            .login(Grant::password("user", None, "wrong"))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), kind);
        assert!(error.to_string().starts_with(text), "{error}");
    }
}
