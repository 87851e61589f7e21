//! Appending a transition to the log.

use std::sync::Arc;

use asl::Definition;
use engine::Transition;
use model::{ExecutionId, Facts, Frame, Payload, Record, RecordKey, Timestamp, Via};

use crate::{
    Fault,
    ports::{Append, Clock, Executions, Log},
};

/// The latest of the records that a new one follows: its clocks grow along cause and effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Causes {
    pub(crate) at: Timestamp,
    pub(crate) clock: u64,
}

impl Causes {
    pub(crate) const fn of(record: &Record) -> Self {
        Self { at: record.at, clock: record.clock }
    }

    pub(crate) fn and(self, other: Self) -> Self {
        Self { at: self.at.max(other.at), clock: self.clock.max(other.clock) }
    }
}

/// Compare-and-append of the record that a transition makes.
pub(crate) async fn commit<P>(
    ports: &P,
    key: &RecordKey,
    via: Via,
    facts: &Arc<Facts>,
    before: Option<&Frame>,
    transition: Transition,
    causes: Causes,
) -> Result<Append, Fault>
where
    P: Log + Clock,
{
    let record = Record {
        via,
        at: ports.now().max(causes.at),
        clock: causes.clock + 1,
        facts: Arc::clone(facts),
        frame: transition.frame,
        events: transition.events,
    };
    ports.append(key, record.sharing_payloads(before)).await
}

/// The execution's input, loaded only where the definition reads it.
pub(crate) async fn execution_input(
    ports: &impl Executions,
    definition: &Definition,
    execution: &ExecutionId,
) -> Result<Option<Payload>, Fault> {
    if !definition.reads_execution_input {
        return Ok(None);
    }
    let loaded = ports.execution(execution).await?;
    Ok(loaded.map(|execution| execution.input.clone()))
}
