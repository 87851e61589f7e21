//! What a test run prints.

use std::{
    io::{self, Write},
    path::Path,
};

use rehearsal::{Coverage, DefinitionSource, Machine, Reached, Suite, Verdict};

use crate::arguments::TestArguments;

/// What is shown of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Detail {
    /// Why it failed.
    Failures,
    /// What it came to as well.
    Summaries,
}

/// Prints the cases of a file; returns how many failed.
pub(super) fn file(
    out: &mut impl Write,
    (name, suite): (&str, &Suite),
    verdicts: &[Verdict],
    arguments: &TestArguments,
    detail: Detail,
) -> io::Result<usize> {
    writeln!(out, "{name}")?;
    let mut failed_count = 0;
    for (case, verdict) in suite.cases.iter().zip(verdicts) {
        let is_updated = arguments.update && verdict.failures.len() == verdict.actual.len();
        let line = case.line.map(|line| format!(" (line {line})")).unwrap_or_default();
        let summary = match detail {
            Detail::Summaries => format!(": {}", verdict.summary),
            Detail::Failures => String::new(),
        };
        if verdict.failures.is_empty() {
            writeln!(out, "  ok    {}{summary}", case.name)?;
        } else if is_updated {
            writeln!(out, "  new   {}{line}{summary}", case.name)?;
        } else {
            failed_count += 1;
            writeln!(out, "  FAIL  {}{line}{summary}", case.name)?;
            for text in verdict.failures.iter().flat_map(|failure| failure.lines()) {
                writeln!(out, "        {text}")?;
            }
        }
    }
    Ok(failed_count)
}

/// Prints what no case reaches of each definition; returns how much that is.
pub(super) fn coverage(
    out: &mut impl Write,
    files: &[&str],
    suites: &[Suite],
    verdicts: &[Vec<Verdict>],
    arguments: &TestArguments,
) -> io::Result<usize> {
    let mut missing_count = 0;
    for Definition { name, machine, reached } in definitions(files, suites, verdicts) {
        let Coverage { states, ways, missing } = Coverage::of(machine, &reached);
        missing_count += missing.len();
        if missing.is_empty() && !arguments.coverage {
            continue;
        }
        writeln!(out, "{name}: {states} states and {ways} transitions reached")?;
        if arguments.coverage {
            let (states, ways) = (states.percent(), ways.percent());
            writeln!(out, "  coverage: states {states}%, transitions {ways}%")?;
        }
        for missing in missing {
            writeln!(out, "  not reached: {missing}")?;
        }
    }
    Ok(missing_count)
}

/// Prints the last line.
pub(super) fn total(out: &mut impl Write, all: usize, failed_count: usize) -> io::Result<()> {
    let noun = if all == 1 { "case" } else { "cases" };
    match failed_count {
        0 => writeln!(out, "{all} {noun} passed"),
        failed => writeln!(out, "{failed} of {all} {noun} failed"),
    }
}

/// A definition and what the cases of all files reach of it.
struct Definition<'s> {
    name: String,
    machine: &'s Machine,
    reached: Reached,
}

fn definitions<'s>(
    files: &[&str],
    suites: &'s [Suite],
    verdicts: &[Vec<Verdict>],
) -> Vec<Definition<'s>> {
    let mut definitions: Vec<Definition<'s>> = Vec::new();
    for ((file, suite), verdicts) in files.iter().zip(suites).zip(verdicts) {
        for (case, verdict) in suite.cases.iter().zip(verdicts) {
            let tested = &suite.machines[case.machine];
            let name = definition_name(file, &tested.source);
            let known = definitions.iter_mut().find(|known| known.name == name);
            match known {
                Some(known) => known.reached.add(verdict.reached.clone()),
                None => definitions.push(Definition {
                    name,
                    machine: &tested.machine,
                    reached: verdict.reached.clone(),
                }),
            }
        }
    }
    definitions
}

/// Its file, or its place in the cases' file.
fn definition_name(file: &str, source: &DefinitionSource) -> String {
    match source {
        DefinitionSource::File(name) => {
            let folder = Path::new(file).parent().unwrap_or_else(|| Path::new(""));
            folder.join(name).display().to_string()
        }
        DefinitionSource::Line(line) => format!("{file}:{line}"),
        DefinitionSource::Inside => file.to_owned(),
    }
}
