//! A transaction whose three statements are prepared once: every request begins and ends one.

use std::ops::Deref;

use rusqlite::Connection;

/// What is done through it is kept by [`commit`](Self::commit), and undone otherwise.
pub(crate) struct Transaction<'c> {
    connection: &'c Connection,
    open: bool,
}

impl<'c> Transaction<'c> {
    /// Begins one. A connection has one at a time: SQLite refuses a second.
    pub(crate) fn begin(connection: &'c Connection) -> rusqlite::Result<Self> {
        run(connection, "BEGIN")?;
        Ok(Self {
            connection,
            open: true,
        })
    }

    /// Keeps what was done; if that fails, it is undone.
    pub(crate) fn commit(mut self) -> rusqlite::Result<()> {
        run(self.connection, "COMMIT")?;
        self.open = false;
        Ok(())
    }
}

impl Deref for Transaction<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.connection
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        // After some failures SQLite has rolled back by itself, and there is nothing left to undo.
        if self.open
            && !self.connection.is_autocommit()
            && let Err(error) = run(self.connection, "ROLLBACK")
        {
            tracing::error!(%error, "a transaction was not rolled back");
        }
    }
}

fn run(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.execute([]).map(|_| ())
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::Transaction;

    fn database() -> Connection {
        let connection = Connection::open_in_memory().expect("a database");
        connection
            .execute_batch("CREATE TABLE seen (id INTEGER PRIMARY KEY)")
            .expect("a table");
        connection
    }

    fn see(connection: &Connection, id: i64) {
        connection
            .execute("INSERT INTO seen VALUES (?1)", [id])
            .expect("a new id");
    }

    fn seen(connection: &Connection) -> i64 {
        connection
            .query_row("SELECT count(*) FROM seen", [], |row| row.get(0))
            .expect("a count")
    }

    #[test]
    fn what_is_committed_stays_and_what_is_not_is_undone() {
        let connection = database();
        for round in 1..=2 {
            let kept = Transaction::begin(&connection).expect("the first of its time");
            see(&kept, round);
            kept.commit().expect("nothing is in the way");
            let undone = Transaction::begin(&connection).expect("the one before has ended");
            see(&undone, -round);
            drop(undone);
            assert_eq!(seen(&connection), round);
        }
    }

    #[test]
    fn a_second_one_at_a_time_is_refused_and_leaves_the_first_alone() {
        let connection = database();
        let first = Transaction::begin(&connection).expect("the first");
        see(&first, 1);
        assert!(Transaction::begin(&connection).is_err());
        first.commit().expect("it is still open");
        assert_eq!(seen(&connection), 1);
    }

    #[test]
    fn a_commit_that_fails_undoes_what_was_done() {
        let connection = database();
        connection
            .execute_batch(
                "PRAGMA foreign_keys = ON;
                 CREATE TABLE told (id INTEGER REFERENCES seen (id) DEFERRABLE INITIALLY DEFERRED)",
            )
            .expect("a table");
        let tx = Transaction::begin(&connection).expect("the first");
        tx.execute("INSERT INTO told VALUES (7)", [])
            .expect("it is looked at later");
        assert!(tx.commit().is_err(), "nobody has seen 7");
        assert!(connection.is_autocommit(), "the transaction has ended");
        Transaction::begin(&connection).expect("the next one begins");
    }
}
