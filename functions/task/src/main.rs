//! SQS `tasks` → one attempt of a Task.

use lambda::{Deployment, Environment, Worker, begin_logs, task_calls};
use lambda_runtime::{Error, run, service_fn};
use orchestrator::ports::Lane;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    begin_logs();
    let deployment = Deployment::connect(Environment::read()?, task_calls());
    let worker = &Worker::new(deployment, Lane::Tasks);
    run(service_fn(|event| async move { Ok::<_, Error>(worker.batch(event).await) })).await
}
