//! Keeps logins in a place of one's own: here, rows of one file with the logins of many users.
//!
//! ```text
//! cargo run -- emulate --exec cargo run -p ringcentral --example custom_store alice
//! ```
//!
//! Settings: `RC_SERVER_URL`, `RC_CLIENT_ID`, `RC_CLIENT_SECRET`, `RC_JWT`, which `emulate` sets.
//!
//! A store has one hard duty: two programs that refresh the same login at once must not destroy it. So each change here
//! is one step that nobody else comes between ([`Rows::change`]). With a database, that is one `UPDATE … WHERE`.
#![expect(clippy::print_stdout, reason = "an example talks to its user")]

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::PathBuf;

use anyhow::Context;
use jiff::Timestamp;
use ringcentral::{
    App, BoxFuture, Claim, Client, Commit, Lease, RefreshOutcome, StoreError, StoreErrorKind, Stored,
    TokenSet, TokenStore, Version,
};
use serde::{Deserialize, Serialize};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let user = std::env::args().nth(1).unwrap_or_else(|| "alice".to_owned());
    let app = App::confidential(setting("RC_CLIENT_ID")?, setting("RC_CLIENT_SECRET")?);
    let client = Client::builder(app)
        .server(setting("RC_SERVER_URL")?)
        .jwt(setting("RC_JWT")?)
        .token_store(Rows {
            file: "logins.json".into(),
            user,
        })
        .build()?;
    let me = client.me().info().await?;
    println!(
        "{} is kept in {}",
        me.name.unwrap_or_default(),
        client.token_store().describe()
    );
    Ok(())
}

/// The row of one user.
#[derive(Debug)]
struct Rows {
    file: PathBuf,
    user: String,
}

#[derive(Clone, Default, Serialize, Deserialize)]
struct Row {
    /// Whoever reads this is logged in as the user: keep such a file or column private, or seal what is in it.
    tokens: Option<String>,
    /// Grows with every change of the tokens, and goes on growing after a logout.
    version: u64,
    lease: Option<Lease>,
    /// The number of the newest lease, so that the holder of an older one is recognised.
    fence: u64,
    last_refresh: Option<RefreshOutcome>,
}

impl Row {
    fn lease_to(&mut self, holder: &str, now: Timestamp, until: Timestamp) -> Claim {
        match &self.lease {
            Some(lease) if now < lease.until => Claim::Busy { until: lease.until },
            // Nobody holds it, or somebody who has died.
            _ => {
                self.fence += 1;
                let (fence, version, holder) = (self.fence, Version(self.version), holder.to_owned());
                let lease = Lease {
                    fence,
                    version,
                    holder,
                    until,
                };
                self.lease = Some(lease.clone());
                Claim::Held(lease)
            }
        }
    }

    fn is_held_by(&self, lease: &Lease) -> bool {
        self.lease.as_ref().is_some_and(|held| held.fence == lease.fence)
    }

    fn write(&mut self, tokens: Option<&TokenSet>, last_refresh: Option<RefreshOutcome>) -> Version {
        self.tokens = tokens.map(|tokens| String::from_utf8_lossy(&tokens.to_secret_json()).into_owned());
        self.version += 1;
        self.lease = None;
        self.last_refresh = last_refresh;
        Version(self.version)
    }
}

impl Rows {
    /// Changes the row, in one step. When it returns, the change survives a crash.
    fn change<R: Send + 'static>(
        &self,
        change: impl FnOnce(&mut Row) -> R,
    ) -> BoxFuture<'static, Result<R, StoreError>> {
        let changed = self.change_file(change).map_err(|error| {
            StoreError::new(
                StoreErrorKind::Unavailable,
                "the file of the logins cannot be changed",
            )
            .with_source(error)
        });
        // A file as small as this is changed at once; a database would be awaited here.
        Box::pin(std::future::ready(changed))
    }

    fn change_file<R>(&self, change: impl FnOnce(&mut Row) -> R) -> std::io::Result<R> {
        // Held until the end of this function, against other threads as well as other programs.
        let lock = File::create(self.file.with_extension("lock"))?;
        lock.lock()?;
        let mut rows: BTreeMap<String, Row> = match std::fs::read(&self.file) {
            Ok(text) => serde_json::from_slice(&text)?,
            Err(error) if error.kind() == ErrorKind::NotFound => BTreeMap::new(),
            Err(error) => return Err(error),
        };
        let result = change(rows.entry(self.user.clone()).or_default());
        // Beside the old file, private, on the disk, and only then in its place: half a file never has its name.
        let directory = self.file.parent().filter(|path| !path.as_os_str().is_empty());
        let mut new = tempfile::NamedTempFile::new_in(directory.unwrap_or(".".as_ref()))?;
        new.write_all(&serde_json::to_vec_pretty(&rows)?)?;
        new.as_file().sync_all()?;
        new.persist(&self.file)?;
        Ok(result)
    }
}

impl TokenStore for Rows {
    fn load(&self) -> BoxFuture<'_, Result<Option<Stored>, StoreError>> {
        let row = self.change(|row| row.clone());
        Box::pin(async move {
            let row = row.await?;
            let Some(tokens) = row.tokens else { return Ok(None) };
            Ok(Some(Stored {
                tokens: TokenSet::from_secret_json(tokens.as_bytes())?,
                version: Version(row.version),
                lease: row.lease,
                last_refresh: row.last_refresh,
            }))
        })
    }

    fn put<'a>(&'a self, login: &'a TokenSet) -> BoxFuture<'a, Result<Version, StoreError>> {
        self.change(|row| row.write(Some(login), None))
    }

    fn claim<'a>(
        &'a self,
        seen: Version,
        holder: &'a str,
        now: Timestamp,
        until: Timestamp,
    ) -> BoxFuture<'a, Result<Claim, StoreError>> {
        self.change(|row| {
            // UPDATE … SET lease = … WHERE version = seen AND (lease IS NULL OR lease_until <= now)
            if row.tokens.is_none() || row.version != seen.0 {
                return Claim::Moved;
            }
            row.lease_to(holder, now, until)
        })
    }

    fn claim_vacant<'a>(
        &'a self,
        holder: &'a str,
        now: Timestamp,
        until: Timestamp,
    ) -> BoxFuture<'a, Result<Claim, StoreError>> {
        self.change(|row| {
            if row.tokens.is_some() {
                return Claim::Moved;
            }
            row.lease_to(holder, now, until)
        })
    }

    fn load_vacant(&self) -> BoxFuture<'_, Result<Option<RefreshOutcome>, StoreError>> {
        self.change(|row| row.last_refresh.clone().filter(|_| row.tokens.is_none()))
    }

    fn renew<'a>(&'a self, lease: &'a Lease, until: Timestamp) -> BoxFuture<'a, Result<bool, StoreError>> {
        self.change(|row| {
            let is_mine = row.is_held_by(lease);
            if let Some(held) = row.lease.as_mut().filter(|_| is_mine) {
                held.until = until;
            }
            is_mine
        })
    }

    fn commit<'a>(
        &'a self,
        lease: &'a Lease,
        tokens: &'a TokenSet,
        outcome: &'a RefreshOutcome,
    ) -> BoxFuture<'a, Result<Commit, StoreError>> {
        self.change(|row| {
            // UPDATE … SET tokens = … WHERE fence = mine AND version = seen. Whoever was paused for longer than the lease
            // lasts changes nothing, and takes over what the next holder has written.
            if !row.is_held_by(lease) || row.version != lease.version.0 {
                return Commit::Lost;
            }
            Commit::Done(row.write(Some(tokens), Some(outcome.clone())))
        })
    }

    fn release<'a>(
        &'a self,
        lease: &'a Lease,
        outcome: &'a RefreshOutcome,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        self.change(|row| {
            if row.is_held_by(lease) {
                row.lease = None;
                row.last_refresh = Some(outcome.clone());
            }
        })
    }

    fn remove(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        self.change(|row| {
            row.write(None, None);
        })
    }

    fn describe(&self) -> String {
        format!("row {} of {}", self.user, self.file.display())
    }
}

fn setting(name: &str) -> anyhow::Result<String> {
    std::env::var(name).with_context(|| format!("{name} is not set"))
}
