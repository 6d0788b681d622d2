//! Sends a file as a fax, and follows it until it has arrived.
//!
//! ```text
//! cargo run -- emulate --exec cargo run -p ringcentral --example send_fax README.md
//! ```
//!
//! Settings: `RC_SERVER_URL`, `RC_CLIENT_ID`, `RC_CLIENT_SECRET`, `RC_JWT`, `RC_TO`, which `emulate` sets.
#![expect(clippy::print_stdout, reason = "an example talks to its user")]

use std::time::Duration;

use anyhow::{Context, bail};
use ringcentral::{App, Client, Message, MessageStatus, PhoneNumber};

/// A fax takes half a minute for each page, and a busy line is tried again.
const LOOKS: u32 = 120;
const PAUSE: Duration = Duration::from_secs(5);

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let file = std::env::args()
        .nth(1)
        .context("name a file to send: PDF, TIFF, office documents, pictures, text")?;
    let to = PhoneNumber::parse(&setting("RC_TO")?)?;
    let app = App::confidential(setting("RC_CLIENT_ID")?, setting("RC_CLIENT_SECRET")?);
    let client = Client::builder(app)
        .server(setting("RC_SERVER_URL")?)
        .jwt(setting("RC_JWT")?)
        .build()?;

    // The file is read while it is sent, so its size does not matter here; the platform takes 50 MB.
    let sent = client
        .me()
        .fax()
        .send_to(&to)
        .file(file)
        .cover_page(0)
        .send()
        .await;
    let fax = match sent {
        Ok(fax) => fax,
        Err(error) if error.is_outcome_unknown() => {
            bail!(
                "nobody knows whether it was sent; look into the message store before sending it again: {error}"
            )
        }
        Err(error) => return Err(error.into()),
    };
    follow(&client, fax).await
}

async fn follow(client: &Client, mut fax: Message) -> anyhow::Result<()> {
    let mut said = None;
    for _ in 0..LOOKS {
        if fax.message_status != said {
            said.clone_from(&fax.message_status);
            println!("{}", said.as_ref().map_or("unknown", MessageStatus::as_str));
        }
        match fax.message_status {
            // Of a fax, `Sent` means that the other machine has taken every page.
            Some(MessageStatus::Sent) => {
                println!("{} pages", fax.fax_page_count.unwrap_or_default());
                return Ok(());
            }
            Some(MessageStatus::SendingFailed) => {
                // Each recipient has a reason of its own.
                let why = fax.to.iter().find_map(|party| party.fax_error_code.as_ref());
                bail!(
                    "it did not arrive: {}",
                    why.map_or("no reason was given", |why| why.as_str())
                );
            }
            _ => tokio::time::sleep(PAUSE).await,
        }
        fax = client.me().message(fax.id).await?;
    }
    println!("it is still on its way; message {}", fax.id);
    Ok(())
}

fn setting(name: &str) -> anyhow::Result<String> {
    std::env::var(name).with_context(|| format!("{name} is not set"))
}
