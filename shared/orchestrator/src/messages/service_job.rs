//! Cancels jobs of services that nobody waits for any longer.
//!
//! Spec: Developer Guide, "Service integration patterns" § Run a job.

use std::pin::pin;

use futures_util::future::{Either, select};
use model::{QueueMessage, RecordKey, RecordNumber, ServiceJob, TaskJob};
use tracing::info;

use crate::{
    EngineContext, Fault,
    frames::KeyedRecord,
    ports::{CallOrigin, CallOutcome, Clock, RecordLog, TaskCaller},
};

/// Cancels the job that the record with this number waited for.
pub(super) async fn cancel_job<P>(
    ports: &P,
    context: &EngineContext,
    message: &QueueMessage,
    number: RecordNumber,
) -> Result<(), Fault>
where
    P: RecordLog + TaskCaller + Clock + Sync,
{
    let (execution, frame) = (message.execution.clone(), message.frame.clone());
    let key = RecordKey { execution, frame, number };
    let Some(record) = ports.load_record(&key).await? else { return Ok(()) };
    let waiting = KeyedRecord { key, record };
    if let Some(TaskJob::Service(job)) = waiting.record.frame.awaited_job() {
        let cancelling = ports.cancel_job(job, origin(context, &waiting, job));
        answered_in_time(ports, cancelling).await;
    }
    Ok(())
}

/// How long a service may take to answer about a job, in milliseconds.
const ANSWER_MILLISECONDS_MAX: i64 = 20_000;

/// What a service answers about a job; none if it does not within a while.
pub(super) async fn answered_in_time<T>(
    clock: &impl Clock,
    asking: impl Future<Output = T>,
) -> Option<T> {
    let latest = clock.now().plus_milliseconds(ANSWER_MILLISECONDS_MAX);
    match select(pin!(asking), pin!(clock.sleep_until(latest))).await {
        Either::Left((answer, _)) => Some(answer),
        Either::Right(_) => None,
    }
}

/// Cancels the job that a claim has started, if the claim has lost its frame to a stop or a timeout.
/// No record names that job, so nothing else would cancel it.
pub(super) async fn cancel_orphaned_job<P>(
    ports: &P,
    context: &EngineContext,
    claim: &KeyedRecord,
    outcome: &CallOutcome,
) -> Result<(), Fault>
where
    P: RecordLog + TaskCaller + Clock + Sync,
{
    let CallOutcome::Submitted { job: Some(TaskJob::Service(job)), .. } = outcome else {
        return Ok(());
    };
    let head = ports.load_head(&claim.key.execution, &claim.key.frame).await?;
    let is_recorded = head.is_some_and(|head| {
        head.record.frame.awaited_job() == Some(&TaskJob::Service(job.clone()))
    });
    if !is_recorded {
        info!(execution = %claim.key.execution, "a job is cancelled that nobody waits for");
        answered_in_time(ports, ports.cancel_job(job, origin(context, claim, job))).await;
    }
    Ok(())
}

/// Who asks a service about the job of this record.
pub(super) fn origin<'a>(
    context: &'a EngineContext,
    waiting: &'a KeyedRecord,
    job: &'a ServiceJob,
) -> CallOrigin<'a> {
    CallOrigin {
        account_region: &context.settings.account_region,
        execution: &waiting.key.execution,
        frame: &waiting.key.frame,
        claim: waiting.key.number,
        role_arn: &waiting.record.facts.role_arn,
        task_role_arn: job.credentials.as_ref().map(|credentials| credentials.role_arn.as_str()),
    }
}
