//! `call-log list`.

use ringcentral::{CallDirection, CallLogView, CallRecord, CallType};

use super::extension::{page_size, take};
use crate::args::{CallLogListArgs, DirectionArg, Owner};
use crate::context::{Context, local_time, now};
use crate::failure::Failure;

pub(super) async fn list(args: &CallLogListArgs, context: &Context<'_>) -> Result<(), Failure> {
    let client = context.client().await?;
    let now = now();
    let list = match args.owner() {
        Owner::Extension => client.me().call_log(),
        Owner::Account => client.account("~").call_log(),
    };
    let mut list = list
        .date_from(args.from.at(now))
        .view(&CallLogView::Simple)
        .per_page(page_size(Some(args.limit)));
    if let Some(to) = args.to {
        list = list.date_to(to.at(now));
    }
    if let Some(direction) = args.direction {
        list = list.direction(&match direction {
            DirectionArg::Inbound => CallDirection::Inbound,
            DirectionArg::Outbound => CallDirection::Outbound,
        });
    }
    if let Some(kind) = &args.kind {
        list = list.kind(&CallType::from(kind.as_str()));
    }
    let calls: Vec<CallRecord> = take(list.items(), Some(args.limit)).await?;
    if context.output.is_json() {
        return context.output.json(&calls);
    }
    let rows = calls.iter().map(|call| {
        vec![
            local_time(call.start_time),
            call.direction.as_str().to_owned(),
            call.kind.as_str().to_owned(),
            call.from.label().to_owned(),
            call.to.label().to_owned(),
            call.duration.map(length).unwrap_or_default(),
            call.result.as_ref().map(ToString::to_string).unwrap_or_default(),
        ]
    });
    let heading = ["START", "DIRECTION", "TYPE", "FROM", "TO", "LENGTH", "RESULT"];
    context
        .output
        .table(&heading, rows.collect(), "No calls in that time")?;
    if calls.len() == args.limit {
        context.output.note(format!(
            "Only the latest {} are shown; --limit shows more",
            args.limit
        ));
    }
    Ok(())
}

/// 75 seconds are 1:15.
fn length(seconds: u64) -> String {
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes}:{seconds:02}")
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn lengths_as_on_a_phone() {
        for (seconds, shown) in [(0, "0:00"), (75, "1:15"), (3599, "59:59"), (3661, "1:01:01")] {
            assert_eq!(super::length(seconds), shown);
        }
    }
}
