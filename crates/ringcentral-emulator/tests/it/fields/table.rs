//! The page of field tables, read; and values held against it.

use std::collections::HashMap;

use serde_json::{Map, Value};

/// Every shape, list of words and answer of the page, which explains its own form at the top.
#[derive(Default)]
pub(super) struct Table {
    shapes: HashMap<&'static str, Shape>,
    choices: HashMap<&'static str, Choice>,
    words: HashMap<&'static str, Vec<&'static str>>,
    /// Method and path in parts, and the type of the body.
    answers: Vec<(Vec<&'static str>, &'static str)>,
}

#[derive(Default)]
struct Shape {
    base: Option<&'static str>,
    fields: Vec<Field>,
}

struct Field {
    name: &'static str,
    required: bool,
    kind: &'static str,
}

struct Choice {
    field: &'static str,
    /// Word, shape.
    branches: Vec<(&'static str, &'static str)>,
}

impl Table {
    pub(super) fn read(page: &'static str) -> Self {
        let mut table = Self::default();
        let mut lines = page
            .lines()
            .filter(|line| !line.trim().is_empty() && !line.starts_with('#'))
            .peekable();
        while let Some(head) = lines.next() {
            let mut items = Vec::new();
            while let Some(line) = lines.next_if(|line| line.starts_with("    ")) {
                let line = line.trim().trim_end_matches(',');
                items.extend(line.split(", ").map(str::trim));
            }
            assert!(!items.is_empty(), "{head} has nothing below it");
            table.add(head, items);
        }
        table.prove();
        table
    }

    fn add(&mut self, head: &'static str, items: Vec<&'static str>) {
        let pair = |item: &'static str| item.split_once(' ').unwrap_or_else(|| panic!("{head}: {item}"));
        match head.split(' ').collect::<Vec<_>>()[..] {
            ["shape", name, ref more @ ..] => {
                let fields = items.into_iter().map(|item| {
                    let (name, kind) = pair(item);
                    let required = name.ends_with('!');
                    Field {
                        name: name.trim_end_matches('!'),
                        required,
                        kind,
                    }
                });
                let shape = Shape {
                    base: more.get(1).copied(),
                    fields: fields.collect(),
                };
                assert!(
                    self.shapes.insert(name, shape).is_none(),
                    "{name} stands there twice"
                );
            }
            ["choice", name, "by", field] => {
                let branches = items.into_iter().map(pair).collect();
                self.choices.insert(name, Choice { field, branches });
            }
            ["words", name] => drop(self.words.insert(name, items)),
            ["answer", method, path] => {
                let place = [&[method], path.split('/').collect::<Vec<_>>().as_slice()].concat();
                self.answers.push((place, items[0]));
            }
            _ => panic!("not understood: {head}"),
        }
    }

    /// Every type that is named is there.
    fn prove(&self) {
        let fields = self
            .shapes
            .values()
            .flat_map(|shape| &shape.fields)
            .map(|field| field.kind);
        let bases = self.shapes.values().filter_map(|shape| shape.base);
        let branches = self
            .choices
            .values()
            .flat_map(|choice| &choice.branches)
            .map(|(_, shape)| *shape);
        let answers = self.answers.iter().map(|(_, kind)| *kind);
        for kind in fields.chain(bases).chain(branches).chain(answers) {
            let name = kind.trim_start_matches("Page ").trim_matches(['[', ']']);
            let known = name.len() == 1
                || name.contains('|')
                || name.starts_with('"')
                || self.shapes.contains_key(name)
                || self.choices.contains_key(name)
                || self.words.contains_key(name);
            assert!(known, "{name} is nowhere explained");
        }
    }

    /// The type of an operation's body: `GET E/ring-out/1`.
    pub(super) fn answer(&self, operation: &str) -> Option<&'static str> {
        let (method, path) = operation.split_once(' ')?;
        let parts = [&[method], path.split('/').collect::<Vec<_>>().as_slice()].concat();
        let fits = |place: &[&str]| {
            place.len() == parts.len() && place.iter().zip(&parts).all(|(a, b)| *a == "{}" || a == b)
        };
        self.answers
            .iter()
            .find(|(place, _)| fits(place))
            .map(|(_, kind)| *kind)
    }

    pub(super) fn check(&self, kind: &str, value: &Value) -> Result<(), String> {
        self.check_at("", kind, value)
    }

    fn check_at(&self, place: &str, kind: &str, value: &Value) -> Result<(), String> {
        if let Some(item) = kind.strip_prefix('[').and_then(|kind| kind.strip_suffix(']')) {
            let items = value.as_array().ok_or_else(|| wrong(place, kind, value))?;
            return items
                .iter()
                .enumerate()
                .try_for_each(|(at, value)| self.check_at(&format!("{place}[{at}]"), item, value));
        }
        if let Some(item) = kind.strip_prefix("Page ") {
            return self.check_page(item, value);
        }
        if let Some(choice) = self.choices.get(kind) {
            let word = value[choice.field].as_str().unwrap_or_default();
            let branch = choice
                .branches
                .iter()
                .find(|(wanted, _)| *wanted == word || *wanted == "*");
            let (_, shape) =
                branch.ok_or_else(|| wrong(&format!("{place}.{}", choice.field), kind, value))?;
            return self.check_at(place, shape, value);
        }
        if self.shapes.contains_key(kind) {
            let members = value.as_object().ok_or_else(|| wrong(place, kind, value))?;
            return self.check_members(place, kind, members);
        }
        let fits = match (kind, value) {
            ("n", value) => value.is_i64(),
            ("f", value) => value.is_number(),
            ("s", value) => value.is_string(),
            ("b", value) => value.is_boolean(),
            ("t", value) => *value == Value::Bool(true),
            ("o", value) => value.is_object(),
            ("d", Value::String(text)) => is_time(text),
            ("c", Value::String(text)) => is_code(text),
            ("e", Value::String(text)) => is_code(text) || SYMBOLS.contains(&text.as_str()),
            (words, Value::String(text)) => match self.words.get(words) {
                Some(words) => words.contains(&text.as_str()),
                None => words.trim_matches('"').split('|').any(|word| word == text),
            },
            _ => false,
        };
        if fits {
            Ok(())
        } else {
            Err(wrong(place, kind, value))
        }
    }

    fn check_page(&self, item: &str, value: &Value) -> Result<(), String> {
        let members = value.as_object().ok_or_else(|| wrong("", "page", value))?;
        for name in members.keys() {
            if !["uri", "records", "paging", "navigation"].contains(&name.as_str()) {
                return Err(format!(".{name} is not a member of a list"));
            }
        }
        self.check_at(".uri", "s", &value["uri"])?;
        self.check_at(".paging", "Paging", &value["paging"])?;
        self.check_at(".navigation", "Navigation", &value["navigation"])?;
        self.check_at(".records", &format!("[{item}]"), &value["records"])
    }

    fn check_members(&self, place: &str, shape: &str, members: &Map<String, Value>) -> Result<(), String> {
        let fields = self.fields(shape);
        for field in &fields {
            match members.get(field.name) {
                Some(value) => self.check_at(&format!("{place}.{}", field.name), field.kind, value)?,
                None if field.required => return Err(format!("{place}.{} is missing ({shape})", field.name)),
                None => (),
            }
        }
        match members
            .keys()
            .find(|name| fields.iter().all(|field| field.name != name.as_str()))
        {
            Some(name) => Err(format!("{place}.{name} is not a field of {shape}")),
            None => Ok(()),
        }
    }

    /// The fields of a shape and of those that it extends.
    fn fields(&self, shape: &str) -> Vec<&Field> {
        let mut fields = Vec::new();
        let mut next = self.shapes.get(shape);
        while let Some(shape) = next {
            fields.extend(&shape.fields);
            next = shape.base.and_then(|base| self.shapes.get(base));
        }
        fields
    }
}

fn wrong(place: &str, kind: &str, value: &Value) -> String {
    format!("{place} is not {kind}, but {value}")
}

/// UTC with milliseconds and `Z`.
fn is_time(text: &str) -> bool {
    text.len() == 24
        && text.ends_with('Z')
        && text.as_bytes()[19] == b'.'
        && text.parse::<jiff::Timestamp>().is_ok()
}

/// Words that some refusals have at the top instead of a code.
const SYMBOLS: &[&str] = &[
    "TokenInvalid",
    "TokenExpired",
    "InsufficientPermissions",
    "InvalidMultipartRequest",
];

/// Such as `CMN-101`.
fn is_code(text: &str) -> bool {
    text.split_once('-').is_some_and(|(family, number)| {
        family.len() == 3
            && family.bytes().all(|byte| byte.is_ascii_uppercase())
            && number.len() == 3
            && number.bytes().all(|byte| byte.is_ascii_digit())
    })
}
