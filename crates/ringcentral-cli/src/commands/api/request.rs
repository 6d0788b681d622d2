//! From the command line to a request, without sending anything.

use http::Method;
use serde_json::{Map, Value};

use crate::args::ApiArgs;
use crate::failure::Failure;

/// What the request carries.
pub(super) enum Body {
    None,
    Json(Value),
    Bytes(Vec<u8>),
}

/// API families beside `/restapi`.
const FAMILIES: [&str; 9] = [
    "restapi",
    "team-messaging",
    "webinar",
    "scim",
    "rcvideo",
    "ai",
    "analytics",
    "cx",
    ".well-known",
];

pub(super) fn target(args: &ApiArgs) -> Result<(Method, String), Failure> {
    let (method, path) = if let Some(path) = &args.path {
        (parse_method(&args.method_or_path)?, path)
    } else if is_method_name(&args.method_or_path) {
        return Err(Failure::usage("the path is missing").advise(format!(
            "ringcentral api {} account/~/extension/~",
            args.method_or_path
        )));
    } else {
        let has_body = args.input.is_some() || !args.json_fields.is_empty();
        (
            if has_body { Method::POST } else { Method::GET },
            &args.method_or_path,
        )
    };
    if !args.json_fields.is_empty() && !takes_body(&method) {
        return Err(
            Failure::usage(format!("-F makes a body, and a {method} has none"))
                .advise("use -f for a parameter of the query"),
        );
    }
    Ok((method, full_path(path)))
}

fn is_method_name(text: &str) -> bool {
    ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"].contains(&text.to_ascii_uppercase().as_str())
}

fn parse_method(text: &str) -> Result<Method, Failure> {
    if !is_method_name(text) {
        return Err(Failure::usage("the first of two arguments is the method")
            .advise("ringcentral api GET account/~/extension/~"));
    }
    Ok(text
        .to_ascii_uppercase()
        .parse()
        .expect("a method's name is a method"))
}

/// Whole addresses and whole paths stay as they are; short ones are completed to the classic API.
fn full_path(path: &str) -> String {
    if path.contains("://") || path.starts_with("//") {
        return path.to_owned();
    }
    let path = path
        .trim_start_matches('/')
        .replace("{accountId}", "~")
        .replace("{extensionId}", "~");
    let first = path.split(['/', '?']).next().unwrap_or_default();
    if FAMILIES.contains(&first) {
        format!("/{path}")
    } else if first == "v1.0" || first == "v2" || first == "oauth" {
        format!("/restapi/{path}")
    } else {
        format!("/restapi/v1.0/{path}")
    }
}

fn takes_body(method: &Method) -> bool {
    matches!(*method, Method::POST | Method::PUT | Method::PATCH)
}

/// `-f` and `-F` make a JSON object for methods that carry a body; otherwise `-f` goes to the query.
pub(super) fn fields_body(args: &ApiArgs, method: &Method) -> Body {
    if !takes_body(method) || (args.fields.is_empty() && args.json_fields.is_empty()) {
        return Body::None;
    }
    let texts = args
        .fields
        .iter()
        .map(|(name, text)| (name.clone(), Value::from(text.as_str())));
    let values = args.json_fields.iter().cloned();
    Body::Json(Value::Object(texts.chain(values).collect::<Map<_, _>>()))
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::args::{Cli, Command};

    fn parse(arguments: &[&str]) -> ApiArgs {
        let command = Cli::try_parse_from(["ringcentral", "api"].iter().chain(arguments))
            .unwrap()
            .command;
        let Command::Api(args) = command else {
            panic!("{command:?}")
        };
        args
    }

    fn request(arguments: &[&str]) -> Result<(String, String), String> {
        let target = target(&parse(arguments)).map_err(|failure| failure.what().to_owned());
        target.map(|(method, path)| (method.to_string(), path))
    }

    #[test]
    fn short_paths_are_completed_and_whole_ones_kept() {
        for (written, sent) in [
            ("account/~", "/restapi/v1.0/account/~"),
            ("/account/~", "/restapi/v1.0/account/~"),
            ("v1.0/account/~", "/restapi/v1.0/account/~"),
            ("restapi/v1.0/account/~", "/restapi/v1.0/account/~"),
            ("/restapi", "/restapi"),
            ("/team-messaging/v1/chats", "/team-messaging/v1/chats"),
            ("/scim/v2/Users", "/scim/v2/Users"),
            (
                "account/{accountId}/extension/{extensionId}",
                "/restapi/v1.0/account/~/extension/~",
            ),
            (
                "account/~/call-log?view=Simple",
                "/restapi/v1.0/account/~/call-log?view=Simple",
            ),
            (
                "https://evil.example.com/restapi",
                "https://evil.example.com/restapi",
            ),
            ("//evil.example.com/restapi", "//evil.example.com/restapi"),
            ("\\\\evil.example.com", "/restapi/v1.0/\\\\evil.example.com"),
        ] {
            assert_eq!(full_path(written), sent, "{written}");
        }
    }

    #[test]
    fn the_method_is_get_unless_there_is_a_body() {
        let path = "/restapi/v1.0/x".to_owned();
        for (arguments, method) in [
            (&["x"][..], "GET"),
            (&["x", "-f", "a=b"], "GET"),
            (&["x", "-F", "a=1"], "POST"),
            (&["x", "--input", "-"], "POST"),
            (&["put", "x", "-F", "a=1"], "PUT"),
            (&["DELETE", "x"], "DELETE"),
        ] {
            assert_eq!(
                request(arguments),
                Ok((method.to_owned(), path.clone())),
                "{arguments:?}"
            );
        }
        assert_eq!(request(&["POST"]), Err("the path is missing".to_owned()));
        assert_eq!(
            request(&["x", "y"]),
            Err("the first of two arguments is the method".to_owned())
        );
        assert_eq!(
            request(&["GET", "x", "-F", "a=1"]),
            Err("-F makes a body, and a GET has none".to_owned())
        );
    }

    #[test]
    fn fields_become_a_body_where_there_is_one() {
        let args = parse(&["POST", "x", "-f", "text=1", "-F", "to=[1]"]);
        let Body::Json(body) = fields_body(&args, &Method::POST) else {
            panic!("a body is expected")
        };
        assert_eq!(body, serde_json::json!({ "text": "1", "to": [1] }));
        assert!(matches!(
            fields_body(&parse(&["x", "-f", "a=b"]), &Method::GET),
            Body::None
        ));
        assert!(matches!(
            fields_body(&parse(&["POST", "x"]), &Method::POST),
            Body::None
        ));
    }
}
