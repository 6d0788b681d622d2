use proptest::prelude::*;

use super::*;

fn pairs(text: &str) -> Vec<(String, String, usize)> {
    let entries = parse(text).unwrap_or_else(|wrong| panic!("{wrong:?}"));
    entries
        .into_iter()
        .map(|e| (e.name, e.value.to_string(), e.line))
        .collect()
}

#[test]
fn values_as_the_tutorials_and_the_dotenv_libraries_read_them() {
    for (text, expected) in [
        ("A=b", "b"),
        ("A = b ", "b"),
        ("export A=b", "b"),
        ("A=b\r\n", "b"),
        ("\u{feff}A=b", "b"),
        ("A=b=c==", "b=c=="),
        ("A=b # comment", "b"),
        ("A=b\t# comment # more", "b"),
        ("A=b#c", "b#c"),
        ("A=#comment", ""),
        ("A=", ""),
        ("A=\"b c\" # comment", "b c"),
        ("A='b # c'", "b # c"),
        ("A=`b 'c' \"d\"`", "b 'c' \"d\""),
        ("A=\"b\\nc\"", "b\nc"),
        ("A='b\\nc'", "b\\nc"),
        ("A=\"b\\qc\"", "b\\qc"),
        ("A=\"one\ntwo\"", "one\ntwo"),
        ("A=$HOME ${X}", "$HOME ${X}"),
        ("A=it's", "it's"),
    ] {
        let all = pairs(text);
        assert_eq!(all.len(), 1, "{text:?}");
        assert_eq!(
            (all[0].0.as_str(), all[0].1.as_str()),
            ("A", expected),
            "{text:?}"
        );
    }
}

#[test]
fn lines_are_counted_through_comments_and_quotes() {
    let text = "# first\n\nA=1\nB=\"two\nthree\"\n  # more\nC=3";
    let lines: Vec<_> = pairs(text)
        .into_iter()
        .map(|(name, _, line)| (name, line))
        .collect();
    assert_eq!(
        lines,
        [("A".to_owned(), 3), ("B".to_owned(), 4), ("C".to_owned(), 7)]
    );
}

#[test]
fn problems_name_the_line_and_the_variable() {
    for (text, line, name, problem) in [
        ("A=1\nnonsense", 2, None, Problem::NotASetting),
        ("=1", 1, None, Problem::BadName),
        ("1A=1", 1, None, Problem::BadName),
        ("A B=1", 1, None, Problem::BadName),
        ("\nA=\"1\nB=2", 2, Some("A"), Problem::OpenQuote),
        ("A=\"1\\", 1, Some("A"), Problem::OpenQuote),
        ("A='1' 2", 1, Some("A"), Problem::AfterQuote),
        ("A=1\0", 1, Some("A"), Problem::ControlCharacter),
        ("A=\"x\u{1b}[2J\"", 1, Some("A"), Problem::ControlCharacter),
    ] {
        let expected = Wrong {
            line,
            name: name.map(str::to_owned),
            problem,
        };
        assert_eq!(parse(text).err(), Some(expected), "{text:?}");
    }
    let wrong = parse_bytes(b"A=1\nB=\xff").err();
    assert_eq!(
        wrong,
        Some(Wrong {
            line: 2,
            name: None,
            problem: Problem::NotUtf8
        })
    );
}

#[test]
fn a_problem_never_repeats_the_text() {
    let secret = "CANARY-SECRET";
    for text in [
        secret.to_owned(),
        format!("A=\"{secret}"),
        format!("A='x' {secret}"),
        format!("A={secret}\0"),
        format!("{secret} x=1"),
    ] {
        let error = parse(&text).err().map(|wrong| wrong.in_file("f".to_owned()));
        let error = error.unwrap_or_else(|| panic!("{text:?} should be refused"));
        assert!(!format!("{error} {error:?}").contains(secret), "{error:?}");
    }
}

#[test]
fn the_last_of_two_wins_and_an_empty_one_counts_as_absent() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join(".env");
    std::fs::write(&path, "A=1\nA=2\nB=\nC='  '\n").unwrap();
    let file = EnvFile::read(&path).unwrap();
    assert_eq!(
        file.get("A").map(|entry| (entry.value.as_str(), entry.line)),
        Some(("2", 2))
    );
    assert!(file.get("B").is_none() && file.get("C").is_none() && file.get("D").is_none());
}

#[test]
fn a_directory_and_a_flood_are_refused() {
    let directory = tempfile::tempdir().unwrap();
    assert!(matches!(
        EnvFile::read(directory.path()),
        Err(EnvFileError::Unreadable { .. })
    ));
    let big = directory.path().join("big");
    std::fs::write(&big, vec![b'#'; 1024 * 1024 + 1]).unwrap();
    assert!(matches!(EnvFile::read(&big), Err(EnvFileError::TooLarge { .. })));
    assert!(matches!(
        EnvFile::read(&directory.path().join("no")),
        Err(EnvFileError::Missing { .. })
    ));
}

proptest! {
    #[test]
    fn any_bytes_give_entries_or_a_problem(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        check(&bytes)?;
    }

    #[test]
    fn so_does_anything_that_looks_like_a_file(text in "([A-C =#'\"`\\\\\n\r\t]|export |\u{feff}|é|\u{0}){0,60}") {
        check(text.as_bytes())?;
    }

    #[test]
    fn a_quoted_value_comes_back_as_it_was(value in "[^'\u{0}-\u{1f}\u{7f}-\u{9f}]{0,40}") {
        let text = format!("A='{value}'\nB=2");
        let all = pairs(&text);
        prop_assert_eq!(&all[0].1, &value);
        prop_assert_eq!(all[1].1.as_str(), "2");
    }
}

fn check(bytes: &[u8]) -> Result<(), TestCaseError> {
    let lines = bytes.split(|byte| *byte == b'\n').count();
    match parse_bytes(bytes) {
        Ok(entries) => {
            for entry in entries {
                prop_assert!(is_name(&entry.name));
                prop_assert!((1..=lines).contains(&entry.line));
            }
        }
        Err(wrong) => prop_assert!((1..=lines).contains(&wrong.line)),
    }
    Ok(())
}
