//! Seed files: what they may say, and what is said about mistakes.

use std::collections::BTreeSet;

use jiff::Timestamp;
use rusqlite::Connection;

use crate::db::Transaction;
use crate::seed::Seed;
use crate::{clock, counts, db, directory};

const EXAMPLE: &str = include_str!("../../../../../docs/emulator/seed-example.toml");

const SMALL: &str = r#"
[[accounts]]
company = "Example Books"
main_number = "+12125550150"

[[accounts.users]]
extension = "101"
first_name = "Nora"
last_name = "Winter"
password = "Books-101!"
number = "+12125550151"
"#;

fn start() -> Timestamp {
    clock::at_ms(1_790_000_000_000)
}

fn planted<T>(file: &str, test: impl FnOnce(&Transaction<'_>) -> T) -> T {
    let connection: Connection = db::open(None).unwrap();
    db::create(&connection).unwrap();
    let tx = Transaction::begin(&connection).unwrap();
    let seed = Seed::parse(file).unwrap();
    seed.fill(&tx, seed.starts_at().unwrap_or(start()), &[]).unwrap();
    test(&tx)
}

fn count(tx: &Transaction<'_>, sql: &str) -> i64 {
    tx.query_row(&format!("SELECT count(*) FROM {sql}"), [], |row| row.get(0))
        .unwrap()
}

#[test]
fn the_example_of_the_documentation_is_planted_whole() {
    planted(EXAMPLE, |tx| {
        for (what, expected) in [
            ("accounts", 2),
            ("apps", 3),
            ("credentials", 6),
            ("credentials WHERE locked", 1),
            ("credentials WHERE mfa_code IS NOT NULL", 1),
            ("extensions WHERE status = 'NotActivated'", 1),
            ("extensions WHERE permissions IS NOT NULL", 1),
            ("extensions WHERE type = 'Department'", 1),
            ("phone_numbers WHERE usage_type = 'MainCompanyNumber'", 2),
            ("phone_numbers WHERE type = 'FaxOnly'", 1),
            (
                "calls WHERE result = 'Voicemail' AND message_type = 'VoiceMail'",
                1,
            ),
            ("messages WHERE type = 'Fax'", 1),
            ("messages WHERE type = 'Pager'", 1),
        ] {
            assert_eq!(count(tx, what), expected, "{what}");
        }
        assert!(
            count(tx, "calls WHERE account_id <> 810000001") > 500,
            "generated"
        );
        let defaults = directory::defaults(tx).unwrap();
        assert_eq!(defaults.client_id.as_deref(), Some("EMU-shop"));
        assert_eq!(defaults.from.as_deref(), Some("+16505550101"));
    });
}

/// Every key that a seed file may have is in the documentation.
#[test]
fn the_documentation_names_every_key() {
    const PAGE: &str = include_str!("../../../../../docs/emulator/seed.md");
    let source = include_str!("../file.rs");
    let keys: BTreeSet<&str> = source
        .lines()
        .filter_map(|line| line.trim().strip_prefix("pub(super) "))
        .filter(|line| line.ends_with(',') && line.contains(": "))
        .filter_map(|line| line.split_once(':'))
        .map(|(key, _)| if key == "kind" { "type" } else { key })
        .collect();
    assert!(keys.len() > 40, "{keys:?}");
    for key in keys {
        assert!(
            PAGE.contains(&format!("`{key}`")),
            "{key} is not in docs/emulator/seed.md"
        );
    }
}

/// Who is locked out, for how long, and who is on the way to it: as the login itself keeps it.
#[test]
fn users_may_have_typed_wrong_passwords() {
    for (keys, expected) in [
        ("", None),
        ("locked = true", None),
        ("wrong_passwords = 5", Some((5, None))),
        (
            "locked_until = \"2026-09-21T15:00:00Z\"",
            Some((6, Some(1_790_002_800_000))),
        ),
        (
            "wrong_passwords = 9\nlocked_until = \"2026-09-21T15:00:00Z\"",
            Some((9, Some(1_790_002_800_000))),
        ),
    ] {
        planted(&format!("{SMALL}\n{keys}\n"), |tx| {
            let mut statement = tx
                .prepare("SELECT failures, locked_until FROM login_failures")
                .unwrap();
            let kept: Vec<(i64, Option<i64>)> = statement
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
                .unwrap()
                .map(Result::unwrap)
                .collect();
            assert_eq!(kept, expected.into_iter().collect::<Vec<_>>(), "{keys}");
        });
    }
}

#[test]
fn a_file_may_leave_out_nearly_everything() {
    planted("", |tx| {
        assert_eq!(count(tx, "accounts"), 1, "the built-in company");
    });
    planted(SMALL, |tx| {
        assert_eq!(count(tx, "apps"), 3, "the built-in apps");
        let user = directory::find_user(tx, "+12125550151", None).unwrap().unwrap();
        assert_eq!(
            (user.name.as_str(), user.extension_number.as_str()),
            ("Nora Winter", "101")
        );
        assert_eq!(
            directory::defaults(tx).unwrap().extension_id,
            Some(user.extension_id)
        );
        let main = directory::find_user(tx, "+12125550150", None).unwrap().unwrap();
        assert_eq!(
            main.extension_id, user.extension_id,
            "the first user is the operator"
        );
    });
}

/// How many messages the counts by day know.
fn counted_messages(tx: &Transaction<'_>) -> i64 {
    tx.query_row(
        "SELECT sum(count) FROM list_counts WHERE list = 3 AND span = 86400000",
        [],
        |row| row.get(0),
    )
    .unwrap()
}

#[test]
fn generated_data_follows_from_the_number() {
    let text = |seed: u64| {
        format!("{SMALL}\n[accounts.generate]\nseed = {seed}\ncalls = 500\nmessages = 300\ndays = 10\n")
    };
    let dump = |tx: &Transaction<'_>| {
        [
            "SELECT group_concat(seq || session || start_ms || result || coalesce(from_number, '') || coalesce(recording_id, '')) FROM calls",
            "SELECT group_concat(id || created_ms || text || conversation_id) FROM messages",
            "SELECT group_concat(message_id || coalesce(phone_number, '')) FROM message_recipients",
            "SELECT group_concat(list || owner || span || bucket || kind || count) FROM list_counts",
        ]
        .map(|sql| tx.query_row(sql, [], |row| row.get::<_, String>(0)).unwrap())
    };
    let first = planted(&text(1), dump);
    assert_eq!(first, planted(&text(1), dump));
    assert_ne!(first, planted(&text(2), dump));
    planted(&text(1), |tx| {
        let begin = start().as_millisecond() - 10 * 86_400_000;
        for (what, expected) in [
            ("calls", 500),
            ("messages", 300),
            ("message_recipients", 300),
            ("messages WHERE coalesce(text, '') = ''", 0),
            (&format!("calls WHERE start_ms BETWEEN {begin} AND {}", start().as_millisecond()), 500),
            ("calls c JOIN recordings r ON r.id = c.recording_id WHERE r.duration_ms <> c.duration_ms", 0),
            ("calls WHERE recording_type IS NOT NULL AND recording_id IS NULL", 0),
            // What the triggers would have counted.
            ("(SELECT list, owner, span, bucket, kind, sum(count) AS n FROM list_counts GROUP BY 1, 2, 3, 4, 5) k
              WHERE k.list = 2 AND k.span = 3600000 AND n <> (SELECT count(*) FROM calls c
                WHERE c.account_id = k.owner AND c.start_ms / 3600000 = k.bucket
                  AND c.deleted || '|' || c.direction || '|' || c.type = k.kind)", 0),
            ("sqlite_schema WHERE type = 'trigger' AND tbl_name = 'calls'", 3),
            ("sqlite_schema WHERE type = 'index' AND tbl_name = 'calls'", 3),
        ] {
            assert_eq!(count(tx, what), expected, "{what}");
        }
        assert_eq!(counted_messages(tx), 300);
    });
}

#[test]
fn rows_that_replace_generated_messages_are_counted_in_their_place() {
    let text = format!(
        "{SMALL}\n[accounts.generate]\nmessages = 300\n[rows]\nmessages = [
          {{ id = 7, account_id = 1, extension_id = 100, type = 'Fax', direction = 'Inbound', read_status = 'Unread',
             message_status = 'Received', created_ms = 5, modified_ms = 5 }},
        ]\n"
    );
    planted(&text, |tx| {
        counts::count_new_messages(tx).unwrap();
        for (what, expected) in [
            ("messages", 300),
            (
                "list_counts WHERE list = 3 AND kind LIKE '%Fax%' AND owner = 100 AND count = 1",
                2,
            ),
        ] {
            assert_eq!(count(tx, what), expected, "{what}");
        }
        assert_eq!(counted_messages(tx), 300);
    });
}

/// The text, and the line, key and a part of the message that its mistake is told by.
type Mistake = (String, usize, &'static str, &'static str);

fn expect_mistakes(mistakes: &[Mistake]) {
    for (text, line, key, part) in mistakes {
        let error = Seed::parse(text).expect_err(text);
        assert_eq!(
            (error.line(), error.key()),
            (Some(*line), *key),
            "{error}\n{text}"
        );
        assert!(error.message().contains(part), "{error}\n{text}");
        assert!(
            error.to_string().starts_with(&format!("line {line}: ")),
            "{error}"
        );
    }
}

fn user(line: &str) -> String {
    format!("{SMALL}{line}\n")
}

fn account(lines: &str) -> String {
    format!("{SMALL}\n{lines}\n")
}

fn app(lines: &str) -> String {
    format!("[[apps]]\nclient_id = \"EMU-a\"\n{lines}\n")
}

#[test]
fn mistakes_in_settings_and_apps_name_line_key_and_what_is_allowed() {
    expect_mistakes(&[
        ("a = ".to_owned(), 1, "", "string values must be quoted"),
        ("version = 2".to_owned(), 1, "version", "must be 1"),
        (
            "colour = 1".to_owned(),
            1,
            "colour",
            "expected one of `version`, `start`",
        ),
        ("\n\nstart = \"soon\"".to_owned(), 3, "start", "must be a time"),
        ("frozen = 1".to_owned(), 1, "frozen", "expected a boolean"),
        (
            "[settings]\n\ncodeSecond = 5".to_owned(),
            3,
            "settings.codeSecond",
            "codeSeconds",
        ),
        (
            "[settings]\ncodeSeconds = -5".to_owned(),
            2,
            "settings.codeSeconds",
            "whole number",
        ),
        (
            "[settings.rateLimits.lite]\nlimit = 1".to_owned(),
            1,
            "settings.rateLimits.lite",
            "light",
        ),
        (
            app("client_secret = \"mine\""),
            3,
            "apps[0].client_secret",
            "begin with EMU-",
        ),
        (
            app("grants = [\"implicit\"]"),
            3,
            "apps[0].grants[0]",
            "expected one of `authorization_code`",
        ),
        (
            app("permissions = [\"ReadAll\"]"),
            3,
            "apps[0].permissions[0]",
            "ReadAccounts",
        ),
        (
            app("redirect_uris = [\"/callback\"]"),
            3,
            "apps[0].redirect_uris[0]",
            "absolute address",
        ),
        (
            app("[[apps]]\nclient_id = \"EMU-a\""),
            4,
            "apps[1].client_id",
            "another app",
        ),
        (
            "[[apps]]\nclient_id = \"a b\"".to_owned(),
            2,
            "apps[0].client_id",
            "begin with EMU-",
        ),
        (
            "[defaults]\napp = \"EMU-x\"".to_owned(),
            2,
            "defaults.app",
            "EMU-web-app",
        ),
        (
            format!("[defaults]\nuser = \"102\"\n{SMALL}"),
            2,
            "defaults.user",
            "e-mail address or extension",
        ),
    ]);
}

#[test]
fn mistakes_in_accounts_name_line_key_and_what_is_allowed() {
    expect_mistakes(&[
        (
            "[[accounts]]\ncompany = \"X\"".to_owned(),
            1,
            "accounts[0]",
            "missing field `main_number`",
        ),
        (
            "[[accounts]]\ncompany = \"X\"\nmain_number = \"12\"".to_owned(),
            3,
            "accounts[0].main_number",
            "must be a phone number",
        ),
        (
            user("status = \"Lockd\""),
            12,
            "accounts[0].users[0].status",
            "expected one of `Enabled`, `Disabled`",
        ),
        (
            user("colour = \"red\""),
            12,
            "accounts[0].users[0].colour",
            "expected one of `extension`",
        ),
        (
            user("permissions = [\"Fly\"]"),
            12,
            "accounts[0].users[0].permissions[0]",
            "ReadCallLog",
        ),
        (
            user("admin = true\npermissions = [\"Users\"]"),
            13,
            "accounts[0].users[0].permissions[0]",
            "not needed",
        ),
        (
            user("mobile_phone = \"x\""),
            12,
            "accounts[0].users[0].mobile_phone",
            "must be a phone number",
        ),
        (
            user("email = \"nora\""),
            12,
            "accounts[0].users[0].email",
            "e-mail address",
        ),
        (user("id = 0"), 12, "accounts[0].users[0].id", "from 1 up"),
        (
            account("[[accounts.extensions]]\nextension = \"101\"\nname = \"Again\"\ntype = \"Department\""),
            14,
            "accounts[0].extensions[0].extension",
            "in use twice",
        ),
        (
            account("[[accounts.extensions]]\nname = \"Queue\"\ntype = \"Queue\""),
            15,
            "accounts[0].extensions[0].type",
            "`Department`",
        ),
        (
            account("[[accounts.phone_numbers]]\nnumber = \"+12125550151\""),
            14,
            "accounts[0].phone_numbers[0].number",
            "in use twice",
        ),
        (
            account("[[accounts.phone_numbers]]\nnumber = \"+12125550152\"\nextension = \"102\""),
            15,
            "accounts[0].phone_numbers[0].extension",
            "one of 101",
        ),
    ]);
}

#[test]
fn mistakes_in_calls_and_messages_name_line_key_and_what_is_allowed() {
    expect_mistakes(&[
        (
            account("[[accounts.calls]]\nowner = \"999\""),
            14,
            "accounts[0].calls[0].owner",
            "one of 101",
        ),
        (
            account("[[accounts.calls]]\nowner = \"101\"\nresult = \"Call connected\""),
            15,
            "accounts[0].calls[0].result",
            "one of Accepted",
        ),
        (
            account("[[accounts.calls]]\nowner = \"101\"\nduration = 100000"),
            15,
            "accounts[0].calls[0].duration",
            "from 0 to 86400",
        ),
        (
            account("[[accounts.messages]]\nowner = \"101\"\ntext = \"Hi\"\nago = \"a week\""),
            16,
            "accounts[0].messages[0].ago",
            "7d",
        ),
        (
            account(
                "[[accounts.messages]]\nowner = \"101\"\ntext = \"Hi\"\nat = \"2026-01-01\"\nago = \"1d\"",
            ),
            17,
            "accounts[0].messages[0].ago",
            "beside at",
        ),
        (
            account("[[accounts.messages]]\nowner = \"101\""),
            14,
            "accounts[0].messages[0].text",
            "is missing",
        ),
        (
            account("[[accounts.messages]]\nowner = \"101\"\ntext = \"Hi\"\nother = \"nobody\""),
            16,
            "accounts[0].messages[0].other",
            "phone number",
        ),
        (
            account("[accounts.generate]\ncalls = 10_000_000"),
            14,
            "accounts[0].generate.calls",
            "from 0 to 5000000",
        ),
        (
            account("[accounts.generate]\ndays = 0"),
            14,
            "accounts[0].generate.days",
            "from 1 to 3650",
        ),
    ]);
}

#[test]
fn rows_that_do_not_fit_are_refused_when_they_are_planted() {
    for (text, key, part) in [
        ("[rows]\ncall = [{ seq = 1 }]", "rows.call", "one of accounts"),
        (
            "[rows]\ncalls = [{ sequence = 1 }]",
            "rows.calls[0].sequence",
            "one of seq",
        ),
        (
            "[rows]\ncalls = [{ seq = [1] }]",
            "rows.calls[0].seq",
            "must be text",
        ),
        ("[rows]\ncalls = [{ seq = 1 }]", "rows.calls[0]", "NOT NULL"),
    ] {
        let connection: Connection = db::open(None).unwrap();
        db::create(&connection).unwrap();
        let tx = Transaction::begin(&connection).unwrap();
        let error = Seed::parse(text)
            .and_then(|seed| seed.fill(&tx, start(), &[]))
            .expect_err(text);
        assert_eq!(error.key(), key, "{error}");
        assert!(error.message().contains(part), "{error}");
    }
}

#[test]
fn a_seed_may_be_json() {
    let json = serde_json::json!({
        "frozen": true,
        "accounts": [{
            "company": "Example Books",
            "main_number": "+12125550150",
            "users": [{ "extension": "101", "first_name": "N", "last_name": "W", "password": "p" }],
            "generate": { "calls": 3 },
        }],
    });
    assert!(Seed::from_json(&json).unwrap().is_frozen());
    for (json, key) in [
        (
            serde_json::json!({ "accounts": [{ "company": "X" }] }),
            "accounts[0]",
        ),
        (serde_json::json!({ "frozen": "no" }), "frozen"),
        (serde_json::json!({ "start": null }), "seed"),
        (serde_json::json!([]), "seed"),
        (serde_json::json!(-1), "seed"),
    ] {
        let error = Seed::from_json(&json).expect_err("must be refused");
        assert_eq!((error.key(), error.line()), (key, None), "{error}");
    }
}
