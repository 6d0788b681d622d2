//! The token store: what every method promises.

use std::time::Duration;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use ringcentral::{
    Claim, Commit, Lease, MemoryTokenStore, OsEntropy, RefreshOutcome, StoreErrorKind, Stored, TokenStore,
    Version,
};
use ringcentral_vault::{LoginId, Vault, VaultTokenStore};

use crate::support::{Setting, held, on_every_database, outcome, stored_name, tokens};

on_every_database! {
    a_new_login_has_no_tokens,
    what_is_put_is_loaded_and_the_version_grows,
    a_lease_is_had_by_one_until_it_runs_out,
    a_claim_needs_the_version_that_is_there,
    the_first_login_of_an_empty_row_has_one_holder_too,
    what_is_noted_of_an_empty_row_is_read_there,
    a_renewed_lease_lasts_longer,
    a_commit_replaces_the_tokens_and_ends_the_lease,
    a_release_keeps_the_tokens_and_notes_why,
    a_penalty_is_noted_until_something_else_is,
    the_end_of_a_login_is_noted_until_there_are_new_tokens,
    logging_out_forgets_the_tokens_and_not_the_numbers,
    a_removed_login_never_comes_back,
    of_eight_that_claim_at_once_exactly_one_holds,
    refreshes_of_many_holders_form_one_line,
    logins_do_not_see_each_other,
}

async fn a_new_login_has_no_tokens(setting: Setting) {
    let vault = setting.vault().await;
    let store = vault.token_store(&vault.new_login("sandbox").await.unwrap());
    assert!(store.load().await.unwrap().is_none());
    for version in [0, 1] {
        let claim = store
            .claim(Version(version), "a", setting.now(), setting.in_millis(1))
            .await;
        assert_eq!(claim.unwrap(), Claim::Moved);
    }
}

async fn what_is_put_is_loaded_and_the_version_grows(setting: Setting) {
    let (_, store, first) = setting.login("one").await;
    let put = tokens("one");
    let Stored {
        tokens: loaded,
        version,
        lease,
        last_refresh,
    } = store.load().await.unwrap().unwrap();
    assert_eq!(loaded.access_token().expose_secret(), "one");
    assert_eq!(loaded.info(), put.info());
    assert_eq!((version, lease, last_refresh), (first, None, None));

    let second = store.put(&tokens("two")).await.unwrap();
    assert!(second > first);
    assert_eq!(stored_name(&store).await.as_deref(), Some("two"));
}

async fn a_lease_is_had_by_one_until_it_runs_out(setting: Setting) {
    let (_, store, version) = setting.login("one").await;
    let until = setting.in_millis(30_000);
    let first = held(store.claim(version, "first", setting.now(), until).await.unwrap());
    assert_eq!(
        (first.version, first.holder.as_str(), first.until),
        (version, "first", until)
    );
    assert_eq!(store.load().await.unwrap().unwrap().lease, Some(first.clone()));

    // The time is that of the caller, not of the vault's own clock, which stands still here.
    for (after, busy) in [(0, true), (29_999, true), (30_000, false)] {
        let claim = store
            .claim(
                version,
                "second",
                setting.in_millis(after),
                setting.in_millis(60_000),
            )
            .await;
        match claim.unwrap() {
            Claim::Busy { until: end } => assert!(busy && end == until, "after {after} ms"),
            Claim::Held(lease) => assert!(!busy && lease.fence > first.fence, "after {after} ms"),
            Claim::Moved => panic!("moved after {after} ms"),
        }
    }
}

async fn a_claim_needs_the_version_that_is_there(setting: Setting) {
    let (_, store, old) = setting.login("one").await;
    let new = store.put(&tokens("two")).await.unwrap();
    for version in [old, Version(0), Version(new.0 + 1), Version(u64::MAX)] {
        let claim = store
            .claim(version, "a", setting.now(), setting.in_millis(1))
            .await;
        assert_eq!(claim.unwrap(), Claim::Moved, "{version:?}");
    }
    held(
        store
            .claim(new, "a", setting.now(), setting.in_millis(1))
            .await
            .unwrap(),
    );
}

async fn the_first_login_of_an_empty_row_has_one_holder_too(setting: Setting) {
    let vault = setting.vault().await;
    let store = vault.token_store(&vault.new_login("sandbox").await.unwrap());
    let (now, end) = (setting.now(), setting.in_millis(30_000));
    let first = held(store.claim_vacant("first", now, end).await.unwrap());
    let second = store.claim_vacant("second", setting.in_millis(29_999), end).await;
    assert_eq!(second.unwrap(), Claim::Busy { until: end });
    let taken_over = held(
        store
            .claim_vacant("second", end, setting.in_millis(60_000))
            .await
            .unwrap(),
    );
    let late = store.commit(&first, &tokens("late"), &outcome("refreshed")).await;
    assert_eq!(late.unwrap(), Commit::Lost);
    let done = store
        .commit(&taken_over, &tokens("one"), &outcome("refreshed"))
        .await;
    assert!(matches!(done.unwrap(), Commit::Done(_)));
    assert_eq!(stored_name(&store).await.as_deref(), Some("one"));
    let third = store.claim_vacant("third", end, setting.in_millis(60_000)).await;
    assert_eq!(third.unwrap(), Claim::Moved);

    store.remove().await.unwrap();
    let again = held(
        store
            .claim_vacant("again", end, setting.in_millis(60_000))
            .await
            .unwrap(),
    );
    store.put(&tokens("a person's")).await.unwrap();
    let late = store.commit(&again, &tokens("late"), &outcome("refreshed")).await;
    assert_eq!(late.unwrap(), Commit::Lost);

    vault.remove_login(store.login()).await.unwrap();
    let gone = store.claim_vacant("nobody", end, end).await.unwrap_err();
    assert!(gone.to_string().contains("vault"), "{gone}");
}

async fn what_is_noted_of_an_empty_row_is_read_there(setting: Setting) {
    let vault = setting.vault().await;
    let store = vault.token_store(&vault.new_login("sandbox").await.unwrap());
    let elsewhere = setting.vault_elsewhere().await.token_store(store.login());
    let claim = async || {
        let claim = store
            .claim_vacant("a", setting.now(), setting.in_millis(100))
            .await;
        held(claim.unwrap())
    };
    let noted = async || elsewhere.load_vacant().await.unwrap();
    assert_eq!(noted().await, None);
    let penalty = outcome("HTTP 429").not_before(Some(setting.in_millis(60_000)));
    store.release(&claim().await, &penalty).await.unwrap();
    assert!(elsewhere.load().await.unwrap().is_none());
    assert_eq!(noted().await, Some(penalty));
    let next = outcome("HTTP 503");
    store.release(&claim().await, &next).await.unwrap();
    assert_eq!(noted().await, Some(next));

    let done = store
        .commit(&claim().await, &tokens("one"), &outcome("refreshed"))
        .await;
    assert!(matches!(done.unwrap(), Commit::Done(_)));
    assert_eq!(noted().await, None, "it is empty no more");
    store.remove().await.unwrap();
    assert_eq!(noted().await, None);
}

async fn a_renewed_lease_lasts_longer(setting: Setting) {
    let (_, store, version) = setting.login("one").await;
    let lease = claimed(&setting, &store, version).await;
    assert!(store.renew(&lease, setting.in_millis(200)).await.unwrap());
    let claim = store
        .claim(version, "b", setting.in_millis(150), setting.in_millis(900))
        .await
        .unwrap();
    assert_eq!(
        claim,
        Claim::Busy {
            until: setting.in_millis(200)
        }
    );

    store.release(&lease, &outcome("HTTP 503")).await.unwrap();
    assert!(
        !store.renew(&lease, setting.in_millis(300)).await.unwrap(),
        "given up, so not the holder's own"
    );
}

async fn a_commit_replaces_the_tokens_and_ends_the_lease(setting: Setting) {
    let (_, store, version) = setting.login("one").await;
    let lease = claimed(&setting, &store, version).await;
    let done = store
        .commit(&lease, &tokens("two"), &outcome("refreshed"))
        .await
        .unwrap();
    let Commit::Done(next) = done else {
        panic!("the lease was in force");
    };
    assert!(next > version);

    let stored = store.load().await.unwrap().unwrap();
    assert_eq!((stored.version, stored.lease), (next, None));
    assert_eq!(stored.last_refresh, Some(outcome("refreshed")));
    assert_eq!(stored_name(&store).await.as_deref(), Some("two"));
    // A lease is good for one commit.
    assert_eq!(
        store
            .commit(&lease, &tokens("three"), &outcome("refreshed"))
            .await
            .unwrap(),
        Commit::Lost
    );
    claimed(&setting, &store, next).await;
}

async fn a_release_keeps_the_tokens_and_notes_why(setting: Setting) {
    let (_, store, version) = setting.login("one").await;
    let lease = claimed(&setting, &store, version).await;
    store
        .release(&lease, &outcome("invalid_grant OAU-213"))
        .await
        .unwrap();

    let stored = store.load().await.unwrap().unwrap();
    assert_eq!((stored.version, stored.lease), (version, None));
    assert_eq!(stored.last_refresh, Some(outcome("invalid_grant OAU-213")));
    // What was given up cannot be used any more, even though nobody else has claimed it.
    let commit = store.commit(&lease, &tokens("two"), &outcome("refreshed")).await;
    assert_eq!(commit.unwrap(), Commit::Lost);
    assert_eq!(stored_name(&store).await.as_deref(), Some("one"));
    claimed(&setting, &store, version).await;
}

/// What is noted of the last refresh, by the store and by the list of logins alike.
async fn noted(vault: &Vault, login: &LoginId) -> Option<RefreshOutcome> {
    let stored = vault.token_store(login).load().await.unwrap().unwrap();
    let record = vault.login(login).await.unwrap().unwrap();
    assert_eq!(stored.last_refresh, record.last_refresh);
    stored.last_refresh
}

/// The lease on this version, for a tenth of a second.
async fn claimed(setting: &Setting, store: &VaultTokenStore, version: Version) -> Lease {
    let claim = store.claim(version, "a", setting.now(), setting.in_millis(100));
    held(claim.await.unwrap())
}

async fn a_penalty_is_noted_until_something_else_is(setting: Setting) {
    let (login, store, version) = setting.login("one").await;
    let elsewhere = setting.vault_elsewhere().await;
    let noted = async || noted(&elsewhere, &login).await;
    let claim = async |version| claimed(&setting, &store, version).await;
    let penalty = outcome("HTTP 429").not_before(Some(setting.in_millis(60_000)));
    let next = [outcome("HTTP 503"), outcome("refreshed")];
    store.release(&claim(version).await, &penalty).await.unwrap();
    assert_eq!(noted().await, Some(penalty.clone()));
    store.release(&claim(version).await, &next[0]).await.unwrap();
    assert_eq!(noted().await.as_ref(), Some(&next[0]));
    store.release(&claim(version).await, &penalty).await.unwrap();
    let done = store
        .commit(&claim(version).await, &tokens("two"), &next[1])
        .await
        .unwrap();
    assert_eq!(noted().await.as_ref(), Some(&next[1]));
    let Commit::Done(version) = done else {
        panic!("the lease was in force");
    };
    store.release(&claim(version).await, &penalty).await.unwrap();
    store.put(&tokens("three")).await.unwrap();
    assert_eq!(noted().await, None);
}

async fn the_end_of_a_login_is_noted_until_there_are_new_tokens(setting: Setting) {
    let (login, store, version) = setting.login("one").await;
    let elsewhere = setting.vault_elsewhere().await;
    let noted = async || noted(&elsewhere, &login).await;
    let claim = async |version| claimed(&setting, &store, version).await;
    let end = RefreshOutcome {
        is_final: true,
        ..outcome("invalid_grant OAU-213")
    };

    store.release(&claim(version).await, &end).await.unwrap();
    assert_eq!(noted().await, Some(end.clone()));
    // Asked for all the same, and not answered: what counts is the last word.
    store
        .release(&claim(version).await, &outcome("HTTP 503"))
        .await
        .unwrap();
    assert_eq!(noted().await, Some(outcome("HTTP 503")));
    store.release(&claim(version).await, &end).await.unwrap();
    let done = store
        .commit(&claim(version).await, &tokens("two"), &outcome("refreshed"))
        .await
        .unwrap();
    assert_eq!(noted().await, Some(outcome("refreshed")));
    let Commit::Done(version) = done else {
        panic!("the lease was in force");
    };
    store.release(&claim(version).await, &end).await.unwrap();
    store.put(&tokens("three")).await.unwrap();
    assert_eq!(noted().await, None);
}

async fn logging_out_forgets_the_tokens_and_not_the_numbers(setting: Setting) {
    let (_, store, first) = setting.login("one").await;
    store.remove().await.unwrap();
    assert!(store.load().await.unwrap().is_none());
    store.remove().await.unwrap();
    let again = store.put(&tokens("two")).await.unwrap();
    assert!(
        again.0 > first.0 + 1,
        "a version never comes back: {again:?} after {first:?}"
    );
}

async fn a_removed_login_never_comes_back(setting: Setting) {
    let (login, store, version) = setting.login("one").await;
    let lease = claimed(&setting, &store, version).await;
    let vault = setting.vault().await;
    assert!(vault.remove_login(&login).await.unwrap());
    assert!(!vault.remove_login(&login).await.unwrap());

    assert!(store.load().await.unwrap().is_none());
    assert_eq!(
        store
            .commit(&lease, &tokens("two"), &outcome("refreshed"))
            .await
            .unwrap(),
        Commit::Lost
    );
    let error = store.put(&tokens("two")).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Denied);
    assert!(error.to_string().contains(login.as_str()), "{error}");
    assert!(vault.login(&login).await.unwrap().is_none());
}

async fn of_eight_that_claim_at_once_exactly_one_holds(setting: Setting) {
    let (login, store, mut version) = setting.login("one").await;
    let mut vaults = Vec::new();
    for _ in 0..8 {
        vaults.push(setting.vault_elsewhere().await);
    }
    for round in 0..10 {
        let mut claims = tokio::task::JoinSet::new();
        for (holder, vault) in vaults.iter().enumerate() {
            let (store, now, until) = (vault.token_store(&login), setting.now(), setting.in_millis(100));
            claims.spawn(async move {
                store
                    .claim(version, &format!("holder {holder}"), now, until)
                    .await
                    .unwrap()
            });
        }
        let claims = claims.join_all().await;
        let (leases, others): (Vec<_>, Vec<_>) = claims
            .into_iter()
            .partition(|claim| matches!(claim, Claim::Held(_)));
        assert_eq!(leases.len(), 1, "round {round}");
        assert!(
            others.iter().all(|other| matches!(other, Claim::Busy { .. })),
            "{others:?}"
        );

        let lease = held(leases.into_iter().next().unwrap());
        match store
            .commit(&lease, &tokens("next"), &outcome("refreshed"))
            .await
            .unwrap()
        {
            Commit::Done(next) => version = next,
            Commit::Lost => panic!("the lease was in force in round {round}"),
        }
    }
}

/// Eight holders refresh as fast as they can, with leases that run out under them. However it goes, each version comes
/// from the one before it.
async fn refreshes_of_many_holders_form_one_line(setting: Setting) {
    let (login, store, first) = setting.login("0").await;
    let mut holders = tokio::task::JoinSet::new();
    for holder in 0..8 {
        let store = setting.vault_elsewhere().await.token_store(&login);
        let (now, late) = (setting.now(), setting.in_millis(1));
        holders.spawn(async move {
            let mut done = 0_u64;
            for turn in 0..20 {
                let stored = store.load().await.unwrap().unwrap();
                let number: u64 = stored.tokens.access_token().expose_secret().parse().unwrap();
                // Every other turn comes late, and takes over whatever lease there is.
                let now = if turn % 2 == 0 { now } else { late };
                let claim = store
                    .claim(stored.version, &format!("{holder}"), now, late)
                    .await
                    .unwrap();
                if let Claim::Held(lease) = claim {
                    tokio::task::yield_now().await;
                    let next = tokens(&(number + 1).to_string());
                    if store.commit(&lease, &next, &outcome("refreshed")).await.unwrap() != Commit::Lost {
                        done += 1;
                    }
                }
            }
            done
        });
    }
    let done: u64 = holders.join_all().await.iter().sum();
    assert!(done > 0);
    assert_eq!(
        stored_name(&store).await,
        Some(done.to_string()),
        "one step for each commit that counted"
    );
    assert_eq!(
        store.load().await.unwrap().unwrap().version,
        Version(first.0 + done)
    );
}

async fn logins_do_not_see_each_other(setting: Setting) {
    let (_, one, version) = setting.login("one").await;
    let (_, two, _) = setting.login("two").await;
    held(
        one.claim(version, "a", setting.now(), setting.in_millis(100))
            .await
            .unwrap(),
    );
    assert_eq!(two.load().await.unwrap().unwrap().lease, None);
    one.remove().await.unwrap();
    assert_eq!(stored_name(&two).await.as_deref(), Some("two"));
}

/// One step of a random history; the numbers choose among the leases and versions seen so far.
#[derive(Clone, Debug)]
enum Step {
    Put,
    Remove,
    Claim { version: usize, lasts: u64 },
    ClaimVacant { lasts: u64 },
    Renew { lease: usize, lasts: u64 },
    Commit { lease: usize },
    Release { lease: usize },
    Pass { millis: u64 },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        1 => Just(Step::Put),
        1 => Just(Step::Remove),
        6 => (0..3_usize, 1..50_u64).prop_map(|(version, lasts)| Step::Claim { version, lasts }),
        2 => (1..50_u64).prop_map(|lasts| Step::ClaimVacant { lasts }),
        2 => (0..3_usize, 1..50_u64).prop_map(|(lease, lasts)| Step::Renew { lease, lasts }),
        3 => (0..3_usize).prop_map(|lease| Step::Commit { lease }),
        2 => (0..3_usize).prop_map(|lease| Step::Release { lease }),
        3 => (1..60_u64).prop_map(|millis| Step::Pass { millis }),
    ]
}

/// The SDK's own store and the vault are two implementations of one contract: whatever happens, they agree.
#[test]
fn the_vault_answers_as_the_memory_store_does() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let clock = std::sync::Arc::new(ringcentral::SystemClock);
    let opening = Vault::open(
        "sqlite::memory:",
        crate::support::keys(),
        clock,
        std::sync::Arc::new(OsEntropy),
    );
    let vault = runtime.block_on(opening).unwrap();

    let mut runner = TestRunner::new(Config::with_cases(192));
    let histories = proptest::collection::vec(step(), 1..60);
    runner
        .run(&histories, |steps| {
            runtime.block_on(replay(&vault, steps));
            Ok(())
        })
        .unwrap();
}

async fn replay(vault: &Vault, steps: Vec<Step>) {
    let ours = vault.token_store(&vault.new_login("production").await.unwrap());
    let theirs = MemoryTokenStore::new();
    let (mut versions, mut leases) = (vec![Version(0)], Vec::new());
    let mut now = crate::support::start();

    for (number, step) in steps.into_iter().enumerate() {
        let after = |millis| now + Duration::from_millis(millis);
        let next = tokens(&format!("tokens-{number}"));
        let recent = |index: usize, length: usize| length.checked_sub(index + 1);
        match step {
            Step::Pass { millis } => now = after(millis),
            Step::Put => {
                let (a, b) = (ours.put(&next).await.unwrap(), theirs.put(&next).await.unwrap());
                assert_eq!(a, b);
                versions.push(a);
            }
            Step::Remove => {
                ours.remove().await.unwrap();
                theirs.remove().await.unwrap();
            }
            Step::Claim { version, lasts } => {
                let seen = recent(version, versions.len()).map_or(Version(0), |index| versions[index]);
                let a = ours.claim(seen, "holder", now, after(lasts)).await.unwrap();
                let b = theirs.claim(seen, "holder", now, after(lasts)).await.unwrap();
                assert_eq!(a, b);
                if let Claim::Held(lease) = a {
                    leases.push(lease);
                }
            }
            Step::ClaimVacant { lasts } => {
                let a = ours.claim_vacant("holder", now, after(lasts)).await.unwrap();
                let b = theirs.claim_vacant("holder", now, after(lasts)).await.unwrap();
                assert_eq!(a, b);
                if let Claim::Held(lease) = a {
                    leases.push(lease);
                }
            }
            Step::Renew { lease, lasts } => {
                if let Some(lease) = recent(lease, leases.len()).map(|index| &leases[index]) {
                    let a = ours.renew(lease, after(lasts)).await.unwrap();
                    assert_eq!(a, theirs.renew(lease, after(lasts)).await.unwrap());
                }
            }
            Step::Commit { lease } => {
                if let Some(lease) = recent(lease, leases.len()).map(|index| &leases[index]) {
                    let a = ours.commit(lease, &next, &outcome("refreshed")).await.unwrap();
                    assert_eq!(
                        a,
                        theirs.commit(lease, &next, &outcome("refreshed")).await.unwrap()
                    );
                    if let Commit::Done(version) = a {
                        versions.push(version);
                    }
                }
            }
            Step::Release { lease } => {
                if let Some(lease) = recent(lease, leases.len()).map(|index| &leases[index]) {
                    ours.release(lease, &outcome("HTTP 503")).await.unwrap();
                    theirs.release(lease, &outcome("HTTP 503")).await.unwrap();
                }
            }
        }
        let (a, b) = (ours.load().await.unwrap(), theirs.load().await.unwrap());
        let visible = |stored: Option<Stored>| {
            stored.map(|stored| {
                let token = stored.tokens.access_token().expose_secret().to_owned();
                (token, stored.version, stored.lease, stored.last_refresh)
            })
        };
        assert_eq!(visible(a), visible(b));
        assert_eq!(
            ours.load_vacant().await.unwrap(),
            theirs.load_vacant().await.unwrap()
        );
    }
}
