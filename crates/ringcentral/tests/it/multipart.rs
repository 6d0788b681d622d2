//! Bodies in parts: what goes out, what is refused before it goes, and files that change on the way.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use http::{Request, Response};
use ringcentral::{
    Body, BoxFuture, Client, ErrorKind, FaxResolution, Multipart, Part, PhoneNumber, SendFax, SendMms,
    Transport, TransportError, TransportErrorKind,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::script::{Asked, Platform, answering, builder, clock, logged_in, ok, status, tokens, with_header};

const MESSAGE: &str = r#"{"id":1,"type":"SMS","direction":"Outbound","messageStatus":"Queued"}"#;

fn number(text: &str) -> PhoneNumber {
    PhoneNumber::parse(text).unwrap()
}

async fn platform() -> (Arc<Platform>, Client) {
    let platform = Platform::new(answering(|| ok(MESSAGE)));
    let client = logged_in(builder(&platform, &clock())).await;
    (platform, client)
}

/// A directory with a picture and a document in it.
fn files() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("map.png"), "PNG!").unwrap();
    fs::write(directory.path().join("contract.pdf"), "%PDF-1.4").unwrap();
    directory
}

/// The parts as they were sent, with the boundary named and line ends as they are read.
fn parts(asked: &Asked) -> String {
    let boundary = asked.body.lines().next().unwrap().trim_start_matches("--");
    assert!(boundary.len() >= 32, "{boundary}");
    asked.body.replace(boundary, "BOUNDARY").replace("\r\n", "\n")
}

#[tokio::test]
async fn an_mms_as_it_goes_out() {
    let (platform, client) = platform().await;
    let directory = files();
    let message = client
        .me()
        .mms()
        .send_from(&number("+16505550101"))
        .to(&number("+14155550123"))
        .text("Where we meet")
        .country("US")
        .country_id("1")
        .file(directory.path().join("map.png"))
        .attach(Part::bytes("attachment", "card.vcf", "BEGIN:VCARD"))
        .send()
        .await
        .unwrap();
    assert_eq!(message.id, ringcentral::MessageId::from(1));
    let asked = platform.asked().pop().unwrap();
    assert_eq!(asked.method, "POST");
    assert!(
        asked.uri.ends_with("/restapi/v1.0/account/~/extension/~/mms"),
        "{}",
        asked.uri
    );
    insta::assert_snapshot!(parts(&asked), @r#"
    --BOUNDARY
    Content-Disposition: form-data; name="json"; filename="request.json"
    Content-Type: application/json

    {"country":{"id":"1"},"from":{"phoneNumber":"+16505550101"},"text":"Where we meet","to":[{"phoneNumber":"+14155550123"}]}
    --BOUNDARY
    Content-Disposition: form-data; name="attachment"; filename="map.png"
    Content-Type: image/png

    PNG!
    --BOUNDARY
    Content-Disposition: form-data; name="attachment"; filename="card.vcf"
    Content-Type: text/vcard

    BEGIN:VCARD
    --BOUNDARY--
    "#);
}

#[tokio::test]
async fn a_fax_as_it_goes_out() {
    let (platform, client) = platform().await;
    let directory = files();
    client
        .me()
        .fax()
        .send_to(&number("+14155550123"))
        .to_named(&number("+14155550124"), "Ada Quill")
        .file(directory.path().join("contract.pdf"))
        .resolution(&FaxResolution::Low)
        .cover_page(3)
        .cover_page_text("Please sign")
        .iso_code("US")
        .send_at("2026-11-21T10:00:00Z".parse().unwrap())
        .send()
        .await
        .unwrap();
    let asked = platform.asked().pop().unwrap();
    assert!(
        asked.uri.ends_with("/restapi/v1.0/account/~/extension/~/fax"),
        "{}",
        asked.uri
    );
    insta::assert_snapshot!(parts(&asked), @r#"
    --BOUNDARY
    Content-Disposition: form-data; name="json"; filename="request.json"
    Content-Type: application/json

    {"coverIndex":3,"coverPageText":"Please sign","faxResolution":"Low","isoCode":"US","sendTime":"2026-11-21T10:00:00Z","to":[{"phoneNumber":"+14155550123"},{"name":"Ada Quill","phoneNumber":"+14155550124"}]}
    --BOUNDARY
    Content-Disposition: form-data; name="attachment"; filename="contract.pdf"
    Content-Type: application/pdf

    %PDF-1.4
    --BOUNDARY--
    "#);
}

#[tokio::test]
async fn a_fax_once_more() {
    let (platform, client) = platform().await;
    let fax = client.me().fax();
    fax.resend(9_007_199_254_740_993).send().await.unwrap();
    fax.resend(7)
        .to(&number("+14155550123"))
        .send_at("2026-11-21T10:00:00Z".parse().unwrap())
        .send()
        .await
        .unwrap();
    let bodies: Vec<_> = platform
        .asked()
        .into_iter()
        .skip(1)
        .map(|asked| asked.body)
        .collect();
    assert_eq!(
        bodies,
        [
            r#"{"originalMessageId":9007199254740993}"#,
            r#"{"originalMessageId":7,"sendTime":"2026-11-21T10:00:00Z","to":[{"phoneNumber":"+14155550123"}]}"#,
        ]
    );
}

#[tokio::test]
async fn what_goes_out_is_awaited_or_sent_and_every_option_is_in_reach() {
    let (platform, client) = platform().await;
    let (from, to) = (number("+16505550101"), number("+14155550123"));
    let (me, file) = (client.me(), || Part::bytes("attachment", "a.png", "PNG!"));
    let mms = me.mms().send_from(&from).to(&to).attach(file());
    mms.with(|request| request.query("a", "mms")).await.unwrap();
    let fax = me.fax().send_to(&to).attach(file());
    fax.with(|request| request.query("a", "fax")).await.unwrap();
    let again = me.fax().resend(7);
    again.with(|request| request.query("a", "again")).await.unwrap();
    let picture = me.set_profile_image(file());
    picture.with(|request| request.query("a", "put")).await.unwrap();
    let picture = me.create_profile_image(file());
    picture.with(|request| request.query("a", "post")).await.unwrap();
    let asked: Vec<_> = platform.asked().into_iter().skip(1).collect();
    let options: Vec<_> = asked
        .iter()
        .filter_map(|asked| asked.uri.split("?a=").nth(1))
        .collect();
    assert_eq!(options, ["mms", "fax", "again", "put", "post"]);
}

#[tokio::test]
async fn a_picture_goes_up_and_comes_down() {
    let (platform, client) = platform().await;
    let directory = files();
    let image = || Part::file("image", directory.path().join("map.png"));
    let me = client.me();
    me.set_profile_image(image()).await.unwrap();
    me.create_profile_image(image()).await.unwrap();
    me.profile_image().to_writer(&mut Vec::new()).await.unwrap();
    me.scaled_profile_image(&ringcentral::ImageSize::Small)
        .to_writer(&mut Vec::new())
        .await
        .unwrap();
    me.message_content(7, 8).to_writer(&mut Vec::new()).await.unwrap();
    let asked: Vec<_> = platform.asked().into_iter().skip(1).collect();
    let lines: Vec<_> = asked
        .iter()
        .map(|asked| {
            format!(
                "{} {}",
                asked.method,
                asked.uri.trim_start_matches("http://localhost:1")
            )
        })
        .collect();
    assert_eq!(
        lines,
        [
            "PUT /restapi/v1.0/account/~/extension/~/profile-image",
            "POST /restapi/v1.0/account/~/extension/~/profile-image",
            "GET /restapi/v1.0/account/~/extension/~/profile-image",
            "GET /restapi/v1.0/account/~/extension/~/profile-image/90x90",
            "GET /restapi/v1.0/account/~/extension/~/message-store/7/content/8",
        ]
    );
    insta::assert_snapshot!(parts(&asked[0]), @r#"
    --BOUNDARY
    Content-Disposition: form-data; name="image"; filename="map.png"
    Content-Type: image/png

    PNG!
    --BOUNDARY--
    "#);
}

#[tokio::test]
async fn what_the_platform_would_refuse_is_not_sent() {
    let (platform, client) = platform().await;
    let directory = files();
    let big = directory.path().join("big.tif");
    fs::File::create(&big)
        .unwrap()
        .set_len(50 * 1024 * 1024 + 1)
        .unwrap();
    let picture = || Part::bytes("attachment", "a.png", vec![0; 150_001]);
    let mms = || client.me().mms().send_from(&number("+16505550101"));
    let addressed = || mms().to(&number("+14155550123"));
    let fax = || client.me().fax().send_to(&number("+14155550123"));
    let many = |mut message: SendMms, count: usize| {
        for _ in 0..count {
            message = message.attach(picture());
        }
        message
    };
    let crowd = (0..11).fold(mms().attach(picture()), |message, _| {
        message.to(&number("+14155550123"))
    });
    let messages: [(SendMms, &str); 8] = [
        (mms().attach(picture()), "no recipient"),
        (crowd, "at most 10 recipients, and these are 11"),
        (addressed().text("hello"), "at least one attachment"),
        (many(addressed(), 11), "at most 10 attachments, and these are 11"),
        (
            many(addressed(), 10),
            "at most 1500000 bytes of attachments, and these have 1500010",
        ),
        (
            addressed().attach(Part::bytes("attachment", "a.png", "")),
            "a.png is empty",
        ),
        (
            addressed().attach(Part::bytes("attachment", "a.unheard", "x")),
            "does not say of which type",
        ),
        (
            addressed().file(directory.path().join("lost.png")),
            "there is no file",
        ),
    ];
    for (message, said) in messages {
        let error = message.send().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage, "{said}");
        assert!(error.to_string().contains(said), "{error}");
    }
    let faxes: [(SendFax, &str); 6] = [
        (fax(), "at least one file, or a cover page"),
        (fax().cover_page(0), "at least one file, or a cover page"),
        (
            fax().cover_page(1).cover_page_text("x".repeat(1025)),
            "at most 1024 characters",
        ),
        (
            fax().file(&big),
            "at most 52428800 bytes of attachments, and these have 52428801",
        ),
        (fax().file(directory.path()), "is a directory"),
        (fax().file(directory.path().join("lost.pdf")), "check the path"),
    ];
    for (fax, said) in faxes {
        let error = fax.send().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage, "{said}");
        assert!(error.to_string().contains(said), "{error}");
    }
    assert_eq!(platform.asked().len(), 1, "only the login");
}

#[tokio::test]
async fn a_lost_answer_is_reported_and_nothing_goes_out_twice() {
    let directory = files();
    for kind in ["/mms", "/fax"] {
        let platform = Platform::new(answering(|| Err(TransportErrorKind::Lost)));
        let client = logged_in(builder(&platform, &clock())).await;
        let file = directory.path().join("map.png");
        let (from, to) = (number("+16505550101"), number("+14155550123"));
        let sent = match kind {
            "/mms" => client.me().mms().send_from(&from).to(&to).file(file).send().await,
            _ => client.me().fax().send_to(&to).file(file).send().await,
        };
        assert!(sent.unwrap_err().is_outcome_unknown(), "{kind}");
        assert_eq!(platform.count(kind, "PNG!"), 1);
    }
}

#[tokio::test]
async fn each_attempt_reads_the_file_anew() {
    let directory = files();
    let path = directory.path().join("contract.pdf");
    let changed = path.clone();
    let mut calls = 0;
    let platform = Platform::new(move |asked| {
        if asked.uri.ends_with("/oauth/token") {
            return tokens(1);
        }
        calls += 1;
        if calls > 1 {
            return ok(MESSAGE);
        }
        fs::write(&changed, "%PDF-1.7 as it is now").unwrap();
        with_header(status(429, ""), "retry-after", "0")
    });
    let client = logged_in(builder(&platform, &clock())).await;
    let body = Multipart::new().part(Part::file("attachment", &path));
    let request = client.post("/restapi/v1.0/account/~/x").multipart(body);
    request.send().await.unwrap();
    let bodies: Vec<_> = platform
        .asked()
        .into_iter()
        .skip(1)
        .map(|asked| asked.body)
        .collect();
    assert_eq!(bodies.len(), 2);
    assert!(bodies[0].contains("%PDF-1.4\r\n") && bodies[1].contains("%PDF-1.7 as it is now\r\n"));

    // The file alone, without parts around it.
    let request = client
        .put("/restapi/v1.0/account/~/x")
        .body_file(&path, "application/pdf");
    request.send().await.unwrap();
    assert_eq!(platform.asked().pop().unwrap().body, "%PDF-1.7 as it is now");
}

#[tokio::test]
async fn a_request_that_cannot_be_put_together_is_not_sent() {
    let (platform, client) = platform().await;
    let missing = PathBuf::from("/nowhere/scan.pdf");
    let post = || client.post("/restapi/v1.0/account/~/x");
    let requests = [
        post().multipart(Multipart::new().part(Part::file("attachment", &missing))),
        post().multipart(Multipart::new().part(Part::text("a", "b").content_type("a\r\nX: b"))),
        post().body_file(&missing, "application/pdf"),
        post().body_file("/", "application/pdf"),
        post().body_file(&missing, "application\n/pdf"),
    ];
    for request in requests {
        let error = request.send().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage, "{error}");
    }
    assert_eq!(platform.asked().len(), 1, "only the login");
}

/// A transport that changes a file once it has begun to read it.
#[derive(Debug)]
struct Meddler(PathBuf);

impl Transport for Meddler {
    fn send(&self, request: Request<Body>) -> BoxFuture<'_, Result<Response<Body>, TransportError>> {
        Box::pin(async move {
            fs::OpenOptions::new()
                .write(true)
                .open(&self.0)
                .unwrap()
                .set_len(2)
                .unwrap();
            request.into_body().collect(1 << 20).await?;
            panic!("the body was read to its end");
        })
    }
}

#[tokio::test]
async fn a_file_that_shrinks_while_it_is_sent_is_nobodys_unknown_outcome() {
    let directory = files();
    let path = directory.path().join("contract.pdf");
    let client = Client::builder(ringcentral::App::public("id"))
        .transport(Arc::new(Meddler(path.clone())))
        .build()
        .unwrap();
    let body = Multipart::new().part(Part::file("attachment", &path));
    let request = client.post("/restapi/v1.0/x").multipart(body).without_login();
    let error = request.send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Usage);
    let chain = chain(&error);
    assert!(
        chain.contains("contract.pdf became shorter while it was sent"),
        "{chain}"
    );
}

fn chain(error: &dyn std::error::Error) -> String {
    std::iter::successors(Some(error), |error| error.source())
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ")
}

/// Reads a request until `done` says so, and answers what was read.
async fn read(stream: &mut TcpStream, done: impl Fn(&[u8]) -> bool) -> Vec<u8> {
    let mut read = Vec::new();
    while !done(&read) && stream.read_buf(&mut read).await.unwrap_or(0) > 0 {}
    read
}

fn announced(read: &[u8]) -> (usize, usize) {
    let text = String::from_utf8_lossy(read).to_ascii_lowercase();
    let head = text.find("\r\n\r\n").unwrap() + 4;
    assert!(!text[..head].contains("transfer-encoding"), "{text}");
    let length = text[..head].split("content-length: ").nth(1).unwrap();
    (head, length.lines().next().unwrap().trim().parse().unwrap())
}

/// Over a real connection, where more is on its way than has arrived.
#[tokio::test]
async fn over_a_socket_the_length_goes_ahead_and_a_changed_file_never_arrives_whole() {
    const LENGTH: u64 = 64 << 20;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("scan.tif");
    fs::File::create(&path).unwrap().set_len(LENGTH).unwrap();
    let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = Client::builder(ringcentral::App::public("id"))
        .server(format!("http://{}", server.local_addr().unwrap()))
        .no_proxy()
        .build()
        .unwrap();
    let changed = path.clone();
    let serving = async {
        let (mut stream, _) = server.accept().await.unwrap();
        let begun = read(&mut stream, |read| read.len() > 100_000).await;
        fs::OpenOptions::new()
            .append(true)
            .open(&changed)
            .and_then(|mut file| std::io::Write::write_all(&mut file, b"more"))
            .unwrap();
        let rest = read(&mut stream, |_| false).await;
        let (head, length) = announced(&begun);
        assert!(length as u64 > LENGTH, "the parts around it count as well");
        assert!(
            begun.len() + rest.len() - head < length,
            "the platform took it for complete"
        );
    };
    let body = Multipart::new().part(Part::file("attachment", &path));
    let sending = client
        .post("/restapi/v1.0/x")
        .multipart(body)
        .without_login()
        .send();
    let (error, ()) = tokio::join!(async { sending.await.unwrap_err() }, serving);
    assert_eq!(error.kind(), ErrorKind::Usage, "{}", chain(&error));
    assert!(
        chain(&error).contains("scan.tif became longer while it was sent"),
        "{}",
        chain(&error)
    );
}

#[tokio::test]
async fn over_a_socket_an_upload_arrives_as_announced() {
    let directory = files();
    let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = Client::builder(ringcentral::App::public("id"))
        .server(format!("http://{}", server.local_addr().unwrap()))
        .no_proxy()
        .build()
        .unwrap();
    let serving = async {
        let (mut stream, _) = server.accept().await.unwrap();
        let request = read(&mut stream, |read| read.ends_with(b"--\r\n")).await;
        stream
            .write_all(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
            .await
            .unwrap();
        let (head, length) = announced(&request);
        assert_eq!(request.len() - head, length);
    };
    let body = Multipart::new().part(Part::file(
        "attachment",
        Path::new(directory.path()).join("map.png"),
    ));
    let sending = client
        .post("/restapi/v1.0/x")
        .multipart(body)
        .without_login()
        .send();
    let (sent, ()) = tokio::join!(sending, serving);
    sent.unwrap();
}
