//! How many rows there are of what an operator watches.

use orchestrator::Fault;

use super::SqliteStore;

/// How many there are in the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredCounts {
    /// Standard executions that run.
    pub running: u64,
    /// Messages that no worker could handle.
    pub dead_letters: u64,
}

/// The running ones are an index of their own, so this reads no others.
const COUNT: &str = "
    SELECT (SELECT count(*) FROM executions WHERE status = 0), (SELECT count(*) FROM dead_letters)";

impl SqliteStore {
    /// Counts the rows, as of the last commit.
    pub async fn count_stored(&self) -> Result<StoredCounts, Fault> {
        self.run_query(|connection| {
            let count = |row: &rusqlite::Row<'_>| {
                Ok(StoredCounts { running: row.get(0)?, dead_letters: row.get(1)? })
            };
            Ok(connection.prepare_cached(COUNT)?.query_row([], count)?)
        })
        .await
    }

    /// Returns once the store has answered a query.
    ///
    /// Errors: it cannot be read, or is closed.
    pub async fn check_readable(&self) -> Result<(), Fault> {
        self.run_query(|connection| {
            let mut statement = connection.prepare_cached("SELECT number FROM opening")?;
            Ok(statement.query_row([], |_| Ok(()))?)
        })
        .await
    }
}
