//! `statewright test`

mod report;

use std::{fs, io, path::Path, process::ExitCode};

use anyhow::{Context, anyhow, bail};
use rehearsal::{
    Case, DefinitionSource, Expectation, Expected, Machine, MockConfig, Position, Suite, Tested,
    Verdict, check_all,
};

use crate::{arguments::TestArguments, run::input, source::Source};

use report::Detail;

/// The exit code if a case failed.
const FAILED: u8 = 1;

/// A suite's file.
struct File {
    /// As the user named it.
    name: String,
    /// The file that the suite's definitions are named relative to; empty for the working folder.
    beside: String,
    text: String,
}

/// Runs every case of every file; exit 0 if all passed, 1 if some did not.
pub(crate) fn test(arguments: &TestArguments) -> anyhow::Result<ExitCode> {
    let (files, suites) = match &arguments.mock_config {
        Some(file) => mock_config(arguments, file)?,
        None => read(arguments)?,
    };
    let verdicts = check_all(&suites);
    let detail = if arguments.mock_config.is_some() { Detail::Summaries } else { Detail::Failures };
    let mut out = io::stdout().lock();
    let mut failed_count = 0;
    for ((file, suite), verdicts) in files.iter().zip(&suites).zip(&verdicts) {
        if arguments.update {
            update(file, verdicts)?;
        }
        failed_count += report::file(&mut out, (&file.name, suite), verdicts, arguments, detail)?;
    }
    let names: Vec<&str> = files.iter().map(|file| file.beside.as_str()).collect();
    let uncovered = report::coverage(&mut out, &names, &suites, &verdicts, arguments)?;
    let all = verdicts.iter().map(Vec::len).sum();
    report::total(&mut out, all, failed_count)?;
    let failed = failed_count > 0 || (arguments.fail_uncovered && uncovered > 0);
    Ok(if failed { ExitCode::from(FAILED) } else { ExitCode::SUCCESS })
}

fn read(arguments: &TestArguments) -> anyhow::Result<(Vec<File>, Vec<Suite>)> {
    let (mut files, mut suites) = (Vec::new(), Vec::new());
    for path in &arguments.files {
        let name = path.display().to_string();
        let text = fs::read_to_string(path).with_context(|| format!("cannot read {name}"))?;
        let folder = path.parent().unwrap_or_else(|| Path::new(""));
        let beside = |file: &str| {
            let source = Source::read(&folder.join(file), &arguments.substitute);
            source.map(|source| source.json().to_owned()).map_err(|error| format!("{error:#}"))
        };
        let is_markdown = path.extension().is_some_and(|extension| extension == "md");
        let suite =
            if is_markdown { Suite::markdown(&text, beside) } else { Suite::json(&text, beside) };
        suites.push(suite.map_err(|error| anyhow!("{name}: {error}"))?);
        files.push(File { beside: name.clone(), name, text });
    }
    Ok((files, suites))
}

fn update(file: &File, verdicts: &[Verdict]) -> anyhow::Result<()> {
    let actual: Vec<_> = verdicts.iter().flat_map(|verdict| verdict.actual.clone()).collect();
    if actual.is_empty() {
        return Ok(());
    }
    fs::write(&file.name, Suite::updated(&file.text, &actual))
        .with_context(|| format!("cannot write {}", file.name))
}

/// The test cases of each state machine whose definition is given.
fn mock_config(arguments: &TestArguments, path: &Path) -> anyhow::Result<(Vec<File>, Vec<Suite>)> {
    let name = path.display().to_string();
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {name}"))?;
    let config = MockConfig::read(&text).with_context(|| name.clone())?;
    let input = input(&arguments.input)?;
    let mut suite = Suite::default();
    for argument in &arguments.definition {
        let Some((machine, file)) = argument.split_once('=') else {
            bail!("a definition is NAME=FILE, and '{argument}' is not");
        };
        let cases = config.cases(machine);
        if cases.is_empty() {
            let known: Vec<&str> = config.machines().collect();
            bail!("{name} has no test cases of '{machine}'; it has {}", known.join(", "));
        }
        let source = Source::read(Path::new(file), &arguments.substitute)?;
        let read = Machine::read(source.json()).with_context(|| file.to_owned())?;
        let source = DefinitionSource::File(file.to_owned());
        suite.machines.push(Tested { source, machine: read });
        for case in cases {
            let succeeds = Expected::Status("SUCCEEDED".to_owned());
            suite.cases.push(Case {
                name: format!("{machine}#{case}"),
                line: None,
                machine: suite.machines.len() - 1,
                input: input.clone(),
                mocks: config.mocks(machine, case).with_context(|| name.clone())?,
                state: None,
                expectations: vec![Expectation { expected: succeeds, position: Position::Nowhere }],
            });
        }
    }
    Ok((vec![File { name, beside: String::new(), text }], vec![suite]))
}
