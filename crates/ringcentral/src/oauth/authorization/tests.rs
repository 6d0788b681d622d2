use proptest::prelude::*;

use super::*;
use crate::entropy::OsEntropy;

type MakeQuery<'a> = &'a dyn Fn(&str) -> String;

fn authorization() -> Authorization {
    let app = App::public("my-client");
    let server = Server::parse("https://platform.ringcentral.com").unwrap();
    AuthorizationBuilder {
        app: &app,
        server: &server,
        entropy: &OsEntropy,
        redirect_uri: "http://localhost:5000/oauth2callback".into(),
        parameters: Vec::new(),
    }
    .display("popup")
    .build()
    .unwrap()
}

fn parameter(url: &Url, name: &str) -> String {
    let mut values = url.query_pairs().filter(|(key, _)| key == name);
    let value = values
        .next()
        .unwrap_or_else(|| panic!("{name} is missing"))
        .1
        .into_owned();
    assert!(values.next().is_none(), "{name} stands twice");
    value
}

#[test]
fn the_challenge_is_that_of_rfc_7636_appendix_b() {
    assert_eq!(
        challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    );
}

#[test]
fn each_request_has_its_own_state_and_challenge() {
    let mut seen = std::collections::HashSet::new();
    for _ in 0..1_000 {
        let url = authorization().url;
        assert_eq!(parameter(&url, "response_type"), "code");
        assert_eq!(parameter(&url, "code_challenge_method"), "S256");
        assert_eq!(parameter(&url, "client_id"), "my-client");
        assert_eq!(parameter(&url, "display"), "popup");
        assert!(parameter(&url, "state").len() >= 43);
        assert_eq!(parameter(&url, "code_challenge").len(), 43);
        assert!(seen.insert(parameter(&url, "state")) && seen.insert(parameter(&url, "code_challenge")));
    }
}

#[test]
fn a_redirect_is_accepted_only_with_its_own_state() {
    let accept = |make: &dyn Fn(&str) -> String| {
        let Authorization { pending, .. } = authorization();
        let query = make(pending.state());
        let pending = Pending::from_secret_bytes(&pending.to_secret_bytes()).unwrap();
        pending.accept(Redirect::parse(&query).unwrap())
    };
    assert!(accept(&|state| format!("?code=c&state={state}&expires_in=60")).is_ok());
    assert!(accept(&|state| format!("http://localhost:5000/oauth2callback?state={state}&code=c")).is_ok());
    assert!(accept(&|state| format!("code=c&state={state}&iss=https://platform.ringcentral.com")).is_ok());

    let refused: [(MakeQuery<'_>, ErrorKind); 7] = [
        (&|_| "?code=c".into(), ErrorKind::InvalidState),
        (&|_| "?code=c&state=".into(), ErrorKind::InvalidState),
        (&|_| "?code=c&state=foreign".into(), ErrorKind::InvalidState),
        (
            &|state| format!("?code=c&state={state}x"),
            ErrorKind::InvalidState,
        ),
        (
            &|state| format!("?code=c&state={state}&iss=https://other.example.com"),
            ErrorKind::InvalidState,
        ),
        (&|_| "?error=access_denied".into(), ErrorKind::InvalidState),
        (
            &|state| format!("?error=access_denied&error_description=No&state={state}"),
            ErrorKind::LoginFailed,
        ),
    ];
    for (make, kind) in refused {
        assert_eq!(accept(make).unwrap_err().kind(), kind, "{}", make("STATE"));
    }
    let declined =
        accept(&|state| format!("?error=access_denied&error_description=No&state={state}")).unwrap_err();
    assert_eq!(declined.oauth_error(), Some("access_denied"));
    assert_eq!(declined.to_string(), "the login was refused (access_denied): No");
}

#[test]
fn a_doubled_or_empty_redirect_is_refused() {
    for bad in [
        "",
        "?",
        "?state=s",
        "?code=a&code=b&state=s",
        "?code=a&state=s&state=s",
        "?code=&state=s",
    ] {
        assert!(Redirect::parse(bad).is_err(), "{bad}");
    }
    assert!(Redirect::parse(&format!("?code={}", "x".repeat(20_000))).is_err());
}

#[test]
fn nothing_secret_is_printed() {
    let Authorization { pending, .. } = authorization();
    let state = pending.state().to_owned();
    let redirect = Redirect::parse(&format!("?code=canary-code&state={state}")).unwrap();
    let printed = format!(
        "{pending:?} {redirect:?} {:?}",
        Grant::password("user", None, "canary-password")
    );
    assert!(
        !printed.contains("canary") && !printed.contains(&state),
        "{printed}"
    );
    assert!(
        !Pending::from_secret_bytes(b"{\"canary\"")
            .unwrap_err()
            .to_string()
            .contains("canary")
    );
}

proptest! {
    #[test]
    fn reading_a_redirect_is_total(text in ".*") {
        let _ = Redirect::parse(&text);
    }

    #[test]
    fn any_code_survives_the_redirect(code in "[ -~]{1,80}") {
        let query: String = form_urlencoded::Serializer::new(String::new()).append_pair("code", &code).finish();
        let redirect = Redirect::parse(&format!("?{query}")).unwrap();
        let read = redirect.code.unwrap();
        prop_assert_eq!(read.expose_secret(), code);
    }
}
