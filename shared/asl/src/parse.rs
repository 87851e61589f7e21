//! Text → [`Definition`].
//!
//! ```text
//! text → document (JSON) → workflow → states → their fields → Definition
//!                                                  └ targets: do the states hang together?
//! ```
//!
//! Invariant: never panics, whatever the text
//! (test `a_definition_with_any_value_replaced_is_read_or_refused`).

mod assign;
mod choice;
mod cursor;
mod document;
mod fail;
mod fields;
mod flow;
mod handlers;
mod jsonata_expression;
mod language;
mod map;
mod parallel;
mod pass;
mod path;
mod report;
mod resource;
mod state;
mod succeed;
mod targets;
mod task;
mod test_definition;
mod unsupported;
mod variables;
mod wait;
mod workflow;

#[cfg(test)]
pub(crate) mod examples;

pub use self::test_definition::{TestDefinition, parse_definition_for_test, parse_state_for_test};

use serde_json::Value;

use self::{
    cursor::DocumentCursor,
    report::{FINDINGS_MAX, ParsePurpose, ParseReport, ParseResults},
};
use crate::{
    Definition, Diagnostic,
    outline::{self, WorkflowOutline},
};

/// Reads a definition, or says everything that is wrong with it; then at least one thing.
///
/// What is wrong with the states' fields comes first, then how they hang together, as far as they
/// can be read, as AWS does.
///
/// Spec: ASL § Structure of a State Machine.
pub fn parse_definition(text: &str) -> Result<Definition, Vec<Diagnostic>> {
    let value = document::parse_json(text).map_err(|finding| vec![finding])?;
    build_definition(&value, ParsePurpose::Run, targets::check_transitions)
        .map(|(definition, _)| definition)
}

/// The definition as JSON.
pub(crate) fn read_document(text: &str) -> Result<Value, Diagnostic> {
    document::parse_json(text)
}

/// Reads a document, and judges its transitions so.
fn build_definition(
    value: &Value,
    purpose: ParsePurpose,
    check_targets: fn(&[WorkflowOutline<'_>]) -> Vec<Diagnostic>,
) -> Result<(Definition, ParseResults), Vec<Diagnostic>> {
    let report = ParseReport::for_purpose(purpose);
    let parsed = workflow::parse_state_machine(&DocumentCursor::root(value, &report));
    let (mut findings, mut gathered) = report.into_results();
    let workflows = outline::outline_workflows(value);
    findings.extend(variables::check_variable_scopes(&workflows, &gathered.assigned));
    findings.extend(check_targets(&workflows));
    if !findings.is_empty() {
        findings.truncate(FINDINGS_MAX);
        return Err(findings);
    }
    let machine = parsed.ok_or_else(|| vec![document::unreadable_document()])?;
    let definition = Definition {
        comment: machine.workflow.comment.clone(),
        workflow: machine.workflow,
        timeout_seconds: machine.timeout_seconds,
        states: std::mem::take(&mut gathered.states),
        reads_execution_input: gathered.reads_execution_input,
        variable_references: std::mem::take(&mut gathered.variable_references),
    };
    Ok((definition, gathered))
}
