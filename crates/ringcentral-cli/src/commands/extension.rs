//! `extension list` and `extension show`.

use futures_util::TryStreamExt as _;
use ringcentral::{ExtensionInfo, ExtensionStatus, ExtensionType};

use crate::args::{ExtensionListArgs, ExtensionShowArgs};
use crate::context::Context;
use crate::failure::Failure;

pub(super) async fn list(args: &ExtensionListArgs, context: &Context<'_>) -> Result<(), Failure> {
    let client = context.client().await?;
    let mut list = client.account("~").extensions().per_page(page_size(args.limit));
    if let Some(status) = &args.status {
        list = list.status(&ExtensionStatus::from(status.as_str()));
    }
    if let Some(kind) = &args.kind {
        list = list.kind(&ExtensionType::from(kind.as_str()));
    }
    let found: Vec<ExtensionInfo> = take(list.items(), args.limit).await?;
    if context.output.is_json() {
        return context.output.json(&found);
    }
    let rows = found.iter().map(|extension| {
        let contact = extension.contact.clone().unwrap_or_default();
        vec![
            extension.extension_number.clone().unwrap_or_default(),
            extension.name.clone().unwrap_or_default(),
            text(extension.kind.as_ref().map(ExtensionType::as_str)),
            text(extension.status.as_ref().map(ExtensionStatus::as_str)),
            contact.email.unwrap_or_default(),
            extension.id.to_string(),
        ]
    });
    let heading = ["EXT", "NAME", "TYPE", "STATUS", "EMAIL", "ID"];
    context
        .output
        .table(&heading, rows.collect(), "No extension is like that")
}

pub(super) async fn show(args: &ExtensionShowArgs, context: &Context<'_>) -> Result<(), Failure> {
    let client = context.client().await?;
    let extension = client
        .account("~")
        .extension(args.id.as_str())
        .info()
        .await
        .map_err(|error| {
            let missing = error.status().is_some_and(|status| status.as_u16() == 404);
            let failure = Failure::from(error);
            if missing {
                failure.advise("ringcentral extension list   (the ID is its last column)")
            } else {
                failure
            }
        })?;
    let output = context.output;
    if output.is_json() {
        return output.json(&extension);
    }
    let contact = extension.contact.unwrap_or_default();
    for (name, value) in [
        ("name", extension.name),
        ("extension", extension.extension_number),
        ("type", extension.kind.map(|kind| kind.as_str().to_owned())),
        (
            "status",
            extension.status.map(|status| status.as_str().to_owned()),
        ),
        ("company", contact.company),
        ("email", contact.email),
        ("phone", contact.business_phone),
        ("id", Some(extension.id.to_string())),
    ] {
        if let Some(value) = value {
            output.field(name, &value)?;
        }
    }
    Ok(())
}

fn text(value: Option<&str>) -> String {
    value.unwrap_or_default().to_owned()
}

/// No larger pages than what is wanted, and none that the platform would refuse.
pub(super) fn page_size(limit: Option<usize>) -> u64 {
    let most = 250;
    limit.map_or(most, |limit| u64::try_from(limit).unwrap_or(most).clamp(1, most))
}

/// The first `limit` of a list, fetching no page beyond them.
pub(super) async fn take<T>(
    mut items: impl futures_util::Stream<Item = ringcentral::Result<T>> + Unpin,
    limit: Option<usize>,
) -> Result<Vec<T>, Failure> {
    let mut taken = Vec::new();
    while limit.is_none_or(|limit| taken.len() < limit) {
        match items.try_next().await? {
            Some(item) => taken.push(item),
            None => break,
        }
    }
    Ok(taken)
}
