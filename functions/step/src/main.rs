//! SQS `steps` → one transition of a state that calls nothing.

use function_runtime::{
    Deployment, FunctionEnvironment, NoTaskCaller, SqsBatchWorker, init_logging,
};
use lambda_runtime::{Error, run, service_fn};
use orchestrator::ports::QueueName;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    init_logging();
    let deployment = Deployment::connect(FunctionEnvironment::from_process()?, NoTaskCaller).await;
    let worker = &SqsBatchWorker::new(deployment, QueueName::Steps);
    run(service_fn(|event| async move { Ok::<_, Error>(worker.handle_batch(event).await) })).await
}
