//! Handles "the execution is redriven", the message of `RedriveExecution`.
//!
//! ```text
//! root ended ──append ExecutionRedriven──▶ marked as running ──▶ its next action
//! ```

mod earlier_child;
mod frame_end_reason;

use std::sync::Arc;

use engine::ResumableFrame;
use model::{ExecutionFacts, ForkRef, QueueMessage, RecordKey, RedriveDetails};

use super::step_outcome::StepOutcome;
use crate::{
    EngineContext, Fault,
    frames::{Appended, CausalClock, KeyedRecord, RecordSlot, act_on_own_head, append_and_act},
    ports::LogHead,
    roles::StepRole,
};

use frame_end_reason::frame_end_reason;

pub(super) use earlier_child::find_earlier_child;

/// Appends `ExecutionRedriven` to the root's log, if it has ended and was not redriven since.
pub(super) async fn redrive_root<P: StepRole>(
    ports: &P,
    context: &EngineContext,
    message: &QueueMessage,
    redriven: &RedriveDetails,
) -> Result<StepOutcome, Fault> {
    let head = ports.load_head(&message.execution, &message.frame).await?;
    let Some(LogHead { number, record, .. }) = head else { return Ok(StepOutcome::ACKNOWLEDGE) };
    let (execution, frame) = (message.execution.clone(), message.frame.clone());
    let end = KeyedRecord { key: RecordKey { execution, frame, number }, record };
    let facts = &end.record.facts;
    if end.record.frame.outcome().is_none() || facts.redrive_count() + 1 != redriven.count {
        act_on_own_head(ports, context, message, &end).await?;
        return Ok(StepOutcome::ACKNOWLEDGE);
    }
    let Some(key) = end.previous_key() else { return Ok(StepOutcome::ACKNOWLEDGE) };
    let Some(record) = ports.load_record(&key).await? else {
        return Ok(StepOutcome::ACKNOWLEDGE);
    };
    let before = KeyedRecord { key, record };
    let fork = ForkRef { frame: before.key.frame.clone(), record: before.key.number };
    let end_reason = frame_end_reason(ports, &before, &end.record).await?;
    let resumable = ResumableFrame { frame: &before.record.frame, fork: &fork, end_reason };
    let transition = engine::redrive_execution(resumable, &end.record.frame, redriven);
    let slot = RecordSlot {
        facts: Arc::new(ExecutionFacts {
            last_redrive: Some(redriven.clone()),
            ..(**facts).clone()
        }),
        ..RecordSlot::after(&end, message.kind.written_by())
    };
    let slot = slot.caused_by(CausalClock { at: redriven.requested_at, clock: 0 });
    match append_and_act(ports, context, slot, transition).await? {
        Appended::Done | Appended::Claimed(_) => Ok(StepOutcome::ACKNOWLEDGE),
        Appended::Lost => Ok(StepOutcome::REDELIVER),
    }
}
