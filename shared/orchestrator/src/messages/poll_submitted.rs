//! Polls a task that waits for its answer from elsewhere: whether it has timed out, and whether its
//! job has ended without a report.

use model::{FramePhase, TaskJob, Timestamp, limits::JOB_POLL_MILLISECONDS_MAX};

use crate::{
    EngineContext, Fault,
    frames::KeyedRecord,
    integrations::job_outcome,
    ports::{CallOutcome, Clock, ExecutionStore, RecordLog},
};

/// The result of a poll.
pub(super) enum PollOutcome {
    /// The task is over, with this outcome.
    Answered(CallOutcome),
    /// The task still waits; the next poll is at this time.
    Waits(Timestamp),
    /// Another message has advanced the frame.
    AppendLost,
}

/// Polls a submitted task.
///
/// Spec: ASL § Task State, `TimeoutSeconds`, `HeartbeatSeconds`.
pub(super) async fn poll_submitted_task<P>(
    ports: &P,
    context: &EngineContext,
    submitted: &KeyedRecord,
) -> Result<PollOutcome, Fault>
where
    P: RecordLog + ExecutionStore + Clock + Sync,
{
    let KeyedRecord { key, record } = submitted;
    let FramePhase::Submitted { deadline, heartbeat_seconds, job, .. } = &record.frame.phase else {
        return Ok(PollOutcome::AppendLost);
    };
    let head = ports.load_head(&key.execution, &key.frame).await?;
    let Some(head) = head.filter(|head| head.number == key.number) else {
        return Ok(PollOutcome::AppendLost);
    };
    let now = ports.now();
    let dies_at = heartbeat_seconds.map(|_| head.lease);
    let ends_at = [*deadline, dies_at].into_iter().flatten().min();
    if let Some(job) = job
        && let Some(outcome) = job_outcome(ports, context, job).await?
    {
        return Ok(PollOutcome::Answered(outcome));
    }
    if ends_at.is_some_and(|at| now >= at) {
        return Ok(PollOutcome::Answered(CallOutcome::TimedOut));
    }
    let age = now.as_milliseconds().saturating_sub(record.written_at.as_milliseconds());
    let next_poll = job.as_ref().and_then(TaskJob::poll_milliseconds);
    let next_poll = next_poll.map(|(min, max)| now.plus_milliseconds(age.clamp(min, max)));
    let next = [ends_at, next_poll].into_iter().flatten().min();
    Ok(PollOutcome::Waits(next.unwrap_or_else(|| now.plus_milliseconds(JOB_POLL_MILLISECONDS_MAX))))
}
