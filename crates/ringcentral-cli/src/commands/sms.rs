//! `sms send`.

use std::path::Path;

use futures_util::TryStreamExt as _;
use ringcentral::{Client, ErrorKind, PhoneNumber};

use super::input;
use crate::args::SmsSendArgs;
use crate::context::Context;
use crate::failure::{Exit, Failure};

pub(super) async fn send(args: &SmsSendArgs, context: &Context<'_>) -> Result<(), Failure> {
    let to = args
        .to
        .iter()
        .map(|number| parse("--to", number))
        .collect::<Result<Vec<_>, _>>()?;
    let named = match (&args.from, &context.settings.from) {
        (Some(number), _) => Some(parse("--from", number)?),
        (None, Some(setting)) => Some(parse(&setting.origin.to_string(), &setting.value)?),
        (None, None) => None,
    };
    let text = if args.text == "-" {
        let bytes = input::bytes(Path::new("-")).await?;
        let text = String::from_utf8(bytes)
            .map_err(|_| Failure::usage("the text is not UTF-8; nothing was sent"))?;
        text.trim_end().to_owned()
    } else {
        args.text.clone()
    };
    if text.is_empty() {
        return Err(Failure::usage("the text is empty; nothing was sent"));
    }
    let client = context.client().await?;
    let from = match named {
        Some(number) => number,
        None => first_number(&client).await?,
    };

    let request = to
        .iter()
        .fold(client.me().sms().send_text(&from, text), |sms, number| {
            sms.to(number)
        });
    let message = request.send().await.map_err(|error| explain(error, &from))?;
    if context.output.is_json() {
        return context.output.json(&message);
    }
    let recipients: Vec<_> = to.iter().map(PhoneNumber::as_str).collect();
    let status = message
        .message_status
        .as_ref()
        .map_or("accepted", |status| status.as_str());
    context.output.line(format!(
        "Sent from {from} to {}: message {}, {}",
        recipients.join(", "),
        message.id,
        status.to_lowercase()
    ))
}

fn parse(place: &str, number: &str) -> Result<PhoneNumber, Failure> {
    PhoneNumber::parse(number)
        .map_err(|error| Failure::from(error).because(format!("look at {place}; nothing was sent")))
}

/// The platform lists the numbers of an extension; the first that can send texts will do.
async fn first_number(client: &Client) -> Result<PhoneNumber, Failure> {
    let mut numbers = client.me().phone_numbers().items();
    while let Some(number) = numbers.try_next().await? {
        if let Some(text) = number.phone_number.as_deref().filter(|_| number.can_send_sms()) {
            return Ok(PhoneNumber::parse(text)?);
        }
    }
    Err(Failure::new(Exit::Refused, "none of your numbers can send texts")
        .because("no number of this extension has the feature SmsSender")
        .advise("ask your administrator for a number, or name one with --from"))
}

fn explain(error: ringcentral::Error, from: &PhoneNumber) -> Failure {
    let about_from =
        error.kind() == ErrorKind::Api && error.parameter().is_some_and(|name| name.starts_with("from"));
    let unknown = error.is_outcome_unknown();
    let failure = Failure::from(error);
    if about_from {
        failure
            .because(format!("{from} may not send texts for this extension"))
            .advise("ringcentral api account/~/extension/~/phone-number   (look for SmsSender)")
    } else if unknown {
        failure.advise("ringcentral message list --type SMS --direction Outbound --from 10m")
    } else {
        failure
    }
}
