//! Handles "a worker takes the activity task of that secret": the task starts, if it still waits for a
//! worker.

use engine::Stimulus;
use model::{RecordKey, TaskSecret};

use super::{
    advance_and_append::advance_and_append, redelivery::settle_without_effect,
    step_outcome::StepOutcome,
};
use crate::{
    EngineContext, Fault,
    frames::{CallPermission, KeyedRecord, RecordSlot},
    ports::{LogHead, MessageDelivery},
    roles::StepRole,
};

/// Appends the start of an activity's task to its frame's log, if the frame still offers it. Of
/// several messages for one task, one appends; the record says which.
pub(super) async fn start_activity_task<P: StepRole>(
    ports: &P,
    context: &EngineContext,
    delivery: &MessageDelivery,
    secret: TaskSecret,
    worker_name: Option<String>,
) -> Result<StepOutcome, Fault> {
    let message = &delivery.message;
    let head = ports.load_head(&message.execution, &message.frame).await?;
    let Some(LogHead { number, record, .. }) = head else { return Ok(StepOutcome::ACKNOWLEDGE) };
    let (execution, frame) = (message.execution.clone(), message.frame.clone());
    let head = KeyedRecord { key: RecordKey { execution, frame, number }, record };
    let offered = head.record.frame.offered_task();
    let is_offered = offered.is_some_and(|offered| {
        let is_over = offered.deadline.is_some_and(|deadline| ports.now() >= deadline);
        offered.secret == secret && !is_over
    });
    if !is_offered {
        return Ok(settle_without_effect(delivery, &head.record));
    }
    let slot = RecordSlot::after(&head, message.kind.written_by());
    let stimulus = Stimulus::ActivityTaskTaken { worker_name };
    let permission = CallPermission::MayNotCall;
    let outcome = advance_and_append(ports, context, &head, slot, stimulus, permission).await?;
    Ok(outcome.unwrap_or(StepOutcome::ACKNOWLEDGE))
}
