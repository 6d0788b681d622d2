//! What an emulator handed out is marked, means nothing to RingCentral, and is not sent there: whoever does that has mixed
//! up two environments.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ringcentral::TokenSet;
use serde_json::Value;
use url::Url;

use crate::failure::Failure;
use crate::settings::{Settings, shown_server};

const MARK: &str = "EMU-";

/// Refuses settings and a login of an emulator when the server is one of RingCentral's.
pub(crate) fn refuse_for_ringcentral(settings: &Settings, login: Option<&TokenSet>) -> Result<(), Failure> {
    if !is_ringcentral(&settings.server.value) {
        return Ok(());
    }
    let refusal = |what: &str, why: String, advice: &str| Err(refusal(settings, what, why, advice));
    if let Some(id) = settings
        .client_id
        .as_ref()
        .filter(|id| id.value.starts_with(MARK))
    {
        return refusal(
            "the app",
            format!("the client ID begins with {MARK} ({})", id.origin),
            "set RC_SERVER_URL to the emulator's address, or RC_CLIENT_ID to an app of yours",
        );
    }
    let secret = settings.client_secret.as_ref();
    if let Some(secret) = secret.filter(|secret| secret.value.expose().trim().starts_with(MARK)) {
        return refusal(
            "the client secret",
            format!("it begins with {MARK} ({})", secret.origin),
            "set RC_CLIENT_SECRET to the secret of that app",
        );
    }
    if let Some(jwt) = &settings.jwt {
        refuse_jwt_for_ringcentral(settings, jwt.value.expose().trim(), &jwt.origin.to_string())?;
    }
    if login.is_some_and(|tokens| tokens.access_token().expose_secret().starts_with(MARK)) {
        return refusal(
            "the login that is kept",
            format!("its tokens begin with {MARK}"),
            "ringcentral doctor   (says where the login is kept: move that file away, then log in)",
        );
    }
    Ok(())
}

/// Refuses an emulator's JWT credential when the server is one of RingCentral's.
pub(crate) fn refuse_jwt_for_ringcentral(
    settings: &Settings,
    jwt: &str,
    origin: &str,
) -> Result<(), Failure> {
    if !is_ringcentral(&settings.server.value) || !is_emulators_jwt(jwt) {
        return Ok(());
    }
    Err(refusal(
        settings,
        "the JWT credential",
        format!("its key begins with {MARK} ({origin})"),
        "set RC_SERVER_URL to the emulator's address, or RC_JWT to a credential of that user",
    ))
}

fn refusal(settings: &Settings, what: &str, why: String, advice: &str) -> Failure {
    let server = &settings.server;
    let at = shown_server(&server.value);
    Failure::configuration(format!(
        "{what} is an emulator's, and {at} is RingCentral: nothing was sent"
    ))
    .because(why)
    .because(format!("the server is from {}", server.origin))
    .advise(advice)
}

/// A JWT cannot begin with the mark; the key that its header names does.
fn is_emulators_jwt(jwt: &str) -> bool {
    let header = jwt.split('.').next().unwrap_or_default();
    let Ok(header) = URL_SAFE_NO_PAD.decode(header.trim_end_matches('=')) else {
        return false;
    };
    serde_json::from_slice::<Value>(&header)
        .is_ok_and(|header| header["kid"].as_str().is_some_and(|key| key.starts_with(MARK)))
}

/// RingCentral's own hosts, and those of the brands that it runs apart from them.
fn is_ringcentral(server: &Url) -> bool {
    let host = server.host_str().unwrap_or_default().trim_end_matches('.');
    ["ringcentral.com", "ringcentral.biz"].iter().any(|domain| {
        host.strip_suffix(domain)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    })
}

#[cfg(test)]
mod tests {
    use super::is_ringcentral;

    #[test]
    fn ringcentral_is_told_by_its_domains() {
        for (server, wanted) in [
            ("https://platform.ringcentral.com", true),
            ("https://PLATFORM.RingCentral.com/", true),
            ("https://platform.ringcentral.com.", true),
            ("https://platform.devtest.ringcentral.com", true),
            ("https://platform.ringcentral.biz:443", true),
            ("https://ringcentral.com", true),
            ("https://notringcentral.com", false),
            ("https://ringcentral.com.example.com", false),
            ("http://127.0.0.1:5000", false),
            ("https://emulator.example.com", false),
        ] {
            assert_eq!(is_ringcentral(&server.parse().unwrap()), wanted, "{server}");
        }
    }
}
