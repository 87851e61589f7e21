//! The part of Markdown that test files need: headings and fenced blocks.

use std::ops::Range;

use crate::suite::TestSuiteError;

/// Languages that may precede a block's kind, for syntax highlighting.
const LANGUAGES: [&str; 4] = ["json", "jsonc", "yaml", "text"];
/// The kinds of blocks that a test file uses. Other blocks are prose.
const KINDS: [&str; 10] = [
    "asl",
    "input",
    "mock",
    "context",
    "variables",
    "output",
    "error",
    "status",
    "next",
    "history",
];
/// Attributes that a block of these kinds may have.
const ATTRIBUTES: [&str; 4] = ["file", "state", "retries", "case"];

/// The parts of a file, except prose.
pub(super) enum MarkdownItem {
    Heading { level: usize, title: String, line: usize },
    Block(MarkdownBlock),
}

/// A fenced block of one of the [`KINDS`].
pub(super) struct MarkdownBlock {
    pub(super) kind: String,
    attributes: Vec<(String, String)>,
    text: Vec<String>,
    /// The lines of its text, counting from 0.
    pub(super) lines: Range<usize>,
    /// The line of its opening fence, counting from 1.
    pub(super) line: usize,
}

impl MarkdownBlock {
    pub(super) fn find_attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(attribute, _)| attribute == name);
        found.map(|(_, value)| value.as_str())
    }

    pub(super) fn body_text(&self) -> String {
        self.text.join("\n")
    }
}

pub(super) fn parse_markdown_items(text: &str) -> Result<Vec<MarkdownItem>, TestSuiteError> {
    let lines: Vec<&str> = text.lines().collect();
    let (mut items, mut at) = (Vec::new(), 0);
    while let Some(line) = lines.get(at) {
        if let Some((level, title)) = parse_heading(line) {
            items.push(MarkdownItem::Heading { level, title: title.to_owned(), line: at + 1 });
        } else if let Some(fence) = parse_fence(line) {
            let from = at + 1;
            let length = lines[from..].iter().position(|line| closes_fence(line, fence.mark));
            let Some(length) = length else {
                return Err(TestSuiteError::new(Some(at + 1), "this block has no end"));
            };
            let (kind, attributes) = parse_info_string(fence.information)
                .map_err(|reason| TestSuiteError::new(Some(at + 1), reason))?;
            at = from + length;
            if let Some(kind) = kind {
                let text = lines[from..at].iter().map(|line| (*line).to_owned()).collect();
                items.push(MarkdownItem::Block(MarkdownBlock {
                    kind,
                    attributes,
                    text,
                    lines: from..at,
                    line: from,
                }));
            }
        }
        at += 1;
    }
    Ok(items)
}

/// Parses a heading such as `## Title ##` into its level and title.
fn parse_heading(line: &str) -> Option<(usize, &str)> {
    let level = line.chars().take_while(|c| *c == '#').count();
    let title = line.get(level..)?;
    let is_heading = (1..=6).contains(&level) && title.starts_with([' ', '\t']);
    is_heading.then(|| (level, title.trim().trim_end_matches('#').trim_end()))
}

struct CodeFence<'l> {
    mark: &'l str,
    information: &'l str,
}

/// A fence is three or more backquotes or tildes, followed by the info string.
fn parse_fence(line: &str) -> Option<CodeFence<'_>> {
    let line = line.trim_start();
    let sign = line.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let length = line.chars().take_while(|c| *c == sign).count();
    let (mark, information) = line.split_at(length);
    (length >= 3).then(|| CodeFence { mark, information: information.trim() })
}

fn closes_fence(line: &str, mark: &str) -> bool {
    let line = line.trim();
    line.starts_with(mark) && line.chars().all(|c| mark.starts_with(c))
}

type BlockInfo = (Option<String>, Vec<(String, String)>);

/// `json input state="Charge card"` → the kind `input` and its attributes.
fn parse_info_string(text: &str) -> Result<BlockInfo, String> {
    let words = split_quoted_words(text);
    let mut words = words.iter().map(String::as_str).peekable();
    words.next_if(|word| LANGUAGES.contains(word));
    let kind = words.next().filter(|kind| KINDS.contains(kind));
    if kind.is_none() {
        return Ok((None, Vec::new()));
    }
    let mut attributes = Vec::new();
    for word in words {
        let attribute = word.split_once('=').filter(|(name, _)| ATTRIBUTES.contains(name));
        let Some((name, value)) = attribute else {
            return Err(format!("'{word}' is none of file=, state=, retries= and case="));
        };
        attributes.push((name.to_owned(), value.to_owned()));
    }
    Ok((kind.map(str::to_owned), attributes))
}

/// Splits text at white space, except inside double quotes, which are removed.
fn split_quoted_words(text: &str) -> Vec<String> {
    let (mut words, mut word, mut is_quoted) = (Vec::new(), String::new(), false);
    for c in text.chars() {
        match c {
            '"' => is_quoted = !is_quoted,
            c if c.is_whitespace() && !is_quoted => words.push(std::mem::take(&mut word)),
            c => word.push(c),
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}
