//! Where to go after the login: a page of this app, whatever the address says.

use axum::http::{Method, Uri};
use url::Url;

const DEFAULT: &str = "/test";
const LONGEST: usize = 1024;

/// A path of this app. Everything else becomes the signed-in page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ReturnTo(String);

impl ReturnTo {
    /// Reads what a link asked for.
    ///
    /// Browsers read addresses generously (`//host`, `/\host`, tabs within), so only plain characters pass, and
    /// what a URL parser makes of them must still be this app, spelled the same way.
    pub(crate) fn parse(text: &str) -> Self {
        Self::checked(text).unwrap_or_default()
    }

    /// The page that this request was for, if a link can lead back to it.
    pub(crate) fn of_request(method: &Method, uri: &Uri) -> Self {
        match uri.path_and_query() {
            Some(page) if method == Method::GET => Self::parse(page.as_str()),
            _ => Self::default(),
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn is_default(&self) -> bool {
        self.0 == DEFAULT
    }

    fn checked(text: &str) -> Option<Self> {
        let plain = |c: char| c.is_ascii_graphic() && !matches!(c, '\\' | '"' | '<' | '>' | '#' | '@' | '`');
        if !text.starts_with('/') || text.len() > LONGEST || !text.chars().all(plain) {
            return None;
        }
        let here = Url::parse("https://this-app.invalid").expect("a constant URL is a URL");
        let there = here.join(text).ok()?;
        let path = there.path();
        // Only the pages that are worth returning to, so that no link logs somebody out or starts a login.
        let page = path == "/test" || path == "/";
        let unchanged = text.split('?').next() == Some(path);
        (page && unchanged && there.origin() == here.origin()).then(|| Self(text.to_owned()))
    }
}

impl Default for ReturnTo {
    fn default() -> Self {
        Self(DEFAULT.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_of_this_app_are_returned_to() {
        for good in [
            "/",
            "/test",
            "/test?api=extension",
            "/test?api=account-call-log&range=30d&page=2",
        ] {
            assert_eq!(ReturnTo::parse(good).as_str(), good);
        }
        let hosts = [
            "evil.example",
            "evil.example/",
            "evil.example/test",
            "user@evil.example",
            "[::1]",
            "127.0.0.1:1",
            "evil。example",
            "evil%E3%80%82example",
            "localhost:5000.evil.example",
            "evil.example:80/test?x=/",
        ];
        let prefixes = [
            "http://",
            "https://",
            "//",
            "///",
            "////",
            "/\\",
            "\\\\",
            "\\/",
            "/\t/",
            "/%09/",
            "/%2f",
            "/%5c",
            "/%5C/",
            "\t//",
            " //",
            "\n//",
            "/\n/",
            "/\r/",
            "http:",
            "http:/",
            "https:///",
            "HtTp://",
            "javascript:alert(1)//",
            "data:text/html,",
            "/.//",
            "/..//",
            "/./\\",
            "/test/..//",
            "/test/../../",
            "/;/",
            "//@",
            "/@",
            "//%00",
            "/%00/",
        ];
        let mut rows = 0;
        for prefix in prefixes {
            for host in hosts {
                let evil = format!("{prefix}{host}");
                assert_eq!(ReturnTo::parse(&evil), ReturnTo::default(), "{evil:?}");
                rows += 1;
            }
        }
        for evil in [
            "",
            "test",
            "?x",
            "#x",
            "/logout",
            "/login?env=a",
            "/test#//evil",
            "/test\\..\\x",
            "/test/",
            "/te\u{0}st",
            "/TEST",
        ] {
            assert_eq!(ReturnTo::parse(evil), ReturnTo::default(), "{evil:?}");
            rows += 1;
        }
        assert!(rows > 300);
        assert_eq!(
            ReturnTo::parse(&format!("/test?{}", "x".repeat(2000))),
            ReturnTo::default()
        );
    }
}
