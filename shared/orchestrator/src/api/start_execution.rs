//! `StartExecution`, `StartSyncExecution`.

use model::StateMachineType;

use crate::{
    ApiError, EngineContext, RepeatPolicy, StartExecution, StartRejection, StartedExecution,
    TypeNotSupported,
    executions::{CheckedStart, start},
    ports::StateMachineStore,
    roles::StartRole,
};

/// Starts an execution. Once this returns, the start is durable and its messages are sent.
///
/// The name makes it idempotent: `repeat` says which starts with a name that is taken get the
/// answer of the earlier start.
pub async fn start_execution<P: StartRole>(
    ports: &P,
    context: &EngineContext,
    request: StartExecution,
    repeat: RepeatPolicy,
) -> Result<StartedExecution, ApiError<StartRejection>> {
    let order = CheckedStart::check_start(ports, &context.settings, request).await?;
    start(ports, context, order, None, repeat).await
}

/// Rejects every `StartSyncExecution`: it is for Express machines only, whose executions are not
/// supported yet.
pub async fn start_sync_execution<P>(
    ports: &P,
    context: &EngineContext,
    request: StartExecution,
) -> Result<StartedExecution, ApiError<StartRejection>>
where
    P: StateMachineStore + Sync,
{
    let order = CheckedStart::check_start(ports, &context.settings, request).await?;
    Err(ApiError::Rejected(match order.machine.machine_type {
        StateMachineType::Standard => StartRejection::Type(TypeNotSupported),
        StateMachineType::Express => StartRejection::Express,
    }))
}
