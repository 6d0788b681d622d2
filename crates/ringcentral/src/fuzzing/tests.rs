//! The fuzz targets' entry points in every run of the tests: any bytes, the kept corpus, and the corpus with damage.

use std::fs;
use std::path::PathBuf;

use proptest::prelude::*;

use super::*;

type Target = (&'static str, fn(&[u8]));

const TARGETS: [Target; 4] = [
    ("redirect", redirect),
    ("token_answer", token_answer),
    ("api_error", api_error),
    ("multipart_207", multipart_207),
];

/// What the fuzzer begins with, and what it has found since.
fn corpus(target: &str) -> Vec<Vec<u8>> {
    let directory = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz/corpus")
        .join(target);
    let entries = fs::read_dir(&directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort_unstable();
    files.iter().map(|file| fs::read(file).unwrap()).collect()
}

#[test]
fn the_kept_corpus_goes_through() {
    for (name, target) in TARGETS {
        let corpus = corpus(name);
        assert!(corpus.len() >= 5, "{name} has a corpus");
        for bytes in &corpus {
            target(bytes);
        }
    }
}

/// One seed with a piece cut out, overwritten, doubled, or taken from another seed.
fn damaged(seeds: Vec<Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
    let seed = prop::sample::select(seeds);
    let place = any::<prop::sample::Index>;
    (
        seed.clone(),
        seed,
        place(),
        place(),
        prop::collection::vec(any::<u8>(), 0..6),
        0..4_u8,
    )
        .prop_map(|(seed, other, from, to, bytes, how)| {
            let (from, to) = (from.index(seed.len() + 1), to.index(seed.len() + 1));
            let (from, to) = (from.min(to), from.max(to));
            let piece = match how {
                0 => &[],
                1 => &bytes[..],
                2 => &seed[from..to].repeat(2),
                _ => &other[from.min(other.len())..to.min(other.len())],
            };
            [&seed[..from], piece, &seed[to..]].concat()
        })
}

proptest! {
    #[test]
    fn any_bytes_go_through(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        for (_, target) in TARGETS {
            target(&bytes);
        }
    }
}

#[test]
fn damaged_answers_go_through() {
    for (name, target) in TARGETS {
        let mut runner = proptest::test_runner::TestRunner::default();
        runner
            .run(&damaged(corpus(name)), |bytes| {
                target(&bytes);
                Ok(())
            })
            .unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}
