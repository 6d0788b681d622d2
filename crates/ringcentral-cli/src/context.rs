//! From settings to a client: what every command that talks to the platform starts with.

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use ringcentral::{
    App, Client, ClientBuilder, Clock as _, FileTokenStore, LoginKind, RateLimitPolicy, SystemClock,
    TokenStore as _,
};

use crate::args::Global;
use crate::emulated;
use crate::failure::Failure;
use crate::logins::LoginSlot;
use crate::output::Output;
use crate::settings::{self, Flags, Lookup, Settings, SettingsError};

pub(crate) struct Context<'a> {
    pub(crate) settings: Settings,
    pub(crate) output: &'a Output,
    pub(crate) environment: Lookup<'a>,
    max_wait: Duration,
}

impl<'a> Context<'a> {
    pub(crate) fn new(global: &Global, output: &'a Output, environment: Lookup<'a>) -> Result<Self, Failure> {
        let flags = Flags {
            profile: global.profile.clone(),
            env_file: global.env_file.clone(),
            server: global.server.clone(),
            client_id: global.client_id.clone(),
        };
        // An empty directory, so that messages show `.env` and not a long path.
        let settings = settings::resolve(&flags, environment, std::path::Path::new(""))?;
        Ok(Self {
            settings,
            output,
            environment,
            max_wait: global.max_wait,
        })
    }

    /// What the login of these settings belongs to.
    pub(crate) fn slot(&self) -> Result<LoginSlot, Failure> {
        Ok(LoginSlot {
            profile: self.settings.profile.clone(),
            server: self.settings.server.value.clone(),
            client_id: self.client_id()?.to_owned(),
        })
    }

    pub(crate) fn store(&self) -> Result<FileTokenStore, Failure> {
        Ok(self.slot()?.store(&self.settings.directories))
    }

    pub(crate) fn client_id(&self) -> Result<&str, Failure> {
        if let Some(id) = &self.settings.client_id {
            return Ok(&id.value);
        }
        let file = &self.settings.env_file;
        let looked = if file.exists {
            "does not name it"
        } else {
            "does not exist"
        };
        Err(Failure::configuration("no app is set: there is no client ID")
            .because(format!(
                "RC_CLIENT_ID is not in the environment, and {} {looked}",
                file.path.display()
            ))
            .advise(
                "set RC_CLIENT_ID and RC_CLIENT_SECRET there, from the app's page in the developer portal",
            )
            .advise("ringcentral dev   (works without an account)"))
    }

    pub(crate) async fn client(&self) -> Result<Client, Failure> {
        Ok(self.client_builder().await?.build()?)
    }

    /// The client that commands use, for one that wants to watch it or have it more impatient.
    pub(crate) async fn client_builder(&self) -> Result<ClientBuilder, Failure> {
        let store = self.store()?;
        // A store that cannot be read says so when it is used.
        let stored = store.load().await.ok().flatten();
        let login = stored.as_ref().map(|stored| &stored.tokens);
        emulated::refuse_for_ringcentral(&self.settings, login)?;
        let app = match &self.settings.client_secret {
            Some(secret) => App::confidential(self.client_id()?, secret.value.expose().trim()),
            None => App::public(self.client_id()?),
        };
        let mut builder = Client::builder(app)
            .server(settings::shown_server(&self.settings.server.value))
            .user_agent(concat!("ringcentral-cli/", env!("CARGO_PKG_VERSION")))
            .rate_limit(RateLimitPolicy::WaitAtMost(self.max_wait))
            .refresh_ahead(false);
        if let Some(jwt) = &self.settings.jwt {
            // Only a login that was made with it is made anew with it: after a logout, nobody is logged in.
            if login.is_some_and(|login| login.info().login_kind == LoginKind::Jwt) {
                builder = builder.jwt(jwt.value.expose().trim().to_owned());
            }
        }
        Ok(builder.token_store(store))
    }
}

pub(crate) fn now() -> Timestamp {
    SystemClock.now()
}

/// A time as the person's own clock shows it.
pub(crate) fn local_time(at: Timestamp) -> String {
    at.to_zoned(TimeZone::system())
        .strftime("%Y-%m-%d %H:%M")
        .to_string()
}

/// The same to the second, for what happens within a minute.
pub(crate) fn local_time_to_the_second(at: Timestamp) -> String {
    at.to_zoned(TimeZone::system())
        .strftime("%Y-%m-%d %H:%M:%S")
        .to_string()
}

impl From<SettingsError> for Failure {
    fn from(error: SettingsError) -> Self {
        let failure = Self::configuration(error.to_string());
        let failure = match std::error::Error::source(&error) {
            Some(source) => failure.caused_by(source),
            None => failure,
        };
        match error {
            SettingsError::Value { advice, .. } => failure.advise(advice),
            SettingsError::EnvFileMissing { missing, .. } => {
                failure.advise(format!("write {missing}, or name another file with --env-file"))
            }
            SettingsError::NoHome { name } => failure.advise(format!("set HOME, or {name}")),
            SettingsError::ConfigFile(error) => failure.advise(advice_on_config_file(&error)),
            SettingsError::SecretFile { .. } => {
                failure.advise("write the secret, and nothing else, to that file")
            }
            SettingsError::EnvFile(_) | SettingsError::NotUtf8 { .. } => failure,
        }
    }
}

impl From<settings::ConfigFileError> for Failure {
    fn from(error: settings::ConfigFileError) -> Self {
        SettingsError::from(error).into()
    }
}

fn advice_on_config_file(error: &settings::ConfigFileError) -> String {
    use settings::ConfigFileError as Error;
    match error {
        Error::UnknownKey { .. } => {
            let keys: Vec<_> = settings::PROFILE_KEYS.iter().map(|(key, _)| *key).collect();
            format!("a profile's settings are {}", keys.join(", "))
        }
        Error::Secret { instead, .. } => {
            format!(
                "write the secret to a file of its own and name that in `{instead}`, or use the environment"
            )
        }
        Error::NotToml { .. } => {
            "text is written in quotes: server = \"https://platform.ringcentral.com\"".to_owned()
        }
        Error::Unreadable { .. } | Error::Unwritable { .. } => "look at the file's permissions".to_owned(),
        Error::WrongType { .. } | Error::BadName { .. } => "mend that line".to_owned(),
    }
}
