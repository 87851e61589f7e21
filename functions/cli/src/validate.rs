//! `statewright validate`.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use asl::{Diagnostic, DiagnosticSeverity};
use serde_json::json;

use crate::{
    USAGE,
    arguments::{OutputFormat, ValidateArguments},
    counted_noun::counted_noun,
    definition_file::{DefinitionFile, LocatedDiagnostics},
    file_search::{WantedFiles, list_named_files},
    line_column::LineColumn,
    text_source::ShownName,
};

/// The files that a folder stands for.
pub(crate) const DEFINITIONS: WantedFiles =
    WantedFiles { what: "definitions", endings: &[".asl.json", ".asl.yaml", ".asl.yml", ".asl"] };

/// Checks each file. The exit code is 0 if all are valid, even with warnings, and 2 otherwise. A
/// file that cannot be read does not keep the others from being checked.
pub(crate) fn validate_files(arguments: &ValidateArguments) -> anyhow::Result<ExitCode> {
    let mut out = io::stdout().lock();
    let mut all_valid = true;
    for file in list_named_files(&arguments.files, &DEFINITIONS) {
        let read =
            file.and_then(|file| DefinitionFile::read_substituted(&file, &arguments.substitute));
        match read {
            Ok(source) => all_valid &= validate_definition(&mut out, &source, arguments)?,
            Err(error) => {
                all_valid = false;
                writeln!(io::stderr(), "error: {error:#}")?;
            }
        }
    }
    Ok(if all_valid { ExitCode::SUCCESS } else { ExitCode::from(USAGE) })
}

/// Shows what is wrong with a definition, and returns whether it is valid.
fn validate_definition(
    out: &mut impl Write,
    source: &DefinitionFile,
    arguments: &ValidateArguments,
) -> anyhow::Result<bool> {
    let parsed = source.parse_definition();
    let warnings = source.find_warnings(parsed.as_ref().ok(), arguments.target);
    let (states, mut findings) = match parsed {
        Ok(definition) => (Some(definition.states.len()), LocatedDiagnostics::new()),
        Err(errors) => (None, errors),
    };
    findings.extend(warnings);
    let format = if arguments.json { OutputFormat::Json } else { arguments.format };
    match format {
        OutputFormat::Text => {
            show_diagnostics(out, source, &findings)?;
            if let Some(states) = states {
                let states = counted_noun(&states, "state");
                writeln!(out, "{}: valid, {states}", ShownName(&source.file))?;
            }
        }
        OutputFormat::Json => {
            for (diagnostic, position) in &findings {
                writeln!(out, "{}", diagnostic_json(source, diagnostic, *position))?;
            }
        }
    }
    Ok(states.is_some())
}

/// Shows each finding with its line and a caret under its position.
pub(crate) fn show_diagnostics(
    out: &mut impl Write,
    source: &DefinitionFile,
    findings: &LocatedDiagnostics,
) -> anyhow::Result<()> {
    let file = ShownName(&source.file);
    let is_refused =
        findings.iter().any(|(diagnostic, _)| diagnostic.severity == DiagnosticSeverity::Error);
    if let Some(hint) = source.placeholder_hint().filter(|_| is_refused) {
        writeln!(out, "{hint}")?;
    }
    for (diagnostic, position) in findings {
        let severity = match diagnostic.severity {
            DiagnosticSeverity::Error => "",
            DiagnosticSeverity::Warning => "warning: ",
        };
        let Some(LineColumn { line, column }) = position else {
            writeln!(out, "{file}: {severity}{diagnostic}")?;
            continue;
        };
        writeln!(out, "{file}:{line}:{column}: {severity}{diagnostic}")?;
        if let Some((text, caret)) = excerpt_with_caret(source.line_text(*line), *column) {
            writeln!(out, "    {text}\n    {caret}")?;
        }
    }
    Ok(())
}

/// Most characters of a line that are shown.
const LINE_CHARS_MAX: usize = 160;

/// The part of a line around a column, which counts from 1, and a line with a caret under it; none
/// if the line has no such column.
pub(crate) fn excerpt_with_caret(line: &str, column: usize) -> Option<(String, String)> {
    let chars: Vec<char> = line.chars().collect();
    let at = column.checked_sub(1).filter(|at| *at < chars.len())?;
    let from = if column > LINE_CHARS_MAX { at - LINE_CHARS_MAX / 2 } else { 0 };
    let mark = if from > 0 { "…" } else { "" };
    let text: String = chars[from..].iter().take(LINE_CHARS_MAX).collect();
    // A tab is as wide above as below.
    let indent: String =
        chars[from..at].iter().map(|c| if *c == '\t' { '\t' } else { ' ' }).collect();
    let mark_indent = " ".repeat(mark.chars().count());
    Some((format!("{mark}{text}"), format!("{mark_indent}{indent}^")))
}

/// One finding as one line of JSON, for editors and CI.
fn diagnostic_json(
    source: &DefinitionFile,
    diagnostic: &Diagnostic,
    position: Option<LineColumn>,
) -> serde_json::Value {
    json!({
        "file": ShownName(&source.file).to_string(),
        "line": position.map(|position| position.line),
        "column": position.map(|position| position.column),
        "severity": diagnostic.severity.as_str(),
        "code": diagnostic.code.as_str(),
        "message": diagnostic.message,
        "location": diagnostic.location,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caret_stands_under_its_column() {
        let shown = |line: &str, column| {
            excerpt_with_caret(line, column).map(|(text, caret)| format!("{text}|{caret}"))
        };
        assert_eq!(shown("ab", 2).as_deref(), Some("ab| ^"));
        assert_eq!(shown("\té!", 3).as_deref(), Some("\té!|\t ^"));
        assert_eq!(shown("ab", 3), None);
        assert_eq!(shown("", 1), None);
    }

    #[test]
    fn a_long_line_is_shown_around_its_column() {
        let line = format!("{}!{}", "a".repeat(499), "b".repeat(500));
        let (text, caret) = excerpt_with_caret(&line, 500).expect("it has that column");
        let under = text.chars().nth(caret.chars().count() - 1);
        assert_eq!((under, text.chars().count()), (Some('!'), LINE_CHARS_MAX + 1));
    }
}
