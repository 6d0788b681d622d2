//! For whoever watches the server; these say nothing but the status.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::problem::PlainAnswer;
use crate::state::AppState;

/// `GET /healthz`: the process answers.
pub(crate) async fn alive() -> Response {
    plain(StatusCode::OK, "ok\n")
}

/// `GET /readyz`: it can do its work, too.
pub(crate) async fn ready(State(state): State<AppState>) -> Response {
    match state.vault.ping().await {
        Ok(()) => plain(StatusCode::OK, "ready\n"),
        Err(error) => {
            tracing::error!(%error, "not ready: the vault does not answer");
            plain(StatusCode::SERVICE_UNAVAILABLE, "not ready\n")
        }
    }
}

fn plain(status: StatusCode, text: &'static str) -> Response {
    let mut response = (
        status,
        [(header::CONTENT_TYPE, "text/plain; charset=utf-8")],
        text,
    )
        .into_response();
    response.extensions_mut().insert(PlainAnswer);
    response
}
