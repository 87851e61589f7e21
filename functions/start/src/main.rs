//! EventBridge, IoT rules, API Gateway, other Lambda functions → `StartExecution`.

mod config;

use function_runtime::{
    Deployment, ExecutionStarter, FunctionEnvironment, NoTaskCaller, init_logging,
};
use lambda_runtime::{Error, run, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    init_logging();
    let deployment = Deployment::connect(FunctionEnvironment::from_process()?, NoTaskCaller).await;
    let starter = &ExecutionStarter::new(deployment, config::configured_state_machine());
    run(service_fn(|event| Box::pin(starter.start_from_event(event)))).await
}
