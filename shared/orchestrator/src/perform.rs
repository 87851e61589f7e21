//! A claimed call: made once, by the delivery that appended the claim.

use std::pin::pin;

use engine::{CallOutcome, Stimulus};
use futures_util::future::{Either, select};
use model::{
    CallTarget, NextAction, QueueMessage, Record, RecordKey, Timestamp, limits::LEASE_MILLISECONDS,
};
use tracing::warn;

use crate::{
    Disposition, EngineContext, Fault,
    commit::{CausalClock, append_transition},
    nested,
    ports::{
        AppendOutcome, CallRequest, Clock, ExecutionStore, FanInStore, MessageQueue, RandomSource,
        RecordLog, StateMachineStore, TaskCaller,
    },
    step::{ClaimedCall, run_engine_step},
    wake::act_on_record,
};

/// Milliseconds between two attempts to record an answer, or to renew a lease.
const PAUSE_MILLISECONDS: i64 = 500;
/// Milliseconds after which a lease is renewed: there is time for many attempts.
const RENEWAL_MILLISECONDS: i64 = LEASE_MILLISECONDS / 3;

/// Makes the call, records its outcome and sends the wake of that.
pub(crate) async fn perform_call<P>(
    ports: &P,
    context: &EngineContext,
    message: &QueueMessage,
    claim: ClaimedCall,
) -> Result<Disposition, Fault>
where
    P: RecordLog
        + FanInStore
        + ExecutionStore
        + StateMachineStore
        + MessageQueue
        + TaskCaller
        + Clock
        + RandomSource
        + Sync,
{
    let ClaimedCall { key, record } = claim;
    let NextAction::MakeCall { call, deadline } = record.frame.next_action() else {
        return Ok(Disposition::Acknowledge);
    };
    let request = CallRequest {
        call,
        execution: &key.execution,
        frame: &key.frame,
        claim: key.number,
        role_arn: &record.facts.role_arn,
        deadline,
    };
    if let Some(outcome) = ports.mocked(request).await {
        let stimulus = Stimulus::TaskCompleted(outcome);
        return record_call_outcome(ports, context, message, &key, &record, stimulus).await;
    }
    if call.target == CallTarget::StartExecution {
        let outcome = nested::start_nested_execution(ports, context, &key, &record, call).await?;
        let stimulus = Stimulus::CallReturned(outcome.clone());
        let concluded =
            record_call_outcome(ports, context, message, &key, &record, stimulus).await?;
        if concluded == Disposition::Redeliver {
            nested::cancel_orphan(ports, &key, call, &outcome).await?;
        }
        return Ok(concluded);
    }
    let CallResult { outcome, lease } = await_call(ports, &key, request, record.written_at).await;
    loop {
        let stimulus = Stimulus::CallReturned(outcome.clone());
        let concluded = record_call_outcome(ports, context, message, &key, &record, stimulus).await;
        let again = ports.now().plus_milliseconds(PAUSE_MILLISECONDS);
        match concluded {
            // The answer would be lost with this delivery, and nobody else can record one before
            // the lease is over.
            Err(fault) if again < lease => {
                warn!(execution = %key.execution, frame = %key.frame, %fault,
                    "the answer of a call is not recorded yet");
                ports.sleep_until(again).await;
            }
            Ok(_) | Err(_) => return concluded,
        }
    }
}

/// The call's worker died: Retry and Catch decide, nobody calls again by himself.
pub(crate) async fn record_lost_call<P>(
    ports: &P,
    context: &EngineContext,
    message: &QueueMessage,
    key: &RecordKey,
    record: &Record,
) -> Result<Disposition, Fault>
where
    P: RecordLog
        + FanInStore
        + ExecutionStore
        + StateMachineStore
        + MessageQueue
        + Clock
        + RandomSource
        + Sync,
{
    record_call_outcome(ports, context, message, key, record, Stimulus::CallLost).await
}

/// An answer, and until when its claim counts as alive.
struct CallResult {
    outcome: CallOutcome,
    lease: Timestamp,
}

/// Waits for the answer, at most until the deadline, and renews the claim's lease meanwhile.
async fn await_call<P>(
    ports: &P,
    key: &RecordKey,
    request: CallRequest<'_>,
    claimed_at: Timestamp,
) -> CallResult
where
    P: RecordLog + TaskCaller + Clock,
{
    let deadline = request.deadline.unwrap_or(Timestamp::from_milliseconds(i64::MAX));
    let mut lease = claimed_at.plus_milliseconds(LEASE_MILLISECONDS);
    let mut call = pin!(ports.make_call(request));
    let mut renewal = ports.now().plus_milliseconds(RENEWAL_MILLISECONDS);
    loop {
        let tick = pin!(ports.sleep_until(renewal.min(deadline)));
        match select(call, tick).await {
            Either::Left((outcome, _)) => return CallResult { outcome, lease },
            Either::Right(((), error)) => {
                let now = ports.now();
                if now >= deadline {
                    return CallResult { outcome: CallOutcome::TimedOut, lease };
                }
                let until = now.plus_milliseconds(LEASE_MILLISECONDS);
                let pause = match ports.renew_lease(key, until).await {
                    Ok(()) => {
                        lease = until;
                        RENEWAL_MILLISECONDS
                    }
                    Err(fault) => {
                        warn!(execution = %key.execution, %fault, "a lease is not renewed");
                        PAUSE_MILLISECONDS
                    }
                };
                renewal = ports.now().plus_milliseconds(pause);
                call = error;
            }
        }
    }
}

/// Appends what the call came to.
async fn record_call_outcome<P>(
    ports: &P,
    context: &EngineContext,
    message: &QueueMessage,
    claim: &RecordKey,
    record: &Record,
    stimulus: Stimulus,
) -> Result<Disposition, Fault>
where
    P: RecordLog
        + FanInStore
        + ExecutionStore
        + StateMachineStore
        + MessageQueue
        + Clock
        + RandomSource
        + Sync,
{
    let causes = CausalClock::of_record(record);
    let Some(transition) = run_engine_step(ports, context, claim, record, stimulus, causes).await?
    else {
        return Ok(Disposition::Acknowledge);
    };
    let key = RecordKey { number: claim.number.next_number(), ..claim.clone() };
    let written_by = message.kind.written_by();
    let before = Some(&record.frame);
    let next =
        append_transition(ports, &key, written_by, &record.facts, before, transition, causes)
            .await?;
    let AppendOutcome::Done(next) = next else { return Ok(Disposition::Redeliver) };
    act_on_record(ports, context, &key, &next).await?;
    Ok(Disposition::Acknowledge)
}
