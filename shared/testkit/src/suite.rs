//! A file of test cases.

mod json;
mod markdown;
#[cfg(test)]
mod tests;

use std::ops::Range;

use model::StateName;
use serde_json::Value;

use crate::{OfflineMachine, StateMocks};

/// Holds the cases of a file and the state machines that they test.
#[derive(Debug, Default)]
pub struct TestSuite {
    /// The machines under test, each of them once.
    pub machines: Vec<SuiteMachine>,
    /// The cases in the order of the file.
    pub cases: Vec<TestCase>,
}

/// Describes a state machine that is tested.
#[derive(Debug)]
pub struct SuiteMachine {
    /// Where the definition comes from.
    pub source: DefinitionSource,
    /// The parsed machine.
    pub machine: OfflineMachine,
}

/// Says where a definition comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DefinitionSource {
    /// A file of its own, named relative to the test file.
    File(String),
    /// An `asl` block of the Markdown test file, at this line, counting from 1.
    Line(usize),
    /// The `definition` member of the JSON test file.
    InlineJson,
}

/// Describes one test case.
#[derive(Debug)]
pub struct TestCase {
    /// The heading or the JSON member `name`.
    pub name: String,
    /// The line of its heading, counting from 1; absent in JSON.
    pub line: Option<usize>,
    /// The index in [`TestSuite::machines`] of the machine that it tests.
    pub machine: usize,
    /// The input, as JSON text.
    pub input: String,
    /// The mocks that answer calls.
    pub mocks: StateMocks,
    /// The one state that it tests; absent if the case runs the whole machine.
    pub state: Option<StateUnderTest>,
    /// The expected results, at least one.
    pub expectations: Vec<Expectation>,
}

/// Describes a state that is tested by itself.
#[derive(Clone, Debug)]
pub struct StateUnderTest {
    /// The name of the state.
    pub state: StateName,
    /// Members of the context object, as the text of a JSON object.
    pub context: Option<String>,
    /// The variables in scope, as the text of a JSON object.
    pub variables: Option<String>,
    /// How many retries the state has already made.
    pub retries: u32,
}

/// Pairs an expected result with its position in the test file.
#[derive(Clone, Debug)]
pub struct Expectation {
    /// The expected result.
    pub expected: ExpectedResult,
    /// Its position in the file.
    pub position: ExpectationPosition,
}

/// Says where an expectation is in its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExpectationPosition {
    /// These lines of a Markdown file, counting from 0.
    Lines(Range<usize>),
    /// The `expect` member of the case with this index in a JSON file.
    Member(usize),
    /// The expectation is not in the file.
    NotInFile,
}

/// Lists the kinds of results that a case may expect.
#[derive(Clone, Debug, PartialEq)]
pub enum ExpectedResult {
    /// The execution or the state succeeds with this output.
    Output(Value),
    /// It fails with this error name.
    Error(String),
    /// It fails with this cause.
    Cause(String),
    /// It ends with this status, spelled as in the AWS API.
    Status(String),
    /// The next state is this one. Only for a state that is tested by itself.
    Next(String),
    /// The history has these lines, as
    /// [`format_history_lines`](crate::history_lines::format_history_lines) writes them.
    History(Vec<String>),
}

/// Reports a test file that is invalid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{reason}", .line.map(|line| format!("line {line}: ")).unwrap_or_default())]
pub struct TestSuiteError {
    /// The line, counting from 1, if it is known.
    pub line: Option<usize>,
    /// What is wrong.
    pub reason: String,
}

impl TestSuiteError {
    fn new(line: Option<usize>, reason: impl Into<String>) -> Self {
        Self { line, reason: reason.into() }
    }
}

impl TestSuite {
    /// Parses a Markdown test file. `read` loads the files that it names and converts definitions
    /// in YAML to JSON.
    pub fn parse_markdown(
        text: &str,
        read: impl Fn(&str) -> Result<String, String>,
    ) -> Result<Self, TestSuiteError> {
        markdown::parse_markdown_suite(text, &read)
    }

    /// Parses a JSON test file. `read` loads the file named by `definitionFile`.
    pub fn parse_json(
        text: &str,
        read: impl Fn(&str) -> Result<String, String>,
    ) -> Result<Self, TestSuiteError> {
        json::parse_json_suite(text, &read)
    }

    /// Returns the text of a test file with these expectations replaced by the actual results.
    pub fn update_expectations(
        text: &str,
        actual: &[(ExpectationPosition, ExpectedResult)],
    ) -> String {
        let is_json =
            actual.iter().any(|(position, _)| matches!(position, ExpectationPosition::Member(_)));
        if is_json {
            json::update_json_expectations(text, actual)
        } else {
            markdown::update_markdown_expectations(text, actual)
        }
    }

    /// Returns the index of a machine. Parses and adds the machine if the suite does not have it.
    fn add_machine(
        &mut self,
        source: DefinitionSource,
        text: impl FnOnce() -> Result<String, String>,
    ) -> Result<usize, String> {
        if let Some(known) = self.machines.iter().position(|tested| tested.source == source) {
            return Ok(known);
        }
        let machine = OfflineMachine::parse(&text()?).map_err(|error| error.to_string())?;
        self.machines.push(SuiteMachine { source, machine });
        Ok(self.machines.len() - 1)
    }
}
