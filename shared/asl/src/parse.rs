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
mod language;
mod map;
mod parallel;
mod pass;
mod path;
mod query;
mod report;
mod resource;
mod state;
mod succeed;
mod targets;
mod task;
mod test;
mod unsupported;
mod variables;
mod wait;
mod workflow;

#[cfg(test)]
pub(crate) mod examples;

pub use self::test::{TestDefinition, parse_for_test, parse_state};

use serde_json::Value;

use self::{
    cursor::Cursor,
    report::{FINDINGS_MAX, Gathered, Purpose, Report},
};
use crate::{
    Definition, Diagnostic,
    outline::{self, Workflow},
};

/// Reads a definition, or says everything that is wrong with it; then at least one thing.
///
/// What is wrong with the states' fields comes first, then how they hang together, as far as they
/// can be read, as AWS does.
///
/// Spec: ASL § Structure of a State Machine.
pub fn parse(text: &str) -> Result<Definition, Vec<Diagnostic>> {
    let value = document::read(text).map_err(|finding| vec![finding])?;
    read(&value, Purpose::Run, targets::check).map(|(definition, _)| definition)
}

/// The definition as JSON.
pub(crate) fn document(text: &str) -> Result<Value, Diagnostic> {
    document::read(text)
}

/// Reads a document, and judges its transitions so.
fn read(
    value: &Value,
    purpose: Purpose,
    check_targets: fn(&[Workflow<'_>]) -> Vec<Diagnostic>,
) -> Result<(Definition, Gathered), Vec<Diagnostic>> {
    let report = Report::on(purpose);
    let parsed = workflow::machine(&Cursor::root(value, &report));
    let (mut findings, mut gathered) = report.finish();
    let workflows = outline::workflows(value);
    findings.extend(variables::check(&workflows, &gathered.assigned));
    findings.extend(check_targets(&workflows));
    if !findings.is_empty() {
        findings.truncate(FINDINGS_MAX);
        return Err(findings);
    }
    let machine = parsed.ok_or_else(|| vec![document::unreadable()])?;
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
