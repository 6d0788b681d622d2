//! What needs a keyring, or its absence.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::time::{Duration, Instant};

use ringcentral::{
    App, Claim, Client, Commit, KeyringTokenStore, Lease, RefreshOutcome, StoreError, StoreErrorKind,
    SystemClock, TokenSet, TokenStore, Version,
};

use super::desktop::{Desktop, Offers, in_session};
use crate::script::{Platform, builder, clock, logged_in, obliging, ok, tokens};

macro_rules! name {
    ($test:ident) => {
        concat!("keyring_store::in_keyring::", stringify!($test))
    };
}

fn token_set(n: u32) -> TokenSet {
    let json = format!(
        r#"{{"access_token":"access-{n}","refresh_token":"refresh-{n}","owner_id":"101","scope":[],
            "issued_at":"2020-01-01T09:00:00Z","refresh_at":"2020-01-01T09:48:00Z","expires_at":"2020-01-01T10:00:00Z",
            "refresh_expires_at":"2099-01-01T09:00:00Z","endpoint_id":null,"session_id":null,"login_kind":"Jwt"}}"#
    );
    TokenSet::from_secret_json(json.as_bytes()).unwrap()
}

fn outcome() -> RefreshOutcome {
    let json = r#"{"at":"2026-11-21T10:00:00Z","result":"refreshed"}"#;
    serde_json::from_str(json).unwrap()
}

async fn access_token(store: &KeyringTokenStore) -> Result<String, StoreError> {
    let stored = store.load().await?.expect("there is a login");
    Ok(stored.tokens.access_token().expose_secret().to_owned())
}

async fn claimed(store: &KeyringTokenStore, seen: Version) -> Lease {
    let at = |time: &str| time.parse().unwrap();
    let claim = store.claim(seen, "a", at("2026-11-21T10:00:00Z"), at("2026-11-21T10:00:30Z"));
    match claim.await.unwrap() {
        Claim::Held(lease) => lease,
        other => panic!("the slot is free: {other:?}"),
    }
}

#[track_caller]
fn assert_says(error: &StoreError, words: &[&str]) {
    let text = error.to_string();
    assert_eq!(error.kind(), StoreErrorKind::Unavailable, "{text}");
    for word in words {
        assert!(text.contains(word), "{word:?} is not in {error:?}");
    }
}

/// No file below `directory` holds a token in clear.
fn assert_sealed(directory: &Path) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let metadata = path.symlink_metadata().unwrap();
        if metadata.is_dir() {
            assert_sealed(&path);
        } else if metadata.is_file() {
            let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
            assert!(
                !text.contains("access-") && !text.contains("refresh-"),
                "{}",
                path.display()
            );
        }
    }
}

#[test]
fn a_login_survives_the_program_and_the_session() {
    in_session(
        name!(a_login_survives_the_program_and_the_session),
        Offers::Keyring,
        async |desktop| {
            let path = desktop.path("login/tokens.sealed");
            let store = || KeyringTokenStore::at(&path).for_login("https://a.example.com app");
            store().probe().await.unwrap();
            let v1 = store().put(&token_set(1)).await.unwrap();
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
            assert_eq!(access_token(&store()).await.unwrap(), "access-1");

            desktop.restart();
            let other = store();
            assert_eq!(
                access_token(&other).await.unwrap(),
                "access-1",
                "after the next start of the keyring"
            );
            let lease = claimed(&other, v1).await;
            let commit = other.commit(&lease, &token_set(2), &outcome()).await.unwrap();
            assert_eq!(commit, Commit::Done(v1.next()));
            let stored = store().load().await.unwrap().unwrap();
            assert_eq!(stored.last_refresh, Some(outcome()));
            assert_eq!(access_token(&store()).await.unwrap(), "access-2");
            assert_sealed(&desktop.path(""));

            let foreign = KeyringTokenStore::at(&path).for_login("https://b.example.com app");
            assert_eq!(foreign.load().await.unwrap_err().kind(), StoreErrorKind::Foreign);
        },
    );
}

#[test]
fn fifty_tasks_make_one_refresh() {
    in_session(
        name!(fifty_tasks_make_one_refresh),
        Offers::Keyring,
        async |desktop| {
            let platform = Platform::new(obliging());
            let clock = clock();
            let store = KeyringTokenStore::at(desktop.path("tokens.sealed"));
            let client = logged_in(builder(&platform, &clock).token_store(store)).await;
            clock.advance(Duration::from_secs(3_600));
            let call = |client: Client| async move { client.get("/restapi/v1.0/account/~").send().await };
            let calls: Vec<_> = (0..50).map(|_| tokio::spawn(call(client.clone()))).collect();
            for call in calls {
                call.await.unwrap().unwrap();
            }
            assert_eq!(platform.count("/oauth/token", "grant_type=refresh_token"), 1);
            assert_eq!(
                platform.asked().last().unwrap().bearer.as_deref(),
                Some("access-2")
            );
        },
    );
}

const PLATFORM: &str = "TEST_PLATFORM";

#[test]
fn eight_programs_make_one_refresh() {
    let name = name!(eight_programs_make_one_refresh);
    in_session(name, Offers::Keyring, async |desktop| {
        let store = KeyringTokenStore::at(desktop.path("tokens.sealed"));
        if let Ok(server) = std::env::var(PLATFORM) {
            let client = Client::builder(App::public("client-id"))
                .server(&server)
                .token_store(store);
            client
                .build()
                .unwrap()
                .get("/restapi/v1.0/account/~")
                .send()
                .await
                .unwrap();
            return;
        }
        store.put(&token_set(1)).await.unwrap();
        let (server, refreshes) = small_platform();
        let spawn = || desktop.again(name).env(PLATFORM, &server).spawn().unwrap();
        let programs: Vec<_> = (0..8).map(|_| spawn()).collect();
        for mut program in programs {
            assert!(program.wait().unwrap().success());
        }
        assert_eq!(refreshes.load(SeqCst), 1);
        assert_eq!(access_token(&store).await.unwrap(), "access-2");
        assert_sealed(&desktop.path(""));
    });
}

/// Gives out one token set after the other, takes the newest, and counts.
fn small_platform() -> (String, Arc<AtomicU32>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let server = format!("http://{}", listener.local_addr().unwrap());
    let refreshes = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&refreshes);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut request = BufReader::new(stream.unwrap());
            let (mut head, mut length) = (String::new(), 0);
            while request.read_line(&mut head).unwrap() > 2 {
                let line = head.lines().last().unwrap_or_default().to_ascii_lowercase();
                if let Some(value) = line.strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
            }
            request.read_exact(&mut vec![0; length]).unwrap();
            let newest = |n: u32| {
                head.to_ascii_lowercase()
                    .contains(&format!("bearer access-{}", n + 1))
            };
            let answer = if head.starts_with("POST /restapi/oauth/token ") {
                let n = counted.fetch_add(1, SeqCst) + 2;
                tokens(n)
            } else if newest(counted.load(SeqCst)) {
                ok("{}")
            } else {
                crate::script::unauthorized()
            };
            let answer = answer.unwrap();
            let body = String::from_utf8(answer.body().as_bytes().unwrap().to_vec()).unwrap();
            let status = answer.status().as_u16();
            let head =
                format!("HTTP/1.1 {status} x\r\ncontent-type: application/json\r\nconnection: close\r\n");
            let answer = format!("{head}content-length: {}\r\n\r\n{body}", body.len());
            request.get_mut().write_all(answer.as_bytes()).unwrap();
        }
    });
    (server, refreshes)
}

#[test]
fn a_locked_keyring_is_named_and_the_login_waits_for_it() {
    in_session(
        name!(a_locked_keyring_is_named_and_the_login_waits_for_it),
        Offers::Keyring,
        async |desktop| {
            let store = || KeyringTokenStore::at(desktop.path("tokens.sealed"));
            store().put(&token_set(1)).await.unwrap();
            let before = fs::read(store().path()).unwrap();
            desktop.lock();
            for error in [
                store().load().await.unwrap_err(),
                store().put(&token_set(2)).await.unwrap_err(),
                store().probe().await.unwrap_err(),
            ] {
                assert_says(
                    &error,
                    &["the keyring is locked", "unlock it", "another token store"],
                );
            }
            assert_eq!(fs::read(store().path()).unwrap(), before);
            desktop.unlock();
            assert_eq!(access_token(&store()).await.unwrap(), "access-1");
        },
    );
}

#[test]
fn a_keyring_that_hangs_is_not_waited_for() {
    in_session(
        name!(a_keyring_that_hangs_is_not_waited_for),
        Offers::Keyring,
        async |desktop| {
            let store = || {
                KeyringTokenStore::at(desktop.path("tokens.sealed")).answer_within(Duration::from_millis(200))
            };
            let patient = KeyringTokenStore::at(desktop.path("tokens.sealed"));
            let v1 = patient.put(&token_set(1)).await.unwrap();
            let before = fs::read(store().path()).unwrap();
            let stopped = desktop.stop();
            let begun = Instant::now();
            for error in [
                store().load().await.unwrap_err(),
                store().put(&token_set(2)).await.unwrap_err(),
                store().probe().await.unwrap_err(),
            ] {
                assert_says(
                    &error,
                    &["did not answer within 200ms", "unlock it", "another token store"],
                );
            }
            assert!(begun.elapsed() < Duration::from_secs(20));
            assert_eq!(fs::read(store().path()).unwrap(), before);

            // Who has the key already needs no keyring, and refreshes.
            let lease = claimed(&patient, v1).await;
            patient.commit(&lease, &token_set(2), &outcome()).await.unwrap();
            drop(stopped);
            let quick = KeyringTokenStore::at(desktop.path("tokens.sealed"));
            assert_eq!(access_token(&quick).await.unwrap(), "access-2");
        },
    );
}

#[test]
fn without_a_keyring_nothing_is_stored_in_clear() {
    in_session(
        name!(without_a_keyring_nothing_is_stored_in_clear),
        Offers::Nothing,
        nothing_is_stored,
    );
}

#[test]
fn without_a_bus_nothing_is_stored_in_clear() {
    in_session(
        name!(without_a_bus_nothing_is_stored_in_clear),
        Offers::NotEvenABus,
        nothing_is_stored,
    );
}

#[test]
fn a_session_that_has_no_keyring_yet_is_told_so() {
    in_session(
        name!(a_session_that_has_no_keyring_yet_is_told_so),
        Offers::Keyring,
        async |desktop| {
            desktop.lock();
            nothing_is_stored(desktop).await;
        },
    );
}

async fn nothing_is_stored(desktop: Desktop) {
    let store = KeyringTokenStore::at(desktop.path("login/tokens.sealed"));
    assert!(store.load().await.unwrap().is_none(), "no login needs no keyring");
    for error in [
        store.put(&token_set(1)).await.unwrap_err(),
        store.probe().await.unwrap_err(),
    ] {
        assert_says(
            &error,
            &["there is no keyring", "start one", "another token store"],
        );
    }
    assert!(!desktop.path("login").exists());
}

#[test]
fn a_login_whose_key_is_gone_is_kept_until_a_new_one() {
    in_session(
        name!(a_login_whose_key_is_gone_is_kept_until_a_new_one),
        Offers::Keyring,
        async |desktop| {
            let store = || KeyringTokenStore::at(desktop.path("tokens.sealed"));
            store().put(&token_set(1)).await.unwrap();
            let before = fs::read(store().path()).unwrap();
            fs::rename(desktop.keyring_files(), desktop.path("away")).unwrap();
            desktop.restart();
            let error = store().load().await.unwrap_err();
            assert_says(
                &error,
                &[
                    "tokens.sealed",
                    "which the keyring does not hold",
                    "log in anew",
                    "left as it is",
                ],
            );
            assert_eq!(fs::read(store().path()).unwrap(), before);

            store().put(&token_set(2)).await.unwrap();
            assert_eq!(access_token(&store()).await.unwrap(), "access-2");
            assert_eq!(fs::read(desktop.path("tokens.sealed.damaged-1")).unwrap(), before);
        },
    );
}

#[test]
fn a_login_that_was_changed_does_not_open() {
    in_session(
        name!(a_login_that_was_changed_does_not_open),
        Offers::Keyring,
        async |desktop| {
            let [a, b] = ["a", "b"].map(|name| KeyringTokenStore::at(desktop.path(name)));
            a.put(&token_set(1)).await.unwrap();
            b.put(&token_set(2)).await.unwrap();
            let json = |store: &KeyringTokenStore| -> serde_json::Value {
                serde_json::from_slice(&fs::read(store.path()).unwrap()).unwrap()
            };
            let mut changed = json(&a);
            changed["tokens"]["key"] = json(&b)["tokens"]["key"].clone();
            fs::write(a.path(), changed.to_string()).unwrap();
            let error = a.load().await.unwrap_err();
            assert_eq!(error.kind(), StoreErrorKind::Corrupt);
            assert!(
                error.to_string().contains("does not open with its key"),
                "{error}"
            );
            assert_eq!(fs::read_to_string(a.path()).unwrap(), changed.to_string());

            a.put(&token_set(3)).await.unwrap();
            assert_eq!(access_token(&a).await.unwrap(), "access-3");
            assert_eq!(
                fs::read_to_string(desktop.path("a.damaged-1")).unwrap(),
                changed.to_string()
            );
            assert_eq!(
                access_token(&KeyringTokenStore::at(b.path())).await.unwrap(),
                "access-2",
                "its key is left"
            );
        },
    );
}

#[test]
fn a_login_that_was_replaced_or_forgotten_opens_no_more() {
    in_session(
        name!(a_login_that_was_replaced_or_forgotten_opens_no_more),
        Offers::Keyring,
        async |desktop| {
            let store = || KeyringTokenStore::at(desktop.path("tokens.sealed"));
            store().put(&token_set(1)).await.unwrap();
            let replaced = fs::read(store().path()).unwrap();
            store().put(&token_set(2)).await.unwrap();
            let forgotten = fs::read(store().path()).unwrap();
            store().remove().await.unwrap();
            assert!(store().load().await.unwrap().is_none());
            for old in [replaced, forgotten] {
                fs::write(store().path(), &old).unwrap();
                let error = store().load().await.unwrap_err();
                assert_says(&error, &["which the keyring does not hold"]);
            }
        },
    );
}

#[test]
fn two_logins_at_once_leave_one_that_opens() {
    in_session(
        name!(two_logins_at_once_leave_one_that_opens),
        Offers::Keyring,
        async |desktop| {
            let store = || KeyringTokenStore::at(desktop.path("tokens.sealed"));
            for round in 0..2 {
                let logins = [1, 2, 3, 4].map(|n| {
                    let store = store();
                    tokio::spawn(async move { store.put(&token_set(round * 10 + n)).await })
                });
                for login in logins {
                    login.await.unwrap().unwrap();
                }
                let token = access_token(&store()).await.unwrap();
                assert!(token.starts_with("access-"), "{token}");
            }
            assert!(!desktop.path("tokens.sealed.damaged-1").exists());
        },
    );
}

#[test]
fn a_first_login_without_a_person_is_made_once() {
    in_session(
        name!(a_first_login_without_a_person_is_made_once),
        Offers::Keyring,
        async |desktop| {
            let platform = Platform::new(obliging());
            let store = || KeyringTokenStore::at(desktop.path("tokens.sealed"));
            let programs: Vec<_> = (0..4)
                .map(|_| {
                    let builder = builder(&platform, &clock()).clock(Arc::new(SystemClock));
                    let client = builder
                        .token_store(store())
                        .jwt("my.jwt.credential")
                        .build()
                        .unwrap();
                    tokio::spawn(async move { client.get("/restapi/v1.0/account/~").send().await.map(drop) })
                })
                .collect();
            for program in programs {
                program.await.unwrap().unwrap();
            }
            assert_eq!(platform.count("/oauth/token", "assertion="), 1);
            assert_eq!(access_token(&store()).await.unwrap(), "access-1");
        },
    );
}

#[test]
fn damage_while_the_platform_is_asked_does_not_cost_the_new_tokens() {
    in_session(
        name!(damage_while_the_platform_is_asked_does_not_cost_the_new_tokens),
        Offers::Keyring,
        async |desktop| {
            let store = KeyringTokenStore::at(desktop.path("tokens.sealed"));
            let v1 = store.put(&token_set(1)).await.unwrap();
            let lease = claimed(&store, v1).await;
            fs::write(store.path(), "").unwrap();
            let commit = store.commit(&lease, &token_set(2), &outcome()).await.unwrap();
            assert_eq!(commit, Commit::Done(v1.next()));
            let other = KeyringTokenStore::at(store.path());
            assert_eq!(access_token(&other).await.unwrap(), "access-2");
        },
    );
}
