//! An export is the state: whoever plants it has the same rows, clock and settings.

use std::sync::Arc;

use rusqlite::Connection;
use serde_json::json;

use crate::access::Access;
use crate::emulator::EmulatorConfig;
use crate::origin::Origin;
use crate::seed::Seed;
use crate::seed::export::export;
use crate::world::{World, WorldConfig};

fn world(seed: Seed) -> World {
    World::open(WorldConfig {
        rate_limits: true,
        data: None,
        origin: Arc::new(Origin::new(seed, Vec::new(), None)),
        access: Access::open(&EmulatorConfig::default()).unwrap(),
    })
    .unwrap()
}

/// Every row of every table, without what the world keeps for itself.
fn dump(connection: &Connection) -> Vec<String> {
    let names: Vec<String> = connection
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'meta' ORDER BY name")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert!(names.len() > 15, "{names:?}");
    let mut lines = Vec::new();
    for name in names {
        let mut statement = connection.prepare(&format!("SELECT * FROM {name}")).unwrap();
        let columns = statement.column_count();
        let mut rows = statement.query([]).unwrap();
        let mut own = Vec::new();
        while let Some(row) = rows.next().unwrap() {
            let cells: Vec<String> = (0..columns)
                .map(|at| format!("{:?}", row.get_ref(at).unwrap()))
                .collect();
            own.push(format!("{name}: {}", cells.join("|")));
        }
        own.sort_unstable();
        lines.extend(own);
    }
    // Counts that have sunk to nothing say nothing.
    lines.retain(|line| !(line.starts_with("list_counts") && line.ends_with("Integer(0)")));
    lines
}

fn assert_alike(first: &World, second: &World) {
    let (one, two) = (dump(&first.db()), dump(&second.db()));
    for (one, two) in one.iter().zip(&two) {
        assert_eq!(one, two);
    }
    assert_eq!(one.len(), two.len());
}

/// Something of everything: logins, changed people, deleted messages, an odd app, columns that the file has no key for.
fn live(world: &World) {
    world.db().execute_batch(
        "INSERT INTO oauth_sessions (number, id, account_id, extension_id, app_id, grant_type, scope, endpoint_id, started_at)
            VALUES (1, 'one', 810000001, 810000101, 'EMU-web-app', 'password', 'SMS', 'e', 5);
         INSERT INTO tokens (session_id, access_token, refresh_token, issued_at, access_expires_at)
            VALUES ('one', 'EMU-at-x', 'EMU-rt-x', 5, 9);
         INSERT INTO consents VALUES (810000101, 'EMU-web-app');
         UPDATE extensions SET status = 'Frozen', name = 'Another \"name\"', permissions = 'ReadCallLog' WHERE id = 810000102;
         UPDATE extensions SET setup_state = 'NotStarted' WHERE id = 810000103;
         UPDATE credentials SET locked = 1 WHERE extension_id = 810000103;
         UPDATE phone_numbers SET status = 'Pending', features = '' WHERE id = 820000002;
         UPDATE apps SET refresh_tokens = 0 WHERE client_id = 'EMU-limited-app';
         DELETE FROM messages WHERE id = (SELECT max(id) FROM messages);
         UPDATE messages SET text = 'two' || char(10) || 'lines ''''''and\"\"\" quotes \\ ☕', read_status = 'Unread' WHERE id = 3;
         UPDATE calls SET deleted = 1 WHERE seq = 2;
         ALTER TABLE calls ADD COLUMN picture BLOB;
         UPDATE calls SET picture = x'00ff10' WHERE seq = 3;",
    )
    .unwrap();
}

#[test]
fn planting_an_export_gives_the_same_state() {
    let first = world(Seed::built_in(5));
    live(&first);
    first.clock.freeze(true);
    let mut settings = first.settings();
    settings.code_seconds = 7;
    settings.rate_limits.heavy.limit = 3;
    first.change_settings(settings).unwrap();
    let key = first.signing_key(&first.db()).unwrap().text().to_owned();
    // A column that no key of the file knows. Only this world has it, so it goes again.
    let text = export(&first, true).unwrap();
    assert!(text.contains("picture = { base64 = \"AP8Q\" }"));
    first
        .db()
        .execute_batch("ALTER TABLE calls DROP COLUMN picture")
        .unwrap();
    let text = export(&first, true).unwrap();
    let second = world(Seed::parse(&text).unwrap());
    assert_alike(&first, &second);
    assert_eq!((second.now(), second.clock.is_frozen()), (first.now(), true));
    assert_eq!(second.settings(), first.settings());
    assert_eq!(second.signing_key(&second.db()).unwrap().text(), key);
    assert_eq!(
        crate::directory::defaults(&second.db().transaction().unwrap())
            .unwrap()
            .extension_id,
        Some(810_000_101)
    );
    // And once more, from the copy: the same text, word for word.
    assert_eq!(export(&second, true).unwrap(), text);
}

#[test]
fn an_export_may_leave_the_logins_out() {
    let first = world(Seed::default());
    live(&first);
    first.signing_key(&first.db()).unwrap();
    let text = export(&first, false).unwrap();
    for secret in ["EMU-at-", "EMU-rt-", "signing_key", "oauth_sessions"] {
        assert!(!text.contains(secret), "{secret}");
    }
    assert!(text.contains("Ada"));
}

#[test]
fn a_file_of_two_accounts_survives_the_round_trip() {
    let text = include_str!("../../../../../docs/emulator/seed-example.toml");
    let first = world(Seed::parse(text).unwrap());
    let second = world(Seed::parse(&export(&first, true).unwrap()).unwrap());
    assert_alike(&first, &second);
    assert_eq!(second.settings(), first.settings());
}

#[test]
fn a_reset_goes_back_to_what_was_imported() {
    let world = world(Seed::default());
    let patch = json!({ "accounts": [{
        "company": "Example Books",
        "main_number": "+12125550150",
        "users": [{ "extension": "101", "first_name": "N", "last_name": "W", "password": "p" }],
    }]});
    world.replant(Seed::from_json(&patch).unwrap()).unwrap();
    let users = |world: &World| {
        let mut db = world.db();
        let tx = db.transaction().unwrap();
        crate::directory::list_login_users(&tx).unwrap().len()
    };
    assert_eq!(users(&world), 1);
    world.db().execute("DELETE FROM credentials", []).unwrap();
    assert_eq!(users(&world), 0);
    world.reset().unwrap();
    assert_eq!(users(&world), 1);
}
