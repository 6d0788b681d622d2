//! The inspector's parts and forms.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::Lab;

/// One section of the page.
async fn section(lab: &Lab, id: &str) -> String {
    let page = lab.get("/_emulator/", &[]).await.text;
    let from = page
        .find(&format!("<section id=\"{id}\""))
        .unwrap_or_else(|| panic!("there is no {id}"));
    let rest = &page[from..];
    rest[..rest.find("</section>").expect("its end")].to_owned()
}

/// The words of the buttons that act on a live call.
fn actions(section: &str) -> Vec<&str> {
    section
        .match_indices("{\"action\":\"")
        .map(|(at, found)| {
            let rest = &section[at + found.len()..];
            &rest[..rest.find('"').expect("its end")]
        })
        .collect()
}

/// A page's text says quotes by their numbers.
fn plain(html: &str) -> String {
    html.replace("&#34;", "\"").replace("&quot;", "\"")
}

#[tokio::test]
async fn every_kind_of_message_that_the_form_offers_can_arrive() {
    let lab = Lab::new().await;
    let form = section(&lab, "messages").await;
    for (value, words, fields) in [
        (
            "SMS",
            "<option>SMS</option>",
            json!({"text": "hello", "attachments": 1}),
        ),
        (
            "VoiceMail",
            "<option value=\"VoiceMail\">Voicemail</option>",
            json!({"text": "call me back", "duration": 12}),
        ),
        ("Fax", "<option>Fax</option>", json!({"pages": 3})),
        (
            "Pager",
            "<option value=\"Pager\">Pager message</option>",
            json!({"text": "lunch?"}),
        ),
    ] {
        assert!(form.contains(words), "{value} is not offered");
        let mut message = fields;
        for name in message.as_object().expect("fields").keys() {
            assert!(form.contains(&format!("name=\"{name}\"")), "{name} has no field");
        }
        message["type"] = value.into();
        let arrived = lab.control(Method::POST, "messages", &message).await;
        assert_eq!(arrived["type"], value);
        let row = format!("{value}, Inbound");
        assert!(
            section(&lab, "messages").await.contains(&row),
            "{row} is not shown"
        );
        let happened = section(&lab, "happened").await;
        assert!(
            happened.contains(&format!("type: {value}")),
            "{value}: {happened}"
        );
    }
}

#[tokio::test]
async fn a_live_call_shows_what_can_be_done_to_it() {
    let lab = Lab::new().await;
    assert!(section(&lab, "live-calls").await.contains("No call is going on"));
    let call = json!({"direction": "Inbound", "ring": 30});
    let call = lab.control(Method::POST, "calls", &call).await;
    let path = format!("calls/{}", call["id"].as_str().expect("an id"));
    for (action, state, possible) in [
        (None, "Ringing", &["answer", "reject", "voicemail", "hangUp"][..]),
        (Some("answer"), "CallConnected", &["hold", "hangUp"]),
        (Some("hold"), "OnHold", &["resume", "hangUp"]),
        (Some("resume"), "CallConnected", &["hold", "hangUp"]),
        (Some("hangUp"), "Ended", &[]),
    ] {
        if let Some(action) = action {
            lab.control(Method::POST, &path, &json!({"action": action})).await;
        }
        let shown = plain(&section(&lab, "live-calls").await);
        assert!(shown.contains(&format!(">{state}</span>")), "{state}: {shown}");
        assert_eq!(actions(&shown), possible, "{state}");
        assert_eq!(
            shown.matches(&format!("data-path=\"{path}\"")).count(),
            possible.len()
        );
        // What is not offered is refused, and what is refused is not offered.
        for other in ["answer", "reject", "voicemail", "hold", "resume"] {
            if !possible.contains(&other) {
                let answer = lab
                    .try_control(Method::POST, &path, &json!({"action": other}))
                    .await;
                assert_eq!(answer.status, 400, "{state}, {other}");
            }
        }
    }
    assert!(
        section(&lab, "calls").await.contains("Accepted"),
        "it is in the call log"
    );
}

#[tokio::test]
async fn what_happened_is_the_stream_with_the_newest_first() {
    let lab = Lab::new().await;
    assert!(section(&lab, "happened").await.contains("Nothing has happened"));
    for text in ["first", "second"] {
        lab.control(Method::POST, "messages", &json!({"text": text}))
            .await;
    }
    let events = lab.control(Method::GET, "events", &Value::Null).await;
    let ids: Vec<String> = events["records"]
        .as_array()
        .expect("a list")
        .iter()
        .rev()
        .map(|event| event["resource"].as_str().expect("an id").to_owned())
        .collect();
    assert_eq!(ids.len(), 2, "{events}");
    let happened = section(&lab, "happened").await;
    let places: Vec<usize> = ids
        .iter()
        .map(|id| happened.find(id.as_str()).expect("the event is shown"))
        .collect();
    assert!(places.is_sorted(), "{happened}");
    assert!(happened.contains("Ada Quill") && happened.contains("message-changed"));
}

#[tokio::test]
async fn every_field_has_a_label_and_every_button_a_word() {
    let lab = Lab::new().await;
    lab.control(Method::POST, "calls", &json!({"ring": 30})).await;
    let page = lab.get("/_emulator/", &[]).await.text;
    let mut fields = 0;
    for tag in ["<input ", "<select "] {
        for (at, _) in page.match_indices(tag) {
            let before = &page[..at];
            let opened = before.rfind("<label").expect("a label");
            assert!(
                before[opened..].find("</label>").is_none(),
                "no label: {}",
                &page[at..at + 60]
            );
            fields += 1;
        }
    }
    assert!(fields > 30, "{fields} fields were seen");
    for (at, _) in page.match_indices("<button ") {
        let tag = &page[at..at + page[at..].find("</button>").expect("its end")];
        let words = &tag[tag.find('>').expect("the tag's end") + 1..];
        assert!(!words.trim().is_empty(), "{tag}");
    }
}

/// What a tag says in an attribute.
fn said(tag: &str, attribute: &str) -> Option<String> {
    let value = tag.split_once(&format!(" {attribute}=\""))?.1;
    value.split('"').next().map(str::to_owned)
}

/// Text without tags.
fn text(html: &str) -> String {
    let mut inside = false;
    html.chars()
        .filter(|c| {
            let was = inside;
            inside = (inside || *c == '<') && *c != '>';
            !was && !inside
        })
        .collect()
}

/// The whole names that a screen reader lists.
fn names(page: &str, element: &str) -> Vec<String> {
    page.split(&format!("<{element}"))
        .skip(1)
        .map(|rest| {
            let (tag, rest) = rest.split_once('>').expect("the tag's end");
            let words = rest.split(&format!("</{element}>")).next().expect("its end");
            said(tag, "aria-label").unwrap_or_else(|| text(words).trim().to_owned())
        })
        .collect()
}

#[tokio::test]
async fn no_two_buttons_and_no_two_disclosures_have_one_name() {
    let lab = Lab::new().await;
    lab.control(Method::POST, "calls", &json!({"ring": 30})).await;
    for _ in 0..2 {
        let fault = json!({"action": {"type": "drop-after"}, "times": 1});
        lab.control(Method::POST, "faults", &fault).await;
    }
    let page = lab.get("/_emulator/", &[]).await.text;
    for (element, least) in [("button", 20), ("summary", 8), ("legend", 4)] {
        let mut names = names(&page, element);
        assert!(names.len() >= least, "{element}: {names:?}");
        assert!(
            names.iter().all(|name| name.chars().any(char::is_alphabetic)),
            "{element}: {names:?}"
        );
        names.sort();
        let all = names.len();
        names.dedup();
        assert_eq!(names.len(), all, "{element}: {names:?}");
    }
    // Every form with several fields says what it is for, before its fields.
    for form in page.split("<form class=\"inline\"").skip(1) {
        let form = form.split("</form>").next().expect("its end");
        if form.matches("<label").count() > 1 {
            let legend = form.find("<legend").expect("a legend");
            assert!(legend < form.find("<label").expect("a label"), "{form}");
        }
    }
}

#[tokio::test]
async fn a_fault_is_said_in_words_and_its_json_is_beside_it() {
    let lab = Lab::new().await;
    for (fault, words) in [
        (
            json!({"match": {"method": "POST", "path": "/restapi/oauth/token", "grantType": "refresh_token"},
                   "action": {"type": "status", "status": 503, "retryAfter": 7}, "times": 1}),
            "Status 503 with Retry-After 7: POST /restapi/oauth/token with grant refresh_token, once",
        ),
        (
            json!({"action": {"type": "delay", "delay": "3s"}, "times": 4}),
            "Delay of 3s: any request, 4 times",
        ),
        (
            json!({"match": {"method": "GET"}, "action": {"type": "drop-before"}}),
            "Request lost: any GET, until it is removed",
        ),
        (
            json!({"match": {"path": "/restapi/v1.0/*"}, "action": {"type": "truncate", "bytes": 40},
                   "probability": 0.25, "seed": 3}),
            "Answer cut short after 40 bytes: /restapi/v1.0/*, until it is removed, with probability 0.25",
        ),
        (
            json!({"action": {"type": "drop-after"}, "times": 1}),
            "Answer lost: any request, once",
        ),
        (
            json!({"action": {"type": "malformed"}, "times": 1}),
            "Malformed JSON: any request, once",
        ),
    ] {
        let ordered = lab.control(Method::POST, "faults", &fault).await;
        let shown = plain(&section(&lab, "faults").await);
        assert!(
            shown.contains(&format!("<li><p>{words} <button")),
            "{words}: {shown}"
        );
        assert!(
            shown.contains(&format!("<code>{ordered}</code>")),
            "{ordered}: {shown}"
        );
        let id = ordered["id"].as_str().expect("an id");
        lab.control(Method::DELETE, &format!("faults/{id}"), &Value::Null)
            .await;
    }
}

#[tokio::test]
async fn requests_and_events_tell_their_day() {
    let lab = Lab::new().await;
    lab.control(Method::POST, "clock", &json!({"set": "2031-05-06T07:08:09Z"}))
        .await;
    lab.control(Method::POST, "messages", &json!({"text": "hello"}))
        .await;
    lab.get("/restapi/v1.0", &[]).await;
    for part in ["requests", "happened"] {
        let shown = section(&lab, part).await;
        assert!(shown.contains(">2031-05-06 07:08:"), "{part}: {shown}");
    }
}
