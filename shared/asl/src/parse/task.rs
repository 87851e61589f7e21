//! Task State.

use model::limits::SECONDS_MAX;

use super::{
    cursor::Cursor,
    fields::{self, Fields},
    flow, handlers, path, resource,
};
use crate::{Duration, Task};

/// Spec: ASL § Task State.
pub(super) const FIELDS: Fields = Fields {
    allowed: &[
        "Type",
        "Comment",
        "QueryLanguage",
        "Next",
        "End",
        "InputPath",
        "OutputPath",
        "Parameters",
        "ResultSelector",
        "ResultPath",
        "Resource",
        "TimeoutSeconds",
        "TimeoutSecondsPath",
        "HeartbeatSeconds",
        "HeartbeatSecondsPath",
        "Retry",
        "Catch",
        "Assign",
        "Credentials",
    ],
    jsonata: &["Arguments", "Output"],
    required: &["Resource"],
};

/// Reads a Task.
pub(super) fn parse(state: &Cursor<'_>) -> Option<Task> {
    let next = flow::next(state);
    let timeout = duration(state, &["TimeoutSeconds", "TimeoutSecondsPath"]);
    let heartbeat = duration(state, &["HeartbeatSeconds", "HeartbeatSecondsPath"]);
    if let (Some(Some(Duration::Seconds(timeout))), Some(Some(Duration::Seconds(heartbeat)))) =
        (&timeout, &heartbeat)
        && heartbeat >= timeout
    {
        state.refuse("'HeartbeatSeconds' should be smaller than 'TimeoutSeconds'");
    }
    let resource = state.get("Resource").and_then(|resource| resource::parse(&resource));
    let credentials = state.optional("Credentials", credentials);
    let flow = flow::data_flow(state);
    let handlers = handlers::parse(state);
    credentials?;
    Some(Task {
        flow: flow?,
        resource: resource?,
        timeout: timeout?,
        heartbeat: heartbeat?,
        handlers: handlers?,
        next: next?,
    })
}

/// Reads a number of seconds, or where to find it; the two fields exclude each other.
#[expect(clippy::option_option, reason = "wrong, left out and given are three things")]
fn duration(state: &Cursor<'_>, group: &[&str; 2]) -> Option<Option<Duration>> {
    let [plain, _] = group;
    match fields::at_most_one(state, group)? {
        None => Some(None),
        Some((name, cursor)) if name == *plain => {
            cursor.integer(1, SECONDS_MAX).map(|seconds| Some(Duration::Seconds(seconds)))
        }
        Some((_, cursor)) => path::sourced(&cursor).map(|path| Some(Duration::Path(path))),
    }
}

/// Checks what must be there, in AWS's words; what it says is not supported.
fn credentials(credentials: &Cursor<'_>) -> Option<()> {
    credentials.object()?;
    if !credentials.has("RoleArn") && !credentials.has("RoleArn.$") {
        credentials.refuse("The field 'RoleArn' is required but was missing");
        return None;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::examples::{refusals_of, task};

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
            refusals_of(task(json!({"TimeoutSeconds": 1, "TimeoutSecondsPath": "$.t"}))),
            ["There should only be one of the following fields: [TimeoutSeconds, \
              TimeoutSecondsPath] at /States/S"]
        );
        assert_eq!(
            refusals_of(task(json!({"TimeoutSeconds": 5, "HeartbeatSeconds": 5}))),
            ["'HeartbeatSeconds' should be smaller than 'TimeoutSeconds' at /States/S"]
        );
        assert_eq!(
            refusals_of(task(json!({"TimeoutSeconds": 0}))),
            ["Minimum value is 1 at /States/S/TimeoutSeconds"]
        );
        let valid = json!({"TimeoutSecondsPath": "$.t", "HeartbeatSeconds": 5});
        assert!(refusals_of(task(valid)).is_empty());
    }
}
