use super::{Query, parse_time};

#[test]
fn empty_values_are_absent_and_lists_come_both_ways() {
    let query = Query::parse("a=&b=1&b=2,3&&c&d=x%20y+z&direction=inbound");
    assert_eq!(query.first("a"), None);
    assert_eq!(query.first("c"), None);
    assert_eq!(query.all("b"), ["1", "2", "3"]);
    assert_eq!(query.first("d"), Some("x y z"));
    assert_eq!(
        query
            .one_of("direction", &["Inbound", "Outbound"])
            .expect("known"),
        Some("Inbound")
    );
    assert_eq!(
        query
            .any_of("direction", &["Outbound"])
            .expect_err("unknown")
            .code,
        "CMN-101"
    );
}

#[test]
fn one_value_is_found_as_among_all() {
    for text in [
        "",
        "grant_type=password",
        "a=1&grant_type=&grant%5Ftype=x%3Ay+z&grant_type=second",
        "&&grant_type&=1&Grant_type=x",
    ] {
        let (one, all) = (Query::first_in(text, "grant_type"), Query::parse(text));
        assert_eq!(one.as_deref(), all.first("grant_type"), "{text}");
    }
    let found = Query::first_in("a=1&grant_type=&grant%5Ftype=x%3Ay+z", "grant_type");
    assert_eq!(found.as_deref(), Some("x:y z"));
}

#[test]
fn numbers_and_booleans_are_checked() {
    let query = Query::parse("page=2&perPage=many&view=1&other=maybe");
    assert_eq!(query.int("page").expect("a number"), Some(2));
    assert_eq!(query.int("nothing").expect("absent"), None);
    let error = query.int("perPage").expect_err("no number");
    assert_eq!(
        (error.code.as_str(), &error.extra["parameterName"]),
        ("CMN-101", &"perPage".into())
    );
    assert_eq!(query.bool("view").expect("PHP's true"), Some(true));
    assert!(query.bool("other").is_err());
}

#[test]
fn a_plus_that_was_not_encoded_is_put_back() {
    let query = Query::parse("phoneNumber=+16505550101&other=%2B16505550101");
    assert_eq!(query.phone("phoneNumber").as_deref(), Some("+16505550101"));
    assert_eq!(query.phone("other").as_deref(), Some("+16505550101"));
}

#[test]
fn times_come_in_many_precisions() {
    for (text, time) in [
        ("2026", "2026-01-01T00:00:00Z"),
        ("2026-03", "2026-03-01T00:00:00Z"),
        ("2026-03-09", "2026-03-09T00:00:00Z"),
        ("2026-03-09T10:20", "2026-03-09T10:20:00Z"),
        ("2026-03-09T10:20:30", "2026-03-09T10:20:30Z"),
        ("2026-03-09T10:20:30.5Z", "2026-03-09T10:20:30.5Z"),
        ("2026-03-09T10:20:30-08:00", "2026-03-09T18:20:30Z"),
        ("2026-03-09T10:20:30 01:00", "2026-03-09T09:20:30Z"),
    ] {
        assert_eq!(parse_time(text), Some(time.parse().expect("RFC 3339")), "{text}");
    }
    for text in ["", "soon", "26", "2026-13", "2026-03-09T25:00"] {
        assert_eq!(parse_time(text), None, "{text}");
    }
}
