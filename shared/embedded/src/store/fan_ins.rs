//! Gates, slots and buckets: the types of the model decide in the writer thread, and each item is a
//! row of its own.

use std::{ops::Range, sync::Arc};

use model::{
    ChildEnd, ChildIndex, EndedChild, FanInBucket, FanInGate, FanInSlots, ForkShape, RecordKey,
};
use orchestrator::{
    Fault,
    ports::{FanInStore, GateStore},
};
use rusqlite::{Connection, OptionalExtension, params};
use serde::{Serialize, de::DeserializeOwned};

use super::{
    SqliteStore,
    error::{StoreError, UnreadableItem},
    log::record_number_to_sql,
    session::WriteSession,
    store_caches::{StoreChange, gate_weight},
};

/// Loads one item. Parameters 1 and 2 are the names of the machine and the execution.
const LOAD: &str = "
    SELECT i.body FROM machines m
    JOIN executions e ON e.machine = m.id
    JOIN fan_in_items i ON i.execution = e.id
    WHERE m.name = ?1 AND e.name = ?2
        AND i.frame = ?3 AND i.number = ?4 AND i.kind = ?5 AND i.part = ?6";

/// Which item of a fork's fan-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum FanInPart {
    Gate,
    Slots(u32),
    Bucket(u32),
}

impl FanInPart {
    /// The columns `kind` and `part`.
    const fn columns(self) -> (u8, u32) {
        match self {
            Self::Gate => (0, 0),
            Self::Slots(shard) => (1, shard),
            Self::Bucket(bucket) => (2, bucket),
        }
    }
}

/// An item as the running transaction sees it.
#[derive(Clone, Debug)]
pub(super) enum WorkingItem {
    Gate(FanInGate),
    Slots(FanInSlots),
    Bucket(FanInBucket),
}

impl GateStore for SqliteStore {
    async fn open_gate(&self, fork: &RecordKey, shape: &ForkShape) -> Result<FanInGate, Fault> {
        let (key, shape) = (fork.clone(), *shape);
        let open = move |session: &mut WriteSession<'_>| open_gate(session, &key, shape);
        Ok(self.run_command(0, open).await?.ok_or_else(|| missing_execution(fork))?)
    }

    async fn add_failed_child(
        &self,
        fork: &RecordKey,
        failed: EndedChild,
    ) -> Result<Option<FanInGate>, Fault> {
        let key = fork.clone();
        self.run_command(0, move |session| {
            change_gate(session, &key, |gate| gate.add_failed_child(failed))
        })
        .await
    }

    async fn add_full_bucket(
        &self,
        fork: &RecordKey,
        bucket: u32,
        events: u64,
    ) -> Result<Option<FanInGate>, Fault> {
        let key = fork.clone();
        self.run_command(0, move |session| {
            change_gate(session, &key, |gate| gate.add_full_bucket(bucket, events))
        })
        .await
    }

    /// Does nothing if the execution is gone.
    async fn close_gate(&self, fork: &RecordKey, shape: &ForkShape) -> Result<(), Fault> {
        let (key, shape) = (fork.clone(), *shape);
        self.run_command(0, move |session| close_gate(session, &key, shape)).await
    }

    async fn load_gate(&self, fork: &RecordKey) -> Result<Option<Arc<FanInGate>>, Fault> {
        let gates = &self.caches().gates;
        if let Some(gate) = gates.get(fork) {
            return Ok(Some(gate));
        }
        let seen_version = gates.shard_version(fork);
        let wanted = fork.clone();
        let found: Option<FanInGate> = self
            .run_query(move |connection| Ok(load_item(connection, &wanted, FanInPart::Gate)?))
            .await?;
        Ok(found.map(|gate| {
            let (weight, gate) = (gate_weight(&gate), Arc::new(gate));
            gates.insert_if_unchanged(seen_version, fork.clone(), Arc::clone(&gate), weight);
            gate
        }))
    }

    async fn are_gates_open(&self, forks: &[RecordKey]) -> Result<bool, Fault> {
        for fork in forks {
            if self.load_gate(fork).await?.is_some_and(|gate| !gate.is_open()) {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

impl FanInStore for SqliteStore {
    async fn open_slots(
        &self,
        fork: &RecordKey,
        shape: &ForkShape,
        shard: u32,
    ) -> Result<FanInSlots, Fault> {
        let (key, shape) = (fork.clone(), *shape);
        let open = move |session: &mut WriteSession<'_>| open_slots(session, &key, shape, shard);
        Ok(self.run_command(0, open).await?.ok_or_else(|| missing_execution(fork))?)
    }

    async fn advance_slot(
        &self,
        fork: &RecordKey,
        shape: &ForkShape,
        slot: u32,
        ended: ChildIndex,
    ) -> Result<Option<ChildIndex>, Fault> {
        let (key, shard) = (fork.clone(), shape.shard_of(slot));
        self.run_command(0, move |session| advance_slot(session, &key, (shard, slot), ended)).await
    }

    async fn load_slots(
        &self,
        fork: &RecordKey,
        _: &ForkShape,
        shards: Range<u32>,
    ) -> Result<Vec<Option<FanInSlots>>, Fault> {
        let key = fork.clone();
        self.run_query(move |connection| {
            let slots = shards.map(|shard| load_item(connection, &key, FanInPart::Slots(shard)));
            Ok(slots.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// Does nothing if the execution is gone.
    async fn add_child_ends(
        &self,
        fork: &RecordKey,
        bucket: u32,
        ends: &[(ChildIndex, ChildEnd)],
        events: u64,
    ) -> Result<FanInBucket, Fault> {
        let (key, ends) = (fork.clone(), ends.to_vec());
        let work = move |session: &mut WriteSession<'_>| {
            add_child_ends(session, &key, bucket, &ends, events)
        };
        self.run_command(0, work).await
    }

    async fn load_buckets(
        &self,
        fork: &RecordKey,
        buckets: Range<u32>,
    ) -> Result<Vec<FanInBucket>, Fault> {
        let key = fork.clone();
        self.run_query(move |connection| {
            let found = buckets
                .map(|bucket| load_item(connection, &key, FanInPart::Bucket(bucket)))
                .map(|bucket| bucket.map(Option::unwrap_or_default));
            Ok(found.collect::<Result<_, _>>()?)
        })
        .await
    }
}

fn missing_execution(fork: &RecordKey) -> StoreError {
    StoreError::broken_entry(fork.execution.as_str(), "there is no such execution")
}

/// Returns none if the execution is gone.
fn open_gate(
    session: &mut WriteSession<'_>,
    fork: &RecordKey,
    shape: ForkShape,
) -> rusqlite::Result<Option<FanInGate>> {
    if let Some(gate) = working_gate(session, fork)? {
        return Ok(Some(gate));
    }
    let gate = FanInGate::of_shape(shape);
    Ok(put_gate(session, fork, &gate)?.then_some(gate))
}

/// Returns none if there is no such gate.
pub(super) fn change_gate(
    session: &mut WriteSession<'_>,
    fork: &RecordKey,
    change: impl FnOnce(&mut FanInGate) -> bool,
) -> rusqlite::Result<Option<FanInGate>> {
    let Some(mut gate) = working_gate(session, fork)? else { return Ok(None) };
    if change(&mut gate) {
        put_gate(session, fork, &gate)?;
    }
    Ok(Some(gate))
}

pub(super) fn close_gate(
    session: &mut WriteSession<'_>,
    fork: &RecordKey,
    shape: ForkShape,
) -> rusqlite::Result<()> {
    if change_gate(session, fork, FanInGate::close)?.is_none() {
        let mut gate = FanInGate::of_shape(shape);
        gate.close();
        put_gate(session, fork, &gate)?;
    }
    Ok(())
}

/// Returns none if the execution is gone.
fn open_slots(
    session: &mut WriteSession<'_>,
    fork: &RecordKey,
    shape: ForkShape,
    shard: u32,
) -> rusqlite::Result<Option<FanInSlots>> {
    if let Some(slots) = working_slots(session, fork, shard)? {
        return Ok(Some(slots));
    }
    let slots = FanInSlots::of_shard(&shape, shard);
    let is_put = put_item(session, fork, FanInPart::Slots(shard), &slots)?;
    if is_put {
        session.state.keep_fan_in(fork, FanInPart::Slots(shard), WorkingItem::Slots(slots.clone()));
    }
    Ok(is_put.then_some(slots))
}

fn advance_slot(
    session: &mut WriteSession<'_>,
    fork: &RecordKey,
    (shard, slot): (u32, u32),
    ended: ChildIndex,
) -> rusqlite::Result<Option<ChildIndex>> {
    let Some(mut slots) = working_slots(session, fork, shard)? else { return Ok(None) };
    let advance = slots.advance_slot(slot, ended);
    if advance.changed {
        put_item(session, fork, FanInPart::Slots(shard), &slots)?;
        session.state.keep_fan_in(fork, FanInPart::Slots(shard), WorkingItem::Slots(slots));
    }
    Ok(advance.starts_child)
}

pub(super) fn add_child_ends(
    session: &mut WriteSession<'_>,
    fork: &RecordKey,
    bucket: u32,
    ends: &[(ChildIndex, ChildEnd)],
    events: u64,
) -> rusqlite::Result<FanInBucket> {
    let part = FanInPart::Bucket(bucket);
    let mut stored = match session.state.fan_in(fork, part) {
        Some(WorkingItem::Bucket(stored)) => stored.clone(),
        Some(WorkingItem::Gate(_) | WorkingItem::Slots(_)) | None => {
            load_item(session.connection, fork, part)?.unwrap_or_default()
        }
    };
    if stored.add_child_ends(ends, events) {
        if !put_item(session, fork, part, &stored)? {
            return Ok(FanInBucket::default());
        }
        session.state.keep_fan_in(fork, part, WorkingItem::Bucket(stored.clone()));
    }
    Ok(stored)
}

/// Returns the gate as the running transaction sees it; none if it was not opened.
fn working_gate(
    session: &mut WriteSession<'_>,
    fork: &RecordKey,
) -> rusqlite::Result<Option<FanInGate>> {
    match session.state.fan_in(fork, FanInPart::Gate) {
        Some(WorkingItem::Gate(gate)) => Ok(Some(gate.clone())),
        Some(WorkingItem::Slots(_) | WorkingItem::Bucket(_)) | None => {
            load_item(session.connection, fork, FanInPart::Gate)
        }
    }
}

/// Returns the slots as the running transaction sees them; none if they were not opened.
fn working_slots(
    session: &mut WriteSession<'_>,
    fork: &RecordKey,
    shard: u32,
) -> rusqlite::Result<Option<FanInSlots>> {
    match session.state.fan_in(fork, FanInPart::Slots(shard)) {
        Some(WorkingItem::Slots(slots)) => Ok(Some(slots.clone())),
        Some(WorkingItem::Gate(_) | WorkingItem::Bucket(_)) | None => {
            load_item(session.connection, fork, FanInPart::Slots(shard))
        }
    }
}

/// Writes a gate for this transaction, and for readers after it. Returns whether the execution is
/// there.
fn put_gate(
    session: &mut WriteSession<'_>,
    fork: &RecordKey,
    gate: &FanInGate,
) -> rusqlite::Result<bool> {
    let is_put = put_item(session, fork, FanInPart::Gate, gate)?;
    if is_put {
        session.state.keep_fan_in(fork, FanInPart::Gate, WorkingItem::Gate(gate.clone()));
        session.record_change(StoreChange::GatePut(fork.clone(), Arc::new(gate.clone())));
    }
    Ok(is_put)
}

/// Writes an item. Returns whether the execution is there.
fn put_item(
    session: &mut WriteSession<'_>,
    fork: &RecordKey,
    part: FanInPart,
    item: &impl Serialize,
) -> rusqlite::Result<bool> {
    let Some(execution) = session.execution_row_id(&fork.execution)? else { return Ok(false) };
    let body = serde_json::to_string(item)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
    let (kind, part) = part.columns();
    let number = record_number_to_sql(fork.number);
    session.execute_statement(
        "INSERT INTO fan_in_items (execution, frame, number, kind, part, body)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT DO UPDATE SET body = excluded.body",
        params![execution, fork.frame.to_string(), number, kind, part, body],
    )?;
    Ok(true)
}

/// Loads an item; none if it was not written.
fn load_item<A: DeserializeOwned>(
    connection: &Connection,
    fork: &RecordKey,
    part: FanInPart,
) -> rusqlite::Result<Option<A>> {
    let (machine, name) = (fork.execution.machine_name(), fork.execution.within_machine());
    let (kind, part) = part.columns();
    let frame = fork.frame.to_string();
    let number = record_number_to_sql(fork.number);
    let mut statement = connection.prepare_cached(LOAD)?;
    let row = statement.query_row(params![machine, name, frame, number, kind, part], |row| {
        let text = row.get_ref(0)?.as_str()?;
        serde_json::from_str(text).map_err(|error| {
            let (of, frame) = (fork.execution.to_string(), &fork.frame);
            let reason = format!("the fan-in of frame '{frame}', record {}: {error}", fork.number);
            UnreadableItem { of, reason }.into()
        })
    });
    row.optional()
}
