//! Every minute → delayed messages that are due within 15 minutes, and unstarted executions.

use function_runtime::{
    Deployment, FunctionEnvironment, NoTaskCaller, format_with_causes, init_logging,
};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use orchestrator::resend_unstarted_executions;
use serde_json::Value;
use tracing::{info, warn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    init_logging();
    let deployment = &Deployment::connect(FunctionEnvironment::from_process()?, NoTaskCaller);
    run(service_fn(|_: LambdaEvent<Value>| Box::pin(run_every_minute(deployment)))).await
}

/// Runs both jobs at once, so that a fault of one does not stop the other.
async fn run_every_minute(
    Deployment { ports, .. }: &Deployment<NoTaskCaller>,
) -> Result<(), Error> {
    let (moved, woken) =
        tokio::join!(ports.queues.move_due_messages(), resend_unstarted_executions(ports));
    if let Ok(moved @ 1..) = moved {
        info!(moved, "wake-ups will be due soon");
    }
    if let Ok(woken @ 1..) = woken {
        warn!(woken, "executions that had not got on were woken");
    }
    moved.map_err(|fault| format_with_causes(&fault))?;
    woken.map_err(|fault| format_with_causes(&fault))?;
    Ok(())
}
