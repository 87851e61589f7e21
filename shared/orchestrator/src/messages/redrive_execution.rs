//! Handles "the execution is redriven", the message of `RedriveExecution`.
//!
//! ```text
//! root ended ──append ExecutionRedriven──▶ marked as running ──▶ its next action
//! ```

mod earlier_child;
mod unfinished_frame;

use std::sync::Arc;

use model::{ExecutionFacts, RecordKey, RedriveDetails};

use super::{redelivery::settle_without_effect, step_outcome::StepOutcome};
use crate::{
    EngineContext, Fault,
    frames::{
        CausalClock, KeyedRecord, RecordSlot, act_on_record, append_transition, reopen_own_redrive,
    },
    ports::{HANDLED_BY_SENDER, LogHead, MessageDelivery},
    roles::StepRole,
};

use unfinished_frame::find_unfinished;

pub(super) use earlier_child::{EarlierChild, find_earlier_child};

/// Appends `ExecutionRedriven` to the root's log, if it has ended and was not redriven since.
pub(super) async fn redrive_root<P: StepRole>(
    ports: &P,
    context: &EngineContext,
    delivery: &MessageDelivery,
    redriven: &RedriveDetails,
) -> Result<StepOutcome, Fault> {
    let message = &delivery.message;
    let head = ports.load_head(&message.execution, &message.frame).await?;
    let Some(LogHead { number, record, .. }) = head else { return Ok(StepOutcome::ACKNOWLEDGE) };
    let (execution, frame) = (message.execution.clone(), message.frame.clone());
    let end = KeyedRecord { key: RecordKey { execution, frame, number }, record };
    let facts = &end.record.facts;
    if end.record.frame.outcome().is_none() || facts.redrive_count() + 1 != redriven.count {
        // The caller is to see it running, also if the queue's delivery was faster.
        if delivery.receive_count == HANDLED_BY_SENDER {
            reopen_own_redrive(ports, message, &end).await?;
        }
        return Ok(settle_without_effect(delivery, &end.record));
    }
    let Some(unfinished) = find_unfinished(ports, &end).await? else {
        return Ok(StepOutcome::ACKNOWLEDGE);
    };
    let transition = engine::redrive_execution(unfinished.resumable(), &end.record.frame, redriven);
    let slot = RecordSlot {
        facts: Arc::new(ExecutionFacts {
            last_redrive: Some(redriven.clone()),
            ..(**facts).clone()
        }),
        ..RecordSlot::after(&end, message.kind.written_by())
    };
    let slot = slot.caused_by(CausalClock { at: redriven.requested_at, clock: 0 });
    match append_transition(ports, slot, Some(&end.record.frame), transition).await? {
        Some(redriven) => {
            act_on_record(ports, context, &redriven).await?;
            Ok(StepOutcome::ACKNOWLEDGE)
        }
        None => Ok(StepOutcome::REDELIVER),
    }
}
