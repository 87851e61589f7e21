//! `aws-sdk:<service>:<action>`: any operation of any service.
//!
//! Spec: Developer Guide, "Using AWS SDK service integrations".

use std::sync::Arc;

use model::Payload;
use orchestrator::ports::CallOutcome;
use serde_json::Value;

use super::{CallScope, failures::Wording, results::task_result};
use crate::{
    client::{CallFailure, ServiceCall},
    find_service,
    service_model::{NameStyle, Operation, ServiceModel},
};

/// The prefix of such a service in a Resource.
const PREFIX: &str = "aws-sdk:";

/// An operation of a service.
#[derive(Clone, Debug)]
pub(crate) struct SdkAction {
    pub(crate) model: Arc<ServiceModel>,
    name: String,
}

impl SdkAction {
    /// Finds what a Resource names after `arn:aws:states:::`; none if there is no such operation or
    /// Step Functions does not offer it.
    pub(crate) fn find(service: &str, action: &str) -> Option<Self> {
        let model = find_service(service.strip_prefix(PREFIX)?)?;
        let (name, operation) = model.find_action(action)?;
        let name = operation.is_offered().then(|| name.to_owned())?;
        Some(Self { model, name })
    }

    /// The operation with its name.
    pub(crate) fn operation(&self) -> Option<(&str, &Operation)> {
        self.model.find_operation(&self.name)
    }
}

/// Calls the operation.
pub(super) async fn call(scope: &CallScope<'_>, action: &SdkAction) -> CallOutcome {
    let parameters = scope.payload;
    let style = NameStyle::Sdk;
    let wording = Wording::Sdk(&action.model);
    let Some(operation) = action.operation() else {
        let failure = CallFailure::Parameters("there is no such operation".to_owned());
        return CallOutcome::Failed(wording.failure(&failure, parameters.json_text()));
    };
    let answer = scope.client.call(ServiceCall {
        model: &action.model,
        operation,
        style,
        parameters: parameters.json_value(),
        idempotency_token: &scope.idempotency_token,
        identity: Some(scope.identity),
    });
    match answer.await {
        Ok(answer) => {
            let result = task_result(&action.model, operation.1.output, style, answer.members);
            CallOutcome::Succeeded(Payload::from_value(Value::Object(result)))
        }
        Err(mut failure) => {
            name_missing_object(&action.model, operation.0, &mut failure);
            CallOutcome::Failed(wording.failure(&failure, parameters.json_text()))
        }
    }
}

/// An answer of S3 to HEAD cannot say what is not there.
///
/// Spec: aws-sdk-java-v2, `ExceptionTranslationInterceptor` of S3.
fn name_missing_object(model: &ServiceModel, operation: &str, failure: &mut CallFailure) {
    if let CallFailure::Refused(refusal) = failure
        && model.id == "S3"
        && refusal.status == 404
    {
        match operation {
            "HeadObject" => "NoSuchKey".clone_into(&mut refusal.kind),
            "HeadBucket" => "NoSuchBucket".clone_into(&mut refusal.kind),
            _ => {}
        }
    }
}
