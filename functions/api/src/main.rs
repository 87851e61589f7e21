//! HTTP → the Step Functions API.

use std::sync::Arc;

use bytes::Bytes;
use lambda::{Deployment, Environment, Ports, TaskCalls, begin_logs, task_calls};
use lambda_http::{Body, Error, Request, Response, run, service_fn};
use protocol::Api;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    begin_logs();
    let deployment = Deployment::connect(Environment::read()?, task_calls());
    let api = &Api::new(Arc::new(deployment.ports), Arc::new(deployment.tools));
    run(service_fn(|request| answer(api, request))).await
}

async fn answer(api: &Api<Ports<TaskCalls>>, request: Request) -> Result<Response<Body>, Error> {
    let request = request.map(|body| match body {
        Body::Text(text) => Bytes::from(text),
        Body::Binary(bytes) => Bytes::from(bytes),
        _ => Bytes::new(),
    });
    let response = Box::pin(api.call(request)).await;
    let (head, body) = response.into_parts();
    let body = String::from_utf8(body.into())?;
    Ok(Response::from_parts(head, Body::Text(body)))
}
