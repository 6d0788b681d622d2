//! Records as rows: tolerant readers, since a field that is missing is no reason to show nothing.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

use crate::html::words;
use crate::html::{CallRow, ExtensionRow, Party, Tone, icons};
use crate::logins::text_of;

pub(super) fn extension(record: &Value) -> ExtensionRow {
    let text = |pointer| record.pointer(pointer).and_then(text_of);
    let status = text("/status").unwrap_or_else(|| "Unknown".to_owned());
    ExtensionRow {
        number: text("/extensionNumber").unwrap_or_else(|| "–".to_owned()),
        name: text("/name").unwrap_or_else(|| "Without a name".to_owned()),
        kind: match text("/type").as_deref() {
            // What the platform calls a department, its users know as a call queue.
            Some("Department") => "Call queue".to_owned(),
            Some("IvrMenu") => "IVR menu".to_owned(),
            Some(other) => words::spaced(other),
            None => "–".to_owned(),
        },
        status_tone: match status.as_str() {
            "Enabled" => Tone::Good,
            "NotActivated" => Tone::Warn,
            _ => Tone::Calm,
        },
        status: words::spaced(&status),
        email: text("/contact/email"),
    }
}

pub(super) fn call(record: &Value, zone: &TimeZone) -> CallRow {
    let text = |pointer| record.pointer(pointer).and_then(text_of);
    let start: Option<Timestamp> = text("/startTime").and_then(|time| time.parse().ok());
    let direction = text("/direction").unwrap_or_else(|| "–".to_owned());
    let result = text("/result").unwrap_or_else(|| "–".to_owned());
    let result_tone = tone_of(&result);
    let outbound = direction == "Outbound";
    let (direction_class, direction_icon) = match result_tone {
        Tone::Bad if !outbound => ("missed", icons::MISSED),
        _ if outbound => ("out", icons::OUTBOUND),
        _ => ("in", icons::INBOUND),
    };
    CallRow {
        datetime: start.map(|at| at.to_string()).unwrap_or_default(),
        day: start.map_or_else(|| "–".to_owned(), |at| words::day(at, zone)),
        time: start.map(|at| words::time(at, zone)).unwrap_or_default(),
        direction,
        direction_class,
        direction_icon,
        from: party(record.get("from")),
        to: party(record.get("to")),
        duration: words::duration(record.get("duration").and_then(Value::as_u64).unwrap_or_default()),
        result,
        result_tone,
        kind: text("/type").unwrap_or_else(|| "–".to_owned()),
        recorded: record.get("recording").is_some_and(Value::is_object),
    }
}

/// The platform has some dozens of results, and new ones come; what their words say decides.
fn tone_of(result: &str) -> Tone {
    match result {
        "Accepted" | "Call connected" | "Received" | "Sent" | "Reply" | "Call accepted" => Tone::Good,
        "Voicemail" | "Busy" | "No Answer" | "Hang Up" | "Hang up" | "In Progress" | "Abandoned" => {
            Tone::Warn
        }
        "Missed" | "Rejected" | "Declined" | "Blocked" | "Wrong Number" | "No fax machine" => Tone::Bad,
        other if other.contains("Error") || other.contains("Fail") => Tone::Bad,
        _ => Tone::Calm,
    }
}

/// A name above its number; the number alone when there is no name; an extension when there is no number.
fn party(party: Option<&Value>) -> Party {
    let text = |field| party.and_then(|party| party.get(field)).and_then(text_of);
    let number = text("phoneNumber")
        .map(|number| words::phone_number(&number))
        .or_else(|| text("extensionNumber").map(|number| format!("ext. {number}")));
    match (text("name"), number) {
        (Some(name), number) => Party { name, number },
        (None, Some(number)) => Party {
            name: number,
            number: text("location"),
        },
        (None, None) => Party {
            name: "Unknown".to_owned(),
            number: text("location"),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_call_reads_well() {
        let record = json!({
            "startTime": "2026-03-09T18:04:11.000Z", "duration": 73, "type": "Voice", "direction": "Inbound",
            "result": "Accepted", "from": { "phoneNumber": "+12125550147", "name": "Bo Lind" },
            "to": { "extensionNumber": "101" }, "recording": { "id": "1" }, "surprise": [1, 2]
        });
        let row = call(&record, &TimeZone::UTC);
        assert_eq!(
            (row.day.as_str(), row.time.as_str(), row.duration.as_str()),
            ("Mon 9 Mar 2026", "18:04", "1:13")
        );
        assert_eq!(
            (row.from.name.as_str(), row.from.number.as_deref()),
            ("Bo Lind", Some("+1 212 555 0147"))
        );
        assert_eq!(
            (row.to.name.as_str(), row.recorded, row.direction_class),
            ("ext. 101", true, "in")
        );
    }

    #[test]
    fn whatever_the_platform_sends_becomes_a_row() {
        for record in [
            json!({}),
            json!(null),
            json!([]),
            json!("x"),
            json!({ "from": 1, "duration": -5, "startTime": "soon", "result": {} }),
            json!({ "duration": u64::MAX, "direction": "Sideways", "recording": null, "name": "", "type": 7 }),
        ] {
            let row = call(&record, &TimeZone::UTC);
            assert!(!row.recorded && !row.from.name.is_empty());
            assert!(!extension(&record).name.is_empty());
        }
    }
}
