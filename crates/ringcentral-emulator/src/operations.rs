//! The table of operations: which paths exist, what they cost and which permissions they need.

use std::collections::HashMap;
use std::sync::LazyLock;

use http::Method;
use serde::ser::SerializeStruct as _;
use serde::{Serialize, Serializer};

use crate::call::Handler;
use crate::request::Params;

/// One operation of the platform. As JSON: `{id, method, path, group, appPermission, userPermission, emulated}`.
#[derive(Debug, Clone)]
pub(crate) struct Operation {
    pub(crate) method: Method,
    pub(crate) template: &'static str,
    /// The operation's name, such as `readUserCallLog`; made of method and path where the documents have none.
    pub(crate) id: String,
    /// The rate group: `Light`, `Medium`, `Heavy`, `Auth` or `NoThrottling`.
    pub(crate) group: &'static str,
    /// The permission the app needs; empty if none.
    pub(crate) app_permission: &'static str,
    /// The permission the user needs; empty if none.
    pub(crate) user_permission: &'static str,
    /// Absent: the operation exists on the platform but not here.
    pub(crate) handler: Option<Handler>,
}

/// What a path leads to.
pub(crate) enum Found {
    Operation(&'static Operation, Params),
    /// The path exists, but not with this method.
    WrongMethod(Vec<Method>),
    Nothing,
}

/// All operations, by path.
pub(crate) struct Operations {
    router: matchit::Router<usize>,
    routes: Vec<Vec<Operation>>,
}

const TABLE: &str = include_str!("../data/operations.csv");

/// Operations that answer without a token.
const OPEN: &[&str] = &["/restapi", "/restapi/{apiVersion}", "/restapi/v1.0/status"];

/// What the authorization server answers by itself, before any operation is looked up.
const AUTHORIZATION: &[(&str, &str)] = &[
    ("GET", "/restapi/oauth/authorize"),
    ("POST", "/restapi/oauth/authorize"),
    ("POST", "/restapi/oauth/token"),
    ("POST", "/restapi/oauth/revoke"),
    ("GET", "/restapi/oauth/jwks"),
    ("GET", "/.well-known/openid-configuration"),
];

static OPERATIONS: LazyLock<Operations> = LazyLock::new(|| {
    let handlers = [crate::rest::handlers(), crate::oauth::handlers()].concat();
    Operations::new(&handlers)
});

/// The table that every world shares.
pub(crate) fn table() -> &'static Operations {
    &OPERATIONS
}

impl Serialize for Operation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = serializer.serialize_struct("Operation", 7)?;
        members.serialize_field("id", &self.id)?;
        members.serialize_field("method", self.method.as_str())?;
        members.serialize_field("path", self.template)?;
        members.serialize_field("group", self.group)?;
        members.serialize_field("appPermission", self.app_permission)?;
        members.serialize_field("userPermission", self.user_permission)?;
        members.serialize_field("emulated", &self.is_emulated())?;
        members.end()
    }
}

impl Operation {
    /// Whether the emulator does what it says; the others answer 501.
    pub(crate) fn is_emulated(&self) -> bool {
        self.handler.is_some() || AUTHORIZATION.contains(&(self.method.as_str(), self.template))
    }

    /// Whether it answers without a token.
    pub(crate) fn is_open(&self) -> bool {
        OPEN.contains(&self.template)
    }
}

impl Operations {
    fn new(handlers: &[(Method, &'static str, Handler)]) -> Self {
        let mut by_key: HashMap<(&str, Method), Handler> = handlers
            .iter()
            .map(|(method, template, handler)| ((*template, method.clone()), *handler))
            .collect();
        let mut this = Self {
            router: matchit::Router::new(),
            routes: Vec::new(),
        };
        let mut index: HashMap<&'static str, usize> = HashMap::new();
        let mut add = |operation: Operation| {
            let at = *index.entry(operation.template).or_insert_with(|| {
                let at = this.routes.len();
                this.routes.push(Vec::new());
                if let Err(error) = this.router.insert(operation.template, at) {
                    tracing::warn!(template = operation.template, %error, "an operation's path cannot be routed");
                }
                at
            });
            this.routes[at].push(operation);
        };
        for line in TABLE.lines().skip(1) {
            if let Some(mut operation) = read_row(line) {
                operation.handler = by_key.remove(&(operation.template, operation.method.clone()));
                add(operation);
            }
        }
        // Operations that newer definitions no longer list, such as the service status.
        for ((template, method), handler) in by_key {
            add(Operation {
                id: made_id(&method, template),
                method,
                template,
                group: "Light",
                app_permission: "",
                user_permission: "",
                handler: Some(handler),
            });
        }
        this
    }

    /// How many of the operations the platform's definitions list. Clients call more than those.
    pub(crate) fn listed() -> usize {
        TABLE.lines().skip(1).count()
    }

    /// Every operation, by path and method: what the emulator's coverage is told by.
    pub(crate) fn list(&self) -> Vec<&Operation> {
        let mut all: Vec<&Operation> = self.routes.iter().flatten().collect();
        all.sort_by_key(|operation| (operation.template, operation.method.as_str()));
        all
    }

    /// Finds the operation of a method and a path without trailing slash. HEAD is answered as GET.
    pub(crate) fn find(&'static self, method: &Method, path: &str) -> Found {
        let Ok(matched) = self.router.at(path) else {
            return Found::Nothing;
        };
        let route = &self.routes[*matched.value];
        let method = if method == Method::HEAD {
            &Method::GET
        } else {
            method
        };
        match route.iter().find(|operation| operation.method == *method) {
            Some(operation) => Found::Operation(operation, Params::new(matched.params.iter())),
            None => Found::WrongMethod(route.iter().map(|operation| operation.method.clone()).collect()),
        }
    }
}

/// A name for an operation that has none: `GET …/account/{accountId}/call-log-extract-sync` is
/// `get-account-call-log-extract-sync`.
fn made_id(method: &Method, template: &str) -> String {
    let mut id = method.as_str().to_ascii_lowercase();
    for part in template.split('/') {
        let known = ["", "restapi", "v1.0"].contains(&part);
        let part = part.trim_matches(['{', '}', '.']);
        if !known {
            id.push('-');
            id.push_str(part);
        }
    }
    id
}

/// Columns: method, path, SDK's group, app and user permission, then the docs' three as a fallback, and the docs' name.
fn read_row(line: &'static str) -> Option<Operation> {
    let columns: Vec<&'static str> = line.split(',').collect();
    let [
        method,
        template,
        group_sdk,
        app_sdk,
        user_sdk,
        group_docs,
        app_docs,
        user_docs,
        id,
        ..,
    ] = columns[..]
    else {
        return None;
    };
    let pick = |sdk: &'static str, docs: &'static str| if sdk.is_empty() { docs } else { sdk };
    let group = pick(group_sdk, group_docs);
    let method: Method = method.parse().ok()?;
    Some(Operation {
        id: if id.is_empty() {
            made_id(&method, template)
        } else {
            id.to_owned()
        },
        method,
        template,
        group: if group.is_empty() { "Light" } else { group },
        app_permission: pick(app_sdk, app_docs),
        user_permission: pick(user_sdk, user_docs),
        handler: None,
    })
}

#[cfg(test)]
mod tests;
