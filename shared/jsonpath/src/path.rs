//! Paths in Jayway's dialect of `JSONPath`, compiled once and applied many times.
//!
//! Jayway is the Java library AWS uses. Its quirks are kept, because its messages and its leniency
//! are visible to users: a definite path gives one value or an error, an indefinite path always a
//! list.

mod arguments;
mod cursor;
mod evaluate;
mod filter;
mod functions;
mod lenient_json;
mod parser;
mod token;

use std::{borrow::Cow, fmt};

use serde_json::Value;

use self::token::{PathArgument, PathRoot, TokenPosition};

pub(crate) use self::{parser::unescape_text, token::PathToken};

/// A compiled path.
///
/// Invariant: a path has at most [`JaywayPath::STEPS_MAX`] steps, and paths nest in filters and
/// arguments at most [`JaywayPath::NESTING_MAX`] deep, so that applying a path needs little stack
/// (test `hostile_texts_are_refused_or_harmless`).
#[derive(Debug, Clone)]
pub struct JaywayPath {
    text: String,
    root: PathRoot,
    tokens: Vec<PathToken>,
    definite: bool,
}

impl JaywayPath {
    /// The maximum number of steps of a path. This limit is ours: AWS documents none.
    pub const STEPS_MAX: usize = 256;
    /// The maximum nesting of paths in the filters and arguments of paths. This limit is ours.
    pub const NESTING_MAX: usize = 16;
    /// The maximum nesting of the values a path walks through. This limit is ours; `serde_json`
    /// reads 128 levels.
    pub const DEPTH_MAX: usize = 512;
    /// The maximum number of values that one evaluation of a path may visit or copy. This limit is
    /// ours.
    pub const VISITS_MAX: u64 = 1_000_000;

    /// Compiles a path, which must start with `$`.
    pub fn parse(text: &str) -> Result<Self, JaywayPathSyntaxError> {
        if !text.starts_with('$') {
            return Err(JaywayPathSyntaxError::new("Path must start with '$'"));
        }
        parser::compile_path(text, 0)
    }

    /// Compiles a path as Jayway itself does: a path without a root starts from the document.
    ///
    /// Step Functions refuses such paths before Jayway sees them.
    pub fn parse_rootless(text: &str) -> Result<Self, JaywayPathSyntaxError> {
        if text.starts_with(['$', '@']) {
            return parser::compile_path(text, 0);
        }
        parser::compile_path(&format!("$.{text}"), 0)
    }

    /// Compiles `text`, but reports `name` as the source text, e.g. `$$.State` for `$.State`.
    pub(crate) fn parse_as(name: &str, text: &str) -> Result<Self, JaywayPathSyntaxError> {
        Ok(Self { text: name.to_owned(), ..Self::parse(text)? })
    }

    /// Returns the text the path was compiled from.
    pub fn source_text(&self) -> &str {
        &self.text
    }

    /// Returns whether the path selects at most one value.
    pub fn is_definite(&self) -> bool {
        self.definite
    }

    /// Applies the path to a value.
    ///
    /// A definite path gives its one value or an error, an indefinite path a list, possibly empty.
    pub fn find_value<'v>(&self, root: &'v Value) -> Result<Cow<'v, Value>, JaywayPathError> {
        evaluate::evaluate_path(self, root)
    }

    /// Whether the path is definite and its last step is `[n]`.
    pub(crate) fn ends_in_index(&self) -> bool {
        self.definite && matches!(self.tokens.last(), Some(PathToken::Indexes(_)))
    }

    /// Whether the path could read `names[0]`, `names[0].names[1]`, …, or anything below.
    ///
    /// False only if a plain step leads elsewhere. Filters, and functions with arguments, count as
    /// reading.
    pub(crate) fn may_read(&self, names: &[&str]) -> bool {
        let elsewhere = self
            .tokens
            .iter()
            .zip(names)
            .take_while(|(token, _)| matches!(token, PathToken::Properties { .. } | PathToken::Wildcard))
            .any(|(token, name)| {
                matches!(token, PathToken::Properties { names, .. } if !names.iter().any(|n| n == name))
            });
        !elsewhere || self.tokens.iter().any(PathToken::may_read_document)
    }

    /// The steps of the path, for callers that allow only some kinds of steps.
    pub(crate) fn path_tokens(&self) -> &[PathToken] {
        &self.tokens
    }

    /// Builds a path from its parts.
    fn new(text: String, root: PathRoot, tokens: Vec<PathToken>) -> Self {
        let tokens = wrap_scan_in_function(root, tokens);
        let last = tokens.len().saturating_sub(1);
        let definite = tokens.iter().enumerate().all(|(i, token)| {
            token.is_definite(if i == last { TokenPosition::Last } else { TokenPosition::Inner })
        });
        Self { text, root, tokens, definite }
    }
}

/// Rewrites `$..a.f()` to `$.f($..a)`, as Jayway does with a function after a scan.
fn wrap_scan_in_function(root: PathRoot, mut tokens: Vec<PathToken>) -> Vec<PathToken> {
    let scans = matches!(tokens.first(), Some(PathToken::Scan));
    let calls = |token: &PathToken| matches!(token, PathToken::Function { .. });
    if !scans || tokens.iter().position(calls) != Some(tokens.len() - 1) {
        return tokens;
    }
    if let Some(PathToken::Function { name, function, .. }) = tokens.pop() {
        let argument = JaywayPath::new(String::new(), root, tokens);
        return vec![PathToken::Function {
            name,
            function,
            arguments: vec![PathArgument::Path(argument)],
        }];
    }
    tokens
}

impl fmt::Display for JaywayPath {
    /// Writes the path in Jayway's normal form, e.g. `$['a'][0]`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.root.root_symbol())?;
        self.tokens.iter().try_for_each(|token| write!(f, "{token}"))
    }
}

/// The reason a text is not a path. `Display` gives the message of the library AWS uses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct JaywayPathSyntaxError {
    message: String,
}

impl JaywayPathSyntaxError {
    /// Creates an error with a message.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into() }
    }
}

/// The reason a path could not be applied to a value.
///
/// `Display` gives the message of the library AWS uses, e.g. `No results for path: $['x']`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JaywayPathError {
    /// The path finds no value.
    #[error("{0}")]
    NotFound(String),
    /// An index or a slice was applied to a value that is not an array.
    #[error("{0}")]
    NoArray(String),
    /// The path does not fit the value, e.g. a filter on a primitive. Inside a filter this means
    /// "no match".
    #[error("{0}")]
    Unfit(String),
    /// A function or an operator refused its operands.
    #[error("{0}")]
    Failed(String),
    /// The path visits too many or too deeply nested values.
    #[error("the path {0} visits too many or too deeply nested values")]
    TooCostly(String),
}
