//! SQS `tasks` → one attempt of a Task.

mod config;

use function_runtime::{
    Deployment, FunctionEnvironment, SqsBatchWorker, init_logging, remote_task_caller,
};
use lambda_runtime::{Error, run, service_fn};
use orchestrator::ports::QueueName;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    init_logging();
    let caller = remote_task_caller(config::receives_answers());
    let deployment = Deployment::connect(FunctionEnvironment::from_process()?, caller).await;
    let worker = &SqsBatchWorker::new(deployment, QueueName::Tasks);
    run(service_fn(|event| async move { Ok::<_, Error>(worker.handle_batch(event).await) })).await
}
