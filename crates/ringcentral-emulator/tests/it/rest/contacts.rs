//! A user's own contacts.

use reqwest::Method;
use serde_json::{Value, json};

use super::{EXTENSION, World, values};

fn book(query: &str) -> String {
    format!("{EXTENSION}/address-book/contact{query}")
}

async fn add(world: &World, first: &str, last: &str, company: &str, phone: &str) -> Value {
    let body = json!({ "firstName": first, "lastName": last, "company": company, "mobilePhone": phone });
    world
        .send_json(&world.ada, Method::POST, &book(""), &body)
        .await
        .ok()
}

#[tokio::test]
async fn a_contact_is_written_changed_and_deleted() {
    let world = World::start().await;
    let body = json!({ "firstName": "Bo", "lastName": "Lind", "businessPhone": "(212) 555-0147", "email": "bo@example.com",
        "homeAddress": { "city": "New York", "state": "NY" }, "shoeSize": 42 });
    let contact = world
        .send_json(&world.ada, Method::POST, &book(""), &body)
        .await
        .ok();
    assert_eq!(
        (
            &contact["businessPhone"],
            &contact["availability"],
            &contact["homeAddress"]["city"]
        ),
        (&json!("+12125550147"), &json!("Alive"), &json!("New York"))
    );
    let path = book(&format!("/{}", contact["id"]));
    assert_eq!(world.get(&path).await.ok(), contact);
    let send =
        async |method: Method, body: Value| world.send_json(&world.ada, method, &path, &body).await.ok();
    let patched = send(Method::PATCH, json!({ "company": "Lind & Co", "email": null })).await;
    assert_eq!(
        (&patched["company"], &patched["lastName"], &patched["email"]),
        (&json!("Lind & Co"), &json!("Lind"), &Value::Null)
    );
    let replaced = send(Method::PUT, json!({ "firstName": "Bosse" })).await;
    assert_eq!(
        (
            &replaced["firstName"],
            &replaced["lastName"],
            &replaced["company"]
        ),
        (&json!("Bosse"), &Value::Null, &Value::Null)
    );
    // It is nobody else's.
    assert_eq!(
        world.get_as(&world.ben, &path).await.refused(),
        (404, "CMN-102".into(), "contactId".into())
    );
    let deleted = world.send(&world.ada, Method::DELETE, &path, &[], vec![]).await;
    assert_eq!(deleted.status, 204);
    for method in [Method::GET, Method::DELETE] {
        let gone = world.send(&world.ada, method, &path, &[], vec![]).await;
        assert_eq!(gone.refused().1, "CMN-102");
    }
    for (body, parameter) in [
        (json!({ "firstName": 5 }), "firstName"),
        (json!({ "mobilePhone": 5 }), "mobilePhone"),
        (json!({ "homeAddress": "here" }), "homeAddress"),
        (json!({ "homeAddress": { "zip": 5 } }), "homeAddress.zip"),
    ] {
        let answer = world.send_json(&world.ada, Method::POST, &book(""), &body).await;
        assert_eq!(
            answer.refused(),
            (400, "CMN-101".into(), parameter.into()),
            "{body}"
        );
    }
}

#[tokio::test]
async fn contacts_are_listed_sorted_and_found() {
    let world = World::start().await;
    for (first, last, company, phone) in [
        ("Marta", "Ruiz", "Zebra", "+13105550123"),
        ("bo", "Lind", "Apple Farm", "+12125550147"),
        ("Ivo", "petrak", "Mill", "+13125550118"),
        ("100%", "Sure", "Bank", "+13125550119"),
    ] {
        add(&world, first, last, company, phone).await;
    }
    for (query, wanted) in [
        ("sortBy=FirstName", &["100%", "bo", "Ivo", "Marta"][..]),
        ("sortBy=LastName", &["bo", "Ivo", "Marta", "100%"]),
        ("sortBy=Company", &["bo", "100%", "Ivo", "Marta"]),
        ("", &["Marta", "bo", "Ivo", "100%"]),
        ("startsWith=P", &["Ivo"]),
        ("startsWith=BO", &["bo"]),
        ("startsWith=%25", &[]),
        ("startsWith=100%25", &["100%"]),
        ("phoneNumber=%2B12125550147", &["bo"]),
        (
            "phoneNumber=12125550147&phoneNumber=+13105550123",
            &["Marta", "bo"],
        ),
        ("phoneNumber=12125550199", &[]),
    ] {
        let (found, _) = world
            .walk(&world.ada, &book(&format!("?perPage=3&{query}")))
            .await;
        let names: Vec<&str> = found.iter().map(|c| c["firstName"].as_str().unwrap()).collect();
        assert_eq!(names, wanted, "{query}");
    }
    for (query, parameter) in [("sortBy=Age", "sortBy"), ("phoneNumber=x", "phoneNumber")] {
        let answer = world.get(&book(&format!("?{query}"))).await;
        assert_eq!(
            answer.refused(),
            (400, "CMN-101".into(), parameter.into()),
            "{query}"
        );
    }
}

#[tokio::test]
async fn the_book_is_synchronised_in_pages_and_then_by_changes() {
    let world = World::start().await;
    let mut made = Vec::new();
    for nth in 0..5 {
        made.push(add(&world, &format!("Person {nth}"), "", "", "+13105550123").await);
    }
    let sync = async |query: &str| world.get(&format!("{EXTENSION}/address-book-sync?{query}")).await;
    let first = sync("syncType=FSync&perPage=2").await.ok();
    let mut walked = first["records"].as_array().unwrap().clone();
    let mut page = first.clone();
    while let Some(next) = page["nextPageUri"].as_str() {
        page = world.get(next).await.ok();
        walked.extend(page["records"].as_array().unwrap().iter().cloned());
    }
    assert_eq!(walked, made);
    let token = |answer: &Value| answer["syncInfo"]["syncToken"].as_str().unwrap().to_owned();
    let next = format!("syncType=ISync&syncToken={}", token(&first));
    assert_eq!(sync(&next).await.ok()["records"], json!([]));
    let path = book(&format!("/{}", made[1]["id"]));
    world.send(&world.ada, Method::DELETE, &path, &[], vec![]).await;
    let new = add(&world, "New", "", "", "").await;
    let changes = sync(&next).await.ok();
    let changes = changes["records"].as_array().unwrap();
    assert_eq!(changes[0], new);
    assert_eq!(values(changes, "/availability"), ["Alive", "Deleted"]);
    assert_eq!(
        sync("syncType=ISync&syncToken=abc").await.refused(),
        (400, "CMN-101".into(), "syncToken".into())
    );
}
