//! Handles "the task attempt of that secret is over": the holder of a task token has answered, or a
//! job has ended.

use engine::Stimulus;
use model::{RecordKey, TaskCompletion, TaskJob, TaskSecret};

use super::{
    advance_and_append::advance_and_append, redelivery::settle_without_effect,
    step_outcome::StepOutcome,
};
use crate::{
    EngineContext, Fault,
    frames::{CallPermission, KeyedRecord, RecordSlot},
    integrations::job_outcome,
    ports::{CallOutcome, LogHead, MessageDelivery},
    roles::StepRole,
};

/// Appends a task's answer to its frame's log, if the frame still waits for it.
pub(super) async fn complete_task<P: StepRole>(
    ports: &P,
    context: &EngineContext,
    delivery: &MessageDelivery,
    secret: TaskSecret,
    completion: &TaskCompletion,
    permission: CallPermission,
) -> Result<StepOutcome, Fault> {
    let message = &delivery.message;
    let head = ports.load_head(&message.execution, &message.frame).await?;
    let Some(LogHead { number, record, .. }) = head else { return Ok(StepOutcome::ACKNOWLEDGE) };
    let (execution, frame) = (message.execution.clone(), message.frame.clone());
    let head = KeyedRecord { key: RecordKey { execution, frame, number }, record };
    if head.record.frame.task_secret() != Some(secret) {
        return Ok(settle_without_effect(delivery, &head.record));
    }
    let outcome = match (completion, head.record.frame.awaited_job()) {
        (TaskCompletion::Succeeded(_, output), _) => CallOutcome::Succeeded(output.clone()),
        (TaskCompletion::Failed(_, failure), _) => CallOutcome::Failed(failure.clone()),
        (TaskCompletion::ExecutionEnded, Some(job)) => {
            match job_outcome(ports, context, job).await? {
                Some(outcome) => outcome,
                // It has been redriven since. Its next end will be reported, too.
                None => return Ok(StepOutcome::ACKNOWLEDGE),
            }
        }
        (TaskCompletion::JobChanged, Some(TaskJob::Service(_))) => {
            return Ok(StepOutcome::AwaitsService(head));
        }
        (TaskCompletion::JobChanged, Some(TaskJob::Execution { .. } | TaskJob::Function(_))) => {
            return Ok(StepOutcome::ACKNOWLEDGE);
        }
        // The start of the execution or job is not recorded yet, though it has ended. It soon will be.
        (TaskCompletion::ExecutionEnded | TaskCompletion::JobChanged, None) => {
            return Ok(StepOutcome::REDELIVER);
        }
    };
    let slot = RecordSlot::after(&head, message.kind.written_by());
    let stimulus = Stimulus::TaskCompleted(outcome);
    let outcome = advance_and_append(ports, context, &head, slot, stimulus, permission).await?;
    Ok(outcome.unwrap_or(StepOutcome::ACKNOWLEDGE))
}
