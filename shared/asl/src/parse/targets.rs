//! Checks transitions: targets exist, the machine can end, and every state is reachable.
//!
//! AWS first reports every transition to a missing state, then a machine without an end. Only if
//! the machine has an end does AWS report unreachable states. Nothing is reported that depends on
//! a state which cannot be read.

use std::collections::{BTreeMap, BTreeSet};

use super::report::DIAGNOSTICS_MAX;
use crate::{
    Diagnostic, DiagnosticCode, DiagnosticSeverity,
    outline::{StateOutline, WorkflowOutline},
};

/// Checks the transitions of a machine.
///
/// Spec: ASL § Transitions; § Structure of a State Machine, `StartAt`.
pub(super) fn check_transitions(workflows: &[WorkflowOutline<'_>]) -> Vec<Diagnostic> {
    let mut findings = gather_findings(workflows, missing_targets);
    let Some(machine) = workflows.first() else { return findings };
    // AWS accepts a branch or a processor that never ends; only the machine must have an end.
    let may_end = !machine.has_states || machine.states.iter().any(StateOutline::may_end);
    if may_end {
        findings.extend(gather_findings(workflows, unreachable_states));
    } else {
        findings.push(Diagnostic {
            severity: DiagnosticSeverity::Error,
            code: DiagnosticCode::MissingEndState,
            message: "Workflow has no terminal state".to_owned(),
            location: None,
        });
    }
    findings
}

/// Checks the transitions of the workflows nested in a state that is parsed alone. The state's own
/// transitions may lead to states that are not in the document.
pub(super) fn check_inner_transitions(workflows: &[WorkflowOutline<'_>]) -> Vec<Diagnostic> {
    let inner = workflows.get(1..).unwrap_or_default();
    let mut findings = gather_findings(inner, missing_targets);
    findings.extend(gather_findings(inner, unreachable_states));
    findings
}

/// Collects the findings in all workflows, at most [`DIAGNOSTICS_MAX`].
fn gather_findings(
    workflows: &[WorkflowOutline<'_>],
    find: impl Fn(&WorkflowOutline<'_>) -> Vec<Diagnostic>,
) -> Vec<Diagnostic> {
    workflows.iter().flat_map(find).take(DIAGNOSTICS_MAX).collect()
}

fn missing_targets(workflow: &WorkflowOutline<'_>) -> Vec<Diagnostic> {
    // A workflow without `States` has been refused for that.
    if !workflow.has_states {
        return Vec::new();
    }
    let names: BTreeSet<&str> = workflow.states.iter().map(|state| state.name).collect();
    let start = workflow.start_at.map(|start| (format!("{}/StartAt", workflow.location), start));
    let inner = workflow.states.iter().flat_map(|state| {
        let transitions = state.shape.map(|shape| shape.transitions()).unwrap_or_default();
        transitions
            .into_iter()
            .map(|one| (format!("{}/{}", state.location, one.source.field_location()), one.target))
    });
    start
        .into_iter()
        .chain(inner)
        .filter(|(_, target)| !names.contains(target))
        .map(|(location, target)| {
            missing_transition_error(format!("Missing 'Next' target: {target}"), location)
        })
        .take(DIAGNOSTICS_MAX)
        .collect()
}

fn unreachable_states(workflow: &WorkflowOutline<'_>) -> Vec<Diagnostic> {
    let Some(start_at) = workflow.start_at else { return Vec::new() };
    if workflow.states.iter().any(|state| state.shape.is_none()) {
        return Vec::new();
    }
    let by_name: BTreeMap<&str, &StateOutline<'_>> =
        workflow.states.iter().map(|state| (state.name, state)).collect();
    let mut reached = BTreeSet::new();
    let mut open = vec![start_at];
    while let Some(name) = open.pop() {
        if let Some(shape) = by_name.get(name).and_then(|state| state.shape)
            && reached.insert(name)
        {
            open.extend(shape.transitions().iter().map(|one| one.target));
        }
    }
    workflow
        .states
        .iter()
        .filter(|state| !reached.contains(state.name))
        .map(|state| {
            let message = format!("State \"{}\" is not reachable.", state.name);
            missing_transition_error(message, state.location.clone())
        })
        .take(DIAGNOSTICS_MAX)
        .collect()
}

fn missing_transition_error(message: String, location: String) -> Diagnostic {
    Diagnostic {
        severity: DiagnosticSeverity::Error,
        code: DiagnosticCode::MissingTransitionTarget,
        message,
        location: Some(location),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::examples::definition_refusals;

    #[expect(clippy::needless_pass_by_value, reason = "tests read better without borrows")]
    fn refusals_in(start_at: &str, states: Value) -> Vec<String> {
        definition_refusals(&json!({"StartAt": start_at, "States": states}).to_string())
    }

    #[test]
    fn every_transition_leads_to_a_state_of_the_same_workflow() {
        let choice = json!({"Type": "Choice", "Default": "Gone", "Choices": [
            {"Variable": "$.a", "IsNull": true, "Next": "End"},
            {"Variable": "$.b", "IsNull": true, "Next": "Inner"}]});
        let map = json!({"Type": "Map", "End": true, "Catch": [
                {"ErrorEquals": ["States.ALL"], "Next": "Nowhere"}],
            "ItemProcessor": {"StartAt": "Outside", "States": {"Inner": {"Type": "Succeed"}}}});
        let states = json!({"Pick": choice, "Map": map, "End": {"Type": "Succeed"}});
        let target = |name: &str, at: &str| {
            format!("MISSING_TRANSITION_TARGET: Missing 'Next' target: {name} at {at}")
        };
        let lost = |name: &str, at: &str| {
            format!("MISSING_TRANSITION_TARGET: State \"{name}\" is not reachable. at {at}")
        };
        assert_eq!(
            refusals_in("Pick", states),
            [
                target("Inner", "/States/Pick/Choices[1]/Next"),
                target("Gone", "/States/Pick/Default"),
                target("Nowhere", "/States/Map/Catch[0]/Next"),
                target("Outside", "/States/Map/ItemProcessor/StartAt"),
                lost("Map", "/States/Map"),
                lost("Inner", "/States/Map/ItemProcessor/States/Inner"),
            ]
        );
    }

    #[test]
    fn a_machine_without_an_end_is_told_that_alone() {
        let pass = |next: &str| json!({"Type": "Pass", "Next": next});
        assert_eq!(
            refusals_in("A", json!({"A": pass("B"), "B": pass("A"), "C": pass("A")})),
            ["MISSING_END_STATE: Workflow has no terminal state at null"]
        );
        assert_eq!(
            refusals_in("A", json!({"A": pass("B"), "B": pass("A"), "C": {"Type": "Fail"}})),
            ["MISSING_TRANSITION_TARGET: State \"C\" is not reachable. at /States/C"]
        );
    }

    #[test]
    fn transitions_are_judged_although_a_field_is_wrong() {
        let wrong = json!({"Type": "Pass", "Result": 1, "Extra": 2, "Next": "Gone"});
        assert_eq!(
            refusals_in("A", json!({"A": wrong, "B": {"Type": "Pass", "Next": "A"}})),
            [
                "Field 'Extra' is not supported at /States/A",
                "MISSING_TRANSITION_TARGET: Missing 'Next' target: Gone at /States/A/Next",
                "MISSING_END_STATE: Workflow has no terminal state at null",
            ]
        );
        assert_eq!(
            refusals_in("A", json!({"A": {"Type": "Fail", "Extra": 2}, "B": {"Type": "Succeed"}})),
            [
                "Field 'Extra' is not supported at /States/A",
                "MISSING_TRANSITION_TARGET: State \"B\" is not reachable. at /States/B",
            ]
        );
    }

    #[test]
    fn what_cannot_be_read_is_not_judged_further() {
        let lost = json!({"A": {"Type": "Loop", "Next": "B"}, "B": {"Type": "Pass", "Next": "B"}});
        let found = refusals_in("A", lost);
        assert!(found.len() == 1 && found[0].contains("/States/A/Type"), "{found:?}");
        let without_start = json!({"States": {"A": {"Type": "Succeed"}}}).to_string();
        assert_eq!(
            definition_refusals(&without_start),
            ["These fields are required: [StartAt] at /"]
        );
    }

    #[test]
    fn a_state_without_a_type_and_no_states_are_no_end() {
        let end = "MISSING_END_STATE: Workflow has no terminal state at null";
        assert_eq!(
            refusals_in("A", json!({"A": {"End": true}})),
            ["The field 'Type' is required at /States/A", end]
        );
        assert_eq!(
            refusals_in("A", json!({"A": {"Type": "Pass"}})),
            [
                "This object should have only one of the following fields: [Next, End] at \
                 /States/A",
                end,
            ]
        );
        assert_eq!(
            refusals_in("A", json!({})),
            [
                "Value cannot be empty at /States",
                "MISSING_TRANSITION_TARGET: Missing 'Next' target: A at /StartAt",
                end,
            ]
        );
        let unknown = refusals_in("A", json!({"A": {"Type": "Loop", "End": true}}));
        assert_eq!(unknown.len(), 1, "{unknown:?}");
    }

    #[test]
    fn a_next_that_is_refused_leads_somewhere_all_the_same() {
        for end in ["Succeed", "Fail"] {
            assert_eq!(
                refusals_in(
                    "A",
                    json!({"A": {"Type": end, "Next": "B"},
                    "B": {"Type": "Pass", "End": true}})
                ),
                ["Field 'Next' is not supported at /States/A"]
            );
        }
    }

    #[test]
    fn a_branch_may_go_round_for_ever() {
        let branch = json!({"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "A"}}});
        let states = json!({"P": {"Type": "Parallel", "Branches": [branch], "End": true}});
        assert_eq!(refusals_in("P", states), Vec::<String>::new());
    }

    #[test]
    fn a_start_that_does_not_exist_reaches_nothing() {
        assert_eq!(
            refusals_in("No", json!({"A": {"Type": "Succeed"}})),
            [
                "MISSING_TRANSITION_TARGET: Missing 'Next' target: No at /StartAt",
                "MISSING_TRANSITION_TARGET: State \"A\" is not reachable. at /States/A",
            ]
        );
    }
}
