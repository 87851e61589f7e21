//! `RedriveExecution`, and the message that carries it.
//!
//! ```text
//! API call ── validate ── send Redrive ── handle that very message
//! Redrive: root ended ──append ExecutionRedriven──▶ shown as running ──▶ its wake
//! ```

mod children;

use std::sync::Arc;

use engine::{FrameEndReason, ResumableFrame};
use model::{
    Execution, ExecutionFacts, ExecutionStatus, ForkRef, FrameOutcome, FramePath, FramePhase,
    MessageKind, QueueMessage, Record, RecordKey, RedriveDetails, Timestamp, WrittenBy, error_name,
    limits::REDRIVABLE_MILLISECONDS,
};

use crate::{
    ApiError, Disposition, EngineContext, Fault, RedriveRejection,
    commit::{CausalClock, append_transition},
    handle::handle_sent_message,
    ports::{
        AppendOutcome, Clock, DeadLetterQueue, ExecutionStore, FanInStore, LogHead, MessageQueue,
        QueueName, RandomSource, RecordLog, StateMachineStore, TaskCaller,
    },
    query::describe_execution,
    step::StepOutcome,
    wake::{act_on_own_head, act_on_record},
};

pub(crate) use children::find_earlier_child;

/// What a caller asks for.
///
/// Spec: API reference, `RedriveExecution`.
#[derive(Clone, Debug)]
pub struct RedriveExecution {
    /// Which execution.
    pub execution_arn: String,
    /// A repeat with the token of the last redrive is answered like it.
    pub client_token: Option<String>,
}

/// Why an execution cannot be redriven.
///
/// Spec: API reference, `DescribeExecution` § redriveStatusReason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotRedrivable {
    /// It runs.
    #[error("Execution is RUNNING and cannot be redriven")]
    Running,
    /// It has succeeded.
    #[error("Execution is SUCCEEDED and cannot be redriven")]
    Succeeded,
    /// Its history has no room.
    #[error("Execution history event limit exceeded")]
    HistoryIsFull,
    /// It ended too long ago.
    #[error("Execution redrivable period exceeded")]
    PeriodExceeded,
}

/// Whether an execution can be redriven, as far as its own item says.
pub fn check_redrivable(execution: &Execution, now: Timestamp) -> Result<(), NotRedrivable> {
    match execution.status() {
        ExecutionStatus::Running => return Err(NotRedrivable::Running),
        ExecutionStatus::Succeeded => return Err(NotRedrivable::Succeeded),
        ExecutionStatus::Failed | ExecutionStatus::TimedOut | ExecutionStatus::Aborted => {}
    }
    let ended_at = execution.end.as_ref().map(|(at, _)| *at);
    let until = ended_at.map(|at| at.plus_milliseconds(REDRIVABLE_MILLISECONDS));
    if until.is_some_and(|until| now > until) {
        return Err(NotRedrivable::PeriodExceeded);
    }
    Ok(())
}

/// Redrives an execution that has not succeeded. Once this returns, the redrive is durable as a
/// message; nearly always it is visible, too, since that message is also handled here and now.
pub async fn redrive_execution<P>(
    ports: &P,
    context: &EngineContext,
    request: RedriveExecution,
) -> Result<Timestamp, ApiError<RedriveRejection>>
where
    P: RecordLog
        + FanInStore
        + ExecutionStore
        + StateMachineStore
        + MessageQueue
        + DeadLetterQueue
        + TaskCaller
        + Clock
        + RandomSource
        + Sync,
{
    let RedriveExecution { execution_arn, client_token } = request;
    let described = describe_execution(ports, context, &execution_arn).await;
    let (arn, execution) =
        described.map_err(|error| error.map_rejection(RedriveRejection::Execution))?;
    let id = arn.execution_id();
    if let Some(RedriveDetails { requested_at: at, client_token: Some(earlier), .. }) =
        &execution.facts.last_redrive
        && client_token.as_ref() == Some(earlier)
    {
        return Ok(*at);
    }
    let now = ports.now();
    let refuse = |reason| {
        let arn = execution_arn.clone();
        ApiError::Rejected(RedriveRejection::NotRedrivable { arn, reason })
    };
    check_redrivable(&execution, now).map_err(refuse)?;
    let head = ports.load_head(&id, &FramePath::ROOT).await?;
    let most = context.limits.history_events;
    if head.is_some_and(|head| head.record.frame.events + 1 >= most) {
        return Err(refuse(NotRedrivable::HistoryIsFull));
    }
    let redriven = RedriveDetails {
        count: execution.facts.redrive_count() + 1,
        requested_at: now,
        client_token,
    };
    let kind = MessageKind::RedriveExecution(redriven);
    let message = QueueMessage { execution: id, frame: FramePath::ROOT, kind: kind };
    ports.send_message(message.clone(), QueueName::Steps, None).await?;
    handle_sent_message(ports, context, message).await;
    Ok(now)
}

/// Appends `ExecutionRedriven` to the root's log, if it has ended and was not redriven since.
pub(crate) async fn redrive_root<P>(
    ports: &P,
    context: &EngineContext,
    message: &QueueMessage,
    redriven: &RedriveDetails,
) -> Result<StepOutcome, Fault>
where
    P: RecordLog + FanInStore + ExecutionStore + StateMachineStore + MessageQueue + Clock + Sync,
{
    let done = Ok(StepOutcome::Verdict(Disposition::Acknowledge));
    let Some(head) = ports.load_head(&message.execution, &message.frame).await? else {
        return done;
    };
    let end = &head.record;
    let (execution, frame) = (message.execution.clone(), message.frame.clone());
    let mut key = RecordKey { execution, frame, number: head.number };
    if end.frame.outcome().is_none() || end.facts.redrive_count() + 1 != redriven.count {
        act_on_own_head(ports, context, message, &key, end).await?;
        return done;
    }
    let Some(before) = head.number.previous_number() else { return done };
    key.number = before;
    let Some(earlier) = ports.load_record(&key).await? else { return done };
    let fork = ForkRef { frame: key.frame.clone(), record: before };
    let ended = frame_end_reason(ports, &key, &earlier, &head).await?;
    let resumable = ResumableFrame { frame: &earlier.frame, fork: &fork, end_reason: ended };
    let transition = engine::redrive_execution(resumable, &end.frame, redriven);
    key.number = head.number.next_number();
    let facts =
        Arc::new(ExecutionFacts { last_redrive: Some(redriven.clone()), ..(*end.facts).clone() });
    let causes =
        CausalClock::of_record(end).latest(CausalClock { at: redriven.requested_at, clock: 0 });
    let written_by = message.kind.written_by();
    match append_transition(ports, &key, written_by, &facts, Some(&end.frame), transition, causes)
        .await?
    {
        AppendOutcome::Done(record) => {
            act_on_record(ports, context, &key, &record).await?;
            done
        }
        AppendOutcome::Lost => Ok(StepOutcome::Verdict(Disposition::Redeliver)),
    }
}

/// How a frame ended whose last record is `head` and whose one before that is `earlier`.
async fn frame_end_reason(
    ports: &impl FanInStore,
    key: &RecordKey,
    earlier: &Record,
    head: &LogHead,
) -> Result<FrameEndReason, Fault> {
    let at = head.record.written_at;
    match head.record.written_by {
        WrittenBy::StopExecution | WrittenBy::TimeOutExecution | WrittenBy::FailExecution => {
            return Ok(FrameEndReason::Interrupted);
        }
        WrittenBy::StartFrame
        | WrittenBy::AdvanceFrame(_)
        | WrittenBy::CompleteTask(_)
        | WrittenBy::RedriveExecution => {}
    }
    let too_large = match head.record.frame.outcome() {
        Some(FrameOutcome::Failed(failure)) => {
            failure.error.as_deref() == Some(error_name::DATA_LIMIT_EXCEEDED)
        }
        Some(FrameOutcome::Succeeded(_) | FrameOutcome::TimedOut(_) | FrameOutcome::Aborted(_))
        | None => false,
    };
    let forked = matches!(earlier.frame.phase, FramePhase::Forked { .. });
    if too_large
        && forked
        && ports.load_fan_in(key).await?.is_some_and(|fan_in| fan_in.failed_child().is_none())
    {
        return Ok(FrameEndReason::OutputTooLarge { at });
    }
    Ok(FrameEndReason::StateFailed { at })
}
