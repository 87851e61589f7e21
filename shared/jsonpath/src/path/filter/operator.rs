//! The operators of a filter.

use std::cmp::Ordering;

use regex::Regex;
use serde_json::Value;

use super::{
    super::JaywayPathError,
    node::{FilterValue, list_values},
};

/// Why a relation has no truth value.
#[derive(Debug)]
pub(crate) enum FilterMismatch {
    /// The operands do not suit the operator; the item does not match.
    NoMatch,
    /// The whole path fails.
    Failed(JaywayPathError),
}

/// A relation between two values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FilterOperator {
    Equal,
    NotEqual,
    SameKindEqual,
    SameKindNotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Matches,
    In,
    NotIn,
    Contains,
    Size,
    Empty,
    Exists,
    SubsetOf,
    AnyOf,
    NoneOf,
    /// Operators that Jayway knows, but whose operands the text of a filter cannot express.
    NeverHolds,
}

impl FilterOperator {
    /// The operator with a name; case does not matter.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        Some(match name.to_uppercase().as_str() {
            "==" => Self::Equal,
            "!=" => Self::NotEqual,
            "===" => Self::SameKindEqual,
            "!==" => Self::SameKindNotEqual,
            "<" => Self::Less,
            "<=" => Self::LessOrEqual,
            ">" => Self::Greater,
            ">=" => Self::GreaterOrEqual,
            "=~" => Self::Matches,
            "IN" => Self::In,
            "NIN" => Self::NotIn,
            "CONTAINS" => Self::Contains,
            "SIZE" => Self::Size,
            "EMPTY" => Self::Empty,
            "EXISTS" => Self::Exists,
            "SUBSETOF" => Self::SubsetOf,
            "ANYOF" => Self::AnyOf,
            "NONEOF" => Self::NoneOf,
            "ALL" | "TYPE" | "MATCHES" => Self::NeverHolds,
            _ => return None,
        })
    }

    /// Whether the relation holds.
    pub(super) fn holds_between(
        self,
        left: &FilterValue<'_>,
        right: &FilterValue<'_>,
    ) -> Result<bool, FilterMismatch> {
        match self {
            Self::Equal => Ok(left.equals_value(right)),
            Self::NotEqual => Ok(!left.equals_value(right)),
            Self::SameKindEqual => Ok(left.is_same_kind(right) && left.equals_value(right)),
            Self::SameKindNotEqual => Ok(!(left.is_same_kind(right) && left.equals_value(right))),
            Self::Less => Ok(compare_values(left, right).is_some_and(Ordering::is_lt)),
            Self::LessOrEqual => Ok(compare_values(left, right).is_some_and(Ordering::is_le)),
            Self::Greater => Ok(compare_values(left, right).is_some_and(Ordering::is_gt)),
            Self::GreaterOrEqual => Ok(compare_values(left, right).is_some_and(Ordering::is_ge)),
            Self::Matches => matches_pattern(left, right),
            Self::In => is_in(left, right),
            Self::NotIn => Ok(!is_in(left, right)?),
            Self::Contains => contains_value(left, right),
            Self::Size => Ok(has_size(left, right)),
            Self::Empty => is_empty(left, right),
            Self::Exists => compare_existence(left, right),
            Self::SubsetOf => compare_lists(left, right, |left, right| {
                left.iter().all(|l| right.iter().any(|r| l.equals_value(r)))
            }),
            Self::AnyOf => compare_lists(left, right, lists_overlap),
            Self::NoneOf => compare_lists(left, right, |left, right| !lists_overlap(left, right)),
            Self::NeverHolds => Err(FilterMismatch::NoMatch),
        }
    }
}

fn compare_values(left: &FilterValue<'_>, right: &FilterValue<'_>) -> Option<Ordering> {
    match (left, right) {
        (FilterValue::Number(a), FilterValue::Number(b)) => a.compare_magnitude(b),
        (FilterValue::Text(a), FilterValue::Text(b)) => Some(compare_texts(a, b)),
        (FilterValue::Text(a), FilterValue::Number(b)) => Some(compare_texts(a, b.written_text())),
        (FilterValue::Number(a), FilterValue::Text(b)) => Some(compare_texts(a.written_text(), b)),
        _ => None,
    }
}

/// Java's order of texts: by UTF-16 code units.
fn compare_texts(left: &str, right: &str) -> Ordering {
    left.encode_utf16().cmp(right.encode_utf16())
}

fn matches_pattern(
    left: &FilterValue<'_>,
    right: &FilterValue<'_>,
) -> Result<bool, FilterMismatch> {
    let (pattern, other) = match (left, right) {
        (FilterValue::Pattern(_), FilterValue::Pattern(_)) => return Ok(false),
        (FilterValue::Pattern(pattern), other) | (other, FilterValue::Pattern(pattern)) => {
            (*pattern, other)
        }
        _ => return Ok(false),
    };
    match other.array_items() {
        Some(items) => {
            let nodes = list_values(items).map_err(FilterMismatch::Failed)?;
            Ok(nodes.iter().any(|node| node_matches(pattern, node)))
        }
        None => Ok(node_matches(pattern, other)),
    }
}

/// Values other than texts, numbers and booleans are matched as the empty text.
fn node_matches(pattern: &Regex, node: &FilterValue<'_>) -> bool {
    match node {
        FilterValue::Text(text) => pattern.is_match(text),
        FilterValue::Number(number) => pattern.is_match(number.written_text()),
        FilterValue::Boolean(value) => pattern.is_match(if *value { "true" } else { "false" }),
        FilterValue::Undefined
        | FilterValue::Null
        | FilterValue::Json(..)
        | FilterValue::Pattern(_)
        | FilterValue::PathText => pattern.is_match(""),
    }
}

fn is_in(left: &FilterValue<'_>, right: &FilterValue<'_>) -> Result<bool, FilterMismatch> {
    let FilterValue::Json(..) = right else {
        return Err(FilterMismatch::NoMatch);
    };
    let Some(items) = right.array_items() else {
        return Ok(false);
    };
    let nodes = list_values(items).map_err(FilterMismatch::Failed)?;
    Ok(nodes.iter().any(|node| left.equals_value(node)))
}

fn contains_value(left: &FilterValue<'_>, right: &FilterValue<'_>) -> Result<bool, FilterMismatch> {
    if let (FilterValue::Text(text), FilterValue::Text(part)) = (left, right) {
        return Ok(text.contains(part.as_ref()));
    }
    let Some(items) = left.array_items() else {
        return Ok(false);
    };
    let nodes = list_values(items).map_err(FilterMismatch::Failed)?;
    Ok(nodes.iter().any(|node| right.equals_value(node)))
}

fn has_size(left: &FilterValue<'_>, right: &FilterValue<'_>) -> bool {
    let FilterValue::Number(expected) = right else {
        return false;
    };
    let size = if let FilterValue::Text(text) = left {
        Some(text.encode_utf16().count())
    } else {
        left.array_items().map(<[Value]>::len)
    };
    size.is_some_and(|size| i128::try_from(size) == Ok(expected.integer_value()))
}

fn is_empty(left: &FilterValue<'_>, right: &FilterValue<'_>) -> Result<bool, FilterMismatch> {
    let empty = match left {
        FilterValue::Text(text) => text.is_empty(),
        FilterValue::Json(..) => match left.array_items() {
            Some(items) => items.is_empty(),
            // Jayway casts the object to a collection, which fails.
            None => {
                return Err(FilterMismatch::Failed(JaywayPathError::Failed(
                    "no collection".to_owned(),
                )));
            }
        },
        FilterValue::Undefined
        | FilterValue::Null
        | FilterValue::Boolean(_)
        | FilterValue::Number(_)
        | FilterValue::Pattern(_)
        | FilterValue::PathText => return Ok(false),
    };
    let FilterValue::Boolean(expected) = right else {
        return Err(FilterMismatch::NoMatch);
    };
    Ok(empty == *expected)
}

fn compare_existence(
    left: &FilterValue<'_>,
    right: &FilterValue<'_>,
) -> Result<bool, FilterMismatch> {
    match (left, right) {
        (FilterValue::Boolean(a), FilterValue::Boolean(b)) => Ok(a == b),
        (FilterValue::Boolean(_), _) | (_, FilterValue::Boolean(_)) => Err(FilterMismatch::NoMatch),
        _ => {
            let message = "Failed to evaluate exists expression".to_owned();
            Err(FilterMismatch::Failed(JaywayPathError::Failed(message)))
        }
    }
}

fn compare_lists(
    left: &FilterValue<'_>,
    right: &FilterValue<'_>,
    holds: impl FnOnce(&[FilterValue<'_>], &[FilterValue<'_>]) -> bool,
) -> Result<bool, FilterMismatch> {
    // The right side is checked first: it decides between "no match" and a plain false.
    let Some(right) = list_operand_values(right)? else {
        return Ok(false);
    };
    let Some(left) = list_operand_values(left)? else {
        return Ok(false);
    };
    Ok(holds(&left, &right))
}

/// The items of an array; `None` for an object; [`FilterMismatch::NoMatch`] for other values.
fn list_operand_values<'n>(
    side: &'n FilterValue<'_>,
) -> Result<Option<Vec<FilterValue<'n>>>, FilterMismatch> {
    if !matches!(side, FilterValue::Json(..)) {
        return Err(FilterMismatch::NoMatch);
    }
    side.array_items().map(list_values).transpose().map_err(FilterMismatch::Failed)
}

fn lists_overlap(left: &[FilterValue<'_>], right: &[FilterValue<'_>]) -> bool {
    left.iter().any(|l| right.iter().any(|r| l.equals_value(r)))
}
