//! Synchronisation: everything of a log once (`FSync`), and from then on only what has changed (`ISync`).

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use futures_util::stream::{self, BoxStream, StreamExt};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::list::Change;
use crate::client::Client;
use crate::error::{Error, ErrorKind, Result};
use crate::http::RequestBuilder;

/// How many records the platform adds to what has changed, at most.
const MOST_OLDER: u64 = 250;

/// How the platform wants one of its logs to be asked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Log {
    /// How many records to ask for at first, where the platform wants to be told.
    pub(super) record_count: Option<u64>,
    /// Whether an earlier `dateFrom` brings in what is older.
    pub(super) widens_by_date: bool,
}

/// A copy of one of the platform's logs that is kept up to date, not asked for yet.
///
/// Without a token it begins with everything; with the token of the last batch it goes on with what has changed since, in
/// this process or another. Store the token together with the records: whoever stores them first and crashes gets them once
/// more, so put records in place by their id.
///
/// The platform refuses a token that is too old, or after which too much has changed. Then there is a batch of the kind
/// [`Reset`](BatchKind::Reset), without records and without a token: drop what you kept, and begin anew without a token.
/// [`start_again`](Self::start_again) does the second half by itself.
///
/// ```no_run
/// # async fn example(client: ringcentral::Client, stored: Option<ringcentral::SyncToken>) -> ringcentral::Result<()> {
/// # fn clear() {} fn keep(_: Vec<ringcentral::Message>, _: Option<ringcentral::SyncToken>) {}
/// use futures_util::TryStreamExt;
/// use ringcentral::BatchKind;
///
/// let sync = client.me().message_sync().resume(stored).start_again(true);
/// let mut batches = sync.batches();
/// while let Some(batch) = batches.try_next().await? {
///     if batch.kind == BatchKind::Reset {
///         clear();
///     }
///     keep(batch.records, batch.sync_token);
/// }
/// # Ok(()) }
/// ```
#[must_use = "it is asked for by `send` or `batches`"]
pub struct Synchronization<T> {
    client: Client,
    path: String,
    log: Log,
    /// What the first request says; the platform keeps it in its token.
    filters: Vec<(String, String)>,
    date_from: Option<Timestamp>,
    record_count: Option<u64>,
    token: Option<SyncToken>,
    older: Option<u64>,
    whole_history: bool,
    start_again: bool,
    changes: Vec<Change>,
    records: PhantomData<fn() -> T>,
}

/// Where a synchronisation stands. It is the platform's own text, and good for that log alone.
///
/// ```no_run
/// # async fn example(client: ringcentral::Client) -> Result<(), Box<dyn std::error::Error>> {
/// use ringcentral::SyncToken;
///
/// // From the last time, perhaps of another process.
/// let stored = std::fs::read_to_string("messages.token").ok().map(SyncToken::from);
/// let batch = client.me().message_sync().resume(stored).send().await?;
/// if let Some(token) = batch.sync_token {
///     std::fs::write("messages.token", token.as_str())?;
/// }
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SyncToken(String);

impl SyncToken {
    /// The text, to be stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for SyncToken {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for SyncToken {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

/// What a batch means for what was kept before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BatchKind {
    /// The platform's `FSync`: everything, or the first part of it.
    Full,
    /// The platform's `ISync`: what has changed, or what is older.
    Changes,
    /// The token is not good any more. Drop every record kept so far, and the token.
    Reset,
}

/// Records, and from where to go on.
///
/// ```no_run
/// # async fn example(client: ringcentral::Client) -> ringcentral::Result<()> {
/// use ringcentral::BatchKind;
///
/// let batch = client.me().call_log_sync().record_count(100).send().await?;
/// assert_eq!(batch.kind, BatchKind::Full);
/// println!("{} calls, as of {:?}", batch.records.len(), batch.sync_time);
/// if batch.older_records_exist == Some(true) {
///     println!("and there are older ones");
/// }
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Batch<T> {
    /// What it means for what was kept before.
    pub kind: BatchKind,
    /// New and changed records, newest first.
    pub records: Vec<T>,
    /// From where to go on; none after a reset.
    pub sync_token: Option<SyncToken>,
    /// The platform's time of this batch.
    pub sync_time: Option<Timestamp>,
    /// Whether there are older records than those sent so far, where the platform says so.
    pub older_records_exist: Option<bool>,
    /// Whether there are newer records than those sent so far, where the platform says so.
    pub newer_records_exist: Option<bool>,
}

impl<T: DeserializeOwned + Send + 'static> Synchronization<T> {
    pub(super) fn new(client: &Client, path: String, log: Log) -> Self {
        Self {
            client: client.clone(),
            path,
            log,
            filters: Vec::new(),
            date_from: None,
            record_count: None,
            token: None,
            older: None,
            whole_history: false,
            start_again: false,
            changes: Vec::new(),
            records: PhantomData,
        }
    }

    /// Goes on from a token that was stored; without one it begins anew. The filters are in the token.
    pub fn resume(mut self, token: impl Into<Option<SyncToken>>) -> Self {
        self.token = token.into();
        self
    }

    /// Begins with records from this time on. A call log goes back thirty days at most.
    ///
    /// Of messages, all since then come, in as many batches as that takes. When it goes on from a token, an earlier time
    /// than before brings in what is older.
    pub fn date_from(mut self, from: Timestamp) -> Self {
        self.date_from = Some(from);
        self
    }

    /// How many records to begin with: at most 250, of the account's extract 1,000.
    pub fn record_count(mut self, count: u64) -> Self {
        self.record_count = Some(count);
        self
    }

    /// When it goes on from a token: also this many older records than those known. With what has changed there are at
    /// most 250 in a batch, and changes come first.
    pub fn older(mut self, count: u64) -> Self {
        self.older = Some(count);
        self
    }

    /// Goes back as far as there is anything, batch after batch, where the platform says that older records exist: of
    /// messages, not of calls.
    pub fn whole_history(mut self) -> Self {
        self.whole_history = true;
        self
    }

    /// Whether to begin anew by itself after a [`Reset`](BatchKind::Reset). Unless told to, the reset is the last batch.
    pub fn start_again(mut self, start_again: bool) -> Self {
        self.start_again = start_again;
        self
    }

    /// Any other filter that the platform knows; the same name may be added again.
    pub fn query(mut self, name: &str, value: impl ToString) -> Self {
        self.filters.push((name.to_owned(), value.to_string()));
        self
    }

    /// Reaches every option of the requests, such as a timeout or a header. It is applied to each of them.
    pub fn with(mut self, change: impl Fn(RequestBuilder) -> RequestBuilder + Send + Sync + 'static) -> Self {
        self.changes.push(Arc::new(change));
        self
    }

    /// One batch.
    ///
    /// # Errors
    /// As [`RequestBuilder::send`]; a token that is not good any more is no error but a [`Reset`](BatchKind::Reset).
    pub async fn send(self) -> Result<Batch<T>> {
        let step = self.first_step();
        self.ask(&step).await
    }

    /// Every batch until there is nothing more to be had just now: what is newer, and what is older as far as it was asked
    /// for. Each is asked for when the one before has been taken.
    pub fn batches(self) -> BoxStream<'static, Result<Batch<T>>> {
        let first = Some(self.first_step());
        stream::try_unfold((self, first), |(sync, step)| async move {
            let Some(step) = step else { return Ok(None) };
            let batch = sync.ask(&step).await?;
            let next = sync.next_step(step, &batch)?;
            Ok(Some((batch, (sync, next))))
        })
        .boxed()
    }

    fn first_step(&self) -> Step {
        match &self.token {
            None => Step::Full,
            Some(token) => Step::Changes {
                token: token.clone(),
                older: self.older,
            },
        }
    }

    async fn ask(&self, step: &Step) -> Result<Batch<T>> {
        let answer: Answer<T> = match self.request(step).send().await {
            Ok(response) => response.json()?,
            Err(error) if matches!(step, Step::Changes { .. }) && is_refused_token(&error) => {
                return Ok(Batch::reset());
            }
            Err(error) => return Err(error),
        };
        let info = answer.sync_info;
        Ok(Batch {
            kind: match step {
                Step::Full => BatchKind::Full,
                Step::Changes { .. } => BatchKind::Changes,
            },
            records: answer.records.unwrap_or_default(),
            sync_token: Some(info.sync_token),
            sync_time: info.sync_time,
            older_records_exist: info.older_records_exist,
            newer_records_exist: info.newer_records_exist,
        })
    }

    fn request(&self, step: &Step) -> RequestBuilder {
        let request = self.client.get(&self.path);
        let request = match step {
            Step::Full => {
                let request = request
                    .query("syncType", "FSync")
                    .query_pairs(self.filters.iter().map(|(name, value)| (name, value)));
                let count = self.record_count.or(self.log.record_count);
                optional(
                    optional(request, "recordCount", count),
                    "dateFrom",
                    self.date_from,
                )
            }
            Step::Changes { token, older } => {
                let request = request
                    .query("syncType", "ISync")
                    .query("syncToken", token.as_str());
                let from = self.date_from.filter(|_| self.log.widens_by_date);
                optional(optional(request, "recordCount", *older), "dateFrom", from)
            }
        };
        self.changes
            .iter()
            .fold(request, |request, change| change(request))
    }

    /// What comes after a batch, or nothing when the copy is as it was asked for.
    fn next_step(&self, step: Step, batch: &Batch<T>) -> Result<Option<Step>> {
        let Some(token) = batch.sync_token.clone() else {
            return Ok(self.start_again.then_some(Step::Full));
        };
        let newer = batch.newer_records_exist == Some(true);
        let older = batch.older_records_exist == Some(true);
        let more = if newer || (older && self.whole_history) {
            true
        } else {
            // What is older than the time asked for exists too, so only an empty batch says that there is no more.
            older && self.log.widens_by_date && self.date_from.is_some() && !batch.records.is_empty()
        };
        if !more {
            return Ok(None);
        }
        if matches!(step, Step::Changes { token: before, .. } if before == token) {
            return Err(Error::new(
                ErrorKind::Decode,
                "this synchronisation goes in a circle: the platform says that there is more, and its token stays where it was",
            ));
        }
        let portion = self.record_count.unwrap_or(MOST_OLDER).min(MOST_OLDER);
        Ok(Some(Step::Changes {
            token,
            older: (older && self.whole_history && !newer).then_some(portion),
        }))
    }
}

impl<T> Batch<T> {
    fn reset() -> Self {
        Self {
            kind: BatchKind::Reset,
            records: Vec::new(),
            sync_token: None,
            sync_time: None,
            older_records_exist: None,
            newer_records_exist: None,
        }
    }
}

/// One request of a synchronisation.
enum Step {
    Full,
    Changes { token: SyncToken, older: Option<u64> },
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer<T> {
    records: Option<Vec<T>>,
    sync_info: SyncInfo,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SyncInfo {
    sync_token: SyncToken,
    sync_time: Option<Timestamp>,
    older_records_exist: Option<bool>,
    newer_records_exist: Option<bool>,
}

/// The platform's words for a token that is malformed, foreign or expired, or after which too much has changed.
fn is_refused_token(error: &Error) -> bool {
    matches!(
        error.code(),
        Some("MSG-333" | "CLG-101" | "CLG-102" | "CLG-103" | "CLG-104" | "CLG-105")
    )
}

fn optional(request: RequestBuilder, name: &str, value: Option<impl ToString>) -> RequestBuilder {
    match value {
        Some(value) => request.query(name, value),
        None => request,
    }
}

impl<T> Clone for Synchronization<T> {
    fn clone(&self) -> Self {
        Self {
            client: self.client.clone(),
            path: self.path.clone(),
            log: self.log,
            filters: self.filters.clone(),
            date_from: self.date_from,
            record_count: self.record_count,
            token: self.token.clone(),
            older: self.older,
            whole_history: self.whole_history,
            start_again: self.start_again,
            changes: self.changes.clone(),
            records: PhantomData,
        }
    }
}

impl<T> fmt::Debug for Synchronization<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Synchronization")
            .field("path", &self.path)
            .field("resumes", &self.token.is_some())
            .finish_non_exhaustive()
    }
}
