//! The function `api`: HTTP events → the Step Functions API, and a log of who has called it.

use std::sync::Arc;

use aws::with_trace_header;
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use lambda_runtime::LambdaEvent;
use protocol::{ApiPrincipal, OperationPath, StepFunctionsApi, requested_operation};
use serde_json::{Value, json};
use tracing::info;

use crate::{
    Deployment, DeploymentPorts, FaultMetric, HttpEvent, HttpEventResponse, RemoteTaskCaller,
};

/// The principal of an event that IAM has not seen. It may pass no role.
const UNKNOWN: &str = "unknown";

/// Answers HTTP events.
#[derive(Debug)]
pub struct ApiFunction {
    api: StepFunctionsApi<DeploymentPorts<RemoteTaskCaller>>,
    faults: FaultMetric,
}

impl ApiFunction {
    /// Creates the function of a deployment.
    pub fn new(deployment: Deployment<RemoteTaskCaller>) -> Self {
        let Deployment { ports, context, faults } = deployment;
        Self { api: StepFunctionsApi::new(Arc::new(ports), Arc::new(context)), faults }
    }

    /// Answers the request in an event, and logs who has sent it.
    pub async fn answer_event(
        &self,
        LambdaEvent { payload, context }: LambdaEvent<HttpEvent>,
    ) -> HttpEventResponse {
        let principal = payload.principal_arn().unwrap_or(UNKNOWN).to_owned();
        let answer = match Request::<Bytes>::try_from(payload) {
            Ok(mut request) => {
                request.extensions_mut().insert(ApiPrincipal(principal.clone()));
                let entry = AccessLogEntry::of_request(&request);
                let answered = Box::pin(self.api.answer_request(request));
                let answer = with_trace_header(context.xray_trace_id, answered).await;
                entry.write(&principal, &answer);
                answer
            }
            Err(error) => refuse_event(&error.to_string()),
        };
        self.faults.count_status(answer.status());
        answer.into()
    }
}

/// What the access log says of a request: names, and nothing of its payload.
struct AccessLogEntry {
    operation: String,
    resource: Option<String>,
}

impl AccessLogEntry {
    fn of_request(request: &Request<Bytes>) -> Self {
        let operation = requested_operation(request).unwrap_or_default();
        let path = OperationPath::of_request(operation, request.body());
        Self { operation: operation.to_owned(), resource: path.resource().map(str::to_owned) }
    }

    fn write(&self, principal: &str, answer: &Response<Bytes>) {
        let Self { operation, resource } = self;
        let exception = exception_name(answer);
        let request_id = answer.headers().get("x-amzn-requestid").and_then(|id| id.to_str().ok());
        info!(
            target: "access",
            principal,
            operation,
            resource,
            status = answer.status().as_u16(),
            exception,
            request_id,
            "a request was answered"
        );
    }
}

/// The exception in an answer; none if it has succeeded.
fn exception_name(answer: &Response<Bytes>) -> Option<String> {
    if answer.status() == StatusCode::OK {
        return None;
    }
    let body: Value = serde_json::from_slice(answer.body()).ok()?;
    body["__type"].as_str().map(str::to_owned)
}

/// An event whose request is none is its sender's mistake.
fn refuse_event(reason: &str) -> Response<Bytes> {
    let body = json!({"__type": "SerializationException", "message": reason}).to_string();
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = StatusCode::BAD_REQUEST;
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_access_log_has_names_and_no_payload() {
        let body = r#"{"stateMachineArn": "arn:aws:states:us-east-1:000000000000:stateMachine:orders",
            "input": "{\"secret\": 1}"}"#;
        let request = Request::post("/StartExecution/orders")
            .header("x-amz-target", "AWSStepFunctions.StartExecution")
            .body(Bytes::from(body))
            .expect("a request");
        let entry = AccessLogEntry::of_request(&request);
        assert_eq!(
            (&*entry.operation, entry.resource.as_deref()),
            ("StartExecution", Some("orders"))
        );
        let refused = refuse_event("no");
        assert_eq!(exception_name(&refused).as_deref(), Some("SerializationException"));
        assert_eq!(exception_name(&Response::new(Bytes::from("{}"))), None);
    }
}
