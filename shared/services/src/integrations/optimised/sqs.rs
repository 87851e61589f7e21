//! SQS.
//!
//! Spec: Developer Guide, "Send messages to an Amazon SQS queue with Step Functions".

use model::Failure;
use serde_json::Value;

use super::{Action, OptimisedService, Parameters, Refused};
use crate::integrations::CallScope;

pub(super) const SERVICE: OptimisedService = OptimisedService {
    resource: "sqs",
    model: "sqs",
    prefix: "SQS",
    service: "AmazonSQS",
    exception: "AmazonSQSException",
    actions: &[Action::plain("sendMessage", "SendMessage").preparing(check_queue_url)],
};

/// Refuses what is no URL as AWS does, which takes the queue's URL for the endpoint (recorded).
fn check_queue_url(_: &CallScope<'_>, given: Parameters) -> Result<Parameters, Refused> {
    match given.get("QueueUrl") {
        Some(Value::String(url)) if !url.contains("://") && !url.is_empty() => {
            let host = url.split('/').next().unwrap_or(url);
            Err(Refused::Failed(Failure::new(
                "SQS.SdkClientException",
                format!("Unable to execute HTTP request: {host}: Name or service not known"),
            )))
        }
        _ => Ok(given),
    }
}
