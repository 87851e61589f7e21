//! What the items of an array must be like: `[price > 10]`, `[customer.city = 'Berlin']`.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "few of the engine's many variants matter here"
)]

use jsonata_core::ast::{AstNode, BinaryOp};
use serde_json::{Map, Value};

use super::is_plain;

/// A comparison of an item's member with a constant.
#[derive(Debug)]
pub(super) struct Condition {
    /// The names that lead from the item to what is compared.
    names: Vec<String>,
    relation: Relation,
    constant: Constant,
}

#[derive(Debug, Clone, Copy)]
enum Relation {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Debug)]
enum Constant {
    Number(f64),
    Text(String),
    Boolean(bool),
}

/// Whether a condition holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Holds,
    Fails,
    /// The engine must say.
    Unknown,
}

impl Condition {
    /// The condition that a filter is.
    pub(super) fn of(filter: &AstNode) -> Option<Self> {
        let AstNode::Binary { op, lhs, rhs } = filter else { return None };
        let constant = match &**rhs {
            AstNode::Number(number) => Constant::Number(*number),
            AstNode::String(text) => Constant::Text(text.clone()),
            AstNode::Boolean(boolean) => Constant::Boolean(*boolean),
            _ => return None,
        };
        Some(Self { names: names(lhs)?, relation: Relation::of(*op)?, constant })
    }

    /// Whether the condition holds for an item.
    pub(super) fn verdict(&self, item: &Map<String, Value>) -> Verdict {
        let mut names = self.names.iter();
        let mut value = names.next().and_then(|name| item.get(name));
        for name in names {
            value = match value {
                Some(Value::Object(members)) => members.get(name),
                Some(Value::Array(_)) => return Verdict::Unknown,
                Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) | None => {
                    None
                }
            };
        }
        let Some(value) = value else { return self.verdict_on_nothing() };
        let holds = match (value, &self.constant) {
            (Value::Number(number), Constant::Number(constant)) => {
                Some(self.relation.holds(number.as_f64().unwrap_or(0.0), *constant))
            }
            (Value::String(text), Constant::Text(constant)) => {
                self.relation.of_equality(text == constant)
            }
            (Value::Bool(boolean), Constant::Boolean(constant)) => {
                self.relation.of_equality(boolean == constant)
            }
            (Value::Array(_) | Value::Object(_), _) => None,
            (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_), _) => {
                self.relation.of_equality(false)
            }
        };
        holds.map_or(Verdict::Unknown, |holds| if holds { Verdict::Holds } else { Verdict::Fails })
    }

    /// Of no value, no comparison is true; some are errors.
    fn verdict_on_nothing(&self) -> Verdict {
        match (self.relation.of_equality(false), &self.constant) {
            (None, Constant::Boolean(_)) => Verdict::Unknown,
            (Some(_), Constant::Boolean(_)) | (_, Constant::Number(_) | Constant::Text(_)) => {
                Verdict::Fails
            }
        }
    }
}

impl Relation {
    fn of(operator: BinaryOp) -> Option<Self> {
        match operator {
            BinaryOp::Equal => Some(Self::Equal),
            BinaryOp::NotEqual => Some(Self::NotEqual),
            BinaryOp::LessThan => Some(Self::Less),
            BinaryOp::LessThanOrEqual => Some(Self::LessOrEqual),
            BinaryOp::GreaterThan => Some(Self::Greater),
            BinaryOp::GreaterThanOrEqual => Some(Self::GreaterOrEqual),
            _ => None,
        }
    }

    #[expect(clippy::float_cmp, reason = "JSONata compares numbers exactly")]
    fn holds(self, left: f64, right: f64) -> bool {
        match self {
            Self::Equal => left == right,
            Self::NotEqual => left != right,
            Self::Less => left < right,
            Self::LessOrEqual => left <= right,
            Self::Greater => left > right,
            Self::GreaterOrEqual => left >= right,
        }
    }

    /// Whether the relation holds between values of which it is only known whether they are equal.
    fn of_equality(self, are_equal: bool) -> Option<bool> {
        match self {
            Self::Equal => Some(are_equal),
            Self::NotEqual => Some(!are_equal),
            Self::Less | Self::LessOrEqual | Self::Greater | Self::GreaterOrEqual => None,
        }
    }
}

fn names(node: &AstNode) -> Option<Vec<String>> {
    let name = |node: &AstNode| match node {
        AstNode::Name(name) => Some(name.clone()),
        _ => None,
    };
    match node {
        AstNode::Path { steps } if !steps.is_empty() => steps
            .iter()
            .map(|step| {
                let is_bare = is_plain(step) && step.stages.is_empty();
                if is_bare { name(&step.node) } else { None }
            })
            .collect(),
        _ => Some(vec![name(node)?]),
    }
}
