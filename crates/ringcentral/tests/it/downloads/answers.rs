//! What may be joined to what was handed out before, and what may not: as a table.

use http::StatusCode;
use ringcentral::{Body, ErrorKind, TransportErrorKind};

use super::host::{Answer, End, Host, all, answer, body, content, honest};
use crate::script::{clock, unauthorized};

const LENGTH: usize = 100;
const CUT: usize = 40;

type Headers = Vec<(&'static str, &'static str)>;

/// `name: value; name: value`
fn headers(text: &'static str) -> Headers {
    text.split("; ")
        .filter_map(|header| header.trim().split_once(": "))
        .collect()
}

/// An answer with these headers and the content from a byte on.
fn from(status: u16, headers: &Headers, byte: usize) -> Answer {
    let headers: Vec<_> = headers
        .iter()
        .map(|(name, value)| (*name, (*value).to_owned()))
        .collect();
    answer(
        status,
        &headers,
        body(&content(LENGTH), byte, LENGTH, 9, End::Good),
    )
}

/// What the first answer said | what the second says to `bytes=40-`, and its first byte | what becomes of it.
const GOING_ON: &str = r#"
the rest
content-length: 100              | 206 @40 content-range: bytes 40-99/100               | ok
                                 | 206 @40 content-range: bytes 40-99/100               | ok
content-length: 100; etag: "a"   | 206 @40 content-range: bytes 40-99/100; etag: "a"    | ok
content-length: 100; etag: "a"   | 206 @40 content-range: bytes 40-99/100; etag: "b"    | Api: has changed
content-length: 100; etag: W/"a" | 206 @40 content-range: bytes 40-99/100; etag: W/"b"  | Api: has changed
last-modified: Sat, 21 Nov 2026 09:00:00 GMT | 206 @40 content-range: bytes 40-99/100; last-modified: Sat, 21 Nov 2026 09:00:01 GMT | Api: has changed
content-length: 100              | 206 @40 content-range: bytes 40-199/200              | Api: has changed

something else
content-length: 100              | 206 @30 content-range: bytes 30-99/100               | Decode: goes on at byte 30
content-length: 100              | 206 @40                                              | Decode: does not name
content-length: 100              | 206 @40 content-range: bytes 40-30/100               | Decode: does not name
content-length: 100              | 206 @40 content-type: multipart/byteranges           | Decode: does not name
content-length: 100              | 206 @40 content-range: bytes 40-99/100; content-encoding: gzip | Decode: compressed

all of it, from the beginning
content-length: 100              | 200 @0 content-length: 100                           | ok
etag: "a"                        | 200 @0 etag: "a"                                     | ok
last-modified: Sat, 21 Nov 2026 09:00:00 GMT | 200 @0 last-modified: Sat, 21 Nov 2026 09:00:00 GMT | ok
content-length: 100; etag: "a"   | 200 @0 content-length: 100; etag: "b"                | Api: has changed
content-length: 100              | 200 @0 content-length: 90                            | Api: has changed
                                 | 200 @0                                               | Network: may have changed
content-length: 100              | 200 @0                                               | Network: may have changed

nothing
content-length: 100              | 416 @40 content-range: bytes */20                    | Api: has changed
content-length: 100              | 403 @40                                              | Api: refused
content-length: 100              | 302 @40 location: https://example.com/               | Api: redirect
"#;

#[tokio::test(start_paused = true)]
async fn what_goes_on_and_what_does_not() {
    let rows: Vec<_> = GOING_ON.lines().filter(|line| line.contains('|')).collect();
    assert_eq!(rows.len(), 22);
    for row in rows {
        let [first, second, becomes]: [&'static str; 3] = row
            .split('|')
            .map(str::trim)
            .collect::<Vec<_>>()
            .try_into()
            .unwrap();
        let (status, second) = second.split_once(" @").unwrap();
        let (byte, second) = second.split_once(' ').unwrap_or((second, ""));
        let (status, byte) = (status.parse().unwrap(), byte.parse().unwrap());
        let host = Host::new(move |_, number| {
            if number > 1 {
                return from(status, &headers(second), byte);
            }
            let mut answer = from(200, &headers(first), 0)?;
            *answer.body_mut() = body(&content(LENGTH), 0, CUT, 9, End::Lost);
            Ok(answer)
        });
        let clock = clock();
        let result = all(&clock, &host.client(&clock).await).await;
        assert_eq!(host.asked().len(), 2, "{row}");
        assert_eq!(host.asked()[1].header("range"), Some("bytes=40-"), "{row}");
        match becomes.split_once(": ") {
            None => assert_eq!(result.unwrap(), content(LENGTH), "{row}"),
            Some((kind, said)) => {
                let error = result.unwrap_err();
                assert_eq!(format!("{:?}", error.kind()), kind, "{row}: {error}");
                assert!(error.to_string().contains(said), "{row}: {error}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_platform_compares_before_it_goes_on() {
    const DATE: &str = "Sat, 21 Nov 2026 09:00:00 GMT";
    let table: [(Headers, Option<&str>); 4] = [
        (vec![("etag", "\"a\""), ("last-modified", DATE)], Some("\"a\"")),
        (vec![("etag", "W/\"a\""), ("last-modified", DATE)], Some(DATE)),
        (vec![("etag", "W/\"a\"")], None),
        (vec![], None),
    ];
    for (headers, if_range) in table {
        let host = Host::new(move |asked, number| {
            let cut = if number == 1 { CUT } else { LENGTH };
            let mut answer = honest(asked, &content(LENGTH), cut, 9, End::Lost)?;
            for (name, value) in &headers {
                answer.headers_mut().insert(*name, value.parse().unwrap());
            }
            Ok(answer)
        });
        let clock = clock();
        all(&clock, &host.client(&clock).await).await.unwrap();
        assert_eq!(host.asked()[0].header("if-range"), None);
        assert_eq!(host.asked()[1].header("if-range"), if_range);
    }
}

/// A server may send less of a range than was asked for (RFC 9110, section 15.3.7).
#[tokio::test(start_paused = true)]
async fn a_range_may_come_in_pieces() {
    let host = Host::new(|asked, number| {
        if number == 1 {
            return honest(asked, &content(LENGTH), 10, 9, End::Lost);
        }
        let (first, end) = (asked.from(), (asked.from() + 5).min(LENGTH));
        let range = format!("bytes {first}-{}/{LENGTH}", end - 1);
        answer(
            206,
            &[("content-range", range)],
            body(&content(LENGTH), first, end, 9, End::Good),
        )
    });
    let clock = clock();
    assert_eq!(
        all(&clock, &host.client(&clock).await).await.unwrap(),
        content(LENGTH)
    );
    assert_eq!(host.asked().len(), 19);
}

#[tokio::test(start_paused = true)]
async fn a_first_answer_that_cannot_be_taken() {
    let table = [
        (206, "content-range: bytes 0-99/100", ErrorKind::Decode),
        (200, "content-encoding: br", ErrorKind::Decode),
        // Less than comes.
        (200, "content-length: 95", ErrorKind::Decode),
        (307, "location: https://example.com/", ErrorKind::Api),
    ];
    for (status, said, kind) in table {
        let host = Host::new(move |_, _| from(status, &headers(said), 0));
        let clock = clock();
        let error = all(&clock, &host.client(&clock).await).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{said}: {error}");
        assert_eq!(host.asked().len(), 1, "{said}");
    }
}

#[tokio::test(start_paused = true)]
async fn going_on_takes_the_same_care_as_any_call() {
    // The connection is not made, the token has died, the platform is busy: then the rest.
    let host = Host::new(|asked, number| match number {
        2 => Err(TransportErrorKind::Connect),
        3 => unauthorized(),
        4 => answer(503, &[("retry-after", "2".into())], Body::default()),
        _ => honest(
            asked,
            &content(LENGTH),
            if number == 1 { CUT } else { LENGTH },
            9,
            End::Lost,
        ),
    });
    let clock = clock();
    assert_eq!(
        all(&clock, &host.client(&clock).await).await.unwrap(),
        content(LENGTH)
    );
    let asked = host.asked();
    assert_eq!(asked.len(), 5);
    assert!(
        asked[1..]
            .iter()
            .all(|asked| asked.header("range") == Some("bytes=40-"))
    );
    assert_eq!(asked[0].header("authorization"), Some("Bearer access-1"));
    assert_eq!(asked[4].header("authorization"), Some("Bearer access-2"));
}

#[tokio::test(start_paused = true)]
async fn what_the_platform_says_about_it() {
    let host = Host::new(|_, _| {
        let mut answer = from(
            200,
            &vec![
                ("content-length", "100"),
                ("content-type", "audio/wav"),
                ("content-disposition", "attachment; filename=\"../call 7.wav\""),
                ("rcrequestid", "request-7"),
            ],
            0,
        )?;
        *answer.status_mut() = StatusCode::OK;
        Ok(answer)
    });
    let clock = clock();
    let client = host.client(&clock).await;
    let mut stream = client.account("~").recording_content(7).open().await.unwrap();
    assert_eq!(host.asked()[0].header("accept"), Some("*/*"));
    assert_eq!(stream.status(), StatusCode::OK);
    assert_eq!(stream.length(), Some(100));
    assert_eq!(stream.content_type(), Some("audio/wav"));
    assert_eq!(stream.file_name().as_deref(), Some("call 7.wav"));
    assert_eq!(stream.request_id(), Some("request-7"));
    let mut bytes = Vec::new();
    while let Some(chunk) = stream.chunk().await.unwrap() {
        bytes.extend_from_slice(&chunk);
        assert_eq!(stream.received(), bytes.len() as u64);
    }
    assert_eq!(bytes, content(LENGTH));
    let printed = format!("{stream:?}");
    assert!(
        printed.contains("100") && !printed.contains("access-1"),
        "{printed}"
    );
}

#[tokio::test(start_paused = true)]
async fn an_empty_file_is_complete() {
    for headers in [vec![("content-length", "0".to_owned())], vec![]] {
        let host = Host::new(move |_, _| answer(200, &headers, Body::default()));
        let clock = clock();
        assert!(all(&clock, &host.client(&clock).await).await.unwrap().is_empty());
        assert_eq!(host.asked().len(), 1);
    }
}
