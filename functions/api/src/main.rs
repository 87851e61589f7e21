//! HTTP → the Step Functions API.

use function_runtime::{
    ApiFunction, Deployment, FunctionEnvironment, HttpEvent, init_logging, remote_task_caller,
};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    init_logging();
    let deployment =
        Deployment::connect(FunctionEnvironment::from_process()?, remote_task_caller(false)).await;
    let api = &ApiFunction::new(deployment);
    run(service_fn(async |event: LambdaEvent<HttpEvent>| {
        Ok::<_, Error>(api.answer_event(event).await)
    }))
    .await
}
