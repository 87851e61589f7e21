//! `SendTaskSuccess`, `SendTaskFailure`, `SendTaskHeartbeat`.

use model::{
    DeploymentLimits, Failure, MessageKind, Payload, QueueMessage, QueueName, RecordKey,
    RecordNumber, TaskAnswerId, TaskCompletion, TaskToken, WrittenBy,
};

use crate::{
    ApiError, EngineContext, Fault, Rejection,
    executions::parse_execution_input,
    frames::are_forks_open,
    messages::handle_sent_message,
    ports::{Clock, GateStore, LogHead, RecordLog},
    roles::StepRole,
};

/// How often an answer that met a fault is handled before its caller is told of the fault.
const ATTEMPTS_MAX: u32 = 3;
/// Milliseconds between two attempts.
const RETRY_INTERVAL_MILLISECONDS: i64 = 200;

/// What a caller of these operations did wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TaskResultRejection {
    /// The task token is malformed: `InvalidToken`.
    #[error("Invalid Token: 'Invalid token'")]
    InvalidToken,
    /// The task is over, for whatever reason: `TaskTimedOut`.
    #[error("Task Timed Out: 'Provided task does not exist anymore'")]
    TimedOut,
    /// The output is not JSON: `InvalidOutput`.
    #[error("Invalid Output: '{0}'")]
    InvalidOutput(String),
    /// The output is too large: `ValidationException`.
    #[error("The output is larger than {bytes_max} bytes")]
    OutputTooLarge {
        /// The most bytes that an output may have.
        bytes_max: usize,
    },
}

impl Rejection for TaskResultRejection {
    fn exception_name(&self) -> &'static str {
        match self {
            Self::InvalidToken => "InvalidToken",
            Self::TimedOut => "TaskTimedOut",
            Self::InvalidOutput(_) => "InvalidOutput",
            Self::OutputTooLarge { .. } => "ValidationException",
        }
    }
}

/// Completes a task with an output. Once this returns, the task has ended with this answer and no
/// other: of several answers to one token, one is accepted.
///
/// After a fault, the answer may take effect all the same, since its message is durable.
pub async fn send_task_success<P: StepRole>(
    ports: &P,
    context: &EngineContext,
    task_token: &str,
    output: &str,
) -> Result<(), ApiError<TaskResultRejection>> {
    let output = parse_task_output(output, context.settings.limits).map_err(ApiError::Rejected)?;
    let completed = |answer| TaskCompletion::Succeeded(answer, output);
    send_answer(ports, context, task_token, completed).await
}

/// Completes a task with a failure; otherwise like [`send_task_success`].
pub async fn send_task_failure<P: StepRole>(
    ports: &P,
    context: &EngineContext,
    task_token: &str,
    failure: Failure,
) -> Result<(), ApiError<TaskResultRejection>> {
    let completed = |answer| TaskCompletion::Failed(answer, failure);
    send_answer(ports, context, task_token, completed).await
}

/// Renews the lease of a task: once this returns, it counts as alive for its `HeartbeatSeconds`
/// from the time of the call.
///
/// Spec: API reference, `SendTaskHeartbeat`: no event shows it.
pub async fn send_task_heartbeat<P>(
    ports: &P,
    task_token: &str,
) -> Result<(), ApiError<TaskResultRejection>>
where
    P: RecordLog + GateStore + Clock + Sync,
{
    let (token, head) = find_waiting_task(ports, task_token).await?;
    // While the call itself is in flight, its worker renews the lease.
    if let Some(seconds) = head.record.frame.heartbeat_seconds() {
        let (execution, frame) = (token.execution, token.frame);
        let key = RecordKey { execution, frame, number: head.number };
        ports.renew_lease(&key, ports.now().plus_seconds(seconds)).await?;
    }
    Ok(())
}

/// Sends the message of an answer and handles it, until the log says which answer has completed the
/// task.
async fn send_answer<P: StepRole>(
    ports: &P,
    context: &EngineContext,
    task_token: &str,
    completed: impl FnOnce(TaskAnswerId) -> TaskCompletion + Send,
) -> Result<(), ApiError<TaskResultRejection>> {
    let (token, head) = find_waiting_task(ports, task_token).await?;
    let answer = TaskAnswerId::from_seed(ports.random_seed());
    let kind = MessageKind::CompleteTask { secret: token.secret, completion: completed(answer) };
    let (execution, frame) = (token.execution.clone(), token.frame.clone());
    let message = QueueMessage { execution, frame, kind };
    let own = message.kind.written_by();
    ports.send_message(message.clone(), QueueName::Steps, None).await?;
    for attempt in 0..ATTEMPTS_MAX {
        if attempt > 0 {
            let again = ports.now().plus_milliseconds(RETRY_INTERVAL_MILLISECONDS);
            ports.sleep_until(again).await;
        }
        handle_sent_message(ports, context, message.clone()).await;
        if let Some(counted) = find_completion(ports, &token, head.number).await? {
            let is_own = counted == Completion::WrittenBy(own);
            return is_own.then_some(()).ok_or(ApiError::Rejected(TaskResultRejection::TimedOut));
        }
    }
    let reason = "the answer takes effect when its message is delivered".to_owned();
    Err(Fault::Port { port: "an answer to a task token", reason, source: None }.into())
}

/// How a task ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Completion {
    /// With the record that this message wrote.
    WrittenBy(WrittenBy),
    /// With a fork above it, which was left.
    Abandoned,
}

/// Finds out how a task ended that waited in this record. None if it still waits.
async fn find_completion<P>(
    ports: &P,
    token: &TaskToken,
    waited: RecordNumber,
) -> Result<Option<Completion>, Fault>
where
    P: RecordLog + GateStore + Sync,
{
    if let Some(completion) = find_written_completion(ports, token, waited).await? {
        return Ok(Some(completion));
    }
    if are_forks_open(ports, &token.execution, &token.frame).await? {
        return Ok(None);
    }
    // An answer that was written since may be what has closed them.
    let written = find_written_completion(ports, token, waited).await?;
    Ok(Some(written.unwrap_or(Completion::Abandoned)))
}

/// Looks for the record that ended the task.
async fn find_written_completion(
    ports: &impl RecordLog,
    TaskToken { execution, frame, secret }: &TaskToken,
    mut waited: RecordNumber,
) -> Result<Option<Completion>, Fault> {
    loop {
        waited = waited.next_number();
        let (execution, frame) = (execution.clone(), frame.clone());
        let next = ports.load_record(&RecordKey { execution, frame, number: waited }).await?;
        let Some(next) = next else { return Ok(None) };
        // The call whose holder answers may have returned only after the answer was sent.
        if next.frame.task_secret() != Some(*secret) {
            return Ok(Some(Completion::WrittenBy(next.written_by)));
        }
    }
}

/// Finds the frame that waits for the holder of a token. Returns the head of its log, too.
async fn find_waiting_task<P>(
    ports: &P,
    task_token: &str,
) -> Result<(TaskToken, LogHead), ApiError<TaskResultRejection>>
where
    P: RecordLog + GateStore + Sync,
{
    let invalid = |_| ApiError::Rejected(TaskResultRejection::InvalidToken);
    let token: TaskToken = task_token.parse().map_err(invalid)?;
    let head = ports.load_head(&token.execution, &token.frame).await?;
    let waits = |head: &LogHead| head.record.frame.task_secret() == Some(token.secret);
    let Some(head) = head.filter(waits) else {
        return Err(ApiError::Rejected(TaskResultRejection::TimedOut));
    };
    if !are_forks_open(ports, &token.execution, &token.frame).await? {
        return Err(ApiError::Rejected(TaskResultRejection::TimedOut));
    }
    Ok((token, head))
}

fn parse_task_output(
    output: &str,
    limits: DeploymentLimits,
) -> Result<Payload, TaskResultRejection> {
    let bytes_max = limits.payload_bytes;
    if output.len() > bytes_max {
        return Err(TaskResultRejection::OutputTooLarge { bytes_max });
    }
    parse_execution_input(output, limits).map_err(TaskResultRejection::InvalidOutput)
}
