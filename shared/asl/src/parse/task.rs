//! Task State.

use model::limits::SECONDS_MAX;

use super::{
    cursor::DocumentCursor,
    fields::ObjectSchema,
    flow, handlers,
    language::{IntegerBounds, ParseLanguage, ResultPresence},
    resource,
};
use crate::{NumberOrReference, TaskState};

/// Spec: ASL § Task State.
pub(super) const FIELDS: ObjectSchema = ObjectSchema {
    allowed: &[
        "Type",
        "Comment",
        "QueryLanguage",
        "Next",
        "End",
        "Resource",
        "TimeoutSeconds",
        "HeartbeatSeconds",
        "Retry",
        "Catch",
        "Assign",
        "Credentials",
    ],
    jsonpath: &[
        "InputPath",
        "OutputPath",
        "Parameters",
        "ResultSelector",
        "ResultPath",
        "TimeoutSecondsPath",
        "HeartbeatSecondsPath",
    ],
    jsonata: &["Arguments", "Output"],
    required: &["Resource"],
};

/// Parses a Task state.
pub(super) fn parse_task_state<L: ParseLanguage>(
    state: &DocumentCursor<'_>,
) -> Option<TaskState<L>> {
    const SECONDS: IntegerBounds = IntegerBounds(1, SECONDS_MAX);
    let next = flow::parse_next_or_end(state);
    let timeout =
        L::parse_number_or_reference(state, ["TimeoutSeconds", "TimeoutSecondsPath"], SECONDS);
    let heartbeat =
        L::parse_number_or_reference(state, ["HeartbeatSeconds", "HeartbeatSecondsPath"], SECONDS);
    if let (
        Some(Some(NumberOrReference::Literal(timeout))),
        Some(Some(NumberOrReference::Literal(heartbeat))),
    ) = (&timeout, &heartbeat)
        && heartbeat >= timeout
    {
        state.refuse("'HeartbeatSeconds' should be smaller than 'TimeoutSeconds'");
    }
    let resource =
        state.get("Resource").and_then(|resource| resource::parse_task_resource(&resource));
    let credentials = L::parse_credentials(state);
    let flow = L::parse_data_flow(state, ResultPresence::Present);
    let handlers = handlers::parse_error_handlers(state);
    Some(TaskState {
        flow: flow?,
        resource: resource?,
        timeout: timeout?,
        heartbeat: heartbeat?,
        credentials: credentials?,
        handlers: handlers?,
        next: next?,
    })
}

/// Checks the members of `Credentials` that AWS requires.
pub(super) fn check_credentials(credentials: &DocumentCursor<'_>) -> Option<()> {
    credentials.expect_object()?;
    if !credentials.has_field("RoleArn") && !credentials.has_field("RoleArn.$") {
        credentials.refuse("The field 'RoleArn' is required but was missing");
        return None;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::examples::{refusals_of, task_state_json};

    #[test]
    fn a_task_has_a_resource() {
        assert_eq!(
            refusals_of(json!({"Type": "Task", "End": true})),
            ["These fields are required: [Resource] at /States/S"]
        );
    }

    #[test]
    fn a_timeout_is_given_once_and_longer_than_the_heartbeat() {
        assert_eq!(
            refusals_of(task_state_json(json!({"TimeoutSeconds": 1, "TimeoutSecondsPath": "$.t"}))),
            ["There should only be one of the following fields: [TimeoutSeconds, \
              TimeoutSecondsPath] at /States/S"]
        );
        assert_eq!(
            refusals_of(task_state_json(json!({"TimeoutSeconds": 5, "HeartbeatSeconds": 5}))),
            ["'HeartbeatSeconds' should be smaller than 'TimeoutSeconds' at /States/S"]
        );
        assert_eq!(
            refusals_of(task_state_json(json!({"TimeoutSeconds": 0}))),
            ["Minimum value is 1 at /States/S/TimeoutSeconds"]
        );
        let valid = json!({"TimeoutSecondsPath": "$.t", "HeartbeatSeconds": 5});
        assert!(refusals_of(task_state_json(valid)).is_empty());
    }
}
