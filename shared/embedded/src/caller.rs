//! Calls of Task states on one machine: Lambda functions hosted here, or through the AWS SDK.

mod invoke;

use std::sync::Arc;

use model::{CallTarget, Failure, Payload, error_name};
use orchestrator::ports::{CallOutcome, CallRequest, Caller};
use serde_json::Value;

use crate::lambda::{
    Call, FunctionHost, FunctionReference, Outcome, RemoteCall, RemoteError, RemoteLambda,
};
use invoke::Invoke;

/// Makes the calls of Task states.
#[derive(Clone)]
pub struct LambdaCaller {
    host: Arc<FunctionHost>,
    remote: Arc<RemoteLambda>,
}

impl LambdaCaller {
    /// Functions of this host run here, all others through the AWS SDK.
    pub fn new(host: Arc<FunctionHost>, remote: Arc<RemoteLambda>) -> Self {
        Self { host, remote }
    }

    /// A function by its ARN: payload in, payload out.
    ///
    /// Spec: Developer Guide, "Invoke Lambda" § function ARN.
    async fn function(&self, arn: &str, payload: &Payload) -> CallOutcome {
        let call = RemoteCall {
            function: arn,
            qualifier: None,
            payload: payload.text(),
            invocation_type: None,
            client_context: None,
            log_type: None,
        };
        match self.answer(&call).await {
            Ok(answer) => match answer.function_error() {
                Some(failure) => CallOutcome::Failed(failure),
                None => answered(answer.payload_or_null()),
            },
            Err(failure) => CallOutcome::Failed(failure),
        }
    }

    /// `arn:aws:states:::lambda:invoke`: the parameters of Invoke in, its answer out.
    ///
    /// Spec: Developer Guide, "Invoke Lambda" § optimised integration.
    async fn invoke(&self, parameters: &Payload) -> CallOutcome {
        let invoke = match Invoke::from_parameters(parameters.value()) {
            Ok(invoke) => invoke,
            Err(reason) => {
                let cause = format!(
                    "The Parameters '{}' could not be used to start the Task: [{reason}]",
                    parameters.text()
                );
                return CallOutcome::Failed(Failure::new(error_name::RUNTIME, cause));
            }
        };
        match self.answer(&invoke.as_call()).await {
            Ok(answer) => match answer.function_error() {
                Some(failure) => CallOutcome::Failed(compact(failure)),
                None => CallOutcome::Succeeded(Payload::from_value(answer.into_result())),
            },
            Err(failure) => CallOutcome::Failed(failure),
        }
    }

    async fn answer(&self, call: &RemoteCall<'_>) -> Result<Answer, Failure> {
        let name = FunctionReference::parse(call.function).name;
        if self.host.hosts(name) { self.hosted(name, call).await } else { self.remote(call).await }
    }

    async fn hosted(&self, name: &str, call: &RemoteCall<'_>) -> Result<Answer, Failure> {
        let client_context = call.client_context.and_then(invoke::from_base64);
        let invocation = self
            .host
            .invoke(Call {
                function: name,
                payload: call.payload,
                client_context: client_context.as_deref(),
            })
            .await
            .map_err(|error| Failure::new("Lambda.ServiceException", error.to_string()))?;
        let (payload, failed) = match invocation.outcome {
            Outcome::Succeeded(payload) => (payload, false),
            Outcome::FunctionError(payload) => (payload, true),
        };
        let headers = vec![
            ("Content-Type".to_owned(), "application/json".to_owned()),
            ("Content-Length".to_owned(), payload.len().to_string()),
            ("x-amzn-RequestId".to_owned(), invocation.request_id.clone()),
            ("X-Amz-Executed-Version".to_owned(), invocation.executed_version.to_owned()),
        ];
        Ok(Answer {
            status_code: 200,
            executed_version: Some(invocation.executed_version.to_owned()),
            failed,
            log_result: None,
            payload,
            request_id: invocation.request_id,
            headers,
        })
    }

    async fn remote(&self, call: &RemoteCall<'_>) -> Result<Answer, Failure> {
        let answer = self.remote.invoke(*call).await.map_err(|error| refused(&error))?;
        Ok(Answer {
            status_code: answer.status_code,
            executed_version: answer.executed_version,
            failed: answer.function_error.is_some(),
            log_result: answer.log_result,
            payload: answer.payload,
            request_id: answer.request_id.unwrap_or_default(),
            headers: answer.http_headers,
        })
    }
}

impl Caller for LambdaCaller {
    async fn call(&self, request: CallRequest<'_>) -> CallOutcome {
        match &request.call.target {
            CallTarget::LambdaFunction { arn } => self.function(arn, &request.call.payload).await,
            CallTarget::LambdaInvoke => self.invoke(&request.call.payload).await,
            // A use case starts executions; nobody calls for them.
            CallTarget::StartExecution => CallOutcome::lost(),
        }
    }
}

/// What Lambda's Invoke answered, whoever ran the function.
struct Answer {
    status_code: u16,
    executed_version: Option<String>,
    failed: bool,
    log_result: Option<String>,
    payload: String,
    request_id: String,
    headers: Vec<(String, String)>,
}

impl Answer {
    /// The failure that a function reported: its own error type, and its whole report as cause.
    fn function_error(&self) -> Option<Failure> {
        if !self.failed {
            return None;
        }
        let report: Value = serde_json::from_str(&self.payload).unwrap_or_default();
        let error = report.get("errorType").and_then(Value::as_str).unwrap_or("Lambda.Unknown");
        Some(Failure::new(error, self.payload.clone()))
    }

    fn payload_or_null(&self) -> &str {
        if self.payload.is_empty() { "null" } else { &self.payload }
    }

    /// The answer as Step Functions shows it: PascalCase, with the HTTP response's metadata.
    fn into_result(self) -> Value {
        let payload = serde_json::from_str(&self.payload).unwrap_or(Value::String(self.payload));
        let all: serde_json::Map<String, Value> =
            self.headers.iter().map(|(n, v)| (n.clone(), vec![v.as_str()].into())).collect();
        let single: serde_json::Map<String, Value> =
            self.headers.iter().map(|(n, v)| (n.clone(), v.as_str().into())).collect();
        let mut result = serde_json::Map::new();
        if let Some(version) = self.executed_version {
            result.insert("ExecutedVersion".into(), version.into());
        }
        if let Some(log) = self.log_result {
            result.insert("LogResult".into(), log.into());
        }
        result.insert("Payload".into(), payload);
        result.insert(
            "SdkHttpMetadata".into(),
            serde_json::json!({
                "AllHttpHeaders": all,
                "HttpHeaders": single,
                "HttpStatusCode": self.status_code,
            }),
        );
        result.insert(
            "SdkResponseMetadata".into(),
            serde_json::json!({ "RequestId": self.request_id }),
        );
        result.insert("StatusCode".into(), self.status_code.into());
        result.into()
    }
}

fn answered(payload: &str) -> CallOutcome {
    match Payload::parse(payload) {
        Ok(payload) => CallOutcome::Succeeded(payload),
        Err(error) => CallOutcome::Failed(Failure::new(
            error_name::RUNTIME,
            format!("The function's answer is not JSON: {error}"),
        )),
    }
}

/// The optimised integration prints a function's report without white space (recorded).
fn compact(failure: Failure) -> Failure {
    let cause = failure.cause.map(|cause| match serde_json::from_str::<Value>(&cause) {
        Ok(report) => report.to_string(),
        Err(_) => cause,
    });
    Failure { cause, ..failure }
}

/// Lambda's refusal in the words of the SDK that Step Functions uses (recorded).
fn refused(error: &RemoteError) -> Failure {
    match error {
        RemoteError::Service { code, message, status_code, request_id } => Failure::new(
            format!("Lambda.{code}"),
            format!(
                "{message} (Service: AWSLambda; Status Code: {status_code}; Error Code: {code}; \
                 Request ID: {request_id}; Proxy: null)"
            ),
        ),
        RemoteError::Transport { message } => Failure::new(
            "Lambda.SdkClientException",
            format!("Unable to execute HTTP request: {message}"),
        ),
    }
}
