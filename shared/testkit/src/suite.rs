//! A file of test cases.

mod json;
mod markdown;
#[cfg(test)]
mod tests;

use std::ops::Range;

use model::StateName;
use serde_json::Value;

use crate::{OfflineMachine, StateMocks};

/// The cases of a file and the state machines that they test.
#[derive(Debug, Default)]
pub struct TestSuite {
    /// Each once.
    pub machines: Vec<SuiteMachine>,
    /// In the file's order.
    pub cases: Vec<TestCase>,
}

/// A state machine that is tested.
#[derive(Debug)]
pub struct SuiteMachine {
    /// The definition's file as the cases name it, or the line of the cases' file.
    pub source: DefinitionSource,
    /// The machine.
    pub machine: OfflineMachine,
}

/// Where a definition stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DefinitionSource {
    /// In a file of its own, named relative to the cases' file.
    File(String),
    /// In the cases' file, at this line.
    Line(usize),
    /// In the cases' file, if that is JSON.
    InlineJson,
}

/// One case.
#[derive(Debug)]
pub struct TestCase {
    /// What it says.
    pub name: String,
    /// The line of its heading, from 1; none in JSON.
    pub line: Option<usize>,
    /// Which of the suite's machines it tests.
    pub machine: usize,
    /// The input: a JSON text.
    pub input: String,
    /// What answers for calls.
    pub mocks: StateMocks,
    /// The one state that it tests; none if it runs the whole machine.
    pub state: Option<StateUnderTest>,
    /// What must come, at least one thing.
    pub expectations: Vec<Expectation>,
}

/// A state that is tested alone.
#[derive(Clone, Debug)]
pub struct StateUnderTest {
    /// Its name.
    pub state: StateName,
    /// Parts of its context object: a JSON object's text.
    pub context: Option<String>,
    /// The variables in scope: a JSON object's text.
    pub variables: Option<String>,
    /// How often its retriers were used.
    pub retries: u32,
}

/// Something that must come, and where the file says so.
#[derive(Clone, Debug)]
pub struct Expectation {
    /// What.
    pub expected: ExpectedResult,
    /// Where.
    pub position: ExpectationPosition,
}

/// Where an expectation stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExpectationPosition {
    /// In these lines of a Markdown file, counted from 0.
    Lines(Range<usize>),
    /// In the `expect` of this case of a JSON file.
    Member(usize),
    /// Not in the file.
    NotInFile,
}

/// What must come.
#[derive(Clone, Debug, PartialEq)]
pub enum ExpectedResult {
    /// This output.
    Output(Value),
    /// A failure of this name.
    Error(String),
    /// A failure with this cause.
    Cause(String),
    /// This status, in AWS's words.
    Status(String),
    /// Of a state tested alone: this state comes next.
    Next(String),
    /// This history, as [`crate::history::lines`] shows it.
    History(Vec<String>),
}

/// The file cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{reason}", .line.map(|line| format!("line {line}: ")).unwrap_or_default())]
pub struct TestSuiteError {
    /// At this line, from 1.
    pub line: Option<usize>,
    /// Why.
    pub reason: String,
}

impl TestSuiteError {
    fn new(line: Option<usize>, reason: impl Into<String>) -> Self {
        Self { line, reason: reason.into() }
    }
}

impl TestSuite {
    /// Reads a Markdown file. `read` gives the text of a file that it names; of a definition in
    /// YAML, as JSON.
    pub fn parse_markdown(
        text: &str,
        read: impl Fn(&str) -> Result<String, String>,
    ) -> Result<Self, TestSuiteError> {
        markdown::parse_markdown_suite(text, &read)
    }

    /// Reads a JSON file.
    pub fn parse_json(
        text: &str,
        read: impl Fn(&str) -> Result<String, String>,
    ) -> Result<Self, TestSuiteError> {
        json::parse_json_suite(text, &read)
    }

    /// The text of this suite's file, in which these expectations say what came.
    pub fn update_expectations(
        text: &str,
        actual: &[(ExpectationPosition, ExpectedResult)],
    ) -> String {
        let is_json =
            actual.iter().any(|(place, _)| matches!(place, ExpectationPosition::Member(_)));
        if is_json {
            json::update_json_expectations(text, actual)
        } else {
            markdown::update_markdown_expectations(text, actual)
        }
    }

    /// The place of a machine, read unless it is there.
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
