use super::{Asked, named, pdf, range_of};

#[test]
fn ranges() {
    for (header, wanted) in [
        ("bytes=0-9", Asked::Part(0, 9)),
        ("bytes=90-", Asked::Part(90, 99)),
        ("bytes=-10", Asked::Part(90, 99)),
        ("bytes=-500", Asked::Part(0, 99)),
        ("bytes=50-500", Asked::Part(50, 99)),
        ("bytes=99-99", Asked::Part(99, 99)),
        ("Bytes = 0-9", Asked::Whole),
        ("BYTES=0-9", Asked::Part(0, 9)),
        ("bytes=0-99999999999999999999", Asked::Part(0, 99)),
        ("bytes=100-", Asked::Beyond),
        ("bytes=100-200", Asked::Beyond),
        ("bytes=99999999999999999999-", Asked::Beyond),
        ("bytes=-0", Asked::Beyond),
        // What is not understood is as if it were not there.
        ("", Asked::Whole),
        ("bytes=9-3", Asked::Whole),
        ("bytes=a-b", Asked::Whole),
        ("bytes=-", Asked::Whole),
        ("bytes=+1-2", Asked::Whole),
        ("bytes=0-1,5-6", Asked::Whole),
        ("lines=0-1", Asked::Whole),
        ("0-1", Asked::Whole),
    ] {
        assert_eq!(range_of(header, 100), wanted, "{header}");
    }
    assert_eq!(range_of("bytes=-1", 0), Asked::Beyond, "of nothing");
    assert_eq!(range_of("bytes=0-", 0), Asked::Beyond, "of nothing");
}

#[test]
fn names_of_files_are_ascii_and_beside_it_whole() {
    for (name, wanted) in [
        ("fax.pdf", "filename=\"fax.pdf\""),
        ("my \"fax\".pdf", "filename=\"my fax.pdf\""),
        (
            "Grüße 1.pdf",
            "filename=\"Gr__e 1.pdf\"; filename*=UTF-8''Gr%C3%BC%C3%9Fe%201%2Epdf",
        ),
    ] {
        assert_eq!(named(name), wanted);
    }
}

#[test]
fn a_document_has_its_objects_where_its_table_says() {
    let file = String::from_utf8(pdf("fax (7)", 3)).unwrap();
    let start: usize = file
        .rsplit_once("startxref\n")
        .unwrap()
        .1
        .lines()
        .next()
        .unwrap()
        .parse()
        .unwrap();
    let table: Vec<&str> = file[start..]
        .lines()
        .skip(3)
        .take_while(|line| line.ends_with(" n "))
        .collect();
    assert_eq!(table.len(), 3 + 2 * 3);
    for (n, line) in table.iter().enumerate() {
        let offset: usize = line[..10].parse().unwrap();
        assert!(file[offset..].starts_with(&format!("{} 0 obj", n + 1)));
    }
}
