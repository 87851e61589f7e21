//! Warnings about resources that AWS offers and Statewright cannot call.

use model::TaskResource;

use crate::{
    Diagnostic, DiagnosticCode, outline,
    parse::{parse_offered_resource, read_document},
    warnings::WARNINGS_MAX,
};

/// Returns a warning for each Task whose resource `can_call` rejects, in document order.
///
/// Such a definition is valid; the state fails when it makes the call.
pub fn unsupported_resource_warnings(
    text: &str,
    can_call: impl Fn(&TaskResource) -> bool,
) -> Vec<Diagnostic> {
    resource_warnings(text, DiagnosticCode::StatewrightUnsupportedResource, |resource, arn| {
        (!can_call(resource))
            .then(|| format!("This version of Statewright cannot call {arn}: the state will fail"))
    })
}

/// Returns a warning for each Task whose service `find_reason` says a reason for not to call, in
/// document order.
pub fn unreachable_service_warnings(
    text: &str,
    find_reason: impl Fn(&TaskResource) -> Option<String>,
) -> Vec<Diagnostic> {
    let code = DiagnosticCode::StatewrightUnreachableService;
    resource_warnings(text, code, |resource, _| {
        find_reason(resource).map(|reason| format!("{reason}: the state will fail"))
    })
}

fn resource_warnings(
    text: &str,
    code: DiagnosticCode,
    find_message: impl Fn(&TaskResource, &str) -> Option<String>,
) -> Vec<Diagnostic> {
    let Ok(document) = read_document(text) else { return Vec::new() };
    let workflows = outline::outline_workflows(&document);
    let states = workflows.iter().flat_map(|workflow| &workflow.states);
    states
        .filter_map(|state| {
            let shape = state.shape.filter(|shape| shape.kind == "Task")?;
            let arn = shape.fields.get("Resource")?.as_str()?;
            let resource = parse_offered_resource(arn)?;
            let message = find_message(&resource, arn)?;
            let location = format!("{}/Resource", state.location);
            Some(Diagnostic::warning(code, message, location))
        })
        .take(WARNINGS_MAX)
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_resource_that_cannot_be_called_is_named_with_its_place() {
        let task = |arn: &str| json!({"Type": "Task", "Resource": arn, "End": true});
        let inner = json!({"StartAt": "In",
            "States": {"In": task("arn:aws:states:::sqs:sendMessage")}});
        let machine = json!({"StartAt": "Map", "States": {
            "Map": {"Type": "Map", "ItemProcessor": inner, "End": true},
            "Call": task("arn:aws:states:::lambda:invoke"),
            "Unknown": task("arn:aws:states:::no:such"),
            "Odd": task("nonsense"),
        }});
        let warnings = unsupported_resource_warnings(&machine.to_string(), |resource| {
            *resource == TaskResource::lambda_invoke()
        });
        let shown: Vec<String> = warnings.iter().map(ToString::to_string).collect();
        assert_eq!(
            shown,
            ["STATEWRIGHT_UNSUPPORTED_RESOURCE: This version of Statewright cannot call \
              arn:aws:states:::sqs:sendMessage: the state will fail at \
              /States/Map/ItemProcessor/States/In/Resource"]
        );
    }
}
