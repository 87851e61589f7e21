//! `RedriveExecution`, and the message that carries it.
//!
//! ```text
//! API call ── validate ── send Redrive ── handle that very message
//! Redrive: root ended ──append ExecutionRedriven──▶ shown as running ──▶ its wake
//! ```

mod children;

use std::sync::Arc;

use engine::{Ended, Resumable};
use model::{
    Cue, Execution, Facts, ForkRef, FramePath, Message, Outcome, Phase, Record, RecordKey,
    Redriven, Status, Timestamp, Via, error_name, limits::REDRIVABLE_MILLISECONDS,
};

use crate::{
    Fault, RedriveRejection, Tools, Unanswered, Verdict,
    commit::{Causes, commit},
    handle::handle_now,
    ports::{
        Append, Caller, Chance, Clock, DeadLetters, Executions, Fans, Head, Lane, Log, Machines,
        Queue,
    },
    query::describe_execution,
    step::Stepped,
    wake::{wake, wake_own},
};

pub(crate) use children::earlier;

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
pub fn redrivable(execution: &Execution, now: Timestamp) -> Result<(), NotRedrivable> {
    match execution.status() {
        Status::Running => return Err(NotRedrivable::Running),
        Status::Succeeded => return Err(NotRedrivable::Succeeded),
        Status::Failed | Status::TimedOut | Status::Aborted => {}
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
    tools: &Tools,
    request: RedriveExecution,
) -> Result<Timestamp, Unanswered<RedriveRejection>>
where
    P: Log + Fans + Executions + Machines + Queue + DeadLetters + Caller + Clock + Chance + Sync,
{
    let RedriveExecution { execution_arn, client_token } = request;
    let described = describe_execution(ports, tools, &execution_arn).await;
    let (arn, execution) =
        described.map_err(|unanswered| unanswered.map(RedriveRejection::Execution))?;
    let id = arn.id();
    if let Some(Redriven { at, client_token: Some(earlier), .. }) = &execution.facts.redriven
        && client_token.as_ref() == Some(earlier)
    {
        return Ok(*at);
    }
    let now = ports.now();
    let refuse = |reason| {
        let arn = execution_arn.clone();
        Unanswered::Rejected(RedriveRejection::NotRedrivable { arn, reason })
    };
    redrivable(&execution, now).map_err(refuse)?;
    let head = ports.head(&id, &FramePath::ROOT).await?;
    let most = tools.limits.history_events;
    if head.is_some_and(|head| head.record.frame.events + 1 >= most) {
        return Err(refuse(NotRedrivable::HistoryIsFull));
    }
    let redriven = Redriven { count: execution.facts.redrives() + 1, at: now, client_token };
    let cue = Cue::Redrive(redriven);
    let message = Message { execution: id, frame: FramePath::ROOT, cue };
    ports.send(message.clone(), Lane::Steps, None).await?;
    handle_now(ports, tools, message).await;
    Ok(now)
}

/// Appends `ExecutionRedriven` to the root's log, if it has ended and was not redriven since.
pub(crate) async fn redrive<P>(
    ports: &P,
    tools: &Tools,
    message: &Message,
    redriven: &Redriven,
) -> Result<Stepped, Fault>
where
    P: Log + Fans + Executions + Machines + Queue + Clock + Sync,
{
    let done = Ok(Stepped::Verdict(Verdict::Done));
    let Some(head) = ports.head(&message.execution, &message.frame).await? else { return done };
    let end = &head.record;
    let (execution, frame) = (message.execution.clone(), message.frame.clone());
    let mut key = RecordKey { execution, frame, number: head.number };
    if end.frame.outcome().is_none() || end.facts.redrives() + 1 != redriven.count {
        wake_own(ports, tools, message, &key, end).await?;
        return done;
    }
    let Some(before) = head.number.previous() else { return done };
    key.number = before;
    let Some(earlier) = ports.load(&key).await? else { return done };
    let fork = ForkRef { frame: key.frame.clone(), record: before };
    let ended = how(ports, &key, &earlier, &head).await?;
    let resumable = Resumable { frame: &earlier.frame, fork: &fork, ended };
    let transition = engine::redrive(resumable, &end.frame, redriven);
    key.number = head.number.next();
    let facts = Arc::new(Facts { redriven: Some(redriven.clone()), ..(*end.facts).clone() });
    let causes = Causes::of(end).and(Causes { at: redriven.at, clock: 0 });
    let via = message.cue.via();
    match commit(ports, &key, via, &facts, Some(&end.frame), transition, causes).await? {
        Append::Done(record) => {
            wake(ports, tools, &key, &record).await?;
            done
        }
        Append::Lost => Ok(Stepped::Verdict(Verdict::Later)),
    }
}

/// How a frame ended whose last record is `head` and whose one before that is `earlier`.
async fn how(
    ports: &impl Fans,
    key: &RecordKey,
    earlier: &Record,
    head: &Head,
) -> Result<Ended, Fault> {
    let at = head.record.at;
    match head.record.via {
        Via::Stop | Via::Expire | Via::Refuse => return Ok(Ended::FromOutside),
        Via::Start | Via::Record(_) | Via::Answer(_) | Via::Redrive => {}
    }
    let too_large = match head.record.frame.outcome() {
        Some(Outcome::Failed(failure)) => {
            failure.error.as_deref() == Some(error_name::DATA_LIMIT_EXCEEDED)
        }
        Some(Outcome::Succeeded(_) | Outcome::TimedOut(_) | Outcome::Aborted(_)) | None => false,
    };
    let forked = matches!(earlier.frame.phase, Phase::Forked { .. });
    if too_large && forked && ports.fan(key).await?.is_some_and(|fan| fan.failed().is_none()) {
        return Ok(Ended::TooLarge { at });
    }
    Ok(Ended::ByItself { at })
}
