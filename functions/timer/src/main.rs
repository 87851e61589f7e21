//! Every minute → delayed messages that are due within 15 minutes.

use function_runtime::{
    Deployment, FunctionEnvironment, NoTaskCaller, format_with_causes, init_logging,
};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::Value;
use tracing::info;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    init_logging();
    let deployment = &Deployment::connect(FunctionEnvironment::from_process()?, NoTaskCaller);
    run(service_fn(|_: LambdaEvent<Value>| Box::pin(run_every_minute(deployment)))).await
}

async fn run_every_minute(
    Deployment { ports, .. }: &Deployment<NoTaskCaller>,
) -> Result<(), Error> {
    let moved = ports.queues.move_due_messages().await;
    let moved = moved.map_err(|fault| format_with_causes(&fault))?;
    if moved > 0 {
        info!(moved, "wake-ups will be due soon");
    }
    Ok(())
}
