//! What a test run prints for people.

use std::{
    io::{self, Write},
    path::Path,
};

use testkit::{
    CaseResult, CoverageHits, CoverageRatio, CoverageReport, DefinitionSource, OfflineMachine,
    TestSuite,
};

use super::{CaseVerdict, TestRun};
use crate::{arguments::TestArguments, counted_noun::counted_noun};

/// How much is shown of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ReportDetail {
    /// Why it failed, if it did.
    Failures,
    /// Also its result.
    Summaries,
}

/// Prints the cases of a file.
pub(super) fn report_suite_file(
    out: &mut impl Write,
    (name, suite): (&str, &TestSuite),
    results: &[CaseResult],
    arguments: &TestArguments,
    detail: ReportDetail,
) -> io::Result<()> {
    writeln!(out, "{name}")?;
    for (case, result) in suite.cases.iter().zip(results) {
        let line = case.line.map(|line| format!(" (line {line})")).unwrap_or_default();
        let summary = match detail {
            ReportDetail::Summaries => format!(": {}", result.summary),
            ReportDetail::Failures => String::new(),
        };
        match CaseVerdict::of_case(result, arguments) {
            CaseVerdict::Passed => writeln!(out, "  ok    {}{summary}", case.name)?,
            CaseVerdict::Updated => writeln!(out, "  new   {}{line}{summary}", case.name)?,
            CaseVerdict::Failed => {
                writeln!(out, "  FAIL  {}{line}{summary}", case.name)?;
                for text in result.failures.iter().flat_map(|failure| failure.lines()) {
                    writeln!(out, "        {text}")?;
                }
            }
        }
    }
    Ok(())
}

/// Prints the states and transitions that no case reaches; returns how many there are.
pub(super) fn report_coverage(out: &mut impl Write, run: &TestRun<'_>) -> io::Result<usize> {
    let mut missing_count = 0;
    for (name, covered) in collect_coverage(run) {
        let CoverageReport { states, transitions: ways, missing } = covered;
        missing_count += missing.len();
        if missing.is_empty() && !run.arguments.coverage {
            continue;
        }
        let (state_noun, way_noun) = (plural_of(states, "state"), plural_of(ways, "transition"));
        writeln!(out, "{name}: {states} {state_noun} and {ways} {way_noun} reached")?;
        if run.arguments.coverage {
            let (states, ways) = (states.rounded_percent(), ways.rounded_percent());
            writeln!(out, "  coverage: states {states}%, transitions {ways}%")?;
        }
        for missing in missing {
            writeln!(out, "  not reached: {missing}")?;
        }
    }
    Ok(missing_count)
}

/// The noun after `1 of 1`, `0 of 2`.
fn plural_of(ratio: CoverageRatio, noun: &str) -> String {
    if ratio.all == 1 { noun.to_owned() } else { format!("{noun}s") }
}

/// Prints the last line: how many cases passed or failed.
pub(super) fn report_total(out: &mut impl Write, run: &TestRun<'_>) -> io::Result<()> {
    let all: usize = run.results.iter().map(Vec::len).sum();
    let cases = counted_noun(&all, "case");
    match run.count_verdicts(CaseVerdict::Failed) {
        0 => writeln!(out, "{cases} passed")?,
        failed => writeln!(out, "{failed} of {cases} failed")?,
    }
    match run.read.unreadable.len() {
        0 => Ok(()),
        unreadable => writeln!(out, "{} could not be read", counted_noun(&unreadable, "file")),
    }
}

/// What the cases of all files reach of each definition, by the definition's name.
pub(super) fn collect_coverage(run: &TestRun<'_>) -> Vec<(String, CoverageReport)> {
    collect_definitions(run)
        .into_iter()
        .map(|defined| (defined.name, CoverageReport::from_hits(defined.machine, &defined.reached)))
        .collect()
}

/// A definition and what the cases of all files reach of it.
struct CoveredDefinition<'s> {
    name: String,
    machine: &'s OfflineMachine,
    reached: CoverageHits,
}

fn collect_definitions<'s>(run: &'s TestRun<'_>) -> Vec<CoveredDefinition<'s>> {
    let mut definitions: Vec<CoveredDefinition<'s>> = Vec::new();
    for (file, suite, results) in run.files() {
        for (case, result) in suite.cases.iter().zip(results) {
            let tested = &suite.machines[case.machine];
            let name = definition_name(&file.definitions_relative_to, &tested.source);
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
