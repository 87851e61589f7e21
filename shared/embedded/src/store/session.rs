//! The write session: what a command can read and change in its transaction.

use std::num::NonZeroUsize;

use lru::LruCache;
use model::{ExecutionId, RecordKey};
use rusqlite::{Connection, OptionalExtension, Params, Row};

use super::{
    fan_ins::{FanInPart, WorkingItem},
    store_caches::{StoreCaches, StoreChange},
};

/// Most executions whose row ids the writer caches.
const EXECUTION_IDS_MAX: NonZeroUsize = NonZeroUsize::new(65_536).expect("65,536 is not zero");
/// Most gates, slots and buckets that the writer caches. One takes a few KB.
const FAN_INS_MAX: NonZeroUsize = NonZeroUsize::new(8_192).expect("8,192 is not zero");
/// Most statements that each connection keeps prepared.
pub(super) const STATEMENTS_MAX: usize = 64;

/// The writer's own caches between batches. They may hold what the running transaction has written,
/// so they are cleared when it fails.
pub(super) struct WriterState {
    /// Which opening of the store this is, counting from 1.
    pub(super) opening: i64,
    fan_ins: LruCache<(RecordKey, FanInPart), WorkingItem>,
    executions: LruCache<ExecutionId, i64>,
}

impl WriterState {
    pub(super) fn new(opening: i64) -> Self {
        Self {
            opening,
            fan_ins: LruCache::new(FAN_INS_MAX),
            executions: LruCache::new(EXECUTION_IDS_MAX),
        }
    }

    /// Returns an item of a fan-in, if it is cached.
    pub(super) fn fan_in(&mut self, fork: &RecordKey, part: FanInPart) -> Option<&WorkingItem> {
        self.fan_ins.get(&(fork.clone(), part))
    }

    /// Caches an item of a fan-in that was written.
    pub(super) fn keep_fan_in(&mut self, fork: &RecordKey, part: FanInPart, item: WorkingItem) {
        self.fan_ins.put((fork.clone(), part), item);
    }

    /// Clears the caches, so that everything is read from the database again.
    pub(super) fn reset_state(&mut self) {
        self.fan_ins.clear();
        self.executions.clear();
    }
}

/// The transaction of one batch, and the changes to publish once it is durable.
pub(super) struct WriteSession<'a> {
    pub(super) connection: &'a Connection,
    pub(super) state: &'a mut WriterState,
    /// The readers' caches, as of the last commit.
    pub(super) caches: &'a StoreCaches,
    changes: Vec<StoreChange>,
}

impl<'a> WriteSession<'a> {
    pub(super) fn new(
        connection: &'a Connection,
        state: &'a mut WriterState,
        caches: &'a StoreCaches,
    ) -> Self {
        Self { connection, state, caches, changes: Vec::new() }
    }

    /// Adds a change that readers see after the commit.
    pub(super) fn record_change(&mut self, change: StoreChange) {
        self.changes.push(change);
    }

    pub(super) fn into_changes(self) -> Vec<StoreChange> {
        self.changes
    }

    /// Runs a statement and returns how many rows it has changed.
    pub(super) fn execute_statement(
        &self,
        sql: &str,
        parameters: impl Params,
    ) -> rusqlite::Result<usize> {
        self.connection.prepare_cached(sql)?.execute(parameters)
    }

    /// Returns the first row of a query; none if there is no row.
    pub(super) fn find_row<A>(
        &self,
        sql: &str,
        parameters: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<A>,
    ) -> rusqlite::Result<Option<A>> {
        self.connection.prepare_cached(sql)?.query_row(parameters, read).optional()
    }

    /// Returns the row id of an execution; none if there is no such execution.
    pub(super) fn execution_row_id(&mut self, id: &ExecutionId) -> rusqlite::Result<Option<i64>> {
        if let Some(row) = self.state.executions.get(id) {
            return Ok(Some(*row));
        }
        let (machine, name) = (id.machine_name(), id.within_machine());
        let found = self.find_row(
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
