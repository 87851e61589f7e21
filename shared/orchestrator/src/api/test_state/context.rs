//! The context object of a state that is tested.

use model::{AccountRegion, ExecutionId, Payload, StateName, StateType, Timestamp};
use serde_json::{Map, Value, json};

/// The type of a member of a context object that a caller gives.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ContextMemberKind {
    Any,
    Text,
    Number,
}

/// The members that a caller may give.
///
/// Spec: API reference, `TestState` § context; what else is refused is recorded.
const SECTIONS: [(&str, &[(&str, ContextMemberKind)]); 4] = [
    (
        "Execution",
        &[
            ("Id", ContextMemberKind::Text),
            ("Input", ContextMemberKind::Any),
            ("Name", ContextMemberKind::Text),
            ("RoleArn", ContextMemberKind::Text),
            ("StartTime", ContextMemberKind::Text),
        ],
    ),
    (
        "State",
        &[
            ("EnteredTime", ContextMemberKind::Text),
            ("Name", ContextMemberKind::Text),
            ("RetryCount", ContextMemberKind::Number),
        ],
    ),
    ("StateMachine", &[("Id", ContextMemberKind::Text), ("Name", ContextMemberKind::Text)]),
    ("Task", &[("Token", ContextMemberKind::Text)]),
];

/// The values that the context object is made of.
pub(super) struct TestContext<'a> {
    pub(super) account_region: &'a AccountRegion,
    pub(super) execution: &'a ExecutionId,
    pub(super) role_arn: Option<&'a str>,
    pub(super) now: Timestamp,
    pub(super) input: &'a Payload,
    pub(super) state: &'a StateName,
    pub(super) state_type: StateType,
    pub(super) retries: u32,
}

impl TestContext<'_> {
    /// The context object if the caller gives none: that of an Express execution (recorded).
    pub(super) fn context_object(&self) -> Map<String, Value> {
        let AccountRegion { partition, region, account } = self.account_region;
        let (machine, name) = self.execution.names();
        let id = format!("arn:{partition}:states:{region}:{account}:express:{machine}:{name}");
        let now = self.now.to_string();
        let mut execution = Map::new();
        execution.insert("Id".into(), id.into());
        execution.insert("Input".into(), self.input.json_value().clone());
        execution.insert("Name".into(), name.into());
        if let Some(role_arn) = self.role_arn {
            execution.insert("RoleArn".into(), role_arn.into());
        }
        execution.insert("StartTime".into(), now.as_str().into());
        let mut state = Map::new();
        state.insert("Name".into(), self.state.as_str().into());
        state.insert("EnteredTime".into(), now.into());
        if self.state_type.can_retry() {
            state.insert("RetryCount".into(), self.retries.into());
        }
        let machine =
            json!({ "Id": self.account_region.state_machine_arn(machine), "Name": machine });
        let mut context = Map::new();
        context.insert("Execution".into(), execution.into());
        context.insert("StateMachine".into(), machine);
        context.insert("State".into(), state.into());
        context
    }
}

/// Reads a context object that a caller gives. It is the whole object that the state sees: nothing
/// is added to an empty or partial one (recorded).
pub(super) fn read_given_context(
    text: &str,
    may_have_task: bool,
) -> Result<Map<String, Value>, String> {
    let Ok(Value::Object(given)) = serde_json::from_str::<Value>(text) else {
        return Err("Context must be a JSON object".to_owned());
    };
    for (section, value) in &given {
        if section == "Map" {
            return Err("'Map' field is not supported when mocking a Context object".to_owned());
        }
        if section == "Task" && !may_have_task {
            return Err("Context object contains 'Task' when state is not a Task state with a \
                        '.sync' or '.waitForTaskToken' service integration pattern"
                .to_owned());
        }
        let Some((_, allowed)) = SECTIONS.iter().find(|(name, _)| name == section) else {
            return Err(not_allowed(section));
        };
        let Value::Object(members) = value else {
            return Err(format!("{section} must be an object"));
        };
        for (name, value) in members {
            let Some((_, kind)) = allowed.iter().find(|(allowed, _)| allowed == name) else {
                return Err(not_allowed(name));
            };
            match kind {
                ContextMemberKind::Text if !value.is_string() => {
                    return Err(format!("{section}.{name} must be a string"));
                }
                ContextMemberKind::Number if !value.is_number() => {
                    return Err(format!("{section}.{name} must be a number"));
                }
                ContextMemberKind::Any | ContextMemberKind::Text | ContextMemberKind::Number => {}
            }
        }
    }
    Ok(given)
}

fn not_allowed(name: &str) -> String {
    format!("Field '{name}' is not allowed")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Value, String> {
        read_given_context(text, true).map(Value::from)
    }

    #[test]
    fn what_is_given_is_all_that_there_is() {
        for text in ["{}", r#"{"Execution":{"Id":"given"}}"#, r#"{"Task":{"Token":"t"}}"#] {
            assert_eq!(read(text).map(|context| context.to_string()), Ok(text.to_owned()));
        }
    }

    #[test]
    fn only_a_task_that_waits_has_a_token() {
        assert_eq!(
            read_given_context(r#"{"Task": {"Token": "t"}}"#, false),
            Err("Context object contains 'Task' when state is not a Task state with a '.sync' or \
                 '.waitForTaskToken' service integration pattern"
                .to_owned())
        );
    }

    #[test]
    fn a_context_has_no_other_fields_and_types() {
        for (text, words) in [
            (r#"{"Execution": {"Colour": 1}}"#, "Field 'Colour' is not allowed"),
            (r#"{"Extra": {}}"#, "Field 'Extra' is not allowed"),
            (r#"{"Execution": {"Name": 1}}"#, "Execution.Name must be a string"),
            (r#"{"State": {"RetryCount": "1"}}"#, "State.RetryCount must be a number"),
            (r#"{"Map": {}}"#, "'Map' field is not supported when mocking a Context object"),
        ] {
            assert_eq!(read(text), Err(words.to_owned()), "{text}");
        }
    }
}
