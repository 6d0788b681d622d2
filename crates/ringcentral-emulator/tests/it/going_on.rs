//! What goes on by the clock, or is remembered, goes on after a restore or an import as if nothing had been.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::Lab;

const EXTENSION: &str = "/restapi/v1.0/account/~/extension/~";

/// An emulator in which much has begun.
struct Scene {
    lab: Lab,
    bearer: String,
    message: String,
    ring_out: String,
    deleted_jwt: String,
}

impl Scene {
    /// A message is queued, a telephone rings, a ring-out is under way, a user wants no calls, another is locked out, a
    /// credential is deleted.
    async fn begin() -> Self {
        let lab = Lab::new().await;
        let token = lab.log_in().await;
        let mut scene = Self {
            lab,
            bearer: format!("Bearer {}", token["access_token"].as_str().expect("a token")),
            message: String::new(),
            ring_out: String::new(),
            deleted_jwt: String::new(),
        };
        let from = json!({"phoneNumber": "+16505550101"});
        let to = json!({"phoneNumber": "+12125550147"});
        let sms = json!({"from": from, "to": [to], "text": "Hi"});
        let sms = scene.send(Method::POST, "sms", &sms).await;
        scene.message = format!("message-store/{}", sms["id"]);
        let ring_out = json!({"from": from, "to": to, "playPrompt": false});
        let ring_out = scene.send(Method::POST, "ring-out", &ring_out).await;
        scene.ring_out = format!("ring-out/{}", ring_out["id"].as_str().expect("an id"));
        let quiet = json!({"dndStatus": "DoNotAcceptAnyCalls"});
        scene.send(Method::PUT, "presence", &quiet).await;
        let call = json!({"ring": 5, "result": "Missed", "to": "102"});
        scene.lab.control(Method::POST, "calls", &call).await;
        for _ in 0..6 {
            let form = [
                ("grant_type", "password"),
                ("username", "+16505550102"),
                ("password", "wrong"),
            ];
            scene.lab.token(&form).await;
        }
        let jwt = scene.lab.control(Method::POST, "jwts", &json!({})).await;
        let id = jwt["id"].as_str().expect("an id");
        scene
            .lab
            .control(Method::DELETE, &format!("jwts/{id}"), &Value::Null)
            .await;
        jwt["jwt"]
            .as_str()
            .expect("text")
            .clone_into(&mut scene.deleted_jwt);
        scene
    }

    async fn send(&self, method: Method, path: &str, body: &Value) -> Value {
        let headers = [
            ("authorization", self.bearer.as_str()),
            ("content-type", "application/json"),
        ];
        let path = format!("{EXTENSION}/{path}");
        let answer = self.lab.send(method, &path, &headers, body.to_string()).await;
        let answer = answer.expect("an answer");
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        answer.json()
    }

    async fn get(&self, path: &str) -> Value {
        let headers = [("authorization", self.bearer.as_str())];
        self.lab
            .get(&format!("{EXTENSION}/{path}"), &headers)
            .await
            .json()
    }

    async fn records(&self, call: &str) -> Vec<Value> {
        let list = self.lab.control(Method::GET, call, &Value::Null).await;
        list["records"].as_array().expect("a list").clone()
    }

    /// How all of it stands.
    async fn seen(&self) -> Value {
        let jwt = [
            ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
            ("assertion", self.deleted_jwt.as_str()),
        ];
        let calls = self.records("calls").await;
        json!({
            "message": self.get(&self.message).await["messageStatus"],
            "ringOut": self.get(&self.ring_out).await["status"]["callStatus"],
            "presence": self.get("presence").await["dndStatus"],
            "calls": calls.iter().map(|call| call["state"].clone()).collect::<Vec<_>>(),
            "locked": self.records("lockouts").await[0]["lockedUntil"],
            "jwt": self.lab.token(&jwt).await.status,
            "events": self.records("events").await.len(),
            "log": self.get("call-log?perPage=1000&dateFrom=2000-01-01").await["records"].as_array().map(Vec::len),
        })
    }

    async fn restore(&self) {
        self.lab
            .control(Method::POST, "snapshots/under-way/restore", &Value::Null)
            .await;
    }
}

#[tokio::test]
async fn a_snapshot_and_an_export_keep_what_is_going_on() {
    let scene = Scene::begin().await;
    let lab = &scene.lab;
    lab.control(Method::POST, "snapshots", &json!({"name": "under-way"}))
        .await;
    let first = scene.seen().await;
    for (what, expected) in [
        ("message", json!("Queued")),
        ("ringOut", json!("InProgress")),
        ("presence", json!("DoNotAcceptAnyCalls")),
        ("jwt", json!(400)),
    ] {
        assert_eq!(first[what], expected, "{what}");
    }
    assert!(first["locked"].is_string(), "{first}");
    let calls = first["calls"].as_array().expect("a list");
    assert!(calls.contains(&json!("Ringing")), "{first}");
    lab.advance("10m").await;
    let later = scene.seen().await;
    assert_eq!(
        (&later["message"], &later["calls"], &later["locked"]),
        (&json!("Delivered"), &json!([]), &first["locked"])
    );
    assert!(later["events"].as_u64() > first["events"].as_u64(), "{later}");
    assert!(later["log"].as_u64() > first["log"].as_u64(), "{later}");
    for _ in 0..2 {
        scene.restore().await;
        assert_eq!(scene.seen().await, first);
        lab.advance("10m").await;
        assert_eq!(scene.seen().await, later);
    }
    scene.restore().await;
    let file = lab.get("/_emulator/export", &[]).await.text;
    let import = [("content-type", "application/toml")];
    let answer = lab.send(Method::POST, "/_emulator/import", &import, file).await;
    let answer = answer.expect("an answer");
    assert_eq!(answer.status, 200, "{}", answer.text);
    // It had a clock of its own, which stood still.
    assert_eq!(scene.seen().await, first);
    lab.advance("10m").await;
    assert_eq!(scene.seen().await, later);
}

#[tokio::test]
async fn a_reset_ends_what_is_going_on() {
    let scene = Scene::begin().await;
    scene.lab.control(Method::POST, "reset", &Value::Null).await;
    for list in ["calls", "lockouts", "events", "sessions"] {
        assert_eq!(scene.records(list).await, Vec::<Value>::new(), "{list}");
    }
    let moved = scene
        .lab
        .control(Method::POST, "clock", &json!({"advance": "1d"}))
        .await;
    assert_eq!(moved["fired"], json!([]));
}
