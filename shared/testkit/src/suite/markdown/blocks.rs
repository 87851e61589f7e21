//! The part of Markdown that test files need: headings and fenced blocks.

use std::ops::Range;

use crate::{nearest_word::find_nearest_word, suite::TestSuiteError};

/// Languages that may precede a block's kind, for syntax highlighting.
const LANGUAGES: [&str; 4] = ["json", "jsonc", "yaml", "text"];
/// Languages of blocks that are prose. A block with another word than these and the [`KINDS`] is
/// refused, so that a mistyped word takes no expectation away.
const PROSE_LANGUAGES: [&str; 44] = [
    "bash",
    "c",
    "console",
    "cpp",
    "csharp",
    "css",
    "csv",
    "diff",
    "dockerfile",
    "dot",
    "go",
    "graphql",
    "hcl",
    "html",
    "http",
    "ini",
    "java",
    "javascript",
    "js",
    "json",
    "json5",
    "jsonata",
    "jsonc",
    "jsonl",
    "kotlin",
    "log",
    "makefile",
    "markdown",
    "md",
    "mermaid",
    "plaintext",
    "powershell",
    "python",
    "py",
    "rust",
    "sh",
    "shell",
    "sql",
    "text",
    "toml",
    "ts",
    "txt",
    "typescript",
    "yaml",
];
/// The kinds of blocks that a test file uses.
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
/// Attributes that a block may have, and the kinds of blocks that read them; all, if there are none.
const ATTRIBUTES: [(&str, &[&str]); 4] =
    [("file", &["asl", "mock"]), ("state", &[]), ("retries", &[]), ("case", &["mock"])];

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
    let language = words.next_if(|word| LANGUAGES.contains(word));
    let Some(kind) = words.next() else { return Ok((None, Vec::new())) };
    if !KINDS.contains(&kind) {
        let is_prose = match language {
            None => PROSE_LANGUAGES.contains(&kind.to_lowercase().as_str()),
            // `json title=…` and `json {1,3}` are for other readers of Markdown.
            Some(_) => kind.starts_with('{') || is_foreign_attribute(kind),
        };
        return if is_prose { Ok((None, Vec::new())) } else { Err(unknown_kind(kind)) };
    }
    let mut attributes = Vec::new();
    for word in words {
        let (name, value) = word.split_once('=').unwrap_or((word, ""));
        let known = ATTRIBUTES.iter().find(|(known, _)| *known == name && word.contains('='));
        let Some((_, readers)) = known else { return Err(unknown_attribute(word, name)) };
        if !readers.is_empty() && !readers.contains(&kind) {
            let readers = readers.join(" or ");
            return Err(format!("{name}= means nothing to '{kind}', only to {readers}"));
        }
        attributes.push((name.to_owned(), value.to_owned()));
    }
    Ok((Some(kind.to_owned()), attributes))
}

fn is_foreign_attribute(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| ATTRIBUTES.iter().all(|(known, _)| *known != name))
}

fn unknown_kind(word: &str) -> String {
    match find_nearest_word(word, KINDS) {
        Some(kind) => format!("'{word}' is no kind of block; is it '{kind}'?"),
        None => format!(
            "'{word}' is no kind of block: a test file has {}, and 'text' is for prose",
            KINDS.join(", ")
        ),
    }
}

fn unknown_attribute(word: &str, name: &str) -> String {
    let none = format!("'{word}' is none of file=, state=, retries= and case=");
    match find_nearest_word(name, ATTRIBUTES.map(|(known, _)| known)) {
        Some(known) => format!("{none}; is it '{known}='?"),
        None => none,
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn kind_of(info: &str) -> Result<Option<String>, String> {
        parse_info_string(info).map(|(kind, _)| kind)
    }

    #[test]
    fn a_mistyped_kind_is_refused_and_guessed() {
        for (typed, meant) in [
            ("histroy", "history"),
            ("outpt", "output"),
            ("json Output", "output"),
            ("ouptut state=A", "output"),
            ("json erorr", "error"),
            ("ASL", "asl"),
            ("mocks", "mock"),
        ] {
            let refused = kind_of(typed).expect_err(typed);
            assert!(
                refused.ends_with(&format!("is no kind of block; is it '{meant}'?")),
                "{refused}"
            );
        }
        assert!(kind_of("json file=a.asl.json").is_err(), "its kind is missing");
        let refused = kind_of("expected").expect_err("nobody knows what that is");
        assert!(refused.contains("a test file has asl, input, "), "{refused}");
    }

    #[test]
    fn known_languages_are_prose() {
        for info in ["", "sh", "Bash", "text", "json", "console title=x", "mermaid", "json title=x"]
        {
            assert_eq!(kind_of(info), Ok(None), "{info}");
        }
        assert_eq!(kind_of("jsonc output"), Ok(Some("output".to_owned())));
    }

    #[test]
    fn a_mistyped_attribute_is_refused_and_guessed() {
        for (typed, refusal) in [
            (
                "input stat=A",
                "'stat=A' is none of file=, state=, retries= and case=; is it 'state='?",
            ),
            (
                "input state",
                "'state' is none of file=, state=, retries= and case=; is it 'state='?",
            ),
            ("input A", "'A' is none of file=, state=, retries= and case="),
            ("output file=a.json", "file= means nothing to 'output', only to asl or mock"),
            ("asl case=A#b", "case= means nothing to 'asl', only to mock"),
        ] {
            assert_eq!(kind_of(typed), Err(refusal.to_owned()));
        }
        assert_eq!(kind_of("mock file=a.json case=A#b"), Ok(Some("mock".to_owned())));
    }
}
