//! Dictionaries: the words and ids that other resources refer to. They need no permission.

use super::list::List;
use super::regional::{Country, Language, Timezone};
use super::request::Request;
use super::segment;
use crate::client::Client;
use crate::types::{CountryId, FaxCoverPageId, LanguageId, StateId, TimezoneId, record};

record! {
    /// A state or province.
    pub struct State {
        /// Its id.
        pub id: Option<StateId>,
        /// Its address.
        pub uri: Option<String>,
        /// The country that it belongs to.
        pub country: Option<Country>,
        /// Its short code.
        pub iso_code: Option<String>,
        /// Its name.
        pub name: Option<String>,
    }
}

record! {
    /// A place with an area code.
    pub struct Location {
        /// Its address.
        pub uri: Option<String>,
        /// Its area code.
        pub area_code: Option<String>,
        /// The city.
        pub city: Option<String>,
        /// The area code of the North American plan.
        pub npa: Option<String>,
        /// The exchange of the North American plan.
        pub nxx: Option<String>,
        /// The state that it is in.
        pub state: Option<State>,
    }
}

record! {
    /// A cover page for faxes.
    pub struct FaxCoverPage {
        /// Its number, as text; a fax names it by `coverIndex`.
        pub id: Option<FaxCoverPageId>,
        /// Its name.
        pub name: Option<String>,
    }
}

/// The platform's dictionaries; from [`Client::dictionary`].
///
/// ```no_run
/// # async fn example(client: ringcentral::Client) -> ringcentral::Result<()> {
/// let pages = client.dictionary().fax_cover_pages().send().await?;
/// for page in pages.records {
///     println!("{:?}: {}", page.id, page.name.unwrap_or_default());
/// }
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Dictionary(Client);

impl Client {
    /// The platform's dictionaries: countries, states, time zones, languages, places, fax cover pages.
    pub fn dictionary(&self) -> Dictionary {
        Dictionary(self.clone())
    }
}

impl Dictionary {
    /// The countries. `GET /restapi/v1.0/dictionary/country`; rate group Light.
    pub fn countries(&self) -> List<Country> {
        self.all("country")
    }

    /// A country. `GET /restapi/v1.0/dictionary/country/{countryId}`; rate group Light.
    pub fn country(&self, id: impl Into<CountryId>) -> Request<Country> {
        self.one("country", id.into().as_str())
    }

    /// The states of a country. `GET /restapi/v1.0/dictionary/state`; rate group Light.
    pub fn states(&self) -> List<State> {
        self.all("state")
    }

    /// A state. `GET /restapi/v1.0/dictionary/state/{stateId}`; rate group Light.
    pub fn state(&self, id: impl Into<StateId>) -> Request<State> {
        self.one("state", id.into().as_str())
    }

    /// The time zones. `GET /restapi/v1.0/dictionary/timezone`; rate group Light.
    pub fn timezones(&self) -> List<Timezone> {
        self.all("timezone")
    }

    /// A time zone. `GET /restapi/v1.0/dictionary/timezone/{timezoneId}`; rate group Light.
    pub fn timezone(&self, id: impl Into<TimezoneId>) -> Request<Timezone> {
        self.one("timezone", id.into().as_str())
    }

    /// The languages. `GET /restapi/v1.0/dictionary/language`; rate group Light.
    pub fn languages(&self) -> List<Language> {
        self.all("language")
    }

    /// A language. `GET /restapi/v1.0/dictionary/language/{languageId}`; rate group Light.
    pub fn language(&self, id: impl Into<LanguageId>) -> Request<Language> {
        self.one("language", id.into().as_str())
    }

    /// Cities and their area codes. `GET /restapi/v1.0/dictionary/location`; rate group Light.
    pub fn locations(&self) -> List<Location> {
        self.all("location")
    }

    /// The cover pages that a fax can begin with. `GET /restapi/v1.0/dictionary/fax-cover-page`; rate group Light.
    pub fn fax_cover_pages(&self) -> List<FaxCoverPage> {
        self.all("fax-cover-page")
    }

    fn all<T: serde::de::DeserializeOwned + Send + 'static>(&self, name: &str) -> List<T> {
        List::new(&self.0, format!("/restapi/v1.0/dictionary/{name}"))
    }

    fn one<T: serde::de::DeserializeOwned>(&self, name: &str, id: &str) -> Request<T> {
        Request::json(
            self.0
                .get(&format!("/restapi/v1.0/dictionary/{name}/{}", segment(id))),
        )
    }
}

impl List<State> {
    /// Only those of this country.
    pub fn country_id(self, id: impl Into<CountryId>) -> Self {
        self.query("countryId", id.into())
    }
}

impl List<Location> {
    /// Only those of this state.
    pub fn state_id(self, id: impl Into<StateId>) -> Self {
        self.query("stateId", id.into())
    }
}
