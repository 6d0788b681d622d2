//! What an operation is: its template, its rate group, and whether it may be repeated.
//!
//! The platform's documents name a group for each operation, so that its gate is known before the first answer. What
//! an answer says has precedence (see [`Gates::learn`](super::Gates::learn)).

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::LazyLock;

use http::Method;

/// `method,path,group`, one operation in each line.
const TABLE: &str = include_str!("../operations.csv");

/// What may be repeated after a lost answer although POST and PATCH in general may not.
const REPEATABLE: &[(&str, &str)] = &[
    // They read; the question is in the body.
    (
        "POST",
        "/analytics/calls/v1/accounts/{accountId}/aggregation/fetch",
    ),
    ("POST", "/analytics/calls/v1/accounts/{accountId}/timeline/fetch"),
    ("POST", "/restapi/v1.0/account/{accountId}/audit-trail/search"),
    (
        "POST",
        "/restapi/v1.0/account/{accountId}/directory/entries/search",
    ),
    ("POST", "/restapi/v1.0/number-parser/parse"),
    ("POST", "/restapi/v2/accounts/{accountId}/sms/consents/search"),
    ("POST", "/restapi/v2/number-parser/parse"),
    ("POST", "/scim/v2/Users/.search"),
    // They set a state that is the same after the second time: read or unread, prolonged from now.
    (
        "PATCH",
        "/restapi/v1.0/account/{accountId}/extension/{extensionId}/message-store/{messageId}",
    ),
    ("POST", "/restapi/v1.0/glip/chats/{chatId}/read"),
    ("POST", "/restapi/v1.0/glip/chats/{chatId}/unread"),
    ("POST", "/restapi/v1.0/subscription/{subscriptionId}/renew"),
    (
        "POST",
        "/webinar/notifications/v1/subscriptions/{subscriptionId}/renew",
    ),
];

/// What may not be repeated although its method in general may: the first DELETE puts a message where it can be brought
/// back from, the second destroys it; and the second one of a call log takes what came after the first. Typed calls that
/// say until when they delete may be repeated after all.
const NOT_REPEATABLE: &[(&str, &str)] = &[
    (
        "DELETE",
        "/restapi/v1.0/account/{accountId}/extension/{extensionId}/call-log",
    ),
    (
        "DELETE",
        "/restapi/v1.0/account/{accountId}/extension/{extensionId}/message-store",
    ),
    (
        "DELETE",
        "/restapi/v1.0/account/{accountId}/extension/{extensionId}/message-store/{messageId}",
    ),
];

/// One line of the table.
#[derive(Debug)]
struct Known {
    method: Method,
    template: &'static str,
    group: &'static str,
    is_idempotent: bool,
}

/// A step of a path, with what may come after it. Text has precedence over a place for any value.
#[derive(Debug, Default)]
struct Node {
    /// Sorted by text.
    texts: Vec<(&'static str, Node)>,
    value: Option<Box<Node>>,
    operations: Vec<Known>,
}

static TREE: LazyLock<Node> = LazyLock::new(|| {
    let mut tree = Node::default();
    for line in TABLE.lines().skip(1) {
        tree.add(line).expect("the table is our own, and a test reads it");
    }
    tree
});

/// One operation: of the table, or one that the table does not know.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Operation(Kind);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Kind {
    Known(At),
    Unknown(Unknown),
}

/// An operation that the documents do not name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Unknown {
    method: Method,
    /// Of the path without what looks like an id: whatever has the same one is taken for the same operation.
    shape: u64,
    /// What of the path may be shown: that is the words of the platform's own documents.
    route: String,
}

/// A line of the table, compared by where it is.
#[derive(Clone, Copy, Debug)]
struct At(&'static Known);

impl PartialEq for At {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.0, other.0)
    }
}

impl Eq for At {}

impl Hash for At {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::ptr::from_ref(self.0).hash(state);
    }
}

impl Operation {
    /// The operation that answers requests to this path.
    pub(crate) fn new(method: &Method, path: &str) -> Self {
        let steps = path.strip_prefix('/').unwrap_or(path);
        Self(match TREE.find(steps, method) {
            Some(known) => Kind::Known(At(known)),
            None => Kind::Unknown(Unknown {
                method: method.clone(),
                shape: shape(path),
                route: TREE.known_words(steps),
            }),
        })
    }

    /// The path with names in the places of values. For operations that the documents do not name, stars are there, and in
    /// the place of all that comes after a word that is in no document: nobody knows whose name it is.
    pub(crate) fn route(&self) -> &str {
        match &self.0 {
            Kind::Known(At(known)) => known.template,
            Kind::Unknown(unknown) => &unknown.route,
        }
    }

    /// The group that the documents name, in lower case.
    pub(super) fn group(&self) -> Option<&'static str> {
        match &self.0 {
            Kind::Known(At(known)) => Some(known.group),
            Kind::Unknown(_) => None,
        }
    }

    /// Whether a request may be sent again when nobody knows whether it took effect.
    pub(crate) fn is_idempotent(&self) -> bool {
        match &self.0 {
            Kind::Known(At(known)) => known.is_idempotent,
            Kind::Unknown(unknown) => is_usually_idempotent(&unknown.method),
        }
    }
}

impl Node {
    fn add(&mut self, line: &'static str) -> Option<()> {
        let mut cells = line.split(',');
        let (method, template, group) = (cells.next()?, cells.next()?, cells.next()?);
        let mut node = self;
        for step in template.strip_prefix('/')?.split('/') {
            node = if step.starts_with('{') {
                node.value.get_or_insert_default()
            } else {
                node.text(step)
            };
        }
        let is_named = |list: &[(&str, &str)]| list.contains(&(method, template));
        let method = Method::from_bytes(method.as_bytes()).ok()?;
        node.operations.push(Known {
            is_idempotent: is_named(REPEATABLE)
                || is_usually_idempotent(&method) && !is_named(NOT_REPEATABLE),
            method,
            template,
            group,
        });
        Some(())
    }

    fn text(&mut self, step: &'static str) -> &mut Node {
        let place = match self.texts.binary_search_by_key(&step, |(text, _)| text) {
            Ok(place) => place,
            Err(place) => {
                self.texts.insert(place, (step, Node::default()));
                place
            }
        };
        &mut self.texts[place].1
    }

    fn find(&self, steps: &str, method: &Method) -> Option<&Known> {
        let (step, rest) = match steps.split_once('/') {
            Some((step, rest)) => (step, Some(rest)),
            None => (steps, None),
        };
        let place = self.texts.binary_search_by_key(&step, |(text, _)| text).ok();
        let text = place.map(|place| &self.texts[place].1);
        let value = self.value.as_deref().filter(|_| !step.is_empty());
        [text, value].into_iter().flatten().find_map(|node| match rest {
            Some(rest) => node.find(rest, method),
            None => node.operations.iter().find(|known| known.method == *method),
        })
    }

    /// As much of a path as there are words for.
    fn known_words(&self, steps: &str) -> String {
        let mut route = String::with_capacity(steps.len() + 1);
        let mut node = self;
        for step in steps.split('/') {
            route.push('/');
            let place = node.texts.binary_search_by_key(&step, |(text, _)| text);
            let next = match (place, &node.value) {
                (Ok(place), _) => {
                    route.push_str(step);
                    &node.texts[place].1
                }
                (Err(_), Some(value)) => {
                    route.push('*');
                    value
                }
                (Err(_), None) => {
                    route.push('*');
                    return route;
                }
            };
            node = next;
        }
        route
    }
}

fn is_usually_idempotent(method: &Method) -> bool {
    method != Method::POST && method != Method::PATCH
}

/// What paths have in common that differ in ids only.
fn shape(path: &str) -> u64 {
    // The platform's own words are letters; `~`, numbers and addresses are somebody's.
    let is_word = |b: u8| b.is_ascii_alphabetic() || matches!(b, b'-' | b'.' | b'_');
    let is_id = |segment: &str| !segment.bytes().all(is_word);
    let is_version = |segment: &str| matches!(segment, "v1.0" | "v1" | "v2");
    let mut hasher = DefaultHasher::new();
    for segment in path.split('/') {
        let shown = Some(segment).filter(|segment| !is_id(segment) || is_version(segment));
        shown.hash(&mut hasher);
    }
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operation(method: &str, path: &str) -> Operation {
        Operation::new(&method.parse().unwrap(), path)
    }

    fn documented(operation: &Operation) -> Option<&str> {
        operation.group().map(|_| operation.route())
    }

    #[test]
    fn every_line_of_the_table_is_found_by_its_own_path() {
        let mut lines = 0;
        for line in TABLE.lines().skip(1) {
            let cells: Vec<_> = line.split(',').collect();
            let [method, template, group] = cells[..] else {
                panic!("{line} has not three cells");
            };
            let path = template.replace(['{', '}'], "1");
            let found = operation(method, &path);
            assert_eq!(
                (documented(&found), found.group()),
                (Some(template), Some(group)),
                "{line}"
            );
            assert!(
                ["light", "medium", "heavy", "auth", "nothrottling"].contains(&group),
                "{line}"
            );
            lines += 1;
        }
        assert!(lines > 600);
    }

    #[test]
    fn paths_lead_to_templates_and_groups() {
        let table = [
            (
                "GET",
                "/restapi/v1.0/account/~",
                Some("/restapi/v1.0/account/{accountId}"),
                Some("light"),
            ),
            (
                "GET",
                "/restapi/v1.0/account/900110022/extension/~/call-log",
                Some("/restapi/v1.0/account/{accountId}/extension/{extensionId}/call-log"),
                Some("heavy"),
            ),
            (
                "POST",
                "/restapi/v1.0/account/~/extension/~/sms",
                Some("/restapi/v1.0/account/{accountId}/extension/{extensionId}/sms"),
                Some("medium"),
            ),
            ("GET", "/scim/v2/Users", Some("/scim/v2/Users"), Some("light")),
            // A text that leads nowhere does not hide the value beside it.
            ("GET", "/scim/v2/Schemas", Some("/scim/{version}/Schemas"), None),
            ("HEAD", "/restapi/v1.0/account/~", None, None),
            ("GET", "/restapi/v1.0/account//extension", None, None),
            ("GET", "/restapi/v9/account/~", None, None),
            ("GET", "", None, None),
        ];
        for (method, path, template, group) in table {
            let found = operation(method, path);
            assert_eq!(documented(&found), template, "{method} {path}");
            assert_eq!(found.group().is_some(), template.is_some(), "{method} {path}");
            assert!(group.is_none() || found.group() == group, "{method} {path}");
        }
    }

    #[test]
    fn what_may_be_repeated() {
        let table = [
            ("GET", "/restapi/v1.0/account/~", true),
            ("PUT", "/restapi/v1.0/account/~/extension/~", true),
            ("DELETE", "/restapi/v1.0/subscription/1", true),
            ("POST", "/restapi/v1.0/account/~/extension/~/sms", false),
            ("POST", "/restapi/v1.0/subscription", false),
            (
                "PATCH",
                "/restapi/v1.0/account/~/extension/~/unified-presence",
                false,
            ),
            (
                "PATCH",
                "/restapi/v1.0/account/~/extension/~/message-store/1",
                true,
            ),
            ("POST", "/restapi/v1.0/subscription/1/renew", true),
            ("POST", "/restapi/v1.0/number-parser/parse", true),
            (
                "DELETE",
                "/restapi/v1.0/account/~/extension/~/message-store/1",
                false,
            ),
            (
                "DELETE",
                "/restapi/v1.0/account/~/extension/~/message-store",
                false,
            ),
            ("DELETE", "/restapi/v1.0/account/~/extension/~/call-log", false),
            ("GET", "/x/1", true),
            ("POST", "/x/1", false),
        ];
        for (method, path, expected) in table {
            assert_eq!(
                operation(method, path).is_idempotent(),
                expected,
                "{method} {path}"
            );
        }
    }

    #[test]
    fn each_exception_is_an_operation_of_the_table() {
        for (method, template) in REPEATABLE.iter().chain(NOT_REPEATABLE) {
            let line = format!("{method},{template},");
            assert!(TABLE.lines().any(|known| known.starts_with(&line)), "{line}");
        }
    }

    #[test]
    fn unknown_operations_are_told_apart_by_template_and_not_by_id() {
        assert_eq!(operation("GET", "/x/101/y"), operation("GET", "/x/~/y"));
        assert_ne!(operation("GET", "/x/101/y"), operation("GET", "/x/101/z"));
        assert_ne!(operation("GET", "/x/v1/y"), operation("GET", "/x/v2/y"));
        assert_ne!(operation("GET", "/x"), operation("POST", "/x"));
    }

    #[test]
    fn of_an_unknown_path_only_the_documents_words_are_shown() {
        let table = [
            ("GET", "/x/ada", "/*"),
            ("GET", "/", "/*"),
            ("GET", "", "/*"),
            (
                "HEAD",
                "/restapi/v1.0/account/~/extension/~/call-log/AbCdEf",
                "/restapi/v1.0/account/*/extension/*/call-log/*",
            ),
            (
                "GET",
                "/restapi/v1.0/account/ada/extension/lovelace/diary/of/ada",
                "/restapi/v1.0/account/*/extension/*/*",
            ),
            ("PUT", "/restapi/v1.0/account/~", "/restapi/v1.0/account/*"),
        ];
        for (method, path, route) in table {
            assert_eq!(operation(method, path).route(), route, "{method} {path}");
        }
    }
}
