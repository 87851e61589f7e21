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

async fn run_every_minute(
    Deployment { ports, .. }: &Deployment<NoTaskCaller>,
    context: Context,
) -> Result<(), Error> {
    let left = context.deadline().duration_since(SystemTime::now()).unwrap_or_default();
    let left = i64::try_from(left.saturating_sub(MARGIN).as_millis())?;
    let stop_at = ports.clock.now().plus_milliseconds(left);
    let moved = ports.queues.move_due_messages(stop_at).await;
    let moved = moved.map_err(|fault| format_with_causes(&fault))?;
    if moved.count > 0 || moved.more_are_due {
        info!(moved.count, moved.more_are_due, "wake-ups will be due soon");
    }
    let machines = continue_deletions(ports, stop_at).await;
    let machines = machines.map_err(|fault| format_with_causes(&fault))?;
    if machines > 0 {
        info!(machines, "state machines are being deleted");
    }
    Ok(())
}
