//! `statewright test`.

mod report;

use std::{fs, io, path::Path, process::ExitCode};

use anyhow::{Context, anyhow, bail};
use testkit::{
    CaseResult, DefinitionSource, Expectation, ExpectationPosition, ExpectedResult, MockConfig,
    OfflineMachine, SuiteMachine, TestCase, TestSuite, check_all_cases,
};

use crate::{arguments::TestArguments, definition_file::DefinitionFile, run::read_input};

use report::ReportDetail;

/// The exit code if a case failed.
const FAILED: u8 = 1;

/// A suite's file.
struct SuiteFile {
    /// The path as the user gave it.
    name: String,
    /// The file that the suite's definitions are named relative to; empty for the working folder.
    definitions_relative_to: String,
    text: String,
}

/// Runs every case of every file; exit 0 if all passed, 1 if some did not.
pub(crate) fn run_tests(arguments: &TestArguments) -> anyhow::Result<ExitCode> {
    let (files, suites) = match &arguments.mock_config {
        Some(file) => read_mock_config(arguments, file)?,
        None => read_suites(arguments)?,
    };
    let results = check_all_cases(&suites);
    let detail = if arguments.mock_config.is_some() {
        ReportDetail::Summaries
    } else {
        ReportDetail::Failures
    };
    let mut out = io::stdout().lock();
    let mut failed_count = 0;
    for ((file, suite), results) in files.iter().zip(&suites).zip(&results) {
        if arguments.update {
            update_suite_file(file, results)?;
        }
        failed_count +=
            report::report_suite_file(&mut out, (&file.name, suite), results, arguments, detail)?;
    }
    let names: Vec<&str> = files.iter().map(|file| file.definitions_relative_to.as_str()).collect();
    let uncovered = report::report_coverage(&mut out, &names, &suites, &results, arguments)?;
    let all = results.iter().map(Vec::len).sum();
    report::report_total(&mut out, all, failed_count)?;
    let failed = failed_count > 0 || (arguments.fail_uncovered && uncovered > 0);
    Ok(if failed { ExitCode::from(FAILED) } else { ExitCode::SUCCESS })
}

fn read_suites(arguments: &TestArguments) -> anyhow::Result<(Vec<SuiteFile>, Vec<TestSuite>)> {
    let (mut files, mut suites) = (Vec::new(), Vec::new());
    for path in &arguments.files {
        let name = path.display().to_string();
        let text = fs::read_to_string(path).with_context(|| format!("cannot read {name}"))?;
        let folder = path.parent().unwrap_or_else(|| Path::new(""));
        let beside = |file: &str| {
            let source =
                DefinitionFile::read_substituted(&folder.join(file), &arguments.substitute);
            source.map(|source| source.json_text().to_owned()).map_err(|error| format!("{error:#}"))
        };
        let is_markdown = path.extension().is_some_and(|extension| extension == "md");
        let suite = if is_markdown {
            TestSuite::parse_markdown(&text, beside)
        } else {
            TestSuite::parse_json(&text, beside)
        };
        suites.push(suite.map_err(|error| anyhow!("{name}: {error}"))?);
        files.push(SuiteFile { definitions_relative_to: name.clone(), name, text });
    }
    Ok((files, suites))
}

fn update_suite_file(file: &SuiteFile, results: &[CaseResult]) -> anyhow::Result<()> {
    let actual: Vec<_> = results.iter().flat_map(|result| result.actual.clone()).collect();
    if actual.is_empty() {
        return Ok(());
    }
    fs::write(&file.name, TestSuite::update_expectations(&file.text, &actual))
        .with_context(|| format!("cannot write {}", file.name))
}

/// The test cases of each state machine whose definition is given.
fn read_mock_config(
    arguments: &TestArguments,
    path: &Path,
) -> anyhow::Result<(Vec<SuiteFile>, Vec<TestSuite>)> {
    let name = path.display().to_string();
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {name}"))?;
    let config = MockConfig::parse(&text).with_context(|| name.clone())?;
    let input = read_input(&arguments.input)?;
    let mut suite = TestSuite::default();
    for argument in &arguments.definition {
        let Some((machine, file)) = argument.split_once('=') else {
            bail!("a definition is NAME=FILE, and '{argument}' is not");
        };
        let cases = config.case_names(machine);
        if cases.is_empty() {
            let known: Vec<&str> = config.machine_names().collect();
            bail!("{name} has no test cases of '{machine}'; it has {}", known.join(", "));
        }
        let source = DefinitionFile::read_substituted(Path::new(file), &arguments.substitute)?;
        let read = OfflineMachine::parse(source.json_text()).with_context(|| file.to_owned())?;
        let source = DefinitionSource::File(file.to_owned());
        suite.machines.push(SuiteMachine { source, machine: read });
        for case in cases {
            let succeeds = ExpectedResult::Status("SUCCEEDED".to_owned());
            suite.cases.push(TestCase {
                name: format!("{machine}#{case}"),
                line: None,
                machine: suite.machines.len() - 1,
                input: input.clone(),
                mocks: config.case_mocks(machine, case).with_context(|| name.clone())?,
                state: None,
                expectations: vec![Expectation {
                    expected: succeeds,
                    position: ExpectationPosition::NotInFile,
                }],
            });
        }
    }
    Ok((vec![SuiteFile { name, definitions_relative_to: String::new(), text }], vec![suite]))
}
