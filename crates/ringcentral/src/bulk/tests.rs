use proptest::prelude::*;
use serde_json::json;

use super::*;

fn response(status: u16, content_type: &str, body: impl Into<Bytes>) -> Response {
    let raw = http::Response::builder()
        .status(status)
        .header("content-type", content_type)
        .header("rcrequestid", "r-1")
        .header("x-rate-limit-group", "light");
    Response::new(raw.body(body.into()).unwrap())
}

/// The platform's own example, with line breaks of choice.
fn example(line_break: &str) -> String {
    let text = r#"a preamble
--Boundary_77_x
Content-Type: application/json

{"response":[{"href":"https://platform.example.com/restapi/v1.0/account/1/extension/2/message-store/101","status":200,"responseDescription":"OK"},
             {"href":"https://platform.example.com/restapi/v1.0/account/1/extension/2/message-store/102?x=/3","status":404,"responseDescription":"Not Found"}]}
--Boundary_77_x
Content-Type: application/json

{"id":101,"type":"SMS"}
--Boundary_77_x
content-type: application/json
X-Folded: a
  b

{"errorCode":"CMN-102","message":"Resource for parameter [messageId] is not found","errors":[{"errorCode":"CMN-102","message":"…","parameterName":"messageId"}],"parameterName":"messageId"}
--Boundary_77_x--
an epilogue
--Boundary_77_x
"#;
    text.replace('\n', line_break)
}

fn assert_example(bulk: &Bulk<Value>) {
    assert_eq!(bulk.items().len(), 2);
    assert_eq!(bulk.get("101").unwrap().as_ref().unwrap()["type"], "SMS");
    let failed: Vec<_> = bulk.failed().collect();
    let [(Some("102"), error)] = failed[..] else {
        panic!("{failed:?}")
    };
    assert_eq!(
        (error.kind(), error.code(), error.parameter()),
        (ErrorKind::Api, Some("CMN-102"), Some("messageId"))
    );
    assert_eq!(error.status(), Some(StatusCode::NOT_FOUND));
    assert_eq!(
        (error.request_id(), error.rate_group()),
        (Some("r-1"), Some("light"))
    );
    assert!(bulk.get("103").is_none());
    assert_eq!(bulk.clone().into_all().unwrap_err().code(), Some("CMN-102"));
}

#[test]
fn both_encodings_say_the_same() {
    for content_type in [
        "multipart/mixed; boundary=Boundary_77_x",
        "Multipart/Mixed;charset=UTF-8;Boundary=\"Boundary_77_x\"",
        "multipart/mixed; x=\"a;boundary=b\"; boundary=\"Boundary\\_77_x\" ; y=z",
    ] {
        for line_break in ["\r\n", "\n"] {
            assert_example(&response(207, content_type, example(line_break)).bulk().unwrap());
        }
    }
    let body = json!([
        {"resourceId": "101", "status": 200, "body": {"id": 101, "type": "SMS"}},
        {"resourceId": 102, "status": "404", "body": {"errorCode": "CMN-102", "message": "m", "parameterName": "messageId"}},
    ]);
    for content_type in [
        MULTIPART_JSON,
        "application/vnd.ringcentral.multipart+json;charset=UTF-8",
        "application/json",
    ] {
        assert_example(&response(207, content_type, body.to_string()).bulk().unwrap());
    }
}

#[test]
fn what_is_not_207_is_one_item_or_none() {
    let one = response(200, "application/json", r#"{"id":101,"type":"SMS"}"#);
    let one: Bulk<Value> = one.bulk().unwrap();
    assert_eq!(one.items()[0].id.as_deref(), Some("101"));
    assert_eq!(one.into_all().unwrap()[0]["type"], "SMS");
    assert!(
        response(204, "text/plain", "")
            .bulk::<()>()
            .unwrap()
            .items()
            .is_empty()
    );
}

#[test]
fn a_part_without_a_body_is_nothing_and_one_that_does_not_fit_fails_alone() {
    #[derive(Debug, PartialEq, Deserialize)]
    struct Message {
        id: u64,
    }
    let body = "--b\n\n{\"response\":[{\"href\":\"/x/1\",\"status\":204},{\"href\":\"/x/2/presence\",\"status\":404},{\"status\":200}]}\n\
                --b\nContent-Type: application/json\n\n{\"errorCode\":\"CMN-102\"}\n--b\n{\"id\":\"canary\"}\n--b--";
    let response = response(207, "multipart/mixed; boundary=b", body);
    let left_out: Bulk<Option<Message>> = response.bulk().unwrap();
    assert_eq!(left_out.get("1").unwrap().as_ref().unwrap(), &None);
    assert_eq!(
        left_out.get("2").unwrap().as_ref().unwrap_err().code(),
        Some("CMN-102")
    );
    assert_eq!(left_out.items()[2].id, None);
    let error = left_out.items()[2].result.as_ref().unwrap_err();
    assert_eq!(
        (error.kind(), error.request_id()),
        (ErrorKind::Decode, Some("r-1"))
    );
    assert!(
        error.to_string().starts_with("`id` in the answer does not have"),
        "{error}"
    );
    assert!(!format!("{error:?}").contains("canary"));
    assert_eq!(
        response.bulk::<()>().unwrap().get("1").unwrap().as_ref().unwrap(),
        &()
    );
}

#[test]
fn what_is_no_bulk_answer_says_why() {
    let summary = r#"{"response":[{"href":"/x/1","status":200}]}"#;
    let mixed = "multipart/mixed; boundary=b";
    let table: [(&str, String, &str); 14] = [
        ("multipart/mixed", String::new(), "names no boundary"),
        ("multipart/mixed; boundary=", String::new(), "names no boundary"),
        (
            "multipart/mixed; boundary=\"\"",
            String::new(),
            "names no boundary",
        ),
        (mixed, String::new(), "has no parts"),
        (mixed, "{}".to_owned(), "has no parts"),
        (mixed, "--b--".to_owned(), "is empty"),
        (mixed, format!("--b\n\n{summary}\n"), "ends in the middle"),
        (
            mixed,
            format!("--b\n\n{summary}\n--b\n\n{{}}\n--b-"),
            "ends in the middle",
        ),
        (
            mixed,
            "--b\n\n{}\n--b--".to_owned(),
            "does not begin with a summary",
        ),
        (
            mixed,
            format!("--b\n\n{summary}\n--b--"),
            "has another number of parts than its summary says",
        ),
        (
            mixed,
            "--b\n\n{\"response\":[{\"href\":\"x\",\"status\":\"OK\"}]}\n--b\n\n{}\n--b--".to_owned(),
            "has a part without a status",
        ),
        (MULTIPART_JSON, "{}".to_owned(), "is not a JSON list"),
        (
            MULTIPART_JSON,
            r#"[{"resourceId":"1"}]"#.to_owned(),
            "has a part without a status",
        ),
        (
            MULTIPART_JSON,
            format!("[{}0]", "0,".repeat(MOST_PARTS)),
            "has too many parts",
        ),
    ];
    for (content_type, body, why) in table {
        let error = response(207, content_type, body.clone())
            .bulk::<Value>()
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode, "{body}");
        assert_eq!(
            error.to_string(),
            format!("the bulk answer {why} (HTTP 207)"),
            "{body}"
        );
        assert_eq!(error.request_id(), Some("r-1"));
    }
    let many = format!("--b\n{}--b--", "\n\n--b\n".repeat(MOST_PARTS + 1));
    let error = response(207, mixed, many).bulk::<Value>().unwrap_err();
    assert_eq!(error.to_string(), "the bulk answer has too many parts (HTTP 207)");
}

/// Any part: an id, a status, and JSON that may hold the boundary.
fn any_part() -> impl Strategy<Value = Part> {
    let text = "[ -~é\\r\\n]{0,30}|--b|\r\n--b\r\n|\n--b--\n";
    let id = proptest::option::of("[A-Z0-9][A-Za-z0-9_]{0,12}");
    (id, 200_u16..600, proptest::option::of(text)).prop_map(|(id, status, text)| Part {
        id,
        status: StatusCode::from_u16(status).unwrap(),
        body: text.map_or(Bytes::new(), |text| {
            Bytes::from(json!({ "text": text }).to_string())
        }),
    })
}

/// Writes parts as the platform does.
fn multipart(parts: &[Part], boundary: &str, line_break: &str, leave_out: bool) -> String {
    let entries: Vec<Value> = parts
        .iter()
        .map(|part| match &part.id {
            Some(id) => json!({"href": format!("https://platform.example.com/x/{id}"), "status": part.status.as_u16()}),
            None => json!({"status": part.status.as_u16()}),
        })
        .collect();
    let mut text = String::new();
    let summary = json!({ "response": entries }).to_string();
    let contents = parts
        .iter()
        .filter(|part| !(leave_out && part.status == StatusCode::NO_CONTENT))
        .map(|part| String::from_utf8(part.body.to_vec()).unwrap());
    for content in std::iter::once(summary).chain(contents) {
        let headers =
            format!("--{boundary}{line_break}Content-Type: application/json{line_break}{line_break}");
        text.extend([headers, content, line_break.to_owned()]);
    }
    text + &format!("--{boundary}--{line_break}")
}

proptest! {
    #[test]
    fn parts_survive_either_encoding(
        written in proptest::collection::vec(any_part(), 0..8),
        boundary in "[A-Za-z0-9'()+_,./:=?-]{1,70}",
        crlf in any::<bool>(),
        leave_out in any::<bool>(),
    ) {
        let mut written = written;
        for part in written.iter_mut().filter(|part| leave_out && part.status == StatusCode::NO_CONTENT) {
            part.body = Bytes::new();
        }
        let line_break = if crlf { "\r\n" } else { "\n" };
        let body = multipart(&written, &boundary, line_break, leave_out);
        let content_type = format!("multipart/mixed; boundary=\"{boundary}\"");
        prop_assert_eq!(&parts(&response(207, &content_type, body)).unwrap(), &written);

        let items: Vec<Value> = written
            .iter()
            .map(|part| json!({
                "resourceId": part.id,
                "status": part.status.as_u16(),
                "body": serde_json::from_slice::<Value>(&part.body).unwrap_or(Value::Null),
            }))
            .collect();
        let body = Value::from(items).to_string();
        prop_assert_eq!(&parts(&response(207, MULTIPART_JSON, body)).unwrap(), &written);
    }

    #[test]
    fn a_cut_is_noticed(
        written in proptest::collection::vec(any_part(), 1..5),
        at in 0.0..1.0_f64,
        crlf in any::<bool>(),
    ) {
        let line_break = if crlf { "\r\n" } else { "\n" };
        let body = multipart(&written, "Boundary_x", line_break, false);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a share of a small number")]
        let mut at = (at * (body.len() - line_break.len()) as f64) as usize;
        while !body.is_char_boundary(at) {
            at -= 1;
        }
        let cut = response(207, "multipart/mixed; boundary=Boundary_x", body[..at].to_owned());
        prop_assert!(parts(&cut).is_err());
    }
}
