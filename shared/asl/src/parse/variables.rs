//! Variable scopes: a workflow may not assign a variable that an enclosing workflow assigns, unless
//! only the Parallel or Map around it does: that assigns when the inner scope is gone.

use std::collections::{BTreeMap, BTreeSet};

use model::StateName;

use super::report::{DIAGNOSTICS_MAX, VariableAssignment};
use crate::{Diagnostic, DiagnosticCode, DiagnosticSeverity, outline::WorkflowOutline};

/// Reports every variable that both a workflow and one that encloses it assign.
///
/// Spec: ASL § Workflow variables, scope.
pub(super) fn check_variable_scopes(
    workflows: &[WorkflowOutline<'_>],
    assigned: &BTreeMap<StateName, Vec<VariableAssignment>>,
) -> Vec<Diagnostic> {
    if assigned.is_empty() {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for inner in workflows {
        let mut outer = BTreeSet::new();
        let mut around = inner.outer;
        while let Some((index, container)) = around {
            outer.extend(assigned_beside(&workflows[index], container, assigned));
            around = workflows[index].outer;
        }
        let shadowing =
            assigned_in_workflow(inner, assigned).filter(|one| outer.contains(one.name.as_str()));
        findings.extend(shadowing.map(|one| Diagnostic {
            severity: DiagnosticSeverity::Error,
            code: DiagnosticCode::DuplicateVariableName,
            message: format!(
                "The variable name '{}' was already defined in a parent scope.",
                one.name
            ),
            location: Some(one.location.clone()),
        }));
    }
    findings.truncate(DIAGNOSTICS_MAX);
    findings
}

/// Returns the names of the variables that the states of a workflow assign, except one state.
fn assigned_beside<'a>(
    workflow: &'a WorkflowOutline<'_>,
    except: &str,
    assigned: &'a BTreeMap<StateName, Vec<VariableAssignment>>,
) -> impl Iterator<Item = &'a str> {
    let states = workflow.states.iter().filter(move |state| state.name != except);
    let all = states.filter_map(|state| assigned.get(&StateName::new(state.name))).flatten();
    all.map(|variable| variable.name.as_str())
}

/// Returns what the states of a workflow assign, without the states nested in them.
fn assigned_in_workflow<'a>(
    workflow: &'a WorkflowOutline<'_>,
    assigned: &'a BTreeMap<StateName, Vec<VariableAssignment>>,
) -> impl Iterator<Item = &'a VariableAssignment> {
    let states = workflow.states.iter();
    states.filter_map(|state| assigned.get(&StateName::new(state.name))).flatten()
}
