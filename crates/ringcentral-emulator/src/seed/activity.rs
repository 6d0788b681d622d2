//! Thirty days of business: calls, voicemails, faxes and text messages, in the order in which they happened.

use jiff::Timestamp;

use super::company::{ACCOUNT_ID, ADA, BEN, CHLOE, EVE, FAX, Line, MAIN_NUMBER, ORDERS};
use super::rng::Rng;
use super::threads::{NOTES, THREADS, TRANSCRIPTS};
use crate::arrive::call::{self, NewCall, Party};
use crate::arrive::message::{self, Content, NewMessage};
use crate::db::Transaction;

const DAYS: i64 = 30;
const DAY: i64 = 86_400;
/// The company keeps Pacific standard time.
const UTC_OFFSET: i64 = -8 * 3600;

/// Name, number and place of people outside the company.
const CUSTOMERS: &[(&str, &str, &str)] = &[
    ("Bo Lind", "+12125550147", "New York, NY"),
    ("Marta Ruiz", "+13105550123", "Los Angeles, CA"),
    ("Café Miramar", "+14155550136", "San Francisco, CA"),
    ("Ivo Petrak", "+13125550118", "Chicago, IL"),
    ("Nadia Haddad", "+12065550152", "Seattle, WA"),
    ("Tom Wren", "+15035550161", "Portland, OR"),
    ("Hotel Larkspur", "+14155550172", "San Francisco, CA"),
    ("Yuki Mori", "+16175550109", "Boston, MA"),
    ("Pelican Books", "+15105550184", "Oakland, CA"),
    ("Sam Achterberg", "+13035550115", "Denver, CO"),
    ("Green Valley Farms", "+15595550133", "Fresno, CA"),
    ("Lena Okafor", "+17135550140", "Houston, TX"),
];

/// Something that happens at a moment.
enum Event {
    Inbound(Line),
    Outbound(Line),
    RingOut(Line),
    Internal(Line, Line),
    Fax {
        line: Line,
        inbound: bool,
    },
    Text {
        line: Line,
        customer: usize,
        inbound: bool,
        text: &'static str,
    },
    Note {
        from: Line,
        to: Line,
        text: &'static str,
    },
}

pub(super) fn fill(tx: &Transaction<'_>, rng: &mut Rng, now: Timestamp) -> rusqlite::Result<()> {
    let now = now.as_second();
    let mut plan = Vec::new();
    plan_calls(rng, now, &mut plan);
    plan_texts(rng, now, &mut plan);
    plan.sort_by_key(|(at, _)| *at);
    for (at, event) in &plan {
        let story = Story {
            tx,
            at: moment(*at, rng),
            recent: now - at < 2 * DAY,
        };
        story.tell(rng, event)?;
    }
    Ok(())
}

fn moment(second: i64, rng: &mut Rng) -> Timestamp {
    crate::clock::at_ms(second * 1000 + rng.between(0, 1000))
}

/// A business minute within the 24 hours that end `days_ago` days before `now`; mostly not at weekends, except that
/// the last 24 hours are always busy: they are what lists show by default.
fn business_time(rng: &mut Rng, now: i64, days_ago: i64) -> Option<i64> {
    let end = now - 20 * 60 - days_ago * DAY;
    let midnight = (end + UTC_OFFSET).div_euclid(DAY) * DAY - UTC_OFFSET;
    let mut at = midnight + rng.between(8 * 3600, 18 * 3600);
    if at >= end {
        at -= DAY;
    }
    let weekday = (at + UTC_OFFSET).div_euclid(DAY).rem_euclid(7); // 0 is a Thursday
    let weekend = weekday == 2 || weekday == 3;
    (days_ago == 0 || !weekend || rng.chance(12)).then_some(at)
}

fn plan_calls(rng: &mut Rng, now: i64, plan: &mut Vec<(i64, Event)>) {
    let lines = [(50, ADA), (28, BEN), (14, CHLOE), (4, EVE), (8, ORDERS)];
    let people = [ADA, BEN, CHLOE, EVE];
    for day in (0..DAYS).rev() {
        for _ in 0..rng.between(15, 22) {
            let Some(at) = business_time(rng, now, day) else {
                continue;
            };
            let line = *rng.weighted(&lines);
            let caller = if line.extension_id == ORDERS.extension_id {
                ADA
            } else {
                line
            };
            let event = match rng.between(0, 100) {
                0..48 => Event::Inbound(line),
                48..78 => Event::Outbound(caller),
                78..84 => Event::RingOut(caller),
                84..93 => {
                    let other = *rng.pick(&people);
                    let other = if other.extension_id == caller.extension_id {
                        ORDERS
                    } else {
                        other
                    };
                    Event::Internal(caller, other)
                }
                _ => Event::Fax {
                    line: if rng.chance(60) { caller } else { FAX },
                    inbound: rng.chance(60),
                },
            };
            plan.push((at, event));
        }
    }
}

fn plan_texts(rng: &mut Rng, now: i64, plan: &mut Vec<(i64, Event)>) {
    let owners = [
        ADA, ADA, BEN, ADA, CHLOE, BEN, ADA, BEN, ADA, CHLOE, ADA, BEN, ADA, CHLOE, ADA, BEN,
    ];
    for (nth, line) in owners.into_iter().enumerate() {
        // The first two threads go on until today.
        let day = if nth < 3 { 0 } else { rng.between(1, DAYS) };
        let Some(mut at) = business_time(rng, now, day) else {
            continue;
        };
        let customer = nth % CUSTOMERS.len();
        let thread = THREADS[nth % THREADS.len()];
        at -= i64::try_from(thread.len()).unwrap_or_default() * 240;
        for &(inbound, text) in thread {
            at += rng.between(20, 240);
            plan.push((
                at,
                Event::Text {
                    line,
                    customer,
                    inbound,
                    text,
                },
            ));
        }
    }
    for text in NOTES {
        let day = rng.between(0, DAYS);
        if let Some(at) = business_time(rng, now, day) {
            plan.push((
                at,
                Event::Note {
                    from: *rng.pick(&[ADA, CHLOE]),
                    to: BEN,
                    text,
                },
            ));
        }
    }
}

struct Story<'a> {
    tx: &'a Transaction<'a>,
    at: Timestamp,
    recent: bool,
}

impl Story<'_> {
    fn tell(&self, rng: &mut Rng, event: &Event) -> rusqlite::Result<()> {
        match event {
            Event::Inbound(line) => self.inbound(rng, *line),
            Event::Outbound(line) => self.outbound(rng, *line),
            Event::RingOut(line) => self.ring_out(rng, *line),
            Event::Internal(from, to) => self.internal(rng, *from, *to),
            Event::Fax { line, inbound } => self.fax(rng, *line, *inbound),
            Event::Text {
                line,
                customer,
                inbound,
                text,
            } => self.text(*line, *customer, *inbound, text),
            Event::Note { from, to, text } => self.note(*from, *to, text),
        }
    }

    fn inbound(&self, rng: &mut Rng, line: Line) -> rusqlite::Result<()> {
        let results = [
            (55, "Accepted"),
            (17, "Missed"),
            (18, "Voicemail"),
            (4, "Rejected"),
            (3, "Busy"),
            (3, "Hang Up"),
        ];
        let result = *rng.weighted(&results);
        let from = outsider(rng);
        let mut to = insider(line);
        if rng.chance(35) {
            // The caller dialled the company and the extension.
            to.phone_number = Some(MAIN_NUMBER.to_owned());
            to.extension_number = Some(line.extension.to_owned());
        }
        let duration_s = duration(rng, result);
        let message = if result == "Voicemail" {
            Some((
                self.voicemail(rng, line, &from, duration_s)?,
                "VoiceMail".to_owned(),
            ))
        } else {
            None
        };
        let recording = (result == "Accepted" && rng.chance(30)).then(|| "Automatic".to_owned());
        let call = NewCall {
            from,
            to,
            recording,
            message,
            ..self.voice(line, "Inbound", "Phone Call", result, duration_s)
        };
        call::insert(self.tx, &call).map(drop)
    }

    fn outbound(&self, rng: &mut Rng, line: Line) -> rusqlite::Result<()> {
        let results = [
            (68, "Call connected"),
            (14, "No Answer"),
            (9, "Busy"),
            (6, "Hang Up"),
            (3, "Wrong Number"),
        ];
        let result = *rng.weighted(&results);
        let duration_s = duration(rng, result);
        let connected = result == "Call connected";
        let recording = (connected && rng.chance(25))
            .then(|| if rng.chance(50) { "Automatic" } else { "OnDemand" }.to_owned());
        let call = NewCall {
            from: insider(line),
            to: outsider(rng),
            recording,
            internal_type: if rng.chance(50) { "LongDistance" } else { "Local" }.to_owned(),
            ..self.voice(line, "Outbound", "VoIP Call", result, duration_s)
        };
        call::insert(self.tx, &call).map(drop)
    }

    fn ring_out(&self, rng: &mut Rng, line: Line) -> rusqlite::Result<()> {
        let result = *rng.weighted(&[(80, "Call connected"), (20, "No Answer")]);
        let duration_s = duration(rng, result);
        let call = NewCall {
            from: insider(line),
            to: outsider(rng),
            internal_type: "RingOut".to_owned(),
            ..self.voice(line, "Outbound", "RingOut Web", result, duration_s)
        };
        call::insert(self.tx, &call).map(drop)
    }

    /// Both colleagues have the call in their logs, under one session.
    fn internal(&self, rng: &mut Rng, from: Line, to: Line) -> rusqlite::Result<()> {
        let answered = rng.chance(75);
        let (out, inn) = if answered {
            ("Call connected", "Accepted")
        } else {
            ("No Answer", "Missed")
        };
        let duration_s = duration(rng, inn);
        let side = |line, direction, result| NewCall {
            from: colleague(from),
            to: colleague(to),
            transport: "VoIP".to_owned(),
            internal_type: "Sip".to_owned(),
            ..self.voice(line, direction, "VoIP Call", result, duration_s)
        };
        let first = call::insert(self.tx, &side(from, "Outbound", out))?;
        let second = NewCall {
            session_of: Some(first),
            ..side(to, "Inbound", inn)
        };
        call::insert(self.tx, &second).map(drop)
    }

    fn fax(&self, rng: &mut Rng, line: Line, inbound: bool) -> rusqlite::Result<()> {
        let pages = rng.between(1, 7);
        let failed = !inbound && rng.chance(15);
        let (result, status) = match (inbound, failed) {
            (true, _) => ("Received", "Received"),
            (false, false) => ("Sent", "Sent"),
            (false, true) => ("Send Error", "SendingFailed"),
        };
        let (from, to) = if inbound {
            (outsider(rng), insider(line))
        } else {
            (insider(line), outsider(rng))
        };
        let fax = message::insert(
            self.tx,
            &NewMessage {
                content: Content::Fax { pages },
                status,
                ..self.message(line, inbound, rng.chance(60), from.clone(), to.clone())
            },
        )?;
        let (direction, action) = if inbound {
            ("Inbound", "Incoming Fax")
        } else {
            ("Outbound", "Outgoing Fax")
        };
        let duration_s = if failed { 0 } else { pages * 21 + 9 };
        let call = NewCall {
            kind: "Fax".to_owned(),
            from,
            to,
            message: Some((fax, "Fax".to_owned())),
            ..self.voice(line, direction, action, result, duration_s)
        };
        call::insert(self.tx, &call).map(drop)
    }

    fn voicemail(&self, rng: &mut Rng, line: Line, from: &Party, duration_s: i64) -> rusqlite::Result<i64> {
        let transcript = rng.chance(60).then(|| (*rng.pick(TRANSCRIPTS)).to_owned());
        let read = !self.recent && rng.chance(70);
        message::insert(
            self.tx,
            &NewMessage {
                content: Content::Voicemail {
                    duration_s,
                    transcript,
                },
                ..self.message(line, true, read, from.clone(), insider(line))
            },
        )
    }

    fn text(&self, line: Line, customer: usize, inbound: bool, text: &str) -> rusqlite::Result<()> {
        let (name, number, location) = CUSTOMERS[customer];
        let outside = party_of(name, number, location);
        let (from, to) = if inbound {
            (outside, insider(line))
        } else {
            (insider(line), outside)
        };
        let message = NewMessage {
            content: Content::Sms {
                text: text.to_owned(),
            },
            status: if inbound { "Received" } else { "Delivered" },
            ..self.message(line, inbound, !(inbound && self.recent), from, to)
        };
        message::insert(self.tx, &message).map(drop)
    }

    /// An internal message lies in both stores.
    fn note(&self, from: Line, to: Line, text: &str) -> rusqlite::Result<()> {
        for (owner, inbound) in [(from, false), (to, true)] {
            let message = NewMessage {
                content: Content::Pager {
                    text: text.to_owned(),
                },
                status: if inbound { "Received" } else { "Sent" },
                ..self.message(
                    owner,
                    inbound,
                    !(inbound && self.recent),
                    colleague(from),
                    colleague(to),
                )
            };
            message::insert(self.tx, &message)?;
        }
        Ok(())
    }

    fn voice(&self, line: Line, direction: &str, action: &str, result: &str, duration_s: i64) -> NewCall {
        NewCall {
            account_id: ACCOUNT_ID,
            extension_id: line.extension_id,
            session_of: None,
            start: self.at,
            duration_s,
            kind: "Voice".to_owned(),
            direction: direction.to_owned(),
            action: action.to_owned(),
            result: result.to_owned(),
            internal_type: "Local".to_owned(),
            transport: "PSTN".to_owned(),
            from: Party::default(),
            to: Party::default(),
            recording: None,
            message: None,
        }
    }

    fn message(&self, line: Line, inbound: bool, read: bool, from: Party, to: Party) -> NewMessage {
        NewMessage {
            account_id: ACCOUNT_ID,
            extension_id: line.extension_id,
            at: self.at,
            inbound,
            read: read || !inbound,
            from,
            to: vec![to],
            content: Content::Fax { pages: 1 },
            status: "Received",
        }
    }
}

/// Seconds: conversations are mostly short, some long; what was not answered rang for a while.
fn duration(rng: &mut Rng, result: &str) -> i64 {
    match result {
        "Accepted" | "Call connected" if rng.chance(20) => rng.between(300, 2400),
        "Accepted" | "Call connected" => rng.between(15, 300),
        "Voicemail" => rng.between(8, 70),
        "Missed" | "No Answer" => rng.between(12, 30),
        "Hang Up" => rng.between(2, 12),
        _ => 0,
    }
}

fn outsider(rng: &mut Rng) -> Party {
    let (name, number, location) = *rng.pick(CUSTOMERS);
    party_of(name, number, location)
}

fn party_of(name: &str, number: &str, location: &str) -> Party {
    Party {
        phone_number: Some(number.to_owned()),
        name: Some(name.to_owned()),
        location: Some(location.to_owned()),
        ..Party::default()
    }
}

/// A line as the outside world sees it: by its number.
fn insider(line: Line) -> Party {
    Party {
        phone_number: Some(line.number.to_owned()),
        extension_id: Some(line.extension_id),
        name: Some(line.name.to_owned()),
        ..Party::default()
    }
}

/// A line as colleagues see it: by its extension.
fn colleague(line: Line) -> Party {
    Party {
        extension_number: Some(line.extension.to_owned()),
        extension_id: Some(line.extension_id),
        name: Some(line.name.to_owned()),
        ..Party::default()
    }
}
