//! What a handler gets: the transaction, the time, the caller and the request.

use jiff::Timestamp;
use rusqlite::OptionalExtension as _;

use crate::db::Transaction;
use crate::reply::{ApiError, Reply};
use crate::request::Request;

/// A REST handler. It runs in one transaction, which is committed only if it answers `Ok`.
pub(crate) type Handler = fn(&Call<'_>) -> Result<Reply, ApiError>;

/// Everything a handler may use.
pub(crate) struct Call<'a> {
    /// The request's transaction.
    pub(crate) tx: &'a Transaction<'a>,
    /// The emulator's time, the same for the whole request.
    pub(crate) now: Timestamp,
    /// Who calls.
    pub(crate) caller: &'a Caller,
    /// The request.
    pub(crate) request: &'a Request,
    /// Whether rate limits are on.
    pub(crate) limited: bool,
}

/// The owner of the bearer token.
#[derive(Debug, Clone, Default)]
pub(crate) struct Caller {
    pub(crate) account_id: i64,
    pub(crate) extension_id: i64,
    pub(crate) app_id: String,
    /// The permissions of the token, in one text.
    pub(crate) scope: String,
    /// The number of the token's session.
    pub(crate) session: i64,
    pub(crate) is_admin: bool,
}

impl Call<'_> {
    /// The account that the path names: `~`, or the caller's own id. Any other does not exist for this caller.
    pub(crate) fn account(&self) -> Result<i64, ApiError> {
        match self.request.params.get("accountId") {
            "~" | "" => Ok(self.caller.account_id),
            text if text.parse() == Ok(self.caller.account_id) => Ok(self.caller.account_id),
            _ => Err(ApiError::not_found("accountId")),
        }
    }

    /// The extension that the path names: `~`, or the id of one in the caller's account.
    pub(crate) fn extension(&self) -> Result<i64, ApiError> {
        self.extension_named(self.request.params.get("extensionId"))
    }

    /// As [`Call::extension`], for one of several that the path names.
    pub(crate) fn extension_named(&self, text: &str) -> Result<i64, ApiError> {
        let account_id = self.account()?;
        if text == "~" || text.is_empty() {
            return Ok(self.caller.extension_id);
        }
        let id: i64 = text.parse().map_err(|_| ApiError::not_found("extensionId"))?;
        if id == self.caller.extension_id {
            return Ok(id);
        }
        self.tx
            .prepare_cached("SELECT id FROM extensions WHERE id = ?1 AND account_id = ?2")?
            .query_row((id, account_id), |row| row.get(0))
            .optional()?
            .ok_or_else(|| ApiError::not_found("extensionId"))
    }

    /// As [`Call::extension`], for data that only its owner or an administrator may see (`CMN-404` otherwise).
    pub(crate) fn own_extension(&self) -> Result<i64, ApiError> {
        let id = self.extension()?;
        if id == self.caller.extension_id || self.caller.is_admin {
            Ok(id)
        } else {
            Err(ApiError::other_extension())
        }
    }

    /// A link to `path` (which begins with `/`), with the scheme, host and port by which the caller reached us.
    pub(crate) fn uri(&self, path: &str) -> String {
        format!("{}{path}", self.request.origin)
    }
}
