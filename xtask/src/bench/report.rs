//! Figures as a table that a person reads.

use std::time::Duration;

/// Rows under a heading. The first column is text, the others are numbers and end in line.
pub(super) fn table(heading: &[&str], rows: &[Vec<String>]) -> String {
    let width = |at: usize| {
        let cells = rows.iter().filter_map(|row| row.get(at));
        cells
            .map(|cell| cell.chars().count())
            .chain(heading.get(at).map(|name| name.chars().count()))
            .max()
            .unwrap_or(0)
    };
    let widths = (0..heading.len()).map(width).collect::<Vec<_>>();
    let heading = heading.iter().map(ToString::to_string).collect::<Vec<_>>();
    let mut lines = Vec::new();
    for row in std::iter::once(&heading).chain(rows) {
        let cells = row.iter().zip(&widths).enumerate().map(|(at, (cell, width))| {
            if at == 0 {
                format!("  {cell:<width$}")
            } else {
                format!("  {cell:>width$}")
            }
        });
        lines.push(cells.collect::<String>().trim_end().to_owned());
    }
    lines.join("\n")
}

/// `12.3 µs`, `4.56 ms`, `7.8 s`.
pub(super) fn time(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    if seconds < 0.001 {
        format!("{:.1} µs", seconds * 1e6)
    } else if seconds < 1.0 {
        format!("{:.2} ms", seconds * 1e3)
    } else {
        format!("{seconds:.1} s")
    }
}

/// `38.2 MB`.
pub(super) fn memory(bytes: u64) -> String {
    format!("{}.{} MB", bytes / 1_000_000, bytes / 100_000 % 10)
}

/// What is not known on this system.
pub(super) fn or_dash(text: Option<String>) -> String {
    text.unwrap_or_else(|| "-".to_owned())
}

/// The one in the middle.
pub(super) fn median<T: Copy + PartialOrd>(mut values: Vec<T>) -> Option<T> {
    values.sort_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
    values.get(values.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [
            vec!["one".to_owned(), "1".to_owned()],
            vec!["a longer one".to_owned(), "12345".to_owned()],
        ];
        assert_eq!(
            table(&["what", "µs"], &rows),
            "  what             µs\n  one               1\n  a longer one  12345"
        );
    }

    #[test]
    fn figures_have_the_unit_that_suits_them() {
        assert_eq!(time(Duration::from_nanos(12_340)), "12.3 µs");
        assert_eq!(time(Duration::from_micros(4_560)), "4.56 ms");
        assert_eq!(time(Duration::from_millis(7_800)), "7.8 s");
        assert_eq!(memory(38_250_000), "38.2 MB");
        assert_eq!(median(vec![3, 1, 2]), Some(2));
        assert_eq!(median(Vec::<u8>::new()), None);
    }
}
