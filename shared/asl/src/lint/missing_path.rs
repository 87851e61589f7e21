//! Paths that are missing from every input the state can have.
//!
//! A state's input is inferred from the states before it: a Pass with a literal result yields
//! exactly that. Every transition into a state counts. Where any value may enter (the execution's
//! input, a task's result), nothing is known.

mod data_flow;
mod input_reads;

use std::collections::BTreeMap;

use super::{abstract_value::AbstractValue, live_transitions, states_by_name};
use crate::{Diagnostic, DiagnosticCode, outline::WorkflowOutline};

/// Analysis steps for each state of a workflow; nothing is reported on a workflow that needs more.
const STEPS_MAX: usize = 50;

/// Reports every path that does not exist, whatever happened before.
pub(super) fn find_missing_paths(workflows: &[WorkflowOutline<'_>]) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for workflow in workflows {
        let inputs = infer_state_inputs(workflow);
        for state in &workflow.states {
            let Some((shape, input)) = state.shape.zip(inputs.get(state.name)) else { continue };
            if *input == AbstractValue::Anything {
                continue;
            }
            for (field, path) in input_reads::find_missing_reads(&shape, input) {
                let message = format!("No input that this state can have holds {path}");
                let location = format!("{}/{field}", state.location);
                findings.push(Diagnostic::warning(
                    DiagnosticCode::StatewrightMissingPath,
                    message,
                    location,
                ));
            }
        }
    }
    findings
}

/// Infers the input of each state that can be entered; returns none if that takes more than
/// [`STEPS_MAX`] steps for each state.
fn infer_state_inputs<'d>(workflow: &WorkflowOutline<'d>) -> BTreeMap<&'d str, AbstractValue> {
    let states = states_by_name(workflow);
    let mut inputs: BTreeMap<&str, AbstractValue> = BTreeMap::new();
    let start = workflow.start_at.map(|start| (start, AbstractValue::Anything));
    let mut open: Vec<(&str, AbstractValue)> = start.into_iter().collect();
    let mut steps = STEPS_MAX * states.len();
    while let Some((name, input)) = open.pop() {
        let Some(shape) = states.get(name).and_then(|state| state.shape) else { continue };
        let Some(left) = steps.checked_sub(1) else { return BTreeMap::new() };
        steps = left;
        let grows = if let Some(known) = inputs.get_mut(name) {
            known.join_value(&input)
        } else {
            inputs.insert(name, input);
            true
        };
        let Some(input) = inputs.get(name).filter(|_| grows) else { continue };
        for transition in live_transitions(&shape) {
            open.push((
                transition.target,
                data_flow::infer_state_output(&shape, input, transition.source),
            ));
        }
    }
    inputs
}

/// Splits a path that consists of names only, such as `$.a.b` or `$states.input.a.b`, into the
/// names after `root`; `None` for any other path.
fn plain_path_names<'p>(path: &'p str, root: &str) -> Option<Vec<&'p str>> {
    let rest = path.strip_prefix(root)?;
    if rest.is_empty() {
        return Some(Vec::new());
    }
    let names: Vec<&str> = rest.strip_prefix('.')?.split('.').collect();
    let is_name = |name: &&str| {
        name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    names.iter().all(is_name).then_some(names)
}
