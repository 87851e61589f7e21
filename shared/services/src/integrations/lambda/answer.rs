//! The answer of an asynchronous invocation, as Lambda sends it to a destination.
//!
//! Spec: Lambda Developer Guide, "Capturing records of Lambda asynchronous invocations".

use model::{Failure, JobName, Payload, TaskAnswerId, TaskResource, error_name};
use serde::Deserialize;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use super::{InvokeResponse, result_of_function, result_of_invoke};

/// What the index of jobs calls the invocation with this request id.
pub(super) fn invocation_name(request_id: &str) -> JobName {
    JobName::new("lambda", request_id)
}

/// The record of an asynchronous invocation that has ended.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FunctionAnswer {
    request_context: RequestContext,
    response_context: Option<ResponseContext>,
    response_payload: Option<Box<RawValue>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RequestContext {
    request_id: String,
    condition: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ResponseContext {
    status_code: u16,
    executed_version: Option<String>,
    function_error: Option<String>,
}

impl FunctionAnswer {
    /// Reads the record; none if the text is something else.
    pub fn parse(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// What the index of jobs calls the invocation.
    pub fn invocation(&self) -> JobName {
        invocation_name(&self.request_context.request_id)
    }

    /// Identifies the answer, however often it is delivered.
    pub fn answer_id(&self) -> TaskAnswerId {
        let digest = Sha256::digest(self.request_context.request_id.as_bytes());
        let bits = digest.iter().take(8).fold(0, |bits, byte| bits << 8 | u64::from(*byte));
        TaskAnswerId::from_bits(bits)
    }

    /// The result of a Task with this resource, or its failure: that of a synchronous call. A function that
    /// did not run at all, for hours or until it was throttled for good, is an unknown error.
    pub fn result(&self, resource: &TaskResource) -> Result<Payload, Failure> {
        let payload = self.response_payload.as_ref().map(|payload| payload.get().to_owned());
        let (Some(context), Some(payload)) = (&self.response_context, payload) else {
            let condition = &self.request_context.condition;
            let cause = format!("The function was not run: {condition}");
            return Err(Failure::new(error_name::LAMBDA_UNKNOWN, cause));
        };
        let response = InvokeResponse {
            status_code: context.status_code,
            executed_version: context.executed_version.clone(),
            function_error: context.function_error.clone(),
            log_result: None,
            payload,
            request_id: Some(self.request_context.request_id.clone()),
            http_headers: Vec::new(),
        };
        match resource {
            TaskResource::Integration(_) => result_of_invoke(response),
            TaskResource::LambdaFunction { .. } | TaskResource::Activity { .. } => {
                result_of_function(&response)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// As the Developer Guide shows it, but for the payloads.
    fn record(condition: &str, response: &serde_json::Value) -> FunctionAnswer {
        let mut record = json!({
            "version": "1.0",
            "timestamp": "2019-11-14T18:16:05.568Z",
            "requestContext": {
                "requestId": "e4b46cbf-b738-xmpl-8880-a18cdf61200e",
                "functionArn": "arn:aws:lambda:us-east-2:123456789012:function:my-function:$LATEST",
                "condition": condition,
                "approximateInvokeCount": 3
            },
            "requestPayload": {"ORDER_IDS": [1]},
        });
        if let (Some(record), Some(response)) = (record.as_object_mut(), response.as_object()) {
            record.extend(response.clone());
        }
        FunctionAnswer::parse(&record.to_string()).expect("a record")
    }

    fn by_arn() -> TaskResource {
        TaskResource::LambdaFunction { arn: "arn:aws:lambda:us-east-2:1:function:f".to_owned() }
    }

    #[test]
    fn an_answer_is_what_the_response_would_have_been() {
        let context = json!({"statusCode": 200, "executedVersion": "$LATEST"});
        let answer = record(
            "Success",
            &json!({"responseContext": context, "responsePayload": {"b": 1.0, "a": [2]}}),
        );
        let output = answer.result(&by_arn()).expect("succeeds");
        assert_eq!(*output.json_value(), json!({"b": 1.0, "a": [2]}));
        let output = answer.result(&TaskResource::lambda_invoke()).expect("succeeds");
        assert_eq!(output.json_value()["Payload"], json!({"b": 1.0, "a": [2]}));
        assert_eq!(output.json_value()["ExecutedVersion"], "$LATEST");
        assert_eq!(output.json_value()["StatusCode"], 200);
    }

    #[test]
    fn an_error_of_the_function_is_its_failure() {
        let context =
            json!({"statusCode": 200, "executedVersion": "1", "functionError": "Unhandled"});
        let report = json!({"errorMessage": "m", "errorType": "E"});
        let answer = record(
            "RetriesExhausted",
            &json!({"responseContext": context, "responsePayload": report}),
        );
        let failure = answer.result(&by_arn()).expect_err("fails");
        assert_eq!(failure.error.as_deref(), Some("E"));
        assert_eq!(failure.cause, Some(report.to_string()));
    }

    #[test]
    fn a_function_that_was_not_run_is_an_unknown_error() {
        let answer = record("EventAgeExceeded", &json!({}));
        let failure = answer.result(&by_arn()).expect_err("fails");
        assert_eq!(failure.error.as_deref(), Some("Lambda.Unknown"));
    }

    #[test]
    fn other_messages_are_no_answers() {
        for text in ["", "{}", r#"{"requestContext": {"requestId": 1}}"#] {
            assert!(FunctionAnswer::parse(text).is_none(), "{text}");
        }
    }
}
