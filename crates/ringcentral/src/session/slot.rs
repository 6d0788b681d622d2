//! The rules of a slot, as plain data: what the memory store and the file store have in common.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::store::{Claim, Commit, Lease, RefreshOutcome, Version};

/// One slot without its tokens. `T` is whatever stands for the tokens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Slot<T> {
    pub(crate) version: Version,
    /// The number of the newest lease ever given; outlives the lease.
    pub(crate) fence: u64,
    pub(crate) lease: Option<Lease>,
    pub(crate) last_refresh: Option<RefreshOutcome>,
    /// `None` after a logout: version and fence must go on growing.
    pub(crate) tokens: Option<T>,
}

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Self {
            version: Version(0),
            fence: 0,
            lease: None,
            last_refresh: None,
            tokens: None,
        }
    }
}

impl<T> Slot<T> {
    pub(crate) fn put(&mut self, tokens: T) -> Version {
        self.version = self.version.next();
        self.lease = None;
        self.last_refresh = None;
        self.tokens = Some(tokens);
        self.version
    }

    pub(crate) fn remove(&mut self) {
        self.version = self.version.next();
        self.lease = None;
        self.last_refresh = None;
        self.tokens = None;
    }

    pub(crate) fn claim(&mut self, seen: Version, holder: &str, now: Timestamp, until: Timestamp) -> Claim {
        if self.tokens.is_none() || self.version != seen {
            return Claim::Moved;
        }
        self.lease_to(holder, now, until)
    }

    pub(crate) fn claim_vacant(&mut self, holder: &str, now: Timestamp, until: Timestamp) -> Claim {
        if self.tokens.is_some() {
            return Claim::Moved;
        }
        self.lease_to(holder, now, until)
    }

    /// What is noted of a slot without tokens.
    pub(crate) fn vacancy(&self) -> Option<&RefreshOutcome> {
        self.last_refresh.as_ref().filter(|_| self.tokens.is_none())
    }

    fn lease_to(&mut self, holder: &str, now: Timestamp, until: Timestamp) -> Claim {
        match &self.lease {
            Some(lease) if now < lease.until => Claim::Busy { until: lease.until },
            _ => {
                self.fence += 1;
                let lease = Lease {
                    fence: self.fence,
                    version: self.version,
                    holder: holder.to_owned(),
                    until,
                };
                self.lease = Some(lease.clone());
                Claim::Held(lease)
            }
        }
    }

    pub(crate) fn renew(&mut self, lease: &Lease, until: Timestamp) -> bool {
        match &mut self.lease {
            Some(current) if current.fence == lease.fence => {
                current.until = until;
                true
            }
            _ => false,
        }
    }

    pub(crate) fn commit(&mut self, lease: &Lease, tokens: T, outcome: RefreshOutcome) -> Commit {
        if !self.is_held_by(lease) || self.version != lease.version {
            return Commit::Lost;
        }
        self.version = self.version.next();
        self.lease = None;
        self.last_refresh = Some(outcome);
        self.tokens = Some(tokens);
        Commit::Done(self.version)
    }

    pub(crate) fn release(&mut self, lease: &Lease, outcome: RefreshOutcome) {
        if self.is_held_by(lease) {
            self.lease = None;
            self.last_refresh = Some(outcome);
        }
    }

    fn is_held_by(&self, lease: &Lease) -> bool {
        self.lease
            .as_ref()
            .is_some_and(|current| current.fence == lease.fence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    fn held(claim: Claim) -> Lease {
        match claim {
            Claim::Held(lease) => lease,
            other => panic!("expected the lease, got {other:?}"),
        }
    }

    fn outcome() -> RefreshOutcome {
        RefreshOutcome::refreshed(at(0))
    }

    #[test]
    fn one_holder_until_the_lease_runs_out() {
        let mut slot = Slot::default();
        let v1 = slot.put("one");
        let first = held(slot.claim(v1, "a", at(0), at(30)));
        assert_eq!(slot.claim(v1, "b", at(29), at(59)), Claim::Busy { until: at(30) });
        let second = held(slot.claim(v1, "b", at(30), at(60)));
        assert!(second.fence > first.fence);
    }

    #[test]
    fn a_holder_that_wakes_up_late_is_fenced_off() {
        let mut slot = Slot::default();
        let v1 = slot.put("one");
        let late = held(slot.claim(v1, "late", at(0), at(30)));
        let next = held(slot.claim(v1, "next", at(31), at(61)));
        assert!(!slot.renew(&late, at(90)));
        assert_eq!(slot.commit(&late, "stale", outcome()), Commit::Lost);
        assert_eq!(slot.commit(&next, "two", outcome()), Commit::Done(Version(2)));
        assert_eq!(slot.commit(&late, "stale", outcome()), Commit::Lost);
        assert_eq!(slot.tokens, Some("two"));
    }

    #[test]
    fn a_lease_that_ran_out_but_was_not_taken_over_still_commits() {
        let mut slot = Slot::default();
        let v1 = slot.put("one");
        let lease = held(slot.claim(v1, "a", at(0), at(30)));
        assert_eq!(slot.commit(&lease, "two", outcome()), Commit::Done(Version(2)));
    }

    #[test]
    fn logging_in_or_out_ends_a_lease() {
        let mut slot = Slot::default();
        let v1 = slot.put("one");
        let lease = held(slot.claim(v1, "a", at(0), at(30)));
        slot.put("another login");
        assert_eq!(slot.commit(&lease, "two", outcome()), Commit::Lost);
        slot.remove();
        assert_eq!(slot.commit(&lease, "two", outcome()), Commit::Lost);
        assert_eq!(slot.tokens, None);
        assert_eq!(slot.claim(slot.version, "b", at(0), at(30)), Claim::Moved);
    }

    #[test]
    fn the_first_login_of_an_empty_slot_has_one_holder_too() {
        let mut slot = Slot::default();
        let first = held(slot.claim_vacant("a", at(0), at(30)));
        assert_eq!(
            slot.claim_vacant("b", at(1), at(31)),
            Claim::Busy { until: at(30) }
        );
        assert_eq!(slot.commit(&first, "one", outcome()), Commit::Done(Version(1)));
        assert_eq!(slot.claim_vacant("b", at(1), at(31)), Claim::Moved);

        slot.remove();
        let again = held(slot.claim_vacant("a", at(2), at(32)));
        slot.put("another login");
        assert_eq!(slot.commit(&again, "late", outcome()), Commit::Lost);
        assert_eq!(slot.tokens, Some("another login"));
    }

    #[test]
    fn an_old_version_cannot_be_claimed() {
        let mut slot = Slot::default();
        let v1 = slot.put("one");
        slot.put("two");
        assert_eq!(slot.claim(v1, "a", at(0), at(30)), Claim::Moved);
    }

    #[test]
    fn release_frees_the_slot_and_notes_the_outcome() {
        let mut slot = Slot::default();
        let v1 = slot.put("one");
        let lease = held(slot.claim(v1, "a", at(0), at(30)));
        slot.release(&lease, RefreshOutcome::failed(at(1), "HTTP 503", false));
        assert_eq!(slot.last_refresh.as_ref().unwrap().result, "HTTP 503");
        held(slot.claim(v1, "b", at(1), at(31)));
    }
}
