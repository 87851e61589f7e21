//! EventBridge, "a job has changed" → the task that waits for that job asks for its state.
//! SQS, "a function has answered" → the task that has invoked it goes on.

mod answers;
mod job_changes;

use function_runtime::{Deployment, FunctionEnvironment, NoTaskCaller, init_logging};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    init_logging();
    let deployment = &Deployment::connect(FunctionEnvironment::from_process()?, NoTaskCaller).await;
    run(service_fn(|event| Box::pin(serve_event(deployment, event)))).await
}

async fn serve_event(
    deployment: &Deployment<NoTaskCaller>,
    event: LambdaEvent<Value>,
) -> Result<Value, Error> {
    match event.payload.get("Records").and_then(Value::as_array) {
        Some(messages) => Ok(answers::pass_on(deployment, messages).await),
        None => job_changes::report(deployment, &event.payload).await,
    }
}
