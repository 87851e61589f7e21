//! Cases in Markdown: a heading names a case, fenced blocks say what is given and what must come.
//!
//! What a section does not give itself, it has from the section around it. A section is a case if
//! it says what must come.

mod blocks;

use serde_json::Value;

use self::blocks::{Block, Item, items};
use super::{Alone, Case, DefinitionSource, Expectation, Expected, Position, Suite, SuiteError};
use crate::{Mocks, diff, mock_config::MockConfig};

type Read<'r> = dyn Fn(&str) -> Result<String, String> + 'r;

/// Reads a Markdown file.
pub(super) fn suite(text: &str, read: &Read<'_>) -> Result<Suite, SuiteError> {
    let mut suite = Suite::default();
    let sections = sections(text, read, &mut suite)?;
    for (at, section) in sections.iter().enumerate() {
        if section.expectations.is_empty() {
            section.check_use(&sections[at + 1..])?;
        } else {
            suite.cases.push(section.case(&sections[..at])?);
        }
    }
    if suite.cases.is_empty() {
        return Err(SuiteError::new(None, "there is no case: no section says what must come"));
    }
    Ok(suite)
}

/// The text with the blocks that say something else replaced.
pub(super) fn updated(text: &str, actual: &[(Position, Expected)]) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let mut blocks: Vec<_> = actual
        .iter()
        .filter_map(|(place, expected)| match place {
            Position::Lines(range) => Some((range.clone(), expected)),
            Position::Member(_) | Position::Nowhere => None,
        })
        .collect();
    // From the end, so that the lines before keep their numbers.
    blocks.sort_by_key(|(range, _)| std::cmp::Reverse(range.start));
    for (range, expected) in blocks {
        let was_short = range.len() <= 1;
        lines.splice(range, body(expected, was_short));
    }
    lines.join("\n") + if text.ends_with('\n') { "\n" } else { "" }
}

fn body(expected: &Expected, was_short: bool) -> Vec<String> {
    match expected {
        Expected::Output(value) if was_short => vec![value.to_string()],
        Expected::Output(value) => diff::pretty(value).lines().map(str::to_owned).collect(),
        Expected::Error(text)
        | Expected::Cause(text)
        | Expected::Status(text)
        | Expected::Next(text) => text.lines().map(str::to_owned).collect(),
        Expected::History(lines) => lines.clone(),
    }
}

/// What a section says.
#[derive(Debug, Default)]
struct Section {
    level: usize,
    title: String,
    line: usize,
    machine: Option<usize>,
    input: Option<String>,
    mocks: Option<Mocks>,
    context: Option<String>,
    variables: Option<String>,
    state: Option<String>,
    retries: Option<u32>,
    expectations: Vec<Expectation>,
}

fn sections(text: &str, read: &Read<'_>, suite: &mut Suite) -> Result<Vec<Section>, SuiteError> {
    let mut sections = vec![Section { title: "(file)".to_owned(), line: 1, ..Section::default() }];
    for item in items(text)? {
        match item {
            Item::Heading { level, title, line } => {
                sections.push(Section { level, title, line, ..Section::default() });
            }
            Item::Block(block) => {
                let Some(section) = sections.last_mut() else { continue };
                let line = block.line;
                section
                    .add(&block, read, suite)
                    .map_err(|reason| SuiteError::new(Some(line), reason))?;
            }
        }
    }
    Ok(sections)
}

impl Section {
    fn add(&mut self, block: &Block, read: &Read<'_>, suite: &mut Suite) -> Result<(), String> {
        if let Some(state) = block.attribute("state") {
            self.state = Some(state.to_owned());
        }
        if let Some(retries) = block.attribute("retries") {
            let wrong = || format!("retries={retries} is no number");
            self.retries = Some(retries.parse().map_err(|_| wrong())?);
        }
        let kind = block.kind.as_str();
        match kind {
            "asl" => {
                let source = match block.attribute("file") {
                    Some(file) => DefinitionSource::File(file.to_owned()),
                    None => DefinitionSource::Line(block.line),
                };
                let text = || match block.attribute("file") {
                    Some(file) => read(file),
                    None => Ok(block.body()),
                };
                once(&mut self.machine, suite.machine(source, text)?, kind)
            }
            "mock" => once(&mut self.mocks, mocks(block, read)?, kind),
            "input" => once(&mut self.input, json(block)?.1, kind),
            "context" => once(&mut self.context, json(block)?.1, kind),
            "variables" => once(&mut self.variables, json(block)?.1, kind),
            _ => self.expect(block),
        }
    }

    fn expect(&mut self, block: &Block) -> Result<(), String> {
        let (lines, body) = (&block.lines, block.body());
        let text = body.trim().to_owned();
        let mut add = |expected, range| {
            self.expectations.push(Expectation { expected, position: Position::Lines(range) });
        };
        match block.kind.as_str() {
            "output" => add(Expected::Output(json(block)?.0), lines.clone()),
            "status" => add(Expected::Status(text), lines.clone()),
            "next" => add(Expected::Next(text), lines.clone()),
            "history" => {
                let history = text.lines().map(|line| line.trim().to_owned()).collect();
                add(Expected::History(history), lines.clone());
            }
            // Name on the first line, cause on those below.
            _ => {
                let (error, cause) = body.split_once('\n').unwrap_or((&body, ""));
                let first = lines.start.min(lines.end)..(lines.start + 1).min(lines.end);
                let rest = first.end..lines.end;
                add(Expected::Error(error.trim().to_owned()), first);
                if !cause.trim().is_empty() {
                    add(Expected::Cause(cause.trim().to_owned()), rest);
                }
            }
        }
        Ok(())
    }

    /// Refuses a section that gives something to nobody.
    fn check_use(&self, following: &[Self]) -> Result<(), SuiteError> {
        let gives = self.input.is_some() || self.mocks.is_some() || self.state.is_some();
        let mut inner = following.iter().take_while(|section| section.level > self.level);
        if gives && inner.all(|section| section.expectations.is_empty()) {
            let reason = format!(
                "'{}' says nothing that must come; add an output, error or history block",
                self.title
            );
            return Err(SuiteError::new(Some(self.line), reason));
        }
        Ok(())
    }

    fn case(&self, before: &[Self]) -> Result<Case, SuiteError> {
        let around = self.around(before);
        let scopes = || std::iter::once(self).chain(around.iter().copied());
        let machine = scopes().find_map(|section| section.machine).ok_or_else(|| {
            let reason = format!("'{}' has no asl block, nor has a section around it", self.title);
            SuiteError::new(Some(self.line), reason)
        })?;
        let text =
            |of: fn(&Self) -> &Option<String>| scopes().find_map(|section| of(section).clone());
        let mocks = scopes().filter_map(|section| section.mocks.as_ref());
        let state = self.state.as_deref().map(|state| Alone {
            state: model::StateName::new(state),
            context: text(|section| &section.context),
            variables: text(|section| &section.variables),
            retries: self.retries.unwrap_or(0),
        });
        Ok(Case {
            name: self.title.clone(),
            line: Some(self.line),
            machine,
            input: text(|section| &section.input).unwrap_or_else(|| "{}".to_owned()),
            mocks: mocks.fold(Mocks::default(), Mocks::or),
            state,
            expectations: self.expectations.clone(),
        })
    }

    /// The sections around this one, the nearest first.
    fn around<'s>(&self, before: &'s [Self]) -> Vec<&'s Self> {
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

fn once<T>(place: &mut Option<T>, value: T, kind: &str) -> Result<(), String> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(format!("a section has one {kind} block at most")),
    }
}

/// A block's JSON, and its text.
fn json(block: &Block) -> Result<(Value, String), String> {
    let text = block.body();
    let value = serde_json::from_str(&text)
        .map_err(|error| format!("the {} block is not JSON: {error}", block.kind))?;
    Ok((value, text.trim().to_owned()))
}

/// The block's own, or those of a test case of a `MockConfigFile.json`.
fn mocks(block: &Block, read: &Read<'_>) -> Result<Mocks, String> {
    let Some(file) = block.attribute("file") else {
        return Mocks::read(&json(block)?.0).map_err(|error| error.to_string());
    };
    let case = block.attribute("case").and_then(|case| case.split_once('#'));
    let (machine, case) =
        case.ok_or("a mock block with a file says case=StateMachine#TestCase too")?;
    let config = MockConfig::read(&read(file)?).map_err(|error| format!("{file}: {error}"))?;
    config.mocks(machine, case).map_err(|error| format!("{file}: {error}"))
}
