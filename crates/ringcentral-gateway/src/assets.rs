//! Style sheet, scripts and mark: compiled in, and served under names that change with their content.

use std::fmt::Write;
use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

use crate::problem::Problem;

const CSS: &str = "text/css; charset=utf-8";
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";

/// A name says what the content is, so a copy never goes stale.
const FOR_A_YEAR: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// Where the pages find their assets.
pub(crate) struct Urls {
    pub(crate) style: String,
    pub(crate) page: String,
    pub(crate) login: String,
    pub(crate) login_done: String,
    pub(crate) mark: String,
}

struct Asset {
    url: String,
    content_type: &'static str,
    body: &'static str,
}

struct Assets {
    urls: Urls,
    all: Vec<Asset>,
}

static ASSETS: LazyLock<Assets> = LazyLock::new(|| {
    let mut all = Vec::new();
    let mut add = |name: &str, extension: &str, content_type, body: &'static str| {
        let url = format!("/static/{name}.{}.{extension}", short_hash(body));
        all.push(Asset {
            url: url.clone(),
            content_type,
            body,
        });
        url
    };
    let urls = Urls {
        style: add("style", "css", CSS, include_str!("../static/style.css")),
        page: add("page", "js", JAVASCRIPT, include_str!("../static/page.js")),
        login: add("login", "js", JAVASCRIPT, include_str!("../static/login.js")),
        login_done: add(
            "login-done",
            "js",
            JAVASCRIPT,
            include_str!("../static/login-done.js"),
        ),
        mark: add("mark", "svg", SVG, include_str!("../static/mark.svg")),
    };
    Assets { urls, all }
});

/// The addresses of this build's assets.
pub(crate) fn urls() -> &'static Urls {
    &ASSETS.urls
}

/// `GET /static/{file}`
pub(crate) async fn serve(Path(file): Path<String>) -> Response {
    let found = ASSETS
        .all
        .iter()
        .find(|asset| asset.url.strip_prefix("/static/") == Some(&file));
    match found {
        Some(asset) => answer(asset),
        None => Problem::not_found().into_response(),
    }
}

/// `GET /favicon.ico`, which browsers ask for whatever the page says.
pub(crate) async fn favicon() -> Response {
    let mark = ASSETS.all.iter().find(|asset| asset.url == urls().mark);
    mark.map_or_else(|| Problem::not_found().into_response(), answer)
}

fn answer(asset: &Asset) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(asset.content_type)),
        (header::CACHE_CONTROL, FOR_A_YEAR),
    ];
    (headers, asset.body).into_response()
}

fn short_hash(body: &str) -> String {
    let mut text = String::with_capacity(12);
    for byte in &Sha256::digest(body.as_bytes())[..6] {
        write!(text, "{byte:02x}").expect("a String takes everything");
    }
    text
}

/// Every asset with its address, for the gallery of pages.
#[cfg(test)]
pub(crate) fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
    ASSETS.all.iter().map(|asset| (asset.url.as_str(), asset.body))
}
