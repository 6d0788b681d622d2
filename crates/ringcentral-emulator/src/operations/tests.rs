use http::Method;

use super::{Found, TABLE, table};

#[test]
fn every_row_of_the_table_is_found_by_its_own_path() {
    let mut rows = 0;
    for line in TABLE.lines().skip(1) {
        let mut columns = line.split(',');
        let (method, template) = (
            columns.next().unwrap_or_default(),
            columns.next().unwrap_or_default(),
        );
        let method: Method = method.parse().expect("a method");
        let Found::Operation(operation, _) = table().find(&method, template) else {
            panic!("{method} {template} is not found");
        };
        assert_eq!((&operation.method, operation.template), (&method, template));
        rows += 1;
    }
    assert!(rows > 600, "{rows} rows");
}

#[test]
fn every_handler_belongs_to_an_operation_of_the_table() {
    let unknown: Vec<_> = crate::rest::handlers()
        .iter()
        .filter(|(method, template, _)| {
            !["/restapi/v1.0/status", "/restapi/v1.0/client-info"].contains(template)
                && !TABLE
                    .lines()
                    .any(|line| line.starts_with(&format!("{method},{template},")))
        })
        .map(|(method, template, _)| format!("{method} {template}"))
        .collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

#[test]
fn placeholders_are_decoded_and_methods_told_apart() {
    let Found::Operation(operation, params) =
        table().find(&Method::GET, "/restapi/v1.0/account/%7E/extension/101")
    else {
        panic!("an extension can be read");
    };
    assert_eq!(operation.group, "Light");
    assert_eq!((params.get("accountId"), params.get("extensionId")), ("~", "101"));
    assert!(
        matches!(table().find(&Method::PATCH, "/restapi"), Found::WrongMethod(methods) if methods == [Method::GET])
    );
    assert!(matches!(
        table().find(&Method::GET, "/restapi/v1.0/nothing"),
        Found::Nothing
    ));
}
