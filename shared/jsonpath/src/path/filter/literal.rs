//! The constants of a filter.

use std::borrow::Cow;

use regex::{Regex, RegexBuilder};
use serde_json::Value;

use super::{
    super::JaywayPathError,
    node::{DecimalNumber, FilterValue, JsonSource},
    operator::FilterMismatch,
};

/// The maximum size of a compiled pattern in bytes. This limit is ours.
const PATTERN_BYTES_MAX: usize = 256 * 1024;

/// A constant in a filter.
#[derive(Debug, Clone)]
pub(super) enum FilterLiteral {
    Null,
    Boolean(bool),
    Number(DecimalNumber),
    Text(String),
    /// An array or object; `None` if it is malformed, which fails when the filter is applied.
    Json(Option<Value>),
    Pattern(Regex),
}

impl FilterLiteral {
    /// The value as operators see it.
    pub(super) fn as_filter_value(&self) -> Result<FilterValue<'_>, FilterMismatch> {
        Ok(match self {
            Self::Null => FilterValue::Null,
            Self::Boolean(value) => FilterValue::Boolean(*value),
            Self::Number(number) => FilterValue::Number(number.clone()),
            Self::Text(text) => FilterValue::Text(Cow::Borrowed(text)),
            Self::Json(Some(value)) => FilterValue::Json(Cow::Borrowed(value), JsonSource::Literal),
            Self::Json(None) => {
                let error = JaywayPathError::Failed("malformed JSON in a filter".to_owned());
                return Err(FilterMismatch::Failed(error));
            }
            Self::Pattern(pattern) => FilterValue::Pattern(pattern),
        })
    }
}

/// Compiles `/…/flags`. The pattern must match a whole text.
pub(super) fn compile_pattern(source: &str, flags: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(&format!(r"\A(?:{source})\z"))
        .case_insensitive(flags.contains('i'))
        .multi_line(flags.contains('m'))
        .dot_matches_new_line(flags.contains('s'))
        .ignore_whitespace(flags.contains('x'))
        .size_limit(PATTERN_BYTES_MAX)
        .build()
}
