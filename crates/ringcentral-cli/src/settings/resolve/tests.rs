use std::collections::HashMap;
use std::fs;

use tempfile::TempDir;

use super::*;
use crate::settings::shown_server;

/// A home, a directory with files, and an environment: everything that settings come from.
struct Place {
    home: TempDir,
    directory: TempDir,
    variables: HashMap<String, OsString>,
    flags: Flags,
}

impl Place {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let variables = HashMap::from([("HOME".to_owned(), home.path().as_os_str().to_owned())]);
        Self {
            home,
            directory: tempfile::tempdir().unwrap(),
            variables,
            flags: Flags::default(),
        }
    }

    fn file(self, name: &str, text: &str) -> Self {
        fs::write(self.directory.path().join(name), text).unwrap();
        self
    }

    fn config(self, text: &str) -> Self {
        let directory = self.home.path().join(".config/ringcentral");
        fs::create_dir_all(&directory).unwrap();
        fs::write(directory.join("config.toml"), text).unwrap();
        self
    }

    fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.into());
        self
    }

    fn flags(mut self, change: impl FnOnce(&mut Flags)) -> Self {
        change(&mut self.flags);
        self
    }

    fn resolve(&self) -> Result<Settings, SettingsError> {
        resolve(
            &self.flags,
            &|name| self.variables.get(name).cloned(),
            self.directory.path(),
        )
    }

    /// The message, with the directories' names taken out.
    fn error(&self) -> String {
        let error = self
            .resolve()
            .err()
            .unwrap_or_else(|| panic!("settings should be refused"));
        assert!(!format!("{error} {error:?}").contains("CANARY"), "{error:?}");
        error
            .to_string()
            .replace(&format!("{}/", self.directory.path().display()), "")
            .replace(&self.home.path().display().to_string(), "~")
    }
}

fn client_id(settings: &Settings) -> &str {
    settings.client_id.as_ref().map_or("", |id| id.value.as_str())
}

#[test]
fn flag_then_process_then_env_file_then_profile_then_default() {
    let mut place = Place::new();
    let server = |place: &Place| shown_server(&place.resolve().unwrap().server.value).to_owned();
    assert_eq!(server(&place), "https://platform.ringcentral.com");
    place = place.config("[profiles.default]\nserver = \"https://profile.example.com\"\n");
    assert_eq!(server(&place), "https://profile.example.com");
    place = place.file(".env", "RC_SERVER_URL=https://file.example.com\n");
    assert_eq!(server(&place), "https://file.example.com");
    place = place.variable("RC_SERVER_URL", "https://process.example.com");
    assert_eq!(server(&place), "https://process.example.com");
    place = place.flags(|flags| flags.server = Some("https://flag.example.com".to_owned()));
    assert_eq!(server(&place), "https://flag.example.com");
    place = place
        .flags(|flags| flags.server = None)
        .variable("RC_SERVER_URL", "");
    assert_eq!(
        server(&place),
        "https://file.example.com",
        "an empty variable counts as not set"
    );
}

#[test]
fn the_tutorials_files_work_unchanged() {
    let sandbox = "RC_SERVER_URL=platform.devtest.example.com\nRC_CLIENT_ID=sandbox-id\nRC_CLIENT_SECRET=s\n\
                   RC_USERNAME=+16505550100\nRC_EXTENSION=101\nRC_PASSWORD=\"p #1\"\n";
    let mut place = Place::new()
        .file(".env", "ENVIRONMENT=sandbox\n")
        .file(".env-sandbox", sandbox)
        .file(".env-production", "RC_CLIENT_ID=production-id\n");
    let settings = place.resolve().unwrap();
    assert_eq!(
        shown_server(&settings.server.value),
        "https://platform.devtest.example.com"
    );
    assert_eq!(client_id(&settings), "sandbox-id");
    assert_eq!(settings.password.unwrap().value.expose(), "p #1");
    let extension = settings.extension.unwrap();
    assert_eq!(extension.value, "101");
    assert!(
        extension.origin.to_string().ends_with(".env-sandbox, line 5"),
        "{}",
        extension.origin
    );

    place = place.variable("ENVIRONMENT", "production");
    let settings = place.resolve().unwrap();
    assert_eq!(client_id(&settings), "production-id");
    assert!(
        settings.password.is_none(),
        "one environment's password is not the other's"
    );

    place = place.flags(|flags| flags.env_file = Some(place_of(".env-sandbox", &settings)));
    assert_eq!(
        client_id(&place.resolve().unwrap()),
        "sandbox-id",
        "the flag names the file"
    );
}

fn place_of(name: &str, settings: &Settings) -> PathBuf {
    settings.env_file.path.with_file_name(name)
}

#[test]
fn other_spellings_are_read_and_the_place_decides_before_the_spelling() {
    let place = Place::new()
        .file(
            ".env",
            "RC_APP_CLIENT_ID=old\nRC_JWT=from-file\nRC_APP_CLIENT_SECRET=secret\n",
        )
        .variable("RC_USER_JWT", "from-process");
    let settings = place.resolve().unwrap();
    assert_eq!(client_id(&settings), "old");
    assert_eq!(settings.client_secret.unwrap().value.expose(), "secret");
    let jwt = settings.jwt.unwrap();
    assert_eq!(
        (jwt.value.expose(), jwt.origin),
        ("from-process", Origin::Process("RC_USER_JWT"))
    );
}

#[test]
fn a_profile_is_named_by_flag_variable_or_file() {
    let config = "default_profile = \"work\"\n[profiles.work]\nclient_id = \"w\"\n[profiles.home]\nclient_id = \"h\"\n";
    let mut place = Place::new().config(config);
    assert_eq!(client_id(&place.resolve().unwrap()), "w");
    place = place.variable("RINGCENTRAL_PROFILE", "home");
    assert_eq!(client_id(&place.resolve().unwrap()), "h");
    place = place.flags(|flags| flags.profile = Some("third".to_owned()));
    let settings = place.resolve().unwrap();
    assert_eq!((settings.profile.as_str(), client_id(&settings)), ("third", ""));
}

#[test]
fn a_profiles_secrets_stay_with_its_own_server_and_app() {
    let profile = "[profiles.default]\nserver = \"https://mine.example.com\"\nclient_id = \"mine\"\n\
                   client_secret_file = \"secret\"\njwt_file = \"~/jwt\"\nusername = \"me\"\n";
    let mut place = Place::new().config(profile);
    fs::write(place.home.path().join(".config/ringcentral/secret"), "S\n").unwrap();
    fs::write(place.home.path().join("jwt"), "J").unwrap();
    let settings = place.resolve().unwrap();
    assert_eq!(settings.client_secret.unwrap().value.expose(), "S");
    assert_eq!(settings.jwt.unwrap().value.expose(), "J");
    for (name, value) in [
        ("RC_SERVER_URL", "https://evil.example.com"),
        ("RC_CLIENT_ID", "theirs"),
    ] {
        place = place.file(".env", &format!("{name}={value}\n"));
        let settings = place.resolve().unwrap();
        assert!(
            settings.client_secret.is_none() && settings.jwt.is_none() && settings.username.is_none(),
            "{name}"
        );
    }
}

#[test]
fn bad_input_names_file_line_and_variable() {
    let server = |value: &str| Place::new().file(".env", &format!("# first\nRC_SERVER_URL={value}\n"));
    for (place, expected) in [
        (
            server("CANARY here"),
            "RC_SERVER_URL in .env, line 2 is not usable: it is not a server's address",
        ),
        (
            server("ftp://CANARY"),
            "RC_SERVER_URL in .env, line 2 is not usable: it is not a server's address",
        ),
        (
            server("https://"),
            "RC_SERVER_URL in .env, line 2 is not usable: it is not a server's address",
        ),
        (
            server("https://user:CANARY@a.example.com"),
            "RC_SERVER_URL in .env, line 2 is not usable: it has a user name or password in it",
        ),
        (
            server("https://a.example.com/CANARY"),
            "RC_SERVER_URL in .env, line 2 is not usable: it has more in it than scheme, host and port",
        ),
        (
            server("http://CANARY.example.com"),
            "RC_SERVER_URL in .env, line 2 is not usable: http would show passwords and tokens to the network",
        ),
        (
            Place::new().file(".env", "RC_CLIENT_ID=CANARY b\n"),
            "RC_CLIENT_ID in .env, line 1 is not usable: a client ID has no blanks and at most 128 characters",
        ),
        (
            Place::new().file(".env", "\nRC_REDIRECT_URL=CANARY\n"),
            "RC_REDIRECT_URL in .env, line 2 is not usable: it is not an address that a browser can be sent to",
        ),
        (
            Place::new().file(".env", "ENVIRONMENT=CANARY\n"),
            "ENVIRONMENT in .env, line 1 is not usable: it is neither `sandbox` nor `production`",
        ),
        (
            Place::new().variable("ENVIRONMENT", "CANARY"),
            "ENVIRONMENT in the environment is not usable: it is neither `sandbox` nor `production`",
        ),
        (
            Place::new().file(".env", "ENVIRONMENT=production\n"),
            ".env-production is not there, and ENVIRONMENT in .env, line 1 asks for it",
        ),
        (
            Place::new().flags(|flags| flags.env_file = Some("no-such-file".into())),
            "no-such-file is not there, and --env-file asks for it",
        ),
        (
            Place::new().file(".env", "RC_PASSWORD=\"CANARY\n"),
            ".env, line 1, RC_PASSWORD: the opening quote is never closed",
        ),
        (
            Place::new().variable("RINGCENTRAL_PROFILE", "../CANARY"),
            "RINGCENTRAL_PROFILE in the environment is not usable: this cannot be a profile's name",
        ),
        (
            Place::new().config("[profiles.default]\njwt_file = \"CANARY\"\n"),
            "jwt_file of profile \"default\" in ~/.config/ringcentral/config.toml names a file that cannot be read",
        ),
    ] {
        assert_eq!(place.error(), expected);
    }
}

#[test]
fn a_variable_that_is_not_text_is_named() {
    use std::os::unix::ffi::OsStringExt as _;
    let mut place = Place::new();
    place
        .variables
        .insert("RC_JWT".to_owned(), OsString::from_vec(vec![0xff]));
    assert_eq!(place.error(), "RC_JWT in the environment is not UTF-8");
}

#[test]
fn a_bare_host_means_https_and_on_this_machine_http() {
    for (written, read) in [
        ("platform.ringcentral.com", "https://platform.ringcentral.com/"),
        ("platform.ringcentral.com/", "https://platform.ringcentral.com/"),
        (
            "https://platform.ringcentral.com",
            "https://platform.ringcentral.com/",
        ),
        ("a.example.com:8443", "https://a.example.com:8443/"),
        ("localhost:5001", "http://localhost:5001/"),
        ("127.0.0.1:5001", "http://127.0.0.1:5001/"),
        ("[::1]:5001", "http://[::1]:5001/"),
        ("http://localhost:5001", "http://localhost:5001/"),
        ("https://localhost:5001", "https://localhost:5001/"),
    ] {
        assert_eq!(
            server_url(written).map(String::from),
            Ok(read.to_owned()),
            "{written}"
        );
    }
}

#[test]
fn directories_follow_the_xdg_rules() {
    let place = |variables: &[(&str, &str)]| {
        let variables: HashMap<_, _> = variables.iter().map(|(k, v)| (*k, OsString::from(v))).collect();
        directories(&|name| variables.get(name).cloned()).map(|found| (found.config, found.state))
    };
    let paths = |config: &str, state: &str| (PathBuf::from(config), PathBuf::from(state));
    for (variables, expected) in [
        (
            vec![("HOME", "/h")],
            paths("/h/.config/ringcentral", "/h/.local/state/ringcentral"),
        ),
        (
            vec![
                ("HOME", "/h"),
                ("XDG_CONFIG_HOME", "/c"),
                ("XDG_STATE_HOME", "relative"),
            ],
            paths("/c/ringcentral", "/h/.local/state/ringcentral"),
        ),
        (
            vec![
                ("HOME", "/h"),
                ("XDG_STATE_HOME", "/s"),
                ("RINGCENTRAL_STATE_DIR", "/own"),
            ],
            paths("/h/.config/ringcentral", "/own"),
        ),
    ] {
        assert_eq!(place(&variables).unwrap(), expected);
    }
    assert!(matches!(
        place(&[("XDG_CONFIG_HOME", "/c")]),
        Err(SettingsError::NoHome { .. })
    ));
}
