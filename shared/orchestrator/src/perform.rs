//! A claimed call: made once, by the delivery that appended the claim.

use std::pin::pin;

use engine::{CallOutcome, Stimulus};
use futures_util::future::{Either, select};
use model::{CallTarget, Message, Record, RecordKey, Timestamp, Wake, limits::LEASE_MILLISECONDS};
use tracing::warn;

use crate::{
    Fault, Tools, Verdict,
    commit::{Causes, commit},
    nested,
    ports::{Append, CallRequest, Caller, Chance, Clock, Executions, Fans, Log, Machines, Queue},
    step::{Claim, engine_step},
    wake::wake,
};

/// Milliseconds between two attempts to record an answer, or to renew a lease.
const PAUSE_MILLISECONDS: i64 = 500;
/// Milliseconds after which a lease is renewed: there is time for many attempts.
const RENEWAL_MILLISECONDS: i64 = LEASE_MILLISECONDS / 3;

/// Makes the call, records its outcome and sends the wake of that.
pub(crate) async fn perform<P>(
    ports: &P,
    tools: &Tools,
    message: &Message,
    claim: Claim,
) -> Result<Verdict, Fault>
where
    P: Log + Fans + Executions + Machines + Queue + Caller + Clock + Chance + Sync,
{
    let Claim { key, record } = claim;
    let Wake::Call { call, deadline } = record.frame.wake() else { return Ok(Verdict::Done) };
    let request = CallRequest {
        call,
        execution: &key.execution,
        frame: &key.frame,
        claim: key.number,
        role_arn: &record.facts.role_arn,
        deadline,
    };
    if let Some(outcome) = ports.mocked(request).await {
        let stimulus = Stimulus::Answered(outcome);
        return conclude(ports, tools, message, &key, &record, stimulus).await;
    }
    if call.target == CallTarget::StartExecution {
        let outcome = nested::start(ports, tools, &key, &record, call).await?;
        let stimulus = Stimulus::Returned(outcome.clone());
        let concluded = conclude(ports, tools, message, &key, &record, stimulus).await?;
        if concluded == Verdict::Later {
            nested::cancel_orphan(ports, &key, call, &outcome).await?;
        }
        return Ok(concluded);
    }
    let Answered { outcome, lease } = attended(ports, &key, request, record.at).await;
    loop {
        let stimulus = Stimulus::Returned(outcome.clone());
        let concluded = conclude(ports, tools, message, &key, &record, stimulus).await;
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
pub(crate) async fn lost<P>(
    ports: &P,
    tools: &Tools,
    message: &Message,
    key: &RecordKey,
    record: &Record,
) -> Result<Verdict, Fault>
where
    P: Log + Fans + Executions + Machines + Queue + Clock + Chance + Sync,
{
    conclude(ports, tools, message, key, record, Stimulus::Lost).await
}

/// An answer, and until when its claim counts as alive.
struct Answered {
    outcome: CallOutcome,
    lease: Timestamp,
}

/// Waits for the answer, at most until the deadline, and renews the claim's lease meanwhile.
async fn attended<P>(
    ports: &P,
    key: &RecordKey,
    request: CallRequest<'_>,
    claimed_at: Timestamp,
) -> Answered
where
    P: Log + Caller + Clock,
{
    let deadline = request.deadline.unwrap_or(Timestamp::from_milliseconds(i64::MAX));
    let mut lease = claimed_at.plus_milliseconds(LEASE_MILLISECONDS);
    let mut call = pin!(ports.call(request));
    let mut renewal = ports.now().plus_milliseconds(RENEWAL_MILLISECONDS);
    loop {
        let tick = pin!(ports.sleep_until(renewal.min(deadline)));
        match select(call, tick).await {
            Either::Left((outcome, _)) => return Answered { outcome, lease },
            Either::Right(((), unanswered)) => {
                let now = ports.now();
                if now >= deadline {
                    return Answered { outcome: CallOutcome::TimedOut, lease };
                }
                let until = now.plus_milliseconds(LEASE_MILLISECONDS);
                let pause = match ports.renew(key, until).await {
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
                call = unanswered;
            }
        }
    }
}

/// Appends what the call came to.
async fn conclude<P>(
    ports: &P,
    tools: &Tools,
    message: &Message,
    claim: &RecordKey,
    record: &Record,
    stimulus: Stimulus,
) -> Result<Verdict, Fault>
where
    P: Log + Fans + Executions + Machines + Queue + Clock + Chance + Sync,
{
    let causes = Causes::of(record);
    let Some(transition) = engine_step(ports, tools, claim, record, stimulus, causes).await? else {
        return Ok(Verdict::Done);
    };
    let key = RecordKey { number: claim.number.next(), ..claim.clone() };
    let via = message.cue.via();
    let before = Some(&record.frame);
    let next = commit(ports, &key, via, &record.facts, before, transition, causes).await?;
    let Append::Done(next) = next else { return Ok(Verdict::Later) };
    wake(ports, tools, &key, &next).await?;
    Ok(Verdict::Done)
}
