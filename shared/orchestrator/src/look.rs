//! A look at a task that waits for its answer from elsewhere: has it been too long, has its job
//! ended unnoticed?

use model::{
    Phase, Record, RecordKey, Timestamp,
    limits::{JOB_LOOK_MILLISECONDS_MAX, JOB_LOOK_MILLISECONDS_MIN},
};

use crate::{
    Fault, Tools, nested,
    ports::{CallOutcome, Clock, Executions, Log, Machines},
};

/// What there was to see.
pub(crate) enum Look {
    /// The task is over.
    Answered(CallOutcome),
    /// It waits, and is to be looked at again then.
    Waits(Timestamp),
    /// It is over already.
    Overtaken,
}

/// Looks at a task whose record says so.
///
/// Spec: ASL § Task State, `TimeoutSeconds`, `HeartbeatSeconds`.
pub(crate) async fn look<P>(
    ports: &P,
    tools: &Tools,
    key: &RecordKey,
    record: &Record,
) -> Result<Look, Fault>
where
    P: Log + Executions + Machines + Clock + Sync,
{
    let Phase::Submitted { deadline, heartbeat_seconds, job, .. } = &record.frame.phase else {
        return Ok(Look::Overtaken);
    };
    let head = ports.head(&key.execution, &key.frame).await?;
    let Some(head) = head.filter(|head| head.number == key.number) else {
        return Ok(Look::Overtaken);
    };
    let now = ports.now();
    let dies_at = heartbeat_seconds.map(|_| head.lease);
    let ends_at = [*deadline, dies_at].into_iter().flatten().min();
    if let Some(job) = job
        && let Some(outcome) = nested::ended(ports, tools, key, record, job).await?
    {
        return Ok(Look::Answered(outcome));
    }
    if ends_at.is_some_and(|at| now >= at) {
        return Ok(Look::Answered(CallOutcome::TimedOut));
    }
    let age = now.milliseconds().saturating_sub(record.at.milliseconds());
    let pause = age.clamp(JOB_LOOK_MILLISECONDS_MIN, JOB_LOOK_MILLISECONDS_MAX);
    let looks = job.as_ref().map(|_| now.plus_milliseconds(pause));
    let next = [ends_at, looks].into_iter().flatten().min();
    Ok(Look::Waits(next.unwrap_or_else(|| now.plus_milliseconds(JOB_LOOK_MILLISECONDS_MAX))))
}
