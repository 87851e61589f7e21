//! `StopExecution`.

use model::{Failure, FramePath, MessageKind, QueueMessage, QueueName, Timestamp};

use super::{ExecutionRejection, describe_execution::describe_standard_execution};
use crate::{ApiError, EngineContext, messages::handle_sent_message, roles::StepRole};

/// A request to stop an execution.
///
/// Spec: API reference, `StopExecution`.
#[derive(Clone, Debug)]
pub struct StopExecution {
    /// The execution's ARN.
    pub execution_arn: String,
    /// The error and cause of the event `ExecutionAborted`.
    pub failure: Failure,
}

/// An execution that has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoppedExecution {
    /// When it ended.
    pub stopped_at: Timestamp,
}

/// Stops an execution; one that has ended stays as it is. Once this returns, the stop is durable as
/// a message. Nearly always it is visible, too, since that message is also handled immediately.
pub async fn stop_execution<P: StepRole>(
    ports: &P,
    context: &EngineContext,
    request: StopExecution,
) -> Result<StoppedExecution, ApiError<ExecutionRejection>> {
    let StopExecution { execution_arn, failure } = request;
    let (arn, execution) = describe_standard_execution(ports, context, &execution_arn).await?;
    let id = arn.execution_id();
    if let Some((stopped_at, _)) = execution.end {
        return Ok(StoppedExecution { stopped_at });
    }
    let kind = MessageKind::StopExecution { failure, redrives: execution.facts.redrive_count() };
    let message = QueueMessage { execution: id.clone(), frame: FramePath::ROOT, kind };
    ports.send_message(message.clone(), QueueName::Steps, None).await?;
    handle_sent_message(ports, context, message).await;
    let ended = ports.load_execution(&id).await?.and_then(|execution| execution.end.clone());
    Ok(StoppedExecution { stopped_at: ended.map_or_else(|| ports.now(), |(at, _)| at) })
}
