//! What the authorization server is asked by: a form, or a query of the same names.

use std::collections::HashSet;

use http::{Method, StatusCode};

use super::OauthError;
use crate::request::{Query, Request};

/// The largest form that is read. A real one has some two thousand bytes, most of them a JWT.
pub(crate) const LIMIT: usize = 64 * 1024;

/// Refuses a form that nobody would send, before anything looks into it.
pub(super) fn check_size(request: &Request) -> Result<(), OauthError> {
    if request.method != Method::POST || request.body.len() <= LIMIT {
        return Ok(());
    }
    let message = format!("The form is larger than {} KiB", LIMIT / 1024);
    Err(OauthError::request("CMN-104", message))
}

/// The form, if it is one and no parameter is given twice.
pub(super) fn read(request: &Request) -> Result<Query, OauthError> {
    if request.content_type().as_deref() != Some("application/x-www-form-urlencoded") {
        let error = OauthError::request(
            "CMN-415",
            "The content type must be application/x-www-form-urlencoded",
        );
        return Err(error.with_status(StatusCode::UNSUPPORTED_MEDIA_TYPE));
    }
    let text = std::str::from_utf8(&request.body)
        .map_err(|_| OauthError::request("CMN-104", "The request body cannot be parsed"))?;
    let form = Query::parse(text);
    match duplicate(&form, &[]) {
        Some(key) => Err(duplicated(key)),
        None => Ok(form),
    }
}

/// The first parameter, beside those that may be repeated, that has more than one value.
pub(super) fn duplicate<'q>(query: &'q Query, repeatable: &[&str]) -> Option<&'q str> {
    let mut seen = HashSet::new();
    query
        .pairs()
        .filter(|(key, value)| !value.is_empty() && !repeatable.contains(key))
        .map(|(key, _)| key)
        .find(|key| !seen.insert(*key))
}

/// The refusal of such a parameter.
pub(super) fn duplicated(key: &str) -> OauthError {
    OauthError::request("OAU-111", format!("Parameter [{key}] is duplicated"))
}

#[cfg(test)]
mod tests {
    use super::{Query, duplicate};

    #[test]
    fn a_parameter_is_given_twice_if_it_has_two_values() {
        for (sent, found) in [
            ("", None),
            ("a=1&b=1", None),
            ("a=1&b=2&a=1", Some("a")),
            ("a=1&b=2&b=3&a=1", Some("b")),
            ("a=&a=1&a=", None),
            ("hint=1&hint=2", None),
            ("A=1&a=1", None),
            ("%61=1&a=1", Some("a")),
        ] {
            assert_eq!(duplicate(&Query::parse(sent), &["hint"]), found, "{sent}");
        }
    }

    /// The largest form holds sixteen thousand parameters; three minutes' worth of comparing each with each would show.
    #[test]
    fn many_parameters_are_each_looked_at_once() {
        let text: Vec<String> = (0..400_000).map(|n| format!("{n:x}=1")).collect();
        assert_eq!(duplicate(&Query::parse(&text.join("&")), &[]), None);
    }
}
