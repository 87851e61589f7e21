//! Tasks that are answered from elsewhere: `SendTaskSuccess`, `SendTaskFailure`,
//! `SendTaskHeartbeat`, and the message that carries an answer.

use engine::{CallOutcome, Stimulus};
use model::{Answer, Cue, Failure, Frame, Limits, Message, Payload, RecordKey, Secret, TaskToken};

use crate::{
    CallbackRejection, Fault, Tools, Unanswered, Verdict,
    commit::{Causes, commit},
    handle::{handle_now, is_open},
    nested,
    ports::{
        Append, Caller, Chance, Clock, DeadLetters, Executions, Fans, Head, Lane, Log, Machines,
        Queue,
    },
    start::input,
    step::{Stepped, engine_step},
    wake::{wake, wake_own},
};

/// `SendTaskSuccess`: once this returns, the answer is durable as a message; nearly always it has
/// taken effect, too, since that message is also handled here and now.
pub async fn send_task_success<P>(
    ports: &P,
    tools: &Tools,
    task_token: &str,
    output: &str,
) -> Result<(), Unanswered<CallbackRejection>>
where
    P: Log + Fans + Executions + Machines + Queue + DeadLetters + Caller + Clock + Chance + Sync,
{
    let output = read(output, tools.limits).map_err(Unanswered::Rejected)?;
    send(ports, tools, task_token, Answer::Succeeded(output)).await
}

/// `SendTaskFailure`: like [`send_task_success`].
pub async fn send_task_failure<P>(
    ports: &P,
    tools: &Tools,
    task_token: &str,
    failure: Failure,
) -> Result<(), Unanswered<CallbackRejection>>
where
    P: Log + Fans + Executions + Machines + Queue + DeadLetters + Caller + Clock + Chance + Sync,
{
    send(ports, tools, task_token, Answer::Failed(failure)).await
}

/// `SendTaskHeartbeat`: once this returns, the task counts as alive for its `HeartbeatSeconds` from
/// now on.
///
/// Spec: API reference, `SendTaskHeartbeat`: no event shows it.
pub async fn send_task_heartbeat<P>(
    ports: &P,
    task_token: &str,
) -> Result<(), Unanswered<CallbackRejection>>
where
    P: Log + Fans + Clock + Sync,
{
    let (token, head) = waiting(ports, task_token).await?;
    // A call that is under way has its own sign of life.
    if let Some(seconds) = head.record.frame.heartbeat_seconds() {
        let (execution, frame) = (token.execution, token.frame);
        let key = RecordKey { execution, frame, number: head.number };
        ports.renew(&key, ports.now().plus_seconds(seconds)).await?;
    }
    Ok(())
}

async fn send<P>(
    ports: &P,
    tools: &Tools,
    task_token: &str,
    answer: Answer,
) -> Result<(), Unanswered<CallbackRejection>>
where
    P: Log + Fans + Executions + Machines + Queue + DeadLetters + Caller + Clock + Chance + Sync,
{
    let (token, _) = waiting(ports, task_token).await?;
    let TaskToken { execution, frame, secret } = token;
    let message = Message { execution, frame, cue: Cue::Answer { secret, answer } };
    ports.send(message.clone(), Lane::Steps, None).await?;
    handle_now(ports, tools, message).await;
    Ok(())
}

/// The frame that waits for the holder of a token.
async fn waiting<P>(
    ports: &P,
    task_token: &str,
) -> Result<(TaskToken, Head), Unanswered<CallbackRejection>>
where
    P: Log + Fans + Sync,
{
    let token: TaskToken =
        task_token.parse().map_err(|_| Unanswered::Rejected(CallbackRejection::InvalidToken))?;
    let head = ports.head(&token.execution, &token.frame).await?;
    let Some(head) = head.filter(|head| waits_for(&head.record.frame, token.secret)) else {
        return Err(Unanswered::Rejected(CallbackRejection::TimedOut));
    };
    if !is_open(ports, &token.execution, &token.frame).await? {
        return Err(Unanswered::Rejected(CallbackRejection::TimedOut));
    }
    Ok((token, head))
}

fn waits_for(frame: &Frame, secret: Secret) -> bool {
    frame.answerable() == Some(secret)
}

fn read(output: &str, limits: Limits) -> Result<Payload, CallbackRejection> {
    let bytes_max = limits.payload_bytes;
    if output.len() > bytes_max {
        return Err(CallbackRejection::OutputTooLarge { bytes_max });
    }
    input::parse(output, limits).map_err(CallbackRejection::InvalidOutput)
}

/// Appends what a task was answered to its frame's log, if the frame still waits for it.
pub(crate) async fn answer<P>(
    ports: &P,
    tools: &Tools,
    message: &Message,
    secret: Secret,
    answer: &Answer,
) -> Result<Stepped, Fault>
where
    P: Log + Fans + Executions + Machines + Queue + Clock + Chance + Sync,
{
    let done = Ok(Stepped::Verdict(Verdict::Done));
    let Some(Head { number, record, .. }) = ports.head(&message.execution, &message.frame).await?
    else {
        return done;
    };
    let (execution, frame) = (message.execution.clone(), message.frame.clone());
    let mut key = RecordKey { execution, frame, number };
    if !waits_for(&record.frame, secret) {
        wake_own(ports, tools, message, &key, &record).await?;
        return done;
    }
    let outcome = match (answer, record.frame.job()) {
        (Answer::Succeeded(output), _) => CallOutcome::Succeeded(output.clone()),
        (Answer::Failed(failure), _) => CallOutcome::Failed(failure.clone()),
        (Answer::Ended, Some(job)) => {
            match nested::ended(ports, tools, &key, &record, job).await? {
                Some(outcome) => outcome,
                // Redriven since: its next end will be told, too.
                None => return done,
            }
        }
        // The start of the execution that has ended is about to be recorded.
        (Answer::Ended, None) => return Ok(Stepped::Verdict(Verdict::Later)),
    };
    let (via, causes) = (message.cue.via(), Causes::of(&record));
    let stimulus = Stimulus::Answered(outcome);
    let step = engine_step(ports, tools, &key, &record, stimulus, causes).await?;
    let Some(transition) = step else { return done };
    key.number = number.next();
    let before = Some(&record.frame);
    match commit(ports, &key, via, &record.facts, before, transition, causes).await? {
        Append::Done(next) => {
            wake(ports, tools, &key, &next).await?;
            done
        }
        Append::Lost => Ok(Stepped::Verdict(Verdict::Later)),
    }
}
