//! A row read from left to right: looking every column up by its name costs more than reading it.

use rusqlite::Row;
use rusqlite::types::FromSql;

/// What is left of a row. The order of reading is that of the statement's columns.
pub(super) struct Cells<'r, 's> {
    row: &'r Row<'s>,
    next: usize,
}

impl<'r, 's> Cells<'r, 's> {
    pub(super) fn of(row: &'r Row<'s>) -> Self {
        Self { row, next: 0 }
    }

    /// The next column.
    pub(super) fn next<T: FromSql>(&mut self) -> rusqlite::Result<T> {
        let at = self.next;
        self.next += 1;
        self.row.get(at)
    }
}
