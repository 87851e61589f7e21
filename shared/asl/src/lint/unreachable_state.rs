//! States that can be reached only through rules and catchers that never match.

use std::collections::BTreeSet;

use super::{live_transitions, states_by_name};
use crate::{Diagnostic, DiagnosticCode, outline::WorkflowOutline};

/// Reports every state that cannot be entered although a transition leads to it. AWS refuses a
/// state that no transition leads to.
pub(super) fn find_unreachable_states(workflows: &[WorkflowOutline<'_>]) -> Vec<Diagnostic> {
    workflows.iter().flat_map(unreachable_states_in).collect()
}

fn unreachable_states_in(workflow: &WorkflowOutline<'_>) -> Vec<Diagnostic> {
    let states = states_by_name(workflow);
    let mut reached = BTreeSet::new();
    let mut open: Vec<&str> = workflow.start_at.into_iter().collect();
    while let Some(name) = open.pop() {
        if let Some(shape) = states.get(name).and_then(|state| state.shape)
            && reached.insert(name)
        {
            open.extend(live_transitions(&shape).iter().map(|one| one.target));
        }
    }
    let unreached = workflow.states.iter().filter(|state| !reached.contains(state.name));
    unreached
        .map(|state| {
            let message = format!(
                "State \"{}\" is never entered: what leads to it never happens",
                state.name
            );
            let location = state.location.clone();
            Diagnostic::warning(DiagnosticCode::StatewrightUnreachableState, message, location)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::tests::found;

    fn chosen(conditions: [Value; 2]) -> Vec<String> {
        let [first, second] = conditions;
        found(
            "JSONata",
            json!({
                "A": {"Type": "Choice", "Default": "D", "Choices": [
                    {"Condition": first, "Next": "B"}, {"Condition": second, "Next": "C"}]},
                "B": {"Type": "Succeed"},
                "C": {"Type": "Succeed"},
                "D": {"Type": "Pass", "Next": "C"},
            }),
        )
    }

    #[test]
    fn what_comes_after_a_rule_that_always_holds_is_never_entered() {
        let unreachable = |name: &str| {
            format!(
                "STATEWRIGHT_UNREACHABLE_STATE: State \"{name}\" is never entered: what leads to \
                 it never happens at /States/{name}"
            )
        };
        let expression = || json!("{% $states.input.x %}");
        assert_eq!(chosen([json!("{% true %}"), expression()]), ["C", "D"].map(unreachable));
        assert_eq!(chosen([json!(false), expression()]), [unreachable("B")]);
        assert_eq!(chosen([expression(), json!(true)]), [unreachable("D")]);
        assert_eq!(chosen([expression(), expression()]), [""; 0]);
    }

    #[test]
    fn what_only_an_unmatched_catcher_leads_to_is_never_entered() {
        let machine = |names: [&str; 2]| {
            let catch = |name: &str, next: &str| json!({"ErrorEquals": [name], "Next": next});
            found(
                "JSONPath",
                json!({
                    "A": {"Type": "Task", "End": true,
                        "Resource": "arn:aws:lambda:us-east-1:000000000000:function:f",
                        "Catch": [catch(names[0], "B"), catch(names[1], "C")]},
                    "B": {"Type": "Succeed"},
                    "C": {"Type": "Succeed"},
                }),
            )
        };
        let findings = machine(["E", "E"]);
        assert!(findings[0].starts_with("STATEWRIGHT_UNREACHABLE_STATE: State \"C\""));
        assert!(findings[1].starts_with("STATEWRIGHT_UNMATCHED_ERROR: "));
        assert_eq!(machine(["E", "F"]), [""; 0]);
    }
}
