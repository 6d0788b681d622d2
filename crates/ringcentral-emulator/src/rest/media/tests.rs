use super::{pdf, range_of};

#[test]
fn ranges() {
    for (header, wanted) in [
        ("bytes=0-9", Some((0, 9))),
        ("bytes=90-", Some((90, 99))),
        ("bytes=-10", Some((90, 99))),
        ("bytes=-500", Some((0, 99))),
        ("bytes=50-500", Some((50, 99))),
        ("bytes=100-", None),
        ("bytes=-0", None),
        ("bytes=9-3", None),
        ("bytes=a-b", None),
        ("lines=0-1", None),
    ] {
        assert_eq!(range_of(header, 100), wanted, "{header}");
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
