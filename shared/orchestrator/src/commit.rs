//! Appending a transition to the log.

use std::sync::Arc;

use asl::Definition;
use engine::Transition;
use model::{ExecutionFacts, ExecutionId, Frame, Payload, Record, RecordKey, Timestamp, WrittenBy};

use crate::{
    Fault,
    ports::{AppendOutcome, Clock, ExecutionStore, RecordLog},
};

/// The latest of the records that a new one follows: its clocks grow along cause and effect.
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

/// Compare-and-append of the record that a transition makes.
pub(crate) async fn append_transition<P>(
    ports: &P,
    key: &RecordKey,
    written_by: WrittenBy,
    facts: &Arc<ExecutionFacts>,
    before: Option<&Frame>,
    transition: Transition,
    causes: CausalClock,
) -> Result<AppendOutcome, Fault>
where
    P: RecordLog + Clock,
{
    let record = Record {
        written_by: written_by,
        written_at: ports.now().max(causes.at),
        logical_clock: causes.clock + 1,
        facts: Arc::clone(facts),
        frame: transition.frame,
        events: transition.events,
    };
    ports.append_record(key, record.with_shared_payloads(before)).await
}

/// The execution's input, loaded only where the definition reads it.
pub(crate) async fn execution_input(
    ports: &impl ExecutionStore,
    definition: &Definition,
    execution: &ExecutionId,
) -> Result<Option<Payload>, Fault> {
    if !definition.reads_execution_input {
        return Ok(None);
    }
    let loaded = ports.load_execution(execution).await?;
    Ok(loaded.map(|execution| execution.input.clone()))
}
