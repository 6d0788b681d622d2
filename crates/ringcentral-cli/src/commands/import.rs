//! `login --import`: going on with the login that another program has made.
//!
//! The tokens are stored before they are used, as those of any login. The file is left as it is.

use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::path::Path;

use jiff::Timestamp;
use ringcentral::{Freshness, ImportError, StoreErrorKind, Stored, TokenInfo, TokenSet, TokenStore as _};
use serde_json::json;
use zeroize::Zeroizing;

use super::input;
use super::login;
use super::status::diagnosis::Diagnosis;
use crate::context::{Context, local_time, now};
use crate::failure::{Exit, Failure};

/// One more byte than the largest token file: a larger one is refused without being read whole.
const MOST_BYTES: u64 = (1 << 20) + 1;

pub(super) async fn run(path: &Path, force: bool, context: &Context<'_>) -> Result<(), Failure> {
    let file = TokenFile::read(path).await?;
    let tokens = file.tokens()?;
    let store = context.store()?;
    if tokens.info().freshness(now()) == Freshness::Dead {
        return Err(too_old(&file.shown, tokens.info()));
    }
    match store.load().await {
        // A damaged one is set aside by the store, as at every login.
        Err(error) if error.kind() == StoreErrorKind::Corrupt => {}
        there => {
            if let Some(there) = there?.filter(|_| !force) {
                may_replace(there, &tokens, &file.shown, context)?;
            }
        }
    }
    store.put(&tokens).await?;
    file.warn(context);

    let client = context.client().await?;
    // Unlike after other logins, nobody has shown yet that the platform takes these.
    let who = match client.me().info().await {
        Ok(who) => Some(who),
        Err(error) if error.is_login_required() => {
            return Err(Failure::from(error).because(format!(
                "the tokens in {} were refreshed or revoked elsewhere",
                file.shown
            )));
        }
        Err(error) => {
            context.output.warn(format!(
                "the login is stored, but the platform could not be asked whose it is ({error})"
            ));
            None
        }
    };
    let current = client.oauth().status().await?;
    let info = current.as_ref().unwrap_or(tokens.info());
    let refreshed = info.issued_at != tokens.info().issued_at;
    let imported = json!({
        "from": file.shown,
        "issued_at": tokens.info().issued_at,
        "refreshed": refreshed,
    });
    login::show(&client, who.as_ref(), info, context, Some(imported))?;
    if path != Path::new("-") {
        let when = if refreshed {
            "they stopped working with the refresh just made"
        } else {
            "they stop working at the first refresh"
        };
        context.output.warn(format!(
            "{} still holds the tokens it held; {when}, so delete it",
            file.shown
        ));
    }
    Ok(())
}

/// A file, read, and when it was last written.
struct TokenFile {
    shown: String,
    bytes: Zeroizing<Vec<u8>>,
    modified_at: Option<Timestamp>,
    others_may_read: bool,
}

impl TokenFile {
    async fn read(path: &Path) -> Result<Self, Failure> {
        let shown = input::shown(path);
        let owned = path.to_owned();
        let read = tokio::task::spawn_blocking(move || {
            let (reader, metadata) = open(&owned)?;
            if metadata.as_ref().is_some_and(Metadata::is_dir) {
                return Err(io::Error::from(io::ErrorKind::IsADirectory));
            }
            let mut bytes = Zeroizing::new(Vec::new());
            let read = reader.take(MOST_BYTES).read_to_end(&mut bytes);
            // A pipe has no age of its own, and is nobody else's to read.
            read.map(|_| (bytes, metadata.filter(Metadata::is_file)))
        });
        let failed =
            |error: &io::Error| Failure::configuration(format!("{shown} cannot be read")).caused_by(error);
        let (bytes, metadata) = read
            .await
            .map_err(io::Error::other)
            .and_then(|read| read)
            .map_err(|error| failed(&error))?;
        let modified_at = metadata
            .as_ref()
            .and_then(|metadata| Timestamp::try_from(metadata.modified().ok()?).ok());
        Ok(Self {
            shown,
            bytes,
            modified_at,
            others_may_read: metadata.is_some_and(|metadata| others_may_read(&metadata)),
        })
    }

    fn tokens(&self) -> Result<TokenSet, Failure> {
        TokenSet::import_json(&self.bytes, self.modified_at).map_err(|error| {
            let failure =
                Failure::configuration(format!("{} cannot be imported", self.shown)).caused_by(&error);
            match error {
                ImportError::NoTime => {
                    failure.advise("name the file itself: its age tells how old the tokens are")
                }
                ImportError::BadTime => failure
                    .advise("write `timestamp` as seconds or milliseconds since 1970, or log in: ringcentral login"),
                _ => failure
                    .because("expected: {\"tokens\": {…}, \"timestamp\": …}, a token answer, or what the JavaScript SDK stores")
                    .advise("ringcentral login"),
            }
        })
    }

    fn warn(&self, context: &Context<'_>) {
        if self.others_may_read {
            context.output.warn(format!(
                "other users of this machine may read {}, and with it these tokens",
                self.shown
            ));
        }
    }
}

/// What there is to read, and what is known of the file behind it.
type Opened = (Box<dyn Read>, Option<Metadata>);

fn open(path: &Path) -> io::Result<Opened> {
    if path == Path::new("-") {
        return standard_input();
    }
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    Ok((Box::new(file), Some(metadata)))
}

/// As a file, so that `< tokens.txt` has an age.
#[cfg(unix)]
fn standard_input() -> io::Result<Opened> {
    use std::os::fd::AsFd as _;
    let file = File::from(io::stdin().as_fd().try_clone_to_owned()?);
    let metadata = file.metadata()?;
    Ok((Box::new(file), Some(metadata)))
}

#[cfg(not(unix))]
fn standard_input() -> io::Result<Opened> {
    Ok((Box::new(io::stdin()), None))
}

#[cfg(unix)]
fn others_may_read(metadata: &Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    metadata.permissions().mode() & 0o044 != 0
}

#[cfg(not(unix))]
fn others_may_read(_: &Metadata) -> bool {
    false
}

/// A login that works is not replaced by another user's, nor by an older state of itself: its tokens would be dead.
fn may_replace(there: Stored, tokens: &TokenSet, shown: &str, context: &Context<'_>) -> Result<(), Failure> {
    let diagnosis = Diagnosis::of(Some(there), context.settings.jwt.is_some(), now());
    let (Some(old), true) = (diagnosis.info(), diagnosis.state.is_logged_in()) else {
        return Ok(());
    };
    let new = tokens.info();
    let profile = context.settings.profile.as_str();
    let refusal = if old.owner_id != new.owner_id || new.owner_id.is_none() {
        let whose = |info: &TokenInfo| {
            info.owner_id.as_ref().map_or_else(
                || "an unknown extension".to_owned(),
                |id| format!("extension ID {id}"),
            )
        };
        Failure::usage(format!("profile \"{profile}\" is logged in as another user")).because(format!(
            "that is {}, and {shown} is of {}",
            whose(old),
            whose(new)
        ))
    } else if new.issued_at <= old.issued_at {
        Failure::usage(format!(
            "profile \"{profile}\" is logged in already, by newer tokens"
        ))
        .because(format!(
            "those are of {}, and {shown} is of {}; older tokens do not work any more",
            local_time(old.issued_at),
            local_time(new.issued_at)
        ))
    } else {
        return Ok(());
    };
    Err(refusal
        .advise("another profile: ringcentral login --profile NAME --import FILE")
        .advise("or --force, which replaces that login"))
}

fn too_old(shown: &str, info: &TokenInfo) -> Failure {
    let failure = Failure::new(Exit::LoginNeeded, format!("the tokens in {shown} are too old"));
    match info.refresh_expires_at {
        Some(end) => failure.because(format!(
            "they were issued {}, and the refresh token ended {}; nothing was changed",
            local_time(info.issued_at),
            local_time(end)
        )),
        None => failure.because(format!(
            "the access token ended {}, and there is no refresh token; nothing was changed",
            local_time(info.expires_at)
        )),
    }
}
