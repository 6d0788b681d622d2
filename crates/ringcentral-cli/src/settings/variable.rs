//! Every environment variable, declared once: what reads it, what it means, and the page that documents it.

use std::fmt::Write as _;

/// One variable and all that is known of it.
#[derive(Debug)]
pub(crate) struct Variable {
    pub(crate) name: &'static str,
    /// Older and newer spellings, read when `name` itself is not set in the same place.
    pub(crate) aliases: &'static [&'static str],
    pub(crate) secret: bool,
    /// Read from the env file too, not from the process's environment only.
    pub(crate) in_env_file: bool,
    group: Group,
    meaning: &'static str,
}

impl Variable {
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(self.name).chain(self.aliases.iter().copied())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Group {
    App,
    Login,
    Choice,
    Service,
    Network,
    Place,
    Terminal,
}

impl Group {
    const ALL: [Self; 7] = [
        Self::App,
        Self::Login,
        Self::Choice,
        Self::Service,
        Self::Network,
        Self::Place,
        Self::Terminal,
    ];

    fn title(self) -> &'static str {
        match self {
            Self::App => "The app",
            Self::Login => "Logging in",
            Self::Choice => "Which settings",
            Self::Service => "Serving",
            Self::Network => "The way to the platform",
            Self::Place => "Where files are kept",
            Self::Terminal => "What is shown",
        }
    }
}

const fn setting(group: Group, name: &'static str, meaning: &'static str) -> Variable {
    Variable {
        name,
        aliases: &[],
        secret: false,
        in_env_file: true,
        group,
        meaning,
    }
}

const fn of_process(group: Group, name: &'static str, meaning: &'static str) -> Variable {
    Variable {
        in_env_file: false,
        ..setting(group, name, meaning)
    }
}

pub(crate) static SERVER_URL: Variable = setting(
    Group::App,
    "RC_SERVER_URL",
    "Address of the platform. A bare host such as `platform.ringcentral.com` means https. \
     Default: `https://platform.ringcentral.com`.",
);
pub(crate) static CLIENT_ID: Variable = Variable {
    aliases: &["RC_APP_CLIENT_ID"],
    ..setting(
        Group::App,
        "RC_CLIENT_ID",
        "Client ID of the app, from the developer portal.",
    )
};
pub(crate) static CLIENT_SECRET: Variable = Variable {
    aliases: &["RC_APP_CLIENT_SECRET"],
    secret: true,
    ..setting(
        Group::App,
        "RC_CLIENT_SECRET",
        "Client secret of the app. Leave it out for a public app (one that uses PKCE only).",
    )
};
pub(crate) static REDIRECT_URL: Variable = setting(
    Group::App,
    "RC_REDIRECT_URL",
    "Redirect URI registered for the app, exactly as registered. `login` listens there when it is a loopback \
     address, and otherwise at `http://127.0.0.1:8921/callback` up to port 8925.",
);
pub(crate) static USERNAME: Variable = setting(
    Group::Login,
    "RC_USERNAME",
    "Phone number or e-mail address of the user, for `login --password`.",
);
pub(crate) static EXTENSION: Variable = setting(
    Group::Login,
    "RC_EXTENSION",
    "Extension number that goes with a company's phone number in `RC_USERNAME`.",
);
pub(crate) static PASSWORD: Variable = Variable {
    secret: true,
    ..setting(
        Group::Login,
        "RC_PASSWORD",
        "Password of the user, for `login --password`, a login that the platform has retired.",
    )
};
pub(crate) static JWT: Variable = Variable {
    aliases: &["RC_USER_JWT"],
    secret: true,
    ..setting(
        Group::Login,
        "RC_JWT",
        "JWT credential of the user, for `login --jwt`.",
    )
};
pub(crate) static FROM: Variable = setting(
    Group::Login,
    "RC_FROM",
    "Number that `sms send` sends from, unless `--from` names one.",
);
pub(crate) static ENVIRONMENT: Variable = setting(
    Group::Choice,
    "ENVIRONMENT",
    "`sandbox` or `production`: the env file is `.env-sandbox` or `.env-production` instead of `.env`. \
     May itself stand in `.env`.",
);
pub(crate) static PROFILE: Variable = of_process(
    Group::Choice,
    "RINGCENTRAL_PROFILE",
    "Profile to use unless `--profile` names one. Two profiles never see each other's logins.",
);
pub(crate) static VAULT_KEY: Variable = Variable {
    secret: true,
    ..setting(
        Group::Service,
        "RINGCENTRAL_VAULT_KEY",
        "Key ring that seals the stored tokens of `serve`: `ID:KEY` with 32 bytes in base64; several, separated by \
         commas, while a key is being replaced.",
    )
};
pub(crate) static HTTPS_PROXY: Variable = Variable {
    aliases: &["https_proxy"],
    ..of_process(
        Group::Network,
        "HTTPS_PROXY",
        "Proxy for platforms at https addresses, for example `http://proxy.example.com:3128`.",
    )
};
pub(crate) static HTTP_PROXY: Variable = Variable {
    aliases: &["http_proxy"],
    ..of_process(
        Group::Network,
        "HTTP_PROXY",
        "Proxy for platforms at http addresses, which are on this machine.",
    )
};
pub(crate) static ALL_PROXY: Variable = Variable {
    aliases: &["all_proxy"],
    ..of_process(
        Group::Network,
        "ALL_PROXY",
        "Proxy where neither of the two is set.",
    )
};
static NO_PROXY: Variable = Variable {
    aliases: &["no_proxy"],
    ..of_process(
        Group::Network,
        "NO_PROXY",
        "Hosts that are reached without a proxy, separated by commas.",
    )
};
pub(crate) static CONFIG_DIR: Variable = of_process(
    Group::Place,
    "RINGCENTRAL_CONFIG_DIR",
    "Directory of `config.toml`. Default: `ringcentral` in `XDG_CONFIG_HOME`, or `~/.config/ringcentral`.",
);
pub(crate) static STATE_DIR: Variable = of_process(
    Group::Place,
    "RINGCENTRAL_STATE_DIR",
    "Directory of the logins and of `serve`'s database. Default: `ringcentral` in `XDG_STATE_HOME`, or \
     `~/.local/state/ringcentral`.",
);
pub(crate) static XDG_CONFIG_HOME: Variable = of_process(
    Group::Place,
    "XDG_CONFIG_HOME",
    "The user's configuration directory, when absolute.",
);
pub(crate) static XDG_STATE_HOME: Variable = of_process(
    Group::Place,
    "XDG_STATE_HOME",
    "The user's state directory, when absolute.",
);
pub(crate) static HOME: Variable = of_process(
    Group::Place,
    "HOME",
    "The user's home directory, from which the two defaults follow.",
);
pub(crate) static LOG: Variable = of_process(
    Group::Terminal,
    "RINGCENTRAL_LOG",
    "What is logged to standard error, for example `ringcentral=debug`. Default: errors only, and with `serve` what it does.",
);
static NO_COLOR: Variable = of_process(
    Group::Terminal,
    "NO_COLOR",
    "No colours, whatever the value. `--color` overrules it.",
);
static CLICOLOR_FORCE: Variable = of_process(
    Group::Terminal,
    "CLICOLOR_FORCE",
    "Colours even when the output is not a terminal.",
);

static TZ: Variable = of_process(
    Group::Terminal,
    "TZ",
    "Time zone in which times are shown and plain dates are understood.",
);
const BROWSER_MEANING: &str = "On Linux, a browser is opened only where `DISPLAY` or `WAYLAND_DISPLAY` is set; the address is always printed.";
pub(crate) static DISPLAY: Variable = of_process(Group::Terminal, "DISPLAY", BROWSER_MEANING);
pub(crate) static WAYLAND_DISPLAY: Variable = of_process(Group::Terminal, "WAYLAND_DISPLAY", BROWSER_MEANING);

/// In the order of the documentation.
pub(crate) static ALL: [&Variable; 27] = [
    &SERVER_URL,
    &CLIENT_ID,
    &CLIENT_SECRET,
    &REDIRECT_URL,
    &USERNAME,
    &EXTENSION,
    &PASSWORD,
    &JWT,
    &FROM,
    &ENVIRONMENT,
    &PROFILE,
    &VAULT_KEY,
    &HTTPS_PROXY,
    &HTTP_PROXY,
    &ALL_PROXY,
    &NO_PROXY,
    &CONFIG_DIR,
    &STATE_DIR,
    &XDG_CONFIG_HOME,
    &XDG_STATE_HOME,
    &HOME,
    &LOG,
    &NO_COLOR,
    &CLICOLOR_FORCE,
    &TZ,
    &DISPLAY,
    &WAYLAND_DISPLAY,
];

/// The text of `docs/environment.md`.
pub(crate) fn reference() -> String {
    let mut page = String::from(
        "# Environment variables\n\n\
         <!-- Made by `ringcentral docs environment`; change crates/ringcentral-cli/src/settings/variable.rs instead. -->\n\n\
         A setting is looked for in this order: the flag, the process's environment, the env file, the profile in\n\
         `config.toml`, the default. An empty value counts as not set. Variables marked \"env file\" may stand in the\n\
         env file: `.env` in the current directory, `.env-sandbox` or `.env-production` when `ENVIRONMENT` says so, or\n\
         the file that `--env-file` names. Those marked \"secret\" are never printed, logged or taken from a flag.\n",
    );
    for group in Group::ALL {
        let _ = write!(
            page,
            "\n## {}\n\n| variable | | meaning |\n|---|---|---|\n",
            group.title()
        );
        for variable in ALL.iter().filter(|variable| variable.group == group) {
            let marks = [(variable.secret, "secret"), (variable.in_env_file, "env file")];
            let marks: Vec<_> = marks
                .iter()
                .filter(|(holds, _)| *holds)
                .map(|(_, mark)| *mark)
                .collect();
            let also: Vec<_> = variable
                .aliases
                .iter()
                .map(|alias| format!(" Also read as `{alias}`."))
                .collect();
            let also = also.concat();
            let _ = writeln!(
                page,
                "| `{}` | {} | {}{also} |",
                variable.name,
                marks.join(", "),
                variable.meaning
            );
        }
    }
    page
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn each_name_is_declared_once_and_documented() {
        let mut seen = HashSet::new();
        let page = reference();
        for name in ALL.iter().flat_map(|variable| variable.names()) {
            assert!(seen.insert(name), "{name} is declared twice");
            assert!(
                page.contains(&format!("`{name}`")),
                "{name} is missing from the page"
            );
        }
    }

    #[test]
    fn nothing_but_the_settings_module_reads_the_environment() {
        // One place to look when somebody asks where a value came from.
        fn sources(directory: &std::path::Path, found: &mut Vec<std::path::PathBuf>) {
            for entry in std::fs::read_dir(directory).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    sources(&path, found);
                } else {
                    found.push(path);
                }
            }
        }
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut files = Vec::new();
        sources(&root, &mut files);
        let needle = concat!("env::", "var");
        let readers: Vec<_> = files
            .iter()
            .filter(|file| std::fs::read_to_string(file).unwrap().contains(needle))
            .map(|file| file.strip_prefix(&root).unwrap().display().to_string())
            .collect();
        assert_eq!(readers, ["main.rs"]);
    }
}
