//! HTML forms, read as simply as our own pages are written.

use anyhow::bail;
use url::Url;

/// A form as it would be sent.
#[derive(Debug)]
pub struct Form {
    /// `get` or `post`.
    pub method: String,
    /// Where it goes.
    pub action: Url,
    /// Names and values, in the page's order.
    pub fields: Vec<(String, String)>,
}

impl Form {
    /// The first form that has a field of that name.
    pub fn with_field(page: &Url, html: &str, name: &str) -> Option<Self> {
        forms(page, html)
            .map(|(form, _)| form)
            .find(|form| form.fields.iter().any(|(field, _)| field == name))
    }

    /// The first form with a button that says one of these words, as if that button were pressed.
    pub fn with_button(page: &Url, html: &str, words: &[&str]) -> Option<Self> {
        forms(page, html).find_map(|(mut form, inner)| {
            let button = elements(inner, "button").find(|(_, text)| {
                let text = text.to_lowercase();
                words.iter().any(|word| text.contains(word))
            })?;
            if let Some(name) = attribute(button.0, "name") {
                form.fields
                    .push((name, attribute(button.0, "value").unwrap_or_default()));
            }
            Some(form)
        })
    }

    /// Types a value into a field.
    ///
    /// # Errors
    ///
    /// When the form has no such field.
    pub fn fill(&mut self, name: &str, value: &str) -> anyhow::Result<()> {
        let Some(field) = self.fields.iter_mut().find(|(field, _)| field == name) else {
            bail!("the form has no field {name:?}");
        };
        value.clone_into(&mut field.1);
        Ok(())
    }
}

/// Every form of the page with what is inside it.
fn forms<'a>(page: &'a Url, html: &'a str) -> impl Iterator<Item = (Form, &'a str)> {
    elements(html, "form").filter_map(|(tag, inner)| {
        let action = page.join(&attribute(tag, "action").unwrap_or_default()).ok()?;
        let method = attribute(tag, "method")
            .unwrap_or_else(|| "get".to_owned())
            .to_lowercase();
        let inputs = inner.split("<input").skip(1).filter_map(|rest| {
            let tag = rest.split('>').next()?;
            // Buttons are sent only when pressed, and boxes only when ticked.
            let kind = attribute(tag, "type").unwrap_or_default();
            let sent = match kind.as_str() {
                "submit" | "button" => false,
                "checkbox" | "radio" => tag.split_whitespace().any(|word| word == "checked"),
                _ => true,
            };
            sent.then_some((
                attribute(tag, "name")?,
                attribute(tag, "value").unwrap_or_default(),
            ))
        });
        Some((
            Form {
                method,
                action,
                fields: inputs.collect(),
            },
            inner,
        ))
    })
}

/// The opening tag and the content of every element of that name; they do not nest.
fn elements<'a>(html: &'a str, name: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
    let (open, close) = (format!("<{name}"), format!("</{name}>"));
    let starts: Vec<_> = html
        .match_indices(&open)
        .map(|(at, open)| at + open.len())
        .collect();
    starts.into_iter().filter_map(move |start| {
        let rest = html.get(start..)?;
        let element = rest.split(close.as_str()).next()?;
        element.split_once('>')
    })
}

/// The value of an attribute, with character references undone.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let start = tag.find(&format!(" {name}=\""))? + name.len() + 3;
    let value = tag.get(start..)?.split('"').next()?;
    let plain = [
        ("&#38;", "&"),
        ("&amp;", "&"),
        ("&#34;", "\""),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&#60;", "<"),
        ("&#62;", ">"),
    ];
    Some(plain.iter().fold(value.to_owned(), |value, (reference, text)| {
        value.replace(reference, text)
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = r#"<form method="get" action="/search"><input name="q"></form>
        <form class="login" method="POST" action="/login?next=1&amp;x=2">
        <input type="hidden" name="csrf" value="a&quot;b"><input name="password" type="password">
        <input type="checkbox" name="keep" value="1"><input type="checkbox" name="agree" value="2" checked>
        <button name="answer" value="yes"><span>Allow</span> access</button></form>"#;

    #[test]
    fn a_form_is_read_as_a_browser_would_send_it() {
        let page = Url::parse("http://127.0.0.1:1/a/b").unwrap();
        let mut form = Form::with_field(&page, PAGE, "password").unwrap();
        form.fill("password", "secret").unwrap();
        assert!(form.fill("username", "nobody").is_err());
        assert_eq!(
            (form.method.as_str(), form.action.as_str()),
            ("post", "http://127.0.0.1:1/login?next=1&x=2")
        );
        let fields: Vec<_> = form
            .fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        assert_eq!(fields, [("csrf", "a\"b"), ("password", "secret"), ("agree", "2")]);

        let pressed = Form::with_button(&page, PAGE, &["allow"]).unwrap();
        assert_eq!(
            pressed.fields.last().unwrap(),
            &("answer".to_owned(), "yes".to_owned())
        );
        assert!(Form::with_button(&page, PAGE, &["deny"]).is_none());
    }
}
