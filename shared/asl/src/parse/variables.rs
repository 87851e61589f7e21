//! The scopes of variables: a workflow may not assign what one around it assigns.

use std::collections::{BTreeMap, BTreeSet};

use model::StateName;

use super::report::{Assigned, FINDINGS_MAX};
use crate::{Code, Diagnostic, Severity, outline::Workflow};

/// Names every variable that an inner workflow assigns although an outer one does.
///
/// Spec: ASL § Workflow variables, scope.
pub(super) fn check(
    workflows: &[Workflow<'_>],
    assigned: &BTreeMap<StateName, Vec<Assigned>>,
) -> Vec<Diagnostic> {
    if assigned.is_empty() {
        return Vec::new();
    }
    let own: Vec<BTreeSet<&str>> = workflows
        .iter()
        .map(|workflow| of(workflow, assigned).map(|variable| variable.name.as_str()).collect())
        .collect();
    let mut findings = Vec::new();
    for inner in workflows {
        let mut outer = BTreeSet::new();
        let mut around = inner.outer;
        while let Some((index, _)) = around {
            outer.extend(own[index].iter().copied());
            around = workflows[index].outer;
        }
        let shadowing = of(inner, assigned).filter(|one| outer.contains(one.name.as_str()));
        findings.extend(shadowing.map(|one| Diagnostic {
            severity: Severity::Error,
            code: Code::DuplicateVariableName,
            message: format!(
                "The variable name '{}' was already defined in a parent scope.",
                one.name
            ),
            location: Some(one.location.clone()),
        }));
    }
    findings.truncate(FINDINGS_MAX);
    findings
}

/// What the states of a workflow assign, without those nested in them.
fn of<'a>(
    workflow: &'a Workflow<'_>,
    assigned: &'a BTreeMap<StateName, Vec<Assigned>>,
) -> impl Iterator<Item = &'a Assigned> {
    let states = workflow.states.iter();
    states.filter_map(|state| assigned.get(&StateName::new(state.name))).flatten()
}
