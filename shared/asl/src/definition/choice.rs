//! Choice State.

use jsonpath::SourcedPath;
use model::{StateName, Timestamp};
use serde_json::Number;

use super::{language::QueryLanguage, pattern::StringMatchesPattern};

/// Branches on data: takes the first rule that matches.
///
/// Spec: ASL § Choice State.
#[derive(Clone, Debug)]
pub struct ChoiceState<L: QueryLanguage> {
    /// Input and output processing. Its `Assign`, and in JSONata its `Output`, apply only when
    /// `Default` is taken.
    pub flow: L::StateInputOutput,
    /// `Choices`, never empty.
    pub rules: Vec<ChoiceRule<L>>,
    /// `Default`; without it, the state fails with `States.Runtime` if no rule matches.
    pub default: Option<StateName>,
}

/// A Choice rule: a condition and the state that follows if it holds.
#[derive(Clone, Debug)]
pub struct ChoiceRule<L: QueryLanguage> {
    /// `Comment`
    pub comment: Option<String>,
    /// The condition under which the rule matches.
    pub condition: L::RuleCondition,
    /// `Next`
    pub next: StateName,
    /// `Assign`, and in JSONata `Output`; applied if the rule matches.
    pub rule_output: L::RuleOutput,
}

/// The `Condition` of a JSONata rule.
#[derive(Clone, Debug)]
pub enum JsonataCondition {
    /// A constant: the rule always or never matches.
    Literal(bool),
    /// An expression that must yield a Boolean.
    Expression(jsonata::JsonataExpression),
}

/// The condition of a JSONPath rule: a Boolean expression over comparisons.
#[derive(Clone, Debug)]
pub enum JsonPathCondition {
    /// `And`: all conditions hold; never empty.
    And(Vec<Self>),
    /// `Or`: at least one condition holds; never empty.
    Or(Vec<Self>),
    /// `Not`: the condition does not hold.
    Not(Box<Self>),
    /// A comparison of a value in the data.
    DataTest {
        /// `Variable`
        variable: SourcedPath,
        /// The comparison.
        test: DataTest,
    },
}

/// A comparison. It is false for a value of another type, and never fails.
#[derive(Clone, Debug)]
pub enum DataTest {
    /// `IsNull`
    IsNull(bool),
    /// `IsPresent`
    IsPresent(bool),
    /// `IsNumeric`
    IsNumeric(bool),
    /// `IsString`
    IsString(bool),
    /// `IsBoolean`
    IsBoolean(bool),
    /// `IsTimestamp`
    IsTimestamp(bool),
    /// `StringEquals` … `StringGreaterThanEqualsPath`
    String(ComparisonOperator, ComparisonOperand<String>),
    /// `StringMatches`
    StringMatches(StringMatchesPattern),
    /// `NumericEquals` … `NumericGreaterThanEqualsPath`
    Numeric(ComparisonOperator, ComparisonOperand<Number>),
    /// `BooleanEquals`, `BooleanEqualsPath`
    Boolean(ComparisonOperand<bool>),
    /// `TimestampEquals` … `TimestampGreaterThanEqualsPath`
    Timestamp(ComparisonOperator, ComparisonOperand<Timestamp>),
}

/// How two values of one type are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "variants are the operators' own names")]
pub enum ComparisonOperator {
    Equals,
    LessThan,
    GreaterThan,
    LessThanEquals,
    GreaterThanEquals,
}

/// What `Variable` is compared with.
#[derive(Clone, Debug)]
pub enum ComparisonOperand<T> {
    /// A literal in the definition.
    Literal(T),
    /// A path into the data, for the operators that end in `Path`.
    Path(SourcedPath),
}

impl JsonPathCondition {
    /// Whether some path in the condition reads the context object.
    pub fn references_context(&self) -> bool {
        self.paths().iter().any(|path| path.references_context())
    }

    /// Returns every path in the condition.
    pub fn paths(&self) -> Vec<&SourcedPath> {
        match self {
            Self::And(conditions) | Self::Or(conditions) => {
                conditions.iter().flat_map(Self::paths).collect()
            }
            Self::Not(condition) => condition.paths(),
            Self::DataTest { variable, test } => {
                let mut paths = vec![variable];
                paths.extend(test.operand_path());
                paths
            }
        }
    }
}

impl DataTest {
    /// Returns the path that `Variable` is compared with, for operators that end in `Path`.
    const fn operand_path(&self) -> Option<&SourcedPath> {
        match self {
            Self::String(_, ComparisonOperand::Path(path))
            | Self::Numeric(_, ComparisonOperand::Path(path))
            | Self::Boolean(ComparisonOperand::Path(path))
            | Self::Timestamp(_, ComparisonOperand::Path(path)) => Some(path),
            Self::IsNull(_)
            | Self::IsPresent(_)
            | Self::IsNumeric(_)
            | Self::IsString(_)
            | Self::IsBoolean(_)
            | Self::IsTimestamp(_)
            | Self::StringMatches(_)
            | Self::String(_, ComparisonOperand::Literal(_))
            | Self::Numeric(_, ComparisonOperand::Literal(_))
            | Self::Boolean(ComparisonOperand::Literal(_))
            | Self::Timestamp(_, ComparisonOperand::Literal(_)) => None,
        }
    }
}
