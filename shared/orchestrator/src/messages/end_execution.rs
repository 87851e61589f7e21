//! Ends an execution from outside its states: it was stopped, has timed out, or is given up.

use model::{MessageKind, QueueMessage, RecordKey};

use super::{
    start_execution::settle_without_record,
    step_outcome::{Disposition, StepOutcome},
};
use crate::{
    EngineContext, Fault,
    frames::{KeyedRecord, RecordSlot, act_on_own_head, act_on_record, append_transition},
    ports::{Clock, LogHead},
    roles::StepRole,
};

/// Appends the end to the root's log, whatever its head is. Like any append it can lose against a
/// step; then it tries again.
pub(super) async fn end_execution<P: StepRole>(
    ports: &P,
    context: &EngineContext,
    message: &QueueMessage,
) -> Result<StepOutcome, Fault> {
    /// The number of appends that may lose before the message is left to be redelivered.
    const ATTEMPTS_MAX: u32 = 16;
    for _ in 0..ATTEMPTS_MAX {
        let head = ports.load_head(&message.execution, &message.frame).await?;
        let Some(LogHead { number, record, .. }) = head else {
            return Ok(StepOutcome::Settled(settle_without_execution(ports, &message.kind)));
        };
        let (execution, frame) = (message.execution.clone(), message.frame.clone());
        let head = KeyedRecord { key: RecordKey { execution, frame, number }, record };
        let frame = &head.record.frame;
        let now = head.record.facts.redrive_count();
        let transition = match &message.kind {
            MessageKind::StopExecution { failure, redrives } if *redrives == now => {
                engine::abort_execution(frame, failure.clone())
            }
            MessageKind::TimeOutExecution { started_at, redrives }
                if *redrives == now && *started_at == head.record.facts.started_at =>
            {
                engine::time_out_execution(frame)
            }
            MessageKind::FailExecution { reason, redrives } if *redrives == now => {
                engine::fail_execution(frame, reason)
            }
            // Sent before a redrive, or by another start of the same name.
            MessageKind::StopExecution { .. }
            | MessageKind::TimeOutExecution { .. }
            | MessageKind::FailExecution { .. }
            // Handled elsewhere.
            | MessageKind::StartFrame(_)
            | MessageKind::AdvanceFrame(_)
            | MessageKind::StartExecution { .. }
            | MessageKind::CompleteTask { .. }
            | MessageKind::StartActivityTask { .. }
            | MessageKind::RedriveExecution(_)
            | MessageKind::CancelJob(_)
            | MessageKind::LogExecution { .. }
            | MessageKind::RunExpressExecution(_) => None,
        };
        let Some(transition) = transition else {
            act_on_own_head(ports, context, message, &head).await?;
            return Ok(StepOutcome::ACKNOWLEDGE);
        };
        let slot = RecordSlot::after(&head, message.kind.written_by());
        if let Some(end) = append_transition(ports, slot, Some(frame), transition).await? {
            act_on_record(ports, context, &end).await?;
            return Ok(StepOutcome::ACKNOWLEDGE);
        }
    }
    Ok(StepOutcome::REDELIVER)
}

/// Settles a message whose execution is not there: it was deleted, or its start has not written it
/// yet.
fn settle_without_execution(clock: &impl Clock, kind: &MessageKind) -> Disposition {
    match kind {
        MessageKind::TimeOutExecution { started_at, .. } => {
            settle_without_record(clock, *started_at)
        }
        MessageKind::StartFrame(_)
        | MessageKind::AdvanceFrame(_)
        | MessageKind::StartExecution { .. }
        | MessageKind::StopExecution { .. }
        | MessageKind::FailExecution { .. }
        | MessageKind::CompleteTask { .. }
        | MessageKind::StartActivityTask { .. }
        | MessageKind::RedriveExecution(_)
        | MessageKind::CancelJob(_)
        | MessageKind::LogExecution { .. }
        | MessageKind::RunExpressExecution(_) => Disposition::Acknowledge,
    }
}
