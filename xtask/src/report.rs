//! What the task runner says: the one place that writes to the terminal.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

/// One line on standard output. A closed pipe is no reason to stop.
pub(crate) fn line(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}

/// Whether a person watches, so that the tools may use colour.
pub(crate) fn on_terminal() -> bool {
    std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none()
}

/// `0.4 s`, `38 s`, `3 min 05 s`.
pub(crate) fn duration(time: Duration) -> String {
    let seconds = time.as_secs();
    if seconds >= 60 {
        format!("{} min {:02} s", seconds / 60, seconds % 60)
    } else if seconds >= 10 {
        format!("{seconds} s")
    } else {
        format!("{:.1} s", time.as_secs_f64())
    }
}

/// Numbers the steps of a verb and times each.
#[derive(Debug)]
pub(crate) struct Steps {
    verb: &'static str,
    total: usize,
    done: usize,
    begun: Instant,
}

impl Steps {
    pub(crate) fn new(verb: &'static str, total: usize) -> Self {
        Self {
            verb,
            total,
            done: 0,
            begun: Instant::now(),
        }
    }

    /// Announces the step, does it, and says how long it took; its own words, if any, go beside the time.
    pub(crate) fn step<T>(
        &mut self,
        what: &str,
        work: impl FnOnce() -> anyhow::Result<(T, String)>,
    ) -> anyhow::Result<T> {
        self.done += 1;
        let label = format!("[{} {}/{}] {what}", self.verb, self.done, self.total);
        line(&format!("{label} ..."));
        let begun = Instant::now();
        let (value, words) = work().map_err(|error| error.context(what.to_owned()))?;
        let time = duration(begun.elapsed());
        line(&if words.is_empty() {
            format!("{label}: {time}")
        } else {
            format!("{label}: {words}, {time}")
        });
        Ok(value)
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.begun.elapsed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_like_a_watch() {
        let cases = [
            (0, "0.0 s"),
            (400, "0.4 s"),
            (9_940, "9.9 s"),
            (38_900, "38 s"),
            (185_000, "3 min 05 s"),
        ];
        for (milliseconds, text) in cases {
            assert_eq!(duration(Duration::from_millis(milliseconds)), text);
        }
    }
}
