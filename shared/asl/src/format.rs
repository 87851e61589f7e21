//! Formats the text of a definition.
//!
//! Invariant: formatting changes white space and the order of fields whose order means nothing, and
//! not one character of a number, a string or a payload (`format/tests.rs`).

mod field_order;
mod json_tree;
mod layout;
#[cfg(test)]
mod tests;

/// Says why a text cannot be formatted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct DefinitionFormatError {
    /// How many bytes of the text are in order.
    pub offset: usize,
    /// What is wrong.
    pub reason: String,
}

/// Returns the text of a definition in the customary layout: two spaces a level, the fields of a
/// state in the order in which the specification presents them, states open, and all else on one
/// line where it fits into 100 columns. The order of states and of what is in payloads is kept.
///
/// A placeholder of SAM, `${Name}`, may stand for a value. The line endings are those of the first
/// line.
///
/// Errors: no JSON, no object with `StartAt` or `States`, or nested deeper than 128 levels.
///
/// Spec: ASL § State Machine Data, § States.
pub fn format_definition(text: &str) -> Result<String, DefinitionFormatError> {
    let mut document = json_tree::parse_json_tree(text)?;
    if !document.has_member("States") && !document.has_member("StartAt") {
        let reason = "this is no state machine: it has neither StartAt nor States".to_owned();
        return Err(DefinitionFormatError { offset: 0, reason });
    }
    field_order::order_definition_fields(&mut document);
    let formatted = layout::print_json_tree(&document);
    Ok(if has_windows_lines(text) { formatted.replace('\n', "\r\n") } else { formatted })
}

/// Whether the first line ends as on Windows.
fn has_windows_lines(text: &str) -> bool {
    text.split_once('\n').is_some_and(|(first, _)| first.ends_with('\r'))
}
