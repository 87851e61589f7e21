//! What a command sees of its transaction.

use std::num::NonZeroUsize;

use lru::LruCache;
use model::{ExecutionId, Fan, RecordKey};
use rusqlite::{Connection, OptionalExtension, Params, Row};

use super::{
    cache::Shelf,
    caches::{Caches, Change, FAN_CHILDREN_MAX},
};

/// Executions whose row ids the writer remembers.
const EXECUTION_IDS_MAX: NonZeroUsize = NonZeroUsize::new(65_536).expect("65,536 is not zero");
/// Statements that each connection keeps prepared.
pub(super) const STATEMENTS_MAX: usize = 64;

/// What the writer keeps between batches. It may hold what the running transaction has written, so
/// it is forgotten when that fails.
pub(super) struct State {
    /// Which opening of the store this is.
    pub(super) opening: i64,
    pub(super) fans: Shelf<RecordKey, WorkingFan>,
    executions: LruCache<ExecutionId, i64>,
}

/// A fan as the running transaction has left it.
pub(super) struct WorkingFan {
    /// Its row.
    pub(super) id: i64,
    /// How many of its children have ended.
    pub(super) ended: u32,
    pub(super) fan: Fan,
}

impl State {
    pub(super) fn new(opening: i64) -> Self {
        Self {
            opening,
            fans: Shelf::new(FAN_CHILDREN_MAX),
            executions: LruCache::new(EXECUTION_IDS_MAX),
        }
    }

    /// Starts again from what is durable.
    pub(super) fn forget(&mut self) {
        self.fans.clear();
        self.executions.clear();
    }
}

/// One batch: its transaction, and what it will have changed once it is durable.
pub(super) struct Session<'a> {
    pub(super) connection: &'a Connection,
    pub(super) state: &'a mut State,
    /// As the last commit has left it.
    pub(super) caches: &'a Caches,
    changes: Vec<Change>,
}

impl<'a> Session<'a> {
    pub(super) fn new(
        connection: &'a Connection,
        state: &'a mut State,
        caches: &'a Caches,
    ) -> Self {
        Self { connection, state, caches, changes: Vec::new() }
    }

    /// To be shown to readers after the commit.
    pub(super) fn changed(&mut self, change: Change) {
        self.changes.push(change);
    }

    pub(super) fn into_changes(self) -> Vec<Change> {
        self.changes
    }

    /// Runs a statement; returns how many rows it has changed.
    pub(super) fn execute(&self, sql: &str, parameters: impl Params) -> rusqlite::Result<usize> {
        self.connection.prepare_cached(sql)?.execute(parameters)
    }

    /// The first row of a query, if it has any.
    pub(super) fn find<A>(
        &self,
        sql: &str,
        parameters: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<A>,
    ) -> rusqlite::Result<Option<A>> {
        self.connection.prepare_cached(sql)?.query_row(parameters, read).optional()
    }

    /// The row id of an execution, if there is one of that name.
    pub(super) fn execution(&mut self, id: &ExecutionId) -> rusqlite::Result<Option<i64>> {
        if let Some(row) = self.state.executions.get(id) {
            return Ok(Some(*row));
        }
        let (machine, name) = names_of(id);
        let found = self.find(
            "SELECT e.id FROM executions e JOIN machines m ON m.id = e.machine
             WHERE m.name = ?1 AND e.name = ?2",
            [machine, name],
            |row| row.get(0),
        )?;
        if let Some(row) = found {
            self.state.executions.put(id.clone(), row);
        }
        Ok(found)
    }
}

/// Both names in `machine:name`.
pub(super) fn names_of(id: &ExecutionId) -> (&str, &str) {
    id.as_str().split_once(':').unwrap_or((id.as_str(), ""))
}
