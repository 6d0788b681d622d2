use futures_util::TryStreamExt;
use proptest::prelude::*;

use super::*;
use crate::entropy::OsEntropy;

/// Always the same, so that a body can be written down.
#[derive(Debug)]
struct Fixed;

impl Entropy for Fixed {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0xab);
    }
}

fn encoded(multipart: Multipart) -> Encoded {
    Encoded::new(multipart, &OsEntropy).unwrap()
}

async fn bytes(encoded: &Encoded) -> Bytes {
    let body = encoded.open().await.unwrap();
    let length = body.length();
    let chunks: Vec<Bytes> = body.into_stream().try_collect().await.unwrap();
    let bytes = Bytes::from(chunks.concat());
    assert_eq!(length, Some(bytes.len() as u64), "the length that goes ahead");
    bytes
}

#[tokio::test]
async fn a_body_byte_for_byte() {
    let multipart = Multipart::new()
        .part(Part::json(&serde_json::json!({ "faxResolution": "Low" })))
        .part(Part::text("note", "naïve"))
        .part(Part::bytes("attachment", "a \"b\".pdf", "%PDF"));
    let encoded = Encoded::new(multipart, &Fixed).unwrap();
    assert_eq!(
        encoded.content_type(),
        "multipart/form-data; boundary=ringcentral-abababababababababababababababab"
    );
    let text = String::from_utf8(bytes(&encoded).await.to_vec()).unwrap();
    assert_eq!(
        text.replace("ringcentral-abababababababababababababababab", "BOUNDARY"),
        "--BOUNDARY\r\nContent-Disposition: form-data; name=\"json\"; filename=\"request.json\"\r\n\
         Content-Type: application/json\r\n\r\n{\"faxResolution\":\"Low\"}\r\n\
         --BOUNDARY\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nnaïve\r\n\
         --BOUNDARY\r\nContent-Disposition: form-data; name=\"attachment\"; filename=\"a %22b%22.pdf\"\r\n\
         Content-Type: application/pdf\r\n\r\n%PDF\r\n--BOUNDARY--\r\n"
    );
}

#[test]
fn no_name_ends_its_header() {
    for (name, sent) in [
        ("plain.pdf", "plain.pdf"),
        ("Übersicht 概要.pdf", "Übersicht 概要.pdf"),
        ("a\"; filename=\"b", "a%22; filename=%22b"),
        (
            "a\r\nContent-Type: text/html\r\n\r\n",
            "a%0D%0AContent-Type: text/html%0D%0A%0D%0A",
        ),
        ("a\0\t\u{7f}", "a%00%09%7F"),
        ("a\\", "a%5C"),
        ("100%", "100%"),
    ] {
        assert_eq!(escaped(name), sent);
    }
}

#[test]
fn a_media_type_that_is_none_is_refused() {
    for wrong in ["", "pdf", "a/b\r\nX-Injected: 1", "a/\0"] {
        let multipart = Multipart::new().part(Part::bytes("a", "b", "c").content_type(wrong));
        let error = Encoded::new(multipart, &OsEntropy).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage, "{wrong:?}");
    }
}

#[tokio::test]
async fn what_cannot_be_json_is_refused() {
    let keys = std::collections::BTreeMap::from([((1, 2), 3)]);
    let error = Encoded::new(Multipart::new().part(Part::json(&keys)), &OsEntropy).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Usage);
}

/// A part as it was meant, and as a reader finds it.
#[derive(Debug, PartialEq)]
struct Read {
    name: String,
    file_name: Option<String>,
    content_type: Option<String>,
    bytes: Vec<u8>,
}

async fn read(encoded: &Encoded) -> Vec<Read> {
    let boundary = multer::parse_boundary(encoded.content_type().to_str().unwrap()).unwrap();
    let mut reader = multer::Multipart::new(encoded.open().await.unwrap().into_stream(), boundary);
    let mut parts = Vec::new();
    while let Some(field) = reader.next_field().await.unwrap() {
        parts.push(Read {
            name: field.name().unwrap().to_owned(),
            file_name: field.file_name().map(str::to_owned),
            content_type: field.content_type().map(ToString::to_string),
            bytes: field.bytes().await.unwrap().to_vec(),
        });
    }
    parts
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Any bytes, in memory or in a file, under any names.
    #[test]
    fn what_is_sent_is_read_back(
        parts in prop::collection::vec(
            (".{1,12}", ".{1,12}", prop::collection::vec(any::<u8>(), 0..300), 0..3_usize),
            0..5,
        )
    ) {
        let directory = tempfile::tempdir().unwrap();
        let mut multipart = Multipart::new();
        let mut meant = Vec::new();
        for (at, (name, file_name, bytes, kind)) in parts.iter().enumerate() {
            let path = directory.path().join(at.to_string());
            let part = match kind {
                0 => Part::text(name, String::from_utf8_lossy(bytes)),
                1 => Part::bytes(name, file_name, bytes.clone()).content_type("application/pdf"),
                _ => {
                    std::fs::write(&path, bytes).unwrap();
                    Part::file(name, &path).file_name(file_name).content_type("image/png")
                }
            };
            multipart = multipart.part(part);
            meant.push(Read {
                name: escaped(name),
                file_name: (*kind > 0).then(|| escaped(file_name)),
                content_type: [None, Some("application/pdf"), Some("image/png")][*kind].map(str::to_owned),
                bytes: match kind {
                    0 => String::from_utf8_lossy(bytes).into_owned().into_bytes(),
                    _ => bytes.clone(),
                },
            });
        }
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        prop_assert_eq!(runtime.block_on(read(&encoded(multipart))), meant);
    }
}
