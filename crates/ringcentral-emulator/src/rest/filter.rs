//! A `WHERE` clause that grows by one condition at a time, its values always bound.

use rusqlite::types::Value;

/// Conditions that must all hold.
#[derive(Clone, Default)]
pub(super) struct Filter {
    sql: String,
    values: Vec<Value>,
    conditions: usize,
    /// Where the period's two ends are among the values.
    period: Option<usize>,
}

impl Filter {
    /// Adds a condition; each `?` in it takes one of the values, in order.
    pub(super) fn and<V: Into<Value>>(&mut self, condition: &str, values: impl IntoIterator<Item = V>) {
        self.sql
            .push_str(if self.sql.is_empty() { " WHERE " } else { " AND " });
        self.sql.push_str(condition);
        self.conditions += 1;
        self.values.extend(values.into_iter().map(Into::into));
    }

    /// Adds a condition without values.
    pub(super) fn and_plain(&mut self, condition: &str) {
        self.and(condition, std::iter::empty::<Value>());
    }

    /// The column holds one of the values; no values, no condition.
    pub(super) fn any<V: Into<Value>>(&mut self, column: &str, values: Vec<V>) {
        match values.len() {
            0 => {}
            1 => self.and(&format!("{column} = ?"), values),
            many => self.and(&format!("{column} IN ({})", places(many)), values),
        }
    }

    /// The rows are among those of these numbers: `number` is the column of the table's own key, and `numbers` a list or a
    /// query. Few rows are meant, so they are looked up, whatever index the other conditions would fit.
    pub(super) fn among<V: Into<Value>>(
        &mut self,
        number: &str,
        numbers: &str,
        values: impl IntoIterator<Item = V>,
    ) {
        self.and(&format!("{number} IN ({numbers})"), values);
        // It leaves the table's own key.
        self.sql.insert_str(0, " NOT INDEXED");
    }

    /// Adds the condition that a time, in milliseconds, lies in a period.
    pub(super) fn between(&mut self, column: &str, from_ms: i64, to_ms: i64) {
        self.period = Some(self.values.len());
        self.and(&format!("{column} BETWEEN ? AND ?"), [from_ms, to_ms]);
    }

    /// The same filter with another period.
    pub(super) fn with_period(&self, from_ms: i64, to_ms: i64) -> Self {
        let mut other = self.clone();
        if let Some(at) = self.period {
            other.values[at] = Value::Integer(from_ms);
            other.values[at + 1] = Value::Integer(to_ms);
        }
        other
    }

    /// How many conditions there are.
    pub(super) fn conditions(&self) -> usize {
        self.conditions
    }

    /// The period.
    pub(super) fn period(&self) -> Option<(i64, i64)> {
        match self.values.get(self.period?..)? {
            [Value::Integer(from), Value::Integer(to), ..] => Some((*from, *to)),
            _ => None,
        }
    }

    /// The clause to follow the table's name, or nothing.
    pub(super) fn sql(&self) -> &str {
        &self.sql
    }

    /// The values for the clause, followed by those for what comes after it.
    pub(super) fn values(&self, more: &[i64]) -> Vec<Value> {
        self.values
            .iter()
            .cloned()
            .chain(more.iter().map(|n| Value::Integer(*n)))
            .collect()
    }
}

/// So many `?` for a list of values.
pub(super) fn places(count: usize) -> String {
    vec!["?"; count].join(", ")
}

/// Words as values to bind.
pub(super) fn words(words: Vec<&str>) -> Vec<String> {
    words.into_iter().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use rusqlite::params_from_iter;

    use super::Filter;
    use crate::db;

    /// An index by owner and time would be walked from one end to the other for a handful of rows.
    #[test]
    fn rows_that_are_named_are_looked_up() {
        let connection = db::open(None).unwrap();
        db::create(&connection).unwrap();
        for (table, number, owner, time) in [
            ("calls", "seq", "extension_id", "start_ms"),
            ("messages", "id", "extension_id", "created_ms"),
        ] {
            let mut filter = Filter::default();
            filter.and(&format!("{owner} = ?"), [1]);
            filter.between(time, 0, 9);
            filter.among(number, "SELECT ? UNION ALL SELECT ?", [1, 2]);
            let sql = format!(
                "SELECT * FROM {table}{} ORDER BY {time} DESC, {number} DESC",
                filter.sql()
            );
            let plan = db::plan(&connection, &sql, params_from_iter(filter.values(&[])));
            assert!(plan[0].contains("USING INTEGER PRIMARY KEY"), "{plan:?}");
        }
    }
}
