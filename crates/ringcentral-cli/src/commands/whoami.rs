//! `whoami`: the platform's own word on who is logged in.

use serde_json::json;

use crate::context::Context;
use crate::failure::Failure;

pub(super) async fn run(context: &Context<'_>) -> Result<(), Failure> {
    let (settings, output) = (&context.settings, context.output);
    let client = context.client().await?;
    let who = client.me().info().await?;
    let contact = who.contact.clone().unwrap_or_default();
    let server = crate::settings::shown_server(client.server());
    if output.is_json() {
        return output.json(&json!({
            "extension_id": who.id,
            "extension_number": who.extension_number,
            "name": who.name,
            "email": contact.email,
            "account_id": who.account.as_ref().and_then(|account| account.id.as_ref()),
            "company": contact.company,
            "server": server,
            "profile": settings.profile.as_str(),
        }));
    }
    output.line(crate::output::printable(
        who.name.as_deref().unwrap_or("(no name)"),
    ))?;
    let extension = who
        .extension_number
        .as_deref()
        .map_or(String::new(), |number| format!("{number} "));
    output.field("extension", &format!("{extension}(ID {})", who.id))?;
    if let Some(id) = who.account.and_then(|account| account.id) {
        let company = contact
            .company
            .map_or(String::new(), |company| format!(" ({company})"));
        output.field("account", &format!("{id}{company}"))?;
    }
    if let Some(email) = &contact.email {
        output.field("email", email)?;
    }
    output.field("server", server)?;
    output.field("profile", settings.profile.as_str())
}
