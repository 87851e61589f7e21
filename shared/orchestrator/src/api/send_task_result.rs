//! `SendTaskSuccess`, `SendTaskFailure`, `SendTaskHeartbeat`.

use model::{
    DeploymentLimits, Failure, MessageKind, Payload, QueueMessage, QueueName, RecordKey,
    TaskCompletion, TaskToken,
};

use crate::{
    ApiError, EngineContext, Rejection,
    executions::parse_execution_input,
    messages::{are_forks_open, handle_sent_message},
    ports::{Clock, GateStore, LogHead, RecordLog},
    roles::StepRole,
};

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

/// Completes a task with an output. Once this returns, the answer is durable as a message. Nearly
/// always it has taken effect, too, since that message is also handled immediately.
pub async fn send_task_success<P: StepRole>(
    ports: &P,
    context: &EngineContext,
    task_token: &str,
    output: &str,
) -> Result<(), ApiError<TaskResultRejection>> {
    let output = parse_task_output(output, context.settings.limits).map_err(ApiError::Rejected)?;
    send_completion(ports, context, task_token, TaskCompletion::Succeeded(output)).await
}

/// Completes a task with a failure; otherwise like [`send_task_success`].
pub async fn send_task_failure<P: StepRole>(
    ports: &P,
    context: &EngineContext,
    task_token: &str,
    failure: Failure,
) -> Result<(), ApiError<TaskResultRejection>> {
    send_completion(ports, context, task_token, TaskCompletion::Failed(failure)).await
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

async fn send_completion<P: StepRole>(
    ports: &P,
    context: &EngineContext,
    task_token: &str,
    completion: TaskCompletion,
) -> Result<(), ApiError<TaskResultRejection>> {
    let (token, _) = find_waiting_task(ports, task_token).await?;
    let TaskToken { execution, frame, secret } = token;
    let kind = MessageKind::CompleteTask { secret, completion };
    let message = QueueMessage { execution, frame, kind };
    ports.send_message(message.clone(), QueueName::Steps, None).await?;
    handle_sent_message(ports, context, message).await;
    Ok(())
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
