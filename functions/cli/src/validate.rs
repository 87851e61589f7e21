//! `statewright validate`

use std::{fs, io::Write, path::Path, process::ExitCode};

use anyhow::Context;

use crate::{USAGE, arguments::ValidateArguments};

/// Checks each file; exit 0 if all are valid, 2 if any is not.
pub(crate) fn validate(arguments: &ValidateArguments) -> anyhow::Result<ExitCode> {
    let mut all_valid = true;
    for file in &arguments.files {
        all_valid &= is_valid(file)?;
    }
    Ok(if all_valid { ExitCode::SUCCESS } else { ExitCode::from(USAGE) })
}

fn is_valid(file: &Path) -> anyhow::Result<bool> {
    let text =
        fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let mut out = std::io::stdout().lock();
    match asl::parse(&text) {
        Ok(definition) => {
            let states = definition.states.len();
            writeln!(out, "{}: valid, {states} states", file.display())?;
            Ok(true)
        }
        Err(diagnostics) => {
            for diagnostic in diagnostics {
                writeln!(out, "{}: {diagnostic}", file.display())?;
            }
            Ok(false)
        }
    }
}
