//! Rows exactly as they are stored: what an export holds beside the keys that people write.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rusqlite::params_from_iter;
use rusqlite::types::Value;

use super::SeedError;
use super::file::Row;

use crate::counts;
use crate::db::Transaction;

/// Follow from the other tables.
const DERIVED: [&str; 2] = ["list_counts", "messages_counted"];

/// Where SQLite keeps the highest id of a table whose ids are never used again.
const SEQUENCE: &str = "sqlite_sequence";

/// A table, with what names its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) name: String,
    pub(super) columns: Vec<String>,
    /// The columns of the primary key; none if there is none.
    pub(super) key: Vec<String>,
}

/// All tables that hold state, by name.
pub(super) fn tables(tx: &Transaction<'_>) -> rusqlite::Result<Vec<Table>> {
    let names: Vec<String> = tx
        .prepare(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT IN (?1, ?2)
               AND (name NOT LIKE 'sqlite_%' OR name = 'sqlite_sequence') ORDER BY name",
        )?
        .query_map(DERIVED, |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    names.into_iter().map(|name| table(tx, name)).collect()
}

fn table(tx: &Transaction<'_>, name: String) -> rusqlite::Result<Table> {
    let columns: Vec<(String, i64)> = tx
        .prepare("SELECT name, pk FROM pragma_table_info(?1)")?
        .query_map([&name], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let mut key: Vec<(i64, String)> = columns
        .iter()
        .filter(|(_, position)| *position > 0)
        .map(|(column, position)| (*position, column.clone()))
        .collect();
    key.sort_unstable();
    let mut key: Vec<String> = key.into_iter().map(|(_, column)| column).collect();
    if name == SEQUENCE {
        key = vec!["name".to_owned()];
    }
    Ok(Table {
        columns: columns.into_iter().map(|(column, _)| column).collect(),
        name,
        key,
    })
}

/// Stores the rows; one that is there already, by its key, is replaced.
pub(super) fn plant(tx: &Transaction<'_>, wanted: &BTreeMap<String, Vec<Row>>) -> Result<(), SeedError> {
    if wanted.is_empty() {
        return Ok(());
    }
    // Rows may refer to rows that follow.
    tx.execute_batch("PRAGMA defer_foreign_keys = ON")?;
    let known = tables(tx)?;
    let mut found = Vec::new();
    for (name, rows) in wanted {
        let table = known.iter().find(|table| table.name == *name).ok_or_else(|| {
            let names: Vec<&str> = known.iter().map(|table| table.name.as_str()).collect();
            SeedError::new(
                format!("rows.{name}"),
                format!("is not a table: one of {}", names.join(", ")),
            )
        })?;
        for (at, row) in rows.iter().enumerate() {
            let key = format!("rows.{name}[{at}]");
            found.push((table, values(&key, table, row)?, key));
        }
    }
    for (table, row, key) in &found {
        remove(tx, table, row).map_err(|error| SeedError::new(key, error.to_string()))?;
    }
    // Inserting counts ids up, so where the counting stands comes last.
    found.sort_by_key(|(table, ..)| table.name == SEQUENCE);
    for (table, row, key) in &found {
        if table.name == SEQUENCE {
            remove(tx, table, row).map_err(|error| SeedError::new(key, error.to_string()))?;
        }
        insert(tx, table, row).map_err(|error| SeedError::new(key, error.to_string()))?;
    }
    if wanted.contains_key("messages") {
        // They may have come in any order, and in the place of others.
        counts::forget_messages(tx)?;
    }
    Ok(())
}

type Values = BTreeMap<String, Value>;

fn values(key: &str, table: &Table, row: &Row) -> Result<Values, SeedError> {
    let mut values = Values::new();
    for (column, value) in row {
        if !table.columns.contains(column) {
            let message = format!("is not a column: one of {}", table.columns.join(", "));
            return Err(SeedError::new(format!("{key}.{column}"), message));
        }
        let value = stored(value).ok_or_else(|| {
            SeedError::new(
                format!("{key}.{column}"),
                "must be text, a number, true or false, or { base64 = \"…\" }",
            )
        })?;
        values.insert(column.clone(), value);
    }
    Ok(values)
}

fn stored(value: &toml::Value) -> Option<Value> {
    Some(match value {
        toml::Value::String(text) => Value::Text(text.clone()),
        toml::Value::Integer(number) => Value::Integer(*number),
        toml::Value::Float(number) => Value::Real(*number),
        toml::Value::Boolean(truth) => Value::Integer(i64::from(*truth)),
        toml::Value::Table(table) => Value::Blob(STANDARD.decode(table.get("base64")?.as_str()?).ok()?),
        _ => return None,
    })
}

/// A stored value as the file has it; `None` for NULL, which the file leaves out.
pub(super) fn written(value: &Value) -> Option<String> {
    Some(match value {
        Value::Null => return None,
        Value::Integer(number) => number.to_string(),
        Value::Real(number) => toml::Value::Float(*number).to_string(),
        Value::Text(text) => quoted(text),
        Value::Blob(bytes) => format!("{{ base64 = \"{}\" }}", STANDARD.encode(bytes)),
    })
}

/// Text in quotes.
pub(super) fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

fn remove(tx: &Transaction<'_>, table: &Table, row: &Values) -> rusqlite::Result<()> {
    let key: Vec<&Value> = table.key.iter().filter_map(|column| row.get(column)).collect();
    if key.is_empty() || key.len() < table.key.len() {
        return Ok(());
    }
    let conditions: Vec<String> = table
        .key
        .iter()
        .map(|column| format!("\"{column}\" = ?"))
        .collect();
    let sql = format!(
        "DELETE FROM \"{}\" WHERE {}",
        table.name,
        conditions.join(" AND ")
    );
    tx.prepare_cached(&sql)?.execute(params_from_iter(key))?;
    Ok(())
}

fn insert(tx: &Transaction<'_>, table: &Table, row: &Values) -> rusqlite::Result<()> {
    let columns: Vec<String> = row.keys().map(|column| format!("\"{column}\"")).collect();
    let marks = vec!["?"; columns.len()].join(", ");
    let sql = format!(
        "INSERT INTO \"{}\" ({}) VALUES ({marks})",
        table.name,
        columns.join(", ")
    );
    tx.prepare_cached(&sql)?.execute(params_from_iter(row.values()))?;
    Ok(())
}
