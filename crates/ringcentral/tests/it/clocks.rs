//! Machines whose clocks are wrong, are set, or slept: tokens are neither trusted too long nor thrown away too soon.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use ringcentral::{BoxFuture, Clock, ManualClock, MemoryTokenStore};

use super::script::{
    Answer, Asked, Platform, builder, clock, logged_in, ok, tokens, unauthorized, with_header,
};

/// A machine's clock that is off by so much, and can be set.
#[derive(Clone, Debug)]
struct Off {
    right: ManualClock,
    by: Arc<Mutex<SignedDuration>>,
}

impl Off {
    fn by(right: &ManualClock, seconds: i64) -> Self {
        Self {
            right: right.clone(),
            by: Arc::new(Mutex::new(SignedDuration::from_secs(seconds))),
        }
    }

    fn set(&self, seconds: i64) {
        *self.by.lock().unwrap() = SignedDuration::from_secs(seconds);
    }
}

impl Clock for Off {
    fn now(&self) -> Timestamp {
        self.right.now() + *self.by.lock().unwrap()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        self.right.sleep(duration)
    }
}

/// A platform that says what time it is, and whose access tokens end by that clock an hour after issue.
fn dated(clock: &ManualClock) -> impl FnMut(&Asked) -> Answer + Send + use<> {
    let clock = clock.clone();
    let (mut issued, mut issued_at) = (0, clock.now());
    move |asked| {
        let now = clock.now();
        let answer = if asked.uri.ends_with("/oauth/token") {
            (issued, issued_at) = (issued + 1, now);
            tokens(issued)
        } else if asked.bearer.is_some() && now.duration_since(issued_at).as_secs() < 3_600 {
            ok("{}")
        } else {
            unauthorized()
        };
        let date = now.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
        with_header(answer, "date", Box::leak(date.into_boxed_str()))
    }
}

const REFRESH: &str = "grant_type=refresh_token";
const CALL: &str = "/restapi/v1.0/account/~";

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_wrong_all_the_time_changes_nothing() {
    for off in [0, 71, -71, 3 * 3_600, -3 * 3_600] {
        let right = clock();
        let platform = Platform::new(dated(&right));
        let client = logged_in(builder(&platform, &right).clock(Arc::new(Off::by(&right, off)))).await;
        for (seconds, refreshes) in [(1_000, 0), (1_000, 0), (1_560, 1), (1_000, 1)] {
            right.advance(Duration::from_secs(seconds));
            client.get(CALL).send().await.unwrap();
            tokio::time::sleep(Duration::from_secs(1)).await;
            assert_eq!(
                platform.count("/oauth/token", REFRESH),
                refreshes,
                "off by {off} s"
            );
        }
        let asked = platform.asked();
        let calls = asked.iter().filter(|asked| asked.uri.ends_with(CALL)).count();
        assert_eq!(calls, 4, "off by {off} s: no call was rejected");
    }
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_set_while_a_token_is_in_use_is_noticed_by_the_next_answer() {
    for off in [2 * 3_600, -2 * 3_600, -600, 20] {
        let right = clock();
        let platform = Platform::new(dated(&right));
        let machine = Off::by(&right, off);
        let builder = builder(&platform, &right)
            .clock(Arc::new(machine.clone()))
            .refresh_ahead(false);
        let client = logged_in(builder).await;
        machine.set(0);
        // This call may refresh without need; the answer to it tells what time it is there.
        client.get(CALL).send().await.unwrap();
        let needless = platform.count("/oauth/token", REFRESH);
        assert!(needless <= 1, "was off by {off} s");
        for (seconds, refreshes) in [(3_568, 0), (3, 1)] {
            right.advance(Duration::from_secs(seconds));
            client.get(CALL).send().await.unwrap();
            let since = platform.count("/oauth/token", REFRESH) - needless;
            assert_eq!(since, refreshes, "was off by {off} s, {seconds} s later");
        }
        assert_eq!(
            platform.count(CALL, ""),
            3,
            "was off by {off} s: no call was rejected"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn hosts_with_different_clocks_agree_about_a_token() {
    for off in [1_000, -1_000] {
        let right = clock();
        let platform = Platform::new(dated(&right));
        let store = Arc::new(MemoryTokenStore::new());
        let host = |off| {
            builder(&platform, &right)
                .clock(Arc::new(Off::by(&right, off)))
                .shared_token_store(store.clone())
                .refresh_ahead(false)
        };
        let issued_to = logged_in(host(off)).await;
        let other = host(-off).build().unwrap();
        // Until it has had an answer, the other host can only believe that its clock is like everybody's.
        right.advance(Duration::from_secs(1_500));
        other.get(CALL).without_login().send().await.unwrap_err();
        for (seconds, refreshes) in [(2_068, 0), (3, 1)] {
            right.advance(Duration::from_secs(seconds));
            for client in [&other, &issued_to] {
                client.get(CALL).send().await.unwrap();
            }
            let sent = platform.count("/oauth/token", REFRESH);
            assert_eq!(sent, refreshes, "off by {off} s, {seconds} s later");
        }
        assert_eq!(
            platform.count(CALL, ""),
            5,
            "off by {off} s: no call was rejected"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_machine_that_slept_refreshes_before_it_sends() {
    let right = clock();
    let platform = Platform::new(dated(&right));
    let client = logged_in(builder(&platform, &right)).await;
    client.get(CALL).send().await.unwrap();
    right.advance(Duration::from_secs(10 * 3_600));
    client.get(CALL).send().await.unwrap();
    assert_eq!(platform.count(CALL, ""), 2, "no call was rejected");
    assert_eq!(platform.count("/oauth/token", REFRESH), 1);
}

#[tokio::test(start_paused = true)]
async fn a_machine_that_slept_while_it_refreshed_does_not_send_what_died_meanwhile() {
    let right = clock();
    let mut answer = dated(&right);
    let sleeper = right.clone();
    let mut has_slept = false;
    let platform = Platform::new(move |asked| {
        let given = answer(asked);
        if asked.body.contains(REFRESH) && !has_slept {
            has_slept = true;
            sleeper.advance(Duration::from_secs(8 * 3_600));
        }
        given
    });
    let client = logged_in(builder(&platform, &right)).await;
    right.advance(Duration::from_secs(3_600));
    client.get(CALL).send().await.unwrap();
    assert_eq!(platform.count(CALL, ""), 1, "no call was rejected");
    assert_eq!(platform.count("/oauth/token", REFRESH), 2);
}
