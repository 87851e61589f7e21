//! Tasks that are answered from elsewhere: `SendTaskSuccess`, `SendTaskFailure`,
//! `SendTaskHeartbeat`, and the message that carries an answer.

use engine::{CallOutcome, Stimulus};
use model::{
    DeploymentLimits, Failure, Frame, MessageKind, Payload, QueueMessage, RecordKey,
    TaskCompletion, TaskSecret, TaskToken,
};

use crate::{
    ApiError, CallbackRejection, Disposition, EngineContext, Fault,
    commit::{CausalClock, append_transition},
    handle::{are_forks_open, handle_sent_message},
    nested,
    ports::{
        AppendOutcome, Clock, DeadLetterQueue, ExecutionStore, FanInStore, LogHead, MessageQueue,
        QueueName, RandomSource, RecordLog, StateMachineStore, TaskCaller,
    },
    start::input,
    step::{StepOutcome, run_engine_step},
    wake::{act_on_own_head, act_on_record},
};

/// `SendTaskSuccess`: once this returns, the answer is durable as a message; nearly always it has
/// taken effect, too, since that message is also handled here and now.
pub async fn send_task_success<P>(
    ports: &P,
    context: &EngineContext,
    task_token: &str,
    output: &str,
) -> Result<(), ApiError<CallbackRejection>>
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
    let output = parse_task_output(output, context.limits).map_err(ApiError::Rejected)?;
    send_completion(ports, context, task_token, TaskCompletion::Succeeded(output)).await
}

/// `SendTaskFailure`: like [`send_task_success`].
pub async fn send_task_failure<P>(
    ports: &P,
    context: &EngineContext,
    task_token: &str,
    failure: Failure,
) -> Result<(), ApiError<CallbackRejection>>
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
    send_completion(ports, context, task_token, TaskCompletion::Failed(failure)).await
}

/// `SendTaskHeartbeat`: once this returns, the task counts as alive for its `HeartbeatSeconds` from
/// now on.
///
/// Spec: API reference, `SendTaskHeartbeat`: no event shows it.
pub async fn send_task_heartbeat<P>(
    ports: &P,
    task_token: &str,
) -> Result<(), ApiError<CallbackRejection>>
where
    P: RecordLog + FanInStore + Clock + Sync,
{
    let (token, head) = find_waiting_task(ports, task_token).await?;
    // A call that is under way has its own sign of life.
    if let Some(seconds) = head.record.frame.heartbeat_seconds() {
        let (execution, frame) = (token.execution, token.frame);
        let key = RecordKey { execution, frame, number: head.number };
        ports.renew_lease(&key, ports.now().plus_seconds(seconds)).await?;
    }
    Ok(())
}

async fn send_completion<P>(
    ports: &P,
    context: &EngineContext,
    task_token: &str,
    answer: TaskCompletion,
) -> Result<(), ApiError<CallbackRejection>>
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
    let (token, _) = find_waiting_task(ports, task_token).await?;
    let TaskToken { execution, frame, secret } = token;
    let message = QueueMessage {
        execution,
        frame,
        kind: MessageKind::CompleteTask { secret, completion: answer },
    };
    ports.send_message(message.clone(), QueueName::Steps, None).await?;
    handle_sent_message(ports, context, message).await;
    Ok(())
}

/// The frame that waits for the holder of a token.
async fn find_waiting_task<P>(
    ports: &P,
    task_token: &str,
) -> Result<(TaskToken, LogHead), ApiError<CallbackRejection>>
where
    P: RecordLog + FanInStore + Sync,
{
    let token: TaskToken =
        task_token.parse().map_err(|_| ApiError::Rejected(CallbackRejection::InvalidToken))?;
    let head = ports.load_head(&token.execution, &token.frame).await?;
    let Some(head) = head.filter(|head| awaits_secret(&head.record.frame, token.secret)) else {
        return Err(ApiError::Rejected(CallbackRejection::TimedOut));
    };
    if !are_forks_open(ports, &token.execution, &token.frame).await? {
        return Err(ApiError::Rejected(CallbackRejection::TimedOut));
    }
    Ok((token, head))
}

fn awaits_secret(frame: &Frame, secret: TaskSecret) -> bool {
    frame.task_secret() == Some(secret)
}

fn parse_task_output(output: &str, limits: DeploymentLimits) -> Result<Payload, CallbackRejection> {
    let bytes_max = limits.payload_bytes;
    if output.len() > bytes_max {
        return Err(CallbackRejection::OutputTooLarge { bytes_max });
    }
    input::parse_execution_input(output, limits).map_err(CallbackRejection::InvalidOutput)
}

/// Appends what a task was answered to its frame's log, if the frame still waits for it.
pub(crate) async fn complete_task<P>(
    ports: &P,
    context: &EngineContext,
    message: &QueueMessage,
    secret: TaskSecret,
    answer: &TaskCompletion,
) -> Result<StepOutcome, Fault>
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
    let done = Ok(StepOutcome::Verdict(Disposition::Acknowledge));
    let Some(LogHead { number, record, .. }) =
        ports.load_head(&message.execution, &message.frame).await?
    else {
        return done;
    };
    let (execution, frame) = (message.execution.clone(), message.frame.clone());
    let mut key = RecordKey { execution, frame, number };
    if !awaits_secret(&record.frame, secret) {
        act_on_own_head(ports, context, message, &key, &record).await?;
        return done;
    }
    let outcome = match (answer, record.frame.awaited_execution()) {
        (TaskCompletion::Succeeded(output), _) => CallOutcome::Succeeded(output.clone()),
        (TaskCompletion::Failed(failure), _) => CallOutcome::Failed(failure.clone()),
        (TaskCompletion::ExecutionEnded, Some(job)) => {
            match nested::nested_execution_outcome(ports, context, &key, &record, job).await? {
                Some(outcome) => outcome,
                // Redriven since: its next end will be told, too.
                None => return done,
            }
        }
        // The start of the execution that has ended is about to be recorded.
        (TaskCompletion::ExecutionEnded, None) => {
            return Ok(StepOutcome::Verdict(Disposition::Redeliver));
        }
    };
    let (written_by, causes) = (message.kind.written_by(), CausalClock::of_record(&record));
    let stimulus = Stimulus::TaskCompleted(outcome);
    let step = run_engine_step(ports, context, &key, &record, stimulus, causes).await?;
    let Some(transition) = step else { return done };
    key.number = number.next_number();
    let before = Some(&record.frame);
    match append_transition(ports, &key, written_by, &record.facts, before, transition, causes)
        .await?
    {
        AppendOutcome::Done(next) => {
            act_on_record(ports, context, &key, &next).await?;
            done
        }
        AppendOutcome::Lost => Ok(StepOutcome::Verdict(Disposition::Redeliver)),
    }
}
