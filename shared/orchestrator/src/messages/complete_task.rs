//! Handles "the task attempt of that secret is over": the holder of a task token has answered, or a
//! job has ended.

use engine::Stimulus;
use model::{QueueMessage, RecordKey, TaskCompletion, TaskSecret};

use super::step_outcome::StepOutcome;
use crate::{
    EngineContext, Fault,
    frames::{
        Appended, CausalClock, KeyedRecord, RecordSlot, act_on_own_head, append_and_act,
        run_engine_step,
    },
    integrations::job_outcome,
    ports::{CallOutcome, LogHead},
    roles::StepRole,
};

/// Appends a task's answer to its frame's log, if the frame still waits for it.
pub(super) async fn complete_task<P: StepRole>(
    ports: &P,
    context: &EngineContext,
    message: &QueueMessage,
    secret: TaskSecret,
    completion: &TaskCompletion,
) -> Result<StepOutcome, Fault> {
    let head = ports.load_head(&message.execution, &message.frame).await?;
    let Some(LogHead { number, record, .. }) = head else { return Ok(StepOutcome::ACKNOWLEDGE) };
    let (execution, frame) = (message.execution.clone(), message.frame.clone());
    let head = KeyedRecord { key: RecordKey { execution, frame, number }, record };
    if head.record.frame.task_secret() != Some(secret) {
        act_on_own_head(ports, context, message, &head).await?;
        return Ok(StepOutcome::ACKNOWLEDGE);
    }
    let outcome = match (completion, head.record.frame.awaited_job()) {
        (TaskCompletion::Succeeded(output), _) => CallOutcome::Succeeded(output.clone()),
        (TaskCompletion::Failed(failure), _) => CallOutcome::Failed(failure.clone()),
        (TaskCompletion::ExecutionEnded, Some(job)) => {
            match job_outcome(ports, context, job).await? {
                Some(outcome) => outcome,
                // It has been redriven since. Its next end will be reported, too.
                None => return Ok(StepOutcome::ACKNOWLEDGE),
            }
        }
        // The start of the execution is not recorded yet, though it has ended. It soon will be.
        (TaskCompletion::ExecutionEnded, None) => return Ok(StepOutcome::REDELIVER),
    };
    let causes = CausalClock::of_record(&head.record);
    let stimulus = Stimulus::TaskCompleted(outcome);
    let step = run_engine_step(ports, context, &head, stimulus, causes).await?;
    let Some(transition) = step else { return Ok(StepOutcome::ACKNOWLEDGE) };
    let slot = RecordSlot::after(&head, message.kind.written_by());
    match append_and_act(ports, context, slot, transition).await? {
        Appended::Done => Ok(StepOutcome::ACKNOWLEDGE),
        Appended::Claimed(claim) => Ok(StepOutcome::Claimed(claim)),
        Appended::Lost => Ok(StepOutcome::REDELIVER),
    }
}
