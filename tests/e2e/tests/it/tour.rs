//! What has to be true of every tour, whichever SDK makes it.

use anyhow::ensure;
use ringcentral_e2e::{Emulator, Script};
use serde_json::Value;

/// The platform's part of a tour after its login: three reads, a message, a refresh, a logout.
const AFTER_LOGIN: [&str; 9] = [
    "GET /restapi/v1.0/account/~/extension 200",
    "GET /restapi/v1.0/account/~/extension/~/call-log 200",
    "GET /restapi/v1.0/account/~/call-log 200",
    "POST /restapi/v1.0/account/~/extension/~/sms 200",
    "GET /restapi/v1.0/account/~/extension/~/message-store 200",
    "POST /restapi/oauth/token 200 refresh_token",
    "GET /restapi/v1.0/account/~/extension/~ 200",
    "POST /restapi/oauth/revoke 200",
    // The dead access token.
    "GET /restapi/v1.0/account/~/extension/~ 401",
];

/// Follows a tour to its end and judges each step.
pub(crate) async fn follow(script: &mut Script, emulator: &Emulator) -> anyhow::Result<Refused> {
    let server = emulator.variable("RC_SERVER_URL");

    let login = script.step("login").await?;
    ensure!(
        login["status"] == 200 && login["tokenType"] == "bearer",
        "{login}"
    );
    ensure!(
        login["expiresIn"] == 3600 && login["refreshExpiresIn"] == 604_800,
        "{login}"
    );
    for scope in ["ReadAccounts", "ReadCallLog", "SMS", "ReadMessages"] {
        ensure!(
            login["scopes"]
                .as_array()
                .is_some_and(|scopes| scopes.contains(&scope.into())),
            "no {scope}: {login}"
        );
    }

    for step in ["extensions", "extension-calls", "account-calls"] {
        let read = script.step(step).await?;
        ensure!(
            read["status"] == 200 && read["count"].as_u64() > Some(1),
            "{read}"
        );
        let uri = read["first"]["uri"].as_str().unwrap_or_default();
        ensure!(uri.starts_with(server), "links lead elsewhere: {read}");
        ensure!(
            read["firstPage"]
                .as_str()
                .is_some_and(|page| page.starts_with(server)),
            "{read}"
        );
    }

    let sms = script.step("sms").await?;
    ensure!(
        sms["status"] == 200 && sms["direction"] == "Outbound" && sms["type"] == "SMS",
        "{sms}"
    );
    let stored = script.step("message-store").await?;
    ensure!(
        stored["found"] == true && stored["to"] == emulator.variable("RC_TO"),
        "{stored}"
    );

    let refresh = script.step("refresh").await?;
    ensure!(
        refresh["newAccess"] == true && refresh["newRefresh"] == true && refresh["sameOwner"] == true,
        "{refresh}"
    );
    let after = script.step("after-refresh").await?;
    ensure!(after["status"] == 200, "{after}");

    let logout = script.step("logout").await?;
    ensure!(logout["status"] == 200, "{logout}");
    let after = script.step("after-logout").await?;
    ensure!(
        after["failed"] == true && after["status"] == Value::Null,
        "nothing was to be sent: {after}"
    );
    let old = script.step("with-old-tokens").await?;
    ensure!(old["failed"] == true, "{old}");
    Ok(Refused {
        after_logout: after,
        with_old_tokens: old,
    })
}

/// What the SDK said once the login was gone.
pub(crate) struct Refused {
    pub(crate) after_logout: Value,
    pub(crate) with_old_tokens: Value,
}

/// The journal holds this login, then the tour, then `last`, and no other call.
pub(crate) async fn journal(emulator: &Emulator, grant: &str, last: &[&str]) -> anyhow::Result<()> {
    let mut expected = vec![format!("POST /restapi/oauth/token 200 {grant}")];
    expected.extend(AFTER_LOGIN.iter().chain(last).map(ToString::to_string));
    let journal = calls(emulator).await?;
    ensure!(journal == expected, "the journal holds\n{}", journal.join("\n"));
    Ok(())
}

/// The journal without the pages that a person sees.
pub(crate) async fn calls(emulator: &Emulator) -> anyhow::Result<Vec<String>> {
    let api = ["/restapi/v1.0/", "/restapi/oauth/token", "/restapi/oauth/revoke"];
    let mut journal = emulator.journal().await?;
    journal.retain(|line| {
        line.split(' ')
            .nth(1)
            .is_some_and(|path| api.iter().any(|prefix| path.starts_with(prefix)))
    });
    Ok(journal)
}

/// The user's own credentials, as typed into the platform's login page.
pub(crate) fn typed(emulator: &Emulator) -> [(&str, &str); 2] {
    [
        ("username", emulator.variable("RC_USERNAME")),
        ("password", emulator.variable("RC_PASSWORD")),
    ]
}
