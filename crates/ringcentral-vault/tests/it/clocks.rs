//! Hosts that share a PostgreSQL database need not agree on the time.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use ringcentral::{BoxFuture, Claim, Clock, Commit, OsEntropy, SystemClock, TokenStore, Version};
use ringcentral_vault::{LoginId, Vault, VaultTokenStore};

use crate::support::{Database, Setting, held, keys, outcome, run, tokens};

const LEASE: SignedDuration = SignedDuration::from_secs(30);

/// A clock that is wrong by so much.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Off(pub(crate) SignedDuration);

impl Clock for Off {
    fn now(&self) -> Timestamp {
        SystemClock.now() + self.0
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        SystemClock.sleep(duration)
    }
}

/// One host with its clock, and the login as it sees it.
#[derive(Clone)]
struct Host {
    clock: Off,
    store: VaultTokenStore,
}

impl Host {
    async fn of(setting: &Setting, login: &LoginId, off_by: SignedDuration) -> Self {
        let clock = Off(off_by);
        let opened = Vault::open(
            &setting.database.url(),
            keys(),
            Arc::new(clock),
            Arc::new(OsEntropy),
        )
        .await;
        Self {
            clock,
            store: opened.unwrap().token_store(login),
        }
    }

    async fn claim(&self, version: Version) -> Claim {
        let now = self.clock.now();
        self.store.claim(version, "host", now, now + LEASE).await.unwrap()
    }

    async fn claim_vacant(&self) -> Claim {
        let now = self.clock.now();
        self.store.claim_vacant("host", now, now + LEASE).await.unwrap()
    }

    async fn renew(&self, lease: &ringcentral::Lease) -> bool {
        self.store.renew(lease, self.clock.now() + LEASE).await.unwrap()
    }

    /// Somebody else has the lease, for no longer than it lasts by this host's clock.
    async fn is_told_to_wait(&self, version: Version) {
        let until = match self.claim(version).await {
            Claim::Busy { until } => until,
            other => panic!("expected to be told to wait, got {other:?}"),
        };
        let stored = self.store.load().await.unwrap().unwrap().lease.unwrap();
        for end in [until, stored.until] {
            let left = end.duration_since(self.clock.now());
            assert!(left > SignedDuration::ZERO, "{left:?}");
            assert!(left <= LEASE, "{left:?}");
        }
    }
}

/// A login, and two hosts three minutes apart.
async fn hosts(setting: &Setting) -> (Host, Host, Version) {
    let (login, _, version) = setting.login("one").await;
    let behind = Host::of(setting, &login, SignedDuration::from_secs(-90)).await;
    let ahead = Host::of(setting, &login, SignedDuration::from_secs(90)).await;
    (behind, ahead, version)
}

/// Time passes for whoever holds a lease: it ends that much earlier.
async fn pass(setting: &Setting, time: SignedDuration) {
    let sooner = format!(
        "UPDATE vault_logins SET lease_until = lease_until - {}",
        time.as_millis()
    );
    assert_eq!(setting.database.execute(sooner).await, 1);
}

mod on_postgres {
    use super::*;

    #[test]
    fn a_lease_is_respected_while_it_runs_and_taken_when_it_ran_out() {
        run(Database::postgres(), async |setting: Setting| {
            let (behind, ahead, version) = hosts(&setting).await;
            for (first, second) in [(&behind, &ahead), (&ahead, &behind)] {
                let lease = held(first.claim(version).await);
                second.is_told_to_wait(version).await;

                pass(&setting, LEASE - SignedDuration::from_secs(10)).await;
                second.is_told_to_wait(version).await;
                assert!(first.renew(&lease).await);
                pass(&setting, LEASE - SignedDuration::from_secs(10)).await;
                second.is_told_to_wait(version).await;

                pass(&setting, LEASE).await;
                let taken = held(second.claim(version).await);
                assert!(!first.renew(&lease).await);
                assert_eq!(
                    first
                        .store
                        .commit(&lease, &tokens("stale"), &outcome("refreshed"))
                        .await
                        .unwrap(),
                    Commit::Lost
                );
                first.is_told_to_wait(version).await;
                second.store.release(&taken, &outcome("HTTP 503")).await.unwrap();
            }
        });
    }

    #[test]
    fn a_first_login_is_leased_by_the_same_clock() {
        run(Database::postgres(), async |setting: Setting| {
            let (behind, ahead, _) = hosts(&setting).await;
            for (first, second) in [(&behind, &ahead), (&ahead, &behind)] {
                first.store.remove().await.unwrap();
                let lease = held(first.claim_vacant().await);
                let Claim::Busy { until } = second.claim_vacant().await else {
                    panic!("the lease was not respected");
                };
                let left = until.duration_since(second.clock.now());
                assert!(left > SignedDuration::ZERO && left <= LEASE, "{left:?}");

                pass(&setting, LEASE).await;
                held(second.claim_vacant().await);
                let late = first
                    .store
                    .commit(&lease, &tokens("late"), &outcome("refreshed"))
                    .await;
                assert_eq!(late.unwrap(), Commit::Lost);
            }
        });
    }

    #[test]
    fn of_many_that_claim_at_once_exactly_one_holds() {
        run(Database::postgres(), async |setting: Setting| {
            let (behind, ahead, version) = hosts(&setting).await;
            for _ in 0..20 {
                let mut claims = tokio::task::JoinSet::new();
                for host in [&behind, &ahead, &behind, &ahead, &behind, &ahead] {
                    let host = host.clone();
                    claims.spawn(async move { (host.claim(version).await, host) });
                }
                let mut holders = claims.join_all().await;
                holders.retain(|(claim, _)| matches!(claim, Claim::Held(_)));
                assert_eq!(holders.len(), 1);
                let (claim, host) = holders.pop().unwrap();
                host.store
                    .release(&held(claim), &outcome("HTTP 503"))
                    .await
                    .unwrap();
            }
        });
    }
}
