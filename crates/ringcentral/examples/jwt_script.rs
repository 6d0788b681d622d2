//! A script without a user: logs in with a JWT credential, and says who it is.
//!
//! ```text
//! cargo run -- emulate --exec cargo run -p ringcentral --example jwt_script
//! ```
//!
//! Settings: `RC_SERVER_URL`, `RC_CLIENT_ID`, `RC_CLIENT_SECRET`, `RC_JWT`, which `emulate` sets.
#![expect(clippy::print_stdout, reason = "an example talks to its user")]

use anyhow::Context;
use ringcentral::{App, Client, FileTokenStore};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let app = App::confidential(setting("RC_CLIENT_ID")?, setting("RC_CLIENT_SECRET")?);
    let client = Client::builder(app)
        .server(setting("RC_SERVER_URL")?)
        // The client logs in by itself: now, and whenever the login has ended.
        .jwt(setting("RC_JWT")?)
        // The next run goes on with this login. The platform allows five logins a minute, and scripts run often.
        .token_store(FileTokenStore::at("jwt-script.tokens.json"))
        // It ends after a call; nothing is to be begun that it would not see through.
        .refresh_ahead(false)
        .build()?;

    let me = client.me().info().await?;
    println!(
        "I am {}, extension {}",
        me.name.unwrap_or_default(),
        me.extension_number.unwrap_or_default()
    );
    Ok(())
}

fn setting(name: &str) -> anyhow::Result<String> {
    std::env::var(name).with_context(|| format!("{name} is not set"))
}
