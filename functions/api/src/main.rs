//! HTTP → the Step Functions API.

use std::sync::Arc;

use lambda::{
    Deployment, Environment, HttpAnswer, HttpEvent, Ports, TaskCalls, begin_logs, task_calls,
    traced,
};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use protocol::Api;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    begin_logs();
    let deployment = Deployment::connect(Environment::read()?, task_calls());
    let api = &Api::new(Arc::new(deployment.ports), Arc::new(deployment.tools));
    run(service_fn(|event| answer(api, event))).await
}

async fn answer(
    api: &Api<Ports<TaskCalls>>,
    LambdaEvent { payload, context }: LambdaEvent<HttpEvent>,
) -> Result<HttpAnswer, Error> {
    let answered = Box::pin(api.call(payload.try_into()?));
    Ok(traced(context.xray_trace_id, answered).await.into())
}
