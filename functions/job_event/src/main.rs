//! EventBridge, "a job has changed" → the task that waits for that job asks for its state.

use function_runtime::{
    Deployment, FunctionEnvironment, NoTaskCaller, format_with_causes, init_logging,
};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use orchestrator::report_job_change;
use serde_json::{Value, json};
use services::job_of_event;
use tracing::debug;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    init_logging();
    let deployment = &Deployment::connect(FunctionEnvironment::from_process()?, NoTaskCaller).await;
    let report = |event: LambdaEvent<Value>| Box::pin(report_event(deployment, event.payload));
    run(service_fn(report)).await
}

/// Reports the job of an event, and returns whether a Task waits for it, or once did. Events of jobs that
/// no Task has started are none of ours.
async fn report_event(
    Deployment { ports, .. }: &Deployment<NoTaskCaller>,
    event: Value,
) -> Result<Value, Error> {
    let Some(job) = job_of_event(&event) else { return Ok(json!({"awaited": false})) };
    let awaited =
        report_job_change(ports, &job).await.map_err(|fault| format_with_causes(&fault))?;
    debug!(job = job.as_str(), awaited, "a job has changed");
    Ok(json!({"awaited": awaited}))
}
