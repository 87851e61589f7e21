//! `statewright test`.

mod arguments;
mod coverage;
mod json_report;
mod junit_report;
mod report;
mod suites;
mod watch;

use std::{
    fs,
    io::{self, Write},
    path::Path,
    process::ExitCode,
};

use anyhow::{Context, bail};
use testkit::{CaseResult, TestSuite, check_all_cases};

use crate::USAGE;

use arguments::ReportFormat;
pub(crate) use arguments::TestArguments;
use coverage::{CoverageDetail, MachineCoverage};
use report::ReportDetail;
use suites::{ReadSuites, SuiteFile};
use watch::ReadFiles;

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

/// What came of a run.
struct TestOutcome {
    code: ExitCode,
    /// How many cases passed or failed, in a few words.
    total: String,
}

/// Runs every case of every file. The exit code is 0 if all passed, 1 if some did not, and 2 if a
/// file cannot be read, which keeps no other from being run.
pub(crate) async fn run_tests(arguments: TestArguments) -> anyhow::Result<ExitCode> {
    arguments.check_combinations()?;
    if arguments.watch {
        return watch::keep_testing(arguments).await;
    }
    Ok(run_tests_once(&arguments, &mut ReadFiles::default())?.code)
}

/// Runs the tests, and notes the files that it reads.
fn run_tests_once(arguments: &TestArguments, files: &mut ReadFiles) -> anyhow::Result<TestOutcome> {
    let mut read = match &arguments.mock_config {
        Some(file) => ReadSuites::from_mock_config(arguments, file, files)?,
        None => ReadSuites::from_files(arguments, files),
    };
    for unreadable in &read.unreadable {
        writeln!(io::stderr(), "error: {unreadable:#}")?;
    }
    select_cases(&mut read, &arguments.filter)?;
    let results = check_all_cases(&read.suites);
    if arguments.update {
        for (file, results) in read.files.iter().zip(&results) {
            update_suite_file(file, results)?;
        }
    }
    let run = TestRun { arguments, read: &read, results: &results };
    let total = report::total_words(&run);
    let unreadable = ExitCode::from(USAGE);
    if read.suites.is_empty() && arguments.report_format() == ReportFormat::Text {
        return Ok(TestOutcome { code: unreadable, total });
    }
    let uncovered = report_run(&run)?;
    let failed = run.count_verdicts(CaseVerdict::Failed) > 0
        || (arguments.coverage.fail_uncovered && uncovered > 0);
    let code = match failed {
        _ if !read.unreadable.is_empty() => unreadable,
        true => ExitCode::from(FAILED),
        false => ExitCode::SUCCESS,
    };
    Ok(TestOutcome { code, total })
}

/// Prints the results and writes coverage; returns how many states and transitions were not reached.
fn report_run(run: &TestRun<'_>) -> anyhow::Result<usize> {
    let coverage = coverage::collect_coverage(run);
    let mut out = io::stdout().lock();
    match run.arguments.report_format() {
        ReportFormat::Text => report_text(&mut out, run, &coverage)?,
        ReportFormat::Json => json_report::report_json(&mut out, run, &coverage)?,
        ReportFormat::Junit => junit_report::report_junit(&mut out, run)?,
    }
    if let Some(file) = &run.arguments.junit {
        write_junit_file(file, run).with_context(|| format!("cannot write {}", file.display()))?;
    }
    if let Some((file, format)) = run.arguments.coverage.output_file() {
        coverage::write_coverage_file(file, format, &coverage)?;
        if run.arguments.report_format() == ReportFormat::Text {
            writeln!(out, "coverage is in {}", file.display())?;
        }
    }
    Ok(coverage.iter().map(|covered| covered.report.missing.len()).sum())
}

/// Writes the report beside the one that is printed, so that a log of CI still says what failed.
fn write_junit_file(file: &Path, run: &TestRun<'_>) -> io::Result<()> {
    let mut out = io::BufWriter::new(fs::File::create(file)?);
    junit_report::report_junit(&mut out, run)?;
    out.flush()
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

/// Prints the report for people.
fn report_text(
    out: &mut impl Write,
    run: &TestRun<'_>,
    coverage: &[MachineCoverage],
) -> io::Result<()> {
    let detail = if run.arguments.mock_config.is_some() {
        ReportDetail::Summaries
    } else {
        ReportDetail::Failures
    };
    for (file, suite, results) in run.files().filter(|(_, _, results)| !results.is_empty()) {
        report::report_suite_file(out, (&file.name, suite), results, run.arguments, detail)?;
    }
    for covered in coverage {
        let detail = if run.arguments.coverage.is_shown() {
            CoverageDetail::Percentages
        } else if covered.report.missing.is_empty() {
            continue;
        } else {
            CoverageDetail::Counts
        };
        coverage::write_coverage_text(out, covered, detail)?;
    }
    report::report_total(out, run)
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
