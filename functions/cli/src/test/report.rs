//! What a test run prints for people.

use std::io::{self, Write};

use testkit::{CaseResult, TestSuite};

use super::{CaseVerdict, TestArguments, TestRun};
use crate::counted_noun::counted_noun;

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

/// Prints the last lines: how many cases passed or failed.
pub(super) fn report_total(out: &mut impl Write, run: &TestRun<'_>) -> io::Result<()> {
    totals(run).iter().try_for_each(|line| writeln!(out, "{line}"))
}

/// How many cases passed or failed, on one line.
pub(super) fn total_words(run: &TestRun<'_>) -> String {
    totals(run).join(", ")
}

fn totals(run: &TestRun<'_>) -> Vec<String> {
    let all: usize = run.results.iter().map(Vec::len).sum();
    let cases = counted_noun(&all, "case");
    let total = match run.count_verdicts(CaseVerdict::Failed) {
        0 => format!("{cases} passed"),
        failed => format!("{failed} of {cases} failed"),
    };
    let unreadable = match run.read.unreadable.len() {
        0 => None,
        unreadable => Some(format!("{} could not be read", counted_noun(&unreadable, "file"))),
    };
    [total].into_iter().chain(unreadable).collect()
}
