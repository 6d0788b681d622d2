//! The Auth group answers five requests a minute: token requests are counted before the platform has to.

use std::sync::Arc;
use std::time::Duration;

use ringcentral::{
    Client, Clock as _, ErrorKind, FileTokenStore, MemoryTokenStore, RateLimitPolicy, RetryPolicy,
    TokenStore, TransportErrorKind,
};

use super::script::{
    Answer, Platform, builder, clock, drive, logged_in, obliging, ok, status, tokens, unauthorized,
    with_header,
};

/// A token answer of a platform that counts.
fn counted(answer: Answer) -> Answer {
    let answer = with_header(answer, "x-rate-limit-group", "auth");
    let answer = with_header(answer, "x-rate-limit-limit", "5");
    let answer = with_header(answer, "x-rate-limit-window", "60");
    with_header(answer, "x-rate-limit-remaining", "4")
}

#[tokio::test(start_paused = true)]
async fn the_sixth_refresh_of_a_minute_is_held_back() {
    let mut issued = 0;
    let platform = Platform::new(move |_| {
        issued += 1;
        counted(tokens(issued))
    });
    let clock = clock();
    let client = logged_in(builder(&platform, &clock).rate_limit(RateLimitPolicy::FailAtOnce)).await;
    for _ in 0..5 {
        client.oauth().refresh().await.unwrap();
        clock.advance(Duration::from_secs(1));
    }
    let error = client.oauth().refresh().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    assert_eq!(error.retry_after(), Some(Duration::from_secs(55)));
    assert_eq!(platform.count("/oauth/token", "grant_type=refresh_token"), 5);
    clock.advance(Duration::from_secs(55));
    client.oauth().refresh().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn failures_count_as_well() {
    for shares in [false, true] {
        let mut calls = 0;
        let platform = Platform::new(move |_| {
            calls += 1;
            if calls == 1 { tokens(1) } else { status(503, "") }
        });
        let clock = clock();
        let builder = builder(&platform, &clock)
            .rate_limit(RateLimitPolicy::FailAtOnce)
            .share_rate_limits(shares)
            .retry(RetryPolicy::never());
        let client = logged_in(builder).await;
        clock.advance(Duration::from_secs(3_600));
        let mut unavailable = 0;
        for _ in 0..7 {
            let error = client.get("/restapi/v1.0/account/~").send().await.unwrap_err();
            unavailable += u32::from(error.kind() == ErrorKind::Unavailable);
        }
        assert_eq!(unavailable, 5, "the others were told at once");
        assert_eq!(platform.count("/oauth/token", "grant_type=refresh_token"), 5);
    }
}

#[tokio::test(start_paused = true)]
async fn what_never_left_does_not_count() {
    let mut calls = 0;
    let platform = Platform::new(move |_| {
        calls += 1;
        if (2..=11).contains(&calls) {
            Err(TransportErrorKind::Connect)
        } else {
            tokens(calls)
        }
    });
    let clock = clock();
    let builder = builder(&platform, &clock)
        .rate_limit(RateLimitPolicy::FailAtOnce)
        .retry(RetryPolicy::never());
    let client = logged_in(builder).await;
    for _ in 0..10 {
        let error = client.oauth().refresh().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Network);
    }
    client.oauth().refresh().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_platform_that_counts_nothing_is_not_held_back() {
    let mut issued = 0;
    let platform = Platform::new(move |_| {
        issued += 1;
        tokens(issued)
    });
    let client = logged_in(builder(&platform, &clock()).rate_limit(RateLimitPolicy::FailAtOnce)).await;
    for _ in 0..20 {
        client.oauth().refresh().await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_jwt_login_renews_itself_as_often_as_the_group_allows() {
    let mut issued = 0;
    let platform = Platform::new(move |asked| {
        if asked.uri.ends_with("/oauth/token") {
            issued += 1;
            // No refresh token: each renewal is an exchange.
            counted(ok(&format!(
                r#"{{"access_token":"access-{issued}","token_type":"bearer","expires_in":3600,"owner_id":"101"}}"#
            )))
        } else {
            unauthorized()
        }
    });
    let clock = clock();
    let client = builder(&platform, &clock)
        .rate_limit(RateLimitPolicy::FailAtOnce)
        .jwt("my.jwt.credential")
        .build()
        .unwrap();
    for _ in 0..20 {
        client.get("/restapi/v1.0/account/~").send().await.unwrap_err();
    }
    assert_eq!(platform.count("/oauth/token", "assertion=my.jwt.credential"), 5);
}

#[tokio::test(start_paused = true)]
async fn many_programs_with_one_jwt_and_an_empty_store_log_in_once() {
    let platform = Platform::with_token_latency(Duration::from_secs(3), obliging());
    let (clock, store) = (clock(), Arc::new(MemoryTokenStore::new()));
    let programs: Vec<_> = (0..16)
        .map(|_| {
            let client = builder(&platform, &clock)
                .shared_token_store(store.clone())
                .jwt("my.jwt.credential")
                .build()
                .unwrap();
            tokio::spawn(async move { client.get("/restapi/v1.0/account/~").send().await.map(drop) })
        })
        .collect();
    let all = async {
        for program in programs {
            program.await.unwrap().unwrap();
        }
    };
    drive_real(&clock, all).await;
    assert_eq!(platform.count("/oauth/token", "assertion="), 1);
}

/// The platform's latency is by tokio's clock, the waits of the programs by the manual one: move both.
async fn drive_real(clock: &ringcentral::ManualClock, future: impl Future<Output = ()>) {
    let mut future = std::pin::pin!(future);
    loop {
        tokio::select! {
            biased;
            () = &mut future => return,
            () = tokio::time::sleep(Duration::from_millis(100)) => clock.advance(Duration::from_millis(100)),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_is_patient_waits_for_the_window() {
    let mut issued = 0;
    let platform = Platform::new(move |_| {
        issued += 1;
        counted(tokens(issued))
    });
    let clock = clock();
    let client = logged_in(builder(&platform, &clock)).await;
    let six = async {
        for _ in 0..6 {
            client.oauth().refresh().await.unwrap();
        }
    };
    drive(&clock, Duration::from_secs(1), six).await;
    let waited = clock
        .now()
        .duration_since("2026-11-21T09:00:00Z".parse().unwrap());
    assert_eq!(waited.as_secs(), 60);
}

/// A platform that counts, and what became of six refreshes by these clients in turn.
async fn six_refreshes(platform: &Arc<Platform>, clock: &ringcentral::ManualClock, clients: &[&Client]) {
    let login = ringcentral::Grant::password("user", None, "password");
    clients[0].oauth().login(login).await.unwrap();
    for n in 0..6 {
        let oauth = clients[n % clients.len()].oauth();
        let result = drive(clock, Duration::from_millis(10), oauth.refresh()).await;
        let kind = result.err().map(|error| error.kind());
        assert_eq!(kind, (n == 5).then_some(ErrorKind::RateLimited), "refresh {n}");
        // What became of it is told soon after.
        for _ in 0..20 {
            drive(clock, Duration::from_millis(10), tokio::task::yield_now()).await;
            clock.advance(Duration::from_millis(10));
        }
    }
    assert_eq!(platform.count("/oauth/token", "grant_type=refresh_token"), 5);
}

fn counting() -> Arc<Platform> {
    let mut issued = 0;
    Platform::new(move |_| {
        issued += 1;
        counted(tokens(issued))
    })
}

#[tokio::test(start_paused = true)]
async fn processes_that_share_their_limits_share_that_of_the_token_endpoint() {
    let (platform, clock, store) = (counting(), clock(), Arc::new(MemoryTokenStore::new()));
    let process = || {
        builder(&platform, &clock)
            .rate_limit(RateLimitPolicy::FailAtOnce)
            .shared_token_store(store.clone())
            .share_rate_limits(true)
            .build()
            .unwrap()
    };
    six_refreshes(&platform, &clock, &[&process(), &process()]).await;
}

#[tokio::test(start_paused = true)]
async fn another_login_of_the_same_program_is_shared_through_its_own_store() {
    let (platform, clock) = (counting(), clock());
    let first = builder(&platform, &clock)
        .rate_limit(RateLimitPolicy::FailAtOnce)
        .share_rate_limits(true)
        .build()
        .unwrap();
    let other = first.with_token_store(MemoryTokenStore::new());
    six_refreshes(&platform, &clock, &[&other]).await;
    let version = async |client: &Client| {
        let record = client.token_store().load_rate_window("auth").await;
        record.unwrap().version
    };
    assert_eq!(version(&first).await, 0);
    assert!(version(&other).await > 0);
}

const REFRESH: &str = "grant_type=refresh_token";
const JWT: &str = "assertion=my.jwt.credential";

/// Gives out tokens, and refuses the first request with this in it for a while.
fn refusing_once(what: &'static str, retry_after: Option<&'static str>) -> Arc<Platform> {
    let mut requests = 0;
    Platform::new(move |asked| {
        if !asked.body.contains(what) {
            return tokens(1);
        }
        requests += 1;
        match (requests, retry_after) {
            (1, Some(seconds)) => with_header(status(429, ""), "retry-after", seconds),
            (1, None) => status(429, ""),
            _ => tokens(2),
        }
    })
}

#[tokio::test(start_paused = true)]
async fn nobody_asks_during_a_penalty_that_another_process_has_found() {
    for (retry_after, length) in [(Some("60"), 60), (None, 30)] {
        let (platform, clock, store) = (
            refusing_once(REFRESH, retry_after),
            clock(),
            Arc::new(MemoryTokenStore::new()),
        );
        let process = |policy, ahead| {
            let clock = ringcentral::ManualClock::at(clock.now() + Duration::from_secs(ahead));
            let builder = builder(&platform, &clock).shared_token_store(store.clone());
            let builder = builder.rate_limit(policy).retry(RetryPolicy::never());
            (builder.build().unwrap(), clock)
        };
        let (first, its_clock) = process(RateLimitPolicy::FailAtOnce, 0);
        let login = ringcentral::Grant::password("user", None, "password");
        first.oauth().login(login).await.unwrap();
        let refused = async |client: &Client| {
            let error = client.oauth().refresh().await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::RateLimited);
            error.retry_after().unwrap_or_default().as_secs()
        };
        refused(&first).await;
        let (other, its_clock_too) = process(RateLimitPolicy::FailAtOnce, 0);
        assert_eq!(refused(&other).await, length);
        its_clock_too.advance(Duration::from_secs(length - 1));
        assert_eq!(refused(&other).await, 1);
        // A host whose clock is a little ahead, and one that is patient.
        let (ahead, _) = process(RateLimitPolicy::FailAtOnce, 20);
        assert_eq!(refused(&ahead).await, length - 20);
        assert_eq!(platform.count("/oauth/token", REFRESH), 1);
        let (patient, its_clock_as_well) = process(RateLimitPolicy::Wait, 0);
        let oauth = patient.oauth();
        drive(&its_clock_as_well, Duration::from_secs(1), oauth.refresh())
            .await
            .unwrap();
        let waited = its_clock_as_well.now().duration_since(its_clock.now()).as_secs();
        assert_eq!(waited.unsigned_abs(), length);
        assert_eq!(platform.count("/oauth/token", REFRESH), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn nobody_makes_a_first_login_during_a_penalty_that_another_process_has_found() {
    let dir = tempfile::tempdir().unwrap();
    let stores: [Arc<dyn TokenStore>; 2] = [
        Arc::new(MemoryTokenStore::new()),
        Arc::new(FileTokenStore::at(dir.path().join("tokens.json"))),
    ];
    for store in stores {
        let platform = refusing_once(JWT, Some("60"));
        let process = |policy| {
            let clock = clock();
            let builder = builder(&platform, &clock).shared_token_store(store.clone());
            let builder = builder.jwt("my.jwt.credential").rate_limit(policy);
            (builder.retry(RetryPolicy::never()).build().unwrap(), clock)
        };
        let call = async |client: &Client| client.get("/restapi/v1.0/x").send().await.map(drop);
        let refused = async |client: &Client| {
            let error = call(client).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::RateLimited);
            error.retry_after().unwrap_or_default().as_secs()
        };
        assert_eq!(refused(&process(RateLimitPolicy::FailAtOnce).0).await, 60);
        let (other, its_clock) = process(RateLimitPolicy::FailAtOnce);
        assert_eq!(refused(&other).await, 60);
        its_clock.advance(Duration::from_secs(59));
        assert_eq!(refused(&other).await, 1);
        assert_eq!(platform.count("/oauth/token", JWT), 1);

        let (patient, its_clock) = process(RateLimitPolicy::Wait);
        let began = its_clock.now();
        drive(&its_clock, Duration::from_secs(1), call(&patient))
            .await
            .unwrap();
        let waited = its_clock.now().duration_since(began).as_secs();
        assert!(waited >= 60, "{waited}");
        assert_eq!(platform.count("/oauth/token", JWT), 2);
        // There is a login now, for everybody.
        call(&other).await.unwrap();
        assert_eq!(platform.count("/oauth/token", JWT), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_penalty_that_is_noted_by_a_clock_of_another_time_holds_nobody_up() {
    let (platform, store) = (
        refusing_once(REFRESH, Some("60")),
        Arc::new(MemoryTokenStore::new()),
    );
    let process = |clock: &ringcentral::ManualClock| {
        let builder = builder(&platform, clock).shared_token_store(store.clone());
        let builder = builder
            .rate_limit(RateLimitPolicy::FailAtOnce)
            .retry(RetryPolicy::never());
        builder.build().unwrap()
    };
    let (ours, theirs) = (clock(), clock());
    theirs.advance(Duration::from_secs(3_600));
    let login = ringcentral::Grant::password("user", None, "password");
    process(&theirs).oauth().login(login).await.unwrap();
    process(&theirs).oauth().refresh().await.unwrap_err();
    process(&ours).oauth().refresh().await.unwrap();
}
