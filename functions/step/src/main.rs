//! SQS `steps` → one transition of a state that calls nothing.

use lambda::{Deployment, Environment, NoCalls, Worker, begin_logs};
use lambda_runtime::{Error, run, service_fn};
use orchestrator::ports::Lane;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    begin_logs();
    let deployment = Deployment::connect(Environment::read()?, NoCalls);
    let worker = &Worker::new(deployment, Lane::Steps);
    run(service_fn(|event| async move { Ok::<_, Error>(worker.batch(event).await) })).await
}
