//! Nothing that is secret is ever said: every command is run, failing ones too, and everything it wrote is searched.

use serde_json::json;

use crate::support::{Home, Platform, login_ports};

/// The secrets of a platform's user and app, and those a login made.
fn secrets(platform: &Platform, home: &Home) -> Vec<String> {
    let mut secrets: Vec<String> = ["RC_CLIENT_SECRET", "RC_PASSWORD", "RC_JWT"]
        .iter()
        .map(|name| platform.value(name).to_owned())
        .collect();
    let file = std::fs::read_to_string(home.token_file()).unwrap();
    let record: serde_json::Value = serde_json::from_str(&file).unwrap();
    collect(&record, &mut secrets);
    assert!(secrets.len() >= 5, "access and refresh token are among them");
    secrets
}

fn collect(value: &serde_json::Value, secrets: &mut Vec<String>) {
    match value {
        serde_json::Value::Object(map) => {
            for (name, value) in map {
                match value.as_str() {
                    Some(text) if name == "access_token" || name == "refresh_token" => {
                        secrets.push(text.to_owned());
                    }
                    _ => collect(value, secrets),
                }
            }
        }
        serde_json::Value::Array(list) => list.iter().for_each(|value| collect(value, secrets)),
        _ => {}
    }
}

/// Such commands have nothing to log.
fn asks_nobody(command: &str) -> bool {
    ["profile", "status", "--import"]
        .iter()
        .any(|silent| command.contains(silent))
}

#[tokio::test]
async fn no_command_says_a_secret_at_any_level_of_the_log() {
    let platform = Platform::start();
    let home = Home::with(&platform);
    let verbose = [("RINGCENTRAL_LOG", "trace")];
    let tokens = platform.token_answer("101").await;
    home.write("tokens.json", &tokens.to_string());
    let half = tokens.to_string();
    home.write("half.json", &half[..half.len() / 2]);
    // It looks at the ports that other tests log in with.
    let _ports = login_ports();
    let mut said = Vec::new();
    let run = |arguments: &[&str], variables: &[(&str, &str)]| {
        let variables = [&verbose[..], variables].concat();
        (format!("{arguments:?}"), home.run_with(arguments, &variables))
    };
    said.push(run(&["login", "--password"], &[]));
    let mut secrets = secrets(&platform, &home);
    collect(&tokens, &mut secrets);
    said.push(run(&["login", "--jwt"], &[]));
    platform.control("clock", &json!({ "advance": "61m" })).await;
    for arguments in [
        &["status"][..],
        &["whoami"],
        &["extension", "list"],
        &["call-log", "list"],
        &["message", "list"],
        &["sms", "send", "--to", "+16505550102", "--text", "hi"],
        &["api", "account/~/extension/1"],
        &["api", "-i", "account/~/extension/~"],
        &["api", "https://evil.example.com/restapi"],
        &["profile", "list"],
        &["profile", "show", "default"],
        &["status", "--json"],
        &["doctor"],
        &["doctor", "--json"],
        &["login", "--jwt", "--json"],
        &["login", "--import", "tokens.json", "--force"],
        &["login", "--import", "tokens.json"],
        &["login", "--import", "half.json"],
    ] {
        said.push(run(arguments, &[]));
    }
    let wrong = [
        ("RC_CLIENT_SECRET", "CANARY-SECRET"),
        ("RC_PASSWORD", "CANARY-PASSWORD"),
        ("RC_JWT", "CANARY-JWT"),
    ];
    said.push(run(&["login", "--password"], &wrong));
    said.push(run(&["login", "--jwt"], &wrong));
    said.push(run(&["login", "--password"], &wrong[1..]));
    said.push(run(&["login", "--jwt"], &wrong[1..]));
    let fault =
        json!({ "match": { "path": "/restapi/oauth/token" }, "action": { "type": "malformed" }, "times": 1 });
    platform.control("faults", &fault).await;
    said.push(run(&["login", "--jwt"], &[]));
    secrets.extend(self::secrets(&platform, &home));
    said.push(run(&["logout"], &[]));

    secrets.push("CANARY".to_owned());
    for (what, ran) in &said {
        assert!(
            ran.stderr.contains("TRACE") || ran.stderr.contains("DEBUG") || asks_nobody(what),
            "{what}: the log is on"
        );
        for secret in &secrets {
            assert!(
                !ran.stdout.contains(secret) && !ran.stderr.contains(secret),
                "{what} says a secret: {ran:?}"
            );
        }
    }
    // After the logout no file has one either.
    for file in home.written_files() {
        let bytes = std::fs::read(&file).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        for secret in &secrets {
            assert!(!text.contains(secret), "{} holds a secret", file.display());
        }
    }
}

#[tokio::test]
async fn secrets_are_in_no_url() {
    let platform = Platform::start();
    let home = Home::with(&platform);
    home.log_in();
    let secrets = secrets(&platform, &home);
    home.run(&["whoami"]).succeeded();
    home.run(&["logout"]).succeeded();
    for request in platform.requests("").await {
        let text = format!("{} {}", request["path"], request["query"]);
        assert!(secrets.iter().all(|secret| !text.contains(secret)), "{request}");
    }
}
