//! `GET /_emulator/coverage`, for people, and `GET /_emulator/coverage.md`, for the documentation.

use askama::Template;

use crate::coverage::{self, Family, Totals};
use crate::pages;
use crate::reply::Reply;

#[derive(Template)]
#[template(path = "coverage.html")]
struct Page {
    version: &'static str,
    totals: Totals,
    families: Vec<Family>,
}

pub(super) fn page() -> Reply {
    pages::inspector(&Page {
        version: env!("CARGO_PKG_VERSION"),
        totals: coverage::totals(),
        families: coverage::families(),
    })
}

pub(super) fn markdown() -> Reply {
    Reply::bytes("text/markdown; charset=utf-8", coverage::markdown())
}
