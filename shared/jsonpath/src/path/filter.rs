//! Filters: the `[?(…)]` of a path.

mod literal;
mod node;
mod operator;
mod parser;

use serde_json::Value;

use self::{
    literal::Literal,
    node::Node,
    operator::{Mismatch, Operator},
};
use super::{
    Path, PathError, PathSyntaxError,
    evaluate::{Application, Purpose},
};

/// A compiled filter.
#[derive(Debug, Clone)]
pub(crate) struct Filter {
    condition: Condition,
}

/// A condition over an item.
#[derive(Debug, Clone)]
enum Condition {
    Any(Vec<Condition>),
    All(Vec<Condition>),
    Not(Box<Condition>),
    Relation {
        left: Operand,
        operator: Operator,
        right: Operand,
    },
    /// The path leads somewhere, or nowhere.
    Exists {
        path: Box<Path>,
        expected: bool,
    },
}

/// One side of a relation.
#[derive(Debug, Clone)]
enum Operand {
    Literal(Literal),
    Path(Box<Path>),
}

impl Filter {
    /// Compiles `[?(…)]`, which stands `nesting` paths deep.
    pub(crate) fn parse(text: &str, nesting: usize) -> Result<Self, PathSyntaxError> {
        parser::parse(text, nesting).map(|condition| Self { condition })
    }

    /// Whether an item meets the condition. Operands of the wrong kind mean it does not.
    pub(crate) fn accepts(
        &self,
        item: &Value,
        application: &Application<'_, '_>,
    ) -> Result<bool, PathError> {
        match self.condition.holds(item, application) {
            Ok(holds) => Ok(holds),
            Err(Mismatch::NoMatch) => Ok(false),
            Err(Mismatch::Failed(error)) => Err(error),
        }
    }
}

impl Condition {
    fn holds(&self, item: &Value, application: &Application<'_, '_>) -> Result<bool, Mismatch> {
        match self {
            Self::Any(conditions) => {
                for condition in conditions {
                    if condition.holds(item, application)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Self::All(conditions) => {
                for condition in conditions {
                    if !condition.holds(item, application)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Self::Not(condition) => Ok(!condition.holds(item, application)?),
            Self::Relation { left, operator, right } => {
                let left = left.node(item, application)?;
                operator.apply(&left, &right.node(item, application)?)
            }
            Self::Exists { path, expected } => {
                let existence = application.for_purpose(Purpose::Existence);
                match existence.find(path, item) {
                    Ok(_) => Ok(*expected),
                    Err(PathError::NotFound(_) | PathError::NoArray(_)) => Ok(!*expected),
                    Err(error) => Err(error.into()),
                }
            }
        }
    }
}

impl Operand {
    fn node<'n>(
        &'n self,
        item: &'n Value,
        application: &Application<'n, '_>,
    ) -> Result<Node<'n>, Mismatch> {
        match self {
            Self::Literal(literal) => literal.node(),
            Self::Path(path) => {
                let operand = application.for_purpose(Purpose::Operand);
                match operand.find(path, item) {
                    Ok(value) => Ok(Node::from_value(value)),
                    Err(PathError::NotFound(_) | PathError::NoArray(_)) => Ok(Node::Undefined),
                    Err(error) => Err(error.into()),
                }
            }
        }
    }
}

impl From<PathError> for Mismatch {
    fn from(error: PathError) -> Self {
        match error {
            PathError::NotFound(_) | PathError::NoArray(_) | PathError::Unfit(_) => Self::NoMatch,
            PathError::Failed(_) | PathError::TooCostly(_) => Self::Failed(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::Path;

    /// The items of `items` that meet the condition.
    fn select(condition: &str, items: &Value) -> Result<Value, String> {
        let path = Path::parse(&format!("$[?({condition})]")).map_err(|e| e.to_string())?;
        path.find(items).map(std::borrow::Cow::into_owned).map_err(|e| e.to_string())
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
        let path = Path::parse("$.a[?(@ >= $.least)]").expect("the path is well-formed");
        let value = json!({"a": [1, 2, 3], "least": 2});
        assert_eq!(path.find(&value).map(std::borrow::Cow::into_owned), Ok(json!([2, 3])));
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
