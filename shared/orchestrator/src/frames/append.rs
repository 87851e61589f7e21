//! Appends the record of a transition to a frame's log.

use std::sync::Arc;

use engine::Transition;
use model::{ExecutionFacts, Frame, Record, RecordKey, Timestamp, WrittenBy};
use tracing::debug;

use super::{keyed_record::KeyedRecord, pending_transitions::PendingTransitions};
use crate::{
    Fault,
    ports::{AppendOutcome, Clock, ExecutionObserver, RecordLog},
};

/// The latest time and the largest logical clock of the records that cause another one. That one
/// is written no earlier and has a larger logical clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CausalClock {
    pub(crate) at: Timestamp,
    pub(crate) clock: u64,
}

impl CausalClock {
    pub(crate) const fn of_record(record: &Record) -> Self {
        Self { at: record.written_at, clock: record.logical_clock }
    }

    pub(crate) fn latest(self, other: Self) -> Self {
        Self { at: self.at.max(other.at), clock: self.clock.max(other.clock) }
    }
}

/// Where a record goes, and what it takes over from the records before it.
#[derive(Debug)]
pub(crate) struct RecordSlot {
    pub(crate) key: RecordKey,
    pub(crate) written_by: WrittenBy,
    pub(crate) facts: Arc<ExecutionFacts>,
    pub(crate) causes: CausalClock,
}

impl RecordSlot {
    /// The slot after a frame's head.
    pub(crate) fn after(head: &KeyedRecord, written_by: WrittenBy) -> Self {
        let KeyedRecord { key, record } = head;
        Self {
            key: RecordKey { number: key.number.next_number(), ..key.clone() },
            written_by,
            facts: Arc::clone(&record.facts),
            causes: CausalClock::of_record(record),
        }
    }

    /// Returns the same slot for a record that these records cause, too.
    pub(crate) fn caused_by(self, causes: CausalClock) -> Self {
        Self { causes: self.causes.latest(causes), ..self }
    }
}

/// Appends the record of a single transition, made at the present time. `before` is the frame before
/// it; none if the transition begins the frame. Returns none if another record has its number.
pub(crate) async fn append_transition<P>(
    ports: &P,
    slot: RecordSlot,
    before: Option<&Frame>,
    transition: Transition,
) -> Result<Option<KeyedRecord>, Fault>
where
    P: RecordLog + ExecutionObserver + Clock,
{
    let at = ports.now().max(slot.causes.at);
    let transitions = PendingTransitions::new(before, transition, at);
    append_transitions(ports, slot, transitions).await
}

/// Appends the one record of a delivery's transitions. Returns none if another record has its
/// number.
pub(crate) async fn append_transitions<P>(
    ports: &P,
    slot: RecordSlot,
    transitions: PendingTransitions,
) -> Result<Option<KeyedRecord>, Fault>
where
    P: RecordLog + ExecutionObserver + Clock,
{
    let RecordSlot { key, written_by, facts, causes } = slot;
    let written_at = ports.now().max(causes.at).max(transitions.last_at());
    let (frame, events, left) = transitions.into_record_parts(written_at);
    let logical_clock = causes.clock + 1;
    let record = Record { written_by, written_at, logical_clock, facts, frame, events, left };
    match ports.append_record(&key, record).await? {
        AppendOutcome::Done(record) => {
            debug!(execution = %key.execution, frame = %key.frame, record = %key.number,
                state = %record.frame.state, "a record is durable");
            ports.record_appended(&key, &record);
            Ok(Some(KeyedRecord { key, record }))
        }
        AppendOutcome::Lost => Ok(None),
    }
}
