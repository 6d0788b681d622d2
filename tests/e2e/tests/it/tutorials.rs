//! The tutorials' programs, as their readers write them, against the emulator.

use std::path::Path;

use anyhow::{Context, ensure};
use ringcentral_e2e::http::{Visited, Visitor};
use ringcentral_e2e::{Emulator, Process, Script, place};
use serde_json::{Value, json};
use url::Url;

use crate::tour;

/// A web program of the tutorials that listens, and a visitor of it.
pub(crate) struct Site {
    script: Script,
    address: Url,
    pub(crate) visitor: Visitor,
    callback: String,
    typed: [(String, String); 2],
}

impl Site {
    pub(crate) async fn open(mut script: Script, emulator: &Emulator) -> anyhow::Result<Self> {
        let listening = script.step("listening").await?;
        Ok(Self {
            address: format!("http://127.0.0.1:{}", listening["port"]).parse()?,
            script,
            visitor: Visitor::new()?,
            callback: emulator.variable("RC_REDIRECT_URL").to_owned(),
            typed: tour::typed(emulator).map(|(name, value)| (name.to_owned(), value.to_owned())),
        })
    }

    pub(crate) async fn go(&mut self, path: &str) -> anyhow::Result<Visited> {
        self.visitor.open(&self.address.join(path)?).await
    }

    /// A page's text, after whatever redirects within the site.
    pub(crate) async fn page(&mut self, path: &str) -> anyhow::Result<String> {
        let mut at = self.go(path).await?;
        for _ in 0..4 {
            match at {
                Visited::Page(_, text) => return Ok(text),
                Visited::Redirect(to) => at = self.visitor.open(&to).await?,
            }
        }
        anyhow::bail!("{path} goes in circles")
    }

    /// Logs in at the platform; the site's own callback, on the port that it really has.
    pub(crate) async fn log_in(&mut self, authorize: &Url) -> anyhow::Result<String> {
        let typed = self.typed.clone();
        let typed: Vec<(&str, &str)> = typed
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let back = self.visitor.log_in(authorize, &self.callback, &typed).await?;
        Ok(format!("{}?{}", back.path(), back.query().unwrap_or_default()))
    }

    /// The link that says "Log in".
    pub(crate) async fn login_link(&mut self) -> anyhow::Result<Url> {
        let page = self.page("/").await?;
        let link = page
            .split("href=\"")
            .nth(1)
            .and_then(|rest| rest.split('"').next());
        let link = link.with_context(|| format!("a link in {page}"))?;
        Ok(link.replace("&amp;", "&").parse()?)
    }

    /// The three reads of the quick start, then the logout.
    pub(crate) async fn quick_start(mut self) -> anyhow::Result<()> {
        ensure!(self.page("/oauth2callback").await? == "No authorization code");
        let link = self.login_link().await?;
        let callback = self.log_in(&link).await?;
        ensure!(self.page(&callback).await?.contains("Log out"));
        for read in ["extension", "extension-call-log", "account-call-log"] {
            let page = self.page(&format!("/test?api={read}")).await?;
            let text = page
                .trim_start_matches("<pre>")
                .trim_end_matches("</pre>")
                .replace("&lt;", "<");
            let found: Value = serde_json::from_str(&text).with_context(|| text.clone())?;
            ensure!(
                found["records"]
                    .as_array()
                    .is_some_and(|records| records.len() > 1),
                "{read}"
            );
        }
        ensure!(self.page("/logout").await?.contains("Log in"));
        ensure!(self.page("/test?api=extension").await?.contains("Log in"));
        drop(self.script);
        Ok(())
    }
}

/// A directory with the tutorial's two env files, in which a program without an SDK is run again and again.
pub(crate) struct Desk {
    directory: tempfile::TempDir,
    emulator: Emulator,
}

impl Desk {
    pub(crate) async fn new() -> anyhow::Result<Self> {
        let directory = tempfile::tempdir()?;
        let emulator = Emulator::start(&[]).await?;
        let settings: Vec<String> = emulator
            .environment
            .iter()
            .map(|(name, value)| format!("{name}='{value}'\n"))
            .collect();
        std::fs::write(directory.path().join(".env"), "ENVIRONMENT=sandbox\n")?;
        std::fs::write(directory.path().join(".env-sandbox"), settings.concat())?;
        Ok(Self { directory, emulator })
    }

    fn tokens(&self) -> std::path::PathBuf {
        self.directory.path().join("tokens_sb.txt")
    }

    /// Runs the program; what the platform was asked meanwhile.
    async fn run(&self, interpreter: &Path, program: &str) -> anyhow::Result<Vec<String>> {
        self.emulator.control("DELETE", "requests", None).await?;
        let program = place::clients().join("tutorials").join(program);
        let script = "cd \"$1\" && exec \"$2\" \"$3\" \"$4\" > said.txt";
        let mut words = vec!["-c", script, "sh"];
        let paths =
            [self.directory.path(), interpreter, &program].map(|path| path.to_string_lossy().into_owned());
        words.extend(paths.iter().map(String::as_str));
        words.push(self.emulator.variable("RC_TO"));
        let mut process = Process::start(Path::new("/bin/sh"), &words, &[])?;
        let status = process.end().await?;
        ensure!(status.success(), "{}", process.errors());
        let said = std::fs::read_to_string(self.directory.path().join("said.txt"))?;
        ensure!(said.contains("\"101\"") && said.contains("Outbound"), "{said}");
        tour::calls(&self.emulator).await
    }

    /// The tokens' timestamp moves into the past, as if the program had been run so long ago.
    fn age(&self, by: f64) -> anyhow::Result<()> {
        let mut kept: Value = serde_json::from_str(&std::fs::read_to_string(self.tokens())?)?;
        let before = kept["timestamp"].as_f64().context("a timestamp")?;
        kept["timestamp"] = json!(before - by);
        Ok(std::fs::write(self.tokens(), kept.to_string())?)
    }

    /// The four ways that its `authenticate` knows. `second` is what the program's timestamps call a second.
    pub(crate) async fn work(&self, interpreter: &Path, program: &str, second: f64) -> anyhow::Result<()> {
        let calls = [
            "GET /restapi/v1.0/account/~/extension 200",
            "POST /restapi/v1.0/account/~/extension/~/sms 200",
        ];
        let password = Some("POST /restapi/oauth/token 200 password");
        let refresh = Some("POST /restapi/oauth/token 200 refresh_token");
        for (age, login) in [
            (0.0, password),
            (0.0, None),
            (3601.0, refresh),
            (0.0, None),
            (8.0 * 86_400.0, password),
        ] {
            if self.tokens().exists() {
                self.age(age * second)?;
            }
            let expected: Vec<&str> = login.into_iter().chain(calls).collect();
            let journal = self.run(interpreter, program).await?;
            ensure!(journal == expected, "{age} s later:\n{}", journal.join("\n"));
        }
        Ok(())
    }
}
