//! The calls and messages that a seed file names one by one, told oldest first.

use jiff::{SignedDuration, Timestamp};
use rusqlite::params;

use super::file::{Account, Call, CallKind, Direction, Message, MessageKind, MessageStatus, Text};
use super::plant::{extension_id, plain, text};
use crate::arrive::call::{self, NewCall, Party};
use crate::arrive::message::{self, Content, NewMessage};
use crate::control::duration;
use crate::db::Transaction;
use crate::directory::e164;
use crate::request::parse_time;

/// Who is at the other end, if the file does not say.
const SOMEBODY: (&str, &str, &str) = ("+12125550147", "Bo Lind", "New York, NY");

/// Stores the calls and messages of an account.
pub(super) fn tell(tx: &Transaction<'_>, account: &Account, now: Timestamp) -> rusqlite::Result<()> {
    let main = plain(&account.main_number);
    let account_id: i64 = tx.query_row(
        "SELECT id FROM accounts WHERE main_number = ?1",
        params![main],
        |row| row.get(0),
    )?;
    let scene = Scene { tx, account_id, now };
    let mut plan: Vec<(Timestamp, Event<'_>)> = Vec::new();
    for call in &account.calls {
        plan.push((
            scene.moment(call.at.as_ref(), call.ago.as_ref()),
            Event::Call(call),
        ));
    }
    for message in &account.messages {
        let at = scene.moment(message.at.as_ref(), message.ago.as_ref());
        plan.push((at, Event::Message(message)));
    }
    plan.sort_by_key(|(at, _)| *at);
    for (at, event) in plan {
        match event {
            Event::Call(call) => scene.call(call, at)?,
            Event::Message(message) => scene.message(message, at)?,
        }
    }
    Ok(())
}

enum Event<'a> {
    Call(&'a Call),
    Message(&'a Message),
}

struct Scene<'a> {
    tx: &'a Transaction<'a>,
    account_id: i64,
    now: Timestamp,
}

impl Scene<'_> {
    fn moment(&self, at: Option<&Text>, ago: Option<&Text>) -> Timestamp {
        if let Some(at) = at.and_then(|at| parse_time(at.get_ref())) {
            return at;
        }
        let ago = ago.and_then(|ago| duration("ago", ago.get_ref()).ok());
        self.now
            .checked_sub(ago.unwrap_or(SignedDuration::from_hours(1)))
            .unwrap_or(self.now)
    }

    /// An extension as one end: by its number for the outside world, by its extension for colleagues.
    fn insider(&self, extension: &str, colleague: bool) -> rusqlite::Result<(i64, Party)> {
        let id = extension_id(self.tx, self.account_id, extension)?.unwrap_or_default();
        let (name, number): (String, Option<String>) = self.tx.query_row(
            "SELECT e.name, (SELECT p.phone_number FROM phone_numbers p WHERE p.extension_id = e.id ORDER BY p.id LIMIT 1)
             FROM extensions e WHERE e.id = ?1",
            [id],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        let phone_number = number.filter(|_| !colleague);
        let party = Party {
            extension_number: phone_number.is_none().then(|| extension.to_owned()),
            phone_number,
            extension_id: Some(id),
            name: Some(name),
            location: None,
        };
        Ok((id, party))
    }

    /// The other end: a colleague's extension id with it, or somebody outside.
    fn other(
        &self,
        other: Option<&Text>,
        name: Option<&String>,
        location: Option<&String>,
    ) -> rusqlite::Result<(Option<i64>, Party)> {
        let Some(other) = text(other) else {
            let (number, somebody, place) = SOMEBODY;
            let party = Party {
                phone_number: Some(number.to_owned()),
                name: Some(name.cloned().unwrap_or_else(|| somebody.to_owned())),
                location: Some(location.cloned().unwrap_or_else(|| place.to_owned())),
                ..Party::default()
            };
            return Ok((None, party));
        };
        if extension_id(self.tx, self.account_id, other)?.is_some() {
            let (id, party) = self.insider(other, true)?;
            return Ok((Some(id), party));
        }
        let party = Party {
            phone_number: e164(other),
            name: name.cloned(),
            location: location.cloned(),
            ..Party::default()
        };
        Ok((None, party))
    }

    fn call(&self, wanted: &Call, at: Timestamp) -> rusqlite::Result<()> {
        let inbound = wanted.direction == Direction::Inbound;
        let fax = wanted.kind == CallKind::Fax;
        let (colleague, other) = self.other(
            wanted.other.as_ref(),
            wanted.name.as_ref(),
            wanted.location.as_ref(),
        )?;
        let (owner, own) = self.insider(wanted.owner.get_ref(), colleague.is_some())?;
        let result = text(wanted.result.as_ref()).unwrap_or(match (inbound, fax) {
            (true, true) => "Received",
            (true, false) => "Accepted",
            (false, true) => "Sent",
            (false, false) => "Call connected",
        });
        let pages = wanted.pages.as_ref().map_or(1, |pages| *pages.get_ref());
        let talked = matches!(
            result,
            "Accepted" | "Call connected" | "Voicemail" | "Sent" | "Received"
        );
        let duration_s = match &wanted.duration {
            Some(duration) => *duration.get_ref(),
            None if fax && talked => pages * 21 + 9,
            None if talked => 60,
            None => 0,
        };
        let (from, to) = if inbound { (other, own) } else { (own, other) };
        let content = if fax {
            Some(Content::Fax { pages })
        } else if result == "Voicemail" {
            Some(Content::Voicemail {
                duration_s: duration_s.max(1),
                transcript: wanted.text.clone(),
            })
        } else {
            None
        };
        let message = match content {
            Some(content) => {
                let kind = content.kind().to_owned();
                let message = self.new_message(owner, inbound, at, (&from, &to), content);
                Some((message::insert(self.tx, &message)?, kind))
            }
            None => None,
        };
        let action = match (inbound, fax, colleague) {
            (true, true, _) => "Incoming Fax",
            (false, true, _) => "Outgoing Fax",
            (true, false, None) => "Phone Call",
            _ => "VoIP Call",
        };
        let first = NewCall {
            account_id: self.account_id,
            extension_id: owner,
            session_of: None,
            start: at,
            duration_s,
            kind: wanted.kind.text().to_owned(),
            direction: wanted.direction.text().to_owned(),
            action: action.to_owned(),
            result: result.to_owned(),
            internal_type: if colleague.is_some() { "Sip" } else { "Local" }.to_owned(),
            transport: if colleague.is_some() { "VoIP" } else { "PSTN" }.to_owned(),
            from,
            to,
            recording: wanted.recording.map(|kind| kind.text().to_owned()),
            message,
        };
        let seq = call::insert(self.tx, &first)?;
        if colleague.is_some() {
            call::insert(self.tx, &crate::arrive::mirrored(first, seq))?;
        }
        Ok(())
    }

    fn message(&self, wanted: &Message, at: Timestamp) -> rusqlite::Result<()> {
        let inbound = wanted.direction == Direction::Inbound;
        let (colleague, other) = self.other(
            wanted.other.as_ref(),
            wanted.name.as_ref(),
            wanted.location.as_ref(),
        )?;
        let (owner, own) = self.insider(wanted.owner.get_ref(), colleague.is_some())?;
        let said = || text(wanted.text.as_ref()).unwrap_or_default().to_owned();
        let content = match wanted.kind {
            MessageKind::Sms => Content::Sms { text: said() },
            MessageKind::Pager => Content::Pager { text: said() },
            MessageKind::VoiceMail => Content::Voicemail {
                duration_s: wanted
                    .duration
                    .as_ref()
                    .map_or(20, |duration| *duration.get_ref()),
                transcript: wanted.text.as_ref().map(|text| text.get_ref().clone()),
            },
            MessageKind::Fax => Content::Fax {
                pages: wanted.pages.as_ref().map_or(1, |pages| *pages.get_ref()),
            },
        };
        let (from, to) = if inbound { (other, own) } else { (own, other) };
        let mut message = self.new_message(owner, inbound, at, (&from, &to), content);
        message.read = wanted.read || !inbound;
        if let Some(status) = wanted.status {
            message.status = status.text();
        }
        message::insert(self.tx, &message).map(drop)
    }

    fn new_message(
        &self,
        owner: i64,
        inbound: bool,
        at: Timestamp,
        (from, to): (&Party, &Party),
        content: Content,
    ) -> NewMessage {
        let status = match (&content, inbound) {
            (_, true) => MessageStatus::Received,
            (Content::Sms { .. }, false) => MessageStatus::Delivered,
            _ => MessageStatus::Sent,
        };
        NewMessage {
            account_id: self.account_id,
            extension_id: owner,
            at,
            inbound,
            read: !inbound,
            from: from.clone(),
            to: vec![to.clone()],
            content,
            status: status.text(),
        }
    }
}
