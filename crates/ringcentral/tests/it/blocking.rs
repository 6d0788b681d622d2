//! The same calls without async.

use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use ringcentral::blocking::{Wait, WaitEach};
use ringcentral::{Client, ClientBuilder, Grant, ManualClock, MemoryTokenStore, Observation, TokenStore};

use super::script::{Platform, builder, clock, obliging, ok, tokens};

/// A machine under load may take its time; what never comes fails the test.
const DEADLINE: Duration = Duration::from_secs(30);

fn logged_in(builder: ClientBuilder) -> Client {
    let client = builder.build().unwrap();
    let grant = Grant::password("user", Some("101".into()), "password");
    client.oauth().login(grant).wait().unwrap();
    client
}

#[test]
fn whatever_is_awaited_can_be_waited_for() {
    let (platform, clock) = (Platform::new(obliging()), clock());
    let client = logged_in(builder(&platform, &clock));
    let answer = client.get("/restapi/v1.0/account/~").send().wait().unwrap();
    assert_eq!(answer.text().unwrap(), "{}");
    assert!(client.oauth().status().wait().unwrap().is_some());
    assert!(client.oauth().logout().wait().unwrap().revoked);
    assert!(
        client
            .get("/restapi/v1.0/account/~")
            .send()
            .wait()
            .unwrap_err()
            .is_login_required()
    );
}

#[test]
fn a_stream_is_walked_through_page_by_page() {
    let platform = Platform::new(|asked| {
        if asked.uri.ends_with("/oauth/token") {
            return tokens(1);
        }
        let page: u32 = asked
            .uri
            .rsplit_once("page=")
            .map_or(1, |(_, n)| n.parse().unwrap());
        let next = match page {
            3 => String::new(),
            n => format!(
                r#""nextPage":{{"uri":"http://localhost:1/restapi/v1.0/account/9/extension?page={}"}}"#,
                n + 1
            ),
        };
        ok(&format!(
            r#"{{"records":[{{"id":{page}1,"type":"User"}},{{"id":{page}2,"type":"User"}}],"paging":{{"page":{page}}},
                "navigation":{{{next}}}}}"#
        ))
    });
    let client = logged_in(builder(&platform, &clock()));
    let mut extensions = client.account("~").extensions().items().wait_each();
    let mut read = |count: usize| -> ringcentral::Result<Vec<String>> {
        let mut ids = Vec::new();
        for extension in extensions.by_ref().take(count) {
            ids.push(extension?.id.to_string());
        }
        Ok(ids)
    };
    assert_eq!(read(2).unwrap(), ["11", "12"]);
    assert_eq!(
        platform.count("/extension", ""),
        1,
        "one page, and not the next one"
    );
    assert_eq!(read(1).unwrap(), ["21"]);
    assert_eq!(platform.count("/extension", ""), 2);
    assert_eq!(read(99).unwrap(), ["22", "31", "32"]);
}

/// A client whose token is to be refreshed ahead of need, and the end of each refresh.
fn near_its_end(store: &Arc<MemoryTokenStore>) -> (Arc<Platform>, ManualClock, Client, Receiver<()>) {
    let platform = Platform::with_token_latency(Duration::from_millis(20), obliging());
    let (clock, (sender, refreshed)) = (clock(), channel());
    let sender = Mutex::new(sender);
    let builder = builder(&platform, &clock)
        .shared_token_store(Arc::clone(store) as Arc<dyn TokenStore>)
        .observe(move |observation| {
            if let Observation::Refresh { .. } = observation {
                let _ = sender.lock().unwrap().send(());
            }
        });
    let client = logged_in(builder);
    clock.advance(Duration::from_secs(3_100));
    (platform, clock, client, refreshed)
}

#[test]
fn a_refresh_goes_on_after_the_call_has_returned() {
    let (platform, _clock, client, refreshed) = near_its_end(&Arc::default());
    let bearer = || {
        client.get("/restapi/v1.0/account/~").send().wait().unwrap();
        platform
            .asked()
            .iter()
            .rev()
            .find_map(|asked| asked.bearer.clone())
    };
    assert_eq!(bearer().as_deref(), Some("access-1"), "nobody waited");
    // Nothing is waited for with `wait` meanwhile.
    refreshed.recv_timeout(DEADLINE).unwrap();
    let deadline = Instant::now() + DEADLINE;
    while bearer().as_deref() != Some("access-2") {
        assert!(Instant::now() < deadline, "the new token was never used");
    }
    assert_eq!(platform.count("/oauth/token", "grant_type=refresh_token"), 1);
}

#[test]
fn a_refresh_outlives_the_client() {
    let store = Arc::new(MemoryTokenStore::new());
    let (_platform, _clock, client, refreshed) = near_its_end(&store);
    client.get("/restapi/v1.0/account/~").send().wait().unwrap();
    drop(client);
    refreshed.recv_timeout(DEADLINE).unwrap();
    loop {
        let stored = store.load().wait().unwrap().unwrap();
        if stored.lease.is_none() {
            assert_eq!(stored.tokens.access_token().expose_secret(), "access-2");
            return;
        }
        store.changed(stored.version).wait();
    }
}

#[test]
fn threads_share_a_client_and_its_refresh() {
    let platform = Platform::with_token_latency(Duration::from_millis(20), obliging());
    let clock = clock();
    let client = logged_in(builder(&platform, &clock));
    clock.advance(Duration::from_secs(3_600));
    thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| client.get("/restapi/v1.0/account/~").send().wait().unwrap());
        }
    });
    assert_eq!(platform.count("/account/", ""), 16);
    assert_eq!(platform.count("/oauth/token", "grant_type=refresh_token"), 1);
}

/// What every place below does.
fn call() {
    let (platform, clock) = (Platform::new(obliging()), clock());
    let client = logged_in(builder(&platform, &clock));
    client.get("/restapi/v1.0/account/~").send().wait().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn it_works_in_a_runtime_of_several_threads() {
    call();
    tokio::spawn(async { call() }).await.unwrap();
}

#[tokio::test]
async fn it_works_where_blocking_is_allowed() {
    tokio::task::spawn_blocking(call).await.unwrap();
}

#[tokio::test]
#[should_panic(expected = "Write `.await` instead")]
async fn a_runtime_of_one_thread_is_told_what_to_do() {
    call();
}

#[tokio::test]
async fn so_is_a_task_of_it() {
    assert!(tokio::spawn(async { call() }).await.unwrap_err().is_panic());
}
