//! Who we are to the platform, and which platform it is.

use std::fmt;

use http::Uri;
use url::{Host, Url};

use crate::error::{Error, ErrorKind, Result};
use crate::secret::ClientSecret;

/// RingCentral's production platform.
pub const PRODUCTION: &str = "https://platform.ringcentral.com";

/// Hosts that serve RingCentral's media with the same bearer token.
const PRODUCTION_MEDIA: &str = "https://media.ringcentral.com";

/// A registered application.
///
/// The two kinds differ on the wire, so they differ here: a confidential application proves itself with its
/// secret (HTTP Basic), a public one names itself in the body and relies on PKCE.
///
/// ```
/// use ringcentral::App;
///
/// let desktop = App::public("my-client-id");
/// let server = App::confidential("my-client-id", "my-client-secret");
/// assert!(server.is_confidential() && !desktop.is_confidential());
/// // The secret is never printed.
/// assert_eq!(format!("{server:?}"), r#"App::confidential("my-client-id")"#);
/// ```
#[derive(Clone)]
pub struct App {
    client_id: String,
    client_secret: Option<ClientSecret>,
}

impl App {
    /// An application without a secret: a desktop program, a command line, a browser.
    pub fn public(client_id: impl Into<String>) -> Self {
        Self {
            client_id: client_id.into(),
            client_secret: None,
        }
    }

    /// An application that can keep a secret: a server.
    pub fn confidential(client_id: impl Into<String>, client_secret: impl Into<ClientSecret>) -> Self {
        Self {
            client_id: client_id.into(),
            client_secret: Some(client_secret.into()),
        }
    }

    /// The client id, as registered.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// Whether this application has a secret.
    pub fn is_confidential(&self) -> bool {
        self.client_secret.is_some()
    }

    pub(crate) fn client_secret(&self) -> Option<&ClientSecret> {
        self.client_secret.as_ref()
    }

    pub(crate) fn check(&self) -> Result<()> {
        let usable =
            |text: &str| !text.is_empty() && !text.chars().any(|c| c.is_whitespace() || c.is_control());
        if !usable(&self.client_id) {
            return Err(Error::new(
                ErrorKind::Config,
                "the client id is empty or has white space in it",
            ));
        }
        match &self.client_secret {
            Some(secret) if !usable(secret.expose_secret()) => Err(Error::new(
                ErrorKind::Config,
                "the client secret is empty or has white space in it",
            )),
            _ => Ok(()),
        }
    }
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.is_confidential() {
            "App::confidential"
        } else {
            "App::public"
        };
        f.debug_tuple(kind).field(&self.client_id).finish()
    }
}

/// The platform's origin, and the other origins that its bearer tokens may go to.
#[derive(Clone, Debug)]
pub(crate) struct Server {
    base: Url,
    trusted: Vec<Url>,
}

impl Server {
    /// Reads a server address: an origin, https or else http on loopback, with nothing behind it.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let base = parse_origin(text)?;
        let media = base.as_str().trim_end_matches('/') == PRODUCTION;
        let trusted = media.then(|| parse_origin(PRODUCTION_MEDIA)).transpose()?;
        Ok(Self {
            base,
            trusted: trusted.into_iter().collect(),
        })
    }

    /// Adds an origin that bearer tokens may go to as well.
    pub(crate) fn trust(&mut self, text: &str) -> Result<()> {
        self.trusted.push(parse_origin(text)?);
        Ok(())
    }

    pub(crate) fn base(&self) -> &Url {
        &self.base
    }

    /// Whether a request goes to the platform itself, rather than to a media host of it.
    pub(crate) fn is_base(&self, uri: &Uri) -> bool {
        uri.scheme_str() == Some(self.base.scheme())
            && uri.host() == self.base.host_str()
            && uri.port_u16() == self.base.port()
    }

    /// The URL of one of the platform's own paths.
    pub(crate) fn endpoint(&self, path: &str) -> Url {
        let mut url = self.base.clone();
        url.set_path(path);
        url
    }

    /// Makes a URL of what a caller wrote or the platform linked to: a path, or the whole address of an origin
    /// that may see the bearer token.
    ///
    /// # Errors
    /// [`ErrorKind::Forbidden`] when a request to it would carry the token somewhere else.
    pub(crate) fn resolve(&self, path_or_url: &str) -> Result<Url> {
        if path_or_url.starts_with('/') {
            return self.resolve_path(path_or_url);
        }
        let url = Url::parse(path_or_url).map_err(|error| {
            Error::new(
                ErrorKind::Usage,
                "a path starts with a slash, such as /restapi/v1.0/account/~",
            )
            .with_source(error)
        })?;
        if self.may_see_bearer(&url) {
            Ok(url)
        } else {
            Err(forbidden(&url))
        }
    }

    fn resolve_path(&self, path: &str) -> Result<Url> {
        // `//host` and `/\host` are other people's addresses in disguise.
        let url = self.base.join(path).map_err(|error| {
            Error::new(ErrorKind::Usage, "this path cannot be part of an address").with_source(error)
        })?;
        if is_same_origin(&self.base, &url) && self.may_see_bearer(&url) {
            Ok(url)
        } else {
            Err(forbidden(&url))
        }
    }

    fn may_see_bearer(&self, url: &Url) -> bool {
        let own = std::iter::once(&self.base)
            .chain(&self.trusted)
            .any(|known| is_same_origin(known, url));
        own && url.username().is_empty()
            && url.password().is_none()
            && !url
                .query_pairs()
                .any(|(name, _)| name.eq_ignore_ascii_case("access_token"))
    }
}

/// [`Url::origin`] of both, without the copies that it makes; neither scheme has opaque origins.
fn is_same_origin(known: &Url, url: &Url) -> bool {
    known.scheme() == url.scheme()
        && known.host() == url.host()
        && known.port_or_known_default() == url.port_or_known_default()
}

fn forbidden(url: &Url) -> Error {
    let place = url.host_str().unwrap_or("that address");
    Error::new(
        ErrorKind::Forbidden,
        format!("nothing was sent: {place} is not an address that this login's token may go to"),
    )
}

fn parse_origin(text: &str) -> Result<Url> {
    let wrong = |why: &str| {
        Error::new(
            ErrorKind::Config,
            format!("the server address {why}; it is written like {PRODUCTION}"),
        )
    };
    let url = Url::parse(text.trim()).map_err(|error| wrong("is not a URL").with_source(error))?;
    let loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => return Err(wrong("names no host")),
    };
    match url.scheme() {
        "https" => {}
        "http" if loopback => {}
        "http" => {
            return Err(wrong(
                "must begin with https:// (http:// is for this machine only)",
            ));
        }
        _ => return Err(wrong("must begin with https://")),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("holds a user name or password"));
    }
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("has something behind the host"));
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn server_addresses() {
        for good in [
            "https://platform.ringcentral.com",
            "https://platform.ringcentral.com/",
            " https://platform.ringcentral.biz ",
            "http://localhost:5001",
            "http://127.0.0.1:8080",
            "http://[::1]:8080",
        ] {
            assert!(Server::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "platform.ringcentral.com",
            "http://platform.ringcentral.com",
            "http://localhost.example.com",
            "ftp://localhost",
            "https://user:pw@platform.ringcentral.com",
            "https://platform.ringcentral.com/restapi",
            "https://platform.ringcentral.com/?x=1",
            "https://",
            "file:///etc/passwd",
        ] {
            let error = Server::parse(bad).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config, "{bad}");
            assert!(!error.to_string().contains("pw"), "{error}");
        }
    }

    #[test]
    fn a_bearer_goes_to_its_own_platform_only() {
        let mut server = Server::parse(PRODUCTION).unwrap();
        server.trust("https://recordings.example.com").unwrap();
        for good in [
            "/restapi/v1.0/account/~",
            "/restapi/v1.0/account/~/call-log?view=Simple&x=%2F%2Fevil",
            "https://platform.ringcentral.com/restapi/v1.0/account/~",
            "https://PLATFORM.ringcentral.com:443/restapi",
            "https://media.ringcentral.com/restapi/v1.0/account/1/recording/2/content",
            "https://recordings.example.com/1",
        ] {
            assert!(server.resolve(good).is_ok(), "{good}");
        }
        for bad in [
            "//evil.example.com/restapi",
            "/\\evil.example.com/restapi",
            "/\t/evil.example.com/",
            "https://platform.ringcentral.com.evil.example.com/restapi",
            "https://platform.ringcentral.com@evil.example.com/restapi",
            "https://user@platform.ringcentral.com/restapi",
            "http://platform.ringcentral.com/restapi",
            "https://platform.ringcentral.com:8443/restapi",
            "https://media.ringcentral.biz/x",
            "https://evil.example.com/?u=https://platform.ringcentral.com",
            "/restapi/v1.0/account/~?access_token=x",
            "ftp://platform.ringcentral.com/",
            "blob:https://platform.ringcentral.com/x",
        ] {
            assert_eq!(
                server.resolve(bad).unwrap_err().kind(),
                ErrorKind::Forbidden,
                "{bad}"
            );
        }
        assert_eq!(
            server.resolve("restapi/v1.0").unwrap_err().kind(),
            ErrorKind::Usage
        );
    }

    #[test]
    fn only_production_trusts_the_media_host() {
        let emulator = Server::parse("http://localhost:5001").unwrap();
        assert!(emulator.resolve("https://media.ringcentral.com/x").is_err());
    }

    #[test]
    fn an_app_is_checked_and_does_not_show_its_secret() {
        assert!(App::public("id").check().is_ok());
        assert!(App::public("").check().is_err());
        assert!(App::confidential("id", "").check().is_err());
        assert!(App::confidential("id", "with space").check().is_err());
        assert_eq!(
            format!("{:?}", App::confidential("id", "canary")),
            "App::confidential(\"id\")"
        );
    }
}
