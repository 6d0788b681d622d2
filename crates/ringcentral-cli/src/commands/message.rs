//! `message list`.

use ringcentral::{Message, MessageDirection, MessageParty, MessageType};

use super::extension::{page_size, take};
use crate::args::{DirectionArg, MessageListArgs};
use crate::context::{Context, local_time, now};
use crate::failure::Failure;

pub(super) async fn list(args: &MessageListArgs, context: &Context<'_>) -> Result<(), Failure> {
    let client = context.client().await?;
    let limit = page_size(Some(args.limit));
    let mut list = client
        .me()
        .messages()
        .date_from(args.from.at(now()))
        .per_page(limit);
    if let Some(kind) = &args.kind {
        list = list.message_type(&MessageType::from(kind.as_str()));
    }
    if let Some(direction) = args.direction {
        list = list.direction(&match direction {
            DirectionArg::Inbound => MessageDirection::Inbound,
            DirectionArg::Outbound => MessageDirection::Outbound,
        });
    }
    let messages: Vec<Message> = take(list.items(), Some(args.limit)).await?;
    if context.output.is_json() {
        return context.output.json(&messages);
    }
    let rows = messages.iter().map(|message| {
        vec![
            message.creation_time.map(local_time).unwrap_or_default(),
            message
                .kind
                .as_ref()
                .map(|kind| kind.as_str().to_owned())
                .unwrap_or_default(),
            message
                .direction
                .as_ref()
                .map(|direction| direction.as_str().to_owned())
                .unwrap_or_default(),
            label(&message.from),
            message.to.iter().map(label).collect::<Vec<_>>().join(", "),
            message
                .message_status
                .as_ref()
                .map(|status| status.as_str().to_owned())
                .unwrap_or_default(),
            message.subject.clone().unwrap_or_default(),
        ]
    });
    let heading = ["TIME", "TYPE", "DIRECTION", "FROM", "TO", "STATUS", "TEXT"];
    context
        .output
        .table(&heading, rows.collect(), "No messages in that time")?;
    if messages.len() == args.limit {
        context.output.note(format!(
            "Only the latest {} are shown; --limit shows more",
            args.limit
        ));
    }
    Ok(())
}

fn label(party: &MessageParty) -> String {
    let candidates = [&party.name, &party.phone_number, &party.extension_number];
    candidates
        .into_iter()
        .flatten()
        .find(|text| !text.is_empty())
        .cloned()
        .unwrap_or_default()
}
