//! What an Express state machine may not have.

use model::{IntegrationPattern, TaskResource};
use serde_json::Value;

use crate::{
    Diagnostic, DiagnosticCode, DiagnosticSeverity, outline,
    parse::{parse_offered_resource, read_document},
};

/// Returns an error for each Task whose pattern an Express state machine does not support, in
/// document order: it waits for more than a response, or for a worker of an activity.
///
/// Spec: Developer Guide, "Choosing workflow type" § service integrations; the words are recorded.
pub fn express_refusals(text: &str) -> Vec<Diagnostic> {
    let Ok(document) = read_document(text) else { return Vec::new() };
    let workflows = outline::outline_workflows(&document);
    let states = workflows.iter().flat_map(|workflow| &workflow.states);
    let refusals = states.filter_map(|state| {
        let shape = state.shape.filter(|shape| shape.kind == "Task")?;
        let resource = shape.fields.get("Resource").and_then(Value::as_str)?;
        let what = unsupported_pattern(&parse_offered_resource(resource)?)?;
        Some(Diagnostic {
            severity: DiagnosticSeverity::Error,
            code: DiagnosticCode::SchemaValidationFailed,
            message: format!("Express state machine does not support {what}"),
            location: Some(format!("{}/Resource", state.location)),
        })
    });
    refusals.collect()
}

/// AWS's words for a pattern that is not supported; one of them ends with a space.
fn unsupported_pattern(resource: &TaskResource) -> Option<&'static str> {
    match resource {
        TaskResource::Activity { .. } => Some("Activity ARN"),
        TaskResource::LambdaFunction { .. } => None,
        TaskResource::Integration(integration) => match integration.pattern {
            IntegrationPattern::RequestResponse => None,
            IntegrationPattern::Sync | IntegrationPattern::SyncJson => {
                Some("'.sync' service integration")
            }
            IntegrationPattern::WaitForTaskToken => {
                Some("'.waitForTaskToken' service integration ")
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_waits_for_more_than_a_response_is_refused_wherever_it_is() {
        let task = |resource: &str| json!({ "Type": "Task", "Resource": resource, "End": true });
        let branch = |name: &str, resource: &str| json!({ "StartAt": name, "States": { name: task(resource) } });
        let definition = json!({ "StartAt": "P", "States": { "P": { "Type": "Parallel", "End": true,
            "Branches": [
                branch("A", "arn:aws:states:us-east-1:000000000000:activity:a"),
                branch("S", "arn:aws:states:::states:startExecution.sync:2"),
                branch("W", "arn:aws:states:::sqs:sendMessage.waitForTaskToken"),
                branch("R", "arn:aws:states:::sqs:sendMessage"),
                branch("L", "arn:aws:lambda:us-east-1:000000000000:function:f"),
            ] } } });
        let refusals = express_refusals(&definition.to_string());
        let shown: Vec<String> = refusals.iter().map(ToString::to_string).collect();
        assert_eq!(
            shown,
            [
                "SCHEMA_VALIDATION_FAILED: Express state machine does not support Activity ARN at \
                 /States/P/Branches[0]/States/A/Resource",
                "SCHEMA_VALIDATION_FAILED: Express state machine does not support '.sync' service \
                 integration at /States/P/Branches[1]/States/S/Resource",
                "SCHEMA_VALIDATION_FAILED: Express state machine does not support \
                 '.waitForTaskToken' service integration  at \
                 /States/P/Branches[2]/States/W/Resource",
            ]
        );
    }
}
