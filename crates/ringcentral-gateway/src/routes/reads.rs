//! The test page and its platform calls: tables for people, the platform's own JSON one click away.

mod rows;

use axum::extract::{OriginalUri, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use ringcentral::RequestBuilder;
use serde::Deserialize;
use serde_json::Value;
use url::form_urlencoded;

use crate::dates::{Days, Quick};
use crate::html::{
    self, CallsPage, DateFilter, ExtensionsPage, Notice, Pager, QuickChoice, Raw, Section, Shell, Tone,
};
use crate::logins::Profile;
use crate::problem::{Failure, Problem, wants_json};
use crate::routes::{pages, sms};
use crate::security;
use crate::state::{AppState, SignedIn};

const EXTENSIONS_PER_PAGE: u32 = 50;
const CALLS_PER_PAGE: u32 = 25;
const LAST_PAGE: u32 = 1_000_000;

#[derive(Debug, Default, Deserialize)]
pub(crate) struct Asked {
    api: Option<String>,
    range: Option<String>,
    #[serde(rename = "dateFrom", alias = "fromDate")]
    date_from: Option<String>,
    #[serde(rename = "dateTo", alias = "toDate")]
    date_to: Option<String>,
    page: Option<String>,
    sms: Option<String>,
}

/// The calls of the tutorials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Read {
    Extensions,
    MyCalls,
    CompanyCalls,
}

impl Read {
    fn named(name: &str) -> Option<Self> {
        [Self::Extensions, Self::MyCalls, Self::CompanyCalls]
            .into_iter()
            .find(|read| read.name() == name)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Extensions => "extension",
            Self::MyCalls => "extension-call-log",
            Self::CompanyCalls => "account-call-log",
        }
    }

    fn path(self) -> &'static str {
        match self {
            Self::Extensions => "/restapi/v1.0/account/~/extension",
            Self::MyCalls => "/restapi/v1.0/account/~/extension/~/call-log",
            Self::CompanyCalls => "/restapi/v1.0/account/~/call-log",
        }
    }

    fn section(self) -> Section {
        match self {
            Self::Extensions => Section::Extensions,
            Self::MyCalls => Section::MyCalls,
            Self::CompanyCalls => Section::CompanyCalls,
        }
    }
}

/// `GET /test`: the signed-in page; with `?api=`, one of its calls.
pub(crate) async fn test(
    State(state): State<AppState>,
    who: SignedIn,
    headers: HeaderMap,
    OriginalUri(uri): OriginalUri,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    let json = wants_json(&headers, uri.query());
    let Some(name) = asked.api.as_deref().filter(|name| !name.is_empty()) else {
        return overview(&state, &who, &asked).await;
    };
    let read = Read::named(name).ok_or_else(|| no_such_call(&who))?;
    let profile = match who.login.profile().await {
        Ok(profile) => profile.clone(),
        Err(error) if error.is_login_required() => {
            return Err(state.failed(&who, &error, read.section()).await);
        }
        Err(_) => Profile::default(),
    };
    let (zone, zone_name) = profile.time_zone();
    let call = Call::new(read, &asked, state.now(), &zone);

    let answer = match call.request(&who).send().await {
        Ok(answer) => answer,
        Err(error) => return Err(state.failed(&who, &error, read.section()).await),
    };
    if json {
        return Ok(sms::raw_json(answer.bytes().clone()));
    }
    let content: Value = match answer.json() {
        Ok(content) => content,
        Err(error) => return Err(state.failed(&who, &error, read.section()).await),
    };
    let raw = Raw {
        request: call.shown(),
        request_id: answer.request_id().map(str::to_owned),
        href: call.link(call.page, true),
        json: serde_json::to_string_pretty(&content).unwrap_or_default(),
    };
    let pager = call.pager(&content);
    let records = content
        .get("records")
        .and_then(Value::as_array)
        .map_or(&[][..], Vec::as_slice);
    let viewer = who.viewer();
    let mut response = if read == Read::Extensions {
        let shell = Shell::signed_in("Extensions", viewer, Section::Extensions);
        let rows = records.iter().map(rows::extension).collect();
        html::page(
            StatusCode::OK,
            &ExtensionsPage {
                shell,
                rows,
                pager,
                raw,
            },
        )
    } else {
        let (heading, about) = match read {
            Read::CompanyCalls => ("Company calls", "Every call of the company, newest first."),
            _ => ("My calls", "Calls to and from your own extension, newest first."),
        };
        let page = CallsPage {
            shell: Shell::signed_in(heading, viewer, read.section()),
            heading,
            about: format!("{about} Times in {zone_name}."),
            notice: call.wrong_date.map(wrong_date),
            filter: call.filter(zone_name),
            rows: records.iter().map(|record| rows::call(record, &zone)).collect(),
            pager,
            raw,
        };
        html::page(StatusCode::OK, &page)
    };
    security::allow_own_forms(&mut response);
    Ok(response)
}

async fn overview(state: &AppState, who: &SignedIn, asked: &Asked) -> Result<Response, Failure> {
    let notice = match &asked.sms {
        None => None,
        Some(id) => match sms::sent_notice(&who.login, id).await {
            Ok(notice) => Some(notice),
            Err(error) => return Err(state.failed(who, &error, Section::Overview).await),
        },
    };
    pages::signed_in(state, who, StatusCode::OK, notice, None).await
}

/// One platform call, as the query asks for it.
struct Call {
    read: Read,
    page: u32,
    days: Days,
    today: jiff::civil::Date,
    wrong_date: Option<&'static str>,
    query: Vec<(&'static str, String)>,
}

impl Call {
    fn new(read: Read, asked: &Asked, now: Timestamp, zone: &TimeZone) -> Self {
        let page = asked
            .page
            .as_deref()
            .and_then(|page| page.trim().parse().ok())
            .unwrap_or(1)
            .clamp(1, LAST_PAGE);
        let today = now.to_zoned(zone.clone()).date();
        let chosen = Days::choose(
            asked.range.as_deref(),
            asked.date_from.as_deref(),
            asked.date_to.as_deref(),
            today,
            zone,
        );
        let (days, wrong_date) = match chosen {
            Ok(days) => (days, None),
            Err((otherwise, parameter)) => (otherwise, Some(parameter)),
        };
        let mut query = vec![("page", page.to_string())];
        if read == Read::Extensions {
            query.push(("perPage", EXTENSIONS_PER_PAGE.to_string()));
        } else {
            let (from, to) = days.bounds(zone);
            query.push(("perPage", CALLS_PER_PAGE.to_string()));
            query.push(("dateFrom", format!("{from:.3}")));
            query.push(("dateTo", format!("{to:.3}")));
        }
        Self {
            read,
            page,
            days,
            today,
            wrong_date,
            query,
        }
    }

    fn request(&self, who: &SignedIn) -> RequestBuilder {
        let pairs = self.query.iter().map(|(name, value)| (*name, value.as_str()));
        who.login.client.get(self.read.path()).query_pairs(pairs)
    }

    /// What was sent, for the reader of the raw answer.
    fn shown(&self) -> String {
        let query: Vec<String> = self
            .query
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        format!("{}?{}", self.read.path(), query.join("&"))
    }

    /// This page again, at another page of the list or as JSON.
    fn link(&self, page: u32, raw: bool) -> String {
        let mut link = form_urlencoded::Serializer::new(String::new());
        link.append_pair("api", self.read.name());
        if self.read != Read::Extensions {
            match self.days.quick {
                Some(quick) => link.append_pair("range", quick.name()),
                None => link
                    .append_pair("dateFrom", &self.days.from.to_string())
                    .append_pair("dateTo", &self.days.to.to_string()),
            };
        }
        if page > 1 {
            link.append_pair("page", &page.to_string());
        }
        if raw {
            link.append_pair("raw", "1");
        }
        format!("/test?{}", link.finish())
    }

    fn pager(&self, content: &Value) -> Pager {
        let number = |pointer| content.pointer(pointer).and_then(Value::as_u64);
        let what = if self.read == Read::Extensions {
            "extension"
        } else {
            "call"
        };
        let (pages, total) = (number("/paging/totalPages"), number("/paging/totalElements"));
        let more = content.pointer("/navigation/nextPage/uri").is_some()
            || pages.is_some_and(|all| u64::from(self.page) < all);
        let page = match pages {
            Some(pages) if pages > 1 || self.page > 1 => {
                Some(format!("Page {} of {}", self.page, pages.max(1)))
            }
            None if more || self.page > 1 => Some(format!("Page {}", self.page)),
            _ => None,
        };
        // A call log names no total; when all of it is on this page, it is what is seen.
        let seen = content
            .get("records")
            .and_then(Value::as_array)
            .map(|records| records.len() as u64);
        let total = total.or(seen.filter(|_| page.is_none()));
        let total = total.map(|total| format!("{total} {what}{}", if total == 1 { "" } else { "s" }));
        Pager {
            shown: [page, total].into_iter().flatten().collect::<Vec<_>>().join(", "),
            previous: (self.page > 1).then(|| self.link(self.page - 1, false)),
            next: more.then(|| self.link(self.page + 1, false)),
        }
    }

    fn filter(&self, zone_name: String) -> DateFilter {
        let quick = Quick::ALL.into_iter().map(|quick| QuickChoice {
            label: quick.label(),
            href: format!("/test?api={}&range={}", self.read.name(), quick.name()),
            current: self.days.quick == Some(quick),
        });
        DateFilter {
            api: self.read.name(),
            quick: quick.collect(),
            date_from: self.days.from.to_string(),
            date_to: self.days.to.to_string(),
            today: self.today.to_string(),
            zone: zone_name,
        }
    }
}

fn wrong_date(parameter: &'static str) -> Notice {
    Notice {
        tone: Tone::Warn,
        heading: "That is not a date".to_owned(),
        lines: vec![format!(
            "{parameter} is written like 2026-11-20. These are the last seven days instead."
        )],
        fine: None,
    }
}

fn no_such_call(who: &SignedIn) -> Failure {
    Problem::new(
        StatusCode::NOT_FOUND,
        "unknown_call",
        "There is no such call to try",
        "This page knows extension, extension-call-log and account-call-log.",
        "Choose one of them above.",
    )
    .calm()
    .seen_by(who.viewer(), Section::Elsewhere)
    .into()
}
