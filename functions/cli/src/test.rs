//! `statewright test`.

mod json_report;
mod junit_report;
mod report;
mod suites;

use std::{
    fs,
    io::{self, Write},
    process::ExitCode,
};

use anyhow::{Context, bail};
use testkit::{CaseResult, TestSuite, check_all_cases};

use crate::{
    USAGE,
    arguments::{ReportFormat, TestArguments},
};

use report::ReportDetail;
use suites::{ReadSuites, SuiteFile};

/// The exit code if a case failed.
const FAILED: u8 = 1;

/// A case and what came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum CaseVerdict {
    Passed,
    /// It failed, and its expectations were replaced by what came.
    Updated,
    Failed,
}

impl CaseVerdict {
    fn of_case(result: &CaseResult, arguments: &TestArguments) -> Self {
        if result.failures.is_empty() {
            Self::Passed
        } else if arguments.update && result.failures.len() == result.actual.len() {
            Self::Updated
        } else {
            Self::Failed
        }
    }
}

/// The cases that ran and their results, file by file.
struct TestRun<'a> {
    arguments: &'a TestArguments,
    read: &'a ReadSuites,
    results: &'a [Vec<CaseResult>],
}

impl TestRun<'_> {
    fn count_verdicts(&self, verdict: CaseVerdict) -> usize {
        let of = |result: &&CaseResult| CaseVerdict::of_case(result, self.arguments) == verdict;
        self.results.iter().flatten().filter(of).count()
    }

    /// The cases of each file, with their results.
    fn files(&self) -> impl Iterator<Item = (&SuiteFile, &TestSuite, &[CaseResult])> {
        let read = self.read.files.iter().zip(&self.read.suites).zip(self.results);
        read.map(|((file, suite), results)| (file, suite, results.as_slice()))
    }
}

/// Runs every case of every file. The exit code is 0 if all passed, 1 if some did not, and 2 if a
/// file cannot be read, which keeps no other from being run.
pub(crate) fn run_tests(arguments: &TestArguments) -> anyhow::Result<ExitCode> {
    let mut read = match &arguments.mock_config {
        Some(file) => ReadSuites::from_mock_config(arguments, file)?,
        None => ReadSuites::from_files(arguments),
    };
    for unreadable in &read.unreadable {
        writeln!(io::stderr(), "error: {unreadable:#}")?;
    }
    if read.suites.is_empty() && arguments.format == ReportFormat::Text {
        return Ok(ExitCode::from(USAGE));
    }
    select_cases(&mut read, &arguments.filter)?;
    let results = check_all_cases(&read.suites);
    if arguments.update {
        for (file, results) in read.files.iter().zip(&results) {
            update_suite_file(file, results)?;
        }
    }
    let run = TestRun { arguments, read: &read, results: &results };
    let mut out = io::stdout().lock();
    let uncovered = match arguments.format {
        ReportFormat::Text => report_text(&mut out, &run)?,
        ReportFormat::Json => json_report::report_json(&mut out, &run)?,
        ReportFormat::Junit => {
            junit_report::report_junit(&mut out, &run)?;
            report::collect_coverage(&run).iter().map(|(_, covered)| covered.missing.len()).sum()
        }
    };
    let failed =
        run.count_verdicts(CaseVerdict::Failed) > 0 || (arguments.fail_uncovered && uncovered > 0);
    Ok(match failed {
        _ if !read.unreadable.is_empty() => ExitCode::from(USAGE),
        true => ExitCode::from(FAILED),
        false => ExitCode::SUCCESS,
    })
}

/// Keeps the cases whose names contain one of these texts; all, if there are none.
fn select_cases(read: &mut ReadSuites, filters: &[String]) -> anyhow::Result<()> {
    if filters.is_empty() || read.suites.is_empty() {
        return Ok(());
    }
    let names: Vec<String> =
        read.suites.iter().flat_map(|suite| &suite.cases).map(|case| case.name.clone()).collect();
    for suite in &mut read.suites {
        suite.cases.retain(|case| filters.iter().any(|text| case.name.contains(text)));
    }
    if read.suites.iter().all(|suite| suite.cases.is_empty()) {
        let texts = filters.join("' or '");
        bail!("no case has '{texts}' in its name; there are:\n  {}", names.join("\n  "));
    }
    Ok(())
}

/// Prints the report for people; returns how many states and transitions were not reached.
fn report_text(out: &mut impl Write, run: &TestRun<'_>) -> io::Result<usize> {
    let detail = if run.arguments.mock_config.is_some() {
        ReportDetail::Summaries
    } else {
        ReportDetail::Failures
    };
    for (file, suite, results) in run.files().filter(|(_, _, results)| !results.is_empty()) {
        report::report_suite_file(out, (&file.name, suite), results, run.arguments, detail)?;
    }
    let uncovered = report::report_coverage(out, run)?;
    report::report_total(out, run)?;
    Ok(uncovered)
}

fn update_suite_file(file: &SuiteFile, results: &[CaseResult]) -> anyhow::Result<()> {
    let actual: Vec<_> = results.iter().flat_map(|result| result.actual.clone()).collect();
    if actual.is_empty() {
        return Ok(());
    }
    let Some(path) = &file.path else { bail!("--update cannot rewrite {}", file.name) };
    fs::write(path, TestSuite::update_expectations(&file.text, &actual))
        .with_context(|| format!("cannot write {}", file.name))
}
