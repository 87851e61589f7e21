//! Every minute → wake-ups that are due within SQS's 15 minutes, and starts that were forgotten.

use lambda::{Deployment, Environment, NoCalls, begin_logs, with_causes};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use orchestrator::wake_forgotten;
use serde_json::Value;
use tracing::{info, warn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    begin_logs();
    let deployment = &Deployment::connect(Environment::read()?, NoCalls);
    run(service_fn(|_: LambdaEvent<Value>| Box::pin(minute(deployment)))).await
}

/// The one does not wait for the other's trouble.
async fn minute(Deployment { ports, tools }: &Deployment<NoCalls>) -> Result<(), Error> {
    let (moved, woken) = tokio::join!(ports.queues.move_due(), wake_forgotten(ports, tools));
    if let Ok(moved @ 1..) = moved {
        info!(moved, "wake-ups will be due soon");
    }
    if let Ok(woken @ 1..) = woken {
        warn!(woken, "executions that had not got on were woken");
    }
    moved.map_err(|fault| with_causes(&fault))?;
    woken.map_err(|fault| with_causes(&fault))?;
    Ok(())
}
