use super::Page;
use crate::request::Query;

#[test]
fn page_and_size_have_defaults_and_bounds() {
    let page = |query: &str| Page::of(&Query::parse(query)).map_err(|error| (error.code, error.extra));
    for (query, number, size) in [
        ("", 1, 100),
        ("page=&perPage=", 1, 100),
        ("page=3&perPage=7", 3, 7),
        ("perPage=1000", 1, 1000),
        ("perPage=1001", 1, 1000),
        ("perPage=99999999", 1, 1000),
        ("perPage=max", 1, 1000),
    ] {
        assert_eq!(page(query).unwrap(), Page { number, size }, "{query}");
    }
    for (query, parameter) in [
        ("page=0", "page"),
        ("page=-1", "page"),
        ("page=x", "page"),
        ("perPage=0", "perPage"),
        ("perPage=min", "perPage"),
    ] {
        let (code, extra) = page(query).unwrap_err();
        assert_eq!(
            (code.as_str(), extra["parameterName"].as_str()),
            ("CMN-101", Some(parameter)),
            "{query}"
        );
    }
}

#[test]
fn a_far_page_does_not_overflow() {
    let page = Page::of(&Query::parse(&format!("page={}&perPage=max", i64::MAX))).unwrap();
    assert_eq!(page.slice(vec![1, 2, 3]), (vec![], false));
}

#[test]
fn slices_know_whether_more_follows() {
    let page = |number, size| Page { number, size }.slice(vec![1, 2, 3, 4]);
    assert_eq!(page(1, 3), (vec![1, 2, 3], true));
    assert_eq!(page(2, 3), (vec![4], false));
    assert_eq!(page(1, 4), (vec![1, 2, 3, 4], false));
    assert_eq!(page(3, 3), (vec![], false));
}
