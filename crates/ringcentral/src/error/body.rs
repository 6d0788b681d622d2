//! The platform's error bodies, in all their shapes, read into one.

use serde_json::Value;

/// The longest piece of the platform's text that an error keeps.
const LONGEST: usize = 400;

/// What an error body says. Reading one never fails: an HTML page or an empty body says nothing.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct ApiBody {
    pub(crate) code: Option<String>,
    pub(crate) oauth_error: Option<String>,
    pub(crate) message: Option<String>,
    pub(crate) parameter: Option<String>,
    pub(crate) permission: Option<String>,
}

impl ApiBody {
    /// Reads the shapes of the classic API, the newer services, SCIM and OAuth.
    ///
    /// The code is the inner one of `errors[]`, because the outer one may be a mere symbol such as
    /// `InsufficientPermissions` while the inner one says `CMN-408`.
    pub(crate) fn parse(body: &[u8]) -> Self {
        let Ok(value) = serde_json::from_slice::<Value>(body) else {
            return Self::default();
        };
        let first = &value["errors"][0];
        let either = |name: &str| text(&first[name]).or_else(|| text(&value[name]));
        Self {
            code: either("errorCode"),
            oauth_error: text(&value["error"]),
            message: either("message")
                .or_else(|| text(&value["error_description"]))
                .or_else(|| text(&value["detail"])),
            parameter: either("parameterName"),
            permission: either("permissionName"),
        }
    }

    /// An error that came in a login redirect rather than in a body.
    pub(crate) fn oauth(error: &str, description: Option<&str>) -> Self {
        Self {
            oauth_error: Some(shorten(error)),
            message: description.map(shorten),
            ..Self::default()
        }
    }
}

fn text(value: &Value) -> Option<String> {
    value.as_str().filter(|text| !text.is_empty()).map(shorten)
}

/// One line of bounded length: what a server says may be long, and may hold control characters.
fn shorten(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(LONGEST)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_documented_shape_is_understood() {
        let table = [
            // (body, code, oauth error, message, parameter)
            (
                r#"{"errorCode":"InsufficientPermissions","message":"outer","errors":[{"errorCode":"CMN-408","message":"inner","permissionName":"ReadCallLog"}]}"#,
                Some("CMN-408"),
                None,
                Some("inner"),
                None,
            ),
            (
                r#"{"errors":[{"errorCode":"MSG-245","message":"m","parameterName":"from"}]}"#,
                Some("MSG-245"),
                None,
                Some("m"),
                Some("from"),
            ),
            (
                r#"{"errorCode":"CMN-301","message":"Request rate exceeded"}"#,
                Some("CMN-301"),
                None,
                Some("Request rate exceeded"),
                None,
            ),
            (
                r#"{"error":"invalid_grant","error_description":"Token not found","errors":[{"errorCode":"OAU-213","message":"Token not found"}]}"#,
                Some("OAU-213"),
                Some("invalid_grant"),
                Some("Token not found"),
                None,
            ),
            (
                r#"{"error":"service_unavailable"}"#,
                None,
                Some("service_unavailable"),
                None,
                None,
            ),
            (
                r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"404","detail":"no such user"}"#,
                None,
                None,
                Some("no such user"),
                None,
            ),
            ("<html>502 Bad Gateway</html>", None, None, None, None),
            ("", None, None, None, None),
            ("[1,2]", None, None, None, None),
            (r#"{"errorCode":17,"errors":"no list"}"#, None, None, None, None),
        ];
        for (body, code, oauth_error, message, parameter) in table {
            let read = ApiBody::parse(body.as_bytes());
            assert_eq!(read.code.as_deref(), code, "{body}");
            assert_eq!(read.oauth_error.as_deref(), oauth_error, "{body}");
            assert_eq!(read.message.as_deref(), message, "{body}");
            assert_eq!(read.parameter.as_deref(), parameter, "{body}");
        }
    }

    proptest! {
        #[test]
        fn reading_is_total(body in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = ApiBody::parse(&body);
        }
    }
}
