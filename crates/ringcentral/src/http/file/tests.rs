use std::fs::{self, OpenOptions};
use std::io::Write;

use futures_util::{StreamExt, TryStreamExt};

use super::*;

/// A file of three chunks, the last one short.
const LENGTH: usize = 2 * CHUNK + 100;

fn file() -> (tempfile::TempDir, FileSource, Vec<u8>) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("scan.pdf");
    let bytes: Vec<u8> = (0..LENGTH).map(|n| u8::try_from(n % 251).unwrap()).collect();
    fs::write(&path, &bytes).unwrap();
    (directory, FileSource::at(path), bytes)
}

#[tokio::test]
async fn it_is_read_whole_as_often_as_it_is_opened() {
    let (_directory, source, bytes) = file();
    for _ in 0..2 {
        let open = source.open().await.unwrap();
        assert_eq!(open.length(), LENGTH as u64);
        let chunks: Vec<Bytes> = open.into_chunks().try_collect().await.unwrap();
        assert!(chunks.iter().all(|chunk| chunk.len() <= CHUNK));
        assert_eq!(chunks.concat(), bytes);
    }
}

#[tokio::test]
async fn an_empty_file_is_no_chunk() {
    let (_directory, source, _) = file();
    fs::write(source.path(), b"").unwrap();
    let chunks: Vec<Bytes> = source
        .open()
        .await
        .unwrap()
        .into_chunks()
        .try_collect()
        .await
        .unwrap();
    assert!(chunks.is_empty());
}

#[tokio::test]
async fn a_file_that_changes_while_it_is_sent_never_goes_out_whole() {
    type Change = fn(&Path);
    let table: [(&str, Change, &str); 3] = [
        (
            "cut",
            |path| {
                let file = OpenOptions::new().write(true).open(path).unwrap();
                file.set_len(CHUNK as u64 + 7).unwrap();
            },
            "became shorter",
        ),
        (
            "appended to",
            |path| {
                let mut file = OpenOptions::new().append(true).open(path).unwrap();
                file.write_all(b"more").unwrap();
            },
            "became longer",
        ),
        (
            "written anew",
            |path| {
                let mut file = OpenOptions::new().write(true).open(path).unwrap();
                file.write_all(b"other").unwrap();
                file.set_modified(std::time::UNIX_EPOCH).unwrap();
            },
            "was changed",
        ),
    ];
    for (name, change, said) in table {
        let (_directory, source, _) = file();
        let mut chunks = Box::pin(source.open().await.unwrap().into_chunks());
        let mut sent = chunks.next().await.unwrap().unwrap().len();
        change(source.path());
        let error = loop {
            match chunks.next().await.unwrap_or_else(|| panic!("{name}: it ended")) {
                Ok(chunk) => sent += chunk.len(),
                Err(error) => break error,
            }
        };
        assert!(
            sent < LENGTH,
            "{name}: the length that was announced must not be reached"
        );
        assert_eq!(error.kind(), TransportErrorKind::Upload, "{name}");
        let cause = std::error::Error::source(&error).unwrap().to_string();
        assert!(
            cause.contains(said) && cause.contains("scan.pdf"),
            "{name}: {cause}"
        );
    }
}

#[tokio::test]
async fn what_is_no_file_to_be_read_is_named_with_what_to_do() {
    let (directory, _, _) = file();
    let at = |name: &str| directory.path().join(name);
    fs::create_dir(at("folder")).unwrap();
    for (path, said) in [
        (at("missing.pdf"), "there is no file"),
        (at("scan.pdf/below"), "there is no file"),
        (at("folder"), "is a directory"),
        (PathBuf::from("/dev/null"), "is a device"),
    ] {
        let error = FileSource::at(&path).open().await.map(drop).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage);
        assert!(error.to_string().contains(said), "{error}");
        assert!(error.to_string().contains(&path.display().to_string()), "{error}");
    }
}
