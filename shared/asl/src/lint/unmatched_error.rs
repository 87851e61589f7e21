//! Retriers and catchers that no error reaches.

use std::collections::BTreeMap;

use model::error_name;
use serde_json::Value;

use crate::{
    Diagnostic, DiagnosticCode,
    outline::{TypedStateOutline, WorkflowOutline},
};

/// Reports every retrier and catcher that no error reaches.
pub(super) fn find_unmatched_handlers(workflows: &[WorkflowOutline<'_>]) -> Vec<Diagnostic> {
    let states = workflows.iter().flat_map(|workflow| &workflow.states);
    let in_state = states.filter_map(|state| Some((state, state.shape?)));
    in_state
        .flat_map(|(state, shape)| {
            ["Retry", "Catch"].into_iter().flat_map(move |list| {
                find_never_matching(&shape, list).into_iter().map(move |(index, why)| {
                    let location = format!("{}/{list}[{index}]", state.location);
                    let message = format!("No error reaches this: {why}");
                    Diagnostic::warning(
                        DiagnosticCode::StatewrightUnmatchedError,
                        message,
                        location,
                    )
                })
            })
        })
        .collect()
}

/// Returns the elements of `Retry` or `Catch` that no error reaches: the index and the reason.
///
/// The first element that matches an error handles it, even if it has no attempts left.
pub(super) fn find_never_matching(
    shape: &TypedStateOutline<'_>,
    list: &str,
) -> BTreeMap<usize, String> {
    let mut found = BTreeMap::new();
    let mut earlier: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, handler) in shape.field_elements(list).iter().enumerate() {
        let names: Vec<&str> = handler
            .get("ErrorEquals")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let reasons: Option<Vec<String>> =
            names.iter().map(|name| unmatched_reason(name, list, &earlier)).collect();
        if let Some(reasons) = reasons.filter(|reasons| !reasons.is_empty()) {
            found.insert(index, reasons.join("; "));
        }
        for name in names {
            earlier.entry(name).or_insert(index);
        }
    }
    found
}

/// Returns why an error of this name never reaches a handler; `None` if it may.
fn unmatched_reason(name: &str, list: &str, earlier: &BTreeMap<&str, usize>) -> Option<String> {
    if name == error_name::RUNTIME {
        return Some(format!("{name} can be neither retried nor caught"));
    }
    if let Some(index) = earlier.get(name) {
        return Some(format!("{list}[{index}] takes {name}"));
    }
    // `States.TaskFailed` matches every error except a timeout; a missed heartbeat is a timeout.
    // The Developer Guide contradicts itself about `States.DataLimitExceeded`.
    let is_failure = ![
        error_name::ALL,
        error_name::TIMEOUT,
        error_name::HEARTBEAT_TIMEOUT,
        "States.DataLimitExceeded",
    ]
    .contains(&name);
    let index = earlier.get(error_name::TASK_FAILED).filter(|_| is_failure)?;
    Some(format!("{list}[{index}] takes {name} with {}", error_name::TASK_FAILED))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::tests::found;

    fn handlers(names: &[&[&str]]) -> Vec<String> {
        let retry: Vec<Value> = names.iter().map(|names| json!({"ErrorEquals": names})).collect();
        let resource = "arn:aws:lambda:us-east-1:000000000000:function:f";
        let task = json!({"Type": "Task", "Resource": resource, "Retry": retry, "End": true});
        found("JSONPath", json!({"A": task}))
    }

    #[test]
    fn an_error_is_handled_once() {
        assert_eq!(
            handlers(&[&["E"], &["E"]]),
            ["STATEWRIGHT_UNMATCHED_ERROR: No error reaches this: Retry[0] takes E at \
              /States/A/Retry[1]"]
        );
        assert_eq!(handlers(&[&["E"], &["F"], &["E", "G"]]), [""; 0]);
    }

    #[test]
    fn a_failed_task_is_every_error_but_a_timeout() {
        assert_eq!(
            handlers(&[&["States.TaskFailed"], &["E", "States.Permissions"]]),
            ["STATEWRIGHT_UNMATCHED_ERROR: No error reaches this: Retry[0] takes E with \
              States.TaskFailed; Retry[0] takes States.Permissions with States.TaskFailed at \
              /States/A/Retry[1]"]
        );
        let rest = ["States.Timeout", "States.HeartbeatTimeout"];
        assert_eq!(handlers(&[&["States.TaskFailed"], &rest, &["States.ALL"]]), [""; 0]);
    }

    #[test]
    fn a_runtime_error_cannot_be_handled() {
        assert_eq!(
            handlers(&[&["States.Runtime"]]),
            ["STATEWRIGHT_UNMATCHED_ERROR: No error reaches this: States.Runtime can be neither \
              retried nor caught at /States/A/Retry[0]"]
        );
        assert_eq!(handlers(&[&["States.Runtime", "E"]]), [""; 0]);
    }
}
