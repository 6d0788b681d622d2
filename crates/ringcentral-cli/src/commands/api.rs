//! `api`: any endpoint, with the login, the retries and the pacing of every other command.

mod request;

use std::collections::HashSet;
use std::path::Path;

use http::Method;
use http::header::{CONTENT_TYPE, HeaderMap};
use ringcentral::{Client, RequestBuilder, Response};
use serde_json::{Value, json};

use self::request::Body;
use super::input;
use crate::args::ApiArgs;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::output::{Output, printable, stdout_is_terminal};

pub(super) async fn run(args: &ApiArgs, context: &Context<'_>) -> Result<(), Failure> {
    let (method, path) = request::target(args)?;
    if args.paginate && method != Method::GET {
        return Err(Failure::usage("--paginate follows the pages of a GET only"));
    }
    let body = match &args.input {
        Some(file) => Body::Bytes(input::bytes(Path::new(file)).await?),
        None => request::fields_body(args, &method),
    };
    let client = context.client().await?;
    let request = build(&client, method, &path, body, args);
    let output = context.output;
    if args.paginate {
        return pages(&client, request, args, output).await;
    }
    let response = request.send().await?;
    if args.include {
        head(&response, output)?;
    }
    if args.ndjson {
        let value: Value = response.json()?;
        return records(value)?
            .iter()
            .try_for_each(|record| output.json_line(record));
    }
    show(&response, output)
}

fn build(client: &Client, method: Method, path: &str, body: Body, args: &ApiArgs) -> RequestBuilder {
    let takes_fields = matches!(body, Body::Json(_));
    let mut request = client.request(method, path);
    if !takes_fields {
        request = request.query_pairs(args.fields.iter().map(|(name, value)| (name, value)));
    }
    request = match body {
        Body::None => request,
        Body::Json(value) => request.json(&value),
        Body::Bytes(bytes) => request.body(bytes, "application/json"),
    };
    args.headers.iter().fold(request, |request, (name, value)| {
        request.header(name.as_str(), value)
    })
}

fn head(response: &Response, output: &Output) -> Result<(), Failure> {
    output.line(format!("HTTP {}", response.status()))?;
    for (name, value) in response.headers() {
        output.line(format!(
            "{name}: {}",
            printable(&String::from_utf8_lossy(value.as_bytes()))
        ))?;
    }
    output.line("")
}

fn show(response: &Response, output: &Output) -> Result<(), Failure> {
    let bytes = response.bytes();
    if bytes.is_empty() {
        return Ok(());
    }
    if stdout_is_terminal() {
        if is_json(response.headers())
            && let Ok(value) = response.json::<Value>()
        {
            return output.json(&value);
        }
        return match response.text() {
            Ok(text) if !text.contains(|c: char| c.is_control() && !c.is_whitespace()) => output.line(text),
            _ => Err(
                Failure::usage("the answer is not text, and would spoil the terminal")
                    .advise("send it to a file: ringcentral api … > FILE"),
            ),
        };
    }
    output.bytes(bytes)?;
    if is_json(response.headers()) && !bytes.ends_with(b"\n") {
        output.bytes(b"\n")
    } else {
        Ok(())
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let content_type = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    content_type
        .split(';')
        .next()
        .is_some_and(|kind| kind.ends_with("/json") || kind.ends_with("+json"))
}

/// All pages: as one document, or record by record as they come.
async fn pages(
    client: &Client,
    first: RequestBuilder,
    args: &ApiArgs,
    output: &Output,
) -> Result<(), Failure> {
    let mut all = Vec::new();
    let mut seen = HashSet::new();
    let mut printed = 0_u64;
    let mut request = first;
    let mut here: Option<String> = None;
    loop {
        let response = match request.send().await {
            Ok(response) => response,
            Err(error) => return Err(stopped(error.into(), here.as_deref(), printed)),
        };
        if args.include {
            head(&response, output)?;
        }
        let value: Value = response.json()?;
        let next = value["navigation"]["nextPage"]["uri"].as_str().map(str::to_owned);
        for record in records(value)? {
            if args.ndjson {
                output.json_line(&record)?;
                printed += 1;
            } else {
                all.push(record);
            }
        }
        let Some(next) = next else { break };
        if !seen.insert(next.clone()) {
            let failure = Failure::new(Exit::Refused, "the pages lead in a circle");
            return Err(stopped(
                failure.because(format!("{next} was fetched already")),
                None,
                printed,
            ));
        }
        request = args
            .headers
            .iter()
            .fold(client.get(&next), |request, (name, value)| {
                request.header(name.as_str(), value)
            });
        here = Some(next);
    }
    if args.ndjson {
        Ok(())
    } else {
        output.json(&json!({ "records": all }))
    }
}

fn records(mut value: Value) -> Result<Vec<Value>, Failure> {
    match value.get_mut("records").map(Value::take) {
        Some(Value::Array(records)) => Ok(records),
        _ => Err(Failure::usage("the answer has no records to go through")
            .advise("call it without --paginate and --ndjson")),
    }
}

/// Records that were printed are done; the rest can be asked for from the page that failed.
fn stopped(failure: Failure, page: Option<&str>, printed: u64) -> Failure {
    match page {
        Some(page) if printed > 0 => failure
            .with_exit(Exit::Partial)
            .because(format!("{printed} records are printed"))
            .advise(format!(
                "go on with: ringcentral api '{page}' --paginate --ndjson"
            )),
        _ => failure,
    }
}
