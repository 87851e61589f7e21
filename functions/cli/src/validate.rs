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
    definition_file::{DefinitionFile, LocatedDiagnostics},
    line_column::LineColumn,
};

/// Checks each file. The exit code is 0 if all are valid, even with warnings, and 2 otherwise.
pub(crate) fn validate_files(arguments: &ValidateArguments) -> anyhow::Result<ExitCode> {
    let mut out = io::stdout().lock();
    let mut all_valid = true;
    for file in &arguments.files {
        let source = DefinitionFile::read_substituted(file, &arguments.substitute)?;
        let parsed = source.parse_definition();
        let warnings = source.find_warnings(parsed.as_ref().ok());
        let (states, mut findings) = match parsed {
            Ok(definition) => (Some(definition.states.len()), LocatedDiagnostics::new()),
            Err(errors) => (None, errors),
        };
        findings.extend(warnings);
        all_valid &= states.is_some();
        match arguments.format {
            OutputFormat::Text => {
                show_diagnostics(&mut out, &source, &findings)?;
                if let Some(states) = states {
                    writeln!(out, "{}: valid, {states} states", file.display())?;
                }
            }
            OutputFormat::Json => {
                for (diagnostic, position) in &findings {
                    writeln!(out, "{}", diagnostic_json(&source, diagnostic, *position))?;
                }
            }
        }
    }
    Ok(if all_valid { ExitCode::SUCCESS } else { ExitCode::from(USAGE) })
}

/// Shows each finding with its line and a caret under its position.
pub(crate) fn show_diagnostics(
    out: &mut impl Write,
    source: &DefinitionFile,
    findings: &LocatedDiagnostics,
) -> anyhow::Result<()> {
    let file = source.file.display();
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
        let text: String = source.line_text(*line).chars().take(LINE_CHARS_MAX).collect();
        if *column <= text.chars().count() {
            writeln!(out, "    {text}\n    {}^", " ".repeat(column - 1))?;
        }
    }
    Ok(())
}

/// Characters of a line that are shown; the rest of a longer line is cut off.
const LINE_CHARS_MAX: usize = 160;

/// One finding as one line of JSON, for editors and CI.
fn diagnostic_json(
    source: &DefinitionFile,
    diagnostic: &Diagnostic,
    position: Option<LineColumn>,
) -> serde_json::Value {
    json!({
        "file": source.file.display().to_string(),
        "line": position.map(|position| position.line),
        "column": position.map(|position| position.column),
        "severity": diagnostic.severity.as_str(),
        "code": diagnostic.code.as_str(),
        "message": diagnostic.message,
        "location": diagnostic.location,
    })
}
