//! Patterns in which `*` stands for any run of characters.

/// Whether `text` fits `pattern`.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else {
        return false;
    };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else {
        return rest.is_empty();
    };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_star_stands_for_any_run() {
        for (pattern, text, fits) in [
            ("/a", "/a", true),
            ("/a", "/a/", false),
            ("/a*", "/a", true),
            ("*", "", true),
            ("*/token", "/restapi/oauth/token", true),
            (
                "/restapi/*/extension/*/sms",
                "/restapi/v1.0/account/~/extension/~/sms",
                true,
            ),
            ("/restapi/*/sms", "/restapi/sms", false),
            ("a*a", "a", false),
            ("**", "x", true),
            ("a*b*c", "a-c-b", false),
        ] {
            assert_eq!(super::matches(pattern, text), fits, "{pattern} on {text}");
        }
    }
}
