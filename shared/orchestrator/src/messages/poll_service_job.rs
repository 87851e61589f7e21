//! Asks a service for the state of the job that a task waits for.
//!
//! Spec: Developer Guide, "Service integration patterns" § Run a job.

use engine::Stimulus;
use model::{FramePhase, MessageKind, QueueMessage, TaskJob, Timestamp};

use super::{
    advance_and_append::advance_and_append,
    advance_frame::resend_at,
    claimed_call::FurtherCalls,
    service_job::{answered_in_time, origin},
    step_outcome::StepOutcome,
};
use crate::{
    EngineContext, Fault,
    frames::{KeyedRecord, RecordSlot, cancel_awaited_job},
    ports::{CallOutcome, Clock},
    roles::TaskRole,
};

/// Asks for the state of the job that the head waits for. Completes the task if the job has ended,
/// or the task's time; otherwise asks again later.
pub(super) async fn poll_job<P: TaskRole>(
    ports: &P,
    context: &EngineContext,
    message: &QueueMessage,
    head: KeyedRecord,
    further_calls: FurtherCalls,
) -> Result<StepOutcome, Fault> {
    let (key, record) = (&head.key, &head.record);
    let FramePhase::Submitted { job: Some(awaited @ TaskJob::Service(job)), deadline, .. } =
        &record.frame.phase
    else {
        return Ok(StepOutcome::ACKNOWLEDGE);
    };
    let latest = ports.load_head(&key.execution, &key.frame).await?;
    if latest.is_none_or(|latest| latest.number != key.number) {
        // Whoever has advanced it may have died before it acted, which a redelivery finds out.
        return Ok(StepOutcome::REDELIVER);
    }
    let describing = ports.describe_job(job, origin(context, &head, job));
    let described = answered_in_time(ports, describing).await.flatten();
    if let MessageKind::CompleteTask { .. } = message.kind {
        // The service has told of the job, and a poll of the record finds its end at once. What tells
        // writes nothing itself: whoever writes must come again until it has acted, and one of its
        // copies may have found the job running, and be gone.
        return resend_at(ports, &head, described.map(|_| ports.now())).await;
    }
    let outcome = match described {
        Some(outcome) => outcome,
        None if deadline.is_some_and(|deadline| ports.now() >= deadline) => CallOutcome::TimedOut,
        None => return resend_at(ports, &head, Some(next_poll(ports, &head, awaited))).await,
    };
    let stimulus = Stimulus::TaskCompleted(outcome.clone());
    let slot = RecordSlot::after(&head, message.kind.written_by());
    let permission = further_calls.permission(ports);
    let appended = advance_and_append(ports, context, &head, slot, stimulus, permission).await?;
    let Some(appended) = appended else { return Ok(StepOutcome::ACKNOWLEDGE) };
    if matches!(outcome, CallOutcome::TimedOut) && !appended.did_nothing() {
        cancel_awaited_job(ports, &context.settings.account_region, &head).await?;
    }
    Ok(appended)
}

/// When to ask again: after as long as the task has waited, within bounds, and at its deadline.
fn next_poll(clock: &impl Clock, head: &KeyedRecord, job: &TaskJob) -> Timestamp {
    let now = clock.now();
    let written_at = head.record.written_at.as_milliseconds();
    let age = now.as_milliseconds().saturating_sub(written_at);
    let pause = job.poll_milliseconds().map(|(minimum, maximum)| age.clamp(minimum, maximum));
    let next = now.plus_milliseconds(pause.unwrap_or_default());
    match head.record.frame.phase {
        FramePhase::Submitted { deadline: Some(deadline), .. } => next.min(deadline),
        _ => next,
    }
}
