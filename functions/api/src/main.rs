//! HTTP → the Step Functions API.

use std::sync::Arc;

use function_runtime::{
    Deployment, DeploymentPorts, FaultMetric, FunctionEnvironment, HttpEvent, HttpEventResponse,
    RemoteTaskCaller, init_logging, remote_task_caller, with_trace_header,
};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use protocol::StepFunctionsApi;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    init_logging();
    let deployment =
        Deployment::connect(FunctionEnvironment::from_process()?, remote_task_caller(false)).await;
    let Deployment { ports, context, faults } = deployment;
    let api = &StepFunctionsApi::new(Arc::new(ports), Arc::new(context));
    run(service_fn(|event| answer_event(api, &faults, event))).await
}

async fn answer_event(
    api: &StepFunctionsApi<DeploymentPorts<RemoteTaskCaller>>,
    faults: &FaultMetric,
    LambdaEvent { payload, context }: LambdaEvent<HttpEvent>,
) -> Result<HttpEventResponse, Error> {
    let answered = Box::pin(api.answer_request(payload.try_into()?));
    let answer = with_trace_header(context.xray_trace_id, answered).await;
    faults.count_status(answer.status());
    Ok(answer.into())
}
