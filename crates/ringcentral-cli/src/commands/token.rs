//! `token`: the one command that shows a secret, because that is what it is for.

use serde_json::json;

use crate::args::TokenArgs;
use crate::context::Context;
use crate::failure::Failure;

pub(super) async fn run(args: &TokenArgs, context: &Context<'_>) -> Result<(), Failure> {
    let client = context.client().await?;
    let token = client.oauth().access_token(args.min_ttl).await?;
    if !context.output.is_json() {
        return context.output.line(token.expose_secret());
    }
    let info = client.oauth().status().await?;
    context.output.json(&json!({
        "access_token": token.expose_secret(),
        "token_type": "bearer",
        "expires_at": info.map(|info| info.expires_at),
    }))
}
