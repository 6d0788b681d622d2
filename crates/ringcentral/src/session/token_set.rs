//! The token set: what one login consists of.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::freshness::Freshness;
use super::store::{StoreError, StoreErrorKind};
use crate::secret::{AccessToken, RefreshToken, SecretText};
use crate::types::ExtensionId;

/// How a login was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum LoginKind {
    /// A user in a browser: authorization code with PKCE.
    AuthorizationCode,
    /// A JWT credential.
    Jwt,
    /// User name and password, which the platform has retired.
    Password,
    /// Tokens that another program had obtained, however it did.
    Imported,
}

/// One login: the tokens, with their expiries as points in time.
///
/// It is not `Serialize`. A [`TokenStore`](crate::TokenStore) keeps it through
/// [`to_secret_json`](Self::to_secret_json), and seals or protects what it gets.
#[derive(Clone, Debug)]
pub struct TokenSet {
    pub(crate) access_token: AccessToken,
    pub(crate) refresh_token: Option<RefreshToken>,
    pub(crate) info: TokenInfo,
}

/// What may be known about a login by anyone who may see it: everything but the tokens.
///
/// ```no_run
/// use ringcentral::{Clock, SystemClock};
///
/// # async fn example(client: ringcentral::Client) -> ringcentral::Result<()> {
/// match client.oauth().status().await? {
///     Some(login) => println!("{:?}: {:?}", login.owner_id, login.freshness(SystemClock.now())),
///     None => println!("nobody is logged in"),
/// }
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TokenInfo {
    /// The extension that is logged in.
    pub owner_id: Option<ExtensionId>,
    /// The application permissions that were granted.
    pub scope: Vec<String>,
    /// When these tokens were issued, by our clock.
    pub issued_at: Timestamp,
    /// From when on the access token is refreshed ahead of need. It differs from login to login, so that many
    /// of them do not refresh in the same second.
    pub refresh_at: Timestamp,
    /// When the access token expires, by our clock.
    pub expires_at: Timestamp,
    /// When the refresh token expires, if there is one: the end of an unused login.
    pub refresh_expires_at: Option<Timestamp>,
    /// The platform's id of this client instance.
    pub endpoint_id: Option<String>,
    /// The platform's id of the OAuth session.
    pub session_id: Option<String>,
    /// How the login was made.
    pub login_kind: LoginKind,
    /// How far the platform's clock was ahead of ours at that time, as its `Date` told.
    #[serde(default)]
    pub platform_ahead: SignedDuration,
}

impl TokenInfo {
    /// How fresh the access token is at `now`, and what that calls for.
    pub fn freshness(&self, now: Timestamp) -> Freshness {
        Freshness::of(self, now)
    }
}

impl TokenSet {
    /// All that is not secret.
    pub fn info(&self) -> &TokenInfo {
        &self.info
    }

    /// The bearer token.
    pub fn access_token(&self) -> &AccessToken {
        &self.access_token
    }

    /// The refresh token, if the application is given one.
    pub fn refresh_token(&self) -> Option<&RefreshToken> {
        self.refresh_token.as_ref()
    }

    /// The set with its tokens in clear, for a store to protect. The buffer is wiped when dropped.
    ///
    /// # Panics
    /// Never in practice: the set consists of text and times.
    pub fn to_secret_json(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(serde_json::to_vec(&SecretRecord::from(self)).expect("text and times become JSON"))
    }

    /// Reads what [`to_secret_json`](Self::to_secret_json) wrote.
    ///
    /// # Errors
    /// [`StoreErrorKind::Corrupt`] for anything else; the error holds nothing of the bytes.
    pub fn from_secret_json(json: &[u8]) -> Result<Self, StoreError> {
        // The parser's own message may quote the text, and the text may be a token.
        let record: SecretRecord = serde_json::from_slice(json).map_err(|_| damaged())?;
        record.try_into()
    }
}

/// The layout at rest: the one form in which tokens are serialised.
#[derive(Serialize, Deserialize)]
pub(crate) struct SecretRecord {
    access_token: SecretText,
    refresh_token: Option<SecretText>,
    #[serde(flatten)]
    info: TokenInfo,
}

impl From<&TokenSet> for SecretRecord {
    fn from(tokens: &TokenSet) -> Self {
        Self {
            access_token: tokens.access_token.expose_secret().into(),
            refresh_token: tokens
                .refresh_token
                .as_ref()
                .map(|token| token.expose_secret().into()),
            info: tokens.info.clone(),
        }
    }
}

impl TryFrom<SecretRecord> for TokenSet {
    type Error = StoreError;

    fn try_from(record: SecretRecord) -> Result<Self, StoreError> {
        if record.access_token.as_str().is_empty() {
            return Err(damaged());
        }
        Ok(Self {
            access_token: AccessToken::from(record.access_token.as_str()),
            refresh_token: record
                .refresh_token
                .map(|token| RefreshToken::from(token.as_str())),
            info: record.info,
        })
    }
}

fn damaged() -> StoreError {
    StoreError::new(StoreErrorKind::Corrupt, "the stored tokens are damaged")
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn token_set(access_token: &str, issued_at: Timestamp) -> TokenSet {
        use crate::clock::later;
        use std::time::Duration;
        TokenSet {
            access_token: AccessToken::new(access_token),
            refresh_token: Some(RefreshToken::new(format!("refresh-of-{access_token}"))),
            info: TokenInfo {
                owner_id: Some(ExtensionId::from("101")),
                scope: vec!["ReadAccounts".into()],
                issued_at,
                refresh_at: later(issued_at, Duration::from_secs(2_880)),
                expires_at: later(issued_at, Duration::from_secs(3_600)),
                refresh_expires_at: Some(later(issued_at, Duration::from_secs(604_800))),
                endpoint_id: None,
                session_id: None,
                login_kind: LoginKind::AuthorizationCode,
                platform_ahead: SignedDuration::ZERO,
            },
        }
    }

    #[test]
    fn survives_storage_and_prints_no_token() {
        let set = token_set("canary-access", Timestamp::UNIX_EPOCH);
        let read = TokenSet::from_secret_json(&set.to_secret_json()).unwrap();
        assert_eq!(read.info, set.info);
        assert_eq!(read.access_token.expose_secret(), "canary-access");
        assert_eq!(
            read.refresh_token.unwrap().expose_secret(),
            "refresh-of-canary-access"
        );
        assert!(!format!("{set:?}").contains("canary"));
    }

    #[test]
    fn damage_is_reported_without_the_bytes() {
        let json = token_set("canary-access", Timestamp::UNIX_EPOCH).to_secret_json();
        for end in 0..json.len() {
            let error = TokenSet::from_secret_json(&json[..end]).unwrap_err();
            assert_eq!(error.kind(), StoreErrorKind::Corrupt);
            assert!(!format!("{error:?} {error}").contains("canary"));
        }
        assert!(TokenSet::from_secret_json(br#"{"access_token":""}"#).is_err());
    }
}
