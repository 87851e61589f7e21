//! Values as the operators of a filter see them.

use std::{borrow::Cow, cmp::Ordering};

use regex::Regex;
use serde_json::Value;

use super::super::{Path, PathError, lenient, unescape};

/// A value on one side of an operator.
#[derive(Debug, Clone)]
pub(super) enum Node<'n> {
    /// A path led nowhere. It equals nothing, not even itself.
    Undefined,
    Null,
    Boolean(bool),
    Number(Decimal),
    Text(Cow<'n, str>),
    Json(Cow<'n, Value>, JsonSource),
    Pattern(&'n Regex),
    /// A text within a list that looks like a path; Jayway compiles it, and it equals nothing.
    PathText,
}

/// Where an array or object comes from. As in Jayway, a literal on the left equals nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum JsonSource {
    Literal,
    Found,
}

/// A number, and how it is written: texts are compared with the latter.
#[derive(Debug, Clone)]
pub(super) struct Decimal {
    text: String,
    magnitude: Magnitude,
}

#[derive(Debug, Clone, Copy)]
enum Magnitude {
    Whole(i128),
    Fractional(f64),
}

impl Decimal {
    /// Reads what Java's `BigDecimal` would.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let plausible = text.chars().all(|c| matches!(c, '0'..='9' | '-' | '+' | '.' | 'e' | 'E'));
        if !plausible {
            return None;
        }
        let magnitude = match text.parse() {
            Ok(whole) => Magnitude::Whole(whole),
            Err(_) => Magnitude::Fractional(text.parse().ok()?),
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
    pub(super) fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self.magnitude, other.magnitude) {
            (Magnitude::Whole(a), Magnitude::Whole(b)) => Some(a.cmp(&b)),
            (a, b) => a.as_f64().partial_cmp(&b.as_f64()),
        }
    }

    /// The number as written.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Java's `intValue`.
    #[expect(clippy::cast_possible_truncation, reason = "a size out of range equals no length")]
    pub(super) fn whole(&self) -> i128 {
        match self.magnitude {
            Magnitude::Whole(n) => n,
            Magnitude::Fractional(n) => n as i128,
        }
    }
}

impl Magnitude {
    #[expect(clippy::cast_precision_loss, reason = "compared with a double, as close as it gets")]
    fn as_f64(self) -> f64 {
        match self {
            Self::Whole(n) => n as f64,
            Self::Fractional(n) => n,
        }
    }
}

impl<'n> Node<'n> {
    /// What a path found.
    pub(super) fn from_value(value: Cow<'n, Value>) -> Self {
        match value.as_ref() {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Boolean(*value),
            Value::Number(number) => Decimal::parse(&crate::java::number_text(number))
                .map_or(Self::Undefined, Self::Number),
            Value::String(text) => Self::Text(match &value {
                Cow::Borrowed(value) => Cow::Borrowed(value.as_str().unwrap_or_default()),
                Cow::Owned(_) => Cow::Owned(text.clone()),
            }),
            Value::Array(_) | Value::Object(_) => Self::Json(value, JsonSource::Found),
        }
    }

    /// The items of an array.
    pub(super) fn items(&self) -> Option<&[Value]> {
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

    /// Jayway's equality, which is not symmetric: a text is compared with how a number is
    /// written, a number with what a text amounts to.
    pub(super) fn equals(&self, other: &Node<'_>) -> bool {
        match (self, other) {
            (Self::Null, Node::Null) => true,
            (Self::Boolean(a), Node::Boolean(b)) => a == b,
            (Self::Text(a), Node::Text(b)) => a == b,
            (Self::Text(a), Node::Number(b)) => a == b.text(),
            (Self::Number(a), Node::Number(b)) => a.compare(b) == Some(Ordering::Equal),
            (Self::Number(a), Node::Text(b)) => {
                Decimal::parse(b).is_some_and(|b| a.compare(&b) == Some(Ordering::Equal))
            }
            (Self::Json(a, JsonSource::Found), Node::Json(b, _)) => a == b,
            _ => false,
        }
    }

    /// The kind of value, for operators which want both sides alike.
    pub(super) fn is_same_kind(&self, other: &Node<'_>) -> bool {
        matches!(
            (self, other),
            (Self::Null, Node::Null)
                | (Self::Undefined, Node::Undefined)
                | (Self::Boolean(_), Node::Boolean(_))
                | (Self::Number(_), Node::Number(_))
                | (Self::Text(_), Node::Text(_))
                | (Self::Json(..), Node::Json(..))
                | (Self::Pattern(_), Node::Pattern(_))
        )
    }
}

/// The items of a list as nodes. Lists in lists fail, as in Jayway.
pub(super) fn list(items: &[Value]) -> Result<Vec<Node<'_>>, PathError> {
    items.iter().map(list_item).collect()
}

fn list_item(item: &Value) -> Result<Node<'_>, PathError> {
    match item {
        Value::Array(_) | Value::Object(_) => {
            Err(PathError::Failed("Could not determine value type".to_owned()))
        }
        Value::String(text) => Ok(text_item(text)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {
            Ok(Node::from_value(Cow::Borrowed(item)))
        }
    }
}

/// Jayway reads texts within lists again: as paths, as JSON, or as quoted texts.
fn text_item(text: &str) -> Node<'_> {
    let trimmed = text.trim();
    if trimmed.starts_with('@') || Path::parse(trimmed).is_ok() {
        return Node::PathText;
    }
    let bracketed = (trimmed.starts_with('[') && trimmed.ends_with(']'))
        || (trimmed.starts_with('{') && trimmed.ends_with('}'));
    if bracketed && let Some(json) = lenient::parse(trimmed) {
        return Node::Json(Cow::Owned(json), JsonSource::Literal);
    }
    let unquoted = ['\'', '"']
        .iter()
        .find_map(|&quote| text.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)));
    match (unquoted, text.contains('\\')) {
        (None, false) => Node::Text(Cow::Borrowed(text)),
        (inner, _) => {
            let inner = inner.unwrap_or(text);
            Node::Text(unescape(inner).map_or(Cow::Borrowed(inner), Cow::Owned))
        }
    }
}
