//! Incremental synchronisation: the token that a client hands back, and what has changed since it got it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::form_urlencoded::Serializer;

use crate::call::Call;
use crate::clock;
use crate::reply::{ApiError, Reply};
use crate::request::Query;
use crate::stream::{self, Kind, Mark};

/// More changes than this, and the client must begin anew.
pub(super) const MOST_CHANGES: i64 = 250;

/// Which log is synchronised. A token of one is no good for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Log {
    Messages,
    Calls,
    CallExtract,
    Contacts,
}

/// What a sync token says. It holds the frame and its filters, so that the next request need not repeat them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Token {
    pub(super) log: Log,
    pub(super) owner: i64,
    /// The stream of events that `known` is a point of.
    stream: String,
    /// How far in that stream the client has come.
    pub(super) known: Mark,
    /// The oldest record that the client knows, by time and number.
    pub(super) oldest: (i64, i64),
    /// Where the frame ends, unless it is open.
    pub(super) until_ms: Option<i64>,
    /// The filters, as a query.
    pub(super) filters: String,
}

/// Why a token cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unusable {
    /// It is not one of ours.
    Unreadable,
    /// It belongs to another log.
    Foreign,
    /// What happened since then is no longer known.
    Expired,
    /// Too much has happened since then.
    TooMuch,
}

impl Token {
    /// A token for a frame that begins at `from_ms`, up to what has happened by now.
    pub(super) fn new(
        call: &Call<'_>,
        (log, owner): (Log, i64),
        from_ms: i64,
        until_ms: Option<i64>,
        filters: &[&str],
    ) -> Result<Self, ApiError> {
        Ok(Self {
            log,
            owner,
            stream: stream::name(call.tx)?,
            known: stream::newest(call.tx)?,
            oldest: (from_ms, 0),
            until_ms,
            filters: names(&call.request.query, filters),
        })
    }

    fn text(&self) -> String {
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default())
    }

    fn read(text: &str) -> Option<Self> {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text.trim()).ok()?).ok()
    }

    /// The filters as they were first asked for.
    pub(super) fn query(&self) -> Query {
        Query::parse(&self.filters)
    }
}

/// What a synchronisation request asks for.
pub(super) enum Asked {
    /// Everything in a frame.
    Full,
    /// What has changed since the token.
    Changes(Token),
}

/// Reads `syncType` and `syncToken`; `refuse` words the refusal of a token.
pub(super) fn asked(
    call: &Call<'_>,
    log: Log,
    owner: i64,
    refuse: fn(Unusable) -> ApiError,
) -> Result<Asked, ApiError> {
    let query = &call.request.query;
    if query.one_of("syncType", &["FSync", "ISync"])? != Some("ISync") {
        return Ok(Asked::Full);
    }
    let text = query
        .first("syncToken")
        .ok_or_else(|| ApiError::missing_parameter("syncToken"))?;
    let token = Token::read(text).ok_or_else(|| refuse(Unusable::Unreadable))?;
    if token.log != log || token.owner != owner {
        return Err(refuse(Unusable::Foreign));
    }
    if token.stream != stream::name(call.tx)? || !stream::remembers(call.tx, token.known)? {
        return Err(refuse(Unusable::Expired));
    }
    Ok(Asked::Changes(token))
}

/// The resources that have changed since the token, the last one first.
pub(super) fn changes(
    call: &Call<'_>,
    kind: Kind,
    owners: &[(&str, i64)],
    token: &Token,
    refuse: fn(Unusable) -> ApiError,
) -> Result<Vec<String>, ApiError> {
    let mut changed = Vec::new();
    for owner in owners {
        changed.extend(stream::changed(
            call.tx,
            kind,
            *owner,
            token.known.seq,
            MOST_CHANGES + 1,
        )?);
    }
    if i64::try_from(changed.len()).is_ok_and(|count| count > MOST_CHANGES) {
        return Err(refuse(Unusable::TooMuch));
    }
    Ok(changed)
}

/// `recordCount`, from 1 to `most`.
pub(super) fn record_count(query: &Query, most: i64) -> Result<Option<i64>, ApiError> {
    match query.int("recordCount")? {
        Some(count) if !(1..=most).contains(&count) => Err(ApiError::invalid_parameter(
            "recordCount",
            &format!("a number from 1 to {most}"),
        )),
        count => Ok(count),
    }
}

/// The parameters of a request that are filters, for the token.
fn names(query: &Query, names: &[&str]) -> String {
    let mut text = Serializer::new(String::new());
    for (name, value) in query.pairs() {
        if names.contains(&name) && !value.is_empty() {
            text.append_pair(name, value);
        }
    }
    text.finish()
}

/// The answer: `{uri, records, syncInfo}`. `more` is what this log says of records that it has not sent.
pub(super) fn reply(
    call: &Call<'_>,
    path: &str,
    records: Vec<Value>,
    token: &Token,
    full: bool,
    (more, exist): (&str, Option<bool>),
) -> Reply {
    let mut body = body(call, path, records, token, full);
    if let Some(exist) = exist {
        body["syncInfo"][more] = exist.into();
    }
    Reply::json(&body)
}

/// The same without that.
pub(super) fn body(call: &Call<'_>, path: &str, records: Vec<Value>, token: &Token, full: bool) -> Value {
    let mut query = Serializer::new(String::new());
    for (name, value) in call.request.query.pairs() {
        if name != "access_token" && !value.is_empty() {
            query.append_pair(name, value);
        }
    }
    json!({
        "uri": call.uri(&format!("{path}?{}", query.finish())),
        "records": records,
        "syncInfo": {
            "syncType": if full { "FSync" } else { "ISync" },
            "syncToken": token.text(),
            "syncTime": clock::format(call.now),
        },
    })
}
