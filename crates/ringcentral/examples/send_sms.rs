//! Sends a text message, once, and follows it until it is delivered.
//!
//! ```text
//! cargo run -- emulate --exec cargo run -p ringcentral --example send_sms "Your table is ready"
//! ```
//!
//! Settings: `RC_SERVER_URL`, `RC_CLIENT_ID`, `RC_CLIENT_SECRET`, `RC_JWT`, `RC_FROM`, `RC_TO`, which `emulate` sets.
#![expect(clippy::print_stdout, reason = "an example talks to its user")]

use std::time::Duration;

use anyhow::{Context, bail};
use ringcentral::{App, Client, Message, MessageStatus, PhoneNumber};

/// Carriers confirm within seconds, or not at all.
const LOOKS: u32 = 30;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let text = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "Your table is ready".to_owned());
    let (from, to) = (
        PhoneNumber::parse(&setting("RC_FROM")?)?,
        PhoneNumber::parse(&setting("RC_TO")?)?,
    );
    let app = App::confidential(setting("RC_CLIENT_ID")?, setting("RC_CLIENT_SECRET")?);
    let client = Client::builder(app)
        .server(setting("RC_SERVER_URL")?)
        .jwt(setting("RC_JWT")?)
        .build()?;

    // When the answer is lost, the message may have gone out, so it is never sent again. `check_store` looks into the
    // message store to find out; without it, the error is all there is.
    let sent = client
        .me()
        .sms()
        .send_text(&from, text)
        .to(&to)
        .check_store(true)
        .await;
    let message = match sent {
        Ok(message) => message,
        Err(error) if error.is_outcome_unknown() => {
            bail!(
                "nobody knows whether it was sent; look into the message store before sending it again: {error}"
            )
        }
        Err(error) => return Err(error.into()),
    };
    // Accepted is not delivered yet.
    follow(&client, message).await
}

async fn follow(client: &Client, mut message: Message) -> anyhow::Result<()> {
    let mut said = None;
    for _ in 0..LOOKS {
        if message.message_status != said {
            said.clone_from(&message.message_status);
            println!("{}", said.as_ref().map_or("unknown", MessageStatus::as_str));
        }
        match message.message_status {
            Some(MessageStatus::Delivered) => return Ok(()),
            Some(MessageStatus::SendingFailed | MessageStatus::DeliveryFailed) => {
                let code = message.delivery_error_code.unwrap_or_default();
                bail!("it was not delivered: {code}");
            }
            _ => tokio::time::sleep(Duration::from_secs(1)).await,
        }
        message = client.me().message(message.id).await?;
    }
    println!("nobody has confirmed the delivery so far; message {}", message.id);
    Ok(())
}

fn setting(name: &str) -> anyhow::Result<String> {
    std::env::var(name).with_context(|| format!("{name} is not set"))
}
