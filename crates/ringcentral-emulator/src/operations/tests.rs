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

/// Most operations are known only from the table, so a row that was changed by mistake must show here.
#[test]
fn each_group_has_as_many_operations_as_the_definitions_say() {
    for (group, count) in [
        ("Light", 191),
        ("Medium", 279),
        ("Heavy", 134),
        ("Auth", 6),
        ("NoThrottling", 7),
    ] {
        let rows = TABLE.lines().skip(1).filter(|line| {
            let operation = super::read_row(line).expect("a row");
            operation.group == group
        });
        assert_eq!(rows.count(), count, "{group}");
    }
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
