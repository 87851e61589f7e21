//! HTTP Tasks that wait for longer than AWS lets them.

use serde_json::Value;

use crate::{Diagnostic, DiagnosticCode, outline::WorkflowOutline};

/// How long an endpoint may take on AWS, in seconds.
///
/// Spec: Developer Guide, "Call HTTPS APIs in Step Functions workflows" § quotas.
const HTTP_TASK_SECONDS_MAX: u64 = 60;

/// Reports every HTTP Task whose timeout AWS does not wait for.
pub(super) fn find_long_http_tasks(workflows: &[WorkflowOutline<'_>]) -> Vec<Diagnostic> {
    let states = workflows.iter().flat_map(|workflow| &workflow.states);
    let in_state = states.filter_map(|state| Some((state, state.shape?)));
    let long = in_state.filter(|(_, shape)| {
        let resource = shape.field_text("Resource").unwrap_or_default();
        let timeout = shape.fields.get("TimeoutSeconds").and_then(Value::as_u64);
        shape.kind == "Task"
            && resource.ends_with(":states:::http:invoke")
            && timeout.is_some_and(|seconds| seconds > HTTP_TASK_SECONDS_MAX)
    });
    long.map(|(state, _)| {
        let message = format!(
            "AWS ends an HTTP Task after {HTTP_TASK_SECONDS_MAX} seconds with States.Http.Socket; \
             Statewright waits for this timeout"
        );
        let location = format!("{}/TimeoutSeconds", state.location);
        Diagnostic::warning(DiagnosticCode::StatewrightLongHttpTask, message, location)
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::found;

    fn http_task(timeout: u64) -> Vec<String> {
        let request = json!({"ApiEndpoint": "https://example.com", "Method": "GET",
            "Authentication": {"ConnectionArn": "arn:aws:events:us-east-1:000000000000:connection/c/1"}});
        let task = json!({"Type": "Task", "Resource": "arn:aws:states:::http:invoke",
            "Parameters": request, "TimeoutSeconds": timeout, "End": true});
        found("JSONPath", json!({"A": task}))
    }

    #[test]
    fn an_http_task_may_wait_for_a_minute() {
        assert_eq!(http_task(60), [""; 0]);
        assert_eq!(
            http_task(61),
            ["STATEWRIGHT_LONG_HTTP_TASK: AWS ends an HTTP Task after 60 seconds with \
              States.Http.Socket; Statewright waits for this timeout at /States/A/TimeoutSeconds"]
        );
    }
}
