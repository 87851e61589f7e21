//! `StartExecution`.

use crate::{
    ApiError, EngineContext, RepeatPolicy, StartExecution, StartRejection, StartedExecution,
    executions::{CheckedStart, start},
    roles::StartRole,
};

/// Starts an execution. Once this returns, the start is durable and its messages are sent.
///
/// The name makes it idempotent: `repeat` says which starts with a name that is taken get the
/// answer of the earlier start. Of an Express state machine, each start begins another execution.
pub async fn start_execution<P: StartRole>(
    ports: &P,
    context: &EngineContext,
    request: StartExecution,
    repeat: RepeatPolicy,
) -> Result<StartedExecution, ApiError<StartRejection>> {
    let order = CheckedStart::check_start(ports, &context.settings, request).await?;
    start(ports, context, order, None, repeat).await
}
