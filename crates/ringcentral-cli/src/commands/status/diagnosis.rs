//! What a stored login is worth and what it calls for, judged from what is stored alone.

use std::time::Duration;

use jiff::Timestamp;
use ringcentral::{Freshness, LoginKind, RefreshOutcome, Stored, TokenInfo};

/// A login, judged at one moment.
pub(in crate::commands) struct Diagnosis {
    pub(in crate::commands) stored: Option<Stored>,
    pub(in crate::commands) state: State,
    /// Made by JWT, and the credential is at hand: it is made anew whenever it has ended.
    pub(in crate::commands) renews_itself: bool,
    now: Timestamp,
}

/// What the login calls for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::commands) enum State {
    Nobody,
    Fresh,
    RefreshSoon,
    RefreshOnNextCall,
    /// Ended, and made anew by itself.
    LogsInAgain,
    Ended,
}

impl State {
    /// The stable name, for `--json`.
    pub(in crate::commands) fn name(self) -> &'static str {
        match self {
            Self::Nobody => "nobody",
            Self::Fresh => "fresh",
            Self::RefreshSoon => "refresh_soon",
            Self::RefreshOnNextCall => "refresh_on_next_call",
            Self::LogsInAgain => "logs_in_again",
            Self::Ended => "ended",
        }
    }

    /// Whether a command that talks to the platform can do so without a person.
    pub(in crate::commands) fn is_logged_in(self) -> bool {
        !matches!(self, Self::Nobody | Self::Ended)
    }
}

impl Diagnosis {
    /// `jwt_is_set` tells whether a login by JWT could be made anew.
    pub(in crate::commands) fn of(stored: Option<Stored>, jwt_is_set: bool, now: Timestamp) -> Self {
        let Some(login) = &stored else {
            return Self {
                stored,
                state: State::Nobody,
                renews_itself: false,
                now,
            };
        };
        let info = login.tokens.info();
        let renews_itself = jwt_is_set && info.login_kind == LoginKind::Jwt;
        let refused = is_final(login.last_refresh.as_ref());
        let state = match info.freshness(now) {
            Freshness::Dead if renews_itself => State::LogsInAgain,
            _ if refused && renews_itself => State::LogsInAgain,
            _ if refused => State::Ended,
            Freshness::Fresh { .. } => State::Fresh,
            Freshness::RefreshSoon { .. } => State::RefreshSoon,
            Freshness::Expired => State::RefreshOnNextCall,
            _ => State::Ended,
        };
        Self {
            stored,
            state,
            renews_itself,
            now,
        }
    }

    pub(in crate::commands) fn info(&self) -> Option<&TokenInfo> {
        self.stored.as_ref().map(|stored| stored.tokens.info())
    }

    /// The platform's final word, when it has said one.
    pub(in crate::commands) fn refused(&self) -> Option<&RefreshOutcome> {
        let last = self.stored.as_ref()?.last_refresh.as_ref();
        last.filter(|_| is_final(last))
    }

    /// When the platform takes token requests of this login again, if it takes none now.
    pub(in crate::commands) fn penalty_end(&self) -> Option<Timestamp> {
        let last = self.stored.as_ref()?.last_refresh.as_ref()?;
        let left = last.penalty(self.now)?;
        self.now.checked_add(left).ok()
    }

    pub(in crate::commands) fn access_token_left(&self) -> Duration {
        let left = self.info().map(|info| info.expires_at.duration_since(self.now));
        left.and_then(|left| Duration::try_from(left).ok())
            .unwrap_or_default()
    }

    /// The state as a person reads it.
    pub(in crate::commands) fn words(&self) -> String {
        match (self.state, self.info()) {
            (State::LogsInAgain, _) => "ended, logs in again by itself on the next call".to_owned(),
            (State::Ended, _) => "ended, log in again".to_owned(),
            (_, Some(info)) => info.freshness(self.now).to_string(),
            (_, None) => "nobody is logged in".to_owned(),
        }
    }
}

fn is_final(last: Option<&RefreshOutcome>) -> bool {
    last.is_some_and(|last| last.is_final)
}

#[cfg(test)]
mod tests {
    use ringcentral::{TokenSet, Version};
    use serde_json::json;

    use super::*;

    const WEEK: Option<&str> = Some("1970-01-08T00:00:00Z");

    /// A login of one hour within a week, made at second 0.
    fn stored(kind: &str, is_final: bool, refresh_expires_at: Option<&str>) -> Stored {
        let record = json!({
            "access_token": "a", "refresh_token": refresh_expires_at.map(|_| "r"), "owner_id": "101", "scope": [],
            "issued_at": "1970-01-01T00:00:00Z", "refresh_at": "1970-01-01T00:48:00Z",
            "expires_at": "1970-01-01T01:00:00Z", "refresh_expires_at": refresh_expires_at,
            "endpoint_id": null, "session_id": null, "login_kind": kind,
        });
        Stored {
            tokens: TokenSet::from_secret_json(record.to_string().as_bytes()).unwrap(),
            version: Version(1),
            lease: None,
            last_refresh: Some(RefreshOutcome::failed(
                Timestamp::UNIX_EPOCH,
                "the last word",
                is_final,
            )),
        }
    }

    #[test]
    fn the_state_of_each_kind_of_login() {
        for (kind, is_final, refresh_expires_at, jwt_is_set, second, state) in [
            ("Password", false, WEEK, false, 0, State::Fresh),
            ("Password", false, WEEK, false, 2_879, State::Fresh),
            ("Password", false, WEEK, false, 2_880, State::RefreshSoon),
            ("Password", false, WEEK, false, 3_600, State::RefreshOnNextCall),
            ("Password", false, WEEK, false, 604_800, State::Ended),
            ("AuthorizationCode", false, None, false, 0, State::Fresh),
            ("AuthorizationCode", false, None, false, 3_600, State::Ended),
            // The platform's final word counts more than any clock.
            ("Password", true, WEEK, false, 0, State::Ended),
            ("Imported", true, WEEK, true, 3_600, State::Ended),
            // Only what was made by JWT is made anew by JWT, and only with the credential.
            ("Password", false, WEEK, true, 604_800, State::Ended),
            ("Jwt", false, WEEK, false, 604_800, State::Ended),
            ("Jwt", false, WEEK, true, 604_800, State::LogsInAgain),
            ("Jwt", true, WEEK, true, 0, State::LogsInAgain),
            ("Jwt", true, WEEK, false, 0, State::Ended),
            ("Jwt", false, WEEK, true, 0, State::Fresh),
        ] {
            let now = Timestamp::from_second(second).unwrap();
            let diagnosis = Diagnosis::of(Some(stored(kind, is_final, refresh_expires_at)), jwt_is_set, now);
            assert_eq!(diagnosis.state, state, "{kind}, final: {is_final}, at {second} s");
            assert_eq!(diagnosis.refused().is_some(), is_final);
        }
        let nobody = Diagnosis::of(None, true, Timestamp::UNIX_EPOCH);
        assert_eq!((nobody.state, nobody.renews_itself), (State::Nobody, false));
    }

    #[test]
    fn a_penalty_lasts_for_as_long_as_it_is_noted() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let after_refusal = |not_before: Option<Timestamp>, second| {
            let mut stored = stored("Password", false, WEEK);
            let refused = RefreshOutcome::failed(at(100), "too many token requests", false);
            stored.last_refresh = Some(refused.not_before(not_before));
            Diagnosis::of(Some(stored), false, at(second)).penalty_end()
        };
        for (second, end) in [(100, Some(at(190))), (189, Some(at(190))), (190, None)] {
            assert_eq!(after_refusal(Some(at(190)), second), end, "at {second} s");
        }
        assert_eq!(
            after_refusal(None, 100),
            None,
            "it was refused for another reason"
        );
        assert_eq!(Diagnosis::of(None, true, at(100)).penalty_end(), None);
    }

    #[test]
    fn nobody_and_the_ended_are_not_logged_in() {
        for (state, logged_in) in [
            (State::Nobody, false),
            (State::Fresh, true),
            (State::RefreshSoon, true),
            (State::RefreshOnNextCall, true),
            (State::LogsInAgain, true),
            (State::Ended, false),
        ] {
            assert_eq!(state.is_logged_in(), logged_in, "{}", state.name());
        }
    }
}
