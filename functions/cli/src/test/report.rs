//! What a test run prints.

use std::{
    io::{self, Write},
    path::Path,
};

use testkit::{
    CaseResult, CoverageHits, CoverageReport, DefinitionSource, OfflineMachine, TestSuite,
};

use crate::arguments::TestArguments;

/// How much is shown of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ReportDetail {
    /// Why it failed, if it did.
    Failures,
    /// Also its result.
    Summaries,
}

/// Prints the cases of a file; returns how many failed.
pub(super) fn report_suite_file(
    out: &mut impl Write,
    (name, suite): (&str, &TestSuite),
    results: &[CaseResult],
    arguments: &TestArguments,
    detail: ReportDetail,
) -> io::Result<usize> {
    writeln!(out, "{name}")?;
    let mut failed_count = 0;
    for (case, result) in suite.cases.iter().zip(results) {
        let is_updated = arguments.update && result.failures.len() == result.actual.len();
        let line = case.line.map(|line| format!(" (line {line})")).unwrap_or_default();
        let summary = match detail {
            ReportDetail::Summaries => format!(": {}", result.summary),
            ReportDetail::Failures => String::new(),
        };
        if result.failures.is_empty() {
            writeln!(out, "  ok    {}{summary}", case.name)?;
        } else if is_updated {
            writeln!(out, "  new   {}{line}{summary}", case.name)?;
        } else {
            failed_count += 1;
            writeln!(out, "  FAIL  {}{line}{summary}", case.name)?;
            for text in result.failures.iter().flat_map(|failure| failure.lines()) {
                writeln!(out, "        {text}")?;
            }
        }
    }
    Ok(failed_count)
}

/// Prints the states and transitions that no case reaches; returns how many there are.
pub(super) fn report_coverage(
    out: &mut impl Write,
    files: &[&str],
    suites: &[TestSuite],
    results: &[Vec<CaseResult>],
    arguments: &TestArguments,
) -> io::Result<usize> {
    let mut missing_count = 0;
    for CoveredDefinition { name, machine, reached } in collect_definitions(files, suites, results)
    {
        let CoverageReport { states, transitions: ways, missing } =
            CoverageReport::from_hits(machine, &reached);
        missing_count += missing.len();
        if missing.is_empty() && !arguments.coverage {
            continue;
        }
        writeln!(out, "{name}: {states} states and {ways} transitions reached")?;
        if arguments.coverage {
            let (states, ways) = (states.rounded_percent(), ways.rounded_percent());
            writeln!(out, "  coverage: states {states}%, transitions {ways}%")?;
        }
        for missing in missing {
            writeln!(out, "  not reached: {missing}")?;
        }
    }
    Ok(missing_count)
}

/// Prints the last line: how many cases passed or failed.
pub(super) fn report_total(
    out: &mut impl Write,
    all: usize,
    failed_count: usize,
) -> io::Result<()> {
    let noun = if all == 1 { "case" } else { "cases" };
    match failed_count {
        0 => writeln!(out, "{all} {noun} passed"),
        failed => writeln!(out, "{failed} of {all} {noun} failed"),
    }
}

/// A definition and what the cases of all files reach of it.
struct CoveredDefinition<'s> {
    name: String,
    machine: &'s OfflineMachine,
    reached: CoverageHits,
}

fn collect_definitions<'s>(
    files: &[&str],
    suites: &'s [TestSuite],
    results: &[Vec<CaseResult>],
) -> Vec<CoveredDefinition<'s>> {
    let mut definitions: Vec<CoveredDefinition<'s>> = Vec::new();
    for ((file, suite), results) in files.iter().zip(suites).zip(results) {
        for (case, result) in suite.cases.iter().zip(results) {
            let tested = &suite.machines[case.machine];
            let name = definition_name(file, &tested.source);
            let known = definitions.iter_mut().find(|known| known.name == name);
            match known {
                Some(known) => known.reached.merge_hits(result.reached.clone()),
                None => definitions.push(CoveredDefinition {
                    name,
                    machine: &tested.machine,
                    reached: result.reached.clone(),
                }),
            }
        }
    }
    definitions
}

/// The name of a definition: its file, or its position in the file of the cases.
fn definition_name(file: &str, source: &DefinitionSource) -> String {
    match source {
        DefinitionSource::File(name) => {
            let folder = Path::new(file).parent().unwrap_or_else(|| Path::new(""));
            folder.join(name).display().to_string()
        }
        DefinitionSource::Line(line) => format!("{file}:{line}"),
        DefinitionSource::InlineJson => file.to_owned(),
    }
}
