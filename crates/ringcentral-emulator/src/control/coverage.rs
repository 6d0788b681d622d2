//! `GET /_emulator/coverage`, for people, and `GET /_emulator/coverage.md`, for the documentation.

use askama::Template;

use crate::coverage::{self, Family};
use crate::pages;
use crate::reply::Reply;

#[derive(Template)]
#[template(path = "coverage.html")]
struct Page {
    version: &'static str,
    emulated: usize,
    all: usize,
    families: Vec<Family>,
}

pub(super) fn page() -> Reply {
    let (emulated, all) = coverage::totals();
    pages::inspector(&Page {
        version: env!("CARGO_PKG_VERSION"),
        emulated,
        all,
        families: coverage::families(),
    })
}

pub(super) fn markdown() -> Reply {
    Reply::bytes("text/markdown; charset=utf-8", coverage::markdown())
}
