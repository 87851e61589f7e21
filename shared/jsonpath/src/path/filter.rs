//! Filters: the `[?(…)]` of a path.

mod literal;
mod node;
mod operator;
mod parser;

use serde_json::Value;

use self::{
    literal::FilterLiteral,
    node::FilterValue,
    operator::{FilterMismatch, FilterOperator},
};
use super::{
    JaywayPath, JaywayPathError, JaywayPathSyntaxError,
    evaluate::{EvaluationPurpose, PathEvaluation},
};

/// A compiled filter.
#[derive(Debug, Clone)]
pub(crate) struct PathFilter {
    condition: FilterCondition,
}

/// A condition on an item.
#[derive(Debug, Clone)]
enum FilterCondition {
    Any(Vec<FilterCondition>),
    All(Vec<FilterCondition>),
    Not(Box<FilterCondition>),
    Relation {
        left: FilterOperand,
        operator: FilterOperator,
        right: FilterOperand,
    },
    /// The path finds a value if `expected` is true, and no value if it is false.
    Exists {
        path: Box<JaywayPath>,
        expected: bool,
    },
}

/// One side of a relation.
#[derive(Debug, Clone)]
enum FilterOperand {
    Literal(FilterLiteral),
    Path(Box<JaywayPath>),
}

impl PathFilter {
    /// Compiles the `[?(…)]` of a path that is inside `nesting` other paths.
    pub(crate) fn parse(text: &str, nesting: usize) -> Result<Self, JaywayPathSyntaxError> {
        parser::parse_filter_condition(text, nesting).map(|condition| Self { condition })
    }

    /// Whether an item meets the condition. It does not if an operand is of the wrong kind.
    pub(crate) fn accepts_item(
        &self,
        item: &Value,
        application: &PathEvaluation<'_, '_>,
    ) -> Result<bool, JaywayPathError> {
        match self.condition.holds_for_item(item, application) {
            Ok(holds) => Ok(holds),
            Err(FilterMismatch::NoMatch) => Ok(false),
            Err(FilterMismatch::Failed(error)) => Err(error),
        }
    }
}

impl FilterCondition {
    fn holds_for_item(
        &self,
        item: &Value,
        application: &PathEvaluation<'_, '_>,
    ) -> Result<bool, FilterMismatch> {
        match self {
            Self::Any(conditions) => {
                for condition in conditions {
                    if condition.holds_for_item(item, application)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Self::All(conditions) => {
                for condition in conditions {
                    if !condition.holds_for_item(item, application)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Self::Not(condition) => Ok(!condition.holds_for_item(item, application)?),
            Self::Relation { left, operator, right } => {
                let left = left.resolve_value(item, application)?;
                operator.holds_between(&left, &right.resolve_value(item, application)?)
            }
            Self::Exists { path, expected } => {
                let existence = application.for_purpose(EvaluationPurpose::Existence);
                match existence.find_value(path, item) {
                    Ok(_) => Ok(*expected),
                    Err(JaywayPathError::NotFound(_) | JaywayPathError::NoArray(_)) => {
                        Ok(!*expected)
                    }
                    Err(error) => Err(error.into()),
                }
            }
        }
    }
}

impl FilterOperand {
    fn resolve_value<'n>(
        &'n self,
        item: &'n Value,
        application: &PathEvaluation<'n, '_>,
    ) -> Result<FilterValue<'n>, FilterMismatch> {
        match self {
            Self::Literal(literal) => literal.as_filter_value(),
            Self::Path(path) => {
                let operand = application.for_purpose(EvaluationPurpose::Operand);
                match operand.find_value(path, item) {
                    Ok(value) => Ok(FilterValue::from_value(value)),
                    Err(JaywayPathError::NotFound(_) | JaywayPathError::NoArray(_)) => {
                        Ok(FilterValue::Undefined)
                    }
                    Err(error) => Err(error.into()),
                }
            }
        }
    }
}

impl From<JaywayPathError> for FilterMismatch {
    fn from(error: JaywayPathError) -> Self {
        match error {
            JaywayPathError::NotFound(_)
            | JaywayPathError::NoArray(_)
            | JaywayPathError::Unfit(_) => Self::NoMatch,
            JaywayPathError::Failed(_) | JaywayPathError::TooCostly(_) => Self::Failed(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::JaywayPath;

    /// The items of `items` that meet the condition.
    fn select(condition: &str, items: &Value) -> Result<Value, String> {
        let path = JaywayPath::parse(&format!("$[?({condition})]")).map_err(|e| e.to_string())?;
        path.find_value(items).map(std::borrow::Cow::into_owned).map_err(|e| e.to_string())
    }

    #[test]
    fn a_bare_path_asks_for_existence() {
        let items = json!([{"a": null}, {"b": 1}]);
        assert_eq!(select("@.a", &items), Ok(json!([{"a": null}])));
        assert_eq!(select("!@.a", &items), Ok(json!([{"b": 1}])));
    }

    #[test]
    fn numbers_and_texts_of_numbers_are_equal() {
        let items = json!([1, "1", "1.0", true]);
        assert_eq!(select("@ == 1", &items), Ok(json!([1, "1"])));
        assert_eq!(select("1 == @", &items), Ok(json!([1, "1", "1.0"])));
        assert_eq!(select("@ === 1", &items), Ok(json!([1])));
    }

    #[test]
    fn what_is_missing_equals_nothing() {
        let items = json!([{"a": 1}, {}]);
        assert_eq!(select("@.a == null", &items), Ok(json!([])));
        assert_eq!(select("@.a != 1", &items), Ok(json!([{}])));
        assert_eq!(select("@.a < 2", &items), Ok(json!([{"a": 1}])));
    }

    #[test]
    fn conditions_combine() {
        let items = json!([1, 2, 3, 4]);
        assert_eq!(select("@ > 1 && @ < 4", &items), Ok(json!([2, 3])));
        assert_eq!(select("@ == 1 || @ == 4", &items), Ok(json!([1, 4])));
        assert_eq!(select("!(@ > 1)", &items), Ok(json!([1])));
        assert_eq!(select("(@ < 2 || @ > 3) && @ != 4", &items), Ok(json!([1])));
    }

    #[test]
    fn the_document_can_be_compared_with() {
        let path = JaywayPath::parse("$.a[?(@ >= $.least)]").expect("the path is well-formed");
        let value = json!({"a": [1, 2, 3], "least": 2});
        assert_eq!(path.find_value(&value).map(std::borrow::Cow::into_owned), Ok(json!([2, 3])));
    }

    #[test]
    fn lists_are_searched() {
        let items = json!([{"t": ["a", "b"]}, {"t": []}, {"t": "xay"}]);
        assert_eq!(
            select("@.t contains 'a'", &items),
            Ok(json!([{"t": ["a", "b"]}, {"t": "xay"}]))
        );
        assert_eq!(select("@.t empty true", &items), Ok(json!([{"t": []}])));
        assert_eq!(select("@.t size 2", &items), Ok(json!([{"t": ["a", "b"]}])));
        assert_eq!(select("@.t anyof ['b','c']", &items), Ok(json!([{"t": ["a", "b"]}])));
        assert_eq!(select("@.t noneof ['b']", &items), Ok(json!([{"t": []}])));
        assert_eq!(select("@.t subsetof ['a']", &items), Ok(json!([{"t": []}])));
    }

    #[test]
    fn membership_is_tested_in_literals_whatever_the_case_of_the_operator() {
        let items = json!([1, 2, 3]);
        assert_eq!(select("@ in [1,3]", &items), Ok(json!([1, 3])));
        assert_eq!(select("@ NIN [1,3]", &items), Ok(json!([2])));
    }

    #[test]
    fn a_pattern_matches_the_whole_text() {
        let items = json!(["abc", "ABC", "xabc"]);
        assert_eq!(select("@ =~ /a.c/", &items), Ok(json!(["abc"])));
        assert_eq!(select("@ =~ /a.c/i", &items), Ok(json!(["abc", "ABC"])));
        assert_eq!(select("@ =~ /(x|y)?abc/ && @ != 'abc'", &items), Ok(json!(["xabc"])));
    }

    #[test]
    fn malformed_conditions_are_refused() {
        for condition in ["", "true", "@.a == b", "@.a > 1 and @.b", "@.a ==", "(@.a", "@ =~ /(/"] {
            assert!(select(condition, &json!([])).is_err(), "{condition}");
        }
    }
}
