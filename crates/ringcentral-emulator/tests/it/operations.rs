//! Every operation of the platform, against the list that the platform's definitions give (`data/operations.csv`): rate
//! group, permissions of app and user, and what is answered where there is no emulation.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::Method;
use ringcentral_emulator::{EmulatorConfig, Seed};
use serde_json::{Value, json};

use crate::support::{Answer, Lab};

/// A row of the list. The SDKs' columns go first, the documents' are the fallback.
struct Row {
    method: Method,
    template: &'static str,
    group: &'static str,
    app: &'static str,
    user: &'static str,
    /// Whether the emulator does it, by what it says of itself.
    emulated: bool,
}

impl Row {
    /// With `~` for account and extension and 1 for everything else.
    fn path(&self) -> String {
        let parts = self.template.split('/').map(|part| match part {
            "{accountId}" | "{extensionId}" => "~",
            part if part.starts_with('{') => "1",
            part => part,
        });
        parts.collect::<Vec<_>>().join("/")
    }

    /// The authorization server and the versions have rules of their own.
    fn is_for_bearers(&self) -> bool {
        let own = [
            "/authorize",
            "/token",
            "/revoke",
            "/jwks",
            "/openid-configuration",
        ];
        !own.iter().any(|end| self.template.ends_with(end))
            && !["/restapi", "/restapi/{apiVersion}"].contains(&self.template)
    }
}

async fn rows(lab: &Lab) -> Vec<Row> {
    let said = lab.control(Method::GET, "operations", &Value::Null).await;
    let emulated: BTreeSet<(String, String)> = said["records"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|operation| operation["emulated"] == true)
        .map(|operation| {
            let text = |name: &str| operation[name].as_str().expect("text").to_owned();
            (text("method"), text("path"))
        })
        .collect();
    let read = |line: &'static str| {
        let columns: Vec<&str> = line.split(',').collect();
        let first = |sdk: usize, documents: usize| match columns[sdk] {
            "" => columns[documents],
            said => said,
        };
        Row {
            method: columns[0].parse().expect("a method"),
            template: columns[1],
            group: first(2, 5),
            app: first(3, 6),
            user: first(4, 7),
            emulated: emulated.contains(&(columns[0].to_owned(), columns[1].to_owned())),
        }
    };
    let rows: Vec<Row> = include_str!("../../data/operations.csv")
        .lines()
        .skip(1)
        .map(read)
        .collect();
    assert_eq!(rows.len(), 617);
    assert!(rows.iter().filter(|row| row.emulated).count() >= 75);
    rows
}

async fn ask(lab: &Lab, row: &Row, method: Method, token: &str) -> Answer {
    let bearer = format!("Bearer {token}");
    let mut headers = vec![("content-type", "application/json")];
    if !token.is_empty() {
        headers.push(("authorization", bearer.as_str()));
    }
    lab.send(method, &row.path(), &headers, "{}")
        .await
        .expect("an answer")
}

/// An emulator with an app for each set of app permissions and a user for each set of user permissions.
async fn company(apps: &[&str], users: &[&str], rate_limits: bool) -> Lab {
    let apps = apps.iter().enumerate().map(|(at, permissions)| {
        let permissions = list(permissions);
        format!("[[apps]]\nclient_id = \"EMU-app-{at}\"\nclient_secret = \"EMU-secret\"\npermissions = {permissions}\n")
    });
    let users = users.iter().enumerate().map(|(at, permissions)| {
        let rights = match *permissions {
            "all" => "admin = true".to_owned(),
            some => format!("permissions = {}", list(some)),
        };
        format!(
            "[[accounts.users]]\nextension = \"{}\"\nfirst_name = \"Nora\"\nlast_name = \"Winter\"\n\
             email = \"nora{at}@example.com\"\npassword = \"Books-101!\"\n{rights}\n",
            101 + at
        )
    });
    let company = "[[accounts]]\ncompany = \"Example Books\"\nmain_number = \"+12125550100\"\n".to_owned();
    let seed: String = apps.chain([company]).chain(users).collect();
    let seed = Seed::parse(&seed).expect("a good seed");
    Lab::with(EmulatorConfig::new().rate_limits(rate_limits).seed(seed)).await
}

fn list(permissions: &str) -> String {
    format!("{:?}", permissions.split_whitespace().collect::<Vec<_>>())
}

async fn log_in(lab: &Lab, app: usize, user: usize) -> String {
    let (id, name) = (format!("EMU-app-{app}"), format!("nora{user}@example.com"));
    let form = [
        ("grant_type", "password"),
        ("username", name.as_str()),
        ("password", "Books-101!"),
    ];
    let answer = lab.token_as(Some((&id, "EMU-secret")), &form).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()["access_token"]
        .as_str()
        .expect("a token")
        .to_owned()
}

/// Every permission of the list, and each alternative of an OR alone.
fn permissions(rows: &[Row], of: fn(&Row) -> &'static str) -> Vec<&'static str> {
    let all: BTreeSet<&str> = rows
        .iter()
        .flat_map(|row| of(row).split(" OR "))
        .filter(|one| !one.is_empty())
        .collect();
    all.into_iter().collect()
}

/// The refusal of a permission: its code, and the permission that it names.
fn lacking(answer: &Answer) -> (String, Value) {
    if answer.status != 403 {
        return Default::default();
    }
    assert_eq!(
        answer.json()["permissionName"],
        answer.json()["errors"][0]["permissionName"]
    );
    (answer.code(), answer.json()["permissionName"].clone())
}

#[tokio::test]
async fn an_app_without_permissions_is_refused_by_name_wherever_one_is_needed() {
    let lab = company(&[""], &["all"], false).await;
    let token = log_in(&lab, 0, 0).await;
    for row in rows(&lab).await.iter().filter(|row| row.is_for_bearers()) {
        let answer = ask(&lab, row, row.method.clone(), &token).await;
        let place = format!("{} {}: {}", row.method, row.template, answer.text);
        if row.app.is_empty() {
            assert_ne!(lacking(&answer).0, "CMN-401", "{place}");
        } else {
            assert_eq!(
                lacking(&answer),
                ("CMN-401".to_owned(), json!(row.app)),
                "{place}"
            );
            assert_eq!(answer.json()["errorCode"], "InsufficientPermissions", "{place}");
        }
    }
}

#[tokio::test]
async fn a_user_without_permissions_is_refused_by_name_wherever_one_is_needed() {
    let start = Lab::new().await;
    let all = permissions(&rows(&start).await, |row| row.app).join(" ");
    let lab = company(&[&all], &[""], false).await;
    let token = log_in(&lab, 0, 0).await;
    for row in rows(&lab).await.iter().filter(|row| row.is_for_bearers()) {
        let answer = ask(&lab, row, row.method.clone(), &token).await;
        let place = format!("{} {}: {}", row.method, row.template, answer.text);
        if row.user.is_empty() {
            assert_ne!(lacking(&answer).0, "CMN-408", "{place}");
        } else {
            assert_eq!(
                lacking(&answer),
                ("CMN-408".to_owned(), json!(row.user)),
                "{place}"
            );
            assert_eq!(answer.json()["errorCode"], "InsufficientPermissions", "{place}");
        }
    }
}

#[tokio::test]
async fn the_one_permission_that_is_named_is_enough() {
    let start = Lab::new().await;
    let all = rows(&start).await;
    let (apps, users) = (
        permissions(&all, |row| row.app),
        permissions(&all, |row| row.user),
    );
    let (apps, users) = ([vec![""], apps].concat(), [vec![""], users].concat());
    let lab = company(&apps, &users, false).await;
    let mut tokens: BTreeMap<(usize, usize), String> = BTreeMap::new();
    let mut asked = 0;
    for row in all.iter().filter(|row| row.emulated && row.is_for_bearers()) {
        for app in row.app.split(" OR ") {
            for user in row.user.split(" OR ") {
                let place =
                    |all: &[&str], one: &str| all.iter().position(|known| *known == one).expect("known");
                let (at_app, at_user) = (place(&apps, app), place(&users, user));
                let token = match tokens.get(&(at_app, at_user)) {
                    Some(token) => token.clone(),
                    None => log_in(&lab, at_app, at_user).await,
                };
                tokens.insert((at_app, at_user), token.clone());
                let answer = ask(&lab, row, row.method.clone(), &token).await;
                let (code, named) = lacking(&answer);
                let refused = code == "CMN-401" || code == "CMN-408" && named == row.user;
                assert!(
                    !refused,
                    "{} {} with {app:?}, {user:?}: {}",
                    row.method, row.template, answer.text
                );
                asked += 1;
            }
        }
    }
    assert!(asked >= 70, "{asked} operations");
}

/// An app with one permission has that and those that it holds, and no other.
#[tokio::test]
async fn a_permission_holds_others_and_no_more() {
    const HELD: &[(&str, &[&str])] = &[
        ("Accounts", &["EditAccounts", "EditExtensions", "ReadAccounts"]),
        ("EditAccounts", &["EditExtensions", "ReadAccounts"]),
        ("EditExtensions", &[]),
        ("ReadAccounts", &[]),
        ("Contacts", &["ReadContacts"]),
        ("EditCallLog", &["ReadCallLog"]),
        ("ReadCallRecording", &["ReadCallLog"]),
        ("ReadCallLog", &[]),
        ("EditMessages", &["ReadMessages"]),
        ("Faxes", &["ReadMessages"]),
        ("InternalMessages", &["ReadMessages"]),
        ("SMS", &["ReadMessages"]),
        ("ReadMessages", &[]),
        ("EditPresence", &["ReadPresence"]),
        ("RingOut", &[]),
        ("WebSocketsSubscription", &["WebSocket"]),
    ];
    let apps: Vec<&str> = HELD.iter().map(|(permission, _)| *permission).collect();
    let lab = company(&apps, &["all"], false).await;
    let rows = rows(&lab).await;
    let rows = rows.iter().filter(|row| row.emulated && row.is_for_bearers());
    let rows: Vec<&Row> = rows.filter(|row| !row.app.is_empty()).collect();
    for (app, (permission, held)) in HELD.iter().enumerate() {
        let token = log_in(&lab, app, 0).await;
        for row in &rows {
            let has = row
                .app
                .split(" OR ")
                .any(|one| one == *permission || held.contains(&one));
            let answer = ask(&lab, row, row.method.clone(), &token).await;
            assert_eq!(
                lacking(&answer).0 != "CMN-401",
                has,
                "{} {} with {permission}: {}",
                row.method,
                row.template,
                answer.text
            );
        }
    }
}

#[tokio::test]
async fn every_operation_counts_in_its_rate_group() {
    let start = Lab::new().await;
    let all = permissions(&rows(&start).await, |row| row.app).join(" ");
    let lab = company(&[&all], &["all"], true).await;
    let token = log_in(&lab, 0, 0).await;
    let group = json!({"limit": 1000, "windowSeconds": 60, "penaltySeconds": 60});
    let wide = json!({"rateLimits": {"light": group, "medium": group, "heavy": group, "auth": group}});
    lab.control(Method::PATCH, "settings", &wide).await;
    let mut used: BTreeMap<String, i64> = [("auth".to_owned(), 1)].into();
    for row in rows(&lab).await.iter().filter(|row| row.is_for_bearers()) {
        let answer = ask(&lab, row, row.method.clone(), &token).await;
        let place = format!("{} {}: {}", row.method, row.template, answer.text);
        if row.group == "NoThrottling" {
            assert_eq!(answer.header("x-rate-limit-group"), "", "{place}");
            continue;
        }
        let group = row.group.to_ascii_lowercase();
        assert_eq!(answer.header("x-rate-limit-group"), group, "{place}");
        // Refusals count like answers, and nothing else touches the group.
        let count = used.entry(group).or_default();
        *count += 1;
        assert_eq!(
            answer.header("x-rate-limit-remaining"),
            (1000 - *count).to_string(),
            "{place}"
        );
    }
    assert_eq!(used.len(), 4, "{used:?}");
}

#[tokio::test]
async fn what_is_not_emulated_answers_501_and_names_the_operation() {
    let lab = Lab::new().await;
    let token = lab.log_in().await["access_token"]
        .as_str()
        .expect("a token")
        .to_owned();
    let mut found = 0;
    for row in rows(&lab).await.iter().filter(|row| !row.emulated) {
        let answer = ask(&lab, row, row.method.clone(), &token).await;
        let place = format!("{} {}: {}", row.method, row.template, answer.text);
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (501, "CMN-202"),
            "{place}"
        );
        assert!(
            answer
                .text
                .contains(&format!("[{} {}]", row.method, row.template)),
            "{place}"
        );
        assert_eq!(
            ask(&lab, row, row.method.clone(), "").await.code(),
            "AGW-401",
            "{place}"
        );
        found += 1;
    }
    assert!(found > 500, "{found} operations");
}

#[tokio::test]
async fn head_is_answered_as_get_and_options_without_a_token() {
    let lab = Lab::new().await;
    let token = lab.log_in().await["access_token"]
        .as_str()
        .expect("a token")
        .to_owned();
    let rows = rows(&lab).await;
    for row in rows
        .iter()
        .filter(|row| row.emulated && row.method == Method::GET)
    {
        let get = ask(&lab, row, Method::GET, &token).await;
        let head = ask(&lab, row, Method::HEAD, &token).await;
        assert_eq!(
            (head.status, head.text.as_str()),
            (get.status, ""),
            "{}",
            row.template
        );
        for name in ["content-type", "content-length", "content-language"] {
            assert_eq!(head.header(name), get.header(name), "{} {name}", row.template);
        }
    }
    for row in &rows {
        let answer = ask(&lab, row, Method::OPTIONS, "").await;
        assert_eq!(
            (answer.status, answer.text.as_str()),
            (204, ""),
            "{}",
            row.template
        );
    }
}
