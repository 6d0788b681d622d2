//! What handlers answer with: a [`Reply`], or an [`ApiError`] in the platform's own shape.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::content::Content;

/// A finished answer.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Content,
}

/// Most answers fit in here, and are not moved while they are written.
const USUAL_BYTES: usize = 2048;

const JSON: HeaderValue = HeaderValue::from_static("application/json;charset=utf-8");

impl Reply {
    /// An answer of `status` without a body.
    pub(crate) fn empty(status: StatusCode) -> Self {
        Self {
            status,
            headers: HeaderMap::new(),
            body: Content::Whole(Bytes::new()),
        }
    }

    /// 200 with `value` as JSON.
    pub(crate) fn json(value: &impl Serialize) -> Self {
        Self::json_with(StatusCode::OK, value)
    }

    /// `status` with `value` as JSON.
    pub(crate) fn json_with(status: StatusCode, value: &impl Serialize) -> Self {
        let mut body = Vec::with_capacity(USUAL_BYTES);
        serde_json::to_writer(&mut body, value)
            .expect("our own answers have string keys and no failing serializers");
        let mut reply = Self::empty(status);
        reply.headers.insert(CONTENT_TYPE, JSON);
        reply.body = body.into();
        reply
    }

    /// 204.
    pub(crate) fn no_content() -> Self {
        Self::empty(StatusCode::NO_CONTENT)
    }

    /// 200 with bytes of the given media type.
    pub(crate) fn bytes(content_type: &str, body: impl Into<Content>) -> Self {
        Self::empty(StatusCode::OK)
            .with(CONTENT_TYPE, content_type)
            .with_body(body)
    }

    /// 200 with a page.
    pub(crate) fn html(status: StatusCode, page: String) -> Self {
        Self::empty(status)
            .with(CONTENT_TYPE, "text/html; charset=utf-8")
            .with_body(page)
    }

    /// The same answer with another status.
    pub(crate) fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// The same answer with a header set. A value that cannot be a header is left out.
    pub(crate) fn with(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
        self
    }

    /// The same answer with a body.
    pub(crate) fn with_body(mut self, body: impl Into<Content>) -> Self {
        self.body = body.into();
        self
    }
}

/// A refusal in the platform's REST shape: `{errorCode, message, errors[], …details}` with the first error's details
/// repeated at the top level.
#[derive(Debug, Clone)]
pub(crate) struct ApiError {
    pub(crate) status: StatusCode,
    /// The code of the first (and usually only) entry of `errors[]`.
    pub(crate) code: String,
    pub(crate) message: String,
    /// The symbol at the top level when it differs from `code`, such as `TokenInvalid`.
    pub(crate) symbol: Option<&'static str>,
    /// Details such as `parameterName`, `permissionName`.
    pub(crate) extra: Map<String, Value>,
    /// Seconds for `Retry-After`.
    pub(crate) retry_after: Option<i64>,
}

impl ApiError {
    /// An error with a code and a message; details by [`ApiError::detail`].
    pub(crate) fn new(status: StatusCode, code: &str, message: impl Into<String>) -> Self {
        Self {
            status,
            code: code.to_owned(),
            message: message.into(),
            symbol: None,
            extra: Map::new(),
            retry_after: None,
        }
    }

    /// Adds a detail attribute.
    pub(crate) fn detail(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.extra.insert(name.to_owned(), value.into());
        self
    }

    /// Sets the symbolic code of the top level.
    pub(crate) fn symbol(mut self, symbol: &'static str) -> Self {
        self.symbol = Some(symbol);
        self
    }

    /// 400 `CMN-101`: a parameter has a value that is not allowed. `wanted` completes "expected …".
    pub(crate) fn invalid_parameter(name: &str, wanted: &str) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "CMN-101",
            format!("Parameter [{name}] value is invalid, expected {wanted}"),
        )
        .detail("parameterName", name)
    }

    /// 400 `CMN-100`: a mandatory parameter is missing.
    pub(crate) fn missing_parameter(name: &str) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "CMN-100",
            format!("Parameter [{name}] is missing, it is mandatory"),
        )
        .detail("parameterName", name)
    }

    /// 404 `CMN-102`: the resource that a parameter names does not exist.
    pub(crate) fn not_found(name: &str) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "CMN-102",
            format!("Resource for parameter [{name}] is not found"),
        )
        .detail("parameterName", name)
    }

    /// 400 `CMN-103`: the body is not the JSON it should be.
    pub(crate) fn unparseable() -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "CMN-103",
            "Cannot parse the JSON in the request body",
        )
    }

    /// 403 `CMN-401`: the application lacks a permission.
    pub(crate) fn permission_app(permission: &str) -> Self {
        Self::permission(
            "CMN-401",
            "In order to call this API endpoint, application needs to have",
            permission,
        )
    }

    /// 403 `CMN-408`: the user lacks a permission.
    pub(crate) fn permission_user(permission: &str) -> Self {
        Self::permission(
            "CMN-408",
            "In order to call this API endpoint, user needs to have",
            permission,
        )
    }

    fn permission(code: &str, sentence: &str, permission: &str) -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            code,
            format!("{sentence} [{permission}] permission"),
        )
        .detail("permissionName", permission)
        .symbol("InsufficientPermissions")
    }

    /// 403 `CMN-404`: another extension's data.
    pub(crate) fn other_extension() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "CMN-404",
            "Access to the data of another extension is not allowed",
        )
    }

    /// 401 for a token that is no good; `code` says why (`OAU-213`, `OAU-128`, …).
    pub(crate) fn token(symbol: &'static str, code: &str, message: &str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, code, message).symbol(symbol)
    }

    /// 500 `CMN-203`: our own fault.
    pub(crate) fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "CMN-203",
            "Internal server error",
        )
    }

    /// The answer.
    pub(crate) fn into_reply(self) -> Reply {
        let mut first = Map::new();
        first.insert("errorCode".to_owned(), self.code.clone().into());
        first.insert("message".to_owned(), self.message.clone().into());
        first.extend(self.extra.clone());
        let mut body = Map::new();
        let top = self.symbol.map_or(self.code, str::to_owned);
        body.insert("errorCode".to_owned(), top.into());
        body.insert("message".to_owned(), self.message.into());
        body.insert("errors".to_owned(), json!([first]));
        body.extend(self.extra);
        let reply = Reply::json_with(self.status, &body);
        match self.retry_after {
            Some(seconds) => reply.with(http::header::RETRY_AFTER, &seconds.to_string()),
            None => reply,
        }
    }
}

impl From<rusqlite::Error> for ApiError {
    fn from(error: rusqlite::Error) -> Self {
        tracing::error!(%error, "the emulator's database refused a statement");
        Self::internal()
    }
}
