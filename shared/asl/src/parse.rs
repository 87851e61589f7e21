//! Parses text into a [`Definition`].
//!
//! ```text
//! text → document (JSON) → workflow → states → their fields → Definition
//!                                                  └ targets: are the transitions valid?
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
mod offered_integration;
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

pub use self::test_definition::{parse_definition_for_test, parse_state_for_test};

pub(crate) use resource::parse_offered_resource;
use serde_json::Value;

use self::{
    cursor::DocumentCursor,
    report::{DIAGNOSTICS_MAX, ParsePurpose, ParseReport},
};
use crate::{
    Definition, Diagnostic,
    outline::{self, WorkflowOutline},
};

/// Parses a definition, or returns everything that is wrong with it: at least one diagnostic.
///
/// As on AWS, errors in the fields of states come first, then errors in transitions, as far as the
/// states can be read.
///
/// Spec: ASL § Structure of a State Machine.
pub fn parse_definition(text: &str) -> Result<Definition, Vec<Diagnostic>> {
    let value = document::parse_json_object(text).map_err(|finding| vec![finding])?;
    build_definition(&value, ParsePurpose::Run, targets::check_transitions)
}

/// Parses a definition's text as JSON.
pub(crate) fn read_document(text: &str) -> Result<Value, Diagnostic> {
    document::parse_json(text)
}

/// Builds the definition of a document, whose transitions `check_targets` checks.
fn build_definition(
    value: &Value,
    purpose: ParsePurpose,
    check_targets: fn(&[WorkflowOutline<'_>]) -> Vec<Diagnostic>,
) -> Result<Definition, Vec<Diagnostic>> {
    let report = ParseReport::for_purpose(purpose);
    let parsed = workflow::parse_state_machine(&DocumentCursor::root(value, &report));
    let (mut findings, gathered) = report.into_results();
    let workflows = outline::outline_workflows(value);
    findings.extend(variables::check_variable_scopes(&workflows, &gathered.assigned));
    findings.extend(check_targets(&workflows));
    if !findings.is_empty() {
        findings.truncate(DIAGNOSTICS_MAX);
        return Err(findings);
    }
    let machine = parsed.ok_or_else(|| vec![document::unreadable_document()])?;
    Ok(Definition {
        comment: machine.workflow.comment.clone(),
        workflow: machine.workflow,
        timeout_seconds: machine.timeout_seconds,
        states: gathered.states,
        reads_execution_input: gathered.reads_execution_input,
        variable_references: gathered.variable_references,
    })
}
