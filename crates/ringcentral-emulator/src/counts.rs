//! Where a page of a long list begins, and how long the list is, without walking through it.
//!
//! How many rows an owner has in each hour and each day, by what filters name most, is kept (`schema/counts.sql`): calls
//! are counted by triggers, and new messages when a list is read.
//! A far page is found by adding up days, then the hours of one day, then rows of one hour; so its cost does not grow
//! with the number of rows before it.

use rusqlite::types::Value;
use rusqlite::{params, params_from_iter};

use crate::db::Transaction;

pub(crate) const HOUR: i64 = 3_600_000;
pub(crate) const DAY: i64 = 86_400_000;

/// Which list is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum List {
    CallsOfExtension = 1,
    CallsOfAccount = 2,
    MessagesOfExtension = 3,
}

/// The part of a list that a request asks for.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    pub(crate) list: List,
    pub(crate) owner: i64,
    pub(crate) from_ms: i64,
    pub(crate) to_ms: i64,
    /// For each column of the kind the values that pass; empty lets all pass.
    pub(crate) kinds: Vec<Vec<String>>,
}

/// Counts the rows of a time range by walking through them.
type Walk<'a> = &'a dyn Fn(i64, i64) -> rusqlite::Result<i64>;

/// A stretch of time, both ends included.
enum Stretch {
    /// Less than an hour at an end of the period.
    Rows(i64, i64),
    /// Whole hours or days, by bucket number.
    Buckets(i64, i64, i64),
}

impl Part {
    /// How many rows there are.
    pub(crate) fn total(&self, tx: &Transaction<'_>, walk: Walk<'_>) -> rusqlite::Result<i64> {
        self.count_what_is_new(tx)?;
        let mut total = 0;
        for stretch in self.stretches() {
            total += match stretch {
                Stretch::Rows(from, to) => walk(from, to)?,
                Stretch::Buckets(span, first, last) => self
                    .buckets(tx, span, first, last)?
                    .iter()
                    .map(|(_, count)| count)
                    .sum(),
            };
        }
        Ok(total)
    }

    /// Where the row with this many newer ones lies: the end of a short stretch of time, and how many rows of it come
    /// before. `None` if there are fewer rows.
    pub(crate) fn place(
        &self,
        tx: &Transaction<'_>,
        mut before: i64,
        walk: Walk<'_>,
    ) -> rusqlite::Result<Option<(i64, i64)>> {
        self.count_what_is_new(tx)?;
        for stretch in self.stretches() {
            match stretch {
                Stretch::Rows(from, to) => {
                    let count = walk(from, to)?;
                    if before < count {
                        return Ok(Some((to, before)));
                    }
                    before -= count;
                }
                Stretch::Buckets(span, first, last) => {
                    for (bucket, count) in self.buckets(tx, span, first, last)? {
                        if before >= count {
                            before -= count;
                            continue;
                        }
                        if span == HOUR {
                            return Ok(Some(((bucket + 1) * HOUR - 1, before)));
                        }
                        for (hour, count) in self.buckets(tx, HOUR, bucket * 24, bucket * 24 + 23)? {
                            if before < count {
                                return Ok(Some(((hour + 1) * HOUR - 1, before)));
                            }
                            before -= count;
                        }
                    }
                }
            }
        }
        Ok(None)
    }

    fn count_what_is_new(&self, tx: &Transaction<'_>) -> rusqlite::Result<()> {
        match self.list {
            List::MessagesOfExtension => count_new_messages(tx),
            List::CallsOfExtension | List::CallsOfAccount => Ok(()),
        }
    }

    /// The period, newest first: a rest of an hour, hours, days, hours, a rest.
    fn stretches(&self) -> Vec<Stretch> {
        let (from, to) = (self.from_ms.max(0), self.to_ms);
        let (first_hour, end_hour) = (from.div_ceil_euclid(HOUR), to.saturating_add(1).div_euclid(HOUR));
        if end_hour <= first_hour {
            return vec![Stretch::Rows(from, to)];
        }
        let mut stretches = vec![Stretch::Rows(end_hour * HOUR, to)];
        let (first_day, end_day) = (first_hour.div_ceil_euclid(24), end_hour.div_euclid(24));
        if end_day <= first_day {
            stretches.push(Stretch::Buckets(HOUR, first_hour, end_hour - 1));
        } else {
            stretches.push(Stretch::Buckets(HOUR, end_day * 24, end_hour - 1));
            stretches.push(Stretch::Buckets(DAY, first_day, end_day - 1));
            stretches.push(Stretch::Buckets(HOUR, first_hour, first_day * 24 - 1));
        }
        stretches.push(Stretch::Rows(from, first_hour * HOUR - 1));
        stretches
    }

    /// Buckets and what they count, newest first.
    fn buckets(
        &self,
        tx: &Transaction<'_>,
        span: i64,
        first: i64,
        last: i64,
    ) -> rusqlite::Result<Vec<(i64, i64)>> {
        let mut statement = tx.prepare_cached(
            "SELECT bucket, kind, count FROM list_counts
             WHERE list = ?1 AND owner = ?2 AND span = ?3 AND bucket BETWEEN ?4 AND ?5 ORDER BY bucket DESC",
        )?;
        let mut rows = statement.query(params![self.list as i64, self.owner, span, first, last])?;
        let mut buckets: Vec<(i64, i64)> = Vec::new();
        while let Some(row) = rows.next()? {
            if !self.lets_pass(row.get_ref(1)?.as_str()?) {
                continue;
            }
            let (bucket, count) = (row.get(0)?, row.get(2)?);
            match buckets.last_mut() {
                Some((known, sum)) if *known == bucket => *sum += count,
                _ => buckets.push((bucket, count)),
            }
        }
        Ok(buckets)
    }

    fn lets_pass(&self, kind: &str) -> bool {
        kind.split('|')
            .zip(&self.kinds)
            .all(|(value, wanted)| wanted.is_empty() || wanted.iter().any(|wanted| wanted == value))
    }
}

/// More calls at once are counted in groups, which costs less than a trigger for each of them.
const MANY: i64 = 1000;

/// Marks the calls of a `WHERE` clause as deleted, and changed at this moment.
pub(crate) fn delete_calls(
    tx: &Transaction<'_>,
    clause: &str,
    values: &[Value],
    now_ms: i64,
) -> rusqlite::Result<()> {
    let many: i64 = tx
        .prepare_cached(&format!(
            "SELECT count(*) FROM (SELECT 1 FROM calls{clause} LIMIT {MANY})"
        ))?
        .query_row(params_from_iter(values), |row| row.get(0))?;
    if many == MANY {
        return delete_many_calls(tx, clause, values, now_ms);
    }
    mark_calls_deleted(tx, clause, values, now_ms)
}

fn mark_calls_deleted(
    tx: &Transaction<'_>,
    clause: &str,
    values: &[Value],
    now_ms: i64,
) -> rusqlite::Result<()> {
    let update = format!("UPDATE calls SET deleted = 1, modified_ms = {now_ms}{clause}");
    tx.prepare_cached(&update)?.execute(params_from_iter(values))?;
    Ok(())
}

/// The same while the trigger is away.
fn delete_many_calls(
    tx: &Transaction<'_>,
    clause: &str,
    values: &[Value],
    now_ms: i64,
) -> rusqlite::Result<()> {
    const TRIGGER: &str = "calls_counted_over";
    struct Group {
        extension: i64,
        account: i64,
        hour: i64,
        was: String,
        becomes: String,
        count: i64,
    }
    let groups: Vec<Group> = tx
        .prepare_cached(&format!(
            "SELECT extension_id, account_id, start_ms / {HOUR}, deleted || '|' || direction || '|' || type,
                    '1|' || direction || '|' || type, count(*)
             FROM calls{clause} GROUP BY 1, 2, 3, 4, 5"
        ))?
        .query_map(params_from_iter(values), |row| {
            Ok(Group {
                extension: row.get(0)?,
                account: row.get(1)?,
                hour: row.get(2)?,
                was: row.get(3)?,
                becomes: row.get(4)?,
                count: row.get(5)?,
            })
        })?
        .collect::<rusqlite::Result<_>>()?;
    let trigger: String = tx.query_row(
        "SELECT sql FROM sqlite_schema WHERE type = 'trigger' AND name = ?1",
        [TRIGGER],
        |row| row.get(0),
    )?;
    tx.execute_batch(&format!("DROP TRIGGER {TRIGGER}"))?;
    mark_calls_deleted(tx, clause, values, now_ms)?;
    tx.execute_batch(&trigger)?;
    for group in groups {
        for (list, owner) in [
            (List::CallsOfExtension, group.extension),
            (List::CallsOfAccount, group.account),
        ] {
            add(tx, list, owner, group.hour, &group.was, -group.count)?;
            add(tx, list, owner, group.hour, &group.becomes, group.count)?;
        }
    }
    Ok(())
}

/// Counts the messages that have come since the last time.
pub(crate) fn count_new_messages(tx: &Transaction<'_>) -> rusqlite::Result<()> {
    let (through, newest): (i64, i64) = tx
        .prepare_cached("SELECT through, coalesce((SELECT max(id) FROM messages), 0) FROM messages_counted")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    if newest <= through {
        return Ok(());
    }
    tx.prepare_cached(
        "INSERT INTO list_counts (list, owner, span, bucket, kind, count)
         SELECT ?1, extension_id, span, created_ms / span,
                availability || '|' || direction || '|' || type || '|' || read_status, count(*)
         FROM messages, (SELECT ?2 AS span UNION ALL SELECT ?3) WHERE id > ?4 GROUP BY 2, 3, 4, 5
         ON CONFLICT DO UPDATE SET count = count + excluded.count",
    )?
    .execute(params![List::MessagesOfExtension as i64, HOUR, DAY, through])?;
    messages_are_counted(tx, newest)
}

/// Messages up to this id are in the counts.
pub(crate) fn messages_are_counted(tx: &Transaction<'_>, through: i64) -> rusqlite::Result<()> {
    tx.prepare_cached("UPDATE messages_counted SET through = ?1")?
        .execute([through])?;
    Ok(())
}

/// The messages are other ones, and are counted anew when a list is read.
pub(crate) fn forget_messages(tx: &Transaction<'_>) -> rusqlite::Result<()> {
    tx.execute(
        "DELETE FROM list_counts WHERE list = ?1",
        [List::MessagesOfExtension as i64],
    )?;
    messages_are_counted(tx, 0)
}

/// Adds to a count what was stored while the triggers were away.
pub(crate) fn add(
    tx: &Transaction<'_>,
    list: List,
    owner: i64,
    hour: i64,
    kind: &str,
    count: i64,
) -> rusqlite::Result<()> {
    let mut add = tx.prepare_cached(
        "INSERT INTO list_counts (list, owner, span, bucket, kind, count) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT DO UPDATE SET count = count + ?6",
    )?;
    add.execute(params![list as i64, owner, HOUR, hour, kind, count])?;
    add.execute(params![list as i64, owner, DAY, hour.div_euclid(24), kind, count])?;
    Ok(())
}

/// Division that rounds up, for divisors above zero.
trait DivCeil {
    fn div_ceil_euclid(self, by: i64) -> i64;
}

impl DivCeil for i64 {
    fn div_ceil_euclid(self, by: i64) -> i64 {
        -((-self).div_euclid(by))
    }
}

#[cfg(test)]
mod tests;
