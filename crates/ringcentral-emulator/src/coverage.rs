//! What of the platform the emulator does, told from the table that routes the requests.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::operations::{self, Operation, Operations};

/// A part of the platform, such as the call log.
pub(crate) struct Family {
    pub(crate) name: &'static str,
    pub(crate) operations: Vec<&'static Operation>,
}

impl Family {
    pub(crate) fn emulated(&self) -> usize {
        count(&self.operations)
    }
}

/// All operations of the platform by families, those with the most that is emulated first.
pub(crate) fn families() -> Vec<Family> {
    let mut by_name: BTreeMap<&'static str, Vec<&'static Operation>> = BTreeMap::new();
    for operation in operations::table().list() {
        by_name
            .entry(family(operation.template))
            .or_default()
            .push(operation);
    }
    let mut families: Vec<Family> = by_name
        .into_iter()
        .map(|(name, operations)| Family { name, operations })
        .collect();
    families.sort_by_key(|family| std::cmp::Reverse(family.emulated()));
    families
}

/// How many are emulated, and of how many.
pub(crate) struct Totals {
    pub(crate) emulated: usize,
    /// Those that the platform's definitions list.
    pub(crate) listed: usize,
    /// Those that clients call besides.
    pub(crate) more: usize,
}

pub(crate) fn totals() -> Totals {
    let all = operations::table().list();
    let listed = Operations::listed();
    Totals {
        emulated: count(&all),
        listed,
        more: all.len() - listed,
    }
}

fn count(operations: &[&Operation]) -> usize {
    operations
        .iter()
        .filter(|operation| operation.is_emulated())
        .count()
}

/// The word of a path that says what it is about.
fn family(template: &'static str) -> &'static str {
    const MINE: [&str; 2] = [
        "/restapi/v1.0/account/{accountId}/extension/{extensionId}/",
        "/restapi/v1.0/account/{accountId}/",
    ];
    let rest = MINE
        .iter()
        .find_map(|prefix| template.strip_prefix(prefix))
        .or_else(|| template.strip_prefix("/restapi/v1.0/"))
        .or_else(|| template.strip_prefix("/restapi/v2/"))
        .or_else(|| template.strip_prefix("/restapi/"))
        .unwrap_or_else(|| template.trim_start_matches('/'));
    match rest.split('/').next().unwrap_or_default() {
        "" | "restapi" | "{apiVersion}" => "version",
        "account" | "accounts" => "account",
        ".well-known" => "oauth",
        name => name,
    }
}

/// The page of the documentation.
pub(crate) fn markdown() -> String {
    let Totals {
        emulated,
        listed,
        more,
    } = totals();
    let mut page = format!(
        "# What is emulated\n\n\
         Of {listed} operations that the platform's definitions list, and {more} more that clients call, {emulated} are \
         emulated with state.\nThe others are known too: they check token, rate limit and permissions, and then \
         answer 501\nin the platform's error shape, naming the operation. Nothing pretends to succeed.\n\n\
         This page is made from the table that routes the requests, and a test keeps it so. A running emulator shows its own \
         at\n`/_emulator/coverage`.\n\n\
         | part | emulated | of |\n|---|---:|---:|\n"
    );
    let families = families();
    for family in &families {
        let _ = writeln!(
            page,
            "| {} | {} | {} |",
            family.name,
            family.emulated(),
            family.operations.len()
        );
    }
    page.push_str(
        "\n## Emulated\n\n| operation | rate group | app permission | user permission |\n|---|---|---|---|\n",
    );
    for operation in families.iter().flat_map(|family| &family.operations) {
        if operation.is_emulated() {
            let _ = writeln!(
                page,
                "| `{} {}` | {} | {} | {} |",
                operation.method,
                operation.template,
                operation.group,
                operation.app_permission,
                operation.user_permission
            );
        }
    }
    page.push_str("\n## Known, and answered 501\n");
    for family in &families {
        let missing: Vec<_> = family
            .operations
            .iter()
            .filter(|operation| !operation.is_emulated())
            .collect();
        if missing.is_empty() {
            continue;
        }
        let _ = write!(page, "\n**{}**\n\n", family.name);
        for operation in missing {
            let _ = writeln!(page, "- `{} {}`", operation.method, operation.template);
        }
    }
    page
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Totals, families, family, markdown, totals};

    #[test]
    fn the_page_is_what_the_table_says() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/emulator/coverage.md");
        if std::env::var_os("WRITE_COVERAGE").is_some() {
            std::fs::write(&path, markdown()).expect("writable");
        }
        let page = std::fs::read_to_string(&path).expect("readable");
        assert!(
            page == markdown(),
            "docs/emulator/coverage.md is not what the table says; write it anew: \
             WRITE_COVERAGE=1 cargo test -p ringcentral-emulator coverage"
        );
    }

    #[test]
    fn every_operation_is_counted_once() {
        let Totals {
            emulated,
            listed,
            more,
        } = totals();
        let families = families();
        assert_eq!(
            families
                .iter()
                .map(|family| family.operations.len())
                .sum::<usize>(),
            listed + more
        );
        assert_eq!(
            families.iter().map(super::Family::emulated).sum::<usize>(),
            emulated
        );
        assert!(listed == 617 && emulated > 20, "{emulated} of {listed}");
    }

    #[test]
    fn families_are_told_by_their_word() {
        for (template, name) in [
            (
                "/restapi/v1.0/account/{accountId}/extension/{extensionId}/call-log",
                "call-log",
            ),
            (
                "/restapi/v1.0/account/{accountId}/extension/{extensionId}",
                "extension",
            ),
            ("/restapi/v1.0/account/{accountId}/call-log", "call-log"),
            ("/restapi/v1.0/account/{accountId}", "account"),
            ("/restapi/oauth/token", "oauth"),
            ("/.well-known/openid-configuration", "oauth"),
            ("/restapi", "version"),
            ("/restapi/{apiVersion}", "version"),
            ("/restapi/v1.0/subscription", "subscription"),
            ("/team-messaging/v1/chats", "team-messaging"),
        ] {
            assert_eq!(family(template), name, "{template}");
        }
    }
}
