//! `StopExecution`.

use model::{Cue, Failure, FramePath, Message, Timestamp};

use crate::{
    ExecutionRejection, Tools, Unanswered,
    handle::handle_now,
    ports::{Caller, Chance, Clock, DeadLetters, Executions, Fans, Lane, Log, Machines, Queue},
    query::describe_execution,
};

/// What a caller asks for.
///
/// Spec: API reference, `StopExecution`.
#[derive(Clone, Debug)]
pub struct StopExecution {
    /// Which execution.
    pub execution_arn: String,
    /// The error and cause of its `ExecutionAborted`.
    pub failure: Failure,
}

/// The execution is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoppedExecution {
    /// Since when.
    pub stopped_at: Timestamp,
}

/// Stops an execution; one that is over stays as it is. Once this returns, the stop is durable as a
/// message; nearly always it is visible, too, since that message is also handled here and now.
pub async fn stop_execution<P>(
    ports: &P,
    tools: &Tools,
    request: StopExecution,
) -> Result<StoppedExecution, Unanswered<ExecutionRejection>>
where
    P: Log + Fans + Executions + Machines + Queue + DeadLetters + Caller + Clock + Chance + Sync,
{
    let StopExecution { execution_arn, failure } = request;
    let (arn, execution) = describe_execution(ports, tools, &execution_arn).await?;
    let id = arn.id();
    if let Some((stopped_at, _)) = execution.end {
        return Ok(StoppedExecution { stopped_at });
    }
    let cue = Cue::Stop { failure, redrives: execution.facts.redrives() };
    let message = Message { execution: id.clone(), frame: FramePath::ROOT, cue };
    ports.send(message.clone(), Lane::Steps, None).await?;
    handle_now(ports, tools, message).await;
    let ended = ports.execution(&id).await?.and_then(|execution| execution.end.clone());
    Ok(StoppedExecution { stopped_at: ended.map_or_else(|| ports.now(), |(at, _)| at) })
}
