//! Conditions on the items of an array: `[price > 10]`, `[city = $city and not_paid = true]`.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "few of the engine's many variants matter here"
)]

use jsonata_core::ast::{AstNode, BinaryOp};
use serde_json::{Map, Value};

use super::{DirectLookup, DirectPath, is_plain};
use crate::session::JsonataSession;

/// Comparisons of an item's members with values that are the same for all items.
#[derive(Debug)]
pub(super) enum ItemCondition {
    Comparison {
        /// The names that lead from the item to the compared member.
        names: Vec<String>,
        relation: ItemRelation,
        operand: ItemOperand,
    },
    /// All conditions hold.
    And(Vec<Self>),
    /// At least one condition holds.
    Or(Vec<Self>),
}

#[derive(Debug, Clone, Copy)]
pub(super) enum ItemRelation {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// What a member is compared with.
#[derive(Debug)]
pub(super) enum ItemOperand {
    Number(f64),
    Text(String),
    Boolean(bool),
    Path(Box<DirectPath>),
}

/// A condition whose operands are known.
pub(super) enum ResolvedCondition<'c> {
    Comparison { names: &'c [String], relation: ItemRelation, constant: ResolvedOperand<'c> },
    And(Vec<Self>),
    Or(Vec<Self>),
}

#[derive(Clone, Copy)]
pub(super) enum ResolvedOperand<'c> {
    Number(f64),
    Text(&'c str),
    Boolean(bool),
}

/// Whether a condition holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ConditionOutcome {
    Holds,
    Fails,
    /// The engine must decide.
    Unknown,
}

impl ItemCondition {
    /// Compiles a filter; `None` if it is not such a condition.
    pub(super) fn from_filter(filter: &AstNode) -> Option<Self> {
        match filter {
            AstNode::Binary { op: BinaryOp::Or, .. } => {
                let parts =
                    flatten_operands(filter, BinaryOp::Or).into_iter().map(Self::from_conjunction);
                parts.collect::<Option<_>>().map(Self::Or)
            }
            _ => Self::from_conjunction(filter),
        }
    }

    fn from_conjunction(filter: &AstNode) -> Option<Self> {
        match filter {
            AstNode::Binary { op: BinaryOp::And, .. } => {
                let parts =
                    flatten_operands(filter, BinaryOp::And).into_iter().map(Self::from_comparison);
                parts.collect::<Option<_>>().map(Self::And)
            }
            _ => Self::from_comparison(filter),
        }
    }

    fn from_comparison(filter: &AstNode) -> Option<Self> {
        let AstNode::Binary { op, lhs, rhs } = filter else { return None };
        let (names, relation) = (member_names(lhs)?, ItemRelation::from_operator(*op)?);
        Some(Self::Comparison { names, relation, operand: ItemOperand::from_ast(rhs)? })
    }

    /// Replaces the operands by their values; `None` if the engine must evaluate one.
    pub(super) fn resolve_operands<'c>(
        &'c self,
        session: &JsonataSession<'c>,
    ) -> Option<ResolvedCondition<'c>> {
        let all = |parts: &'c [Self]| -> Option<Vec<_>> {
            parts.iter().map(|part| part.resolve_operands(session)).collect()
        };
        match self {
            Self::And(parts) => all(parts).map(ResolvedCondition::And),
            Self::Or(parts) => all(parts).map(ResolvedCondition::Or),
            Self::Comparison { names, relation, operand } => Some(ResolvedCondition::Comparison {
                names,
                relation: *relation,
                constant: operand.resolve_operand(session)?,
            }),
        }
    }
}

/// The operands of a chain of the same left-associative operator.
fn flatten_operands(mut node: &AstNode, operator: BinaryOp) -> Vec<&AstNode> {
    let mut operands = Vec::new();
    while let AstNode::Binary { op, lhs, rhs } = node {
        if *op != operator {
            break;
        }
        operands.push(&**rhs);
        node = lhs;
    }
    operands.push(node);
    operands.reverse();
    operands
}

impl ItemOperand {
    fn from_ast(node: &AstNode) -> Option<Self> {
        match node {
            AstNode::Number(number) => Some(Self::Number(*number)),
            AstNode::String(text) => Some(Self::Text(text.clone())),
            AstNode::Boolean(boolean) => Some(Self::Boolean(*boolean)),
            AstNode::Path { steps } if !steps.iter().all(|step| step.stages.is_empty()) => None,
            _ => Some(Self::Path(Box::new(DirectPath::from_ast(node)?))),
        }
    }

    fn resolve_operand<'c>(&'c self, session: &JsonataSession<'c>) -> Option<ResolvedOperand<'c>> {
        match self {
            Self::Number(number) => Some(ResolvedOperand::Number(*number)),
            Self::Text(text) => Some(ResolvedOperand::Text(text)),
            Self::Boolean(boolean) => Some(ResolvedOperand::Boolean(*boolean)),
            Self::Path(path) => match path.find_value(session) {
                DirectLookup::Value(Value::Number(number)) => {
                    number.as_f64().map(ResolvedOperand::Number)
                }
                DirectLookup::Value(Value::String(text)) => Some(ResolvedOperand::Text(text)),
                DirectLookup::Value(Value::Bool(boolean)) => {
                    Some(ResolvedOperand::Boolean(*boolean))
                }
                DirectLookup::Value(Value::Null | Value::Array(_) | Value::Object(_))
                | DirectLookup::Selected(_)
                | DirectLookup::Nothing
                | DirectLookup::Unknown => None,
            },
        }
    }
}

impl ResolvedCondition<'_> {
    /// Whether the condition holds for an item.
    pub(super) fn check_item(&self, item: &Map<String, Value>) -> ConditionOutcome {
        match self {
            Self::Comparison { names, relation, constant } => {
                compare_member(item, names, *relation, *constant)
            }
            Self::And(parts) => {
                combine_outcomes(parts, item, ConditionOutcome::Fails, ConditionOutcome::Holds)
            }
            Self::Or(parts) => {
                combine_outcomes(parts, item, ConditionOutcome::Holds, ConditionOutcome::Fails)
            }
        }
    }
}

/// Combines the outcomes of tests: `deciding` if any test gives it, else `otherwise`. If the engine
/// must decide one test, it must decide all, because only it knows which of them it evaluates.
fn combine_outcomes(
    tests: &[ResolvedCondition<'_>],
    item: &Map<String, Value>,
    deciding: ConditionOutcome,
    otherwise: ConditionOutcome,
) -> ConditionOutcome {
    let mut combined = otherwise;
    for test in tests {
        match test.check_item(item) {
            ConditionOutcome::Unknown => return ConditionOutcome::Unknown,
            one if one == deciding => combined = deciding,
            ConditionOutcome::Holds | ConditionOutcome::Fails => {}
        }
    }
    combined
}

fn compare_member(
    item: &Map<String, Value>,
    names: &[String],
    relation: ItemRelation,
    constant: ResolvedOperand<'_>,
) -> ConditionOutcome {
    let mut names = names.iter();
    let mut value = names.next().and_then(|name| item.get(name));
    for name in names {
        value = match value {
            Some(Value::Object(members)) => members.get(name),
            Some(Value::Array(_)) => return ConditionOutcome::Unknown,
            Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) | None => None,
        };
    }
    let holds = match (value, constant) {
        // No comparison with a missing value is true; some are errors.
        (None, ResolvedOperand::Boolean(_)) => relation.holds_for_equality(false).map(|_| false),
        (None, ResolvedOperand::Number(_) | ResolvedOperand::Text(_)) => Some(false),
        (Some(Value::Number(number)), ResolvedOperand::Number(constant)) => {
            Some(relation.holds_between(number.as_f64().unwrap_or(0.0), constant))
        }
        (Some(Value::String(text)), ResolvedOperand::Text(constant)) => {
            relation.holds_for_equality(text == constant)
        }
        (Some(Value::Bool(boolean)), ResolvedOperand::Boolean(constant)) => {
            relation.holds_for_equality(*boolean == constant)
        }
        (Some(Value::Array(_) | Value::Object(_)), _) => None,
        (Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)), _) => {
            relation.holds_for_equality(false)
        }
    };
    match holds {
        Some(true) => ConditionOutcome::Holds,
        Some(false) => ConditionOutcome::Fails,
        None => ConditionOutcome::Unknown,
    }
}

impl ItemRelation {
    fn from_operator(operator: BinaryOp) -> Option<Self> {
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
    fn holds_between(self, left: f64, right: f64) -> bool {
        match self {
            Self::Equal => left == right,
            Self::NotEqual => left != right,
            Self::Less => left < right,
            Self::LessOrEqual => left <= right,
            Self::Greater => left > right,
            Self::GreaterOrEqual => left >= right,
        }
    }

    /// Whether the relation holds, if it is only known whether the values are equal. `None` if the
    /// engine must decide.
    fn holds_for_equality(self, are_equal: bool) -> Option<bool> {
        match self {
            Self::Equal => Some(are_equal),
            Self::NotEqual => Some(!are_equal),
            Self::Less | Self::LessOrEqual | Self::Greater | Self::GreaterOrEqual => None,
        }
    }
}

fn member_names(node: &AstNode) -> Option<Vec<String>> {
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
