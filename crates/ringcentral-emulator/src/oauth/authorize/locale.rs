//! In which language the sign-in pages speak.

use crate::request::{Query, Request};

/// The locales that there are words for.
pub(in crate::oauth) const SUPPORTED: [&str; 4] = ["en-US", "de-DE", "fr-FR", "es-ES"];

/// The first wish that can be met: `ui_locales`, then `localeId`, then what the browser prefers.
pub(super) fn choose(parameters: &Query, request: &Request) -> &'static str {
    let asked = ["ui_locales", "localeId", "accept_language"]
        .into_iter()
        .filter_map(|key| parameters.first(key))
        .flat_map(|list| list.split([' ', ',']));
    let preferred = preferences(request.header("accept-language").unwrap_or_default());
    asked.chain(preferred).find_map(supported).unwrap_or(SUPPORTED[0])
}

/// The locale of the same language. The platform writes some with an underscore.
fn supported(wish: &str) -> Option<&'static str> {
    let language = |locale: &str| {
        locale
            .split(['-', '_'])
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase()
    };
    let wish = language(wish.trim());
    SUPPORTED.into_iter().find(|locale| language(locale) == wish)
}

/// The languages of an `Accept-Language` header, the dearest first.
fn preferences(header: &str) -> Vec<&str> {
    let mut wishes: Vec<(&str, f32)> = header
        .split(',')
        .map(|wish| {
            let (locale, parameters) = wish.split_once(';').unwrap_or((wish, ""));
            let weight = parameters
                .trim()
                .strip_prefix("q=")
                .and_then(|weight| weight.parse().ok());
            (locale.trim(), weight.unwrap_or(1.0))
        })
        .filter(|(_, weight)| *weight > 0.0)
        .collect();
    wishes.sort_by(|(_, one), (_, other)| other.total_cmp(one));
    wishes.into_iter().map(|(locale, _)| locale).collect()
}

#[cfg(test)]
mod tests {
    use super::{preferences, supported};

    #[test]
    fn a_language_is_met_in_any_of_its_countries() {
        for (wish, met) in [
            ("en-US", Some("en-US")),
            ("en-GB", Some("en-US")),
            ("de", Some("de-DE")),
            ("DE-at", Some("de-DE")),
            ("fr_CA", Some("fr-FR")),
            ("es-419", Some("es-ES")),
            ("ko_KR", None),
            ("", None),
            ("*", None),
            ("english", None),
        ] {
            assert_eq!(supported(wish), met, "{wish}");
        }
    }

    #[test]
    fn preferences_go_by_weight_then_by_order() {
        assert_eq!(
            preferences("fr;q=0.5, de-AT, en;q=0.8, es;q=0"),
            ["de-AT", "en", "fr"]
        );
        assert_eq!(preferences("en;q=x,de"), ["en", "de"]);
        assert_eq!(preferences("").first().copied(), Some(""));
    }
}
