//! Makes a claimed call, once, in the delivery that appended the claim.

use std::pin::pin;

use engine::Stimulus;
use futures_util::future::{Either, select};
use model::{
    NextAction, QueueMessage, RecordKey, TaskJob, TaskToken, Timestamp, limits::LEASE_MILLISECONDS,
};
use tracing::warn;

use super::{
    advance_and_append::advance_and_append, service_job::cancel_orphaned_job,
    step_outcome::StepOutcome,
};
use crate::{
    EngineContext, EngineSettings, Fault,
    frames::{CallPermission, KeyedRecord, RecordSlot},
    integrations::{cancel_orphaned_execution, make_own_call},
    ports::{CallOrigin, CallOutcome, CallRequest, Clock, JobIndex, RecordLog, TaskCaller},
    roles::{StepRole, TaskRole},
};

/// Milliseconds between two attempts to renew a lease.
const RETRY_INTERVAL_MILLISECONDS: i64 = 500;
/// Milliseconds between two attempts to record an answer.
const ANSWER_INTERVAL_MILLISECONDS: i64 = 1_000;
/// A minute of attempts.
const ATTEMPTS_BETWEEN_WARNINGS: u64 = 60;
/// How long whoever declares a call lost lets its worker go first. After an outage, a worker that has
/// kept the answer makes its next attempt within that time.
pub(super) const ANSWER_GRACE_MILLISECONDS: i64 = 3 * ANSWER_INTERVAL_MILLISECONDS;
/// Milliseconds after which a lease is renewed. That leaves time for many attempts.
const RENEWAL_MILLISECONDS: i64 = LEASE_MILLISECONDS / 3;

/// Until when a delivery may claim further calls.
#[derive(Clone, Copy, Debug)]
pub(super) struct FurtherCalls {
    until: Option<Timestamp>,
}

impl FurtherCalls {
    /// The period of a delivery that begins at the present time.
    pub(super) fn beginning_now(clock: &impl Clock, settings: &EngineSettings) -> Self {
        let period = settings.further_calls_milliseconds;
        Self { until: period.map(|period| clock.now().plus_milliseconds(period)) }
    }

    pub(super) fn permission(self, clock: &impl Clock) -> CallPermission {
        match self.until {
            Some(until) if clock.now() >= until => CallPermission::MayNotCall,
            Some(_) | None => CallPermission::MayCall,
        }
    }
}

/// Makes the call. Then appends its outcome, the transitions after it and perhaps the next claim as
/// one record, and performs the next action of that record.
pub(super) async fn perform_call<P: TaskRole>(
    ports: &P,
    context: &EngineContext,
    message: &QueueMessage,
    claim: KeyedRecord,
    further_calls: FurtherCalls,
) -> Result<StepOutcome, Fault> {
    let KeyedRecord { key, record } = &claim;
    let NextAction::MakeCall { call, deadline } = record.frame.next_action() else {
        return Ok(StepOutcome::ACKNOWLEDGE);
    };
    let record_outcome = async |outcome: &CallOutcome| {
        let permission = further_calls.permission(ports);
        record_answer(ports, context, message, &claim, outcome, permission).await
    };
    let request = CallRequest {
        call,
        state: &record.frame.state,
        origin: CallOrigin {
            account_region: &context.settings.account_region,
            execution: &key.execution,
            frame: &key.frame,
            claim: key.number,
            role_arn: &record.facts.role_arn,
            task_role_arn: call.credentials.as_ref().map(|named| named.role_arn.as_str()),
        },
        deadline,
        asynchronous: record.facts.asynchronous_functions,
    };
    let Some(outcome) = await_call(ports, key, request).await else {
        let outcome = make_own_call(ports, context, &claim, call).await?;
        let concluded = record_outcome(&outcome).await?;
        if concluded.did_nothing() {
            let account_region = &context.settings.account_region;
            cancel_orphaned_execution(ports, account_region, key, call, &outcome).await?;
        }
        return Ok(concluded);
    };
    index_job(ports, &claim, &outcome).await;
    let concluded = record_outcome(&outcome).await?;
    if concluded.did_nothing() {
        cancel_orphaned_job(ports, context, &claim, &outcome).await?;
    }
    Ok(concluded)
}

/// Lets those who tell of a job that the call has started find its task: before that waits, so that nobody
/// tells too early. A job of a service is polled as well; the answer of a function that does not find its
/// task is lost.
async fn index_job<P>(ports: &P, claim: &KeyedRecord, outcome: &CallOutcome)
where
    P: JobIndex + Clock,
{
    let CallOutcome::Submitted { job: Some(job), .. } = outcome else { return };
    let (Some(name), Some(secret)) = (job.name(), claim.record.frame.task_secret()) else { return };
    let RecordKey { execution, frame, .. } = claim.key.clone();
    let task = TaskToken { execution, frame, secret };
    while let Err(fault) = ports.put_awaited_job(name, &task).await {
        warn!(execution = %claim.key.execution, %fault, "who tells of a job does not find its task");
        if !matches!((job, &fault), (TaskJob::Function(_), Fault::Port { .. })) {
            return;
        }
        ports.sleep_until(ports.now().plus_milliseconds(ANSWER_INTERVAL_MILLISECONDS)).await;
    }
}

/// Records the answer of a call. It is nowhere but here, so it is kept while a port fails, even after
/// the lease of its claim: whoever appends first decides, so that late attempts do no harm.
async fn record_answer<P: StepRole>(
    ports: &P,
    context: &EngineContext,
    message: &QueueMessage,
    claim: &KeyedRecord,
    outcome: &CallOutcome,
    permission: CallPermission,
) -> Result<StepOutcome, Fault> {
    let mut attempts = 0_u64;
    loop {
        let stimulus = Stimulus::CallReturned(outcome.clone());
        match record_stimulus(ports, context, message, claim, stimulus, permission).await {
            Err(fault @ Fault::Port { .. }) => {
                if attempts.is_multiple_of(ATTEMPTS_BETWEEN_WARNINGS) {
                    warn!(execution = %claim.key.execution, frame = %claim.key.frame, %fault,
                        "the answer of a call is kept until it can be recorded");
                }
            }
            recorded => return recorded,
        }
        attempts += 1;
        ports.sleep_until(ports.now().plus_milliseconds(ANSWER_INTERVAL_MILLISECONDS)).await;
    }
}

/// Records that the call's worker has died. The state's Retry and Catch decide what follows; the
/// call is not repeated without them.
pub(super) async fn record_lost_call<P: StepRole>(
    ports: &P,
    context: &EngineContext,
    message: &QueueMessage,
    claim: &KeyedRecord,
) -> Result<StepOutcome, Fault> {
    let permission = CallPermission::MayNotCall;
    record_stimulus(ports, context, message, claim, Stimulus::CallLost, permission).await
}

/// Waits for the answer, at most until the deadline, and renews the claim's lease meanwhile. Returns
/// none if the caller cannot call that resource.
async fn await_call<P>(ports: &P, key: &RecordKey, request: CallRequest<'_>) -> Option<CallOutcome>
where
    P: RecordLog + TaskCaller + Clock,
{
    let deadline = request.deadline.unwrap_or(Timestamp::from_milliseconds(i64::MAX));
    let mut call = pin!(ports.make_call(request));
    let mut renewal = ports.now().plus_milliseconds(RENEWAL_MILLISECONDS);
    loop {
        let tick = pin!(ports.sleep_until(renewal.min(deadline)));
        match select(call, tick).await {
            Either::Left((outcome, _)) => return outcome,
            Either::Right(((), unanswered)) => {
                let now = ports.now();
                if now >= deadline {
                    return Some(CallOutcome::TimedOut);
                }
                let until = now.plus_milliseconds(LEASE_MILLISECONDS);
                let pause = match ports.renew_lease(key, until).await {
                    Ok(()) => RENEWAL_MILLISECONDS,
                    Err(fault) => {
                        warn!(execution = %key.execution, %fault, "a lease is not renewed");
                        RETRY_INTERVAL_MILLISECONDS
                    }
                };
                renewal = ports.now().plus_milliseconds(pause);
                call = unanswered;
            }
        }
    }
}

async fn record_stimulus<P: StepRole>(
    ports: &P,
    context: &EngineContext,
    message: &QueueMessage,
    claim: &KeyedRecord,
    stimulus: Stimulus,
    permission: CallPermission,
) -> Result<StepOutcome, Fault> {
    let slot = RecordSlot::after(claim, message.kind.written_by());
    let outcome = advance_and_append(ports, context, claim, slot, stimulus, permission).await?;
    Ok(outcome.unwrap_or(StepOutcome::ACKNOWLEDGE))
}
