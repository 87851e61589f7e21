//! Fans: [`Fan`] decides in the writer's thread; each ended child is a row of its own.
//!
//! Invariant: a fan is its opening, its rows ended again in their order, and whether it was closed;
//! so what is read back is what [`Fan`] had (`tests::a_fan_does_what_the_model_does`).

use std::sync::Arc;

use model::{ChildEnd, ChildIndex, Fan, FanUpdate, RecordKey, RecordNumber};
use orchestrator::{Fault, ports::Fans};
use rusqlite::{Connection, params};

use super::{
    Store,
    caches::{Change, fan_weight},
    error::Error,
    log::{number_in, number_of},
    session::{Session, WorkingFan, names_of},
};

impl Fans for Store {
    async fn open(&self, key: &RecordKey, children: u32, concurrency: u32) -> Result<Fan, Fault> {
        let wanted = key.clone();
        let fan =
            self.write(0, move |session| open(session, &wanted, children, concurrency)).await?;
        Ok(fan.ok_or_else(|| Error::broken(key.execution.as_str(), "there is no such execution"))?)
    }

    async fn end_child(
        &self,
        key: &RecordKey,
        child: ChildIndex,
        end: ChildEnd,
    ) -> Result<Option<FanUpdate>, Fault> {
        let key = key.clone();
        self.write(0, move |session| end_child(session, &key, child, end)).await
    }

    async fn fan(&self, key: &RecordKey) -> Result<Option<Arc<Fan>>, Fault> {
        self.shared_fan(key).await
    }

    async fn all_open(&self, keys: &[RecordKey]) -> Result<bool, Fault> {
        for key in keys {
            if self.shared_fan(key).await?.is_some_and(|fan| !fan.is_open()) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Closing a fan of an execution that is gone does nothing.
    async fn close(&self, key: &RecordKey) -> Result<(), Fault> {
        let key = key.clone();
        self.write(0, move |session| close(session, &key)).await
    }
}

impl Store {
    async fn shared_fan(&self, key: &RecordKey) -> Result<Option<Arc<Fan>>, Fault> {
        let fans = &self.caches().fans;
        if let Some(fan) = fans.get(key) {
            return Ok(Some(fan));
        }
        let ticket = fans.ticket(key);
        let wanted = key.clone();
        let found = self.read(move |connection| Ok(restored(connection, &wanted)?)).await?;
        Ok(found.map(|found| {
            let (fan, weight) = (Arc::new(found.fan), fan_weight(found.ended));
            fans.offer(ticket, key.clone(), Arc::clone(&fan), weight);
            fan
        }))
    }
}

fn open(
    session: &mut Session<'_>,
    key: &RecordKey,
    children: u32,
    concurrency: u32,
) -> rusqlite::Result<Option<Fan>> {
    if let Some(working) = working(session, key)? {
        return Ok(Some(working.fan.clone()));
    }
    let fan = Fan::open(children, concurrency);
    let opened = insert(session, key, fan, (children, concurrency))?;
    Ok(opened.map(|working| working.fan.clone()))
}

pub(super) fn end_child(
    session: &mut Session<'_>,
    key: &RecordKey,
    child: ChildIndex,
    end: ChildEnd,
) -> rusqlite::Result<Option<FanUpdate>> {
    let Some(working) = working(session, key)? else { return Ok(None) };
    let update = working.fan.end_child(child, end);
    if update.first {
        let (fan, ordinal) = (working.id, working.ended);
        working.ended += 1;
        session.state.fans.grow(key, 1);
        session.execute(
            "INSERT INTO fan_children (fan, ordinal, child, record, failed)
             VALUES (?1, ?2, ?3, ?4, ?5)",
            params![fan, ordinal, child.get(), number_in(end.record), end.failed],
        )?;
        session.changed(Change::ChildEnded(key.clone(), child, end));
    }
    Ok(Some(update))
}

pub(super) fn close(session: &mut Session<'_>, key: &RecordKey) -> rusqlite::Result<()> {
    let existing = working(session, key)?.is_some();
    if !existing && insert(session, key, Fan::open(0, 0), (0, 0))?.is_none() {
        return Ok(());
    }
    let Some(working) = working(session, key)? else { return Ok(()) };
    working.fan.close();
    let id = working.id;
    session.execute("UPDATE fans SET closed = 1 WHERE id = ?1 AND closed = 0", [id])?;
    session.changed(Change::FanClosed(key.clone()));
    Ok(())
}

/// None if the execution is gone.
fn insert<'s>(
    session: &'s mut Session<'_>,
    key: &RecordKey,
    fan: Fan,
    (children, concurrency): (u32, u32),
) -> rusqlite::Result<Option<&'s mut WorkingFan>> {
    let Some(execution) = session.execution(&key.execution)? else { return Ok(None) };
    session.execute(
        "INSERT INTO fans (execution, frame, number, children, concurrency, closed)
         VALUES (?1, ?2, ?3, ?4, ?5, 0)",
        params![execution, key.frame.to_string(), number_in(key.number), children, concurrency],
    )?;
    let id = session.connection.last_insert_rowid();
    session.changed(Change::FanOpened(key.clone(), fan.clone()));
    session.state.fans.put(key.clone(), WorkingFan { id, ended: 0, fan }, fan_weight(0));
    Ok(session.state.fans.get_mut(key))
}

/// The fan as the running transaction sees it.
fn working<'s>(
    session: &'s mut Session<'_>,
    key: &RecordKey,
) -> rusqlite::Result<Option<&'s mut WorkingFan>> {
    if session.state.fans.get_mut(key).is_none()
        && let Some(restored) = restored(session.connection, key)?
    {
        let weight = fan_weight(restored.ended);
        session.state.fans.put(key.clone(), restored, weight);
    }
    Ok(session.state.fans.get_mut(key))
}

/// Opens the fan and ends its children again; one statement, so one state of the database.
fn restored(connection: &Connection, key: &RecordKey) -> rusqlite::Result<Option<WorkingFan>> {
    let (machine, name) = names_of(&key.execution);
    let mut statement = connection.prepare_cached(
        "SELECT f.id, f.children, f.concurrency, f.closed, c.child, c.record, c.failed
         FROM machines m
         JOIN executions e ON e.machine = m.id
         JOIN fans f ON f.execution = e.id
         LEFT JOIN fan_children c ON c.fan = f.id
         WHERE m.name = ?1 AND e.name = ?2 AND f.frame = ?3 AND f.number = ?4
         ORDER BY c.ordinal",
    )?;
    let frame = key.frame.to_string();
    let mut rows = statement.query(params![machine, name, frame, number_in(key.number)])?;
    let Some(first) = rows.next()? else { return Ok(None) };
    let mut fan = Fan::open(first.get(1)?, first.get(2)?);
    let (id, closed) = (first.get(0)?, first.get(3)?);
    let mut ended = 0;
    let mut row = Some(first);
    while let Some(child) = row {
        if let Some(index) = child.get::<_, Option<u32>>(4)? {
            let record: RecordNumber = number_of(child, 5)?;
            fan.end_child(ChildIndex::new(index), ChildEnd { record, failed: child.get(6)? });
            ended += 1;
        }
        row = rows.next()?;
    }
    if closed {
        fan.close();
    }
    Ok(Some(WorkingFan { id, ended, fan }))
}
