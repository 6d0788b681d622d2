//! The authorize endpoint and its pages: sign in, allow or deny, and back to the app.
//!
//! No state is kept between the pages: every form posts to an address that carries the whole authorization request, and
//! each step reads and checks it anew.

use http::StatusCode;
use http::header::{ACCEPT, CONTENT_LANGUAGE, LOCATION, SET_COOKIE};
use jiff::Timestamp;
use rusqlite::{Connection, params};

use self::asked::{Asked, Refusal};
use self::attempt::{Attempt, Judged};
use self::browser::Browser;
use self::words::{Problem, Words};
use super::{OauthError, discovery, users};
use crate::db::Transaction;
use crate::directory::{self, UserRow};
use crate::journal::Note;
use crate::pages::{self, ConsentPage, ErrorPage, LoginPage, LoginUser};
use crate::random;
use crate::reply::Reply;
use crate::request::{Query, Request};
use crate::world::World;

mod asked;
mod attempt;
mod browser;
pub(super) mod locale;
pub(crate) mod words;

/// One step, with everything it needs.
struct Step<'a> {
    world: &'a World,
    tx: &'a Transaction<'a>,
    request: &'a Request,
    now: Timestamp,
    words: &'static Words,
}

/// `GET` or `POST /restapi/oauth/authorize`.
pub(super) fn start(world: &World, request: &Request, note: &mut Note) -> Reply {
    let body = std::str::from_utf8(&request.body).unwrap_or_default();
    let form = (request.method == http::Method::POST && !body.is_empty()).then(|| Query::parse(body));
    run(
        world,
        request,
        note,
        form.as_ref().unwrap_or(&request.query),
        |step, asked, note| {
            if let Some(user) = step.approving(asked)? {
                note.extension_id = Some(user.extension_id);
                return step.grant(asked, &user);
            }
            let browser = Browser::read(step.tx, request, step.now)?;
            let user = browser.user.filter(|user| users::may_log_in(user).is_ok());
            note.extension_id = user.as_ref().map(|user| user.extension_id);
            let consented = match &user {
                Some(user) => asked.has_consent(step.tx, user.extension_id)?,
                None => false,
            };
            match user {
                None if asked.prompts("none") => {
                    Ok(asked.refuse("login_required", "The user is not signed in", step.status()))
                }
                Some(_) if asked.prompts("none") && !consented => {
                    let reason = "The user has not allowed this app yet";
                    Ok(asked.refuse("consent_required", reason, step.status()))
                }
                Some(user) if consented && !asked.prompts("login") && !asked.prompts("consent") => {
                    step.grant(asked, &user)
                }
                Some(user) if !asked.prompts("login") => {
                    Ok(step.consent_page(asked, &user, browser.id.as_deref()))
                }
                _ => step.login_page(asked, &Attempt::default(), None),
            }
        },
    )
}

/// `POST /restapi/oauth/authorize/login`: the login form.
pub(super) fn log_in(world: &World, request: &Request, note: &mut Note) -> Reply {
    let form = Query::parse(std::str::from_utf8(&request.body).unwrap_or_default());
    run(world, request, note, &request.query, |step, asked, note| {
        let attempt = Attempt::read(&form);
        let browser = Browser::read(step.tx, request, step.now)?;
        if !browser.sent_form(world, form.first("csrf")) {
            return step.login_page(asked, &attempt, Some(&Problem::ForeignForm));
        }
        let user = match attempt.judge(step.tx, &world.settings(), step.now) {
            Ok(user) => user,
            Err(Judged::Refused(problem)) => return step.login_page(asked, &attempt, Some(&problem)),
            Err(Judged::NeedsCode(user)) => {
                let attempt = attempt.with_second_step(*user);
                return step.login_page(asked, &attempt, None);
            }
            Err(Judged::WrongCode(user)) => {
                let attempt = attempt.with_second_step(*user);
                return step.login_page(asked, &attempt, Some(&Problem::WrongCode));
            }
            Err(Judged::Broken(error)) => return Err(error),
        };
        note.extension_id = Some(user.extension_id);
        let remember = form.first("remember").is_some();
        let cookie = browser.log_in(step.tx, &user, remember, step.now)?;
        let target = format!("/restapi/oauth/authorize?{}", asked.query_without_login());
        Ok(Reply::empty(StatusCode::SEE_OTHER)
            .with(LOCATION, &target)
            .with(SET_COOKIE, &cookie))
    })
}

/// `POST /restapi/oauth/authorize/consent`: Allow or Deny.
pub(super) fn consent(world: &World, request: &Request, note: &mut Note) -> Reply {
    let form = Query::parse(std::str::from_utf8(&request.body).unwrap_or_default());
    run(world, request, note, &request.query, |step, asked, note| {
        let browser = Browser::read(step.tx, request, step.now)?;
        let sent = browser.sent_form(world, form.first("csrf"));
        let Some(user) = browser
            .user
            .filter(|user| sent && users::may_log_in(user).is_ok())
        else {
            return step.login_page(asked, &Attempt::default(), Some(&Problem::Ended));
        };
        note.extension_id = Some(user.extension_id);
        if form.first("decision") != Some("allow") {
            return Ok(asked.refuse("access_denied", "The user denied the request", step.status()));
        }
        asked.keep_consent(step.tx, user.extension_id)?;
        step.grant(asked, &user)
    })
}

/// `GET` of an address that a form was sent to: somebody has taken it from the browser's address bar. It carries the
/// whole request, so the sign-in begins anew.
pub(super) fn begin_again(request: &Request) -> Reply {
    let query = asked::encode(request.query.pairs());
    Reply::empty(StatusCode::FOUND).with(LOCATION, &format!("/restapi/oauth/authorize?{query}"))
}

/// Reads the authorization request, takes the step, and keeps what it did.
fn run(
    world: &World,
    request: &Request,
    note: &mut Note,
    parameters: &Query,
    step: impl FnOnce(&Step<'_>, &Asked, &mut Note) -> Result<Reply, OauthError>,
) -> Reply {
    let answer = || -> Result<Reply, OauthError> {
        let connection = world.db();
        let tx = Transaction::begin(&connection)?;
        let asked = match Asked::read(&tx, parameters, redirect_status(request)) {
            Ok(asked) => asked,
            Err(Refusal::Redirect(reply)) => return Ok(*reply),
            Err(Refusal::Page(error)) => return Err(*error),
        };
        note.app_id = Some(asked.app.client_id.clone());
        let reply = step(
            &Step {
                world,
                tx: &tx,
                request,
                now: world.now(),
                words: Words::of(locale::choose(parameters, request)),
            },
            &asked,
            note,
        )?;
        tx.commit()?;
        Ok(reply)
    };
    answer().unwrap_or_else(|error| error_reply(request, error))
}

/// A refusal that must not be sent to the redirect URI: a page for people, JSON for programs.
fn error_reply(request: &Request, error: OauthError) -> Reply {
    let wants_page = request.headers.get(ACCEPT).and_then(|value| value.to_str().ok());
    if !wants_page.is_some_and(|accept| accept.contains("text/html")) {
        return error.into_reply();
    }
    let page = ErrorPage {
        title: "This sign-in cannot start",
        message: &error.description,
        code: error.code,
        advice: advice(error.code),
    };
    pages::page(error.status, &page).with(CONTENT_LANGUAGE, "en-US")
}

fn advice(code: &str) -> &'static str {
    match code {
        "OAU-109" => {
            "The app must ask with one of its registered redirect URIs, equal in every character: scheme, host, port, path and \
             trailing slash. The emulator's inspector lists them, and the emulator can be started with further ones."
        }
        "OAU-153" => {
            "The client id is not one of this emulator's apps. The inspector lists them, and the env file names the default one."
        }
        "OAU-101" => "A brand id is a number, such as 1210. Leave brand_id out for the app's own brand.",
        "OAU-111" => "The app's login link names a parameter twice. Each may be given once.",
        _ => {
            "This is the app's mistake, not yours: its developer can see the request in the emulator's inspector."
        }
    }
}

impl Step<'_> {
    /// The user as whom everything is approved without pages, if the emulator was started so.
    fn approving(&self, asked: &Asked) -> Result<Option<UserRow>, OauthError> {
        let Some(id) = self.world.approves_as() else {
            return Ok(None);
        };
        if let Some(hint) = &asked.login_hint
            && let Some(user) = directory::find_user(self.tx, hint, None)?
            && users::may_log_in(&user).is_ok()
        {
            return Ok(Some(user));
        }
        Ok(directory::find_user_by_extension(self.tx, id)?)
    }

    /// Back to the app with a code.
    fn grant(&self, asked: &Asked, user: &UserRow) -> Result<Reply, OauthError> {
        let seconds = self.world.settings().code_seconds;
        let code = random::token("EMU-code-");
        let now = self.now.as_millisecond();
        prune_codes(self.tx, now)?;
        self.tx
            .prepare_cached(
                "INSERT INTO codes (code, app_id, extension_id, redirect_uri, redirect_sent, scope, nonce, challenge,
                                    challenge_method, expires_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            )?
            .execute(params![
                code,
                asked.app.client_id,
                user.extension_id,
                asked.redirect_uri,
                asked.redirect_sent,
                asked.scope,
                asked.nonce,
                asked.challenge,
                asked.challenge_method,
                now + seconds * 1000
            ])?;
        let seconds = seconds.to_string();
        let mut answer = vec![("code", code.as_str()), ("expires_in", seconds.as_str())];
        let origin = &self.request.origin;
        let (token_uri, discovery_uri) = (discovery::token_endpoint(origin), discovery::external(origin));
        if asked.wants_discovery() {
            answer.extend([
                ("token_uri", token_uri.as_str()),
                ("discovery_uri", discovery_uri.as_str()),
            ]);
        }
        Ok(asked.redirect(&answer, self.status()))
    }

    fn status(&self) -> StatusCode {
        redirect_status(self.request)
    }

    fn login_page(
        &self,
        asked: &Asked,
        attempt: &Attempt,
        problem: Option<&Problem>,
    ) -> Result<Reply, OauthError> {
        let browser = Browser::read(self.tx, self.request, self.now)?;
        let (id, cookie) = browser.id_or_new();
        let users: Vec<LoginUser> = directory::list_login_users(self.tx)?
            .into_iter()
            .map(LoginUser::from)
            .collect();
        let hint = asked.login_hint.clone().unwrap_or_default();
        let error = problem.map(|problem| self.words.tell(problem));
        let status = if error.is_some() {
            StatusCode::BAD_REQUEST
        } else {
            StatusCode::OK
        };
        let page = LoginPage {
            words: self.words,
            display: asked.display(),
            brand: asked.brand(),
            only_single_sign_on: asked.prompts("sso") && !asked.prompts("login"),
            single_sign_on: asked.query_with_form("sso"),
            with_password: asked.query_with_form("login"),
            can_remember: !asked.has_ui_option("hide_remember_me"),
            second_step_name: attempt
                .second_step
                .as_ref()
                .map(|user| self.words.second_step.replace("{}", &user.name))
                .unwrap_or_default(),
            app: &asked.app.name,
            query: &asked.query,
            csrf: browser::csrf(self.world, &id),
            error,
            wrong: problem.map_or(&[], |problem| attempt.wrong_fields(problem)),
            username: if attempt.username.is_empty() {
                &hint
            } else {
                &attempt.username
            },
            extension: &attempt.extension,
            users: &users,
            second_step: attempt.second_step.as_ref(),
            now: self.words.moment(self.now),
        };
        Ok(with_cookie(self.in_language(pages::page(status, &page)), cookie))
    }

    fn consent_page(&self, asked: &Asked, user: &UserRow, id: Option<&str>) -> Reply {
        let page = ConsentPage {
            words: self.words,
            display: asked.display(),
            title: self.words.allow_app.replace("{}", &asked.app.name),
            user: &user.name,
            extension: &user.extension_number,
            redirect_uri: &asked.redirect_uri,
            permissions: asked
                .scope
                .split(' ')
                .map(|name| (words::permission(name), name))
                .collect(),
            query: &asked.query,
            csrf: browser::csrf(self.world, id.unwrap_or_default()),
            other_user: format!("/restapi/oauth/authorize?{}", asked.query_with_login()),
        };
        self.in_language(pages::page(StatusCode::OK, &page))
    }

    fn in_language(&self, reply: Reply) -> Reply {
        reply.with(CONTENT_LANGUAGE, self.words.locale)
    }
}

/// A redirect that answers a form must turn into a GET.
fn redirect_status(request: &Request) -> StatusCode {
    if request.method == http::Method::POST {
        StatusCode::SEE_OTHER
    } else {
        StatusCode::FOUND
    }
}

fn with_cookie(reply: Reply, cookie: Option<String>) -> Reply {
    match cookie {
        Some(cookie) => reply.with(SET_COOKIE, &cookie),
        None => reply,
    }
}

/// Codes are kept for an hour after their end, so that a late or repeated use is told apart from an invented code.
fn prune_codes(connection: &Connection, now: i64) -> rusqlite::Result<()> {
    connection
        .prepare_cached("DELETE FROM codes WHERE expires_at < ?1")?
        .execute([now - 3_600_000])?;
    Ok(())
}
