//! The file store: private, atomic, and careful with what it finds.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::time::Duration;

use ringcentral::{
    Claim, Commit, ErrorKind, FileTokenStore, RefreshOutcome, StoreErrorKind, TokenSet, TokenStore,
};

pub(crate) mod mounts;
mod trouble;

use super::script::{Platform, builder, clock, logged_in, obliging};

fn token_set(n: u32) -> TokenSet {
    let json = format!(
        r#"{{"access_token":"access-{n}","refresh_token":"refresh-{n}","owner_id":"101","scope":[],
            "issued_at":"2026-11-21T09:00:00Z","refresh_at":"2026-11-21T09:48:00Z","expires_at":"2026-11-21T10:00:00Z",
            "refresh_expires_at":"2026-11-28T09:00:00Z","endpoint_id":null,"session_id":null,"login_kind":"Jwt"}}"#
    );
    TokenSet::from_secret_json(json.as_bytes()).unwrap()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn at(time: &str) -> jiff::Timestamp {
    time.parse().unwrap()
}

fn outcome() -> RefreshOutcome {
    RefreshOutcome::refreshed(at("2026-11-21T10:00:00Z"))
}

async fn access_token(store: &FileTokenStore) -> String {
    store
        .load()
        .await
        .unwrap()
        .unwrap()
        .tokens
        .access_token()
        .expose_secret()
        .to_owned()
}

#[tokio::test]
async fn a_login_is_kept_privately_and_survives() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("new/deeper/tokens.json");
    FileTokenStore::at(&path).put(&token_set(1)).await.unwrap();
    assert_eq!(mode(&path), 0o600);
    assert_eq!(mode(&dir.path().join("new/deeper/tokens.json.lock")), 0o600);
    assert_eq!(mode(&dir.path().join("new/deeper")), 0o700);
    assert_eq!(access_token(&FileTokenStore::at(&path)).await, "access-1");
    let left: Vec<_> = fs::read_dir(path.parent().unwrap()).unwrap().collect();
    assert_eq!(left.len(), 2, "no temporary file stays behind: {left:?}");
}

#[tokio::test]
async fn two_stores_on_one_file_share_lease_and_fence() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("tokens.json");
    let (a, b) = (FileTokenStore::at(&path), FileTokenStore::at(&path));
    let v1 = a.put(&token_set(1)).await.unwrap();
    let (t0, t30, t60) = (
        at("2026-11-21T10:00:00Z"),
        at("2026-11-21T10:00:30Z"),
        at("2026-11-21T10:01:00Z"),
    );
    let Claim::Held(late) = a.claim(v1, "a", t0, t30).await.unwrap() else {
        panic!("the slot is free")
    };
    assert_eq!(
        b.claim(v1, "b", t0, t30).await.unwrap(),
        Claim::Busy { until: t30 }
    );
    let Claim::Held(next) = b.claim(v1, "b", t30, t60).await.unwrap() else {
        panic!("the lease has run out")
    };
    assert!(!a.renew(&late, t60).await.unwrap());
    assert_eq!(
        a.commit(&late, &token_set(9), &outcome()).await.unwrap(),
        Commit::Lost
    );
    assert!(matches!(
        b.commit(&next, &token_set(2), &outcome()).await.unwrap(),
        Commit::Done(_)
    ));
    assert_eq!(
        a.commit(&late, &token_set(9), &outcome()).await.unwrap(),
        Commit::Lost
    );
    assert_eq!(access_token(&a).await, "access-2");
}

#[tokio::test]
async fn a_holder_that_is_gone_is_not_waited_for() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("tokens.json");
    let (a, b) = (FileTokenStore::at(&path), FileTokenStore::at(&path));
    let v1 = a.put(&token_set(1)).await.unwrap();
    let (t0, t30) = (at("2026-11-21T10:00:00Z"), at("2026-11-21T10:00:30Z"));
    let Claim::Held(gone) = a.claim(v1, "a", t0, t30).await.unwrap() else {
        panic!("the slot is free")
    };
    assert_eq!(
        b.claim(v1, "b", t0, t30).await.unwrap(),
        Claim::Busy { until: t30 }
    );
    // What the system does for a process that has died: its files are closed.
    drop(a);
    let Claim::Held(next) = b.claim(v1, "b", t0, t30).await.unwrap() else {
        panic!("nobody is alive")
    };
    assert_eq!(
        b.commit(&gone, &token_set(9), &outcome()).await.unwrap(),
        Commit::Lost
    );
    assert!(matches!(
        b.commit(&next, &token_set(2), &outcome()).await.unwrap(),
        Commit::Done(_)
    ));
}

#[tokio::test]
async fn what_is_not_a_login_is_reported_and_never_overwritten() {
    let good = {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("t");
        FileTokenStore::at(&path).put(&token_set(1)).await.unwrap();
        fs::read(path).unwrap()
    };
    let contents: [&[u8]; 6] = [
        b"",
        b"{",
        &good[..good.len() / 2],
        b"[1]",
        b"{\"format\":\"other\"}",
        b"\xff\xfe canary",
    ];
    for content in contents {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("tokens.json");
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        let store = FileTokenStore::at(&path);
        let error = store.load().await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Corrupt);
        assert!(
            error.to_string().contains("tokens.json is damaged") && !error.to_string().contains("canary")
        );
        assert_eq!(fs::read(&path).unwrap(), content, "left as it is");
        store.put(&token_set(2)).await.unwrap();
        assert_eq!(
            fs::read(dir.path().join("tokens.json.damaged-1")).unwrap(),
            content,
            "set aside"
        );
        assert_eq!(access_token(&store).await, "access-2");
    }
}

#[tokio::test]
async fn another_logins_file_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("tokens.json");
    FileTokenStore::at(&path)
        .for_login("https://a.example.com app")
        .put(&token_set(1))
        .await
        .unwrap();
    let other = FileTokenStore::at(&path).for_login("https://b.example.com app");
    assert_eq!(other.load().await.unwrap_err().kind(), StoreErrorKind::Foreign);
    assert_eq!(
        other.put(&token_set(2)).await.unwrap_err().kind(),
        StoreErrorKind::Foreign
    );
    assert_eq!(access_token(&FileTokenStore::at(&path)).await, "access-1");
}

#[tokio::test]
async fn links_and_open_permissions_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let (path, link) = (dir.path().join("tokens.json"), dir.path().join("link.json"));
    let store = FileTokenStore::at(&path);
    store.put(&token_set(1)).await.unwrap();
    symlink(&path, &link).unwrap();
    assert_eq!(
        FileTokenStore::at(&link).load().await.unwrap_err().kind(),
        StoreErrorKind::Insecure
    );
    assert_eq!(
        FileTokenStore::at(&link)
            .put(&token_set(2))
            .await
            .unwrap_err()
            .kind(),
        StoreErrorKind::Insecure
    );
    for bad in [0o620, 0o602, 0o640, 0o644] {
        fs::set_permissions(&path, fs::Permissions::from_mode(bad)).unwrap();
        let error = store.load().await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Insecure, "{bad:o}");
        assert!(error.to_string().contains("chmod 600"), "{error}");
    }
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o777)).unwrap();
    assert_eq!(
        store.put(&token_set(2)).await.unwrap_err().kind(),
        StoreErrorKind::Insecure
    );
    assert_eq!(access_token(&store).await, "access-1");
}

#[tokio::test]
async fn removing_forgets_the_tokens_but_not_the_count() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("tokens.json");
    let store = FileTokenStore::at(&path);
    store.remove().await.unwrap();
    assert!(!path.exists(), "nothing to remove, nothing made");
    let v1 = store.put(&token_set(1)).await.unwrap();
    store.remove().await.unwrap();
    assert!(store.load().await.unwrap().is_none());
    assert!(!fs::read_to_string(&path).unwrap().contains("access-1"));
    assert!(store.put(&token_set(2)).await.unwrap() > v1);
}

#[tokio::test]
async fn a_client_logs_in_and_a_second_one_finds_the_login() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("tokens.json");
    let platform = Platform::new(obliging());
    let clock = clock();
    logged_in(builder(&platform, &clock).token_store(FileTokenStore::at(&path))).await;
    clock.advance(Duration::from_secs(3_600));
    let second = builder(&platform, &clock)
        .token_store(FileTokenStore::at(&path))
        .build()
        .unwrap();
    second.get("/restapi/v1.0/account/~").send().await.unwrap();
    assert_eq!(
        platform.asked().last().unwrap().bearer.as_deref(),
        Some("access-2")
    );

    fs::write(&path, "damaged").unwrap();
    let third = builder(&platform, &clock)
        .token_store(FileTokenStore::at(&path))
        .build()
        .unwrap();
    let error = third.get("/restapi/v1.0/account/~").send().await.unwrap_err();
    assert_eq!(
        error.kind(),
        ErrorKind::Store,
        "damage is not mistaken for a logout"
    );
}

#[tokio::test]
async fn a_first_login_without_a_person_is_made_once() {
    let platform = Platform::new(obliging());
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("tokens.json");
    let programs: Vec<_> = (0..8)
        .map(|_| {
            let builder = builder(&platform, &clock()).clock(std::sync::Arc::new(ringcentral::SystemClock));
            let client = builder
                .token_store(FileTokenStore::at(&path))
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
    assert_eq!(access_token(&FileTokenStore::at(&path)).await, "access-1");
}
