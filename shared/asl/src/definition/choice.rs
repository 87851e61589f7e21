//! Choice State.

use jsonpath::SourcedPath;
use model::{StateName, Timestamp};
use serde_json::Number;

use super::{language::QueryLanguage, pattern::StringMatchesPattern};

/// Branches on data: the first rule that holds wins.
///
/// Spec: ASL § Choice State.
#[derive(Clone, Debug)]
pub struct ChoiceState<L: QueryLanguage> {
    /// How data flows; what it makes of the data holds for `Default` only.
    pub flow: L::StateInputOutput,
    /// `Choices`, never empty.
    pub rules: Vec<ChoiceRule<L>>,
    /// `Default`
    pub default: Option<StateName>,
}

/// One rule: a condition and where it leads.
#[derive(Clone, Debug)]
pub struct ChoiceRule<L: QueryLanguage> {
    /// The author's words.
    pub comment: Option<String>,
    /// When it holds.
    pub condition: L::RuleCondition,
    /// `Next`
    pub next: StateName,
    /// `Output`, `Assign`
    pub rule_output: L::RuleOutput,
}

/// `Condition`
#[derive(Clone, Debug)]
pub enum JsonataCondition {
    /// It always holds, or never.
    Literal(bool),
    /// An expression that gives a Boolean.
    Expression(jsonata::JsonataExpression),
}

/// A Boolean expression over comparisons.
#[derive(Clone, Debug)]
pub enum JsonPathCondition {
    /// All hold; never empty.
    And(Vec<Self>),
    /// One holds; never empty.
    Or(Vec<Self>),
    /// It does not hold.
    Not(Box<Self>),
    /// A data test.
    DataTest {
        /// `Variable`
        variable: SourcedPath,
        /// The comparison.
        test: DataTest,
    },
}

/// A comparison. A value of another type makes it false; it never fails.
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
    /// A value of the definition.
    Literal(T),
    /// A value of the data: the operators that end in `Path`.
    Path(SourcedPath),
}

impl JsonPathCondition {
    /// Whether some path in it reads the context object.
    pub fn references_context(&self) -> bool {
        self.paths().iter().any(|path| path.references_context())
    }

    /// Every path in it.
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
    /// The path on its right side.
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
