//! Refusals of the authorization server: `{error, error_description, errors[]}`; but too many requests are refused before
//! they reach it, in the shape that REST has.

use http::StatusCode;
use http::header::{CACHE_CONTROL, WWW_AUTHENTICATE};
use serde_json::json;

use crate::limits::Exceeded;
use crate::reply::Reply;

/// A refusal in OAuth's shape.
#[derive(Debug, Clone)]
pub(crate) struct OauthError {
    pub(crate) status: StatusCode,
    /// The standard's word, such as `invalid_grant`.
    pub(crate) error: &'static str,
    /// The platform's code, such as `OAU-213`.
    pub(crate) code: &'static str,
    pub(crate) description: String,
    /// Headers of a refusal for too many requests.
    exceeded: Option<Exceeded>,
}

impl OauthError {
    /// A refusal with status 400.
    pub(crate) fn new(error: &'static str, code: &'static str, description: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            error,
            code,
            description: description.into(),
            exceeded: None,
        }
    }

    /// 400 `invalid_grant`.
    pub(crate) fn grant(code: &'static str, description: impl Into<String>) -> Self {
        Self::new("invalid_grant", code, description)
    }

    /// 400 `invalid_request`.
    pub(crate) fn request(code: &'static str, description: impl Into<String>) -> Self {
        Self::new("invalid_request", code, description)
    }

    /// 401 `invalid_client`.
    pub(crate) fn client(code: &'static str, description: impl Into<String>) -> Self {
        Self::new("invalid_client", code, description).with_status(StatusCode::UNAUTHORIZED)
    }

    /// 429.
    pub(crate) fn exceeded(exceeded: Exceeded) -> Self {
        // REST's shape has no word of the standard's.
        let error = Self::new("", "CMN-301", "Request rate exceeded");
        Self {
            exceeded: Some(exceeded),
            ..error.with_status(StatusCode::TOO_MANY_REQUESTS)
        }
    }

    pub(crate) fn with_status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    /// The answer.
    pub(crate) fn into_reply(self) -> Reply {
        if let Some(exceeded) = self.exceeded {
            let mut reply = exceeded.error().into_reply().with(CACHE_CONTROL, "no-store");
            exceeded.quota.write(&mut reply.headers);
            return reply;
        }
        let reply = Reply::json_with(
            self.status,
            &json!({
                "error": self.error,
                "error_description": self.description,
                "errors": [{"errorCode": self.code, "message": self.description}],
            }),
        )
        .with(CACHE_CONTROL, "no-store");
        if self.status == StatusCode::UNAUTHORIZED {
            return reply.with(WWW_AUTHENTICATE, "Basic realm=\"emulator\"");
        }
        reply
    }
}

impl From<rusqlite::Error> for OauthError {
    fn from(error: rusqlite::Error) -> Self {
        tracing::error!(%error, "the emulator's database refused a statement");
        Self::new("server_error", "CMN-203", "Internal server error")
            .with_status(StatusCode::INTERNAL_SERVER_ERROR)
    }
}
