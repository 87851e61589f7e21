//! Bedrock: models are invoked through one service and customised through another.
//!
//! Spec: Developer Guide, "Invoke and customize Amazon Bedrock models with Step Functions".

use model::Failure;
use serde_json::{Map, Value};

use super::{Action, OptimisedService};
use crate::integrations::{
    CallScope,
    jobs::{Job, ValueSource},
};

const CUSTOMIZATION_JOB: Job = Job {
    succeeded: &["Completed"],
    failed: &["Failed", "Stopped"],
    told: Some(("aws.bedrock", ValueSource::Answer(&["JobArn"]))),
    cancel: Some((
        "StopModelCustomizationJob",
        &[("JobIdentifier", ValueSource::Answer(&["JobArn"]))],
    )),
    ..Job::new(
        ("GetModelCustomizationJob", &[("JobIdentifier", ValueSource::Answer(&["JobArn"]))]),
        &[],
        &["Status"],
    )
};

pub(super) const CUSTOMIZATION: OptimisedService = OptimisedService {
    resource: "bedrock",
    model: "bedrock",
    prefix: "Bedrock",
    service: "AmazonBedrock",
    exception: "AmazonBedrockException",
    actions: &[Action::plain("createModelCustomizationJob", "CreateModelCustomizationJob")
        .awaiting(CUSTOMIZATION_JOB)],
};

pub(super) const RUNTIME: OptimisedService = OptimisedService {
    resource: "bedrock",
    model: "bedrockruntime",
    prefix: "Bedrock",
    service: "AmazonBedrockRuntime",
    exception: "AmazonBedrockRuntimeException",
    actions: &[Action::plain("invokeModel", "InvokeModel")
        .with_parameters(&[
            "Accept",
            "Body",
            "ContentType",
            "GuardrailIdentifier",
            "GuardrailVersion",
            "Input",
            "ModelId",
            "Output",
            "PerformanceConfigLatency",
            "ServiceTier",
            "Trace",
        ])
        .storing_bodies()
        .concluding(parse_body)],
};

/// A body of JSON is shown as JSON.
#[expect(clippy::unnecessary_wraps, reason = "others of its kind refuse")]
fn parse_body(
    _: &CallScope<'_>,
    mut result: Map<String, Value>,
) -> Result<Map<String, Value>, Failure> {
    if let Some(Value::String(text)) = result.get("Body")
        && let Ok(body) = serde_json::from_str(text)
    {
        result.insert("Body".to_owned(), body);
    }
    Ok(result)
}
