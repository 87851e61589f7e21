//! JSONata expressions, and what they may read in each field.

use jsonata::{ExpressionReads, JsonataExpression, JsonataTemplate};

use super::cursor::DocumentCursor;
use crate::DiagnosticCode;

/// Which members `$states` has in addition to `input` and `context`.
#[derive(Clone, Copy)]
pub(super) struct StatesVariableMembers {
    result: bool,
    error_output: bool,
}

impl StatesVariableMembers {
    /// No further members.
    pub(super) const INPUT: Self = Self { result: false, error_output: false };
    /// `result`, in a state that has one.
    pub(super) const RESULT: Self = Self { result: true, ..Self::INPUT };
    /// `errorOutput`, in a catcher.
    pub(super) const ERROR_OUTPUT: Self = Self { error_output: true, ..Self::INPUT };
}

/// Reads a value that is one expression. The inner `None` means that it is a constant.
#[expect(clippy::option_option, reason = "wrong, constant and expression are three things")]
pub(super) fn parse_jsonata_expression(
    cursor: &DocumentCursor<'_>,
    members: StatesVariableMembers,
) -> Option<Option<JsonataExpression>> {
    let Some(text) = cursor.value().as_str().filter(|text| text.starts_with("{%")) else {
        return Some(None);
    };
    match JsonataExpression::parse(text) {
        Ok(expression) => check_expression_reads(cursor, "", expression.reads(), members)
            .then_some(Some(expression)),
        Err(error) => {
            refuse_syntax(cursor, "", text, &error.to_string());
            None
        }
    }
}

/// Reads JSON whose strings may be expressions.
pub(super) fn parse_jsonata_template(
    cursor: &DocumentCursor<'_>,
    members: StatesVariableMembers,
) -> Option<JsonataTemplate> {
    match JsonataTemplate::parse(cursor.value()) {
        Ok(template) => {
            let mut is_good = true;
            template.visit_expressions(&mut |expression, path| {
                is_good &= check_expression_reads(cursor, path, expression.reads(), members);
            });
            is_good.then_some(template)
        }
        Err(errors) => {
            for error in errors {
                refuse_syntax(cursor, &error.path, "", &error.mistake.to_string());
            }
            None
        }
    }
}

fn refuse_syntax(cursor: &DocumentCursor<'_>, path: &str, text: &str, message: &str) {
    let is_open = text.starts_with("{%") && !text.ends_with("%}");
    if is_open || message == NOT_DELIMITED {
        cursor.refuse_inside(path, DiagnosticCode::SchemaValidationFailed, NOT_DELIMITED);
    } else {
        cursor.refuse_inside(path, DiagnosticCode::InvalidJsonataExpression, message);
    }
}

/// AWS's message; the `jsonata` crate reports the same error in the same words.
const NOT_DELIMITED: &str = "JSONata string must start with {% and end with %}";

/// Checks what an expression reads, and records it in the report. Returns whether it is allowed.
fn check_expression_reads(
    cursor: &DocumentCursor<'_>,
    path: &str,
    reads: &ExpressionReads,
    members: StatesVariableMembers,
) -> bool {
    let mut refusals: Vec<String> = reads
        .top_level
        .iter()
        .map(|name| format!("Reference to '{name}' at the top level is not supported."))
        .collect();
    if reads.root {
        refusals.push("Reference to '$$' is not supported.".to_owned());
    }
    let missing = reads.unknown.iter().map(String::as_str);
    let missing = missing
        .chain((reads.result && !reads.states && !members.result).then_some("result"))
        .chain(
            (reads.error_output && !reads.states && !members.error_output).then_some("errorOutput"),
        );
    refusals.extend(missing.map(|name| format!("Field '$states.{name}' does not exist.")));
    for refusal in &refusals {
        cursor.refuse_inside(path, DiagnosticCode::UnsupportedJsonataExpression, refusal);
    }
    let report = cursor.report();
    report.note_execution_input_read(reads.execution_input);
    for name in &reads.variables {
        report.note_variable_read(name);
    }
    refusals.is_empty()
}
