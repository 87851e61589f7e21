//! `statewright validate`

use std::{
    io::{self, Write},
    process::ExitCode,
};

use asl::{Diagnostic, Severity};
use serde_json::json;

use crate::{
    USAGE,
    arguments::{Format, ValidateArguments},
    place::Place,
    source::{Findings, Source},
};

/// Checks each file; exit 0 if all are valid, whatever they are warned of, 2 if any is not.
pub(crate) fn validate(arguments: &ValidateArguments) -> anyhow::Result<ExitCode> {
    let mut out = io::stdout().lock();
    let mut all_valid = true;
    for file in &arguments.files {
        let source = Source::read(file, &arguments.substitute)?;
        let parsed = source.parse();
        let warnings = source.warnings(parsed.as_ref().ok());
        let (states, mut findings) = match parsed {
            Ok(definition) => (Some(definition.states.len()), Findings::new()),
            Err(errors) => (None, errors),
        };
        findings.extend(warnings);
        all_valid &= states.is_some();
        match arguments.format {
            Format::Text => {
                show(&mut out, &source, &findings)?;
                if let Some(states) = states {
                    writeln!(out, "{}: valid, {states} states", file.display())?;
                }
            }
            Format::Json => {
                for (diagnostic, place) in &findings {
                    writeln!(out, "{}", line(&source, diagnostic, *place))?;
                }
            }
        }
    }
    Ok(if all_valid { ExitCode::SUCCESS } else { ExitCode::from(USAGE) })
}

/// Shows what is wrong, each finding with the line it is about and a caret under its place.
pub(crate) fn show(
    out: &mut impl Write,
    source: &Source,
    findings: &Findings,
) -> anyhow::Result<()> {
    let file = source.file.display();
    for (diagnostic, place) in findings {
        let severity = match diagnostic.severity {
            Severity::Error => "",
            Severity::Warning => "warning: ",
        };
        let Some(Place { line, column }) = place else {
            writeln!(out, "{file}: {severity}{diagnostic}")?;
            continue;
        };
        writeln!(out, "{file}:{line}:{column}: {severity}{diagnostic}")?;
        let text: String = source.line(*line).chars().take(LINE_CHARS_MAX).collect();
        if *column <= text.chars().count() {
            writeln!(out, "    {text}\n    {}^", " ".repeat(column - 1))?;
        }
    }
    Ok(())
}

/// Of a longer line only the beginning is shown.
const LINE_CHARS_MAX: usize = 160;

/// One finding as one line of JSON, for editors and CI.
fn line(source: &Source, diagnostic: &Diagnostic, place: Option<Place>) -> serde_json::Value {
    json!({
        "file": source.file.display().to_string(),
        "line": place.map(|place| place.line),
        "column": place.map(|place| place.column),
        "severity": diagnostic.severity.as_str(),
        "code": diagnostic.code.as_str(),
        "message": diagnostic.message,
        "location": diagnostic.location,
    })
}
