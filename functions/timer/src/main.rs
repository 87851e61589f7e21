//! Every minute → delayed messages that are due within 15 minutes; deletions of state machines.

use std::time::{Duration, SystemTime};

use function_runtime::{
    Deployment, FunctionEnvironment, NoTaskCaller, format_with_causes, init_logging,
};
use lambda_runtime::{Context, Error, LambdaEvent, run, service_fn};
use orchestrator::{continue_deletions, ports::Clock};
use serde_json::Value;
use tracing::info;

/// Time that the last page of a run may take.
const MARGIN: Duration = Duration::from_secs(10);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    init_logging();
    let deployment = &Deployment::connect(FunctionEnvironment::from_process()?, NoTaskCaller).await;
    let run_once =
        |event: LambdaEvent<Value>| Box::pin(run_every_minute(deployment, event.context));
    run(service_fn(run_once)).await
}

/// Runs both jobs at once, so that a fault of one does not stop the other.
async fn run_every_minute(
    Deployment { ports, .. }: &Deployment<NoTaskCaller>,
    context: Context,
) -> Result<(), Error> {
    let left = context.deadline().duration_since(SystemTime::now()).unwrap_or_default();
    let left = i64::try_from(left.saturating_sub(MARGIN).as_millis())?;
    let stop_at = ports.clock.now().plus_milliseconds(left);
    let (moved, deleting) =
        tokio::join!(ports.queues.move_due_messages(stop_at), continue_deletions(ports, stop_at));
    if let Ok(moved) = &moved
        && (moved.count > 0 || moved.more_are_due)
    {
        info!(moved.count, moved.more_are_due, "wake-ups will be due soon");
    }
    if let Ok(machines @ 1..) = deleting {
        info!(machines, "state machines are being deleted");
    }
    moved.map_err(|fault| format_with_causes(&fault))?;
    deleting.map_err(|fault| format_with_causes(&fault))?;
    Ok(())
}
