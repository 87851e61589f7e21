//! EventBridge, IoT rules, API Gateway, other Lambda functions → `StartExecution`.

mod config;

use lambda::{Deployment, Environment, NoCalls, Starter, begin_logs};
use lambda_runtime::{Error, run, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    begin_logs();
    let deployment = Deployment::connect(Environment::read()?, NoCalls);
    let starter = &Starter::new(deployment, config::state_machine());
    run(service_fn(|event| Box::pin(starter.start(event)))).await
}
