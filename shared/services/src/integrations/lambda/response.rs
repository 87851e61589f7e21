//! Converts responses of Lambda's Invoke to what Step Functions shows.

use model::{Failure, Payload, error_name};
use serde_json::Value;

use super::{super::results::shown_header_name, InvokeFailure, InvokeResponse};
use crate::integrations::failures::identity_failure;

/// Returns the failure that a function reported, with its error type as error and its whole payload
/// as cause; none if the function succeeded.
pub(super) fn function_error(invocation: &InvokeResponse) -> Option<Failure> {
    invocation.function_error.as_ref()?;
    let report: Value = serde_json::from_str(&invocation.payload).unwrap_or_default();
    let error = report.get("errorType").and_then(Value::as_str).unwrap_or("Lambda.Unknown");
    Some(Failure::new(error, invocation.payload.clone()))
}

/// Returns the result of the optimised integration: PascalCase members, with the metadata of the
/// HTTP response.
pub(super) fn into_invoke_result(invocation: InvokeResponse) -> Value {
    let payload =
        serde_json::from_str(&invocation.payload).unwrap_or(Value::String(invocation.payload));
    let headers = || {
        let headers = invocation.http_headers.iter();
        headers.map(|(name, value)| (shown_header_name(name), value.as_str()))
    };
    let all: serde_json::Map<String, Value> =
        headers().map(|(name, value)| (name, vec![value].into())).collect();
    let single: serde_json::Map<String, Value> =
        headers().map(|(name, value)| (name, value.into())).collect();
    let mut result = serde_json::Map::new();
    if let Some(version) = invocation.executed_version {
        result.insert("ExecutedVersion".into(), version.into());
    }
    if let Some(log) = invocation.log_result {
        result.insert("LogResult".into(), log.into());
    }
    result.insert("Payload".into(), payload);
    result.insert(
        "SdkHttpMetadata".into(),
        serde_json::json!({
            "AllHttpHeaders": all,
            "HttpHeaders": single,
            "HttpStatusCode": invocation.status_code,
        }),
    );
    let request_id = invocation.request_id.unwrap_or_default();
    result.insert("SdkResponseMetadata".into(), serde_json::json!({ "RequestId": request_id }));
    result.insert("StatusCode".into(), invocation.status_code.into());
    result.into()
}

/// Returns the result of a call with this response payload, or its failure. An empty payload is null.
pub(super) fn result_from_payload(payload: &str) -> Result<Payload, Failure> {
    let payload = if payload.is_empty() { "null" } else { payload };
    Payload::parse(payload).map_err(|error| {
        Failure::new(error_name::RUNTIME, format!("The function's answer is not JSON: {error}"))
    })
}

/// Removes white space from a function's error payload, as the optimised integration does
/// (recorded).
pub(super) fn compact_cause(failure: Failure) -> Failure {
    let cause = failure.cause.map(|cause| match serde_json::from_str::<Value>(&cause) {
        Ok(report) => report.to_string(),
        Err(_) => cause,
    });
    Failure { cause, ..failure }
}

/// Returns the failure for an error of the call, worded as by the Java SDK that Step Functions uses
/// (recorded).
pub(super) fn to_lambda_failure(error: &InvokeFailure) -> Failure {
    match error {
        InvokeFailure::Service { code, message, status_code, request_id } => Failure::new(
            format!("Lambda.{code}"),
            format!(
                "{message} (Service: AWSLambda; Status Code: {status_code}; Error Code: {code}; \
                 Request ID: {request_id}; Proxy: null)"
            ),
        ),
        InvokeFailure::Host { message } => Failure::new("Lambda.ServiceException", message.clone()),
        InvokeFailure::NotPermitted { message } => {
            Failure::new(error_name::PERMISSIONS, message.clone())
        }
        InvokeFailure::Role { role_arn, message } => Failure::new(
            error_name::PERMISSIONS,
            format!("The role {role_arn} could not be assumed: {message}"),
        ),
        InvokeFailure::TaskRole { role_arn, message } => identity_failure(role_arn, true, message),
        InvokeFailure::Transport { message } => Failure::new(
            "Lambda.SdkClientException",
            format!("Unable to execute HTTP request: {message}"),
        ),
    }
}
