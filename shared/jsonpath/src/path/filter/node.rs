//! Values as the operators of a filter see them.

use std::{borrow::Cow, cmp::Ordering};

use regex::Regex;
use serde_json::Value;

use super::super::{JaywayPath, JaywayPathError, lenient_json, unescape_text};

/// A value on one side of an operator.
#[derive(Debug, Clone)]
pub(super) enum FilterValue<'n> {
    /// A path found no value. It equals nothing, not even itself.
    Undefined,
    Null,
    Boolean(bool),
    Number(DecimalNumber),
    Text(Cow<'n, str>),
    Json(Cow<'n, Value>, JsonSource),
    Pattern(&'n Regex),
    /// A text in a list that looks like a path. Jayway compiles it, and it equals nothing.
    PathText,
}

/// Where an array or object comes from. As in Jayway, a literal on the left equals nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum JsonSource {
    Literal,
    Found,
}

/// A number and its written form, with which texts are compared.
#[derive(Debug, Clone)]
pub(super) struct DecimalNumber {
    text: String,
    magnitude: DecimalMagnitude,
}

#[derive(Debug, Clone, Copy)]
enum DecimalMagnitude {
    Whole(i128),
    Fractional(f64),
}

impl DecimalNumber {
    /// Reads a number as Java's `BigDecimal` does.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let plausible = text.chars().all(|c| matches!(c, '0'..='9' | '-' | '+' | '.' | 'e' | 'E'));
        if !plausible {
            return None;
        }
        let magnitude = match text.parse() {
            Ok(whole) => DecimalMagnitude::Whole(whole),
            Err(_) => DecimalMagnitude::Fractional(text.parse().ok()?),
        };
        // `BigDecimal` prints a positive exponent with its sign.
        let text = match text.split_once(['e', 'E']) {
            Some((digits, exponent)) if !exponent.starts_with(['-', '+']) => {
                format!("{digits}E+{exponent}")
            }
            _ => text.to_owned(),
        };
        Some(Self { text, magnitude })
    }

    /// Orders numbers by magnitude.
    pub(super) fn compare_magnitude(&self, other: &Self) -> Option<Ordering> {
        match (self.magnitude, other.magnitude) {
            (DecimalMagnitude::Whole(a), DecimalMagnitude::Whole(b)) => Some(a.cmp(&b)),
            (a, b) => a.as_f64().partial_cmp(&b.as_f64()),
        }
    }

    /// The number as written.
    pub(super) fn written_text(&self) -> &str {
        &self.text
    }

    /// Java's `intValue`.
    #[expect(clippy::cast_possible_truncation, reason = "a size out of range equals no length")]
    pub(super) fn integer_value(&self) -> i128 {
        match self.magnitude {
            DecimalMagnitude::Whole(n) => n,
            DecimalMagnitude::Fractional(n) => n as i128,
        }
    }
}

impl DecimalMagnitude {
    #[expect(clippy::cast_precision_loss, reason = "compared with a double, as close as it gets")]
    fn as_f64(self) -> f64 {
        match self {
            Self::Whole(n) => n as f64,
            Self::Fractional(n) => n,
        }
    }
}

impl<'n> FilterValue<'n> {
    /// Converts a value that a path found.
    pub(super) fn from_value(value: Cow<'n, Value>) -> Self {
        match value.as_ref() {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Boolean(*value),
            Value::Number(number) => DecimalNumber::parse(&crate::java::number_text(number))
                .map_or(Self::Undefined, Self::Number),
            Value::String(text) => Self::Text(match &value {
                Cow::Borrowed(value) => Cow::Borrowed(value.as_str().unwrap_or_default()),
                Cow::Owned(_) => Cow::Owned(text.clone()),
            }),
            Value::Array(_) | Value::Object(_) => Self::Json(value, JsonSource::Found),
        }
    }

    /// The items of an array.
    pub(super) fn array_items(&self) -> Option<&[Value]> {
        match self {
            Self::Json(json, _) => json.as_array().map(Vec::as_slice),
            Self::Undefined
            | Self::Null
            | Self::Boolean(_)
            | Self::Number(_)
            | Self::Text(_)
            | Self::Pattern(_)
            | Self::PathText => None,
        }
    }

    /// Jayway's equality. It is not symmetric: a text is compared with the written form of a
    /// number, a number with the numeric value of a text.
    pub(super) fn equals_value(&self, other: &FilterValue<'_>) -> bool {
        match (self, other) {
            (Self::Null, FilterValue::Null) => true,
            (Self::Boolean(a), FilterValue::Boolean(b)) => a == b,
            (Self::Text(a), FilterValue::Text(b)) => a == b,
            (Self::Text(a), FilterValue::Number(b)) => a == b.written_text(),
            (Self::Number(a), FilterValue::Number(b)) => {
                a.compare_magnitude(b) == Some(Ordering::Equal)
            }
            (Self::Number(a), FilterValue::Text(b)) => DecimalNumber::parse(b)
                .is_some_and(|b| a.compare_magnitude(&b) == Some(Ordering::Equal)),
            (Self::Json(a, JsonSource::Found), FilterValue::Json(b, _)) => a == b,
            _ => false,
        }
    }

    /// Whether both values are of the same kind, as `===` requires.
    pub(super) fn is_same_kind(&self, other: &FilterValue<'_>) -> bool {
        matches!(
            (self, other),
            (Self::Null, FilterValue::Null)
                | (Self::Undefined, FilterValue::Undefined)
                | (Self::Boolean(_), FilterValue::Boolean(_))
                | (Self::Number(_), FilterValue::Number(_))
                | (Self::Text(_), FilterValue::Text(_))
                | (Self::Json(..), FilterValue::Json(..))
                | (Self::Pattern(_), FilterValue::Pattern(_))
        )
    }
}

/// The items of a list as filter values. Arrays and objects in a list fail, as in Jayway.
pub(super) fn list_values(items: &[Value]) -> Result<Vec<FilterValue<'_>>, JaywayPathError> {
    items.iter().map(list_item_value).collect()
}

fn list_item_value(item: &Value) -> Result<FilterValue<'_>, JaywayPathError> {
    match item {
        Value::Array(_) | Value::Object(_) => {
            Err(JaywayPathError::Failed("Could not determine value type".to_owned()))
        }
        Value::String(text) => Ok(text_item_value(text)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {
            Ok(FilterValue::from_value(Cow::Borrowed(item)))
        }
    }
}

/// Jayway parses texts in lists again: as paths, as JSON or as quoted texts.
fn text_item_value(text: &str) -> FilterValue<'_> {
    let trimmed = text.trim();
    if trimmed.starts_with('@') || JaywayPath::parse(trimmed).is_ok() {
        return FilterValue::PathText;
    }
    let bracketed = (trimmed.starts_with('[') && trimmed.ends_with(']'))
        || (trimmed.starts_with('{') && trimmed.ends_with('}'));
    if bracketed && let Some(json) = lenient_json::parse_lenient_json(trimmed) {
        return FilterValue::Json(Cow::Owned(json), JsonSource::Literal);
    }
    let unquoted = ['\'', '"']
        .iter()
        .find_map(|&quote| text.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)));
    match (unquoted, text.contains('\\')) {
        (None, false) => FilterValue::Text(Cow::Borrowed(text)),
        (inner, _) => {
            let inner = inner.unwrap_or(text);
            FilterValue::Text(unescape_text(inner).map_or(Cow::Borrowed(inner), Cow::Owned))
        }
    }
}
