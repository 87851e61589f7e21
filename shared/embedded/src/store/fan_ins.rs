//! Fan-ins: [`FanIn`] decides in the writer thread, and each ended child is a row of its own.
//!
//! Invariant: a fan-in is stored as its size, its ended children in the order of their ends, and
//! whether it was closed. Ending the children again in that order restores the same [`FanIn`]
//! (`tests/contracts`: `a_fan_in_does_what_the_model_does`).

use std::sync::Arc;

use model::{ChildEnd, ChildIndex, FanIn, FanInUpdate, RecordKey, RecordNumber};
use orchestrator::{Fault, ports::FanInStore};
use rusqlite::{Connection, params};

use super::{
    SqliteStore,
    error::StoreError,
    log::{record_number_from_row, record_number_to_sql},
    session::{WorkingFanIn, WriteSession},
    store_caches::{StoreChange, fan_in_weight},
};

impl FanInStore for SqliteStore {
    async fn open_fan_in(
        &self,
        key: &RecordKey,
        children: u32,
        concurrency: u32,
    ) -> Result<FanIn, Fault> {
        let wanted = key.clone();
        let fan_in = self
            .run_command(0, move |session| open_fan_in(session, &wanted, children, concurrency))
            .await?;
        Ok(fan_in.ok_or_else(|| {
            StoreError::broken_entry(key.execution.as_str(), "there is no such execution")
        })?)
    }

    async fn end_child(
        &self,
        key: &RecordKey,
        child: ChildIndex,
        end: ChildEnd,
    ) -> Result<Option<FanInUpdate>, Fault> {
        let key = key.clone();
        self.run_command(0, move |session| end_fan_in_child(session, &key, child, end)).await
    }

    async fn load_fan_in(&self, key: &RecordKey) -> Result<Option<Arc<FanIn>>, Fault> {
        self.cached_fan_in(key).await
    }

    async fn are_fan_ins_open(&self, keys: &[RecordKey]) -> Result<bool, Fault> {
        for key in keys {
            if self.cached_fan_in(key).await?.is_some_and(|fan_in| !fan_in.is_open()) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Does nothing if the execution is gone.
    async fn close_fan_in(&self, key: &RecordKey) -> Result<(), Fault> {
        let key = key.clone();
        self.run_command(0, move |session| close_fan_in(session, &key)).await
    }
}

impl SqliteStore {
    async fn cached_fan_in(&self, key: &RecordKey) -> Result<Option<Arc<FanIn>>, Fault> {
        let fan_ins = &self.caches().fan_ins;
        if let Some(fan_in) = fan_ins.get(key) {
            return Ok(Some(fan_in));
        }
        let seen_version = fan_ins.shard_version(key);
        let wanted = key.clone();
        let found =
            self.run_query(move |connection| Ok(restore_fan_in(connection, &wanted)?)).await?;
        Ok(found.map(|found| {
            let (fan_in, weight) = (Arc::new(found.fan_in), fan_in_weight(found.ended));
            fan_ins.insert_if_unchanged(seen_version, key.clone(), Arc::clone(&fan_in), weight);
            fan_in
        }))
    }
}

fn open_fan_in(
    session: &mut WriteSession<'_>,
    key: &RecordKey,
    children: u32,
    concurrency: u32,
) -> rusqlite::Result<Option<FanIn>> {
    if let Some(working) = working_fan_in(session, key)? {
        return Ok(Some(working.fan_in.clone()));
    }
    let fan_in = FanIn::with_children(children, concurrency);
    let opened = insert_fan_in(session, key, fan_in, (children, concurrency))?;
    Ok(opened.map(|working| working.fan_in.clone()))
}

pub(super) fn end_fan_in_child(
    session: &mut WriteSession<'_>,
    key: &RecordKey,
    child: ChildIndex,
    end: ChildEnd,
) -> rusqlite::Result<Option<FanInUpdate>> {
    let Some(working) = working_fan_in(session, key)? else { return Ok(None) };
    let update = working.fan_in.end_child(child, end);
    if update.first_report {
        let (fan_in, ordinal) = (working.id, working.ended);
        working.ended += 1;
        session.state.fan_ins.grow_entry(key, 1);
        session.execute_statement(
            "INSERT INTO fan_in_children (fan_in, ordinal, child, record, failed)
             VALUES (?1, ?2, ?3, ?4, ?5)",
            params![fan_in, ordinal, child.as_u32(), record_number_to_sql(end.record), end.failed],
        )?;
        session.record_change(StoreChange::ChildEnded(key.clone(), child, end));
    }
    Ok(Some(update))
}

pub(super) fn close_fan_in(
    session: &mut WriteSession<'_>,
    key: &RecordKey,
) -> rusqlite::Result<()> {
    let existing = working_fan_in(session, key)?.is_some();
    if !existing && insert_fan_in(session, key, FanIn::with_children(0, 0), (0, 0))?.is_none() {
        return Ok(());
    }
    let Some(working) = working_fan_in(session, key)? else { return Ok(()) };
    working.fan_in.close();
    let id = working.id;
    session
        .execute_statement("UPDATE fan_ins SET closed = 1 WHERE id = ?1 AND closed = 0", [id])?;
    session.record_change(StoreChange::FanInClosed(key.clone()));
    Ok(())
}

/// Returns none if the execution is gone.
fn insert_fan_in<'s>(
    session: &'s mut WriteSession<'_>,
    key: &RecordKey,
    fan_in: FanIn,
    (children, concurrency): (u32, u32),
) -> rusqlite::Result<Option<&'s mut WorkingFanIn>> {
    let Some(execution) = session.execution_row_id(&key.execution)? else { return Ok(None) };
    session.execute_statement(
        "INSERT INTO fan_ins (execution, frame, number, children, concurrency, closed)
         VALUES (?1, ?2, ?3, ?4, ?5, 0)",
        params![
            execution,
            key.frame.to_string(),
            record_number_to_sql(key.number),
            children,
            concurrency
        ],
    )?;
    let id = session.connection.last_insert_rowid();
    session.record_change(StoreChange::FanInOpened(key.clone(), fan_in.clone()));
    session.state.fan_ins.insert(
        key.clone(),
        WorkingFanIn { id, ended: 0, fan_in },
        fan_in_weight(0),
    );
    Ok(session.state.fan_ins.get_mut(key))
}

/// Returns the fan-in as the running transaction sees it; none if it was not opened.
fn working_fan_in<'s>(
    session: &'s mut WriteSession<'_>,
    key: &RecordKey,
) -> rusqlite::Result<Option<&'s mut WorkingFanIn>> {
    if session.state.fan_ins.get_mut(key).is_none()
        && let Some(restored) = restore_fan_in(session.connection, key)?
    {
        let weight = fan_in_weight(restored.ended);
        session.state.fan_ins.insert(key.clone(), restored, weight);
    }
    Ok(session.state.fan_ins.get_mut(key))
}

/// Restores a fan-in by ending its children again. A single statement reads it, so all rows come
/// from one state of the database.
fn restore_fan_in(
    connection: &Connection,
    key: &RecordKey,
) -> rusqlite::Result<Option<WorkingFanIn>> {
    let (machine, name) = key.execution.names();
    let mut statement = connection.prepare_cached(
        "SELECT f.id, f.children, f.concurrency, f.closed, c.child, c.record, c.failed
         FROM machines m
         JOIN executions e ON e.machine = m.id
         JOIN fan_ins f ON f.execution = e.id
         LEFT JOIN fan_in_children c ON c.fan_in = f.id
         WHERE m.name = ?1 AND e.name = ?2 AND f.frame = ?3 AND f.number = ?4
         ORDER BY c.ordinal",
    )?;
    let frame = key.frame.to_string();
    let mut rows =
        statement.query(params![machine, name, frame, record_number_to_sql(key.number)])?;
    let Some(first) = rows.next()? else { return Ok(None) };
    let mut fan_in = FanIn::with_children(first.get(1)?, first.get(2)?);
    let (id, closed) = (first.get(0)?, first.get(3)?);
    let mut ended = 0;
    let mut row = Some(first);
    while let Some(child) = row {
        if let Some(index) = child.get::<_, Option<u32>>(4)? {
            let record: RecordNumber = record_number_from_row(child, 5)?;
            fan_in.end_child(ChildIndex::new(index), ChildEnd { record, failed: child.get(6)? });
            ended += 1;
        }
        row = rows.next()?;
    }
    if closed {
        fan_in.close();
    }
    Ok(Some(WorkingFanIn { id, ended, fan_in }))
}
