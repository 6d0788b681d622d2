//! Numbers with a part to play: what is sent to `+1 … 555 0190` up to `0199`, in any area, ends as the table says.

use jiff::SignedDuration;

/// How long a message lies in the queue before it is sent.
pub(crate) const SENDING: SignedDuration = SignedDuration::from_secs(1);
/// How long after that its delivery is reported.
pub(crate) const DELIVERY: SignedDuration = SignedDuration::from_secs(2);
/// How much longer than usual the slow number takes.
const SLOW: SignedDuration = SignedDuration::from_secs(60);

/// What becomes of a text message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Text {
    Delivered,
    /// Sent, but nobody ever says that it was delivered.
    Unconfirmed,
    SendingFailed(&'static str),
    DeliveryFailed(&'static str),
}

/// What becomes of a text message to this number.
pub(crate) fn text(number: &str) -> Text {
    match part(number) {
        Some('1') => Text::Unconfirmed,
        Some('2') => Text::DeliveryFailed("SMS-UP-410"),
        Some('3') => Text::DeliveryFailed("SMS-CAR-411"),
        Some('4') => Text::DeliveryFailed("SMS-CAR-430"),
        Some('5') => Text::SendingFailed("SMS-RC-410"),
        Some('6') => Text::SendingFailed("SMS-RC-430"),
        Some('7') => Text::SendingFailed("SMS-RC-500"),
        Some('9') => Text::SendingFailed("SMS-RC-413"),
        _ => Text::Delivered,
    }
}

/// Whether a message to this number is refused at once, because it is blocked.
pub(crate) fn is_blocked(number: &str) -> bool {
    part(number) == Some('8')
}

/// How long what is sent to this number lies in the queue.
pub(crate) fn queueing(number: &str) -> SignedDuration {
    if part(number) == Some('0') {
        SENDING + SLOW
    } else {
        SENDING
    }
}

/// Why a fax to this number fails, if it does.
pub(crate) fn fax(number: &str) -> Option<&'static str> {
    match part(number)? {
        '1' => Some("LineBusy"),
        '2' => Some("NoAnswer"),
        '3' => Some("CallDeclined"),
        '4' => Some("CallFailed"),
        '5' => Some("NoFaxMachine"),
        '6' => Some("InvalidNumber"),
        '7' => Some("InternalError"),
        '8' => Some("ProhibitedNumber"),
        _ => None,
    }
}

/// How a call to this number fails, if it does: the `RingOut` status of that side, and the call log's result.
pub(crate) fn call(number: &str) -> Option<(&'static str, &'static str)> {
    if !number.starts_with("+1") {
        return Some(("InternationalDisabled", "International Disabled"));
    }
    match part(number)? {
        '1' => Some(("Busy", "Busy")),
        '2' => Some(("NoAnswer", "No Answer")),
        '3' => Some(("Rejected", "Rejected")),
        '4' => Some(("GenericError", "Call Failed")),
        '5' => Some(("GenericError", "Wrong Number")),
        '8' => Some(("DestinationBlocked", "Blocked")),
        _ => None,
    }
}

/// The last digit of a number with a part to play.
fn part(number: &str) -> Option<char> {
    let digits = number.strip_prefix("+1")?;
    (digits.len() == 10 && digits.get(3..9) == Some("555019")).then(|| digits.chars().last())?
}

#[cfg(test)]
mod tests {
    use super::{Text, call, fax, is_blocked, queueing, text};

    /// The rows about a number in a page of the documents.
    fn rows(page: &str, digit: char) -> Vec<String> {
        let path = format!("{}/../../docs/emulator/{page}", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        text.lines()
            .filter(|line| line.starts_with('|') && line.contains(&format!("555 019{digit}`")))
            .map(str::to_owned)
            .collect()
    }

    #[test]
    fn the_documents_say_what_the_numbers_do() {
        for digit in '0'..='9' {
            let number = format!("+1212555019{digit}");
            let texts = rows("sms.md", digit);
            let wanted = match text(&number) {
                _ if is_blocked(&number) => "MSG-243",
                Text::Delivered => "60 seconds longer",
                Text::Unconfirmed => "`Sent` for ever",
                Text::SendingFailed(code) | Text::DeliveryFailed(code) => code,
            };
            assert!(texts[0].contains(wanted), "{wanted}: {}", texts[0]);
            assert_eq!(
                texts[0].contains("`SendingFailed`"),
                matches!(text(&number), Text::SendingFailed(_)),
                "{}",
                texts[0]
            );
            let faxed = texts.get(1).and_then(|row| row.split('`').nth(3));
            assert_eq!(faxed, fax(&number), "{number}");
            let called = rows("calls.md", digit);
            let called = called.first().map(|row| {
                let cells: Vec<&str> = row.split('|').map(str::trim).collect();
                (cells[2].trim_matches('`').to_owned(), cells[3].to_owned())
            });
            let wanted = call(&number).map(|(status, result)| (status.to_owned(), result.to_owned()));
            assert_eq!(called, wanted, "{number}");
        }
    }

    #[test]
    fn only_the_ten_numbers_of_each_area_play_a_part() {
        for number in [
            "+12125550147",
            "+16505550100",
            "+12125550189",
            "+12125551199",
            "+442079460199",
            "+1212555019",
            "12125550199",
            "",
        ] {
            assert_eq!(text(number), Text::Delivered, "{number}");
            assert_eq!((fax(number), is_blocked(number)), (None, false), "{number}");
        }
        assert_eq!(text("+12125550199"), Text::SendingFailed("SMS-RC-413"));
        assert_eq!(text("+16505550193"), Text::DeliveryFailed("SMS-CAR-411"));
        assert_eq!(fax("+16505550191"), Some("LineBusy"));
        assert!(is_blocked("+13105550198"));
        assert_eq!(queueing("+13105550190").as_secs(), 61);
        assert_eq!(queueing("+13105550191").as_secs(), 1);
        assert_eq!(call("+13105550147"), None);
        assert_eq!(call("+13105550192"), Some(("NoAnswer", "No Answer")));
        assert_eq!(
            call("+442079460123"),
            Some(("InternationalDisabled", "International Disabled"))
        );
    }
}
