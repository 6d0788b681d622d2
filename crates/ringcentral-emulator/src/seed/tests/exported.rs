//! An export is the state: whoever plants it has the same rows, clock and settings.

use std::sync::Arc;

use rusqlite::Connection;
use serde_json::json;

use crate::access::Access;
use crate::counts;
use crate::db::Transaction;
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

fn tables(connection: &Connection) -> Vec<String> {
    connection
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect()
}

/// Every row of every table, without what the world keeps for itself.
fn dump(connection: &Connection) -> Vec<String> {
    let names = tables(connection);
    assert!(names.len() > 25, "{names:?}");
    let mut lines = Vec::new();
    for name in names.iter().filter(|name| *name != "meta") {
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
    for world in [first, second] {
        let db = world.db();
        let tx = Transaction::begin(&db).unwrap();
        counts::count_new_messages(&tx).unwrap();
        tx.commit().unwrap();
    }
    let (one, two) = (dump(&first.db()), dump(&second.db()));
    for (one, two) in one.iter().zip(&two) {
        assert_eq!(one, two);
    }
    assert_eq!(one.len(), two.len());
}

/// Something of everything: logins, changed people, deleted messages, an odd app, columns that the file has no key for.
fn live(world: &World) {
    let db = world.db();
    db.execute_batch(
        r#"INSERT INTO oauth_sessions (number, id, account_id, extension_id, app_id, grant_type, scope, endpoint_id, started_at,
                good_until)
            VALUES (1, 'one', 810000001, 810000101, 'EMU-web-app', 'password', 'SMS', 'e', 5, 9);
         INSERT INTO tokens (session, access_token, refresh_token, issued_at, access_expires_at)
            VALUES (1, 'EMU-at-x', 'EMU-rt-x', 5, 9);
         INSERT INTO consents VALUES (810000101, 'EMU-web-app');
         INSERT INTO browser_sessions VALUES ('b', 810000101, 5, 9);
         INSERT INTO codes VALUES ('EMU-code-x', 'EMU-web-app', 810000101, 'http://localhost/', 1, 'SMS', 'n', NULL, NULL, 9, NULL);
         INSERT INTO ws_tokens VALUES ('EMU-ws-x', 1, 9);
         INSERT INTO revoked_jwts VALUES ('EMU-jwt-x');
         INSERT INTO client_assertions VALUES ('d', 9);
         INSERT INTO login_failures VALUES (810000102, 2, NULL), (810000105, 6, 1900000000000);
         INSERT INTO live_calls (seq, account_id, extension_id, state, direction, action, from_party, to_party, start_ms,
                outcome, talk_ms, due_ms)
            VALUES (99999, 810000001, 810000101, 'Ringing', 'Inbound', 'Phone Call', '{}', '{}', 5, 'Missed', 0, 9);
         INSERT INTO ring_outs VALUES (1, 810000101, 99999, 'caller', 1, 'InProgress', 'InProgress', 'InProgress', 9);
         INSERT INTO presence VALUES (810000102, 'Busy', 'DoNotAcceptAnyCalls', 'Back at 5', 1, 'All', 0, 0);
         INSERT INTO contents SELECT message_id, id, x'00ff10' FROM attachments ORDER BY message_id LIMIT 1;
         INSERT INTO contacts (extension_id, first_name, body) VALUES (810000101, 'Bo', '{"firstName":"Bo"}');
         INSERT INTO profile_images VALUES (810000101, 'image/png', 5, 'e', x'0102');
         INSERT INTO events (at_ms, account_id, extension_id, kind, resource, detail)
            VALUES (5, 810000001, 810000101, 'message-changed', '3', '{}');
         INSERT INTO call_legs (call_seq, position, leg_type, start_ms, duration_ms, direction, action, result, transport)
            VALUES (2, 9, 'Accept', 5, 9, 'Inbound', 'Phone Call', 'Accepted', 'PSTN');
         UPDATE message_recipients SET status = 'Queued', due_ms = 9 WHERE message_id = 3;
         UPDATE extensions SET status = 'Frozen', name = 'Another \"name\"', permissions = 'ReadCallLog' WHERE id = 810000102;
         UPDATE extensions SET setup_state = 'NotStarted' WHERE id = 810000103;
         UPDATE credentials SET locked = 1 WHERE extension_id = 810000103;
         UPDATE phone_numbers SET status = 'Pending', features = '' WHERE id = 820000002;
         UPDATE apps SET refresh_tokens = 0 WHERE client_id = 'EMU-limited-app';
         DELETE FROM messages WHERE id = (SELECT max(id) FROM messages);
         UPDATE messages SET text = 'two' || char(10) || 'lines ''''''and\"\"\" quotes \ ☕', read_status = 'Unread' WHERE id = 3;
         UPDATE calls SET deleted = 1 WHERE seq = 2;
         ALTER TABLE calls ADD COLUMN picture BLOB;
         UPDATE calls SET picture = x'00ff10' WHERE seq = 3;"#,
    )
    .unwrap();
    // Whoever adds a table adds a row of it here.
    for name in tables(&db) {
        let rows: i64 = db
            .query_row(&format!("SELECT count(*) FROM \"{name}\""), [], |row| row.get(0))
            .unwrap();
        assert!(rows > 0, "{name} is empty");
    }
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
    let keys = |world: &World| {
        let db = world.db();
        let signing = world.signing_key(&db).unwrap().text().to_owned();
        (signing, world.id_token_key(&db).unwrap().text().to_owned())
    };
    let first_keys = keys(&first);
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
    assert_eq!(keys(&second), first_keys);
    assert_eq!(
        crate::directory::defaults(&Transaction::begin(&second.db()).unwrap())
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
    first.id_token_key(&first.db()).unwrap();
    let text = export(&first, false).unwrap();
    for secret in [
        "EMU-at-",
        "EMU-rt-",
        "EMU-ws-",
        "EMU-jwt-",
        "EMU-code-",
        "signing_key",
        "id_token_key",
        "oauth_sessions",
    ] {
        assert!(!text.contains(secret), "{secret}");
    }
    assert!(text.contains("Ada"));
}

#[test]
fn a_snapshot_and_a_reset_cover_every_table() {
    let world = world(Seed::default());
    let begin = dump(&world.db());
    live(&world);
    let taken = dump(&world.db());
    world.snapshot("here").unwrap();
    let empty = |world: &World| {
        let db = world.db();
        db.execute_batch("PRAGMA foreign_keys = OFF").unwrap();
        for name in tables(&db).iter().filter(|name| *name != "meta") {
            db.execute_batch(&format!("DELETE FROM \"{name}\"")).unwrap();
        }
        db.execute_batch("PRAGMA foreign_keys = ON").unwrap();
        assert_eq!(dump(&db), Vec::<String>::new());
    };
    empty(&world);
    world.restore("here").unwrap();
    assert_eq!(dump(&world.db()), taken);
    empty(&world);
    world.reset().unwrap();
    assert_eq!(dump(&world.db()), begin);
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
        let db = world.db();
        let tx = Transaction::begin(&db).unwrap();
        crate::directory::list_login_users(&tx).unwrap().len()
    };
    assert_eq!(users(&world), 1);
    world.db().execute("DELETE FROM credentials", []).unwrap();
    assert_eq!(users(&world), 0);
    world.reset().unwrap();
    assert_eq!(users(&world), 1);
}
