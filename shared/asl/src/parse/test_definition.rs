//! Parses definitions for tests, in which mocks may answer calls.

use model::StateName;
use serde_json::json;

use super::{build_definition, document, report::ParsePurpose, targets};
use crate::{Definition, Diagnostic};

/// The name that AWS gives to a state that is tested alone.
const ALONE: &str = "StateName";

/// Parses a whole machine for a test. It may contain what this version of Statewright cannot run,
/// since a mock may answer for it.
pub fn parse_definition_for_test(text: &str) -> Result<Definition, Vec<Diagnostic>> {
    let value = document::parse_json_object(text).map_err(|finding| vec![finding])?;
    build_definition(&value, ParsePurpose::Test, targets::check_transitions)
}

/// Parses one state alone, as a machine that has only this state. The state is called `StateName`
/// and may lead to states that do not exist.
///
/// Spec: API reference, `TestState` § definition; the name is recorded.
pub fn parse_state_for_test(text: &str) -> Result<(Definition, StateName), Vec<Diagnostic>> {
    let state = document::parse_json(text).map_err(|finding| vec![finding])?;
    let machine = json!({ "StartAt": ALONE, "States": { ALONE: state } });
    let definition =
        build_definition(&machine, ParsePurpose::Test, targets::check_inner_transitions)?;
    Ok((definition, StateName::new(ALONE)))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn refusals(state: &Value) -> Vec<String> {
        let findings = parse_state_for_test(&state.to_string()).err().unwrap_or_default();
        findings.iter().map(Diagnostic::to_string).collect()
    }

    #[test]
    fn a_state_alone_may_lead_anywhere_but_its_inner_states_may_not() {
        assert_eq!(refusals(&json!({"Type": "Pass", "Next": "Gone"})), Vec::<String>::new());
        let inner = json!({"StartAt": "I", "States": {"I": {"Type": "Pass", "Next": "Gone"}}});
        assert_eq!(
            refusals(&json!({"Type": "Map", "Next": "Gone", "ItemProcessor": inner})),
            ["MISSING_TRANSITION_TARGET: Missing 'Next' target: Gone at \
              /States/StateName/ItemProcessor/States/I/Next"]
        );
    }

    #[test]
    fn a_finding_in_a_state_alone_has_a_place_in_a_machine() {
        assert_eq!(
            refusals(&json!({"Type": "Parallel", "Branches": [], "End": true})),
            ["SCHEMA_VALIDATION_FAILED: Value cannot be empty at /States/StateName/Branches"]
        );
        assert_eq!(
            refusals(&json!([])),
            ["SCHEMA_VALIDATION_FAILED: Expected value of type [OBJECT] at /States/StateName"]
        );
    }

    #[test]
    fn a_test_may_mock_what_cannot_run() {
        let unknown = json!({"Type": "Task", "Resource": "arn:aws:states:::no:no", "End": true});
        assert_eq!(refusals(&unknown).len(), 1);
        let map = json!({"Type": "Map", "End": true, "ItemReader": {}, "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            "StartAt": "I", "States": {"I": {"Type": "Succeed"}}}});
        assert_eq!(refusals(&map), Vec::<String>::new());
    }

    #[test]
    fn a_whole_machine_is_read_for_a_test_of_any_of_its_states() {
        let map = json!({"Type": "Map", "Label": "all", "End": true, "ItemProcessor": {
            "StartAt": "I", "States": {"I": {"Type": "Succeed"}}}});
        let machine = json!({"StartAt": "Map", "States": {"Map": map}}).to_string();
        assert!(parse_definition_for_test(&machine).is_ok());
        assert!(crate::parse_definition(&machine).is_err());
    }
}
