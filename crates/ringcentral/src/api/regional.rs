//! Where somebody is and how they write things; the same words as in the dictionaries.

use crate::types::{CountryId, CurrencyId, LanguageId, TimezoneId, open_enum, record};

record! {
    /// A country, as the dictionary shows it; links to it have its id and address alone.
    pub struct Country {
        /// Its id.
        pub id: Option<CountryId>,
        /// Its address.
        pub uri: Option<String>,
        /// Its name.
        pub name: Option<String>,
        /// Its code of two letters.
        pub iso_code: Option<String>,
        /// What comes after the `+`.
        pub calling_code: Option<String>,
        /// Whether emergency calls can be made there.
        pub emergency_calling: Option<bool>,
        /// Whether numbers of it can be bought.
        pub number_selling: Option<bool>,
        /// Whether users of it can log in.
        pub login_allowed: Option<bool>,
        /// Whether accounts can be made there.
        pub signup_allowed: Option<bool>,
        /// Whether softphone lines are free there.
        pub free_softphone_line: Option<bool>,
        /// Whether local numbers can be dialled without an area code.
        pub local_dialing: Option<bool>,
    }
}

record! {
    /// A time zone.
    pub struct Timezone {
        /// Its id.
        pub id: Option<TimezoneId>,
        /// Its address.
        pub uri: Option<String>,
        /// Its name, such as `US/Pacific`.
        pub name: Option<String>,
        /// Its name for people.
        pub description: Option<String>,
        /// How many minutes it is ahead of UTC, as text: `-480`.
        pub bias: Option<String>,
    }
}

record! {
    /// A language, as the dictionary shows it; settings have its id, code and name alone.
    pub struct Language {
        /// Its id.
        pub id: Option<LanguageId>,
        /// Its address.
        pub uri: Option<String>,
        /// Its code with the country, such as `en-US`.
        pub locale_code: Option<String>,
        /// Its code without the country.
        pub iso_code: Option<String>,
        /// Its name.
        pub name: Option<String>,
        /// Whether greetings are spoken in it.
        pub greeting: Option<bool>,
        /// Whether dates and numbers can be written as in it.
        pub formatting_locale: Option<bool>,
        /// Whether the platform's own pages are in it.
        pub ui: Option<bool>,
    }
}

record! {
    /// A currency.
    pub struct Currency {
        /// Its id.
        pub id: Option<CurrencyId>,
        /// Its code of three letters.
        pub code: Option<String>,
        /// Its name.
        pub name: Option<String>,
        /// Its sign.
        pub symbol: Option<String>,
        /// The sign of its smaller unit.
        pub minor_symbol: Option<String>,
    }
}

open_enum! {
    /// How times of day are written.
    TimeFormat { Hours12 = "12h", Hours24 = "24h" }
}

record! {
    /// Where an account or an extension is and how it writes things.
    pub struct RegionalSettings {
        /// The country.
        pub home_country: Option<Country>,
        /// The time zone.
        pub timezone: Option<Timezone>,
        /// The language of the platform's pages and mails.
        pub language: Option<Language>,
        /// The language of greetings.
        pub greeting_language: Option<Language>,
        /// How dates and numbers are written.
        pub formatting_locale: Option<Language>,
        /// How times of day are written.
        pub time_format: Option<TimeFormat>,
        /// The currency; only of an account.
        pub currency: Option<Currency>,
    }
}
