//! The files of test cases that a user names.

use std::{
    cell::RefCell,
    path::{Path, PathBuf},
};

use anyhow::{Context, anyhow, bail};
use testkit::{
    DefinitionSource, Expectation, ExpectationPosition, ExpectedResult, MockConfig, OfflineMachine,
    SuiteMachine, TestCase, TestSuite,
};

use super::{TestArguments, watch::ReadFiles};
use crate::{
    definition_file::DefinitionFile,
    file_search::{WantedFiles, list_named_files},
    run::read_input,
    text_source::{ShownName, is_standard_input, read_text},
};

/// The files that a folder stands for.
pub(super) const TEST_FILES: WantedFiles =
    WantedFiles { what: "test files", endings: &[".test.md", ".test.json"] };

/// The suites that could be read, and why others could not.
#[derive(Default)]
pub(super) struct ReadSuites {
    pub(super) files: Vec<SuiteFile>,
    /// The suite of each file.
    pub(super) suites: Vec<TestSuite>,
    pub(super) unreadable: Vec<anyhow::Error>,
}

/// A suite's file.
pub(super) struct SuiteFile {
    /// The path as the user gave it, for messages.
    pub(super) name: String,
    /// The file that the suite's definitions are named relative to; empty for the working folder.
    pub(super) definitions_relative_to: String,
    pub(super) text: String,
    /// Where the file is; none if it was standard input.
    pub(super) path: Option<PathBuf>,
}

impl ReadSuites {
    /// Reads the files of Markdown or JSON that the command line names.
    pub(super) fn from_files(arguments: &TestArguments, files: &mut ReadFiles) -> Self {
        let mut read = Self::default();
        for file in list_named_files(&arguments.files, &TEST_FILES) {
            match file.and_then(|path| read_suite(&path, arguments, files)) {
                Ok((file, suite)) => {
                    read.files.push(file);
                    read.suites.push(suite);
                }
                Err(error) => read.unreadable.push(error),
            }
        }
        read
    }

    /// Reads the test cases of each state machine whose definition is given.
    pub(super) fn from_mock_config(
        arguments: &TestArguments,
        path: &Path,
        files: &mut ReadFiles,
    ) -> anyhow::Result<Self> {
        let name = ShownName(path).to_string();
        files.note_file(path);
        let text = read_text(path)?;
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
            files.note_file(Path::new(file));
            let source = DefinitionFile::read_substituted(Path::new(file), &arguments.substitute)?;
            let read =
                OfflineMachine::parse(source.json_text()).with_context(|| file.to_owned())?;
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
        let definitions_relative_to = String::new();
        let file = SuiteFile { name, definitions_relative_to, text, path: None };
        Ok(Self { files: vec![file], suites: vec![suite], unreadable: Vec::new() })
    }
}

fn read_suite(
    path: &Path,
    arguments: &TestArguments,
    files: &mut ReadFiles,
) -> anyhow::Result<(SuiteFile, TestSuite)> {
    let name = ShownName(path).to_string();
    files.note_file(path);
    let text = read_text(path)?;
    let folder = path.parent().unwrap_or_else(|| Path::new(""));
    let files = RefCell::new(files);
    let beside = |file: &str| {
        files.borrow_mut().note_file(&folder.join(file));
        let source = DefinitionFile::read_substituted(&folder.join(file), &arguments.substitute);
        source.map(|source| source.json_text().to_owned()).map_err(|error| format!("{error:#}"))
    };
    let suite = if is_markdown(path, &text) {
        TestSuite::parse_markdown(&text, beside)
    } else {
        TestSuite::parse_json(&text, beside)
    };
    let suite = suite.map_err(|error| anyhow!("{name}: {error}"))?;
    let path = (!is_standard_input(path)).then(|| path.to_owned());
    Ok((SuiteFile { definitions_relative_to: name.clone(), name, text, path }, suite))
}

fn is_markdown(path: &Path, text: &str) -> bool {
    if is_standard_input(path) {
        return !text.trim_start().starts_with('{');
    }
    path.extension().is_some_and(|extension| extension == "md")
}
