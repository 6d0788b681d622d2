use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method};

use super::{boundary, read};
use crate::request::{Params, Query, Request};

fn request(content_type: &'static str, body: &'static str) -> Request {
    Request {
        method: Method::POST,
        path: "/sms".to_owned(),
        params: Params::default(),
        query: Query::default(),
        headers: HeaderMap::from_iter([(http::header::CONTENT_TYPE, HeaderValue::from_static(content_type))]),
        body: Bytes::from_static(body.as_bytes()),
        origin: "http://127.0.0.1:1".to_owned(),
    }
}

#[test]
fn the_boundary_may_be_quoted_and_is_found_among_other_parameters() {
    for header in [
        "multipart/form-data; boundary=abc",
        "multipart/mixed; charset=utf-8;Boundary=\"abc\"",
        "x/y;boundary = abc",
    ] {
        assert_eq!(boundary(header).as_deref(), Some("abc"), "{header}");
    }
    for header in [
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "boundary=abc",
    ] {
        assert_eq!(boundary(header), None, "{header}");
    }
}

#[test]
fn the_json_part_is_found_by_its_type_wherever_it_stands() {
    // As different SDKs write it: type before disposition, other names, no disposition at all.
    for (content_type, body, files) in [
        (
            "multipart/form-data; boundary=b",
            "--b\r\nContent-Type: application/json\r\nContent-Disposition: form-data; name=\"request.json\"; \
             filename=\"request.json\"\r\n\r\n{\"text\":\"hi\"}\r\n--b--\r\n",
            0,
        ),
        (
            "multipart/mixed; boundary=\"b\"",
            "--b\r\nContent-Disposition: form-data; name=\"json\"; filename=\"request.json\"\r\n\
             Content-Type: application/json; charset=utf-8\r\nContent-Length: 13\r\n\r\n{\"text\":\"hi\"}\r\n--b--",
            0,
        ),
        (
            "multipart/form-data; boundary=b",
            "--b\r\nContent-Disposition: form-data; name=\"a\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n\
             123\r\n--b\r\nContent-Disposition: form-data; name=\"x\"\r\nContent-Type: application/json\r\n\r\n\
             {\"text\":\"hi\"}\r\n--b--\r\n",
            1,
        ),
        (
            "multipart/mixed; boundary=b",
            "--b\r\nContent-Type: application/json\r\n\r\n{\"text\":\"hi\"}\r\n--b--\r\n",
            0,
        ),
    ] {
        let parts = read(&request(content_type, body)).unwrap_or_else(|error| panic!("{error:?}: {body}"));
        assert_eq!(parts.json.unwrap()["text"], "hi", "{body}");
        assert_eq!(parts.files.len(), files, "{body}");
    }
}

#[test]
fn broken_bodies_are_refused() {
    for (content_type, body, code) in [
        ("multipart/form-data", "--b\r\n\r\n--b--", "CMN-104"),
        (
            "multipart/form-data; boundary=b",
            "no boundary in here",
            "CMN-104",
        ),
        (
            "multipart/form-data; boundary=b",
            "--b\r\nContent-Type: application/json\r\n\r\n{",
            "CMN-104",
        ),
        (
            "multipart/form-data; boundary=b",
            "--b\r\nContent-Type: application/json\r\n\r\n{\r\n--b--\r\n",
            "CMN-103",
        ),
    ] {
        assert_eq!(
            read(&request(content_type, body)).err().unwrap().code,
            code,
            "{body}"
        );
    }
}
