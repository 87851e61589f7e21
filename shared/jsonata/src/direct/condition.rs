//! What the items of an array must be like: `[price > 10]`, `[city = $city and not_paid = true]`.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "few of the engine's many variants matter here"
)]

use jsonata_core::ast::{AstNode, BinaryOp};
use serde_json::{Map, Value};

use super::{DirectPath, Found, is_plain};
use crate::session::Session;

/// Comparisons of an item's members with values that are the same for all items.
#[derive(Debug)]
pub(super) enum Condition {
    Comparison {
        /// The names that lead from the item to what is compared.
        names: Vec<String>,
        relation: Relation,
        operand: Operand,
    },
    /// All hold.
    And(Vec<Self>),
    /// One holds.
    Or(Vec<Self>),
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Relation {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// What a member is compared with.
#[derive(Debug)]
pub(super) enum Operand {
    Number(f64),
    Text(String),
    Boolean(bool),
    Place(Box<DirectPath>),
}

/// A condition whose operands are known.
pub(super) enum Test<'c> {
    Comparison { names: &'c [String], relation: Relation, constant: Constant<'c> },
    And(Vec<Self>),
    Or(Vec<Self>),
}

#[derive(Clone, Copy)]
pub(super) enum Constant<'c> {
    Number(f64),
    Text(&'c str),
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
        match filter {
            AstNode::Binary { op: BinaryOp::Or, .. } => {
                let parts = chain(filter, BinaryOp::Or).into_iter().map(Self::of_and);
                parts.collect::<Option<_>>().map(Self::Or)
            }
            _ => Self::of_and(filter),
        }
    }

    fn of_and(filter: &AstNode) -> Option<Self> {
        match filter {
            AstNode::Binary { op: BinaryOp::And, .. } => {
                let parts = chain(filter, BinaryOp::And).into_iter().map(Self::of_comparison);
                parts.collect::<Option<_>>().map(Self::And)
            }
            _ => Self::of_comparison(filter),
        }
    }

    fn of_comparison(filter: &AstNode) -> Option<Self> {
        let AstNode::Binary { op, lhs, rhs } = filter else { return None };
        let (names, relation) = (names(lhs)?, Relation::of(*op)?);
        Some(Self::Comparison { names, relation, operand: Operand::of(rhs)? })
    }

    /// The condition with the values that its places have; none if the engine must look at them.
    pub(super) fn test<'c>(&'c self, session: &Session<'c>) -> Option<Test<'c>> {
        let all = |parts: &'c [Self]| -> Option<Vec<_>> {
            parts.iter().map(|part| part.test(session)).collect()
        };
        match self {
            Self::And(parts) => all(parts).map(Test::And),
            Self::Or(parts) => all(parts).map(Test::Or),
            Self::Comparison { names, relation, operand } => Some(Test::Comparison {
                names,
                relation: *relation,
                constant: operand.constant(session)?,
            }),
        }
    }
}

/// The operands of an operator that groups from the left, however many there are.
fn chain(mut node: &AstNode, operator: BinaryOp) -> Vec<&AstNode> {
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

impl Operand {
    fn of(node: &AstNode) -> Option<Self> {
        match node {
            AstNode::Number(number) => Some(Self::Number(*number)),
            AstNode::String(text) => Some(Self::Text(text.clone())),
            AstNode::Boolean(boolean) => Some(Self::Boolean(*boolean)),
            AstNode::Path { steps } if !steps.iter().all(|step| step.stages.is_empty()) => None,
            _ => Some(Self::Place(Box::new(DirectPath::of(node)?))),
        }
    }

    fn constant<'c>(&'c self, session: &Session<'c>) -> Option<Constant<'c>> {
        match self {
            Self::Number(number) => Some(Constant::Number(*number)),
            Self::Text(text) => Some(Constant::Text(text)),
            Self::Boolean(boolean) => Some(Constant::Boolean(*boolean)),
            Self::Place(path) => match path.find(session) {
                Found::Value(Value::Number(number)) => number.as_f64().map(Constant::Number),
                Found::Value(Value::String(text)) => Some(Constant::Text(text)),
                Found::Value(Value::Bool(boolean)) => Some(Constant::Boolean(*boolean)),
                Found::Value(Value::Null | Value::Array(_) | Value::Object(_))
                | Found::Selected(_)
                | Found::Nothing
                | Found::Unknown => None,
            },
        }
    }
}

impl Test<'_> {
    /// Whether the condition holds for an item.
    pub(super) fn verdict(&self, item: &Map<String, Value>) -> Verdict {
        match self {
            Self::Comparison { names, relation, constant } => {
                compare(item, names, *relation, *constant)
            }
            Self::And(parts) => decide(parts, item, Verdict::Fails, Verdict::Holds),
            Self::Or(parts) => decide(parts, item, Verdict::Holds, Verdict::Fails),
        }
    }
}

/// What some tests come to, of which one decides that comes to `deciding`. Where the engine must
/// say of one, it must say of all: which it looks at is its business.
fn decide(
    tests: &[Test<'_>],
    item: &Map<String, Value>,
    deciding: Verdict,
    otherwise: Verdict,
) -> Verdict {
    let mut verdict = otherwise;
    for test in tests {
        match test.verdict(item) {
            Verdict::Unknown => return Verdict::Unknown,
            one if one == deciding => verdict = deciding,
            Verdict::Holds | Verdict::Fails => {}
        }
    }
    verdict
}

fn compare(
    item: &Map<String, Value>,
    names: &[String],
    relation: Relation,
    constant: Constant<'_>,
) -> Verdict {
    let mut names = names.iter();
    let mut value = names.next().and_then(|name| item.get(name));
    for name in names {
        value = match value {
            Some(Value::Object(members)) => members.get(name),
            Some(Value::Array(_)) => return Verdict::Unknown,
            Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) | None => None,
        };
    }
    let holds = match (value, constant) {
        // Of no value, no comparison is true; some are errors.
        (None, Constant::Boolean(_)) => relation.of_equality(false).map(|_| false),
        (None, Constant::Number(_) | Constant::Text(_)) => Some(false),
        (Some(Value::Number(number)), Constant::Number(constant)) => {
            Some(relation.holds(number.as_f64().unwrap_or(0.0), constant))
        }
        (Some(Value::String(text)), Constant::Text(constant)) => {
            relation.of_equality(text == constant)
        }
        (Some(Value::Bool(boolean)), Constant::Boolean(constant)) => {
            relation.of_equality(*boolean == constant)
        }
        (Some(Value::Array(_) | Value::Object(_)), _) => None,
        (Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)), _) => {
            relation.of_equality(false)
        }
    };
    match holds {
        Some(true) => Verdict::Holds,
        Some(false) => Verdict::Fails,
        None => Verdict::Unknown,
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
