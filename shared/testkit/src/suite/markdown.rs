//! Test files in Markdown: a heading names a case; fenced blocks hold its inputs, its mocks and
//! its expected results.
//!
//! A section inherits what it does not define from the sections around it. A section is a case
//! if it has an expected result.

mod blocks;

use serde_json::Value;

use self::blocks::{MarkdownBlock, MarkdownItem, parse_markdown_items};
use super::{
    DefinitionSource, Expectation, ExpectationPosition, ExpectedResult, StateUnderTest, TestCase,
    TestSuite, TestSuiteError,
};
use crate::{StateMocks, diff, mock_config::MockConfig};

type ReadFileFn<'r> = dyn Fn(&str) -> Result<String, String> + 'r;

pub(super) fn parse_markdown_suite(
    text: &str,
    read: &ReadFileFn<'_>,
) -> Result<TestSuite, TestSuiteError> {
    let mut suite = TestSuite::default();
    let sections = parse_sections(text, read, &mut suite)?;
    for (at, section) in sections.iter().enumerate() {
        if section.expectations.is_empty() {
            section.check_use(&sections[at + 1..])?;
        } else {
            suite.cases.push(section.build_case(&sections[..at])?);
        }
    }
    if suite.cases.is_empty() {
        return Err(TestSuiteError::new(None, "there is no case: no section says what must come"));
    }
    Ok(suite)
}

/// Returns the text with the lines of these expectations replaced.
pub(super) fn update_markdown_expectations(
    text: &str,
    actual: &[(ExpectationPosition, ExpectedResult)],
) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let mut blocks: Vec<_> = actual
        .iter()
        .filter_map(|(position, expected)| match position {
            ExpectationPosition::Lines(range) => Some((range.clone(), expected)),
            ExpectationPosition::Member(_) | ExpectationPosition::NotInFile => None,
        })
        .collect();
    // From the end, so that earlier blocks keep their line numbers.
    blocks.sort_by_key(|(range, _)| std::cmp::Reverse(range.start));
    for (range, expected) in blocks {
        let was_short = range.len() <= 1;
        lines.splice(range, expectation_lines(expected, was_short));
    }
    lines.join("\n") + if text.ends_with('\n') { "\n" } else { "" }
}

fn expectation_lines(expected: &ExpectedResult, was_short: bool) -> Vec<String> {
    match expected {
        ExpectedResult::Output(value) if was_short => vec![value.to_string()],
        ExpectedResult::Output(value) => {
            diff::pretty_json(value).lines().map(str::to_owned).collect()
        }
        ExpectedResult::Error(text)
        | ExpectedResult::Cause(text)
        | ExpectedResult::Status(text)
        | ExpectedResult::Next(text) => text.lines().map(str::to_owned).collect(),
        ExpectedResult::History(lines) => lines.clone(),
    }
}

/// The contents of a section, without what it inherits.
#[derive(Debug, Default)]
struct MarkdownSection {
    level: usize,
    title: String,
    line: usize,
    machine: Option<usize>,
    input: Option<String>,
    mocks: Option<StateMocks>,
    context: Option<String>,
    variables: Option<String>,
    state: Option<String>,
    retries: Option<u32>,
    expectations: Vec<Expectation>,
}

fn parse_sections(
    text: &str,
    read: &ReadFileFn<'_>,
    suite: &mut TestSuite,
) -> Result<Vec<MarkdownSection>, TestSuiteError> {
    let mut sections =
        vec![MarkdownSection { title: "(file)".to_owned(), line: 1, ..MarkdownSection::default() }];
    for item in parse_markdown_items(text)? {
        match item {
            MarkdownItem::Heading { level, title, line } => {
                sections.push(MarkdownSection { level, title, line, ..MarkdownSection::default() });
            }
            MarkdownItem::Block(block) => {
                let Some(section) = sections.last_mut() else { continue };
                let line = block.line;
                section
                    .add_block(&block, read, suite)
                    .map_err(|reason| TestSuiteError::new(Some(line), reason))?;
            }
        }
    }
    Ok(sections)
}

impl MarkdownSection {
    fn add_block(
        &mut self,
        block: &MarkdownBlock,
        read: &ReadFileFn<'_>,
        suite: &mut TestSuite,
    ) -> Result<(), String> {
        if let Some(state) = block.find_attribute("state") {
            self.state = Some(state.to_owned());
        }
        if let Some(retries) = block.find_attribute("retries") {
            let wrong = || format!("retries={retries} is no number");
            self.retries = Some(retries.parse().map_err(|_| wrong())?);
        }
        let kind = block.kind.as_str();
        match kind {
            "asl" => {
                let source = match block.find_attribute("file") {
                    Some(file) => DefinitionSource::File(file.to_owned()),
                    None => DefinitionSource::Line(block.line),
                };
                let text = || match block.find_attribute("file") {
                    Some(file) => read(file),
                    None => Ok(block.body_text()),
                };
                set_once(&mut self.machine, suite.add_machine(source, text)?, kind)
            }
            "mock" => set_once(&mut self.mocks, read_block_mocks(block, read)?, kind),
            "input" => set_once(&mut self.input, parse_block_json(block)?.1, kind),
            "context" => set_once(&mut self.context, parse_block_json(block)?.1, kind),
            "variables" => set_once(&mut self.variables, parse_block_json(block)?.1, kind),
            _ => self.add_expectation(block),
        }
    }

    fn add_expectation(&mut self, block: &MarkdownBlock) -> Result<(), String> {
        let (lines, body) = (&block.lines, block.body_text());
        let text = body.trim().to_owned();
        let mut add = |expected, range| {
            self.expectations
                .push(Expectation { expected, position: ExpectationPosition::Lines(range) });
        };
        match block.kind.as_str() {
            "output" => add(ExpectedResult::Output(parse_block_json(block)?.0), lines.clone()),
            "status" => add(ExpectedResult::Status(text), lines.clone()),
            "next" => add(ExpectedResult::Next(text), lines.clone()),
            "history" => {
                let history = text.lines().map(|line| line.trim().to_owned()).collect();
                add(ExpectedResult::History(history), lines.clone());
            }
            // `error`: the error name is on the first line, the cause on the lines below.
            _ => {
                let (error, cause) = body.split_once('\n').unwrap_or((&body, ""));
                let first = lines.start.min(lines.end)..(lines.start + 1).min(lines.end);
                let rest = first.end..lines.end;
                add(ExpectedResult::Error(error.trim().to_owned()), first);
                if !cause.trim().is_empty() {
                    add(ExpectedResult::Cause(cause.trim().to_owned()), rest);
                }
            }
        }
        Ok(())
    }

    /// Rejects a section that has inputs although neither it nor an inner section is a case.
    fn check_use(&self, following: &[Self]) -> Result<(), TestSuiteError> {
        let gives = self.input.is_some() || self.mocks.is_some() || self.state.is_some();
        let mut inner = following.iter().take_while(|section| section.level > self.level);
        if gives && inner.all(|section| section.expectations.is_empty()) {
            let reason = format!(
                "'{}' says nothing that must come; add an output, error or history block",
                self.title
            );
            return Err(TestSuiteError::new(Some(self.line), reason));
        }
        Ok(())
    }

    fn build_case(&self, before: &[Self]) -> Result<TestCase, TestSuiteError> {
        let around = self.enclosing_sections(before);
        let scopes = || std::iter::once(self).chain(around.iter().copied());
        let machine = scopes().find_map(|section| section.machine).ok_or_else(|| {
            let reason = format!("'{}' has no asl block, nor has a section around it", self.title);
            TestSuiteError::new(Some(self.line), reason)
        })?;
        let text =
            |of: fn(&Self) -> &Option<String>| scopes().find_map(|section| of(section).clone());
        let mocks = scopes().filter_map(|section| section.mocks.as_ref());
        let state = self.state.as_deref().map(|state| StateUnderTest {
            state: model::StateName::new(state),
            context: text(|section| &section.context),
            variables: text(|section| &section.variables),
            retries: self.retries.unwrap_or(0),
        });
        Ok(TestCase {
            name: self.title.clone(),
            line: Some(self.line),
            machine,
            input: text(|section| &section.input).unwrap_or_else(|| "{}".to_owned()),
            mocks: mocks.fold(StateMocks::default(), StateMocks::with_fallback),
            state,
            expectations: self.expectations.clone(),
        })
    }

    /// The sections around this one, innermost first.
    fn enclosing_sections<'s>(&self, before: &'s [Self]) -> Vec<&'s Self> {
        let mut level = self.level;
        let mut around = Vec::new();
        for section in before.iter().rev() {
            if section.level < level {
                level = section.level;
                around.push(section);
            }
        }
        around
    }
}

fn set_once<T>(position: &mut Option<T>, value: T, kind: &str) -> Result<(), String> {
    match position.replace(value) {
        None => Ok(()),
        Some(_) => Err(format!("a section has one {kind} block at most")),
    }
}

/// Parses a block's JSON. Returns the value and the text.
fn parse_block_json(block: &MarkdownBlock) -> Result<(Value, String), String> {
    let text = block.body_text();
    let value = serde_json::from_str(&text)
        .map_err(|error| format!("the {} block is not JSON: {error}", block.kind))?;
    Ok((value, text.trim().to_owned()))
}

/// The mocks in the block, or those of the test case that it names in a `MockConfigFile.json`.
fn read_block_mocks(block: &MarkdownBlock, read: &ReadFileFn<'_>) -> Result<StateMocks, String> {
    let Some(file) = block.find_attribute("file") else {
        return StateMocks::from_json(&parse_block_json(block)?.0)
            .map_err(|error| error.to_string());
    };
    let case = block.find_attribute("case").and_then(|case| case.split_once('#'));
    let (machine, case) =
        case.ok_or("a mock block with a file says case=StateMachine#TestCase too")?;
    let config = MockConfig::parse(&read(file)?).map_err(|error| format!("{file}: {error}"))?;
    config.case_mocks(machine, case).map_err(|error| format!("{file}: {error}"))
}
