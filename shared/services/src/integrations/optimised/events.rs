//! EventBridge.
//!
//! Spec: Developer Guide, "Add EventBridge events with Step Functions".

use model::Failure;
use serde_json::{Map, Value, json};

use super::{Action, OptimisedService, Parameters, Refused};
use crate::integrations::CallScope;

pub(super) const SERVICE: OptimisedService = OptimisedService {
    resource: "events",
    model: "eventbridge",
    prefix: "EventBridge",
    service: "AmazonEventBridge",
    exception: "AmazonEventBridgeException",
    actions: &[Action::plain("putEvents", "PutEvents")
        .preparing(name_the_sender)
        .concluding(fail_if_an_entry_failed)],
};

/// Adds the state machine and the execution to the resources of each entry (recorded).
#[expect(clippy::unnecessary_wraps, reason = "others of its kind refuse")]
fn name_the_sender(scope: &CallScope<'_>, mut given: Parameters) -> Result<Parameters, Refused> {
    if let Some(Value::Array(entries)) = given.get_mut("Entries") {
        for entry in entries.iter_mut().filter_map(Value::as_object_mut) {
            let resources = entry.entry("Resources").or_insert_with(|| json!([]));
            if let Value::Array(resources) = resources {
                resources.push(scope.state_machine_arn().into());
                resources.push(scope.execution_arn().into());
            }
        }
    }
    Ok(given)
}

fn fail_if_an_entry_failed(
    _: &CallScope<'_>,
    result: Map<String, Value>,
) -> Result<Map<String, Value>, Failure> {
    let failed = result.get("FailedEntryCount").and_then(Value::as_i64).unwrap_or_default();
    if failed == 0 {
        return Ok(result);
    }
    Err(Failure::new("EventBridge.FailedEntry", Value::Object(result).to_string()))
}
