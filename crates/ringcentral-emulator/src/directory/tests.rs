use rusqlite::Connection;

use super::{
    APP_PERMISSIONS, e164, find_app, find_user, implied_by, list_login_users, redirect_uris,
    user_permissions, verify_password,
};
use crate::db::Transaction;
use crate::{clock, db, seed};

fn with_seed(test: impl FnOnce(&Transaction<'_>)) {
    let connection: Connection = db::open(None).unwrap();
    db::create(&connection).unwrap();
    let tx = Transaction::begin(&connection).unwrap();
    seed::fill(
        &tx,
        1,
        clock::at_ms(1_773_000_000_000),
        &["https://app.example.com/cb".to_owned()],
    )
    .unwrap();
    test(&tx);
}

#[test]
fn users_are_found_by_every_spelling_that_clients_use() {
    with_seed(|tx| {
        for (username, extension, found) in [
            ("ada.quill@example.com", None, Some("101")),
            ("ADA.Quill@Example.com", Some("101"), Some("101")),
            ("ada.quill@example.com", Some(""), Some("101")),
            ("ada.quill@example.com", Some("102"), None),
            ("+16505550100", Some("101"), Some("101")),
            ("+16505550100", Some("102"), Some("102")),
            ("16505550100", Some("103"), Some("103")),
            ("6505550100", Some("103"), Some("103")),
            ("+1 (650) 555-0100", Some("102"), Some("102")),
            ("+16505550100*102", None, Some("102")),
            ("+16505550100*102", Some("101"), Some("102")),
            ("16505550100*", None, Some("101")),
            // The main number alone is the operator, a direct number is its owner.
            ("+16505550100", None, Some("101")),
            ("+16505550102", None, Some("102")),
            ("+16505550102", Some("102"), Some("102")),
            ("+16505550102", Some("101"), None),
            ("+16505550100", Some("999"), None),
            // A call queue and a fax line have no password.
            ("+16505550100", Some("201"), None),
            ("+16505550108", None, None),
            ("+16505550199", None, None),
            ("nobody@example.com", None, None),
            ("", None, None),
            ("*", None, None),
        ] {
            let user = find_user(tx, username, extension).unwrap();
            assert_eq!(
                user.map(|user| user.extension_number).as_deref(),
                found,
                "{username} {extension:?}"
            );
        }
    });
}

#[test]
fn passwords_and_secrets_are_compared_whole() {
    with_seed(|tx| {
        let ada = find_user(tx, "ada.quill@example.com", None).unwrap().unwrap();
        assert!(verify_password(&ada, "Coffee-101!"));
        for wrong in ["", "Coffee-101", "Coffee-101!!", "coffee-101!"] {
            assert!(!verify_password(&ada, wrong), "{wrong}");
        }
        let (id, secret) = seed::CONFIDENTIAL_APP;
        let app = find_app(tx, id).unwrap().unwrap();
        assert!(app.verify_secret(secret) && !app.verify_secret(""));
        let public = find_app(tx, seed::PUBLIC_APP).unwrap().unwrap();
        assert!(public.client_secret.is_none() && !public.verify_secret(""));
        assert!(find_app(tx, "nothing").unwrap().is_none());
    });
}

#[test]
fn apps_know_their_redirect_uris_grants_and_permissions() {
    with_seed(|tx| {
        let app = find_app(tx, seed::CONFIDENTIAL_APP.0).unwrap().unwrap();
        let uris = redirect_uris(tx, seed::CONFIDENTIAL_APP.0).unwrap();
        assert_eq!(
            uris.first().map(String::as_str),
            Some("http://localhost:5000/oauth2callback")
        );
        assert_eq!(
            uris.last().map(String::as_str),
            Some("https://app.example.com/cb")
        );
        assert!(app.allows_grant("password") && !app.allows_grant("pass"));
        assert!(app.permissions().eq(APP_PERMISSIONS.iter().copied()));
        let limited = find_app(tx, seed::LIMITED_APP.0).unwrap().unwrap();
        assert!(limited.permissions().eq(["ReadAccounts"]));
    });
}

#[test]
fn every_permission_of_the_operation_table_can_be_had() {
    with_seed(|tx| {
        let admin = user_permissions(tx, 810_000_101).unwrap();
        for line in include_str!("../../data/operations.csv").lines().skip(1) {
            let columns: Vec<&str> = line.split(',').collect();
            for name in [columns[3], columns[6]]
                .into_iter()
                .filter(|name| !name.is_empty())
            {
                let held = APP_PERMISSIONS.contains(&name)
                    || implied_by(name).iter().any(|name| APP_PERMISSIONS.contains(name));
                assert!(held, "app permission {name}: {line}");
            }
            for name in [columns[4], columns[7]]
                .into_iter()
                .filter(|name| !name.is_empty())
            {
                assert!(
                    name.split(" OR ").any(|name| admin.contains(&name)),
                    "user permission {name}: {line}"
                );
            }
        }
    });
}

#[test]
fn administrators_may_do_more_than_users() {
    with_seed(|tx| {
        let admin = user_permissions(tx, 810_000_101).unwrap();
        let user = user_permissions(tx, 810_000_102).unwrap();
        assert!(admin.contains(&"FullCompanyCallLog") && !user.contains(&"FullCompanyCallLog"));
        assert!(user.iter().all(|name| admin.contains(name)));
        assert!(user_permissions(tx, 1).unwrap().is_empty());
    });
}

#[test]
fn there_are_users_for_every_way_a_login_can_end() {
    with_seed(|tx| {
        let users = list_login_users(tx).unwrap();
        let open =
            |user: &&super::UserRow| user.status == "Enabled" && !user.locked && user.mfa_code.is_none();
        assert!(users.iter().filter(open).count() >= 2);
        assert!(users.iter().any(|user| user.locked));
        assert!(users.iter().any(|user| user.mfa_code.is_some()));
        assert!(users.iter().any(|user| user.status == "Disabled"));
        assert!(users.iter().any(|user| user.status == "NotActivated"));
    });
}

#[test]
fn phone_numbers_are_stored_in_one_form() {
    for (text, wanted) in [
        ("+16505550100", Some("+16505550100")),
        ("16505550100", Some("+16505550100")),
        ("(650) 555-0100", Some("+16505550100")),
        (" 650.555.0100 ", Some("+16505550100")),
        ("+442079460123", Some("+442079460123")),
        ("101", None),
        ("abc", None),
        ("+1650555010012345", None),
        ("", None),
    ] {
        assert_eq!(e164(text).as_deref(), wanted, "{text}");
    }
}
