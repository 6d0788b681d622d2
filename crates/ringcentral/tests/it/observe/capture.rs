//! A layer that keeps everything that it is told, at every level.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

/// A span, with all that was recorded in it.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    id: u64,
    pub(super) name: &'static str,
    pub(super) level: Level,
    pub(super) parent: Option<String>,
    pub(super) fields: Fields,
}

type Fields = BTreeMap<&'static str, String>;

#[derive(Clone, Default)]
pub(super) struct Capture(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    spans: Vec<Seen>,
    lines: Vec<String>,
}

impl Capture {
    /// In the order in which they were begun.
    pub(super) fn spans(&self) -> Vec<Seen> {
        self.0.lock().unwrap().spans.clone()
    }

    /// Spans, events and notes.
    pub(super) fn everything(&self) -> Vec<String> {
        let kept = self.0.lock().unwrap();
        let spans = kept.spans.iter().map(|span| format!("{span:?}"));
        spans.chain(kept.lines.iter().cloned()).collect()
    }

    pub(super) fn note(&self, line: String) {
        self.0.lock().unwrap().lines.push(line);
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Capture {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Reading::default();
        attributes.record(&mut fields);
        let parent = context
            .span(id)
            .and_then(|span| Some(span.parent()?.name().to_owned()));
        self.0.lock().unwrap().spans.push(Seen {
            id: id.into_u64(),
            name: attributes.metadata().name(),
            level: *attributes.metadata().level(),
            parent,
            fields: fields.0,
        });
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, _: Context<'_, S>) {
        let mut fields = Reading::default();
        values.record(&mut fields);
        let mut kept = self.0.lock().unwrap();
        // An id is used again once its span has ended.
        if let Some(span) = kept.spans.iter_mut().rfind(|span| span.id == id.into_u64()) {
            span.fields.extend(fields.0);
        }
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut fields = Reading::default();
        event.record(&mut fields);
        let said: Vec<_> = fields
            .0
            .iter()
            .map(|(name, value)| format!("{name}: {value}"))
            .collect();
        self.note(format!("{} {}", event.metadata().target(), said.join(", ")));
    }
}

#[derive(Default)]
struct Reading(Fields);

impl Visit for Reading {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }
}
