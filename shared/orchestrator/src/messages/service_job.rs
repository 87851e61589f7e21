//! Cancels jobs of services that nobody waits for any longer.
//!
//! Spec: Developer Guide, "Service integration patterns" § Run a job.

use std::pin::pin;

use futures_util::future::{Either, select};
use model::{RecordKey, RecordNumber, ServiceJob, TaskJob};
use tracing::{info, warn};

use super::step_outcome::Disposition;
use crate::{
    EngineContext, Fault,
    frames::KeyedRecord,
    ports::{
        CallOrigin, CallOutcome, Clock, JobCancellation, MessageDelivery, RecordLog, TaskCaller,
    },
};

/// How often a service is told of a cancellation that it does not answer.
const CANCELLATIONS_MAX: u32 = 12;
/// The pause after the first time, in milliseconds. Each is twice as long as the one before.
const CANCELLATION_PAUSE_MILLISECONDS: i64 = 1_000;
/// The longest pause, in milliseconds.
const CANCELLATION_PAUSE_MILLISECONDS_MAX: i64 = 300_000;

/// Cancels the job that the record with this number waited for. If its service does not answer, the
/// message comes back.
pub(super) async fn cancel_job<P>(
    ports: &P,
    context: &EngineContext,
    MessageDelivery { message, receive_count }: &MessageDelivery,
    number: RecordNumber,
) -> Result<Disposition, Fault>
where
    P: RecordLog + TaskCaller + Clock + Sync,
{
    let (execution, frame) = (message.execution.clone(), message.frame.clone());
    let key = RecordKey { execution, frame, number };
    let Some(record) = ports.load_record(&key).await? else { return Ok(Disposition::Acknowledge) };
    let waiting = KeyedRecord { key, record };
    let Some(TaskJob::Service(job)) = waiting.record.frame.awaited_job() else {
        return Ok(Disposition::Acknowledge);
    };
    let cancelling = ports.cancel_job(job, origin(context, &waiting, job));
    match answered_in_time(ports, cancelling).await {
        Some(JobCancellation::Settled) => Ok(Disposition::Acknowledge),
        Some(JobCancellation::Unanswered) | None if *receive_count < CANCELLATIONS_MAX => {
            let doublings = receive_count.saturating_sub(1);
            let pause = CANCELLATION_PAUSE_MILLISECONDS << doublings;
            let pause = pause.min(CANCELLATION_PAUSE_MILLISECONDS_MAX);
            Ok(Disposition::RedeliverAt(ports.now().plus_milliseconds(pause)))
        }
        Some(JobCancellation::Unanswered) | None => {
            warn!(execution = %waiting.key.execution, "a job is not cancelled: its service does not answer");
            Ok(Disposition::Acknowledge)
        }
    }
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
