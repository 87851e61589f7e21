//! The constants of a filter.

use std::borrow::Cow;

use regex::{Regex, RegexBuilder};
use serde_json::Value;

use super::{
    super::PathError,
    node::{Decimal, JsonSource, Node},
    operator::Mismatch,
};

/// How large a compiled pattern may get, in bytes. Ours.
const PATTERN_BYTES_MAX: usize = 256 * 1024;

/// A constant.
#[derive(Debug, Clone)]
pub(super) enum Literal {
    Null,
    Boolean(bool),
    Number(Decimal),
    Text(String),
    /// An array or object; `None` if it is malformed, which fails when the filter is applied.
    Json(Option<Value>),
    Pattern(Regex),
}

impl Literal {
    /// The value as operators see it.
    pub(super) fn node(&self) -> Result<Node<'_>, Mismatch> {
        Ok(match self {
            Self::Null => Node::Null,
            Self::Boolean(value) => Node::Boolean(*value),
            Self::Number(number) => Node::Number(number.clone()),
            Self::Text(text) => Node::Text(Cow::Borrowed(text)),
            Self::Json(Some(value)) => Node::Json(Cow::Borrowed(value), JsonSource::Literal),
            Self::Json(None) => {
                let error = PathError::Failed("malformed JSON in a filter".to_owned());
                return Err(Mismatch::Failed(error));
            }
            Self::Pattern(pattern) => Node::Pattern(pattern),
        })
    }
}

/// Compiles `/…/flags`, to match whole texts.
pub(super) fn pattern(source: &str, flags: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(&format!(r"\A(?:{source})\z"))
        .case_insensitive(flags.contains('i'))
        .multi_line(flags.contains('m'))
        .dot_matches_new_line(flags.contains('s'))
        .ignore_whitespace(flags.contains('x'))
        .size_limit(PATTERN_BYTES_MAX)
        .build()
}
