//! The operators of a filter.

use std::cmp::Ordering;

use regex::Regex;
use serde_json::Value;

use super::{
    super::PathError,
    node::{Node, list},
};

/// Why a relation has no truth value.
#[derive(Debug)]
pub(crate) enum Mismatch {
    /// The operands do not suit the operator; the item does not match.
    NoMatch,
    /// The whole path fails.
    Failed(PathError),
}

/// A relation between two values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
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
    /// Operators that Jayway knows but whose operands no text of a filter can express.
    NeverHolds,
}

impl Operator {
    /// The operator of that name; case does not matter.
    pub(super) fn named(name: &str) -> Option<Self> {
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
    pub(super) fn apply(self, left: &Node<'_>, right: &Node<'_>) -> Result<bool, Mismatch> {
        match self {
            Self::Equal => Ok(left.equals(right)),
            Self::NotEqual => Ok(!left.equals(right)),
            Self::SameKindEqual => Ok(left.is_same_kind(right) && left.equals(right)),
            Self::SameKindNotEqual => Ok(!(left.is_same_kind(right) && left.equals(right))),
            Self::Less => Ok(compare(left, right).is_some_and(Ordering::is_lt)),
            Self::LessOrEqual => Ok(compare(left, right).is_some_and(Ordering::is_le)),
            Self::Greater => Ok(compare(left, right).is_some_and(Ordering::is_gt)),
            Self::GreaterOrEqual => Ok(compare(left, right).is_some_and(Ordering::is_ge)),
            Self::Matches => matches(left, right),
            Self::In => is_in(left, right),
            Self::NotIn => Ok(!is_in(left, right)?),
            Self::Contains => contains(left, right),
            Self::Size => Ok(has_size(left, right)),
            Self::Empty => is_empty(left, right),
            Self::Exists => exists(left, right),
            Self::SubsetOf => pairwise(left, right, |left, right| {
                left.iter().all(|l| right.iter().any(|r| l.equals(r)))
            }),
            Self::AnyOf => pairwise(left, right, overlaps),
            Self::NoneOf => pairwise(left, right, |left, right| !overlaps(left, right)),
            Self::NeverHolds => Err(Mismatch::NoMatch),
        }
    }
}

fn compare(left: &Node<'_>, right: &Node<'_>) -> Option<Ordering> {
    match (left, right) {
        (Node::Number(a), Node::Number(b)) => a.compare(b),
        (Node::Text(a), Node::Text(b)) => Some(compare_texts(a, b)),
        (Node::Text(a), Node::Number(b)) => Some(compare_texts(a, b.text())),
        (Node::Number(a), Node::Text(b)) => Some(compare_texts(a.text(), b)),
        _ => None,
    }
}

/// Java's order of texts: by UTF-16 code units.
fn compare_texts(left: &str, right: &str) -> Ordering {
    left.encode_utf16().cmp(right.encode_utf16())
}

fn matches(left: &Node<'_>, right: &Node<'_>) -> Result<bool, Mismatch> {
    let (pattern, other) = match (left, right) {
        (Node::Pattern(_), Node::Pattern(_)) => return Ok(false),
        (Node::Pattern(pattern), other) | (other, Node::Pattern(pattern)) => (*pattern, other),
        _ => return Ok(false),
    };
    match other.items() {
        Some(items) => {
            let nodes = list(items).map_err(Mismatch::Failed)?;
            Ok(nodes.iter().any(|node| node_matches(pattern, node)))
        }
        None => Ok(node_matches(pattern, other)),
    }
}

/// What is neither text, number nor boolean is matched as the empty text.
fn node_matches(pattern: &Regex, node: &Node<'_>) -> bool {
    match node {
        Node::Text(text) => pattern.is_match(text),
        Node::Number(number) => pattern.is_match(number.text()),
        Node::Boolean(value) => pattern.is_match(if *value { "true" } else { "false" }),
        Node::Undefined | Node::Null | Node::Json(..) | Node::Pattern(_) | Node::PathText => {
            pattern.is_match("")
        }
    }
}

fn is_in(left: &Node<'_>, right: &Node<'_>) -> Result<bool, Mismatch> {
    let Node::Json(..) = right else {
        return Err(Mismatch::NoMatch);
    };
    let Some(items) = right.items() else {
        return Ok(false);
    };
    let nodes = list(items).map_err(Mismatch::Failed)?;
    Ok(nodes.iter().any(|node| left.equals(node)))
}

fn contains(left: &Node<'_>, right: &Node<'_>) -> Result<bool, Mismatch> {
    if let (Node::Text(text), Node::Text(part)) = (left, right) {
        return Ok(text.contains(part.as_ref()));
    }
    let Some(items) = left.items() else {
        return Ok(false);
    };
    let nodes = list(items).map_err(Mismatch::Failed)?;
    Ok(nodes.iter().any(|node| right.equals(node)))
}

fn has_size(left: &Node<'_>, right: &Node<'_>) -> bool {
    let Node::Number(expected) = right else {
        return false;
    };
    let size = if let Node::Text(text) = left {
        Some(text.encode_utf16().count())
    } else {
        left.items().map(<[Value]>::len)
    };
    size.is_some_and(|size| i128::try_from(size) == Ok(expected.whole()))
}

fn is_empty(left: &Node<'_>, right: &Node<'_>) -> Result<bool, Mismatch> {
    let empty = match left {
        Node::Text(text) => text.is_empty(),
        Node::Json(..) => match left.items() {
            Some(items) => items.is_empty(),
            // Jayway casts the object to a collection, which fails.
            None => return Err(Mismatch::Failed(PathError::Failed("no collection".to_owned()))),
        },
        Node::Undefined
        | Node::Null
        | Node::Boolean(_)
        | Node::Number(_)
        | Node::Pattern(_)
        | Node::PathText => return Ok(false),
    };
    let Node::Boolean(expected) = right else {
        return Err(Mismatch::NoMatch);
    };
    Ok(empty == *expected)
}

fn exists(left: &Node<'_>, right: &Node<'_>) -> Result<bool, Mismatch> {
    match (left, right) {
        (Node::Boolean(a), Node::Boolean(b)) => Ok(a == b),
        (Node::Boolean(_), _) | (_, Node::Boolean(_)) => Err(Mismatch::NoMatch),
        _ => {
            let message = "Failed to evaluate exists expression".to_owned();
            Err(Mismatch::Failed(PathError::Failed(message)))
        }
    }
}

fn pairwise(
    left: &Node<'_>,
    right: &Node<'_>,
    holds: impl FnOnce(&[Node<'_>], &[Node<'_>]) -> bool,
) -> Result<bool, Mismatch> {
    // The right side is looked at first: it decides between "no match" and a plain false.
    let Some(right) = list_operand(right)? else {
        return Ok(false);
    };
    let Some(left) = list_operand(left)? else {
        return Ok(false);
    };
    Ok(holds(&left, &right))
}

/// The items of an array; nothing for an object; no match for others.
fn list_operand<'n>(side: &'n Node<'_>) -> Result<Option<Vec<Node<'n>>>, Mismatch> {
    if !matches!(side, Node::Json(..)) {
        return Err(Mismatch::NoMatch);
    }
    side.items().map(list).transpose().map_err(Mismatch::Failed)
}

fn overlaps(left: &[Node<'_>], right: &[Node<'_>]) -> bool {
    left.iter().any(|l| right.iter().any(|r| l.equals(r)))
}
